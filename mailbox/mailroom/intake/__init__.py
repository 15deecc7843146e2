"""Fetch mail into private.db, and parse, match and classify it there."""
