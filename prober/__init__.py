"""Measures how responsive government agencies are to citizens, and proves every figure it prints."""

__version__ = "0.1.0"
