"""Find contact addresses on a page, however they are written."""
