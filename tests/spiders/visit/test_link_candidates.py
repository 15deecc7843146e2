"""Which addresses of an agency were tried, with which result, and where each redirect led: rows to be read."""

import gzip
import re
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prober.detectors.link_promises import LinkPromises
from prober.domain.hostnames import scope
from prober.domain.indicator import INDICATORS, Kind, names
from prober.reporting.datasette.canned_queries import QUERIES
from spiders.reading.page_reader import read_page
from spiders.reading.page_reading import PageSource
from spiders.visit.link_candidates import (
    ALIKE,
    KEPT,
    LOCATIONS,
    SitemapSource,
    from_link,
    from_sitemap,
    is_index,
    is_sitemap,
    is_whole,
    locations,
    named_sitemaps,
    read_sitemap,
    redirected,
    sitemap_body,
)
from spiders.visit.step import SHAPE_LIMIT, WORTH, Frontier, SitemapReading, VisitStep
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


def test_a_few_pages_in_a_folder_that_no_link_leads_into_may_be_sections() -> None:
    paths = ("/muc/goc-cong-dan", "/muc/so-lieu", *(f"/bai/{word}" for word in ("cau", "duong", "cho", "truong")))
    days = ("/2020/05/khanh-thanh-cau",)
    listed = "".join(f"<url><loc>{HOST}{path}</loc></url>" for path in (*paths, *days))
    assert steps_of(f"<urlset>{listed}</urlset>") == {"/muc/goc-cong-dan", "/muc/so-lieu"}


def test_a_few_pages_of_the_first_level_to_which_no_link_leads_may_be_sections() -> None:
    its, paths = scope(agency("ca-mau"), ()), [f"/{word}" for word in ("du-an", "van-ban", "goc-cong-dan", "so-lieu")]

    def asked(linked: set[str]) -> set[str]:
        body = "".join(f"<url><loc>{HOST}{path}</loc></url>" for path in paths).encode()
        steps = from_sitemap(body, f"{HOST}/sitemap.xml", its, KINDS, KINDS, LINKS, linked)
        return {step.url.removeprefix(HOST) for step in steps}

    assert asked({f"{HOST}/du-an", f"{HOST}/van-ban"}) == {"/goc-cong-dan", "/so-lieu"}
    assert asked({f"{HOST}/lien-he"}) == set()  # too many: addresses of an archive


@pytest.mark.parametrize("before", ["/vi", "/vi-vn", "/index.php/vi", "/web/guest", "/web/so-tai-chinh"])
def test_the_first_level_lies_below_what_stands_before_every_address(before: str) -> None:
    its, paths = scope(agency("ca-mau"), ()), (f"{before}/gioi-thieu", f"{before}/goc-cong-dan", f"{before}/tin/3/goc")
    body = "".join(f"<url><loc>{HOST}{path}</loc></url>" for path in paths).encode()
    steps = from_sitemap(body, f"{HOST}/sitemap.xml", its, KINDS, KINDS, LINKS, {f"{HOST}{before}/gioi-thieu"})
    assert [step.url for step in steps] == [f"{HOST}{before}/goc-cong-dan"]


def test_a_sitemap_without_an_end_or_with_too_many_addresses_is_not_whole() -> None:
    assert not is_whole(b"<urlset><url><loc>http://x.gov.vn/a</loc>")
    assert not is_whole(b"<urlset>" + b"<loc>http://x.gov.vn/a</loc>" * LOCATIONS + b"</urlset>")


def read_of(*urls: str) -> SitemapReading:
    """What is read of a packed sitemap that lists these addresses."""
    listed = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    its, known = body(agency("ca-mau"), vocabulary=VIETNAMESE), scope(agency("ca-mau"), ())
    packed = gzip.compress(f"<urlset>{listed}</urlset>".encode())
    read = read_sitemap(SitemapSource(packed, f"{HOST}/sitemap.xml.gz", its, known, KINDS, frozenset()))
    assert read is not None
    return read


def test_of_many_pages_of_one_shape_no_more_are_kept_than_may_be_opened() -> None:
    read = read_of(*(f"{HOST}/muc-{n}/hoi-dap" for n in range(2_000)), f"{HOST}/hoi-dap")
    assert (read.listed, read.whole, len(read.steps)) == (2_001, True, ALIKE + 1)
    waiting = Frontier()
    assert sum(map(waiting.add, read.steps)) == SHAPE_LIMIT + 1


