"""Archives of questions: which pages a list has, which of them are read, and what readers are told of the sample."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from prober.domain.finding import Finding, State
from prober.domain.hostnames import scope
from prober.domain.indicator import Kind
from spiders.after_visit.qa_archive import PAGES, QUESTIONS, QaArchive, _Section
from spiders.reading.page_reading import Pagination
from spiders.visit.state import VisitState
from spiders.visit.visit_runner import body
from tests.languages import VIETNAMESE
from tests.spiders import web
from tests.spiders.web import Bench, Web, agency, page, visited


def question(number: int) -> str:
    """A thread of an archive in which a smaller number is newer; each was answered after six days."""
    day, month = 1 + number % 20, 12 - number % 12
    return (
        f"<div><p>Câu hỏi: Thủ tục số {number} thực hiện ở đâu?</p><p>Ngày hỏi: {day:02}/{month:02}/2019</p>"
        f"<p>Trả lời: Tại bộ phận một cửa.</p><p>Ngày trả lời: {day + 6:02}/{month:02}/2019</p></div>"
    )


def list_page(number: int, pages: int = 12, each: int = 5) -> web.Answer:
    links = "".join(f"<a href='/hoi-dap?page={n}'>{n}</a> " for n in range(1, pages + 1) if n != number)
    rows = "".join(question(n) for n in range((number - 1) * each, number * each))
    return page("Hỏi đáp", f"<h1>Hỏi đáp</h1>{rows}<div class='phan-trang'>{links}</div>")


def paged_site() -> web.Site:
    return web.plain_site() | {"/hoi-dap": list_page(1)} | {f"/hoi-dap?page={n}": list_page(n) for n in range(1, 13)}


def stuck_site() -> web.Site:
    """Whatever page is asked for, the first one is shown."""
    return web.plain_site() | {"/hoi-dap": list_page(1)} | {f"/hoi-dap?page={n}": list_page(1) for n in range(1, 13)}


def titles_site() -> web.Site:
    """A list of titles; dates and answers stand on the questions' own pages."""
    rows = "".join(
        f"<tr><td><a href='/hoi-dap/{n}'>Thủ tục số {n} thực hiện ở đâu?</a></td><td>Văn phòng Sở</td></tr>"
        for n in range(9)
    )
    table = f"<table><tr><th>Câu hỏi</th><th>Đơn vị trả lời</th></tr>{rows}</table>"
    own = {f"/hoi-dap/{n}": page("Câu hỏi", f"<h1>Câu hỏi số {n}</h1>{question(n)}") for n in range(9)}
    return web.plain_site() | {"/hoi-dap": page("Hỏi đáp", f"<h1>Hỏi đáp</h1>{table}")} | own


SITES = {"paged": paged_site, "stuck": stuck_site, "titles": titles_site}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Bench]]:
    with visited(SITES, tmp_path_factory.mktemp("archive")) as found:
        yield found


def asked_pages(served: Web, slug: str) -> list[str]:
    targets = served.targets(f"{slug}.gov.test")
    return [parse_qs(urlsplit(target).query)["page"][0] for target in targets if "page=" in target]


def test_a_sample_of_the_archive_is_read_after_everything_else(crawled: tuple[Web, Bench]) -> None:
    served, _ = crawled
    assert asked_pages(served, "paged") == ["2", "7", "12"]
    assert all("page=" in target for target in served.targets("paged.gov.test")[1 - PAGES :])


def test_a_pager_that_leads_nowhere_is_left_at_once(crawled: tuple[Web, Bench]) -> None:
    served, bench = crawled
    assert asked_pages(served, "stuck") == ["2"]
    assert bench.rows("SELECT sampled, archive_pages FROM qa_activity WHERE agency = '2019-stuck'") == [(5, 1)]


def test_readers_are_told_what_was_sampled(crawled: tuple[Web, Bench]) -> None:
    _, bench = crawled
    rows = bench.rows(
        "SELECT sampled, about, archive_pages, answered, share_answered, median_days, timed, newest_answer, "
        "newest_question FROM qa_activity WHERE agency = '2019-paged'"
    )
    assert rows == [(20, 60, 4, 20, 1.0, 6.0, 20, "2019-12-07", "2019-12-01")]


def test_questions_are_opened_where_the_list_hides_their_answers(crawled: tuple[Web, Bench]) -> None:
    """Of the others nobody knows whether they were answered: they are not counted as unanswered."""
    served, bench = crawled
    opened = sum(target.startswith("/hoi-dap/") for target in served.targets("titles.gov.test"))
    rows = bench.rows(
        "SELECT sampled, about, answered, median_days, timed FROM qa_activity WHERE agency = '2019-titles'"
    )
    assert QUESTIONS <= opened < 9
    assert rows == [(opened, 9, opened, 6.0, opened)]


LISTED = {"page": "list", "asked_on": "2020-01-02", "topic": "other", "answered": 1}
ONCE = [
    (LISTED | {"page": "own", "key": "own"}, False),  # the same question in the words of its own page
    (LISTED | {"page": "own", "key": "own", "asked_on": "2020-01-03"}, True),
    (LISTED | {"page": "own", "key": "own", "asked_on": None}, True),
    (LISTED | {"page": "own", "key": "own", "topic": "budget"}, True),
]


@pytest.mark.parametrize(("own", "kept"), ONCE)
def test_a_question_on_its_list_and_on_its_own_page_is_one(own: dict[str, object], kept: bool) -> None:
    rows = [LISTED | {"key": "1"}, LISTED | {"key": "2", "asked_on": None}]
    site = agency("ca-mau")
    archive = QaArchive(VisitState(body(site, vocabulary=VIETNAMESE), scope(site, ())))
    assert archive.trusted([*rows, own]) == (*rows, *([own] if kept else []))


def test_the_sample_never_costs_a_verdict(crawled: tuple[Web, Bench]) -> None:
    served, bench = crawled
    spent = len(served.targets("paged.gov.test")) - 2  # robots.txt, and one page short of all
    bench.run(agency("paged"), pages_per_agency=spent)
    seen = bench.rows("SELECT outcome, archive_pages FROM visit WHERE agency = '2019-paged' ORDER BY id")
    assert seen == [("seen", 4), ("seen", 3)]
    assert not bench.rows("SELECT 1 FROM finding WHERE value LIKE '%page=%'")


PAGER = {2: "http://x.gov.test/hoi-dap?page=2", 3: "http://x.gov.test/hoi-dap?page=3"}
FIRST = PAGER | {1: "http://x.gov.test/hoi-dap?page=1"}
BEGINNINGS = [
    ("/hoi-dap", PAGER, True),
    ("/hoi-dap", FIRST, True),
    ("/hoi-dap", {}, True),
    ("/hoi-dap?page=2", {1: FIRST[1], 3: FIRST[3], 4: "http://x.gov.test/hoi-dap?page=4"}, False),
    ("/hoi-dap?page=3", {1: FIRST[1], 2: FIRST[2]}, False),
    ("/hoi-dap?page=2", {1: FIRST[1]}, False),
]


@pytest.mark.parametrize(("path", "numbered", "begins"), BEGINNINGS)
def test_questions_are_followed_only_from_the_first_page_of_a_list(
    path: str, numbered: dict[int, str], begins: bool
) -> None:
    finding = Finding(Kind.QA, "own", "", State.FOUND, 4, 0.9, "", "", "", "qa", "1")
    section = _Section(f"http://x.gov.test{path}", finding, Pagination(numbered, "", max(numbered, default=0)), [])
    assert section.begins is begins
