"""Phrases by meaning, as data: the words that the rules look for."""
