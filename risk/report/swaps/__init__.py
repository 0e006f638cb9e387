"""What a policy decides, who changes places between two models, and how vintages turned out."""
