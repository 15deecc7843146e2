"""Look at the quality of a portal, as reviews and the law ask for it (docs/indicators.md)."""
