"""`prober serve` in a process of its own, and what it answers."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

_open = build_opener(ProxyHandler({})).open


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "prober", "serve", "--port", "0", *options]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout and server.stderr
    try:
        line = server.stdout.readline()
        assert line.startswith("http://127.0.0.1:"), line + server.stderr.read()
        yield line.split()[0].rstrip("/"), server
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=20)
        server.stdout.close()
        server.stderr.close()


def get(url: str, cookie: str = "") -> tuple[int, str]:
    """Status and text."""
    status, _, body = fetch(url, cookie)
    return status, body.decode("utf-8")


def fetch(url: str, cookie: str = "") -> tuple[int, str, bytes]:
    """Status, media type and body."""
    try:
        with _open(Request(url, headers={"Cookie": cookie} if cookie else {}), timeout=30) as response:
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


def rows(base: str, path: str) -> list[dict[str, Any]]:
    status, text = get(f"{base}{path}")
    assert status == 200, text[:500]
    found: list[dict[str, Any]] = json.loads(text)
    return found
