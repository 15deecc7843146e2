"""Addresses: what is the same page, and what is none."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prober.domain.hostnames import host_of
from spiders.visit.urls import canonical, idle_parameters, is_page, page_key, shape

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
    ("http://x.gov.vn/a?id=1&theme=m&lang=en", "http://x.gov.vn/a?id=1"),
    ("http://x.gov.vn/?nvvithemever=r&nv_redirect=aHR0cA", "http://x.gov.vn/"),
    ("http://x.gov.vn/dang-nhap?returnUrl=%2Fhoi-dap&_csrf=91b2", "http://x.gov.vn/dang-nhap"),
    ("http://x.gov.vn/a?tmpl=component&print=1", "http://x.gov.vn/a"),
]
DIFFERENT = [
    ("http://x.gov.vn/a?id=1", "http://x.gov.vn/a?id=2"),
    ("http://x.gov.vn/a", "http://y.gov.vn/a"),
    ("http://x.gov.vn/?p_p_id=9", "http://x.gov.vn/?p_p_id=8"),
    ("http://x.gov.vn/?language=vi&nv=faq", "http://x.gov.vn/?language=vi&nv=contact"),
    ("http://x.gov.vn/wps/portal/!ut/p/a1/04", "http://x.gov.vn/wps/portal/!ut/p/a1/05"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_page_under_two_addresses(one: str, other: str) -> None:
    assert page_key(one) == page_key(other)


def test_a_portlet_is_asked_for_as_its_link_says() -> None:
    """Some servers compare addresses letter by letter; what the link has besides the portlet makes no other page."""
    url = "http://x.gov.vn/a?p_p_id=9&p_p_lifecycle=0&p_p_state=normal&p_p_mode=view&p_p_col_id=c-1&p_p_col_count=1"
    assert canonical(url) == url and page_key(url) == page_key("http://x.gov.vn/a?p_p_id=9")


@pytest.mark.parametrize("phase", ["1", "2"])
def test_no_portlet_is_asked_to_act(phase: str) -> None:
    assert canonical(f"http://x.gov.vn/a?p_p_id=9&p_p_lifecycle={phase}&p_auth=x") == "http://x.gov.vn/a?p_p_id=9"


def test_a_page_of_a_portal_is_asked_for_with_its_state() -> None:
    """Without it some servers have no page; it may be longer than any other path."""
    url = f"http://x.gov.vn/wps/portal/so/hoidap/!ut/p/a1/{'04_Sj9CPykssy0xPLMnMz0vMAfGjzOJ' * 20}"
    assert canonical(url) == url and is_page(url)


def test_what_nobody_can_see_in_an_address_is_escaped() -> None:
    url = canonical("http://x.gov.vn/\x1b[2J\u202ea/ hỏi\u200b-đáp?q=\x07\ud800&r=\u2028ạ")
    assert url == "http://x.gov.vn/%1B[2J%E2%80%AEa/ hỏi%E2%80%8B-đáp?q=%07%3F&r=%E2%80%A8ạ"
    assert url.isprintable() and canonical(url) == url


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
@example("A://0/ ;SID=")
@example("http://x.gov.vn/a? &sid=1")
@example("http://x.gov.vn ")
@example("http://x.gov.vn/(S(a))(F(b))/!ut/x/!ut/y")
def test_any_readable_address_is_cleaned_once_and_for_all(url: str) -> None:
    if not host_of(url):  # malformed: nobody asks for it, and nothing else is said of it
        return
    once = canonical(url)
    assert canonical(once) == once
    assert page_key(once) == page_key(url) and host_of(once) == host_of(url)
    assert shape(once) and is_page(once) in (True, False)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://x.gov.vn/hoi-dap.html", True),
        ("http://x.gov.vn/bao-cao.PDF", False),
        ("http://x.gov.vn/documents/1/quy-che.pdf/bfc4-11?t=1", False),
        ("http://x.gov.vn/calendar/2020/05", False),
        ("http://x.gov.vn/lich?ngay=9", False),
        ("http://x.gov.vn/vi/lich/tuan?so=9", False),
        ("http://x.gov.vn/?lich=9", False),
        ("http://x.gov.vn/lich", True),
        ("http://x.gov.vn/lich-cong-tac/", True),
        ("http://x.gov.vn/lich-su?trang=2", True),
        ("http://x.gov.vn/tin?month=5&year=2031", False),
        ("http://x.gov.vn/a/b/a/b/a/b/a/b", False),
        ("http://x.gov.vn/" + "a" * 400, False),
        ("http://x.gov.vn/index.php?title=Hỏi_đáp&action=edit", False),
        ("http://x.gov.vn/doku.php?id=hoi-dap&do=revisions", False),
        ("http://x.gov.vn/index.php?action=view&id=3", True),
    ],
)
def test_what_may_be_a_page(url: str, expected: bool) -> None:
    assert is_page(url) is expected


@pytest.mark.parametrize(
    ("url", "other", "names"),
    [
        ("http://x.gov.vn/a?id=1&co=to", "http://x.gov.vn/a?id=1", {"co"}),
        ("http://x.gov.vn/a?co=to", "https://www.x.gov.vn/a/", {"co"}),
        ("http://x.gov.vn/a?id=1", "http://x.gov.vn/a?id=2", set()),
        ("http://x.gov.vn/a?id=1", "http://x.gov.vn/b", set()),
        ("http://x.gov.vn/a", "http://x.gov.vn/a?id=1", set()),
        ("http://x.gov.vn/a?id=1&id=2", "http://x.gov.vn/a?id=1", set()),
    ],
)
def test_which_parameters_two_addresses_of_one_page_differ_in(url: str, other: str, names: set[str]) -> None:
    assert idle_parameters(url, other) == names


@pytest.mark.parametrize(
    "path", ["/in-bai/12", "/tin/print/a.html", "/print.aspx", "/index.php?nv=tin&op=print/a.html"]
)
def test_a_print_view_is_no_page_of_its_own(path: str) -> None:
    assert not is_page(f"http://x.gov.vn{path}")
    assert is_page(f"http://x.gov.vn{path.replace('in-bai', 'in-an').replace('print', 'printer-list')}")
