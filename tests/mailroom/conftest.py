"""Mail servers that answer by a script."""

from collections.abc import Callable, Iterator

import pytest

from mailroom.intake import fetch_new
from tests.mailroom.scripted import Answer, Scripted


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], Scripted]]:
    """Start servers that answer by a script; clients do not wait long for them."""
    monkeypatch.setattr(fetch_new, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr("mailroom.imap.connection.SECONDS", 1.0)
    servers: list[Scripted] = []

    def start(answer: Answer) -> Scripted:
        servers.append(Scripted(answer))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.close()
