"""What if: one case scored again with other values; nothing of it is kept."""
