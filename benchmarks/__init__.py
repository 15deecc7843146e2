"""Measurements side by side in one run: `python -m benchmarks [NAME…]`, `make bench`. Results stand in RESULTS.md."""
