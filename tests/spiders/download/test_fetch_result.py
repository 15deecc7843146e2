"""Each class of failure, by a site that behaves so: what is stored, and that nothing is called absent because of it.

Cookies of one visit are sent back where they belong, bounded, and never to another operator.
"""

import asyncio
import ssl
from collections.abc import Iterator

import pytest
import trustme
from hypothesis import example, given
from hypothesis import strategies as st

from prober.domain.finding import Failure
from spiders.download.fetch_result import COOKIES, SENT_BYTES, Session
from tests.spiders.web import Answer, Bench, Fault, Habit, Site, Web, agency, entry, page, plain_site, qa_page

NONE = Answer("", 404)  # of robots.txt: there are no rules
CHALLENGE = "<html><body><script>document.cookie='D1N=ab12';window.location.reload();</script></body></html>"
CAPTCHA = "<html><body><form><div class='g-recaptcha' data-sitekey='x'></div></form></body></html>"
SHELL = "<html><body><div id='root'></div><script src='/app.js'></script></body></html>"
CLOSED = "<html><body><h1>Website này đã ngừng hoạt động</h1></body></html>"


def everywhere(answer: Answer | Fault, robots: Answer | Fault = NONE) -> Site:
    return {"/robots.txt": robots, "*": answer}


def leads_to(location: str) -> Site:
    return everywhere(Answer("", 302, {"Location": location}))


# Name of the case and of the site → behaviour, class. Nothing of such a site is seen.
UNSEEN: dict[str, tuple[Site, Failure]] = {
    "dns": ({"*": Fault("dns_error")}, Failure.DNS),
    "tls": ({"*": Fault("connection_refused")}, Failure.TLS),  # speaks TLS only, with a certificate of nobody
    "refused": ({"*": Fault("connection_refused")}, Failure.REFUSED),
    "reset": ({"*": Fault("reset")}, Failure.REFUSED),
    "garbage": ({"*": Fault("garbage")}, Failure.REFUSED),
    "timeout": (everywhere(Fault("hang")), Failure.TIMEOUT),
    "not-here": (everywhere(Answer("<h1>Lỗi yêu cầu</h1>", 400)), Failure.HTTP_4XX),
    "gone": (everywhere(Answer("<h1>404</h1>", 404)), Failure.HTTP_4XX),
    "error": (everywhere(Answer("<h1>Lỗi</h1>", 500)), Failure.HTTP_5XX),
    "maintenance": (everywhere(Answer("<h1>Hệ thống đang bảo trì</h1>")), Failure.HTTP_5XX),
    "robots-broken": (everywhere(page("Trang chủ"), Answer("", 503)), Failure.HTTP_5XX),
    "robots-closed": (everywhere(page("x"), Answer("User-agent: *\nDisallow: /")), Failure.ROBOTS),
    "robots-silent": (everywhere(page("x"), Fault("hang")), Failure.TIMEOUT),
    "blocked": (everywhere(Answer("Access denied", 403)), Failure.BLOCKED),
    "blocked-politely": (everywhere(Answer("<h1>Yêu cầu của bạn đã bị chặn</h1>")), Failure.BLOCKED),
    "too-many": (everywhere(Answer("<h1>chậm lại</h1>", 429)), Failure.BLOCKED),
    "challenge": (everywhere(Answer(CHALLENGE)), Failure.CHALLENGE),
    "captcha": (everywhere(Answer(CAPTCHA)), Failure.CAPTCHA),
    "moved": (leads_to("http://khac.gov.test/"), Failure.MOVED),
    "closed": (everywhere(Answer(CLOSED)), Failure.CLOSED),
    "default-page": (everywhere(Answer("<h1>Welcome to nginx!</h1>")), Failure.NO_SITE),
    "circle": (leads_to("/a"), Failure.HTTP_4XX),
    "malformed": (leads_to("http://[::1"), Failure.HTTP_4XX),
}
OLD_NEWS = "".join(f"<p>Hội nghị lần {n} ({n}/6/2017)</p>" for n in range(1, 5))
MENU = entry("/hoi-dap", "Hỏi đáp")
HOME = page("Trang chủ", menu=MENU, email="vanphong@camau.gov.test")


def stops_after(words: str, answer: Answer) -> Habit:
    """`answer` up to `words`, and then silence."""

    async def habit(writer: asyncio.StreamWriter, target: str) -> bool:
        before = str(answer.body).partition(words)[0].encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 90000\r\n\r\n")
        writer.write(before)
        await writer.drain()
        await asyncio.sleep(60)
        return False

    return habit


def partly(answer: Answer | Fault | Habit, robots: Answer = NONE) -> Site:
    """A home page that can be read, whose Q&A section cannot."""
    return {"/robots.txt": robots, "/": HOME, "/hoi-dap": answer}


