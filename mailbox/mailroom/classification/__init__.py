"""Classify a `Reply` by ordered rules; a result names its rule and the words that the rule found."""
