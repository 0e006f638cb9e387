"""The case page: one case as a risk officer reads it, from its head to its history."""
