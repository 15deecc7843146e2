"""Serve the public bodies of a country, up to some 12,000 hosts. A program; ends with its input.

`python -m benchmarks.country FOLDER HOSTS` listens as a proxy on loopback, writes FOLDER/access.jsonl, and prints its
address as JSON. The bodies have the shape of a real list: 34 provinces, fourteen departments each, and communes for the
rest. Each has the whole site of a portal of the embedded world under a host of its own, and about one in eight is slow,
dead, closed to crawlers or huge. Which one is told by a hash of its name.
"""

import asyncio
import hashlib
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.many_hosts import ManyHosts, serve
from benchmarks.places import plain_portals, walk
from prober.domain.agency import Agency
from prober.sandbox.http.site_messages import Fault, Request, Response

PROVINCES, DEPARTMENTS = 34, 14
MODELS = 8  # portals of the embedded world whose pages are served
PAGES = 60  # of each model, in the order of its links
SLOW_SECONDS = 1.0  # before each answer
HUGE = 3_000_000  # bytes added to a page
# Of a thousand hosts; the rest is in order. Shares of lists of government sites: docs/scale.md.
HABITS = {"dns": 30, "refused": 10, "timeout": 5, "forbidden": 20, "limited": 10, "slow": 40, "huge": 10}
_TYPE = (("Content-Type", "text/html; charset=utf-8"),)
_FAULTS = {"dns": Fault.DNS, "refused": Fault.REFUSED, "timeout": Fault.TIMEOUT}


def registry(hosts: int) -> list[Agency]:
    """Return the agencies that own these hosts."""
    return [_agency(number) for number in range(hosts)]


def _agency(number: int) -> Agency:
    level, slug = ("province", f"p{number:05d}")
    if number >= PROVINCES * (DEPARTMENTS + 1):
        level, slug = "commune", f"c{number:05d}"
    elif number >= PROVINCES:
        level, slug = "department", f"d{number:05d}"
    return Agency(
        slug=slug, frame="2019", kind="portal", name_vi=f"{level} {number}", name_en=f"{level} {number}",
        province=slug, province_vi=f"Số {number}", province_en=f"Number {number}", url=f"http://{slug}.gov.test/",
    )  # fmt: skip


def habit(name: str) -> str:
    """Return what is wrong with a host, "" for nothing."""
    drawn = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % 1000
    for kind, share in HABITS.items():
        if drawn < share:
            return kind
        drawn -= share
    return ""


class Country(ManyHosts):
    """The Web of this world; see prober.sandbox.http.site_messages."""

    def __init__(self, hosts: int) -> None:
        self._names = {agency.slug for agency in registry(hosts)}
        self._models = [_model(slug) for slug in plain_portals()[:MODELS]]

    def respond(self, request: Request) -> Response | Fault:
        name = request.host.partition(".")[0]
        if name not in self._names:
            return Fault.DNS
        kind = habit(name)
        if kind in _FAULTS:
            return _FAULTS[kind]
        if kind in ("forbidden", "limited") and request.target != "/robots.txt":
            return Response(403 if kind == "forbidden" else 429, _TYPE, b"<h1>Forbidden</h1>")
        found = self._page(name, request)
        found = replace(found, delay=SLOW_SECONDS) if kind == "slow" else found
        return replace(found, body=found.body + b" " * HUGE) if kind == "huge" else found

    def _page(self, name: str, request: Request) -> Response:
        if request.target == "/robots.txt":
            return Response(200, (("Content-Type", "text/plain"),), b"User-agent: *\nAllow: /\n")
        html = self._models[int(name[1:]) % len(self._models)].get(request.target)
        if html is None:
            return Response(404, _TYPE, "<title>404</title><p>Không tìm thấy trang</p>".encode())
        return Response(200, _TYPE, html.replace("{host}", request.host).encode())


def _model(slug: str) -> dict[str, str]:
    """Return path → page of a portal of the embedded world, its address replaced by a mark."""
    pages = walk(slug, PAGES)
    own = pages[0].url.rstrip("/")
    return {page.url.removeprefix(own): page.html.replace(own, "http://{host}") for page in pages}


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), Country(int(sys.argv[2])), validators=True))
