"""A title that the site lists once is searched for by the site's own search."""

from urllib.parse import quote_plus

from prober.domain.hostnames import scope
from prober.portal_review.site_seen import ServerAnswer
from spiders.after_visit.title_searches import TitleSearches
from spiders.reading.page_reader import read_page
from spiders.reading.page_reading import PageReading, PageSource
from spiders.visit.state import VisitState
from tests.spiders.visit.test_visit import AT, BODY, HOST
from tests.spiders.web import agency

TITLE = "Khởi công cầu vượt sông tại thị trấn"
NEWS = f"<p><a href='/tin/7'>{TITLE}</a></p><a href='/tim-kiem?q=dat'>đất</a>"


def read(path: str, html: str) -> PageReading:
    return read_page(PageSource(f"<html><body><main>{html}</main></body></html>", HOST + path, 200, {}, AT), BODY)


def test_a_listed_title_is_found_by_the_link_of_the_results() -> None:
    searches = TitleSearches(VisitState(BODY, scope(agency("ca-mau"), ())))
    assert searches.address() == "" and not searches.searchable
    searches.note(read("/tin-tuc", NEWS))
    asked = searches.address()
    assert asked == f"{HOST}/tim-kiem?q={quote_plus(TITLE)}"
    for html, listed in ((NEWS, 1), ("<p>Không có kết quả</p>", 0)):
        told = searches.read(ServerAnswer(asked, 200, page=True), read("/tim-kiem", html))
        assert told and told.listed == listed
