"""How far scores, fields and grades have moved."""
