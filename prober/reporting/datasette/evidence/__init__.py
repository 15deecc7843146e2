"""The pages that show what proves a verdict."""
