"""One fetched page as a value: its elements, the names of its links, its dates."""
