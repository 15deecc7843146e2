"""Give every printed figure an id, the SQL that yields it, and what it must not be called."""