def test_a_sitemap_of_more_shapes_than_any_visit_opens_is_not_whole() -> None:
    words = ["".join(letters) for letters in product("abcdefgh", repeat=4)]
    assert read_of(*(f"{HOST}/{word}/hoi-dap" for word in words[:KEPT])).whole
    read = read_of(*(f"{HOST}/{word}/hoi-dap" for word in words[: KEPT + 1]))
    assert (read.whole, len(read.steps)) == (False, KEPT)


def test_a_packed_file_that_is_no_sitemap_reads_as_none() -> None:
    its, known = body(agency("ca-mau"), vocabulary=VIETNAMESE), scope(agency("ca-mau"), ())
    for content in (gzip.compress(b"<html><p>Trang</p></html>"), b"\x1f\x8b", "<html>".encode("utf-16")):
        assert read_sitemap(SitemapSource(content, f"{HOST}/a", its, known, KINDS, frozenset())) is None


def test_an_address_without_a_word_may_be_anything_unless_links_say_what_its_folder_holds() -> None:
    host = HOST
    paths = (
        "/muc/11.html",
        "/muc/12.html",
        "/tin-tuc/7",
        "/khanh-thanh-cau",
        "/node/5f3a9c1b7d",
        "/index.php?id=9",
        "/",
    )
    body = "".join(f"<url><loc>{host}{path}</loc></url>" for path in paths).encode()
    steps = from_sitemap(
        body, f"{host}/sitemap.xml", scope(agency("ca-mau"), ()), KINDS, KINDS, LINKS, {f"{host}/tin-tuc/5"}
    )
    assert {step.url.removeprefix(host) for step in steps} == {
        "/muc/11.html", "/muc/12.html", "/node/5f3a9c1b7d", "/index.php?id=9", "/khanh-thanh-cau",
    }  # fmt: skip
    assert all(min(step.promises.values()) >= WORTH for step in steps)


def test_the_children_of_an_index_may_be_on_another_host_of_the_body() -> None:
    its = scope(agency("ca-mau"), ())
    index = b"<sitemapindex><sitemap><loc>http://so-do.camau.gov.test/1.xml</loc></sitemap><sitemap><loc>http://x.test/2.xml</loc>"
    steps = from_sitemap(index, f"{HOST}/sitemap.xml", its, KINDS, KINDS, LINKS)
    assert [(step.url, step.place) for step in steps] == [("http://so-do.camau.gov.test/1.xml", "sitemap")]


@pytest.mark.parametrize("folder", ["/chuyen-muc/{}", "/?p={}", "/trang/muc-{}"])
def test_a_few_pages_of_a_folder_to_which_no_link_leads_may_be_sections_beside_linked_ones(folder: str) -> None:
    its = scope(agency("ca-mau"), ())

    def asked(listed: int) -> int:
        body = "\n".join(HOST + folder.format(number) for number in range(10, 10 + listed)).encode()
        linked = {HOST + folder.format(number) for number in (10, 11)}
        return len(from_sitemap(body, f"{HOST}/ds.txt", its, KINDS, KINDS, LINKS, linked))

    assert asked(2) == 0
    assert asked(3) == 1
    assert asked(5) == 3
    assert asked(40) == 0  # an archive


def test_robots_txt_may_name_a_sitemap_without_its_host() -> None:
    steps = named_sitemaps(f"{HOST}/trang-chu", ("/ds.xml", "https://so-do.camau.gov.test/1.xml"), ("qa",))
    assert [step.url for step in steps] == [f"{HOST}/ds.xml", "https://so-do.camau.gov.test/1.xml"]


def test_a_redirect_to_an_address_that_is_longer_than_any_is_not_followed() -> None:
    here, its = VisitStep("http://camau.gov.test/a", "menu"), scope(agency("camau"), ())
    for length, followed in ((1_000, True), (3_000, False)):
        target, refused = redirected(here, "/" + "b" * length, its)
        assert (bool(target), refused is None) == (followed, followed)
        assert refused is None or getattr(refused.detail, "code", "") == "redirects_malformed"
