"""Thirty nights of portals whose citizens ask, whose offices answer and delete: what the crawl makes of them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from prober.detectors.body import Body
from prober.detectors.questions.threads import threads
from prober.domain.pages.page import Page
from prober.reporting.statistics.survival import kaplan_meier, median
from prober.reporting.tables.question_times import ALL, question_times
from prober.store import open_results
from prober.store.reading.queries import Row, rows
from tests.languages import VI, VIETNAMESE
from tests.spiders import web
from tests.spiders.web import NOW, Bench, Web, agency, page

NIGHTS = 30
LOST = {7, 8, 19}  # nights without a crawl
WORDS = ["xin cấp lại sổ hộ khẩu", "đăng ký kinh doanh", "chuyển mục đích đất", "hỗ trợ hộ nghèo", "thuế nhà đất"]


@dataclass
class Question:
    """The truth about one question; nights are numbers, None where a thing never happened."""

    number: int
    asked: int
    answered: int | None
    deleted: int | None

    def words(self) -> str:
        return f"Thủ tục {WORDS[self.number % len(WORDS)]} theo mẫu số {self.number} thực hiện ở đâu?"


@dataclass
class Portal:
    """A portal with one habit of showing its questions, and the truth about them."""

    dated: bool  # prints days of question and answer
    each: int  # questions a page
    retained: int  # questions kept in all
    newest_first: bool = True
    questions: list[Question] = field(default_factory=list)

    def plan(self, seed: int) -> None:
        draw = random.Random(seed)
        number = 0
        for night in range(-6, NIGHTS):
            for _ in range(draw.choice((0, 1, 2, 2, 3))):
                answered = night + draw.choice((2, 3, 4, 5, 6, 9)) if draw.random() < 0.75 else None
                deleted = night + draw.randint(2, 7) if draw.random() < 0.35 else None
                self.questions.append(Question(number, night, answered, deleted))
                number += 1

    def listed(self, night: int) -> list[Question]:
        """Return the questions that stand in the list on a night, in its order."""
        there = [q for q in self.questions if q.asked <= night and (q.deleted is None or night < q.deleted)]
        there = there[-self.retained :]
        return there[::-1] if self.newest_first else there

    def site(self, night: int) -> web.Site:
        shown = self.listed(night)
        pages = max(1, -(-len(shown) // self.each))
        site = web.plain_site()
        for number in range(1, pages + 1):
            links = "".join(f"<a href='/hoi-dap?page={n}'>{n}</a> " for n in range(1, pages + 1) if n != number)
            told = "".join(self._told(q, night) for q in shown[(number - 1) * self.each : number * self.each])
            body = page("Hỏi đáp", f"<h1>Hỏi đáp</h1>{told}<div class='phan-trang'>{links}</div>")
            site[f"/hoi-dap?page={number}"] = body
            if number == 1:
                site["/hoi-dap"] = body
        return site

    def _told(self, question: Question, night: int) -> str:
        answered = question.answered is not None and question.answered <= night
        lines = [f"Câu hỏi: {question.words()}"]
        lines += [f"Ngày hỏi: {_day(question.asked)}"] if self.dated else []
        lines += ["Trả lời: Tại bộ phận một cửa của Sở."] if answered else []
        lines += [f"Ngày trả lời: {_day(question.answered or 0)}"] if answered and self.dated else []
        return "<div>" + "".join(f"<p>{line}</p>" for line in lines) + "</div>"


def _day(night: int) -> str:
    return f"{date(2020, 4, 13) + timedelta(days=night):%d/%m/%Y}"


PORTALS = {
    "dated": Portal(dated=True, each=8, retained=1000),
    "undated": Portal(dated=False, each=12, retained=1000),
    "rolling": Portal(dated=True, each=16, retained=16),
    "oldestfirst": Portal(dated=True, each=80, retained=1000, newest_first=False),
}
CRAWLED = [night for night in range(NIGHTS) if night not in LOST]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    served = Web()
    bench = Bench.at(tmp_path_factory.mktemp("nights"), served, delay=0.0)
    for seed, portal in enumerate(PORTALS.values()):
        portal.plan(seed)
    try:
        for night in CRAWLED:
            served.sites |= {f"{name}.gov.test": portal.site(night) for name, portal in PORTALS.items()}
            bench.run(*map(agency, PORTALS), at=NOW + timedelta(days=night))
        yield bench
    finally:
        served.close()


def stored(bench: Bench, name: str) -> list[Row]:
    db = open_results(bench.config.paths.results)
    try:
        return list(rows(db, name))
    finally:
        db.close()


def seen(portal: Portal) -> dict[int, list[int]]:
    """Return night → numbers of the questions on the pages that a visit reads from the list's beginning."""
    return {night: [q.number for q in portal.listed(night)[: 2 * portal.each]] for night in CRAWLED}


