"""Tells another system of every decision: signed, in order, each at least once."""
