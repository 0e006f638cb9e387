"""Ties between applications, kept from night to night in a folder."""
