"""Fetch over HTTP, as tolerant of faulty servers as a browser, with limits and an address guard."""
