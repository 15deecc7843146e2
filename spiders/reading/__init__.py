"""Read a page once, into one value: all that a visit needs to know of it."""
