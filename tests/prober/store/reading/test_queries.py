"""Queries by name give the rows that their callers rest on, each checked against the tables themselves."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from prober.store import Database, read_only
from prober.store.reading.queries import QUERIES, rows
from prober.store.schema.migrations import RESULTS

# What one statement needs as a value, where it is not about all.
NEEDED = {"outcomes": {"frame": "2019"}}


@pytest.fixture(scope="module")
def db(pobi_db: Path) -> Iterator[Database]:
    with read_only(pobi_db, RESULTS) as opened, closing(opened):
        yield opened


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_is_one_that_the_database_takes(db: Database, name: str) -> None:
    found = rows(db, name, limit=3, **NEEDED.get(name, {}))
    assert len(found) <= 3
    assert all(set(row) == set(found[0]) for row in found)


def test_what_the_newest_visits_saw_is_named_by_the_slug_of_its_site(db: Database) -> None:
    verdicts, findings = rows(db, "seen_verdicts"), rows(db, "seen_findings")
    assert len(verdicts) == db["latest_verdict"].count > 0
    assert len(findings) == db["latest_observation"].count > 0
    assert {row["slug"] for row in verdicts} <= {row["slug"] for row in db["agency"].rows}
    days = {row["started_at"][:10] for row in db["visit"].rows}
    assert {row["on"] for row in verdicts} <= days


def test_of_each_detector_the_newest_version_is_returned_once(db: Database) -> None:
    found = {row["detector"]: row["version"] for row in rows(db, "detectors")}
    versions: dict[str, set[str]] = {}
    for row in db["latest_observation"].rows:
        versions.setdefault(row["detector"], set()).add(row["version"])
    assert len(rows(db, "detectors")) == len(found)
    assert found == {detector: max(held) for detector, held in versions.items()}


def test_indicators_that_are_sought_now_come_in_the_order_of_the_study(db: Database) -> None:
    held = [row for row in db["indicator"].rows if row["sought"]]
    assert [row["name"] for row in rows(db, "sought")] == [r["name"] for r in sorted(held, key=lambda r: r["position"])]


def test_requests_that_were_answered_come_the_fastest_first(db: Database) -> None:
    found = rows(db, "answered")
    hours = [row["first_substantive_hours"] for row in found]
    assert hours == sorted(hours)
    assert {row["request"] for row in found} == {row["request"] for row in db["reply_times"].rows if row["replied"]}
