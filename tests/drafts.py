"""A survey against which draft articles are checked, and the labelled sentences: number → verdict."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from tests.prober.conftest import SCANNED, Survey

ARTICLES = Path(__file__).parent / "fixtures/articles"
LOST = ("ca-mau", "dong-thap", "bac-ninh")


def a_later_scan(survey: Survey) -> None:
    """After the filled survey a second scan, in which three portals have no Q&A section any more."""
    second = survey.scan(at=SCANNED + timedelta(days=20))
    for province in LOST:
        survey.visit(second, f"2019-{province}")
        survey.verdict(second, f"2019-{province}", "qa", "not_found")
    survey.db.conn.commit()


def labelled(name: str) -> Iterator[dict[str, str]]:
    with (ARTICLES / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
