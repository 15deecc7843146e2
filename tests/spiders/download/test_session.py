"""Cookies of one visit: sent back where they belong, bounded, and never to another operator."""

from hypothesis import example, given
from hypothesis import strategies as st

from spiders.download.session import COOKIES, SENT_BYTES, Session

SITE = "http://www.camau.gov.vn/"


def learned(*lines: str, url: str = SITE) -> Session:
    session = Session()
    session.learn(url, [("Set-Cookie", line) for line in lines])
    return session


def test_a_cookie_goes_back_to_its_site_and_its_path() -> None:
    session = learned("id=1; HttpOnly", "sub=2; Domain=camau.gov.vn", "path=3; Path=/hoi-dap", "tls=4; Secure")
    assert set(session.cookies(SITE).split("; ")) == {"id=1", "sub=2"}
    assert set(session.cookies(SITE + "hoi-dap/1").split("; ")) == {"id=1", "sub=2", "path=3"}
    assert session.cookies("http://stc.camau.gov.vn/") == "sub=2"
    assert "tls=4" in session.cookies("https://www.camau.gov.vn/")


def test_another_operator_gets_none() -> None:
    session = learned("all=1; Domain=gov.vn", "other=2; Domain=hanoi.gov.vn", "own=3; Domain=www.camau.gov.vn")
    assert session.cookies("http://www.hanoi.gov.vn/") == session.cookies("http://gov.vn/") == ""
    assert Session().cookies(SITE) == ""


def test_a_cookie_is_replaced_and_deleted() -> None:
    session = learned("id=1")
    session.learn(SITE, [("set-cookie", "id=2")])
    assert session.cookies(SITE) == "id=2"
    session.learn(SITE, [("set-cookie", "id=; Max-Age=0")])
    assert session.cookies(SITE) == ""


def test_cookies_are_bounded() -> None:
    assert learned("id=" + "x" * 5000).cookies(SITE) == ""
    session = Session()
    for number in range(10 * COOKIES):
        session.learn(SITE, [("set-cookie", f"c{number}={'x' * 1000}")])
    assert 1000 < len(session.cookies(SITE)) <= SENT_BYTES
    session.learn(SITE, [("set-cookie", "c0=new")])  # a known one may change all the same
    assert "c0=new" in session.cookies(SITE)


@example(["\ud800"])
@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\r\n"), max_size=60), max_size=8))
def test_whatever_is_set_ends_no_request_and_adds_no_header(lines: list[str]) -> None:
    value = learned(*lines, *(f"a={line}; expires={line}; domain={line}" for line in lines)).cookies(SITE)
    assert value.isascii() and not {"\r", "\n"} & set(value)
