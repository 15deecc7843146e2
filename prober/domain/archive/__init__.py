"""Values about archived pages: what may be said of one, and which were taken down."""