@pytest.mark.proof
def test_the_median_wait_is_that_of_the_truth_within_a_night(nights: Bench) -> None:
    table = {row["agency"]: row for row in question_times(stored(nights, "question_waits"))}
    answers: list[float] = []
    silent: list[float] = []
    for name, portal in PORTALS.items():
        found = {q for numbers in seen(portal).values() for q in numbers}
        first = seen(portal)[0]
        events, waits = [], []
        for q in portal.questions:
            if q.number not in found or (not portal.dated and q.number in first):
                continue
            last = max(night for night, numbers in seen(portal).items() if q.number in numbers)
            if q.answered is not None and q.answered <= last:
                events.append(float(q.answered - q.asked))
            else:
                waits.append(float(last - q.asked))
        truth, row = median(kaplan_meier(events, waits)), table[f"2019-{name}"]
        assert truth is not None
        assert abs(row["median_days"] - truth) <= 1, (name, row, truth)
        answers += events
        silent += waits
    truth = median(kaplan_meier(answers, silent))
    assert truth is not None
    assert abs(table[ALL]["median_days"] - truth) <= 1


@pytest.mark.proof
def test_every_deletion_that_two_nights_could_see_is_found_and_none_is_invented(nights: Bench) -> None:
    found = 0
    for name, portal in PORTALS.items():
        states = dict(nights.rows("SELECT key, state FROM qa_thread WHERE agency = ?", f"2019-{name}"))
        number = _numbers(portal)
        assert states.keys() <= number.keys()
        deleted = {q.number for q in portal.questions if q.deleted is not None}
        vanished = {number[key] for key, state in states.items() if state == "vanished"}
        assert vanished <= deleted, name
        due = {q for q in deleted & {number[key] for key in states} if _could_be_seen(portal, q)}
        assert due <= vanished, name
        found += len(due)
    assert found >= 8


def _numbers(portal: Portal) -> dict[str, int]:
    """Return the key under which each question is stored → its number, from the pages of all nights."""
    site, found = agency("ca-mau"), {}
    for night in CRAWLED:
        shown = portal.listed(night)
        for number in range(-(-len(shown) // portal.each)):
            told = portal.site(night)[f"/hoi-dap?page={number + 1}"]
            read = threads(
                Page(site.url, 200, str(told.body), NOW, words=VI),
                Body(site.name_vi, "", "", "portal", (), vocabulary=VIETNAMESE),
            )
            there = shown[number * portal.each : (number + 1) * portal.each]
            if len(read) == len(there):  # a page on which nobody answered shows no thread
                found |= {thread.key: question.number for thread, question in zip(read, there, strict=True)}
    return found


def _could_be_seen(portal: Portal, number: int) -> bool:
    """Return True if two nights after the deletion show a question that stood behind it, or the whole list."""
    # A first page on which nothing is answered shows no list of questions, and nothing is concluded from it.
    shown = {night: portal.listed(night)[: portal.each] for night in CRAWLED}
    read = {
        night: numbers if any(q.answered is not None and q.answered <= night for q in shown[night]) else []
        for night, numbers in seen(portal).items()
    }
    listed = [night for night in CRAWLED if number in read[night]]
    behind = {other for night in listed for other in read[night][read[night].index(number) + 1 :]}
    return sum(bool(behind & set(read[night])) for night in CRAWLED if night > max(listed, default=NIGHTS)) >= 2
