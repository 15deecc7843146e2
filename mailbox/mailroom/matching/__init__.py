"""Find the request that a `Reply` answers."""
