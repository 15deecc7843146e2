"""Send approved letters, each at most once."""
