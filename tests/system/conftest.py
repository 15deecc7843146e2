"""One Postfix and one Dovecot per worker, a mailbox of its own for each test."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.command import Manager
from tests.system.post import Post


@pytest.fixture(scope="session")
def post() -> Iterator[Post]:
    with Post.started() as servers:
        yield servers


@pytest.fixture
def trusted(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the servers' certificate, by the means that OpenSSL gives its user."""
    monkeypatch.setenv("SSL_CERT_FILE", str(post.authority))


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A service manager's socket at tmp_path/notify; call it for the next thing that it is told."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(tmp_path / "notify"))
    sock.settimeout(20)

    def told() -> dict[str, str]:
        return dict(line.split("=", 1) for line in sock.recv(4096).decode().split("\n"))

    yield told
    sock.close()
