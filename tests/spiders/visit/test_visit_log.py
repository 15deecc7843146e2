"""How a visit searched for what it did not find, written down address by address."""

from collections.abc import Mapping

import pytest

from prober.domain.finding import Failure, Finding, State
from prober.domain.hostnames import scope
from prober.domain.indicator import Kind
from prober.domain.visit import Outcome, SearchPart, SearchStep
from spiders.visit.site_visit import SiteVisit
from spiders.visit.step import StepResult, VisitStep
from spiders.visit.visit_log import MOST_FINDINGS, MOST_UNOPENED, BestFindings, search_record
from tests.spiders.reading.reading_here import with_reading
from tests.spiders.visit.test_visit import AT, BODY, HOST
from tests.spiders.web import agency, entry, page

MISSED = frozenset({Kind.QA, Kind.BUDGET})
QA = frozenset({Kind.QA})
HOME = page(
    "Trang chủ",
    menu=entry("/hoi-dap", "Hỏi đáp") + entry("/tim-kiem?q=tin", "Kết quả tìm kiếm"),
).body
SOON = "<p>Chuyên mục đang được cập nhật.</p>" * 9
PLAIN, EMPTY = page("Giới thiệu", SOON).body, page("Hỏi đáp", SOON).body
SITEMAP = f"<urlset><url><loc>{HOST}/a</loc></url><url><loc>{HOST}/b</loc></url></urlset>"
Answers = Mapping[str, str | StepResult]


def walk(answers: Answers, missed: frozenset[str] = MISSED, pages: int = 40) -> tuple[SearchStep, ...]:
    """The record of a visit to a site of which `answers` are the pages, by path; every other path is a 404."""
    visit = SiteVisit(agency("ca-mau"), scope(agency("ca-mau"), ()), BODY, pages, 900.0)
    while step := visit.next_step(0.0):
        visit.take(step, with_reading(step, answered(step, answers.get(step.url.removeprefix(HOST), "")), visit))
    return visit.search_record(missed).steps


def answered(step: VisitStep, answer: str | StepResult) -> StepResult:
    if isinstance(answer, StepResult):
        return answer
    kind = "text/xml" if "<urlset" in answer else "text/html"
    html = answer or "<html><title>404</title>Không tìm thấy trang</html>"
    return StepResult(step.url, AT, 200 if answer else 404, {"content-type": kind}, html.encode())


def of(steps: tuple[SearchStep, ...], part: SearchPart) -> list[tuple[str, Outcome]]:
    return [(step.url.removeprefix(HOST), step.outcome) for step in steps if step.part == part]


SITE: Answers = {"/": HOME, "/hoi-dap": EMPTY, "/gioi-thieu": PLAIN, "/sitemap.xml": SITEMAP}


def test_what_was_read_stands_there_with_numbers_and_answers() -> None:
    steps = walk(SITE)
    assert of(steps, SearchPart.LINK)[0] == ("/hoi-dap", Outcome.READ)
    (menu,) = (step for step in steps if step.part == SearchPart.MENU)
    assert menu.count == HOME.count("<a ", 0, HOME.index("</nav>")) == 4
    assert ("/sitemap.xml", Outcome.READ) in of(steps, SearchPart.SITEMAP)
    assert [step.count for step in steps if step.part == SearchPart.SITEMAP and step.outcome == Outcome.READ] == [2]
    paths = [step for step in steps if step.part == SearchPart.USUAL_PATH]
    assert paths and {(step.outcome, step.status) for step in paths} == {(Outcome.MISSING, 404)}
    assert {kind for step in paths for kind in step.kinds} == {Kind.BUDGET}  # a link led to where questions would be
    assert any("tim-kiem?q=" in url for url, _ in of(steps, SearchPart.SEARCH))


