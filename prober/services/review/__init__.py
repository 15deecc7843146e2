"""People read replies and findings, and say what they are."""
