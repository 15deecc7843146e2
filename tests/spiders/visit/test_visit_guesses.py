"""What is guessed decides only where the answer does; what the site names must be opened."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from prober.domain.coverage import verdicts
from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from prober.domain.visit import Coverage
from spiders.download.host_groups import scope
from spiders.visit.site_visit import SiteVisit
from spiders.visit.step import Step, StepResult
from spiders.visit.visit_runner import body
from tests.spiders.reading.reading_here import with_reading
from tests.spiders.web import agency, entry, page, qa_page

AT = datetime(2020, 4, 13, 1, tzinfo=UTC)
HOST = "http://camau.gov.test"
MENU = entry("/lien-he", "Liên hệ") + entry("/tin-tuc", "Tin tức") + entry("/van-ban", "Văn bản")
PAGES = {
    "/": page("Trang chủ", menu=MENU, email="vanphong@camau.gov.test").body,
    "/gioi-thieu": page("Giới thiệu", "<h1>Giới thiệu</h1>", MENU).body,
    "/lien-he": page("Liên hệ", "<h1>Liên hệ</h1>", MENU).body,
    "/tin-tuc": page("Tin tức", "<h1>Tin tức</h1>", MENU).body,
    "/van-ban": page("Văn bản", "<h1>Văn bản</h1>", MENU).body,
}
Other = Callable[[str, int], tuple[int, str]]  # (path, number of the request) → status and page


def gone(path: str, number: int) -> tuple[int, str]:
    return 404, "<title>404</title>Không tìm thấy trang"


def visit(
    other: Other, pages: dict[str, object] | None = None, sitemaps: tuple[str, ...] = ()
) -> tuple[Coverage, list[str], str]:
    """The coverage of a visit, every path that it asked for, and its verdict on the Q&A section."""
    known = PAGES if pages is None else pages
    walk = SiteVisit(agency("ca-mau"), scope(agency("ca-mau"), ()), body(agency("ca-mau")), 60, 900.0)
    asked: list[str] = []
    while (step := walk.next_step(0.0)) and len(asked) < 200:
        path = step.url.removeprefix(HOST)
        asked.append(path)
        walk.take(step, with_reading(step, _answer(step, path, known, other, len(asked), sitemaps), walk.state.body))
    coverage = walk.coverage()
    state = verdicts(walk.report()["findings"], coverage, AT.date())[list(Kind).index(Kind.QA)].state
    return coverage, asked, state


def _answer(
    step: Step, path: str, pages: dict[str, object], other: Other, number: int, sitemaps: tuple[str, ...]
) -> StepResult:
    status, html = (200, pages[path]) if path in pages else other(path, number)
    assert isinstance(html, str)
    if status == 0:
        return StepResult(step.url, AT, failure=Failure(html), detail="as told", sitemaps=sitemaps)
    headers = {"content-type": "text/xml" if "<loc>" in html else "text/html"}
    if 300 <= status < 400:
        headers["location"], html = html, ""
    return StepResult(step.url, AT, status, headers, html.encode(), sitemaps=sitemaps)


def always(status: int, html: str = "<title>x</title>") -> Other:
    return lambda path, number: (status, html)


@pytest.mark.parametrize(
    ("other", "slugs"),
    [
        (gone, True),
        (always(410), True),
        (always(200, page("Trang chủ", menu=MENU, email="vanphong@camau.gov.test").body), True),  # type: ignore[arg-type]
        (always(302, "/"), True),
        (always(401), False),
        (always(429), False),
        (always(500), False),
        (always(503), False),
        (always(302, "/vong-1"), False),
        (always(0, "timeout"), False),
        (always(0, "refused"), False),
        (always(0, "robots"), False),
    ],
)  # fmt: skip
def test_a_guess_is_tried_only_if_its_answer_decides(other: Other, slugs: bool) -> None:
    coverage, asked, state = visit(other)
    assert "/hoi-dap" in asked and "/sitemap.xml" in asked
    assert (coverage.slugs, coverage.sitemap) == (slugs, slugs)
    assert (state == "absent") is coverage.complete is slugs
    assert (coverage.failure is None) is slugs


def test_a_guess_that_failed_for_a_reason_that_may_pass_is_asked_again() -> None:
    first: set[str] = set()

    def once(path: str, number: int) -> tuple[int, str]:
        answer = gone(path, number) if path in first else (503, "<title>503</title>")
        first.add(path)
        return answer

    coverage, asked, state = visit(once)
    assert state == "absent" and coverage.slugs and coverage.sitemap
    assert asked.count("/hoi-dap") == asked.count("/sitemap.xml") == 2


REFUSED = "<html><title>403 Forbidden</title><h1>Forbidden</h1>You don't have permission to access {} here.</html>"


def refuse(path: str, number: int) -> tuple[int, str]:
    return 403, REFUSED.format(path)


def test_a_server_that_refuses_every_unknown_path_has_no_such_page() -> None:
    coverage, asked, state = visit(refuse)
    assert state == "absent" and coverage.complete
    guesses = [number for number, path in enumerate(asked) if "hoi-dap" in path or "sitemap" in path]
    probes = [number for number, path in enumerate(asked) if "khong-co-trang" in path]
    assert len(probes) == 2 and asked.count("/") == 3
    assert probes[0] < guesses[1] and max(guesses) < probes[1]


def test_a_ban_is_no_answer() -> None:
    """A firewall that refuses everything after some requests, and one that refuses in other words what it knows."""
    shut = False

    def banned(path: str, number: int) -> tuple[int, str]:
        nonlocal shut
        shut = shut or path == "/hoi-dap"
        return refuse(path, number) if shut else gone(path, number)

    class Banned(dict[str, object]):
        def __contains__(self, path: object) -> bool:
            return not shut and super().__contains__(path)

    coverage, asked, state = visit(banned, Banned(PAGES))
    assert state == "unknown" and not coverage.slugs and coverage.failure == Failure.BLOCKED
    assert asked.count("/") == 2  # it was looked whether a known page is still answered

    def chosen(path: str, number: int) -> tuple[int, str]:
        return (403, "<title>Access denied</title>Access denied") if path == "/hoi-dap" else refuse(path, number)

    assert visit(chosen)[2] == "unknown"


INDEX = f"<sitemapindex><loc>{HOST}/trang.xml</loc><loc>{HOST}/bai.xml</loc></sitemapindex>"
LISTED = f"<urlset><url><loc>{HOST}/hoi-dap-truc-tuyen</loc></url></urlset>"


def sitemaps(child: tuple[int, str], section: tuple[int, str]) -> Other:
    found = {
        "/so-do.xml": (200, INDEX),
        "/trang.xml": child,
        "/bai.xml": (200, "<urlset></urlset><loc>"),
        "/hoi-dap-truc-tuyen": section,
    }
    return lambda path, number: found.get(path) or gone(path, number)


@pytest.mark.parametrize(
    ("child", "section", "state"),
    [
        ((200, LISTED), (200, str(qa_page().body)), "present"),
        ((200, LISTED), (404, "<title>404</title>"), "absent"),
        ((200, LISTED), (403, "<title>403</title>"), "unknown"),
        ((200, LISTED), (0, "robots"), "unknown"),
        ((503, "<title>503</title>"), (200, str(qa_page().body)), "unknown"),
        ((403, "<title>403</title>"), (200, str(qa_page().body)), "unknown"),
        ((0, "robots"), (200, str(qa_page().body)), "unknown"),
        ((404, "<title>404</title>"), (404, "<title>404</title>"), "absent"),
    ],
)  # fmt: skip
def test_what_a_sitemap_names_must_be_opened(child: tuple[int, str], section: tuple[int, str], state: str) -> None:
    """robots.txt names an index, the index two sitemaps, and one of them the section."""
    coverage, asked, said = visit(sitemaps(child, section), sitemaps=(f"{HOST}/so-do.xml",))
    assert said == state and {"/trang.xml", "/bai.xml"} <= set(asked)
    assert "/sitemap.xml" not in asked  # robots.txt named one, and it was read
    assert coverage.sitemap is (child[0] in (200, 404))


def test_a_packed_sitemap_is_read() -> None:
    walk = SiteVisit(agency("ca-mau"), scope(agency("ca-mau"), ()), body(agency("ca-mau")), 60, 900.0)
    asked = []
    while (step := walk.next_step(0.0)) and len(asked) < 100:
        path = step.url.removeprefix(HOST)
        asked.append(path)
        if path == "/so-do.xml.gz":
            walk.take(
                step,
                StepResult(step.url, AT, 200, {"content-type": "application/x-gzip"}, gzip.compress(LISTED.encode())),
            )
        else:
            result = _answer(step, path, PAGES, gone, 1, (f"{HOST}/so-do.xml.gz",))  # type: ignore[arg-type]
            walk.take(step, with_reading(step, result, walk.state.body))
    assert "/hoi-dap-truc-tuyen" in asked and walk.coverage().sitemap


def test_a_redirect_in_a_circle_is_no_move() -> None:
    menu = {**PAGES, "/": page("Trang chủ", menu=MENU + entry("/hoi-dap", "Hỏi đáp")).body}

    def circle(path: str, number: int) -> tuple[int, str]:
        return (302, "/b" if path == "/hoi-dap" else "/hoi-dap") if path in ("/hoi-dap", "/b") else gone(path, number)

    coverage, _, state = visit(circle, menu)
    assert state == "unknown" and coverage.failure == Failure.HTTP_4XX and "circle" in coverage.detail
