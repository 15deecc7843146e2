"""Read results.db for report, site and commands."""
