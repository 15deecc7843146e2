"""The embedded world: 126 sites, a mail system and 63 offices that answer, in one process on loopback.

Run by `python -m prober.sandbox`; found and started through `prober.sandbox.client`. It knows nothing of the product
but values (agency, clock, correspondence, errors) and speaks to it through sockets, as the real world does.
"""
