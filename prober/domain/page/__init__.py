"""Represent a fetched page and its links as values."""
