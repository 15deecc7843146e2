"""Hold the words that readers see, in Vietnamese and English."""
