"""Compute figures with their uncertainty, and check those of an article."""
