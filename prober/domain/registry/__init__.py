"""The registry of agencies as files, and what speaks against a row of it."""
