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


@pytest.mark.parametrize(
    ("declared", "body", "page"),
    [
        ("application/xml", b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', True),
        ("text/xml", b"<rss version='2.0'><channel/></rss>", False),
        ("application/json", b'{"html": "<html>"}', False),
    ],
)
def test_a_page_is_one_whatever_form_of_it_is_declared(declared: str, body: bytes, page: bool) -> None:
    at = datetime(2020, 4, 13, tzinfo=UTC)
    assert StepResult("http://x.test/", at, 200, {"content-type": declared}, body).is_html is page
