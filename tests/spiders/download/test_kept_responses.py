"""Which responses are kept from one night to the next, and how the server is asked whether they still hold."""

from datetime import datetime
from pathlib import Path

import pytest

from prober.domain.finding import Failure
from spiders.download.fetch_result import HttpResponse
from spiders.download.kept_responses import KeptResponses
from spiders.download.page_cache import PageCache
from tests.pobi import HANOI

AT = datetime(2020, 4, 13, 8, tzinfo=HANOI)
URL = "http://camau.gov.test/"


def response(*headers: tuple[str, str], status: int = 200, broken: Failure | None = None) -> HttpResponse:
    return HttpResponse(status, headers, b"GET / HTTP/1.1", b"HTTP/1.1 200 OK", b"<p>a</p>", (), 1_000, broken)


@pytest.mark.parametrize(
    ("received", "conditions"),
    [
        (response(("ETag", 'W/"1"'), ("Last-Modified", "Mon, 13 Apr 2020 01:00:00 GMT")),
         {"If-None-Match": 'W/"1"', "If-Modified-Since": "Mon, 13 Apr 2020 01:00:00 GMT"}),
        (response(("etag", '"1"')), {"If-None-Match": '"1"'}),
        (response(("ETag", '"' + "1" * 400)), None),
        (response(), None),
        (response(("ETag", '"1"'), status=404), None),
        (response(("ETag", '"1"'), broken=Failure.TIMEOUT), None),
    ],
)  # fmt: skip
def test_whole_pages_with_a_validator_are_kept(
    tmp_path: Path, received: HttpResponse, conditions: dict[str, str] | None
) -> None:
    responses = KeptResponses(PageCache(tmp_path / "pages.db", 1))
    responses.keep(URL, AT, received)
    kept = responses.of(URL)
    assert (kept and kept.conditions) == conditions and responses.of(f"{URL}a") is None
    assert kept is None or (kept.response, kept.at) == (received, AT)
