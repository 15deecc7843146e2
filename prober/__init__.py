"""Measures how responsive government agencies are to citizens, and proves every figure it prints."""

__version__ = "0.3.0"
DISTRIBUTION = "government-responsiveness-prober"  # its name on a package index, where `prober` is taken
