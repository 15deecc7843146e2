"""Store the lists of agencies that were drawn for reading (prober.campaign.design.reading_order) in private.db."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from prober.store import transaction


@dataclass(frozen=True, slots=True)
class ReadingList:
    """The list of one campaign: it ends at `last_place`; what had been read at its first draw is no part of it."""

    campaign: str
    size: int
    last_place: float
    read_before: frozenset[str]
    by: str
    at: str


def lists(db: Database) -> dict[str, ReadingList]:
    """Return the list that holds for each campaign that has one."""
    rows = db.query("SELECT campaign, size, last_place, read_before, [by], at FROM reading_list ORDER BY id")
    return {
        row["campaign"]: ReadingList(**row | {"read_before": frozenset(json.loads(row["read_before"]))}) for row in rows
    }


def save(
    db: Database, campaign: str, size: int, last_place: float, read: Collection[str], by: str, now: datetime
) -> ReadingList:
    """Store a draw and return the list that holds now. A list never gets shorter: a shorter draw changes nothing.

    `read` are the agencies whose replies have all been read; only those of the first draw are kept. One transaction.
    """
    with transaction(db):
        held = lists(db).get(campaign)
        if held and held.last_place >= last_place:
            return held
        before = held.read_before if held else read
        db.execute(
            "INSERT INTO reading_list (campaign, size, last_place, read_before, [by], at) VALUES (?, ?, ?, ?, ?, ?)",
            [campaign, size, last_place, json.dumps(sorted(before)), by, now.isoformat()],
        )
        return lists(db)[campaign]
