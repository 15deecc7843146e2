"""A visit to a site that is a function: what it asks for, and what it may say then."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from prober.domain.finding import Failure
from prober.domain.hostnames import scope
from prober.domain.indicator import Kind
from prober.text.words import Vocabulary
from spiders.visit.step import StepResult, VisitStep
from spiders.visit.visit_runner import body
from spiders.visit.walk import SiteWalk
from tests.languages import VIETNAMESE
from tests.spiders.reading.reading_here import with_reading
from tests.spiders.web import agency, entry, page

AT = datetime(2020, 4, 13, 1, tzinfo=UTC)
HOST = "http://camau.gov.test"
MENU = entry("/lien-he", "Liên hệ") + entry("/tin-tuc", "Tin tức") + entry("/van-ban", "Văn bản")
PAGES: Mapping[str, str] = {
    "/": str(page("Trang chủ", menu=MENU, email="vanphong@camau.gov.test").body),
    "/gioi-thieu": str(page("Giới thiệu", "<h1>Giới thiệu</h1>", MENU).body),
    "/lien-he": str(page("Liên hệ", "<h1>Liên hệ</h1><p>Điện thoại: 0290 3831 111</p>", MENU).body),
    "/tin-tuc": str(page("Tin tức", "<h1>Tin tức</h1>", MENU).body),
    "/van-ban": str(page("Văn bản", "<h1>Văn bản</h1>", MENU).body),
}
Other = Callable[[str, int], tuple[int, str | bytes]]  # (path, number of the request) → status and page


def gone(path: str, number: int) -> tuple[int, str]:
    return 404, "<title>404</title>Không tìm thấy trang"


def always(status: int, html: str = "<title>x</title>") -> Other:
    """A status with a page; 3xx with a target; 0 with the name of a failure."""
    return lambda path, number: (status, html)


def walked(
    other: Other, pages: Mapping[str, str] = PAGES, sitemaps: tuple[str, ...] = (), browser: Mapping[str, str] = {},
    budget: int = 60, vocabulary: Vocabulary = VIETNAMESE,
) -> tuple[SiteWalk, list[str]]:  # fmt: skip
    """A visit that is over, and every path that it asked for."""
    walk = SiteWalk(
        agency("ca-mau"), scope(agency("ca-mau"), ()), body(agency("ca-mau"), vocabulary=vocabulary), budget, 900.0
    )
    asked: list[str] = []
    while (step := walk.next_step(0.0)) and len(asked) < 200:
        path = step.url.removeprefix(HOST)
        asked.append(path)
        if step.render:
            result = StepResult(step.url, AT, 200, html=browser.get(path, "<html></html>"))
        else:
            result = _answer(step, (200, pages[path]) if path in pages else other(path, len(asked)), sitemaps)
        walk.take(step, with_reading(step, result, walk))
    return walk, asked


def concluded(
    other: Other, pages: Mapping[str, str] = PAGES, sitemaps: tuple[str, ...] = (), browser: Mapping[str, str] = {},
    budget: int = 60,
) -> tuple[dict[str, Any], list[str]]:  # fmt: skip
    """What a visit concludes, as fields of VisitResult, and every path that it asked for."""
    walk, asked = walked(other, pages, sitemaps, browser, budget)
    return walk.concluded(AT.date()), asked


def state(told: Mapping[str, Any], kind: str = Kind.QA) -> tuple[str, str]:
    """The verdict on a kind, and the code of its first reason."""
    verdict = next(one for one in told["verdicts"] if one.kind == kind)
    return verdict.state.value, verdict.reasons[0].code


def _answer(step: VisitStep, answer: tuple[int, str | bytes], sitemaps: tuple[str, ...]) -> StepResult:
    status, html = answer
    if status == 0:
        return StepResult(step.url, AT, failure=Failure(str(html)), detail="as told", sitemaps=sitemaps)
    if 300 <= status < 400:
        return StepResult(step.url, AT, status, {"location": str(html)}, sitemaps=sitemaps)
    content = html if isinstance(html, bytes) else html.encode()
    plain = "application/json" if content[:1] == b"{" else "text/xml"
    headers = {"content-type": "text/html" if b"<loc>" not in content and b"<" in content else plain}
    return StepResult(step.url, AT, status, headers, content, sitemaps=sitemaps)
