"""How Datasette shows tables: which columns first, codes in words, and links to the places they are about."""
