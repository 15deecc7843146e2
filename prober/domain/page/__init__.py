"""A fetched page and its links as values."""
