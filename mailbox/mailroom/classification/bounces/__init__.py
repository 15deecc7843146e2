"""Recognise delivery reports and what they say of each recipient."""
