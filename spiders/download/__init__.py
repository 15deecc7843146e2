"""Fetch over HTTP as a patient browser would, with limits and an address guard."""
