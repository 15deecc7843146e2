"""Addresses: what is the same page, what is a trap, what comes next."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from protego import Protego

from prober.domain.finding import Failure, Kind
from prober.domain.hostnames import host_of
from spiders.download.fetch_result import FetchFailed
from spiders.middlewares import Rules
from spiders.visit.frontier import SHAPE_LIMIT, Frontier
from spiders.visit.link_candidates import is_index, is_sitemap, locations
from spiders.visit.step import Step
from spiders.visit.urls import canonical, is_page, page_key, shape

SAME = [
    ("http://x.gov.vn/a;jsessionid=0A1B?x=1", "http://x.gov.vn/a?x=1"),
    ("http://x.gov.vn/(S(abc123))/a.aspx", "http://x.gov.vn/a.aspx"),
    ("http://x.gov.vn/a?PHPSESSID=9&x=1", "https://www.x.gov.vn/a?x=1"),
    ("http://x.gov.vn/a?b=2&a=1", "http://x.gov.vn/a?a=1&b=2"),
    ("http://x.gov.vn/a?utm_source=zalo&fbclid=1", "http://x.gov.vn/a/"),
    ("http://x.gov.vn/a?p_p_id=9&p_p_state=maximized&p_p_lifecycle=0", "http://x.gov.vn/a?p_p_id=9"),
    ("http://x.gov.vn/wps/portal/hoidap/!ut/p/a1/04_Sj9CPy", "http://x.gov.vn/wps/portal/hoidap"),
    ("http://x.gov.vn:80/../a/./b#top", "http://x.gov.vn/a/b"),
    ("http://x.gov.vn/Default.aspx", "http://x.gov.vn/"),
]
DIFFERENT = [
    ("http://x.gov.vn/a?id=1", "http://x.gov.vn/a?id=2"),
    ("http://x.gov.vn/a", "http://y.gov.vn/a"),
    ("http://x.gov.vn/?p_p_id=9", "http://x.gov.vn/?p_p_id=8"),
    ("http://x.gov.vn/wps/portal/!ut/p/a1/04", "http://x.gov.vn/wps/portal/!ut/p/a1/05"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_page_under_two_addresses(one: str, other: str) -> None:
    assert page_key(one) == page_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_pages(one: str, other: str) -> None:
    assert page_key(one) != page_key(other)


SEGMENT = st.sampled_from(["hoi-dap", "a", "..", ".", "", "1", "(S(x1))", "b;jsessionid=2", "%C3%A1", "index.html"])
PAIR = st.tuples(
    st.sampled_from(["id", "sid", "utm_x", "p_p_state", "q", "PHPSESSID", ""]), st.sampled_from(["1", "", "á"])
)


@given(st.lists(SEGMENT, max_size=6), st.lists(PAIR, max_size=5), st.sampled_from(["", ":80", ":8080"]))
def test_cleaning_is_idempotent(segments: list[str], pairs: list[tuple[str, str]], port: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in pairs)
    url = f"HTTP://X.gov.vn{port}/{'/'.join(segments)}?{query}#f"
    assert canonical(canonical(url)) == canonical(url)
    assert page_key(canonical(url)) == page_key(url)


# Any address at all: pieces of addresses in any order, and any text.
PIECES = st.lists(
    st.one_of(
        SEGMENT, st.text(max_size=8),
        st.sampled_from(
            ["http://", "HTTPS://", "//", "x.gov.vn", "X.GOV.VN.", "[::1]", "[", "]", ":80", ":443", ":0", ":99999",
             "@", "?", "&", "#", "/", "/../", "/./", ";sid=1", "%", "%2F", "%zz", "sid=1", "utm_x=&", "=", " ",
             "/(S(a))", "/wps/portal/a/!ut/p", "\u3000"]
        ),
    ),
    max_size=12,
).map("".join)  # fmt: skip


@settings(max_examples=400)
@given(PIECES)
@example("http://x.gov.vn/a;sid=1;sid=2?&&a&sid=1")
@example("A://[::]")
@example("A://\x0c")
@example("http://x.gov.vn ")
@example("http://x.gov.vn/(S(a))(F(b))/!ut/x/!ut/y")
def test_any_readable_address_is_cleaned_once_and_for_all(url: str) -> None:
    if not host_of(url):  # malformed: nobody asks for it, and nothing else is said of it
        return
    once = canonical(url)
    assert canonical(once) == once
    assert page_key(once) == page_key(url) and host_of(once) == host_of(url)
    assert shape(once) and is_page(once) in (True, False)


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


ROBOTS_LINES = (
    "User-agent: *", "User-agent: prober", "Disallow: /", "Disallow:", "Allow: /a*b$", "Disallow: /%zz*" * 50, "\x00",
    "Crawl-delay: 1e999", "Crawl-delay: x", "Crawl-delay: -5", "Crawl-delay: nan", "Crawl-delay: 2", "Crawl-delay: ٣",
    "Sitemap: http://[::1", "Sitemap: " + "a" * 5000,
)  # fmt: skip


@given(st.lists(st.one_of(st.text(max_size=40), st.sampled_from(ROBOTS_LINES)), max_size=30))
@example(["User-agent: *", "Crawl-delay: nan"])
@example(["User-agent: *", "Crawl-delay: -5"])
@example(["User-agent: *", "Crawl-delay: 1e999"])
def test_any_robots_txt_has_rules_and_a_finite_delay(lines: list[str]) -> None:
    rules = Rules(Protego.parse("\n".join(lines)))
    delay = rules.delay("prober")
    assert delay >= 0 and isinstance(rules.sitemaps, tuple)
    for url in ("http://x.gov.vn/", "http://x.gov.vn/a%zz?b"):
        try:
            rules.check(url, "prober")
        except FetchFailed as error:
            assert error.failure is Failure.ROBOTS


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://x.gov.vn/hoi-dap.html", True),
        ("http://x.gov.vn/bao-cao.PDF", False),
        ("http://x.gov.vn/documents/1/quy-che.pdf/bfc4-11?t=1", False),
        ("http://x.gov.vn/calendar/2020/05", False),
        ("http://x.gov.vn/tin?month=5&year=2031", False),
        ("http://x.gov.vn/a/b/a/b/a/b/a/b", False),
        ("http://x.gov.vn/" + "a" * 400, False),
    ],
)
def test_what_may_be_a_page(url: str, expected: bool) -> None:
    assert is_page(url) is expected


def test_a_generator_of_pages_is_left_after_a_few() -> None:
    frontier = Frontier()
    added = [frontier.add(Step(f"http://x.gov.vn/tin/{n}.html", "link", {Kind.QA: 0.5})) for n in range(50)]
    assert sum(added) == SHAPE_LIMIT
    assert shape("http://x.gov.vn/tin/7.html") == shape("http://x.gov.vn/tin/123.html")


def test_the_best_promise_of_what_is_wanted_comes_first() -> None:
    frontier = Frontier()
    frontier.add(Step("http://x.gov.vn/lien-he", "menu", {Kind.EMAIL: 1.0}))
    frontier.add(Step("http://x.gov.vn/hoi-dap", "menu", {Kind.QA: 0.9}))
    frontier.add(Step("http://x.gov.vn/gop-y", "menu", {Kind.QA: 0.5, Kind.WEB_FORM: 0.6}))
    assert not frontier.add(Step("http://www.x.gov.vn/hoi-dap#x", "footer", {Kind.QA: 1.0}))
    order = []
    while step := frontier.pop(frozenset({Kind.QA, Kind.WEB_FORM})):
        order.append(step.url.rpartition("/")[2])
    assert order == ["hoi-dap", "gop-y", "lien-he"]


def test_what_led_to_a_find_makes_its_like_likelier() -> None:
    frontier = Frontier()
    frontier.add(Step("http://x.gov.vn/a/1", "link", {Kind.QA: 0.5}))
    frontier.add(Step("http://x.gov.vn/b/1", "link", {Kind.QA: 0.5}))
    frontier.learn(Kind.QA, "http://x.gov.vn/b/0")
    step = frontier.pop(frozenset({Kind.QA}))
    assert step and step.url == "http://x.gov.vn/b/1"
