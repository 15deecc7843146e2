"""Loaded last by the process that is forked: tables that any process makes when it first needs them, made once.

What is there by then stays, and no fork looks through it for cycles.
"""

import gc

from prober.domain.hostnames import registrable
from prober.sandbox.mail.dns_zone import zone
from prober.sandbox.plot.address_book import address_book
from prober.sandbox.process import START
from prober.sandbox.sites.portals import build

registrable("camau.gov.test")
zone(address_book(build(2019, True, START).truth()).domains, (), "", 2019)
gc.collect()
gc.freeze()