# The home page was seen, and what it promises was not.
PARTLY: dict[str, tuple[Site, Failure]] = {
    "partly-timeout": (partly(Fault("hang")), Failure.TIMEOUT),
    "partly-error": (partly(Answer("x", 503)), Failure.HTTP_5XX),
    "partly-blocked": (partly(Answer("x", 403)), Failure.BLOCKED),
    "partly-captcha": (partly(Answer(CAPTCHA)), Failure.CAPTCHA),
    "partly-robots": (partly(NONE, Answer("User-agent: *\nDisallow: /hoi-dap")), Failure.ROBOTS),
    "partly-shell": (partly(Answer(SHELL)), Failure.EMPTY_AFTER_RENDER),
    "partly-half": (partly(stops_after("Tin số 10", page("Giới thiệu"))), Failure.TIMEOUT),
    "partly-endless": (partly(Answer("<p>" + "dài " * 60_000)), Failure.BUDGET),
    "shell": (everywhere(Answer(SHELL)), Failure.EMPTY_AFTER_RENDER),
}
SILENT = {
    "/robots.txt": NONE,
    "/": page("Trang chủ", OLD_NEWS, email="vp@camau.gov.test"),
    "/gioi-thieu": page("Giới thiệu"),
}


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Bench]]:
    web = Web()
    for name, (site, _) in {**UNSEEN, **PARTLY}.items():
        web.sites |= {f"{name}.gov.test": site, f"www.{name}.gov.test": site}
    web.sites |= {"silent.gov.test": SILENT, "www.silent.gov.test": SILENT}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("tls.gov.test").configure_cert(context)
    web.certificates["tls.gov.test"] = context
    bench = Bench.at(
        tmp_path_factory.mktemp("failures"), web, delay=0.02, timeout=0.5, max_bytes=100_000, max_crawl_delay=0.2,
        max_retry_after=1.0,
    )  # fmt: skip
    bench.run(*(agency(name, host=f"{name}.gov.test") for name in {**UNSEEN, **PARTLY, "silent": ()}))
    yield web, bench
    web.close()


def _visit(scanned: tuple[Web, Bench], name: str) -> tuple:
    rows = scanned[1].rows("SELECT outcome, failure, failure_detail FROM visit WHERE agency = ?", f"2019-{name}")
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize("name", UNSEEN)
def test_a_site_that_shows_nothing(scanned: tuple[Web, Bench], name: str) -> None:
    outcome, failure, detail = _visit(scanned, name)
    assert (outcome, failure) == ("unreachable", UNSEEN[name][1].value)
    assert f"{name}.gov.test" in detail  # which address, and what it said
    assert set(scanned[1].verdicts(name).values()) == {"not_seen"}


@pytest.mark.parametrize("name", PARTLY)
def test_a_site_that_shows_a_part(scanned: tuple[Web, Bench], name: str) -> None:
    outcome, failure, detail = _visit(scanned, name)
    assert (outcome, failure) == ("partial", PARTLY[name][1].value), detail
    states = scanned[1].verdicts(name)
    assert states["qa"] == "not_seen"
    reasons = dict(scanned[1].rows("SELECT kind, reason FROM verdict WHERE agency = ?", f"2019-{name}"))
    assert PARTLY[name][1].value in reasons["qa"]


def test_no_failure_is_called_absent(scanned: tuple[Web, Bench]) -> None:
    rows = scanned[1].rows("SELECT agency FROM verdict WHERE kind = 'qa' AND state != 'not_seen'")
    assert rows == [("2019-silent",)]  # which was seen, to the end of the protocol


def test_what_came_of_a_page_before_it_stopped_is_kept(bench: Bench, web: Web) -> None:
    web.sites["camau.gov.test"] = partly(stops_after("Tin số", qa_page()))
    bench.run(agency("ca-mau"), timeout=0.5)
    assert bench.verdicts("ca-mau")["qa"] == "found"
    assert bench.rows("SELECT failure, status FROM page WHERE url LIKE '%/hoi-dap'") == [("timeout", 200)]


def test_a_site_that_comes_back_during_the_night_is_seen_in_the_pass_at_the_end(bench: Bench, web: Web) -> None:
    async def opens_the_other_door(writer: asyncio.StreamWriter, target: str) -> bool:
        web.sites["camau.gov.test"] = plain_site()
        writer.transport.abort()
        return False

    # The address without www is tried first; it answers only once all addresses have been tried in vain.
    web.sites |= {"camau.gov.test": {"*": Fault("reset")}, "www.camau.gov.test": {"*": opens_the_other_door}}
    found = bench.run(agency("ca-mau"))
    assert (found.visited, found.seen, found.not_seen) == (1, 1, ())
    assert bench.rows("SELECT outcome, failure FROM visit") == [("seen", None)]
    assert bench.verdicts("ca-mau")["qa"] == "found"
    again = [seen.target for seen in web.log if seen.host == "www.camau.gov.test" and seen.method == "GET"]
    assert again == ["/robots.txt"]  # in the first pass only


def test_a_site_silent_for_years_is_judged_as_any_other_and_is_a_place_to_look_at(scanned: tuple[Web, Bench]) -> None:
    _, bench = scanned
    assert bench.verdicts("silent").items() >= {"email": "found", "qa": "not_found"}.items()
    marks = bench.rows("SELECT l.mark FROM look_list l JOIN visit v ON v.id = l.visit WHERE v.agency = '2019-silent'")
    assert ("nothing_newer",) in marks
    dates = bench.rows("SELECT newest_on, frozen_since FROM not_seen WHERE agency = '2019-silent'")
    assert dates == [("2017-06-04", "2017-06-04")]


def test_every_class_has_a_site() -> None:
    met = {failure for _, failure in (UNSEEN | PARTLY).values()}
    assert met == set(Failure) - {
        Failure.UNREADABLE,
        Failure.INTERNAL,
        Failure.UNLISTED,
    }  # of documents, of visits and of rehearsals


def test_nobody_is_followed_off_the_site(scanned: tuple[Web, Bench]) -> None:
    assert not {seen.host for seen in scanned[0].log} & {"khac.gov.test", "[::1"}
    assert not [seen for seen in scanned[0].log if seen.target == "/hoi-dap" and "robots" in seen.host]


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
