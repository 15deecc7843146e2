"""Tell what state a page or site is in: blocked, empty, gone, out of date."""
