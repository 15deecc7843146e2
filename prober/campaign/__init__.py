"""Plan campaigns: protocol, letters, order, law. Pure functions: time, seed and rows are arguments."""
