"""What a study looks for decides the columns of `participation` and the lines of `headline`."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from prober.domain.indicator import BY_KIND, INDICATORS, Indicator, Kind, is_name, names
from prober.reporting.datasette.tables import metadata
from prober.store import open_results
from prober.store.reading.queries import rows
from prober.store.reading.report_rows import own_columns, report_rows
from prober.store.results.registry import look_for
from tests.pobi import agencies

OWN = Indicator("complaints", ('Khiếu nại, "tố cáo"', "Residents' complaints"), ("found_on_page", ("", "")), None)


@pytest.fixture
def own(survey: Any) -> Any:
    survey.registry([agency for agency in agencies("2019", "portal") if agency.slug in ("ca-mau", "dong-thap")])
    look_for(survey.db, (*INDICATORS, OWN))
    scan = survey.scan()
    survey.visit(scan, "2019-ca-mau")
    survey.verdict(scan, "2019-ca-mau", "complaints", "found")
    survey.verdict(scan, "2019-dong-thap", "complaints", "not_found")
    return survey


def headline(survey: Any) -> list[str]:
    return [row["indicator"] for row in survey.db.query("SELECT indicator FROM headline WHERE frame = '2019'")]


def test_an_indicator_of_ones_own_has_its_column_and_its_line(own: Any) -> None:
    seen = {row["province"]: row["has_complaints"] for row in rows(own.db, "provinces", frame="2019")}
    assert seen == {"ca-mau": "found", "dong-thap": "not_found"}
    (line,) = own.db.query("SELECT * FROM headline WHERE indicator = 'complaints'")
    assert (line["k"], line["n"], line["not_seen"], line["share"]) == (1, 2, 0, 0.5)
    assert (line["label_vi"], line["label_en"]) == OWN.name
    assert headline(own)[-1] == "complaints"  # nobody was asked


def test_every_reader_of_the_file_sees_it_and_what_it_is_called(own: Any) -> None:
    with open_results(own.path).conn as again:
        assert again.execute("SELECT SUM(has_complaints = 'found') FROM participation").fetchone() == (1,)
    (proof,) = [row for row in report_rows(own.db, "2019").proofs if row["agency"] == "2019-ca-mau"]
    assert (proof["kind_vi"], proof["kind_en"]) == OWN.name


def test_its_column_has_a_text_where_readers_look_for_one(own: Any, tmp_path: Path) -> None:
    assert own_columns(own.path) == ["has_complaints"] and own_columns(tmp_path / "none.db") == []
    for columns in (["has_complaints"], []):
        tables = metadata.build("sandbox", own=columns)["databases"]["results"]["tables"]
        assert ("has_complaints" in tables["participation"]["columns"]) is bool(columns)


def test_without_one_the_views_are_those_of_pobi(survey: Any) -> None:
    before = survey.db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY 1").fetchall()
    look_for(survey.db, (*INDICATORS, OWN))
    changed = survey.db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY 1").fetchall()
    assert {name for name, _ in set(before) ^ set(changed)} == {"headline", "participation"}
    look_for(survey.db, INDICATORS)
    assert survey.db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY 1").fetchall() == before


def test_a_line_that_the_study_does_not_look_for_is_not_there(own: Any) -> None:
    assert {"qa_and_email", "qa", "email", "regulation", "budget"} < set(headline(own))
    look_for(own.db, (BY_KIND[Kind.EMAIL], OWN))
    assert headline(own) == ["email", "complaints"]
    look_for(own.db, (BY_KIND[Kind.QA],))
    assert headline(own) == ["qa", "qa_form"]
    assert own.db.execute("SELECT COUNT(*) FROM verdict WHERE kind = 'complaints'").fetchone() == (2,)  # kept


def test_what_nobody_has_declared_cannot_be_stored(survey: Any) -> None:
    survey.registry(list(agencies("2019", "portal"))[:1])
    with pytest.raises(sqlite3.IntegrityError):
        survey.verdict(survey.scan(), survey.db.execute("SELECT id FROM agency").fetchone()[0], "complaints", "found")


@pytest.mark.parametrize("name", ["x'; DROP TABLE finding; --", "Complaints", "replied", "has space", "é", "a"])
def test_a_name_that_would_be_sql_or_another_line_makes_no_view(survey: Any, name: str) -> None:
    assert not is_name(name)
    survey.db.execute("INSERT INTO indicator VALUES (?, 9, 'x', 'x', '', 1, '')", [name])
    survey.db.conn.commit()
    look = open_results(survey.path)
    assert len(list(look.query("PRAGMA table_info(participation)"))) == len(
        list(survey.db.query("PRAGMA table_info(participation)"))
    )
    assert names(INDICATORS) == tuple(BY_KIND)
    look.close()
