"""Statistics by which a model is judged: one file for each question a validator asks."""
