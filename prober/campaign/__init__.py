"""Campaigns as values and decisions: protocol, letters, order, law. Pure: time, seed and rows are arguments."""
