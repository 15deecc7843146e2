"""Declare the tables, views and migrations of both databases."""
