"""Loaded last by the process that is forked: tables that any process makes when it first needs them, made once.

What is there by then stays, and no fork looks through it for cycles.
"""

import errno
import gc
import socket
from multiprocessing import reduction

from prober.domain.hostnames import registrable
from prober.sandbox.mail.dns_zone import zone
from prober.sandbox.plot.address_book import address_book
from prober.sandbox.process import START
from prober.sandbox.sites.portals import build

_received = reduction.recvfds


def received(sock: socket.socket, size: int) -> list[int]:
    """Read what a process sends that wants a fork. Raises the one error that does not end the process forked from."""
    try:
        fds: list[int] = _received(sock, size)
    except (EOFError, OSError, RuntimeError) as error:  # it was killed between its connection and its first word
        raise ConnectionAbortedError(errno.ECONNABORTED, str(error)) from error
    return fds


reduction.recvfds = received
registrable("camau.gov.test")
zone(address_book(build(2019, True, START).truth()).domains, (), "", 2019)
gc.collect()
gc.freeze()
