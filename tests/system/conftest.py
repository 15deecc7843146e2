"""One Postfix and one Dovecot per worker, a mailbox of its own for each test."""

from collections.abc import Iterator

import pytest

from tests.system.post import Post


@pytest.fixture(scope="session")
def post() -> Iterator[Post]:
    with Post.started() as servers:
        yield servers


@pytest.fixture
def trusted(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the servers' certificate, by the means that OpenSSL gives its user."""
    monkeypatch.setenv("SSL_CERT_FILE", str(post.authority))
