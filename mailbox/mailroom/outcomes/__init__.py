"""Derive the public rows about requests and replies from private.db."""
