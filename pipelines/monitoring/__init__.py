"""`risk monitor`: a folder of nights read back, and what has changed in them."""
