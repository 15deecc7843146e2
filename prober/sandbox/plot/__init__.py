"""Assign roles to sites and offices of the embedded world, and state what is true there."""
