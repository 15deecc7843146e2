"""Values that every part shares. Nothing here knows a network or a database."""
