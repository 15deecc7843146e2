"""No figure is lost between the report and its annex: each that they are given is in one of the two, by its name."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from prober.reporting.html import render, report_context
from prober.reporting.tables.comparisons import Comparisons
from prober.reporting.tables.league import League
from prober.reporting.words.formats import day, decimal, hours, moment, points, share
from prober.store import open_results
from prober.store.reading.queries import Row
from prober.store.reading.report_rows import ReportRows, report_rows
from tests.pobi import POBI
from tests.prober.reporting.html.written_forms import in_english

Figure = tuple[str, ...]  # the name of a figure, and how it is written: all in one place of a page
PLACES = "tr, li, p, dl > div, figcaption, article, .key, svg"
# What is no table of figures: drawn as curves, or a single comparison with a test of its own.
DRAWN = {"fate_waits", "arms", "arms_why"}


def per_cent(value: float) -> str:
    return f"{share(value, 'en')} %"


def between(low: float, high: float) -> str:
    return f"{share(low, 'en')}–{share(high, 'en')} %"


def counted(k: int, n: int, value: float) -> str:
    return f"{k}/{n} = {per_cent(value)}"


def of_headline(rows: tuple[Row, ...]) -> Iterator[Figure]:
    for row in rows:
        rest = (str(row[name]) for name in ("not_found", "not_seen", "second_look", "unread") if row[name] is not None)
        yield row["label_en"], f"{row['k']}/{row['n']}", per_cent(row["share"]), between(row["low"], row["high"]), *rest
        if row["reference"]:
            yield row["label_en"], f"{row['reference_k']}/{row['reference_n']}"


def of_league(board: League, on_cards: dict[str, str]) -> Iterator[Figure]:
    """`on_cards`: agency of a Q&A section → its province. Sections that cannot be told apart stand on their cards."""
    for s in board.standings:
        name = s.name.vi if board.apart else on_cards.get(s.row.get("agency", ""), s.name.vi)
        yield name, f"{s.k}/{s.n}", per_cent(s.share), between(s.interval.low, s.interval.high)
        place = (name,) if board.apart else ()
        yield *place, f"{s.first}–{s.last}"
        if s.row.get("p_rest") is not None:
            yield (name, str(s.row["p_rest"])) if s.row["p_rest"] < 1 else ("p = 1.0",)
        if s.row.get("median_days") is not None:
            yield name, decimal(s.row["median_days"], "en"), day(s.row["newest_answer"], "en")
            yield name, f"{s.row['sampled']}/{s.row['about']}"


def of_tables(study: ReportRows, compared: Comparisons) -> Iterator[Figure]:
    """The figures of every field of `compared`."""
    name = {row["indicator"]: row["label_en"] for row in study.headline}
    for row in compared.readings:
        exact = between(row["exact_low"], row["exact_high"])
        yield name[row["indicator"]], counted(row["k"], row["n"], row["share"]), exact
    for row in compared.participation:
        if row["reference"]:
            yield (
                row["label_en"],
                points(row["difference"], "en"),
                counted(row["reference_k"], row["reference_n"], row["reference_share"]),
            )
            yield row["label_en"], points(row["difference_low"], "en"), points(row["difference_high"], "en")
    for row in compared.merged:
        if row["not_seen"] == "all not found":
            interval = between(row["wilson_low"], row["wilson_high"])
            yield name[row["indicator"]], counted(row["k"], row["n"], row["share"]), interval
    for row in compared.times:
        numbers = [row["median"], row["median_low"], row["restricted_mean"], row["mean_low"], row["horizon"]]
        yield f"{row['events']}/{row['n']}", *(decimal(number, "en") for number in numbers if number is not None)
    for row in compared.fates:
        yield (f"{row['working_days']} ngày",)
        yield row["fate"], counted(row["k"], row["n"], row["share"]), between(row["low"], row["high"])
    for row in compared.others:
        yield (
            row["survey"] or "This survey",
            counted(row["k"], row["n"], row["share"]),
            between(row["low"], row["high"]),
        )
    for row in compared.waves:
        tested = points(row["difference"], "en"), points(row["low"], "en"), str(row["p_mcnemar"])
        yield f"{row['before']}/{row['n']}", f"{row['after']}/{row['n']}", *tested
    for board in (compared.by_region, compared.by_technology, compared.sections):
        if board:
            yield from of_league(board, {row["portal"]: row["province_vi"] for row in study.provinces})


def of_provinces(study: ReportRows) -> Iterator[Figure]:
    """The figures of rows and cards."""
    by_request = {row["request"]: row["province_vi"] for row in study.provinces if row["request"]}
    of_portal = {row["portal"]: row["province_vi"] for row in study.provinces}
    for row in study.provinces:
        if row["first_human_reply_hours"] is not None:
            yield (
                row["province_vi"],
                hours(row["first_human_reply_hours"], "en"),
                f"{row['working_days']} ngày làm việc",
            )
        if row["first_answer_hours"] is not None:
            yield row["province_vi"], hours(row["first_answer_hours"], "en"), str(row["first_answer_working_days"])
        if row["has_qa"] == "found":
            yield row["province_vi"], f"({row['qa_level']})"
    for row in study.replies:
        yield (
            by_request[row["request"]],
            f"{hours(row['hours'], 'en')} · {row['working_days']}",
            moment(row["received_at"], "en"),
        )
    for row in study.requests:
        yield by_request[row["request"]], moment(row["accepted_at"], "en"), row["to_address"]
    for row in study.deadlines:
        if row["due_on"] and row["rule"] in ("notice", "late_lenient"):
            yield by_request[row["request"]], day(row["extended_to"] or row["due_on"], "en")
    for row in study.proofs:
        if row["snippet"]:
            yield of_portal[row["agency"]], row["page_sha256"], f"{row['version']}, {row['confidence']:.2f}"


def of_drawings(values: dict[str, Any]) -> Iterator[Figure]:
    """What stands around the curves and on the maps, and the settings of the run."""
    answers = values["answers"]
    yield (
        f"{len(answers.events)} of {answers.curve.n} agencies",
        f"{answers.events[0]:.1f}",
        f"{answers.events[-1]:.1f}",
    )
    for _, drawn in (*values["curves"], *values["fate_curves"]):
        yield tuple(str(number) for _, _, number in drawn.waited)
    for line in values["fate_curves"][0][1].lines:
        yield line.fate, per_cent(line.share)
    for tiles in values["maps"]:
        for _, text, number in tiles.legend:
            yield text.en, str(number)
    for _, text, members in values["groups"]:
        yield text.en, str(len(members))
    for key, value in values["settings"].items():
        if value not in ({}, [], ""):
            yield key, str(value)


@pytest.fixture
def study(pobi_db: Path, tmp_path: Path) -> ReportRows:
    """The survey of 63, with questions in three sections, so that every table has rows."""
    shutil.copy(pobi_db, tmp_path / "results.db")
    db = open_results(tmp_path / "results.db")
    scan = next(db.query("SELECT MAX(id) AS id FROM scan"))["id"]
    for place, (agency, answered) in enumerate((("2019-ca-mau", 9), ("2019-ha-noi", 8), ("2019-an-giang", 7))):
        for number in range(12):
            db.table("qa_thread").insert({
                "agency": agency, "scan": scan, "page": 1, "url": "https://x.test", "key": f"{agency}-{number}",
                "asked_on": "2020-01-01", "answered_on": f"2020-01-1{place}" if number < answered else None,
                "answered": int(number < answered),
            })  # fmt: skip
    db.execute("UPDATE visit SET archive_total = 40")
    found = report_rows(db, listed=POBI.successions)
    db.close()
    return found


def test_every_figure_is_in_the_report_or_in_its_annex(study: ReportRows) -> None:
    values = report_context.context(study, POBI)
    values |= render.reply_times(study.requests, study.replies)
    compared: Comparisons = values["compared"]
    told = [*of_headline(study.headline), *of_tables(study, compared), *of_provinces(study), *of_drawings(values)]
    assert len(told) > 450 and compared.sections.standings and compared.merged
    texts = [
        " ".join(node.text(separator=" ").split())
        for text in (render.render(study, POBI), render.render_annex(study, POBI))
        for node in LexborHTMLParser(in_english(text)).css(PLACES)
    ]
    lost = [figure for figure in told if not any(all(part in text for part in figure) for text in texts)]
    assert lost == []


def test_a_new_table_of_figures_is_looked_for_too() -> None:
    """Whoever adds a field to Comparisons adds its figures to `of_tables`."""
    known = {
        "readings",
        "participation",
        "merged",
        "times",
        "fates",
        "waves",
        "by_region",
        "by_technology",
        "sections",
        "others",
    }
    assert {field.name for field in fields(Comparisons)} == known | DRAWN


def test_what_every_row_would_say_is_no_column(study: ReportRows) -> None:
    """Regions and sections that cannot be told apart have no places and no p; sections are no table at all."""
    report, annex = render.render(study, POBI), render.render_annex(study, POBI)
    columns = [
        {" ".join(cell.text().split()) for cell in cells}
        for page in (report, annex)
        for table in LexborHTMLParser(page).css("table")
        if len(table.css("tbody tr")) > 2
        for cells in zip(*(row.css("td") for row in table.css("tbody tr")), strict=True)
    ]
    assert len(columns) > 30
    assert not [column for column in columns if len(column) == 1 and re.search(r"^\d+–\d+$|^1.0$|not known", *column)]
    boards = LexborHTMLParser(annex).css("table.league")
    assert [len(board.css("tbody tr")) for board in boards] == [6, 1]
    said = "No two of these 3 can be told apart: each may hold any place, 1–3, so there is no ranking."
    assert said in report and said in annex
