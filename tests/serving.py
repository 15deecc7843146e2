"""`prober serve` in a process of its own, and what it answers."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TextIO
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import ProxyHandler, Request, build_opener

from tests import forked

_open = build_opener(ProxyHandler({})).open


# Draws no page before it is asked for, which takes seconds where few pages are read.
ON_DEMAND = "tests.served_on_demand"


@dataclass(frozen=True, slots=True)
class Server:
    """`prober serve`, and what it says on standard error."""

    process: forked.Process
    errors: TextIO

    @property
    def pid(self) -> int:
        assert self.process.pid
        return self.process.pid

    def interrupt(self) -> int | None:
        """Press Ctrl-C; the exit code."""
        if self.process.is_alive():
            os.kill(self.pid, signal.SIGINT)
        self.process.join(20)
        return self.process.exitcode


@contextmanager
def serving(folder: Path, *options: str, program: str = "prober") -> Iterator[tuple[str, Server]]:
    (said, output), (told, errors) = os.pipe(), os.pipe()
    process = forked.started(program, "serve", "--port", "0", *options, folder=folder, output=output, errors=errors)
    os.close(output)
    os.close(errors)
    with os.fdopen(said, encoding="utf-8") as lines, os.fdopen(told, encoding="utf-8") as faults:
        server = Server(process, faults)
        try:
            line = lines.readline()
            assert line.startswith("http://127.0.0.1:"), line + faults.read()
            yield line.split()[0].rstrip("/"), server
        finally:
            server.interrupt()
            process.kill()
            process.join()


def get(url: str, cookie: str = "") -> tuple[int, str]:
    """Status and text."""
    status, _, body = fetch(url, cookie)
    return status, body.decode("utf-8")


def fetch(url: str, cookie: str = "") -> tuple[int, str, bytes]:
    """Status, media type and body."""
    try:
        with _open(Request(url, headers={"Cookie": cookie} if cookie else {}), timeout=60) as response:
            return response.status, response.headers["content-type"], response.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers["content-type"], error.read()


def header(url: str) -> Mapping[str, str]:
    """The header fields of an answer, by their name in small letters."""
    try:
        with _open(url, timeout=30) as response:
            found = response.headers
    except HTTPError as error:
        with error:
            found = error.headers
    return {name.lower(): value for name, value in found.items()}


def moved(url: str) -> tuple[int, str]:
    """Status and the address that an answer leads on to, which is not followed."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=30)
    with closing(connection):
        connection.request("GET", urlunsplit(("", "", *parts[2:])))
        answer = connection.getresponse()
        return answer.status, answer.headers["location"]


def rows(base: str, path: str) -> list[dict[str, Any]]:
    status, text = get(f"{base}{path}")
    assert status == 200, text[:500]
    found: list[dict[str, Any]] = json.loads(text)
    return found
