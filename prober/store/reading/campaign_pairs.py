"""What comparisons between campaigns, arms and scans read: plain rows of results.db."""

import json
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from prober.domain import agency
from prober.errors import UsageError

Row = Mapping[str, Any]

_ASKED = """
    SELECT r.id AS request, r.agency, a.frame, a.slug, COALESCE(NULLIF(a.province, ''), a.id) AS province, a.region,
      r.accepted_at, r.state, r.delivered, r.outcome, r.replied, r.arm, r.block, t.watched_hours,
      t.answered
    FROM request r JOIN agency a ON a.id = r.agency JOIN reply_times t ON t.request = r.id
    WHERE r.campaign = :campaign AND r.state NOT IN ('planned', 'cancelled') ORDER BY r.agency"""
_REPLIES = """
    SELECT p.request, p.event, p.human, p.substantive, p.hours, p.working_days, p.inside_window
    FROM reply p JOIN request r ON r.id = p.request
    WHERE r.campaign = :campaign AND (p.inside_window = 1 OR p.event = 'N0')
    ORDER BY p.request, p.hours, p.id"""


def campaign(db: Database, name: str | None = None) -> Row:
    """One campaign; without a name the newest of which a letter left. Raises UsageError that names those there are."""
    if name is None:
        found = list(
            db.query(
                "SELECT c.* FROM campaign c JOIN request r ON r.campaign = c.id WHERE r.accepted_at IS NOT NULL "
                "ORDER BY c.created_at DESC, c.id DESC LIMIT 1"
            )
        )
        if not found:
            raise UsageError("no letter of any campaign was sent yet: run `prober demo`, or a campaign, first")
        return found[0]
    for row in db.query("SELECT * FROM campaign WHERE id = ?", [name]):
        return row
    known = ", ".join(row["id"] for row in db.query("SELECT id FROM campaign ORDER BY id")) or "none"
    raise UsageError(f"there is no campaign {name!r} in results.db; known campaigns: {known}")


def asked(db: Database, name: str) -> list[Row]:
    """Every agency of a campaign to which a letter was sent or tried, with what it did. UsageError where none was."""
    rows: list[Row] = list(db.query(_ASKED, {"campaign": name}))
    if not rows:
        raise UsageError(f"no letter of campaign {name} was sent yet; see `prober campaign status {name}`")
    return rows


def replies(db: Database, name: str) -> list[Row]:
    """Every message of a campaign inside the waiting time, and every bounce, by request and time."""
    return list(db.query(_REPLIES, {"campaign": name}))


def arms(row: Row) -> tuple[str, str]:
    """The two arms of a campaign, in their order. Raises UsageError where it has none."""
    names = tuple(json.loads(row["arms"]))
    if len(names) != 2:
        raise UsageError(f"campaign {row['id']} has no arms, so there is nothing to compare inside it")
    return names[0], names[1]


def places(db: Database, name: str) -> list[Row]:
    """Province and block of every agency of a campaign, also of those that were never asked, in the order of ids."""
    return list(
        db.query(
            "SELECT COALESCE(NULLIF(a.province, ''), a.id) AS province, r.block, r.accepted_at FROM request r "
            "JOIN agency a ON a.id = r.agency WHERE r.campaign = ? ORDER BY a.id",
            [name],
        )
    )


def scan(db: Database, number: int) -> Row:
    """One scan. Raises UsageError that names the newest ones."""
    for row in db.query("SELECT * FROM scan WHERE id = ?", [number]):
        return row
    newest = ", ".join(str(row["id"]) for row in db.query("SELECT id FROM scan ORDER BY id DESC LIMIT 5")) or "none"
    raise UsageError(f"there is no scan {number}; newest scans: {newest}")


def seen(db: Database, number: int, kind: str) -> dict[str, str]:
    """Portal → state of one kind of finding as one scan saw it; unknown where the visit or the scan is suspected."""
    rows = db.query(
        "SELECT w.agency, CASE WHEN s.suspect = '' AND COALESCE(v.suspect, '') = '' THEN w.state ELSE 'unknown' END "
        "AS state FROM verdict w JOIN agency a ON a.id = w.agency JOIN scan s ON s.id = w.scan "
        "LEFT JOIN visit v ON v.scan = w.scan AND v.agency = w.agency "
        "WHERE w.scan = ? AND w.kind = ? AND a.kind = 'portal'",
        [number, kind],
    )
    return {row["agency"]: row["state"] for row in rows}


def successions(db: Database) -> list[tuple[str, str]]:
    """(predecessor, successor), Agency.id each: the rows of results.db, and for agencies without one the registry's."""
    stored = [(row["predecessor"], row["successor"]) for row in db.query("SELECT * FROM agency_successor")]
    known = {predecessor for predecessor, _ in stored}
    return stored + [(row.predecessor, row.successor) for row in agency.successions() if row.predecessor not in known]
