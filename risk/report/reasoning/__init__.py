"""What a reasoning pass said, moved and cost, and why two of them differ."""
