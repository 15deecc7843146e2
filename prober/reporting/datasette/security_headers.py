"""Add security headers to every response of the server, refuse what would write, and guard CSV against formulas."""

import csv
import io
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Any

from datasette.utils.asgi import Response  # type: ignore[import-untyped]

from prober.reporting.publish.table_files import guarded

App = Callable[[Any, Any, Any], Awaitable[None]]

# Our pages: no script runs, nothing is loaded from elsewhere, no site may frame them, the one form submits to this
# server.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_READING = ("GET", "HEAD", "OPTIONS")


def _inline_scripts() -> list[str]:
    """Return the scripts that stand in Datasette's own pages, as a policy names them: by their hash."""
    menus = files("datasette").joinpath("templates", "_close_open_menus.html").read_text("utf-8")
    texts = [
        menus.partition("<script>")[2].partition("</script>")[0],
        *(f"DATASETTE_ALLOW_FACET = {allowed};" for allowed in ("true", "false")),
    ]
    return [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts]


# Datasette's own pages run Datasette's scripts and no other. Their styles name columns, so these have no fixed hash.
_OTHERS = HEADERS | {
    "Content-Security-Policy": f"default-src 'self'; script-src 'self' {' '.join(_inline_scripts())}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
}


def safe(app: App) -> App:
    """Return `app` with the policy on each response that has none, and with each CSV record guarded."""

    async def wrapped(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        is_csv = scope["type"] == "http" and scope["path"].endswith(".csv")

        async def forward(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with_policy(message["headers"])
            elif is_csv and message.get("body"):
                message["body"] = record(message["body"])
            await send(message)

        await app(scope, receive, forward)

    return wrapped


def read_only(app: App) -> App:
    """Return `app`, of which nothing is asked that could write: the data are read here, and nothing is submitted."""

    async def wrapped(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] not in _READING:
            await Response.text("Method not allowed", 405, {"Allow": ", ".join(_READING)}).asgi_send(send)
        else:
            await app(scope, receive, send)

    return wrapped


def record(line: bytes) -> bytes:
    r"""Return CSV records in which no text starts a formula. Datasette sends one record per chunk of the response.

    >>> record(b'Ca Mau,=1+1,-5,"-5, or so"\r\n')
    b'Ca Mau,\'=1+1,-5,"\'-5, or so"\r\n'
    """
    out = io.StringIO(newline="")
    rows = csv.reader(io.StringIO(line.decode("utf-8"), newline=""))
    csv.writer(out).writerows([cell if _is_number(cell) else guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell[0] in "-+0123456789"


def _with_policy(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    given = {name.lower() for name, _ in headers}
    more = [(name.lower().encode(), value.encode()) for name, value in _OTHERS.items()]
    return [*headers, *(pair for pair in more if pair[0] not in given)]
