"""The history of one site, and its figures beside those of others."""

from typing import Any

import pytest

from prober.reporting.tables.province_comparison import SHOWN, beside, looks
from prober.store import open_results
from prober.store.reading.queries import rows


def visit(scan: int, outcome: str = "seen", failure: str = "") -> dict[str, Any]:
    return {"scan": scan, "at": f"2020-05-{scan:02}T08:00:00+07:00", "outcome": outcome, "failure": failure}


def verdict(scan: int, state: str, kind: str = "qa", level: int = 0) -> dict[str, Any]:
    return {"scan": scan, "kind": kind, "state": state, "level": level, "kind_vi": "x", "kind_en": "x"}


CASES: dict[str, tuple[list[Any], list[Any], list[Any]]] = {
    "what stays the same is one line": (
        [visit(1), visit(2), visit(3)],
        [verdict(scan, "found", level=4) for scan in (1, 2, 3)],
        [(1, [("", "found", 4)], 2)],
    ),
    "a turn and its way back": (
        [visit(1), visit(2), visit(3)],
        [verdict(1, "found", level=4), verdict(2, "not_found"), verdict(3, "found", level=5)],
        [(3, [("not_found", "found", 5)], 0), (2, [("found", "not_found", None)], 0), (1, [("", "found", 4)], 0)],
    ),
    "a look that saw nothing turns nothing": (
        [visit(1), visit(2, "unreachable", "timeout"), visit(3)],
        [verdict(1, "found", level=4), verdict(2, "not_seen"), verdict(3, "found", level=4)],
        [(3, [], 0), (2, [], 0), (1, [("", "found", 4)], 0)],
    ),
    "unknown where the site was seen is told": (
        [visit(1), visit(2)],
        [verdict(1, "found", "email"), verdict(2, "not_seen", "email")],
        [(2, [("found", "not_seen", None)], 0), (1, [("", "found", None)], 0)],
    ),
    "nothing": ([], [], []),
}


@pytest.mark.parametrize("case", CASES)
def test_every_look_that_found_something_else_is_told(case: str) -> None:
    visits, verdicts, wanted = CASES[case]
    found = looks(visits, verdicts)
    assert [(look.scan, [(t.before, t.after, t.level) for t in look.turns], look.same) for look in found] == wanted


def test_a_long_history_ends() -> None:
    visits = [visit(scan) for scan in range(1, 29)]
    found = looks(visits, [verdict(scan, ("found", "not_found")[scan % 2]) for scan in range(1, 29)])
    assert [look.scan for look in found] == list(range(28, 28 - SHOWN, -1))


def test_the_figures_beside_a_province_are_those_of_the_headline_and_of_its_region(pobi_db: Any) -> None:
    db = open_results(pobi_db)
    provinces, headline = rows(db, "provinces", frame="2019"), rows(db, "headline", frame="2019")
    own = next(row for row in provinces if row["province"] == "ca-mau")
    shown = {row.indicator: row for row in beside(provinces, headline, own)}
    assert {name: (row.everyone.k, row.everyone.n, row.everyone.not_seen) for name, row in shown.items()} == {
        row["indicator"]: (row["k"], row["n"], row["not_seen"]) for row in headline
    }
    for row in headline:
        assert shown[row["indicator"]].everyone.interval.low == pytest.approx(row["low"], abs=1e-6)
    there = [row for row in provinces if row["region"] == own["region"]]
    replied = shown["replied"].region
    assert replied and (replied.n, replied.k) == (len(there), sum(row["replied"] or 0 for row in there))
    assert 1 < replied.n < 63 and shown["qa"].detail.en.startswith("level ")
    db.close()


def test_a_place_without_a_region_has_none_beside_it(pobi_db: Any) -> None:
    db = open_results(pobi_db)
    provinces = [{**row, "region": ""} for row in rows(db, "provinces", frame="2019")]
    assert {row.region for row in beside(provinces, rows(db, "headline", frame="2019"), provinces[0])} == {None}
    db.close()
