"""Read the rows of results.db that are compared between campaigns, arms, scans and frames."""

import json
from collections.abc import Collection, Iterable

from prober.domain.agency import Succession
from prober.domain.correspondence import NEVER_SENT, Event
from prober.errors import UsageError
from prober.store import Database
from prober.store.reading.queries import PROVINCIAL, Row, first, rows


def campaign(db: Database, name: str | None = None) -> Row:
    """Return one campaign; without a name the newest that sent a letter.

    Raises UsageError that names the existing ones.
    """
    if name is not None:
        if found := first(db, "campaigns", id=name):
            return found
        known = ", ".join(sorted(row["id"] for row in rows(db, "campaigns"))) or "none"
        raise UsageError(f"there is no campaign {name!r} in results.db; known campaigns: {known}")
    for found in rows(db, "campaigns"):
        if any(row["accepted_at"] for row in rows(db, "requests", campaign=found["id"])):
            return found
    raise UsageError("no letter of any campaign was sent yet: run `prober demo`, or a campaign, first")


def asked(db: Database, name: str) -> list[Row]:
    """Return every agency of a campaign to which a letter was sent or tried, with the result.

    Raises UsageError where none was.
    """
    found = [row for row in places(db, name) if row["state"] not in NEVER_SENT]
    if not found:
        raise UsageError(f"no letter of campaign {name} was sent yet; see `prober campaign status {name}`")
    return found


def replies(db: Database, name: str) -> list[Row]:
    """Return every message of a campaign inside the waiting time, and every bounce."""
    return counted(rows(db, "replies", campaign=name))


def counted(received: Collection[Row]) -> list[Row]:
    """Return those of the rows of `reply` that are inside the waiting time, and every bounce."""
    return [row for row in received if row["inside_window"] or row["event"] == Event.BOUNCE]


def arms(row: Row) -> tuple[str, str]:
    """Return the two arms of a campaign, in their order. Raises UsageError where it has none."""
    names = tuple(json.loads(row["arms"]))
    if len(names) != 2:
        raise UsageError(f"campaign {row['id']} has no arms, so there is nothing to compare inside it")
    return names[0], names[1]


def places(db: Database, name: str) -> list[Row]:
    """Return every agency of a campaign, also those that were never asked, in the order of ids (see `placed`)."""
    return placed(rows(db, "requests", campaign=name))


def placed(requests: Collection[Row]) -> list[Row]:
    """Return rows of the query `requests` with the unit that was drawn as their `province`."""
    return [{**row, "province": row["place"]} for row in requests]


def scan(db: Database, number: int) -> Row:
    """Return one scan. Raises UsageError that names the newest ones."""
    if found := first(db, "scans", id=number):
        return found
    newest = ", ".join(str(row["id"]) for row in rows(db, "scans", limit=5)) or "none"
    raise UsageError(f"there is no scan {number}; newest scans: {newest}")


def seen(db: Database, number: int, kind: str) -> dict[str, str]:
    """Return unit → state of one kind of finding as one scan saw it; not_seen if suspected, or if a second look is due.

    A unit is a portal, or any agency of a frame without portals.
    """
    found = db.query(
        "SELECT w.agency, CASE WHEN s.suspect = '' AND COALESCE(v.suspect, '') = '' AND w.second_look = 0 THEN w.state "
        "ELSE 'not_seen' END AS state FROM verdict w JOIN agency a ON a.id = w.agency JOIN scan s ON s.id = w.scan "
        "LEFT JOIN visit v ON v.scan = w.scan AND v.agency = w.agency "
        "WHERE w.scan = ? AND w.kind = ? "
        f"AND (a.kind = 'portal' OR a.frame NOT IN ({PROVINCIAL}))",
        [number, kind],
    )
    return {row["agency"]: row["state"] for row in found}


def successions(db: Database, listed: Iterable[Succession] = ()) -> list[tuple[str, str]]:
    """Return (predecessor, successor), Agency.id each: as stored, and for agencies without such a row as `listed`.

    Units were merged or divided between two frames.
    """
    stored = [(row["predecessor"], row["successor"]) for row in rows(db, "successions")]
    known = {predecessor for predecessor, _ in stored}
    return stored + [(row.predecessor, row.successor) for row in listed if row.predecessor not in known]


def units(db: Database, names: Collection[str]) -> tuple[Row, ...]:
    """Return the agencies (Agency.id) of `names` as rows of `agency`, by id; one that is no portal by its own name."""
    return tuple(
        row if row["kind"] == "portal" else {**row, "province": row["slug"], "province_vi": row["name_vi"]}
        for row in rows(db, "agencies", ids=json.dumps(sorted(names)))
    )
