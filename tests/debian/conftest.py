"""One Postfix and one Dovecot per worker, a mailbox of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from prober.store import Database, open_private, open_results
from tests.debian.post import Post


@pytest.fixture(scope="session")
def post() -> Iterator[Post]:
    with Post.started() as servers:
        yield servers


@pytest.fixture
def trusted(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the servers' certificate, by the means that OpenSSL gives its user."""
    monkeypatch.setenv("SSL_CERT_FILE", str(post.authority))


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    private, results = open_private(tmp_path / "private.db"), open_results(tmp_path / "results.db")
    yield private, results
    private.close()
    results.close()
