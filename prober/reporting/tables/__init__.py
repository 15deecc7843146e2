"""Compute tables of figures, as rows, for report, site and command line."""
