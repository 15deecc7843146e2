"""A study's own words for a unit, in every output and both languages; a file without them shows the names."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prober.domain.agency import Term
from prober.reporting.datasette.site_pages import bodies
from prober.reporting.datasette.tables import metadata
from prober.reporting.html.render import render, render_annex
from prober.reporting.words import labels
from prober.store.reading.report_rows import report_rows, surveys, terms_of
from prober.store.results.registry import named, sync
from prober.studies.folder import packaged
from tests.pobi import POBI, agencies

COMMUNES = (
    Term("frame", "xa", "8 xã của tỉnh", "8 communes of the province"),
    Term("kind", "commune", "xã", "commune", "xã", "communes"),
)
COUNCILS = packaged("foi-en").terms
ODD = (Term("frame", "xa", "<b>{0}", "<b>{0}"), Term("kind", "commune", "{x}", "{x}", "{x}<i>", "{x}<i>"))


def made(survey: Any, terms: tuple[Term, ...], kind: str, frame: str, count: int) -> None:
    body = agencies("2019", "portal")[0]
    rows = [
        replace(body, frame=frame, slug=f"u-{n}", kind=kind, name_vi=f"Đơn vị {n}", name_en=f"Unit {n}", province="",
                province_vi="", province_en="")
        for n in range(count)
    ]  # fmt: skip
    sync(survey.db, rows, (), "sandbox", terms)
    scan = survey.scan(frame=frame)
    for n in range(count):
        survey.visit(scan, f"{frame}-u-{n}", technology="")
        survey.verdict(scan, f"{frame}-u-{n}", "qa", "found" if n else "not_found", level=2)


def both(survey: Any) -> str:
    """The report and its annex."""
    rows = report_rows(survey.db)
    return render(rows, POBI) + render_annex(rows, POBI)


@pytest.mark.parametrize(("terms", "kind", "frame", "count", "said", "not_said"), [
    (COMMUNES, "commune", "xa", 8, ("8 xã", "8 communes", "xã của tỉnh", "communes of the province"), ("8 commune ",)),
    (COUNCILS, "council", "councils", 12, ("12 hội đồng", "12 councils", "Hội đồng địa phương"), ("12 council ",)),
    ((), "commune", "xa", 8, ("8 communes",), ("8 xã",)),
])  # fmt: skip
def test_the_report_speaks_of_units_in_the_words_of_the_study(
    survey: Any, terms: tuple[Term, ...], kind: str, frame: str, count: int, said: tuple[str, ...],
    not_said: tuple[str, ...],
) -> None:  # fmt: skip
    made(survey, terms, kind, frame, count)
    page = both(survey)
    assert [words for words in said if words not in page] == []
    assert [words for words in (*not_said, "tỉnh, thành phố trả lời", "provinces respond") if words in page] == []


def test_words_are_text_and_nothing_else(survey: Any) -> None:
    made(survey, ODD, "commune", "xa", 8)
    page = both(survey)
    assert "8 {x}&lt;i&gt;" in page and "{x}<i>" not in page
    assert "&lt;b&gt;{0}" in page and "<b>{0}" not in page
    assert "<b>" not in metadata.build("sandbox", "results", (), ODD)["databases"]["results"]["description_html"]


def test_site_and_metadata_have_the_words_of_the_study(survey: Any) -> None:
    made(survey, COUNCILS, "council", "councils", 12)
    assert bodies(surveys(survey.db)) == ("hội đồng", "councils")
    assert labels.agency_kind("council", COUNCILS) == ("Hội đồng", "Council")
    assert terms_of(survey.path) == COUNCILS
    told = json.dumps(metadata.build("sandbox", "results", (), terms_of(survey.path)), ensure_ascii=False)
    assert "Hội đồng địa phương" in told and "Council" in told


def test_the_registry_writes_them_once_and_a_study_changes_them(survey: Any) -> None:
    assert sync(survey.db, (), (), "sandbox", COMMUNES) == 2
    assert sync(survey.db, (), (), "sandbox", COMMUNES) == 0
    assert sync(survey.db, (), (), "sandbox") == 0 and set(named(survey.db)) == set(COMMUNES)
    changed = (COMMUNES[0], COMMUNES[1]._replace(many_vi="xã, phường"))
    assert sync(survey.db, (), (), "sandbox", changed) == 1 and set(named(survey.db)) == set(changed)


def test_the_words_of_pobi_are_those_of_its_study() -> None:
    kinds = ("finance", "portal")
    assert labels.units(kinds, POBI.terms) == (
        ("Chính quyền {} tỉnh, thành phố", "{} provinces"), ("tỉnh, thành phố", "provinces"),
        ("Tỉnh, thành phố", "Province"), ("Cổng thông tin", "Portal"), ("cổng thông tin", "portals"),
        ("Sở Tài chính", "Department of Finance"), ("Sở Tài chính", "Departments of Finance"),
    )  # fmt: skip
    assert labels.units(kinds).many == ("địa phương", "places")
    assert labels.frame("2019", POBI.terms) == ("63 tỉnh, thành phố năm 2019", "63 provinces of 2019")
    assert labels.frame("2019") == ("2019", "2019")


def test_a_place_is_called_as_the_study_says() -> None:
    """A frame with portals and departments of another country."""
    health = (
        Term("kind", "place", "vùng", "region", "vùng", "regions"),
        Term("kind", "health", "Sở Y tế", "Health Department", "Sở Y tế", "Health Departments"),
    )
    called = labels.units(("health", "portal"), health)
    assert (called.who, called.one.en, called.all_asked.en) == (
        ("Chính quyền {} vùng", "{} regions"), "Region", "Health Departments",
    )  # fmt: skip
    assert labels.units(("health", "portal")).asked == ("Health", "Health")


def test_a_file_without_the_words_has_none(tmp_path: Path) -> None:
    assert terms_of(tmp_path / "none.db") == ()
    assert labels.units(["council"]).all_asked == ("cơ quan", "agencies")
