"""Bring mail from the server into private.db and have it understood."""
