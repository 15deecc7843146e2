"""Serve HTTP on loopback to read the world's clock, move it on, and inspect the world's state."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from prober.sandbox.http import http_streams
from prober.sandbox.http.access_log import AccessLog
from prober.sandbox.mail.mail_system import MailSystem
from prober.sandbox.mail.mailstore import FOLDERS, Mail
from prober.sandbox.simulated_clock import parse_moment

_Answer = Callable[[dict[str, str], bytes], Any]


class Control:
    """Serve GET /clock /advance?to= /agencies /truth /mail /sent /access?since=, POST /deliver?at=&folder=.

    Answers are JSON. A request that names another host, or that a page's script sent (it carries Origin), is refused:
    the crawler's browser runs pages, and no page may move the clock.
    """

    def __init__(
        self, mail_system: MailSystem, log: AccessLog, truth: dict[str, Any], agencies: list[dict[str, Any]]
    ) -> None:
        self._mail_system = mail_system
        self._log = log
        self._routes: dict[tuple[str, str], _Answer] = {
            ("GET", "/clock"): lambda query, body: {"now": mail_system.now().isoformat()},
            ("GET", "/advance"): self._advance,
            ("GET", "/agencies"): lambda query, body: agencies,
            ("GET", "/truth"): lambda query, body: truth,
            ("GET", "/mail"): lambda query, body: mail_system.received(),
            ("GET", "/sent"): lambda query, body: mail_system.deliveries(),
            ("GET", "/access"): lambda query, body: log.rows(int(query.get("since", "0"))),
            ("POST", "/deliver"): self._deliver,
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here = "{}:{}".format(*writer.get_extra_info("sockname"))
        try:
            while head := await http_streams.read_head(reader):
                body = await http_streams.read_body(reader, head)
                status, value = self._answer(head, body, here)
                writer.write(_json(status, value, head.keeps_alive))
                await writer.drain()
                if not head.keeps_alive:
                    break
        except http_streams.BadRequest as error:
            writer.write(_json(400, {"error": str(error)}, keep=False))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left
        finally:
            writer.close()

    def _answer(self, head: http_streams.Head, body: bytes, here: str) -> tuple[int, Any]:
        if head.headers.get("host") != here or "origin" in head.headers:
            return 403, {"error": f"only direct requests to {here} are answered"}
        url = urlsplit(head.target)
        route = self._routes.get((head.method, url.path))
        if route is None:
            return 404, {
                "error": f"nothing at {head.method} {url.path}",
                "known": [" ".join(key) for key in self._routes],
            }
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        try:
            return 200, route(query, body)
        except (ValueError, KeyError) as error:
            return 400, {"error": f"{url.path}: {error}"}

    def _advance(self, query: dict[str, str], body: bytes) -> dict[str, Any]:
        delivered = self._mail_system.advance(parse_moment(query["to"]))
        return {"now": self._mail_system.now().isoformat(), "delivered": delivered}

    def _deliver(self, query: dict[str, str], body: bytes) -> dict[str, Any]:
        """Put any mail into the mailbox: now or, with a later `at`, when the clock gets there."""
        at = parse_moment(query["at"]) if "at" in query else self._mail_system.now()
        folder = query.get("folder", FOLDERS[0])
        if folder not in FOLDERS:
            raise ValueError(f"folder must be one of {', '.join(FOLDERS)}")
        self._mail_system.post(Mail(at, "", "", folder, body))
        return {"at": at.isoformat(), "folder": folder, "sha256": hashlib.sha256(body).hexdigest()}


async def start(control: Control) -> asyncio.Server:
    """Listen on a free port of 127.0.0.1."""
    return await asyncio.start_server(control.serve, "127.0.0.1", 0, limit=256 * 1024)


def _json(status: int, value: Any, keep: bool) -> bytes:
    text = json.dumps(value, ensure_ascii=False).encode()
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", str(len(text))),
        ("Connection", "keep-alive" if keep else "close"),
    ]
    return http_streams.head_bytes(status, headers) + text
