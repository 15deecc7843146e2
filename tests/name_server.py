"""The world's DNS server with a zone of the test's own, on a loopback port, answering real clients over UDP."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from mailroom.sending.preflight.dns import Names
from prober.sandbox.mail import dns_server

Rows = Mapping[str, tuple[str, ...]]  # "name TYPE" → records as in a zone file


@contextmanager
def names(rows: Rows, seconds: float = 1) -> Iterator[Names]:
    """A resolver that knows `rows` and nothing else."""
    zone = {tuple(key.split()): value for key, value in rows.items()}
    loop = asyncio.new_event_loop()
    transport, port = loop.run_until_complete(dns_server.start(zone))  # type: ignore[arg-type]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Names(("127.0.0.1", port), seconds)
    finally:
        loop.call_soon_threadsafe(transport.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(asyncio.sleep(0))  # the transport closes its socket in a turn of the loop
        loop.close()
