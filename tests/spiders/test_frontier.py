"""Addresses: what is the same page, what is a trap, what comes next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.finding import Kind
from spiders.frontier import SHAPE_LIMIT, Frontier, Step, cleaned, is_page, key, shape

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
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_pages(one: str, other: str) -> None:
    assert key(one) != key(other)


SEGMENT = st.sampled_from(["hoi-dap", "a", "..", ".", "", "1", "(S(x1))", "b;jsessionid=2", "%C3%A1", "index.html"])
PAIR = st.tuples(
    st.sampled_from(["id", "sid", "utm_x", "p_p_state", "q", "PHPSESSID", ""]), st.sampled_from(["1", "", "á"])
)


@given(st.lists(SEGMENT, max_size=6), st.lists(PAIR, max_size=5), st.sampled_from(["", ":80", ":8080"]))
def test_cleaning_is_idempotent(segments: list[str], pairs: list[tuple[str, str]], port: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in pairs)
    url = f"HTTP://X.gov.vn{port}/{'/'.join(segments)}?{query}#f"
    assert cleaned(cleaned(url)) == cleaned(url)
    assert key(cleaned(url)) == key(url)


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
