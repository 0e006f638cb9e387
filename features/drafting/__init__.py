"""Drafting a data dictionary from a sample of a bank's own table."""
