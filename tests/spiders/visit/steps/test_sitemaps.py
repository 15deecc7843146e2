"""Which addresses of an agency were tried, with which result, and where each redirect led: rows to be read."""

import gzip
import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prober.detectors.link_promises import LinkPromises
from prober.domain.hostnames import scope
from prober.domain.indicator import INDICATORS, Kind, names
from prober.reporting.datasette.canned_queries import QUERIES
from spiders.reading.page_reader import read_page
from spiders.reading.page_reading import PageSource
from spiders.visit.step import WORTH, VisitStep
from spiders.visit.steps.home_page import redirected
from spiders.visit.steps.named_links import from_link
from spiders.visit.steps.sitemaps import (
    LOCATIONS,
    SitemapSource,
    from_sitemap,
    is_index,
    is_sitemap,
    is_whole,
    locations,
    read_sitemap,
    sitemap_body,
)
from spiders.visit.visit_runner import body
from tests.languages import VI, VIETNAMESE
from tests.spiders.web import Answer, Bench, Fault, Web, agency, page, plain_site

LINKS = VI.made(LinkPromises)
KINDS = names(INDICATORS)
HOST = "http://camau.gov.test"
TRIED = next(query for query in QUERIES if query.name == "addresses_tried")


def moved(to: str, status: int = 301) -> Answer:
    return Answer("", status, {"Location": to})


def tried(bench: Bench, scan: str = "") -> dict[str, list[tuple]]:
    """Agency → (address, status, failure, where it led) in the order in which they were tried."""
    sql = re.sub(r":(agency|scan)", lambda name: {"agency": "''", "scan": f"'{scan}'"}[name[1]], TRIED.sql)
    found: dict[str, list[tuple]] = {}
    for name, _, *row in bench.rows(sql):
        found.setdefault(name.rpartition(" ")[2], []).append(tuple(row[:4]))
    return found


def test_every_address_that_was_tried_is_a_row(web: Web, bench: Bench) -> None:
    refused = {"/": Fault("connection_refused"), "/robots.txt": Answer("", 404)}
    web.sites |= {
        "xa.gov.test": refused,
        "www.xa.gov.test": plain_site() | {"/": moved("/trang-chu"), "/trang-chu": page("Trang chủ")},
        "treo.gov.test": {"/": Fault("connection_timeout"), "/robots.txt": Answer("", 404)},
        "chuyen.gov.test": {"/": moved("http://www.quangcao.test/"), "/robots.txt": Answer("", 404)},
    }
    bench.run(agency("xa"), agency("treo"), agency("chuyen"), agency("mat"))
    assert tried(bench) == {
        "xa": [
            ("http://xa.gov.test/", 0, "refused", ""),
            ("https://xa.gov.test/", 0, "refused", ""),
            ("http://www.xa.gov.test/", 301, None, "http://www.xa.gov.test/trang-chu"),
            ("http://www.xa.gov.test/trang-chu", 200, None, ""),
        ],
        "treo": [
            ("http://treo.gov.test/", 0, "timeout", ""),
            ("https://treo.gov.test/", 0, "timeout", ""),
            ("http://www.treo.gov.test/", 0, "dns", ""),
            ("https://www.treo.gov.test/", 0, "dns", ""),
        ],
        "chuyen": [
            ("http://chuyen.gov.test/", 301, "moved", "http://www.quangcao.test/"),
            ("https://chuyen.gov.test/", 0, "refused", ""),
            ("http://www.chuyen.gov.test/", 0, "dns", ""),
            ("https://www.chuyen.gov.test/", 0, "dns", ""),
        ],
        "mat": [
            ("http://mat.gov.test/", 0, "dns", ""),
            ("https://mat.gov.test/", 0, "dns", ""),
            ("http://www.mat.gov.test/", 0, "dns", ""),
            ("https://www.mat.gov.test/", 0, "dns", ""),
        ],
    }
    assert tried(bench, "1") == tried(bench) and tried(bench, "2") == {}
    assert bench.rows("SELECT agency, final_url FROM visit WHERE final_url != ''") == [
        ("2019-xa", "http://www.xa.gov.test/trang-chu")
    ]


@given(st.binary(max_size=1500))
@example(b"<urlset><loc>" + b" " * 400_000)
@example(b"<loc>" * 80_000)
@example(b"<urlset><loc>http://x/</loc><x:loc><![CDATA[ http://y/ ]]></x:loc>")
def test_a_sitemap_of_any_bytes_has_short_addresses(body: bytes) -> None:
    found = locations(body)
    assert all(address and address == address.strip() and len(address) <= 3000 for address in found)
    assert is_index(body) <= is_sitemap(body)


