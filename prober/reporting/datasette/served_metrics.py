"""Serve what a monitoring system watches, to a scraper on this machine alone: of results.db, nothing private.

A proxy in front of the site connects from this machine too, for everybody. So the request must come from loopback, must
name this machine in `Host`, and must say of no proxy that it passed one.
"""

import asyncio
import ipaddress
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from datasette.app import Datasette  # type: ignore[import-untyped]
from datasette.utils.asgi import NotFound, Request, Response  # type: ignore[import-untyped]

from prober.domain.world import World
from prober.reporting.datasette.security_headers import HEADERS
from prober.store import read_only
from prober.store.reading import metrics as counted
from prober.store.schema.migrations import RESULTS

OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")  # what proxies add
BUSY_SECONDS = 5.0


async def metrics(request: Request, datasette: Datasette) -> Response:
    """Return the metrics of results.db as OpenMetrics text. Raises NotFound for who asks from elsewhere."""
    client = (request.scope.get("client") or ("", 0))[0]
    if not local(client, request.headers.get("host", ""), request.headers):
        raise NotFound("metrics are for a scraper on this machine")
    path = Path(datasette.get_database().path)
    text = await asyncio.to_thread(_text, path)
    return Response(text, content_type=OPEN_METRICS, headers=HEADERS)


def local(client: str, host: str, headers: Mapping[str, str]) -> bool:
    """Return True for a request of a program on this machine that no proxy passed on.

    >>> local("127.0.0.1", "127.0.0.1:8001", {}), local("127.0.0.1", "khao-sat.vn", {})
    (True, False)
    >>> local("127.0.0.1", "localhost", {"x-forwarded-for": "203.0.113.9"}), local("203.0.113.9", "localhost", {})
    (False, False)
    """
    return _loopback(client) and _loopback(_name(host)) and not any(name in headers for name in PASSED_ON)


def _name(host: str) -> str:
    return host.partition("]")[0].strip("[") if host.startswith("[") else host.partition(":")[0]


def _loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _text(path: Path) -> str:
    with read_only(path, RESULTS, BUSY_SECONDS) as db:
        row = db.execute("SELECT world FROM run ORDER BY id DESC LIMIT 1").fetchone()
        (newest,) = db.execute("SELECT at FROM as_of").fetchone()
    world = row[0] if row else World.SANDBOX
    moment = datetime.fromisoformat(newest) if newest else datetime.now().astimezone()
    return counted.text_of_results(path, world, lambda: datetime.now(moment.tzinfo) if world == World.LIVE else moment)
