"""Loaded last by the process that is forked: tables that any process makes when it first needs them, made once.

What is there by then stays, and no fork looks through it for cycles.
"""

import errno
import gc
import importlib
import socket
from multiprocessing import reduction
from urllib.parse import urlsplit

from mailroom.intake.understand import warm
from prober.cli import COMMANDS
from prober.detectors.body import Body
from prober.domain.hostnames import registrable
from prober.sandbox.http.site_messages import Request, Response
from prober.sandbox.mail.dns_zone import zone
from prober.sandbox.plot.address_book import address_book
from prober.sandbox.process import START
from prober.sandbox.sites.portals import build
from spiders.reading.page_reader import read_page
from spiders.reading.page_reading import PageSource
from tests.pobi import POBI

_received = reduction.recvfds


def received(sock: socket.socket, size: int) -> list[int]:
    """Read what a process sends that wants a fork. Raises the one error that does not end the process forked from."""
    try:
        fds: list[int] = _received(sock, size)
    except (EOFError, OSError, RuntimeError) as error:  # it was killed between its connection and its first word
        raise ConnectionAbortedError(errno.ECONNABORTED, str(error)) from error
    return fds


def read_home_pages() -> None:
    """Build every page that is the first of a portal of the small world, and read it as a crawl does."""
    web = build(2019, True, START)
    for agency in web.agencies():
        site = urlsplit(agency["url"])
        answer = web.respond(Request("GET", site.scheme, site.netloc, "/", {}, START, b""))
        if isinstance(answer, Response) and answer.status == 200:
            headers = {name.lower(): value for name, value in answer.headers}
            body = Body(agency["name_vi"], vocabulary=POBI.vocabulary)
            read_page(PageSource(answer.body, agency["url"], 200, headers, START), body)


reduction.recvfds = received
for place in COMMANDS.values():
    importlib.import_module(place.partition(":")[0])
for module in ("structlog.dev", "structlog.stdlib", "prober.sandbox.mail.imap_server"):
    importlib.import_module(module)
registrable("camau.gov.test")
zone(address_book(build(2019, True, START).truth()).domains, (), "", 2019)
read_home_pages()
warm(POBI.vocabulary)
gc.collect()
gc.freeze()
