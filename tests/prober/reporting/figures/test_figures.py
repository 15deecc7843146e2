"""Every printed figure has a receipt: an id, the SQL that gives exactly its value, and what it must not be called."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from prober.reporting.figures.all_figures import figures, find
from prober.reporting.figures.printed_figure import FrameRows, PrintedFigure, Unit
from prober.reporting.tables import indicators, reply_tables
from prober.reporting.tables.comparisons import compare
from prober.store import Database, only_read
from prober.store.reading.report_rows import report_rows, surveys
from tests.pobi import POBI, agencies
from tests.prober.conftest import CAMPAIGN, SCANNED, Survey
from tests.receipts import walked, wrong


@pytest.fixture(scope="module")
def db(pobi_db: Path) -> Database:
    return only_read(pobi_db)


@pytest.fixture(scope="module")
def basis(db: Database) -> FrameRows:
    (survey,) = surveys(db)
    return FrameRows(db, survey, POBI)


@pytest.fixture(scope="module")
def known(basis: FrameRows) -> dict[str, PrintedFigure]:
    return {figure.id: figure for figure in figures(basis)}


def test_the_sql_of_every_figure_gives_the_printed_value(pobi_db: Path) -> None:
    found = walked(pobi_db, POBI)
    assert len(found) > 300
    assert {figure.unit for figure in found} >= {Unit.SHARE, Unit.POINTS, Unit.COUNT, Unit.HOURS, Unit.WORKING_DAYS}


def test_a_receipt_of_another_value_is_told(db: Database, known: dict[str, PrintedFigure]) -> None:
    figure = known["2019.finance.replied.share"]
    assert wrong(db, figure) == ""
    assert "value" in wrong(db, replace(figure, value=0.140351)) and "'n'" in wrong(db, replace(figure, n=57))


@pytest.mark.parametrize(
    "name, k, n, unit",
    [
        ("2019.portal.qa_and_email.share", 61, 63, Unit.SHARE), ("2019.finance.replied.share", 8, 63, Unit.SHARE),
        ("2019.portal.qa.not_seen", 2, 63, Unit.COUNT), ("2019.portal.qa.share-of-seen", 61, 61, Unit.SHARE),
        ("2019.portal.qa.share-at-most", 63, 63, Unit.SHARE), ("2019.finance.replied.pobi-2019", 8, 63, Unit.SHARE),
        ("2019.finance.answer.hours.reached", 61, 63, Unit.COUNT), ("2019.finance.outcome.refused", 1, 63, Unit.COUNT),
        ("2019.finance.replied.other-survey.ips-undp-2022", 9, 130, Unit.SHARE),
        ("2019.portal.visits.seen", 61, 63, Unit.COUNT), ("2019.portal.qa.merged.share", 34, 34, Unit.SHARE),
    ],
)  # fmt: skip
def test_ids_name_what_is_measured(known: dict[str, PrintedFigure], name: str, k: int, n: int, unit: Unit) -> None:
    figure = known[name]
    assert (figure.k, figure.n, figure.unit) == (k, n, unit)


def test_the_first_and_the_last_answer_of_the_start_page_are_figures(db: Database, basis: FrameRows) -> None:
    known = {figure.id: figure for figure in figures(basis)}
    study = report_rows(db, listed=POBI.successions)
    answers = sorted(row["first_substantive_hours"] for row in study.requests if row["first_substantive_hours"])
    first, last = (known[f"2019.finance.answer.hours.{end}"] for end in ("first", "last"))
    assert (first.value, last.value, first.unit) == (answers[0], answers[-1], Unit.HOURS)
    assert known["2019.finance.answer.working-days.first"].unit == Unit.WORKING_DAYS


def test_one_figure_is_found_by_its_id(basis: FrameRows, known: dict[str, PrintedFigure]) -> None:
    assert all(find(basis, name) == figure for name, figure in list(known.items())[::40])
    assert find(basis, "2019.finance.replied.share") == known["2019.finance.replied.share"]
    assert find(basis, "2019.finance.replied") is None


def test_every_number_of_the_tables_has_a_receipt(db: Database, known: dict[str, PrintedFigure]) -> None:
    """What report and `prober analysis` print, table by table; numbers that are no figure of their own stand aside."""
    study = report_rows(db, listed=POBI.successions)
    compared = compare(study, POBI)
    tables: dict[str, Iterable[Any]] = {
        "shares": compared.readings, "participation": compared.participation, "merged": compared.merged,
        "times": compared.times, "others": compared.others, "fates": compared.fates, "headline": study.headline,
        "curves": reply_tables.curves(study.requests, study.replies, 30, POBI.calendar),
        "groups": indicators.groups(study.provinces, "qa", {row["portal"]: row["region"] for row in study.provinces}),
    }  # fmt: skip
    have = set(_values(known.values()))
    for name, rows in tables.items():
        printed = {value for row in rows for value in _printed(row)}
        assert printed, name
        assert printed - have == set(), name


_OF_A_FIGURE = ("k", "n", "share", "value", "median", "restricted_mean", "difference", "not_seen", "not_found",
                "confirmed", "second_look", "unread", "unsure", "events", "left_out", "reference_k", "reference_n",
                "reference_share")  # fmt: skip


def _printed(row: Any) -> Iterator[float]:
    for name in _OF_A_FIGURE:
        value = row.get(name)
        if isinstance(value, int | float) and not (name == "events" and "at_risk" in row):
            yield round(float(value), 6)


def _values(found: Iterable[PrintedFigure]) -> Iterator[float]:
    for figure in found:
        for value in (figure.value, figure.k, figure.n, figure.not_seen, figure.unread):
            if value is not None:
                yield round(float(value), 6)


def test_ids_are_the_same_on_the_next_night(survey: Survey, filled: Any) -> None:
    """A second scan in which a section is gone twice changes values and as-of days, no id."""
    filled(survey)
    before = _ids(survey)
    second, third = survey.scan(at=SCANNED + timedelta(days=1)), survey.scan(at=SCANNED + timedelta(days=2))
    for scan in (second, third):
        survey.visit(scan, "2019-ca-mau")
        survey.verdict(scan, "2019-ca-mau", "qa", "not_found", second_look=int(scan == second))
    after = _ids(survey)
    assert before.keys() == after.keys()
    assert (before["2019.portal.qa.share"].k, after["2019.portal.qa.share"].k) == (61, 60)
    assert all("/" not in name and re.fullmatch(r"[a-z0-9._-]+", name) for name in after)


def _ids(survey: Survey) -> dict[str, PrintedFigure]:
    (frame,) = surveys(survey.db)
    return {figure.id: figure for figure in figures(FrameRows(survey.db, frame, POBI))}


def test_waves_arms_questions_and_complete_answers_have_receipts(survey: Survey, filled: Any) -> None:
    filled(survey)
    later = {"created_at": "2020-06-01T08:00:00+07:00", "closed_at": "2020-07-15T17:00:00+07:00"}
    survey.campaign("again", title="Đợt hai", pairs_with=CAMPAIGN, arms='{"law": "x", "plain": "y"}', **later)
    for place, asked in enumerate(list(survey.db.query("SELECT * FROM request ORDER BY agency"))):
        turned = asked["outcome"] == "silence" and place < 20
        survey.request(
            asked["agency"], "again", position=asked["position"], outcome="F1" if turned else asked["outcome"],
            replied=1 if turned else asked["replied"], delivered=asked["delivered"], complete=place % 2,
            arm=("law", "plain")[place % 2], accepted_at=f"2020-06-{1 + place % 9:02}T10:00:00+07:00",
        )  # fmt: skip
    for number in range(9):
        survey.db.table("qa_thread").insert({
            "agency": "2019-ca-mau", "scan": 1, "page": 1, "url": "https://x.test", "key": str(number),
            "answered": number % 2, "asked_on": "2020-01-01",
            "answered_on": f"2020-01-{9 + number:02}" if number % 2 else None,
            "first_seen_at": "2020-02-01T08:00:00+07:00", "last_seen_at": "2020-03-01T08:00:00+07:00",
            "list_url": "https://x.test/l",
        })  # fmt: skip
    survey.db.conn.commit()
    found = {figure.id: figure for figure in walked(survey.path, POBI)}
    assert {"2019.finance.replied.seen.gained", "2019.finance.replied.arm.law.share", "2019.finance.outcome.complete",
            "2019.questions.all.median", "2019.questions.2019-ca-mau.share"} <= found.keys()  # fmt: skip
    # The page of a province prints the median of the answers, `prober analysis questions` one with those that wait.
    waiting, answered = (found[f"2019.questions.2019-ca-mau.{name}"] for name in ("median", "median-answered"))
    assert waiting.label.en.endswith("median, those that still wait counted")
    assert answered.label.en.endswith("median of those answered")
    assert "those without an answer are left out" in answered.never[0].en
    assert found["2019.finance.replied.not-seen-as-not-found.points-to-wave-before"].unit == Unit.POINTS


def test_a_list_without_portals_has_receipts_too(survey: Survey) -> None:
    body = agencies("2019")[0]
    survey.registry([
        replace(body, frame="councils", slug=f"c-{number}", kind="council", province="", province_vi="", region="d'Or",
                pobi_region="")
        for number in range(5)
    ])  # fmt: skip
    scan = survey.scan(frame="councils")
    for number in range(4):
        survey.visit(scan, f"councils-c-{number}", technology="")
        survey.verdict(scan, f"councils-c-{number}", "qa", "found" if number else "not_found", level=2)
    survey.db.conn.commit()
    found = {figure.id: figure for figure in walked(survey.path, POBI)}
    assert (found["councils.council.qa.share"].k, found["councils.council.qa.share"].n) == (3, 5)
    assert found["councils.council.qa.region.d-or.share"].n == 5
    assert not [name for name in found if ".pobi-region." in name or ".technology." in name]  # the list has none


def test_regions_have_their_names_in_both_languages(known: dict[str, PrintedFigure]) -> None:
    """Those of POBI stand in the list in English, those of the General Statistics Office in Vietnamese."""
    said = {
        "qa.pobi-region.south-central-coast.share": ("Duyên hải Nam Trung Bộ", "South Central Coast"),
        "qa.pobi-region.southeast.share": ("Đông Nam Bộ", "Southeast"),
        "visits.region.dong-nam-bo.seen": ("Cổng thông tin, Đông Nam Bộ", "Portal, Southeast"),
    }
    for name, (vi, en) in said.items():
        label = known[f"2019.portal.{name}"].label
        assert vi in label.vi and en in label.en
        assert en not in label.vi and vi not in label.en
