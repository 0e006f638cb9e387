"""The outside world: files, databases, MLflow, the command line."""
