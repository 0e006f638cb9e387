"""Ties between applications, as each could know them on its own day."""
