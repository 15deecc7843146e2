"""Believe that something is gone only when a second visit, at least six hours after the first, says so too.

One night of maintenance, one page that came without its menu, one failing database behind a site: each looks like the
removal of what stood there. So until the second look the last good verdict stands (view latest_verdict), and the change
is `unconfirmed`. What a visit did not see for certain neither confirms nor clears; what it sees again clears. The times
are those of the visits: no clock is read here.
"""

from datetime import datetime

from prober.domain.coverage import Verdict
from prober.domain.finding import State
from prober.store import Database

SECOND_LOOK = 6 * 3600  # seconds from the first visit that missed something to the one that is believed


def unconfirmed(db: Database, scan: int, agency: str, verdict: Verdict, at: datetime) -> bool:
    """Return True if the verdict of a visit begun `at` is the first of its kind: absent, where it was present.

    Call before the verdict is stored.
    """
    if verdict.state != State.ABSENT or last_good(db, scan, agency, verdict.kind)[0] != State.PRESENT:
        return False
    first = first_absent(db, scan, agency, verdict.kind)
    return first is None or (at - datetime.fromisoformat(first[1])).total_seconds() < SECOND_LOOK


def weigh_again(db: Database, scan: int) -> None:
    """Decide anew which verdicts of a scan wait for a second look, after it or one before it came to be believed."""
    rows = db.execute(
        "SELECT w.agency, w.kind, v.started_at FROM verdict w JOIN visit v ON v.scan = w.scan AND v.agency = w.agency "
        "WHERE w.scan = ? AND w.state = 'absent'",
        [scan],
    ).fetchall()
    for agency, kind, begun in rows:
        waits = unconfirmed(db, scan, agency, Verdict(kind, State.ABSENT, 0, ()), datetime.fromisoformat(begun))
        db.execute(
            "UPDATE verdict SET unconfirmed = ? WHERE scan = ? AND agency = ? AND kind = ?",
            [int(waits), scan, agency, kind],
        )


def last_good(db: Database, scan: int, agency: str, kind: str) -> tuple[str, int]:
    """Return state and scan of the newest known and believed verdict before `scan`; ("", 0) if there is none."""
    return db.execute(_LAST_GOOD, [agency, kind, scan]).fetchone() or ("", 0)


def first_absent(db: Database, scan: int, agency: str, kind: str) -> tuple[int, str] | None:
    """Return scan and time of the first visit before `scan` that missed what every visit before it had seen."""
    found: tuple[int, str] | None = db.execute(_FIRST_ABSENT, [agency, kind, scan, agency, kind, scan]).fetchone()
    return found


def settle(db: Database, scan: int) -> int:
    """Confirm or withdraw the changes that wait for a second look, by all visits up to `scan`; return how many."""
    withdrawn = sum(db.execute(sql, {"scan": scan}).rowcount for sql in (_VERDICT_BACK, _FINDING_BACK))
    return withdrawn + sum(db.execute(sql, {"scan": scan}).rowcount for sql in (_VERDICT_GONE, _FINDING_GONE))


def waiting(db: Database) -> tuple[int, str]:
    """Return how many changes wait for a second look, and since when the first of them (ISO 8601; "" for none)."""
    count, since = db.execute(
        "SELECT COUNT(*), COALESCE(MIN(s.started_at), '') FROM change c JOIN scan s ON s.id = c.to_scan "
        "WHERE c.cause = 'unconfirmed'"
    ).fetchone()
    return count, since


_LAST_GOOD = """
SELECT v.state, v.scan FROM verdict v
CROSS JOIN scan s ON s.id = v.scan
LEFT JOIN visit t ON t.scan = v.scan AND t.agency = v.agency
WHERE v.agency = ? AND v.kind = ? AND v.state != 'unknown' AND v.scan < ? AND v.unconfirmed = 0
  AND s.suspect = '' AND COALESCE(t.suspect, '') = ''
ORDER BY v.scan DESC LIMIT 1
"""
_FIRST_ABSENT = """
SELECT v.scan, t.started_at FROM verdict v
CROSS JOIN visit t ON t.scan = v.scan AND t.agency = v.agency
CROSS JOIN scan s ON s.id = v.scan
WHERE v.agency = ? AND v.kind = ? AND v.state = 'absent' AND v.scan < ? AND t.suspect = '' AND s.suspect = ''
  AND v.scan > (
    SELECT MAX(scan) FROM verdict WHERE agency = ? AND kind = ? AND state = 'present' AND scan < ?
  )
ORDER BY v.scan LIMIT 1
"""
# Parts of a change that waits: `c` is its row, and a later visit decides, at most that of :scan.
_OPEN = "c.cause = 'unconfirmed'"
_BELIEVED = "v.scan IN (SELECT id FROM scan WHERE suspect = '')"
_LATER = f"v.agency = c.agency AND v.scan > c.to_scan AND v.scan <= :scan AND {_BELIEVED}"
_VERDICT_BACK = f"""
UPDATE change AS c SET cause = 'withdrawn', second_scan = (
    SELECT MIN(v.scan) FROM verdict v WHERE {_LATER} AND v.kind = c.kind AND v.state = 'present'
  )
WHERE {_OPEN} AND c.what = 'verdict' AND EXISTS (
    SELECT 1 FROM verdict v WHERE {_LATER} AND v.kind = c.kind AND v.state = 'present'
  )
"""
_SHOWN_LATER = (
    f"v.finding = c.finding AND v.scan > c.to_scan AND v.scan <= :scan AND v.state = 'present' AND {_BELIEVED}"
)
_FINDING_BACK = f"""
UPDATE change AS c SET cause = 'withdrawn', second_scan = (
    SELECT MIN(v.scan) FROM scan_observation v WHERE {_SHOWN_LATER}
  )
WHERE {_OPEN} AND c.what = 'vanished' AND EXISTS (
    SELECT 1 FROM scan_observation v WHERE {_SHOWN_LATER}
  )
"""
_CONFIRMS = f"""
SELECT MIN(v.scan) FROM verdict v JOIN visit t ON t.scan = v.scan AND t.agency = v.agency
WHERE {_LATER} AND v.kind = c.kind AND v.state = 'absent' AND v.unconfirmed = 0 AND t.suspect = ''
"""
_VERDICT_GONE = f"""
UPDATE change AS c SET cause = 'site', second_scan = ({_CONFIRMS})
WHERE {_OPEN} AND c.what = 'verdict' AND ({_CONFIRMS}) IS NOT NULL
"""
_MISSES = f"""
SELECT MIN(v.scan) FROM visit v JOIN visit f ON f.scan = c.to_scan AND f.agency = c.agency
JOIN verdict x ON x.scan = v.scan AND x.agency = v.agency AND x.kind = c.kind AND x.coverage_complete = 1
WHERE {_LATER} AND v.suspect = ''
  AND unixepoch(v.started_at) - unixepoch(f.started_at) >= {SECOND_LOOK}
  AND NOT EXISTS (SELECT 1 FROM scan_observation o WHERE o.finding = c.finding AND o.scan = v.scan)
"""
_FINDING_GONE = f"""
UPDATE change AS c SET cause = 'site', second_scan = ({_MISSES})
WHERE {_OPEN} AND c.what = 'vanished' AND ({_MISSES}) IS NOT NULL
"""
