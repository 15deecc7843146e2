"""What the markup of a page says besides its text."""
