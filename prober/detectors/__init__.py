"""Find what a page offers to a citizen: pure functions from a page and its public body to findings."""
