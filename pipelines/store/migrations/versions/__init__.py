"""One file a migration; each says all it does itself, since tables go on changing after it."""
