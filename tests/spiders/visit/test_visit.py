"""A visit as a function of the answers: the same ones make the same walk, and what it asks a browser for."""

from collections.abc import Mapping
from datetime import UTC, datetime

from prober.domain.finding import Failure
from prober.domain.hostnames import scope
from spiders.visit.step import StepResult, VisitStep
from spiders.visit.steps.rendering import FAILURES
from spiders.visit.visit_runner import body
from spiders.visit.walk import SiteWalk
from tests.languages import VIETNAMESE
from tests.spiders.reading.reading_here import with_reading
from tests.spiders.web import Answer as WebAnswer
from tests.spiders.web import agency, entry, page, plain_site, qa_page

AT = datetime(2020, 4, 13, 1, tzinfo=UTC)
HOST = "http://camau.gov.test"
BODY = body(agency("ca-mau"), vocabulary=VIETNAMESE)
WHOLE = page("Trang chủ", menu=entry("/hoi-dap", "Hỏi đáp")).body
WAITS = (
    "<html><body><main><h1>Hỏi đáp</h1><div id='ds'>Đang tải...</div>"
    + "<p>Dòng chữ.</p>" * 60
    + "</main></body></html>"
)
CALLS = "<script>fetch('/menu.json').then(r => r.json()).then(show)</script>"


def shell(number: int) -> str:
    return f"<html><body><div id='root'></div><script src='/app.js'></script><!-- {number} --></body></html>"


def walk(answers: Mapping[str, str], browser: Mapping[str, str]) -> list[tuple[str, bool]]:
    """Every step of a visit to a site of which `answers` are the pages, and `browser` what a browser makes of them."""
    visit = SiteWalk(agency("ca-mau"), scope(agency("ca-mau"), ()), BODY, 40, 900.0)
    steps: list[tuple[str, bool]] = []
    while (step := visit.next_step(0.0)) and len(steps) < 200:
        steps.append((step.url.removeprefix(HOST), step.render))
        visit.take(step, with_reading(step, answered(step, answers, browser), visit))
    return steps


def answered(step: VisitStep, answers: Mapping[str, str], browser: Mapping[str, str]) -> StepResult:
    path = step.url.removeprefix(HOST)
    if step.render and path in browser:
        return StepResult(step.url, AT, 200, html=browser[path])
    if step.render:
        return StepResult(step.url, AT, failure=Failure.EMPTY_AFTER_RENDER, detail="the browser hangs")
    html = answers.get(path, "<html><title>404</title>Không tìm thấy trang</html>")
    return StepResult(step.url, AT, 200 if path in answers else 404, {"content-type": "text/html"}, html.encode())


class Anything(dict[str, str]):
    """The same for every path."""

    def __init__(self, html: str) -> None:
        self.html = html

    def __contains__(self, path: object) -> bool:
        return True

    def __getitem__(self, path: str) -> str:
        return self.html

    def get(self, path: str, default: str | None = None) -> str:  # type: ignore[override]
        return self.html


def test_what_a_browser_shows_for_anything_is_no_section() -> None:
    """An application that answers every address with its shell, and every address it does not know with its news."""
    news = "".join(f"<li><a href='/tin/{n}'>Công bố công khai ngân sách quý {n}</a> (0{n}/04/2020)</li>" for n in "123")
    shown = f"<html><title>Cổng</title><body><main><h1>Tin tức</h1><ul>{news}</ul></main></body></html>"
    visit = SiteWalk(agency("ca-mau"), scope(agency("ca-mau"), ()), BODY, 40, 900.0)
    steps: list[VisitStep] = []
    while (step := visit.next_step(0.0)) and len(steps) < 200:
        steps.append(step)
        visit.take(step, with_reading(step, answered(step, Anything(shell(1)), Anything(shown)), visit))
    assert [step.render for step in steps if step.found_by == "probe"] == [False]
    assert any(step.found_by == "slug" for step in steps)
    guessed = {step.url for step in steps if step.guess}
    assert guessed and not [finding for finding in visit.report()["findings"] if finding.page_url in guessed]


def test_the_same_answers_make_the_same_walk() -> None:
    pages = {path: answer.body for path, answer in plain_site().items() if isinstance(answer, WebAnswer)}
    first = walk(pages, {})  # type: ignore[arg-type]
    assert first == walk(pages, {}) and len(first) > 3  # type: ignore[arg-type]
    assert len({url for url, _ in first}) == len(first)


def test_a_browser_that_fails_on_a_site_is_not_asked_for_every_page_of_it() -> None:
    menu = "".join(entry(f"/hoi-dap-{n}", f"Hỏi đáp {n}") for n in range(6))
    home = page("Trang chủ", menu=menu).body
    pages = {"/": home} | {f"/hoi-dap-{n}": shell(n) for n in range(6)}
    steps = walk(pages, {})  # type: ignore[arg-type]
    assert sum(render for _, render in steps) == 2 * FAILURES  # each is asked for once more
    assert {f"/hoi-dap-{n}" for n in range(6)} <= {url for url, _ in steps}


def test_a_home_page_is_shown_after_all_before_a_section_is_missed() -> None:
    """Its source looks whole, but its scripts bring the entry of the menu that matters."""
    assert isinstance(WHOLE, str)
    home = page("Trang chủ", menu=entry("/lien-he", "Liên hệ")).body
    assert isinstance(home, str)
    pages = {"/": home + CALLS, "/muc-12": page("Hỏi đáp", qa_page().body).body}  # type: ignore[arg-type]
    full = home.replace("</ul>", entry("/muc-12", "Hỏi đáp") + entry("/a", "A") + entry("/b", "B") + "</ul>")
    steps = walk(pages, {"/": full})  # type: ignore[arg-type]
    assert ("/", True) in steps and ("/muc-12", False) in steps
    assert ("/", True) not in walk(pages | {"/": home}, {"/": full})  # type: ignore[arg-type]


def test_a_menu_that_posts_back_is_rendered_and_its_entries_are_never_sent() -> None:
    menu = "".join(f"<li><a href=\"javascript:__doPostBack('menu','{n}')\">Mục {n}</a></li>" for n in range(6))
    home = f"<html><title>Cổng</title><body><ul>{menu}</ul><p>{'Dòng chữ. ' * 60}</p></body></html>"
    shown = home.replace("</ul>", entry("/muc-12", "Hỏi đáp") + "</ul>")
    steps = walk({"/": home, "/muc-12": qa_page().body}, {"/": shown})  # type: ignore[dict-item]
    assert ("/", True) in steps and ("/muc-12", False) in steps
    assert not [url for url, _ in steps if "doPostBack" in url]
