"""Find budget publication on a page."""
