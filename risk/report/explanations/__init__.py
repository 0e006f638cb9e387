"""What drives the score, which reasons it gives, and how steady they are."""
