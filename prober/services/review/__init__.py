"""Let people review replies and findings, and measure how far they agree."""
