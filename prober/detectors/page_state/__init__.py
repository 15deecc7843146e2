"""Find out the state of a page or site: blocked, empty, gone, out of date."""
