"""Walk through one site: decide the next step, learn from each answer. No network."""
