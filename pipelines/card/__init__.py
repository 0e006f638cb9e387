"""`risk card`: what a registered model is, what it is for, and what is known of it."""
