"""`risk validate` and `risk compare`: from runs to evidence, and from reports to files."""
