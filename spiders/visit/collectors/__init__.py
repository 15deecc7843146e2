"""What a visit gathers besides findings, one collector a module."""
