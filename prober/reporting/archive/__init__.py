"""Archived pages as readers may see them: what is shown, a harmless copy with its proving words marked, WACZ files."""
