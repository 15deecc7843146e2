"""Compute statistics from values, without database, clock or network."""
