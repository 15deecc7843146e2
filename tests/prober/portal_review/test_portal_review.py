"""The indicators of portal-review: pages that were described by facts first, and answers of servers as values.

Half of the pages (kept) were scored once before anything was mended, and were never looked at; what the rules tell of
them now is what they tell of strange pages. docs/indicators.md has the scores, and is held to them here.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.domain.finding import Failure, Finding, State
from prober.domain.pages.page import Page
from prober.domain.reason import Reason
from prober.domain.verdicts import Walk, verdicts
from prober.portal_review.server_answers import (
    accessibility,
    https_hsts,
    link_text,
    search_finds,
    security_txt,
    told_404,
)
from prober.portal_review.site_seen import ServerAnswer, SiteSeen, TitleSearch, Violation
from prober.studies.folder import packaged
from tests.documented import DOCS
from tests.languages import VIETNAMESE

FIXTURES = Path(__file__).parents[2] / "fixtures/indicators"
SOUGHT = {one.kind: one for one in packaged("portal-review").sought}
CASE = re.compile(r"^=== (\w+) (yes|no) (\S+): ([^\n]*)\n(.*?)(?=^=== |\Z)", re.M | re.S)
MAIL = re.compile(r"@([\w-]+\.gov\.test)")
FILES = sorted(path.stem for path in FIXTURES.glob("*.txt") if path.stem in SOUGHT)
ROW = r"^\| `{name}` \|[^|]*\| (\d+), (\d+) \| (\d+), (\d+) \|$"


def found(name: str, html: str, path: str = "/trang") -> list[Finding]:
    """What is found on a page of the body whose mail the page shows last."""
    body = Body(
        "Ủy ban nhân dân tỉnh Cà Mau", "Cà Mau", "Ca Mau", "portal", (), sought=(SOUGHT[name],), vocabulary=VIETNAMESE
    )
    host = (MAIL.findall(html) or ["camau.gov.test"])[-1]
    page = Page(f"http://{host}{path}", 200, html, datetime(2020, 4, 13, tzinfo=UTC), False, body.words)
    return [one for one in detect(page, body) if one.kind == name]


@pytest.mark.parametrize("name", FILES)
def test_its_scores_are_those_of_the_documentation(name: str) -> None:
    """Of both halves: how many pages that have it, and that have it not, are told right."""
    asked, right = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for half, answer, path, _, html in CASE.findall((FIXTURES / f"{name}.txt").read_text(encoding="utf-8")):
        told = any(one.category == "page" and one.state == State.FOUND for one in found(name, html, path))
        asked[half, answer] += 1
        right[half, answer] += told is (answer == "yes")
    assert min(asked["kept", answer] + asked["tuning", answer] for answer in ("yes", "no")) >= 20
    row = re.search(ROW.format(name=name), (DOCS / "indicators.md").read_text(encoding="utf-8"), re.M)
    told_right = [right[half, answer] for half in ("kept", "tuning") for answer in ("yes", "no")]
    assert row and told_right == [int(number) for number in row.groups()]


def test_every_indicator_has_its_labelled_pages_or_sites() -> None:
    assert {*FILES, *(path.stem for path in (FIXTURES / "sites").glob("*.txt"))} == {*SOUGHT}


def test_the_tracker_is_named() -> None:
    html = "<script src='https://www.googletagmanager.com/gtag/js?id=G-1'></script><img src='https://amung.us/w.png'>"
    assert [one.value for one in found("trackers", html)] == ["googletagmanager.com", "amung.us"]


HOME = "https://camau.gov.test/"
HSTS = {"strict-transport-security": "max-age=31536000"}
PLAIN = "http://camau.gov.test/"
SEEN = SiteSeen(HOME, ServerAnswer(HOME, 200, HSTS))


def plain(status: int = 0, location: str = "", failure: Failure | None = None) -> SiteSeen:
    return replace(SEEN, plain=ServerAnswer(PLAIN, status, {}, location, failure))


HTTPS: Mapping[str, tuple[SiteSeen, str, str]] = {
    "led there": (plain(301, HOME), "found", "https_enforced"),
    "port 80 closed": (plain(failure=Failure.REFUSED), "found", "https_enforced"),
    "shown over http too": (plain(200), "not_found", "https_not_enforced"),
    "led to http elsewhere": (plain(302, "http://www.camau.gov.test/"), "not_found", "https_not_enforced"),
    "no answer in time, twice": (plain(failure=Failure.TIMEOUT), "found", "https_enforced"),
    "server failed": (plain(503, "", Failure.HTTP_5XX), "not_seen", "no_answer"),
    "http not asked": (SEEN, "not_seen", "not_asked"),
    "no header": (replace(plain(301, HOME), home_answer=ServerAnswer(HOME, 200)), "not_found", "no_hsts"),
    "header switched off": (
        replace(plain(301, HOME), home_answer=ServerAnswer(HOME, 200, {"strict-transport-security": "max-age=0"})),
        "not_found", "no_hsts",
    ),
    "certificate not verified": (
        replace(plain(301, HOME), trust="camau.gov.test: not verified: expired"), "not_found", "bad_certificate",
    ),
    "home page over http": (SiteSeen(PLAIN, ServerAnswer(PLAIN, 200)), "not_found", "plain_http"),
    "never reached": (SiteSeen(), "not_seen", "site_not_seen"),
}  # fmt: skip


@pytest.mark.parametrize("case", HTTPS)
def test_https(case: str) -> None:
    seen, state, category = HTTPS[case]
    told = https_hsts(seen)
    assert (told.state, told.category) == (state, category)


def missing(
    status: int, failure: Failure | None = None, location: str = "", says: bool = False, home_again: int = 0
) -> SiteSeen:
    asked = ServerAnswer(f"{HOME}khong-co-trang", status, {}, location, failure)
    return replace(SEEN, made_up=asked, made_up_says=says, home_again=home_again)


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (missing(404, Failure.HTTP_4XX), "found"), (missing(410), "found"), (missing(200), "not_found"),
        (missing(200, says=True), "not_found"), (missing(400, Failure.HTTP_4XX), "not_found"),
        (missing(403, Failure.BLOCKED), "not_seen"), (missing(429, Failure.BLOCKED), "not_seen"),
        (missing(500, Failure.HTTP_5XX), "not_seen"), (missing(0, Failure.TIMEOUT), "not_seen"),
        (missing(403, home_again=403), "not_seen"), (missing(403, home_again=200), "not_found"),
        (missing(500, home_again=200), "not_found"), (missing(503, home_again=200), "not_seen"),
        (missing(405), "not_found"), (missing(302, Failure.HTTP_4XX, HOME), "not_found"),
        (missing(302, location=HOME), "not_seen"), (SEEN, "not_seen"), (SiteSeen(), "not_seen"),
    ],
)  # fmt: skip
def test_a_wrong_address(seen: SiteSeen, state: str) -> None:
    assert told_404(seen).state == state


def searched(status: int = 200, read: bool = True, listed: int = 0, anyway: int = 0, home_again: int = 0) -> SiteSeen:
    asked = ServerAnswer(f"{HOME}tim-kiem?q=x", status)
    search = TitleSearch("Một tiêu đề", f"{HOME}tin/1", HOME, asked, read, listed, anyway)
    return replace(SEEN, searchable=True, search=search, home_again=home_again)


@pytest.mark.parametrize(
    ("seen", "state", "category"),
    [
        (searched(listed=1), "found", "title_found"), (searched(), "not_found", "title_not_found"),
        (searched(listed=2, anyway=1), "found", "title_found"),
        (searched(listed=1, anyway=1), "not_found", "title_listed_anyway"),
        (searched(read=False), "not_seen", "no_answer"), (searched(status=500), "not_seen", "no_answer"),
        (searched(status=500, home_again=200), "not_found", "search_fails"),
        (searched(404), "not_found", "search_fails"),
        (SEEN, "not_seen", "no_search_link"), (replace(SEEN, searchable=True), "not_seen", "not_asked"),
    ],
)  # fmt: skip
def test_a_search(seen: SiteSeen, state: str, category: str) -> None:
    told = search_finds(seen)
    assert (told.state, told.category) == (state, category)


CONTACT, EXPIRES = "Contact: mailto:a@camau.gov.test\n", "Expires: 2021-04-01T00:00:00.000Z\n"


def file(text: str, status: int = 200, page: bool = False, failure: Failure | None = None) -> SiteSeen:
    url = f"{HOME}.well-known/security.txt"
    return replace(SEEN, security_txt=ServerAnswer(url, status, {}, "", failure, text, page, date(2020, 4, 13)))


@pytest.mark.parametrize(
    ("seen", "state", "category"),
    [
        (file(CONTACT + EXPIRES), "found", "file_with_contact"),
        (file("# attt\r\ncontact:https://camau.gov.test/attt\r\nexpires: 2020-12-31T00:00:00z\r\n"), "found",
         "file_with_contact"),
        (file(CONTACT), "not_found", "file_without_expiry"), (file(EXPIRES), "not_found", "file_without_contact"),
        (file(CONTACT + EXPIRES.replace("2021", "2019")), "not_found", "file_expired"),
        (file(CONTACT + 2 * EXPIRES), "not_found", "file_without_expiry"),
        (file(CONTACT + "Expires: 31/12/2020"), "not_found", "file_without_expiry"),
        (file("Contact: a@camau.gov.test\n" + EXPIRES), "not_found", "file_without_contact"),
        (file(CONTACT + EXPIRES, page=True), "not_found", "no_file"), (file("", 404), "not_found", "no_file"),
        (file("", 403, failure=Failure.BLOCKED), "not_seen", "no_answer"), (file("", 302), "not_seen", "no_answer"),
        (SEEN, "not_seen", "not_asked"),
    ],
)  # fmt: skip
def test_a_security_txt(seen: SiteSeen, state: str, category: str) -> None:
    told = security_txt(seen)
    assert (told.state, told.category) == (state, category)


IMAGE = Violation("image-alt", "critical", 3, "img", "<img src='a.png'>")
LIST = Violation("definition-list", "moderate", 1, "dl", "<dl>")


@pytest.mark.parametrize(
    ("found", "state", "category"),
    [
        ((), "found", "no_serious_violation"), ((LIST,), "found", "no_serious_violation"),
        ((LIST, IMAGE), "not_found", "serious_violations"), (None, "not_seen", "not_shown_by_a_browser"),
    ],
)  # fmt: skip
def test_what_axe_finds(found: tuple[Violation, ...] | None, state: str, category: str) -> None:
    told = accessibility(replace(SEEN, violations=found))
    assert (told.state, told.category) == (state, category)
    assert (category != "serious_violations") or told.snippet == "image-alt 3; img: <img src='a.png'>"


def judged(*states: State, home: str = HOME) -> SiteSeen:
    pages = tuple(
        Finding("link_text", "page", url, state, 0, 0.9, "", "", url, "page_markup", "1")
        for number, state in enumerate(states)
        if (url := HOME if not number else f"{HOME}{number}")
    )
    return replace(SEEN, home=home, judged={"link_text": pages})


GOOD, BAD = State.FOUND, State.NOT_FOUND


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (judged(GOOD, GOOD), "found"), (judged(GOOD, BAD, GOOD), "found"), (judged(GOOD, BAD, BAD), "not_found"),
        (judged(BAD, GOOD, GOOD), "not_found"), (judged(), "not_seen"), (judged(GOOD, home=f"{HOME}9"), "not_seen"),
    ],
)  # fmt: skip
def test_what_pages_tell_of_a_site(seen: SiteSeen, state: str) -> None:
    assert link_text(seen).state == state


@pytest.mark.parametrize("failure", [Failure.CLOSED, Failure.NO_SITE, Failure.MOVED])
def test_nothing_is_told_of_a_site_that_was_not_seen(failure: Failure) -> None:
    told = Finding("told_404", "told_missing", HOME, State.FOUND, 0, 1.0, "", "", HOME, "told_404", "1")
    for walk, state in ((Walk(failed=Reason(failure.value)), "not_seen"), (Walk(), "found")):
        (verdict,) = verdicts([told], walk, date(2020, 4, 13), [SOUGHT["told_404"]])
        assert verdict.state == state