@given(st.lists(st.from_regex(r"http://x\.gov\.vn/[a-z0-9/-]{1,30}", fullmatch=True), max_size=20), st.booleans())
def test_a_sitemap_gives_back_what_was_put_in(urls: list[str], packed: bool) -> None:
    written = "".join(f"<url><loc>{f'<![CDATA[{url}]]>' if packed else url}</loc></url>" for url in urls)
    assert locations(f"<urlset>{written}</urlset>".encode()) == urls


def promised(html: str) -> dict[str, float]:
    """What the links of a page promise of a Q&A section at most: path → promise."""
    url = "http://camau.gov.test/tin"
    text = f"<html><body><p>{'Dòng chữ. ' * 200}</p>{html}</body></html>"
    shown = read_page(PageSource(text, url, 200, {}, datetime.now(UTC)), body(agency("ca-mau"), vocabulary=VIETNAMESE))
    found = [from_link(link, shown, scope(agency("ca-mau"), ()), 1, False, KINDS, LINKS) for link in shown.links]
    return {step.url.partition("test")[2]: step.promises.get(Kind.QA, 0.0) for step in found if step}


def test_a_link_not_to_be_followed_is_opened_where_its_words_promise_what_is_sought() -> None:
    rel = 'rel="external nofollow"'
    assert promised(f"<a href='/hoi-dap' {rel}>Xem trên điện thoại</a><a href='/m' {rel}>Giao diện</a>") == {}
    asked = promised(f"<a href='/muc-1' {rel}>Hỏi đáp</a><a href='/muc-2'>Hỏi đáp</a>")
    assert WORTH <= asked["/muc-1"] < asked["/muc-2"]


def test_a_frame_beside_content_promises_less_than_a_link_in_words() -> None:
    asked = promised("<iframe src='/assets/index.html'></iframe><a href='/hoi-dap'>Hỏi đáp</a>")
    assert WORTH <= asked["/assets/index.html"] < asked["/hoi-dap"]


def steps_of(text: str | bytes) -> set[str]:
    """The paths that a sitemap leads to."""
    content = text if isinstance(text, bytes) else text.encode()
    body = sitemap_body(content)
    steps = from_sitemap(body, f"{HOST}/sitemap.xml", scope(agency("ca-mau"), ()), KINDS, KINDS, LINKS)
    assert is_whole(body)
    return {step.url.removeprefix(HOST) for step in steps}


URLSET = "<urlset><url><loc>{}</loc></url></urlset>"
FEED = "<rss><channel><link>http://camau.gov.test/</link><item><link>{}</link></item></channel></rss>"
ATOM = "<feed><entry><link rel='alternate' href='{}'/></entry></feed>"


@pytest.mark.parametrize("made", [
    URLSET.format("/hoi-dap"), URLSET.format(f"{HOST}/hoi-dap").encode("utf-16"), FEED.format(f"{HOST}/hoi-dap"),
    ATOM.format(f"{HOST}/hoi-dap"), f"{HOST}/hoi-dap\n{HOST}/tin-tuc\n", URLSET.format("http://localhost:8080/hoi-dap"),
])  # fmt: skip
def test_lists_of_addresses_in_whatever_form_are_sitemaps(made: str | bytes) -> None:
    assert steps_of(made) == {"/hoi-dap"}


def test_a_sitemap_without_an_end_or_with_too_many_addresses_is_not_whole() -> None:
    assert not is_whole(b"<urlset><url><loc>http://x.gov.vn/a</loc>")
    assert not is_whole(b"<urlset>" + b"<loc>http://x.gov.vn/a</loc>" * LOCATIONS + b"</urlset>")


def test_a_packed_file_that_is_no_sitemap_reads_as_none() -> None:
    its, known = body(agency("ca-mau"), vocabulary=VIETNAMESE), scope(agency("ca-mau"), ())
    for content in (gzip.compress(b"<html><p>Trang</p></html>"), b"\x1f\x8b", "<html>".encode("utf-16")):
        assert read_sitemap(SitemapSource(content, f"{HOST}/a", its, known, KINDS)) is None


def test_the_children_of_an_index_may_be_on_another_host_of_the_body() -> None:
    its = scope(agency("ca-mau"), ())
    index = b"<sitemapindex><sitemap><loc>http://so-do.camau.gov.test/1.xml</loc></sitemap><sitemap><loc>http://x.test/2.xml</loc>"
    steps = from_sitemap(index, f"{HOST}/sitemap.xml", its, KINDS, KINDS, LINKS)
    assert [(step.url, step.listing) for step in steps] == [("http://so-do.camau.gov.test/1.xml", True)]


def test_a_redirect_to_an_address_that_is_longer_than_any_is_not_followed() -> None:
    here, its = VisitStep("http://camau.gov.test/a", "menu"), scope(agency("camau"), ())
    for length, followed in ((1_000, True), (3_000, False)):
        target, refused = redirected(here, "/" + "b" * length, its)
        assert (bool(target), refused is None) == (followed, followed)
        assert refused is None or getattr(refused.detail, "code", "") == "redirects_malformed"
