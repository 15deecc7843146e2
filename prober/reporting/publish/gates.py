"""Check a snapshot before it is published: it must be whole, and plausible compared with the last one.

The check for personal data is in `prober.reporting.publish.personal_data`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from prober.reporting.publish import personal_data
from prober.reporting.publish.manifest import Gate
from prober.reporting.words import reasons
from prober.store import Database
from prober.store.results.suspicion import FEW, suspicion
from prober.store.schema.results_tables import RESULTS_TABLES

SHRINK = 0.9  # a table that lost more than a tenth of its rows since the last snapshot is suspect
GROW = 3.0  # so is a registry or a list of findings that tripled
GROWTH_WATCHED = ("agency", "finding")
ONE_SCAN = (0.5, 2.0)  # a scan reads half to twice of what the scan before it read
LESS_FULL = 0.1  # a column may be empty in so many more of its rows
# Columns that every good night fills: they are empty when a detector, the browser or the mail intake stops working.
FILL_WATCHED = (
    ("agency", "url"), ("agency", "request_email"), ("visit", "final_url"), ("visit", "technology"), ("page", "title"),
    ("page", "sha256"), ("observation", "snippet"), ("observation", "warc"), ("qa_thread", "answered_on"),
    ("reply", "rule"), ("reply", "words"),
)  # fmt: skip
_OF_SCAN = {"visit": "visit", "page": "scan_page", "observation": "scan_observation"}  # table → its rows by scan
# Scans of a few agencies (a test of one host, for example) are no basis for a comparison.
_NEWEST = "SELECT MAX(id) FROM scan WHERE status = 'complete' AND agencies >= :few GROUP BY frame"


def check(
    snapshot: Database, now: Mapping[str, Any], previous: Mapping[str, Any] | None, private: Database | None
) -> list[Gate]:
    """Return the results of all gates.

    `now` is what the manifest will say of the data, `previous` the manifest of the last good snapshot.
    """
    return [
        _integrity(snapshot),
        _foreign_keys(snapshot),
        _one_world(snapshot),
        _every_unit(snapshot),
        _row_counts(now["rows"], (previous or {}).get("rows")),
        _one_scan(now["scan_rows"], (previous or {}).get("scan_rows")),
        _fill_rates(now["fill"], (previous or {}).get("fill")),
        _one_night(snapshot),
        _read_by_people(now["unread"], now["provisional"]),
        *personal_data.check(snapshot, private),
    ]


def failed(gates: Sequence[Gate], accept: str, provisional: bool) -> list[Gate]:
    """Return the gates that keep the data from being published.

    `accept` is a person's reason to believe a difference, or ""; `provisional` lets pass what people have still to do.
    """
    return [
        gate
        for gate in gates
        if not gate.passed and not (accept and gate.compares) and not (provisional and gate.pending)
    ]


def unread(snapshot: Database) -> dict[str, int]:
    """Return campaign → number of requests whose replies no person has read (docs/method.md), where not 0."""
    sql = "SELECT campaign, COUNT(*) FROM reply_times WHERE unread OR human_unread GROUP BY campaign ORDER BY campaign"
    return dict(snapshot.execute(sql).fetchall())


def measures(snapshot: Database) -> dict[str, Any]:
    """Return the measures that the next snapshot is compared with.

    These are the rows of each table, those of the newest scan of each frame, and how full columns are.
    """
    frames = snapshot.query(f"SELECT id, frame FROM scan WHERE id IN ({_NEWEST})", {"few": FEW})
    return {
        "rows": {table.name: snapshot.table(table.name).count for table in RESULTS_TABLES},
        "scan_rows": {
            row["frame"]: {table: _count(snapshot, rows, row["id"]) for table, rows in _OF_SCAN.items()}
            for row in list(frames)
        },
        "fill": {f"{table}.{column}": _fill(snapshot, table, column) for table, column in FILL_WATCHED},
    }


def _count(snapshot: Database, table: str, scan: int) -> int:
    count: int = snapshot.execute(f"SELECT COUNT(*) FROM [{table}] WHERE scan = ?", [scan]).fetchone()[0]
    return count


def _fill(snapshot: Database, table: str, column: str) -> float | None:
    """Return the share of filled rows of a column; None if there are few rows.

    Where the table is about scans, only the newest scans count.
    """
    newest = f"WHERE scan IN ({_NEWEST})" if table in _OF_SCAN else "WHERE :few"
    rows = _OF_SCAN.get(table, table)
    sql = f"SELECT COUNT(*), SUM([{column}] IS NOT NULL AND [{column}] != '') FROM [{rows}] {newest}"
    total, filled = snapshot.execute(sql, {"few": FEW}).fetchone()
    return round(filled / total, 4) if total >= FEW else None


def _integrity(snapshot: Database) -> Gate:
    said = [row[0] for row in snapshot.execute("PRAGMA integrity_check")]
    return Gate("integrity_check", said == ["ok"], "; ".join(said[:5]))


def _foreign_keys(snapshot: Database) -> Gate:
    broken = list(snapshot.execute("PRAGMA foreign_key_check"))
    return Gate("foreign_key_check", not broken, f"{len(broken)} rows point nowhere" if broken else "ok")


def _one_world(snapshot: Database) -> Gate:
    worlds = sorted(
        {
            row[0]
            for table in ("agency", "scan", "campaign", "run")
            for row in snapshot.execute(f"SELECT DISTINCT world FROM [{table}]")
        }
    )
    return Gate("one world", len(worlds) == 1, ", ".join(worlds) or "no data")


def _every_unit(snapshot: Database) -> Gate:
    """Require one row of `participation` per portal, or per agency without portals, in every frame with results."""
    rows = snapshot.query("""
        SELECT frame, COALESCE(NULLIF(SUM(kind = 'portal'), 0), COUNT(*)) AS units,
          (SELECT COUNT(*) FROM participation p WHERE p.frame = a.frame) AS rows
        FROM agency a
        WHERE frame IN (SELECT frame FROM scan UNION SELECT frame FROM campaign)
        GROUP BY frame""")
    found = [(row["frame"], row["units"], row["rows"]) for row in rows]
    detail = ", ".join(f"{frame}: {rows} of {units}" for frame, units, rows in found)
    return Gate("every unit has its row", bool(found) and all(p == r for _, p, r in found), detail or "no results")


def _row_counts(now: Mapping[str, int], before: Mapping[str, int] | None) -> Gate:
    if before is None:
        return Gate("row counts", True, "first snapshot", compares=True)
    wrong = [
        f"{table} went from {was} to {count}"
        for table, was in before.items()
        if (count := now.get(table, 0)) < SHRINK * was
        or (table in GROWTH_WATCHED and was >= FEW and count > GROW * was)
    ]
    return Gate("row counts", not wrong, "; ".join(wrong) or "ok", compares=True)


def _one_scan(now: Mapping[str, Mapping[str, int]], before: Mapping[str, Mapping[str, int]] | None) -> Gate:
    """Compare what one scan reads in both directions: tables grow each night, but one scan stays about the same."""
    least, most = ONE_SCAN
    wrong = [
        f"{table} of a scan of {frame} went from {was} to {now[frame][table]}"
        for frame, tables in (before or {}).items()
        for table, was in tables.items()
        if frame in now and was >= FEW and not least * was <= now[frame][table] <= most * was
    ]
    return Gate("rows of one scan", not wrong, "; ".join(wrong) or "ok", compares=True)


def _fill_rates(now: Mapping[str, float | None], before: Mapping[str, float | None] | None) -> Gate:
    wrong = [
        f"{column} was filled in {was:.0%} of rows and is in {share:.0%}"
        for column, was in (before or {}).items()
        if was is not None and (share := now.get(column)) is not None and share < was - LESS_FULL
    ]
    return Gate("fill rates", not wrong, "; ".join(wrong) or "ok", compares=True)


def _read_by_people(unread: Mapping[str, int], provisional: bool) -> Gate:
    """Require that a person has classed every reply that counts. Replies of a simulated world are never read."""
    said = [f"{count} requests of {name} rest on replies that no person has read" for name, count in unread.items()]
    detail = f"{'; '.join(said)} (prober review --coder INITIALS)" if said else "ok"
    return Gate("read by people", not provisional, detail, pending=True)


def _one_night(snapshot: Database) -> Gate:
    """Require that no newest scan is in doubt, one that is not complete included (store.results.suspicion).

    A second pass may clear it, or a person who says why.
    """
    last = "SELECT MAX(id) FROM scan WHERE agencies >= ? GROUP BY frame"
    newest = snapshot.execute(f"SELECT id, status, suspect FROM scan WHERE id IN ({last})", [FEW]).fetchall()
    doubts = [
        (scan, reasons.stored(suspect) if status == "complete" else reasons.said(suspicion(snapshot, scan)))
        for scan, status, suspect in newest
    ]
    wrong = [f"scan {scan} is suspected: {why.en}" for scan, why in doubts if why.en]
    return Gate("changes of one night", not wrong, "; ".join(wrong) or "ok", compares=True)
