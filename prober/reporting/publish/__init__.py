"""Publish a checked, immutable snapshot of results.db in the formats that researchers use."""
