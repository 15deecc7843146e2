"""Build the sites of the embedded world, page by page."""
