"""What a result says of itself."""

from datetime import UTC, datetime

import pytest

from spiders.visit.step import StepResult


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("/trang-chủ".encode(), "/trang-chủ"),
        (b"/trang-ch%E1%BB%A7", "/trang-ch%E1%BB%A7"),
        (b"/caf\xe9", "/café"),
    ],
    ids=["UTF-8", "ASCII", "Latin-1"],
)
def test_a_redirect_leads_where_a_browser_would_go(sent: bytes, meant: str) -> None:
    at = datetime(2020, 4, 13, tzinfo=UTC)
    assert StepResult("http://x.test/", at, 302, {"location": sent.decode("latin-1")}).location == meant
