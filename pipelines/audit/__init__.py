"""The audit of the review log: whether it is whole, and what shows that nothing was cut off."""
