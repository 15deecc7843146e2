"""Measure the product against simple alternatives: `python -m benchmarks [NAME…]`, `make bench`. Writes RESULTS.md."""
