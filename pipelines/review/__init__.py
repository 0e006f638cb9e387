"""The risk officer's workbench: web pages over the store; no rule of the desk lives here."""
