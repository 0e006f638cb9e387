"""Where a model is weak, and how its decisions fall on groups."""
