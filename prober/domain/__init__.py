"""Define the values that all parts share, without network or database."""
