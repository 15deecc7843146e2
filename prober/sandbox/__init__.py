"""Simulate the web, the mail and the agencies for tests and demo: 126 sites, a mail system and 63 finance departments.

All of it runs in one process on loopback, started by `python -m prober.sandbox`, and found and started through
`prober.sandbox.client`. It imports only values of the product (agency, clock, correspondence, errors) and speaks to it
through sockets, as the real world does.
"""
