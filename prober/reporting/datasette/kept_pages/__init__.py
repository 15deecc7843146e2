"""Draw a page once for all its readers, also before they ask."""
