"""Whether the level of a PD is right, and how sure a single one is."""
