"""Measure precision and recall on labelled cases and on the embedded world."""