def test_a_site_that_shows_one_page_everywhere_has_no_such_page() -> None:
    class Same(dict[str, str]):
        def get(self, path: str, default: str = "") -> str:  # type: ignore[override]
            return SITE.get(path, PLAIN)  # type: ignore[return-value]

    steps = walk(Same())
    paths = of(steps, SearchPart.USUAL_PATH)
    assert paths and {outcome for _, outcome in paths} == {Outcome.MISSING}
    assert of(steps, SearchPart.MADE_UP)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (StepResult(f"{HOST}/hoi-dap", AT, failure=Failure.TIMEOUT), Outcome.FAILED),
        (StepResult(f"{HOST}/hoi-dap", AT, failure=Failure.ROBOTS), Outcome.FAILED),
        (StepResult(f"{HOST}/hoi-dap", AT, 302, {"location": "/gioi-thieu"}), Outcome.REDIRECTED),
        (StepResult(f"{HOST}/hoi-dap", AT, 302, {"location": "https://example.test/"}), Outcome.REDIRECTED),
        ("", Outcome.FAILED),  # the menu names it: a broken link
    ],
    ids=["timeout", "robots", "to a known page", "to another body", "gone"],
)
def test_every_candidate_has_its_outcome(answer: str | StepResult, outcome: Outcome) -> None:
    steps = walk({**SITE, "/hoi-dap": answer})
    assert ("/hoi-dap", outcome) in of(steps, SearchPart.LINK)


def test_a_guess_whose_answer_decides_nothing_is_left_open() -> None:
    paths = [url for url, _ in of(walk(SITE), SearchPart.USUAL_PATH)]
    refused = StepResult(f"{HOST}{paths[0]}", AT, 429, {"content-type": "text/html"}, b"<html>slow down</html>")
    steps = walk({**SITE, paths[0]: refused})
    (step,) = (step for step in steps if step.part == SearchPart.USUAL_PATH and step.url.endswith(paths[0]))
    assert (step.outcome, step.status, step.failure) == (Outcome.FAILED, 429, Failure.BLOCKED)


def test_candidates_that_were_never_opened_are_named_and_the_rest_is_counted() -> None:
    links = "".join(entry(f"/{letter}{letter}/hoi-dap", "Hỏi đáp") for letter in "abcdefghijklmnopqrstuvwxyz")
    steps = walk({"/": page("Trang chủ", menu=links).body}, QA, pages=2)
    never = [step for step in steps if step.outcome == Outcome.UNOPENED]
    assert len([step for step in never if step.url]) == MOST_UNOPENED
    assert [step.count for step in never if not step.url] == [26 - 1 - MOST_UNOPENED]


def test_a_site_that_was_not_reached_has_the_addresses_that_were_tried() -> None:
    class Nothing(dict[str, StepResult]):
        def get(self, path: str, default: object = None) -> StepResult:  # type: ignore[override]
            return StepResult(HOST, AT, failure=Failure.REFUSED)

    steps = walk(Nothing())
    assert len(steps) == 4  # with and without www, http and https
    assert {(step.part, step.outcome) for step in steps} == {(SearchPart.HOME, Outcome.FAILED)}


def test_nothing_missed_needs_no_record() -> None:
    assert walk(SITE, frozenset()) == ()


def test_the_same_site_gives_the_same_record() -> None:
    first, second = (search_record_of(SITE) for _ in range(2))
    assert first == second
    assert first != search_record_of({**SITE, "/hoi-dap": ""})


def search_record_of(answers: Answers) -> str:
    visit = SiteVisit(agency("ca-mau"), scope(agency("ca-mau"), ()), BODY, 40, 900.0)
    while step := visit.next_step(0.0):
        visit.take(step, with_reading(step, answered(step, answers.get(step.url.removeprefix(HOST), "")), visit))
    return search_record(visit.state.log, visit.state.home, MISSED).sha256


def test_of_endless_findings_of_a_kind_the_best_are_kept() -> None:
    def found(kind: str, number: int, level: int) -> Finding:
        return Finding(kind, "link", f"{HOST}/{number}", State.FOUND, level, 0.5, "Hỏi đáp", "a", HOST, "qa", "1")

    best = BestFindings()
    best.add([found("email", 0, 1)])
    for start in range(0, 3 * MOST_FINDINGS, MOST_FINDINGS):
        best.add(found("qa", number, 4 if number == 7 else 1) for number in range(start, start + MOST_FINDINGS))
    kept = [finding for finding in best.findings if finding.kind == "qa"]
    assert len(kept) == MOST_FINDINGS and f"{HOST}/7" in {finding.value for finding in kept}
    assert len(best.findings) == MOST_FINDINGS + 1
