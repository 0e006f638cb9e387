"""The reasoning pass: typed claims about one case, checked by code, told in Chinese or English."""
