"""`risk evaluate-reasoning`: what the reasoning pass adds to the model, on labelled rows."""
