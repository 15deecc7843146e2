"""Record what changed between two scans of one agency, and the likely cause.

Our own side comes first: what is missing on a site that was not fully seen today may still be there, and what appears
on one that was not fully seen last time may be old (`reachability`). A detector that changed in between explains
anything (`detector`). Only then did the site change (`site`), and of what is gone only a second look can say so
(`second_look`).

One night of maintenance, one page that came without its menu, one failing database behind a site: each looks like the
removal of what stood there. So that something is gone is believed only when a second visit, at least six hours after
the first, says so too; until then the last good verdict stands (view latest_verdict). What a visit did not see for
certain neither confirms nor clears; what it sees again clears. The times are those of the visits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from prober.domain.finding import State
from prober.domain.indicator import INDICATORS
from prober.domain.verdicts import Verdict
from prober.store import Database

# Of verdict `w` and its visit `v`: everything that may show one of the kind was looked at. What was found may have more
# to find, and only a visit that has seen all it looked for says that there was no more.
LOOKED = "(w.state = 'not_found' OR w.state = 'found' AND v.outcome = 'seen')"
# A finding `f` of a category of which the search protocol promises to find every one.
COMPARED = " OR ".join(
    f"f.kind = '{one.kind}' AND f.category IN ({', '.join(repr(category) for category in one.compared)})"
    for one in INDICATORS
    if one.compared
)
_SHOWN = f"""
SELECT f.id, f.kind, f.category, f.value FROM scan_observation o JOIN finding f ON f.id = o.finding
WHERE o.scan = ? AND f.agency = ? AND o.state = 'found' AND ({COMPARED})
"""
# What was shown by an earlier scan, was not seen since, and is not yet said to be gone.
_UNSEEN = f"""
SELECT id, kind, category, value, shown
FROM (
  SELECT f.id, f.kind, f.category, f.value,
    (
      SELECT MAX(t.scan) FROM observation o
      CROSS JOIN visit t ON t.agency = f.agency AND t.id BETWEEN o.visit AND o.last_visit AND t.suspect = ''
      CROSS JOIN scan s ON s.id = t.scan AND s.suspect = ''
      WHERE o.finding = f.id AND o.state = 'found'
    ) AS shown
  FROM finding f
  WHERE f.agency = ? AND NOT EXISTS (SELECT 1 FROM scan_observation WHERE finding = f.id AND scan = ?) AND ({COMPARED})
) f
WHERE shown < ? AND NOT EXISTS (
  SELECT 1 FROM change c
  WHERE c.finding = f.id AND c.what = 'vanished' AND c.from_scan >= shown AND c.cause != 'reachability'
)
ORDER BY id
"""
# Visits that looked at everything that may show a kind.
_WHOLE = f"""
FROM verdict w JOIN visit v ON v.scan = w.scan AND v.agency = w.agency JOIN scan s ON s.id = w.scan
WHERE w.agency = ? AND w.kind = ? AND {LOOKED} AND v.suspect = '' AND s.suspect = ''
"""
_FIRST_WHOLE = f"SELECT MIN(w.scan) {_WHOLE} AND w.scan > ?"
# The newest of them before the scan, if neither it nor a visit since then showed the finding.
_WHOLE_WITHOUT = f"""
SELECT w.scan FROM (SELECT MAX(w.scan) AS scan {_WHOLE} AND w.scan < ?) w
WHERE w.scan IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM scan_observation WHERE finding = ? AND scan >= w.scan AND scan < ?
)
"""
# The newest row that says that a finding is gone, where no second look confirmed it.
_NEVER_GONE = """
SELECT 1 FROM change WHERE finding = ? AND what = 'vanished' AND cause IN ('second_look', 'withdrawn')
  AND id = (SELECT MAX(id) FROM change WHERE finding = ? AND what = 'vanished' AND cause != 'reachability')
"""
# Levels of visits that looked at everything which may show one. What became of one more than a few visits ago was
# told then.
_LEVEL = "SELECT v.kind FROM verdict v WHERE v.agency = ? AND v.state = 'found' AND v.level > 0"
_LEVELLED = """
SELECT v.scan, v.level, t.started_at FROM verdict v CROSS JOIN visit t ON t.scan = v.scan AND t.agency = v.agency
WHERE v.agency = ? AND v.kind = ? AND v.state = 'found' AND v.level > 0 AND t.outcome = 'seen' AND t.suspect = ''
  AND v.scan <= ? ORDER BY v.scan DESC LIMIT 40
"""
_LOOKED_FOR = f"""
SELECT w.kind FROM verdict w JOIN visit v ON v.scan = w.scan AND v.agency = w.agency
WHERE w.scan = ? AND w.agency = ? AND {LOOKED}
"""
_STATES = "SELECT kind, state, second_look FROM verdict WHERE scan = ? AND agency = ?"


@dataclass(frozen=True, slots=True)
class _Pair:
    """One visit and the agency's visit before it: scans, and the kinds of which each looked at everything."""

    agency: str
    scan: int
    seen: frozenset[str]
    suspect: bool  # below the floors of the registry: such a visit turns nothing
    before: int
    seen_before: frozenset[str]


def record_changes(db: Database, scan: int) -> int:
    """Compare each visit of `scan` with the agency's visits before it; return the number of `change` rows written.

    What is gone since it was seen last is `second_look` until `settle`. Must run inside a transaction;
    running it again for the same scan writes nothing new.
    """
    written = 0
    versions = cache(partial(detector_versions, db))

    for agency, suspect, before in db.execute(_PAIRS, [scan, scan]).fetchall():
        pair = _Pair(
            agency, scan, _looked_for(db, scan, agency), bool(suspect), before, _looked_for(db, before, agency)
        )  # fmt: skip
        for found in (*_findings(db, pair), *_gone(db, pair), *_verdicts(db, pair), *_levels(db, pair)):
            change = {"agency": agency, "from_scan": before, "to_scan": scan, **found}
            then = versions(change["from_scan"])
            if change["cause"] in ("site", "second_look") and not same_detectors(change["kind"], then, versions(scan)):
                change["cause"] = "detector"
            names = ", ".join(f"[{name}]" for name in change)
            marks = ", ".join(f":{name}" for name in change)
            written += db.execute(f"INSERT OR IGNORE INTO change ({names}) VALUES ({marks})", change).rowcount
    return written


# Each visit of the scan with the latest earlier one that is believed: agency, suspicion, scan before.
_PAIRS = """
SELECT v.agency, v.suspect != '', b.scan
FROM visit v JOIN visit b ON b.agency = v.agency
WHERE v.scan = ? AND b.scan = (
    SELECT MAX(p.scan) FROM visit p JOIN scan s ON s.id = p.scan
    WHERE p.agency = v.agency AND p.scan < ? AND s.suspect = '' AND p.suspect = ''
  )
"""


def detector_versions(db: Database, scan: int) -> dict[tuple[str, str], str]:
    """Return (kind, detector) → version of what a scan saw. Several detectors see things of one kind."""
    sql = """SELECT f.kind, o.detector, MAX(o.version) FROM scan_observation o JOIN finding f ON f.id = o.finding
             WHERE o.scan = ? GROUP BY f.kind, o.detector"""
    return {(kind, detector): version for kind, detector, version in db.execute(sql, [scan]).fetchall()}


def same_detectors(kind: str, then: Mapping[tuple[str, str], str], now: Mapping[tuple[str, str], str]) -> bool:
    """Return True unless a detector of a kind has another version than it had; another one explains anything.

    A detector that found nothing in one of two scans says nothing of its version, nor does another one of its kind.
    """
    return all(then[of] == now[of] for of in then.keys() & now.keys() if of[0] == kind)


def _looked_for(db: Database, scan: int, agency: str) -> frozenset[str]:
    """Return the kinds of which a visit looked at everything that may show one."""
    return frozenset(kind for (kind,) in db.execute(_LOOKED_FOR, [scan, agency]))


def _unsought(db: Database, scan: int, agency: str) -> set[str]:
    """Return the indicators that a visit did not look for: those of which it has no verdict, if it has any."""
    seen = {kind for kind, _, _ in db.execute(_STATES, [scan, agency])}
    return {kind for (kind,) in db.execute("SELECT name FROM indicator")} - seen if seen else set()


def _findings(db: Database, pair: _Pair) -> Iterator[Mapping[str, Any]]:
    """Yield what appeared since the visit before, and what a visit did not see again that did not look everywhere.

    What appears where not everything was looked at last time may be old, unless the last visit that looked everywhere
    for its kind did not show it. What comes back before a second look had confirmed that it was gone was never gone. A
    visit that is not believed shows nothing new.
    """
    if pair.suspect:
        return
    away = _unsought(db, pair.scan, pair.agency) | _unsought(db, pair.before, pair.agency)
    now, then = (
        {row[0]: row[1:] for row in db.execute(_SHOWN, [scan, pair.agency]) if row[1] not in away}
        for scan in (pair.scan, pair.before)
    )
    for finding in sorted(now.keys() - then.keys()):
        if not db.execute(_NEVER_GONE, [finding, finding]).fetchone():
            kind, category, value = now[finding]
            looked = kind in pair.seen_before
            row = _row(finding, kind, "appeared", "", value or category, "site" if looked else "reachability")
            if not looked:
                whole = db.execute(_WHOLE_WITHOUT, [pair.agency, kind, pair.scan, finding, pair.scan]).fetchone()
                row |= {"cause": "site", "from_scan": whole[0]} if whole else {}
            yield row
    for finding in sorted(then.keys() - now.keys()):
        kind, category, value = then[finding]
        if kind not in pair.seen:
            yield _row(finding, kind, "vanished", value or category, "", "reachability")


def _gone(db: Database, pair: _Pair) -> Iterator[Mapping[str, Any]]:
    """Yield what a visit did not see that looked everywhere for it, whichever visit had seen it last."""
    if not pair.seen or pair.suspect:
        return
    for finding, kind, category, value, shown in db.execute(_UNSEEN, [pair.agency, pair.scan, pair.scan]).fetchall():
        if kind not in pair.seen:
            continue
        (first,) = db.execute(_FIRST_WHOLE, [pair.agency, kind, shown]).fetchone()
        row = _row(finding, kind, "vanished", value or category, "", "second_look")
        yield row | {"from_scan": shown, "to_scan": first}


def _verdicts(db: Database, pair: _Pair) -> Iterator[Mapping[str, Any]]:
    """Yield the verdicts that turned: from the last good one to found or not found, or to and from not seen."""
    were = {kind: state for kind, state, doubtful in db.execute(_STATES, [pair.before, pair.agency]) if not doubtful}
    for kind, state, _ in db.execute(_STATES, [pair.scan, pair.agency]).fetchall():
        good, good_scan = last_good(db, pair.scan, pair.agency, kind)
        if state != State.NOT_SEEN and good and good != state:
            if pair.suspect:
                continue
            row = _row(None, kind, "verdict", good, state, "site") | {"from_scan": good_scan}
            if state == State.NOT_FOUND:
                first = first_missed(db, pair.scan, pair.agency, kind)
                row |= {"cause": "second_look", "to_scan": first[0] if first else pair.scan}
            yield row
        elif State.NOT_SEEN in (state, were.get(kind)) and were.get(kind, state) != state:
            cause = "site" if kind in pair.seen & pair.seen_before else "reachability"
            yield _row(None, kind, "verdict", were[kind], state, cause)


def _levels(db: Database, pair: _Pair) -> Iterator[Mapping[str, Any]]:
    """Yield the levels that rose, and those that a second look, six hours after the first, saw lower as well.

    A rise has its proof. A fall may be a page that was not reached: until the second look nothing is said of it, and
    a level that is back by then never fell.
    """
    if not pair.seen or pair.suspect:
        return
    kinds = [kind for (kind,) in db.execute(f"{_LEVEL} AND v.scan = ? GROUP BY v.kind", [pair.agency, pair.scan])]
    for kind in kinds:
        looks = db.execute(_LEVELLED, [pair.agency, kind, pair.scan]).fetchall()[::-1]
        if looks and looks[-1][0] == pair.scan and (told := _told_of_level(looks)):
            before, after, scans = told
            yield _row(None, kind, "level", str(before), str(after), "site") | scans


def _told_of_level(looks: Sequence[tuple[int, int, str]]) -> tuple[int, int, dict[str, int]] | None:
    """Return what the last of these looks (scan, level, time) shows: the level before and after, and its scans.

    The level that is believed is the one that was seen last, unless that is lower: then the one before stays until a
    look six hours after the first lower one, however many lie between.
    """
    (base, believed, _), *later = looks
    fall: tuple[int, str] | None = None
    told = None
    for scan, level, at in later:
        told = None
        if level > believed:
            told = believed, level, {"from_scan": base}
        elif level < believed and fall is None:
            fall = scan, at
            continue
        elif level < believed and fall is not None:
            if not _hours_apart(fall[1], at):
                continue
            told = believed, level, {"from_scan": base, "to_scan": fall[0], "second_scan": scan}
        base, believed, fall = scan, level, None
    return told


def _hours_apart(first: str, second: str) -> bool:
    waited = datetime.fromisoformat(second) - datetime.fromisoformat(first)
    return waited.total_seconds() >= SECOND_LOOK


def _row(finding: int | None, kind: str, what: str, before: str, after: str, cause: str) -> dict[str, Any]:
    return {"finding": finding, "kind": kind, "what": what, "before": before, "after": after, "cause": cause}


SECOND_LOOK = 6 * 3600  # seconds from the first visit that missed something to the one that is believed


def second_look(db: Database, scan: int, agency: str, verdict: Verdict, at: datetime) -> bool:
    """Return True if the verdict of a visit begun `at` is the first of its kind: not found, where it was found.

    Call before the verdict is stored.
    """
    if verdict.state != State.NOT_FOUND or last_good(db, scan, agency, verdict.kind)[0] != State.FOUND:
        return False
    first = first_missed(db, scan, agency, verdict.kind)
    return first is None or (at - datetime.fromisoformat(first[1])).total_seconds() < SECOND_LOOK


def weigh_again(db: Database, scan: int) -> None:
    """Decide anew which verdicts of a scan wait for a second look, after it or one before it came to be believed."""
    rows = db.execute(
        "SELECT w.agency, w.kind, v.started_at FROM verdict w JOIN visit v ON v.scan = w.scan AND v.agency = w.agency "
        "WHERE w.scan = ? AND w.state = 'not_found'",
        [scan],
    ).fetchall()
    for agency, kind, begun in rows:
        waits = second_look(db, scan, agency, Verdict(kind, State.NOT_FOUND, 0, ()), datetime.fromisoformat(begun))
        db.execute(
            "UPDATE verdict SET second_look = ? WHERE scan = ? AND agency = ? AND kind = ?",
            [int(waits), scan, agency, kind],
        )


def last_good(db: Database, scan: int, agency: str, kind: str) -> tuple[str, int]:
    """Return state and scan of the newest known and believed verdict before `scan`; ("", 0) if there is none."""
    return db.execute(_LAST_GOOD, [agency, kind, scan]).fetchone() or ("", 0)


def first_missed(db: Database, scan: int, agency: str, kind: str) -> tuple[int, str] | None:
    """Return scan and time of the first visit before `scan` that missed what every visit before it had seen."""
    found: tuple[int, str] | None = db.execute(_FIRST_MISSED, [agency, kind, scan, agency, kind, scan]).fetchone()
    return found


def settle(db: Database, scan: int) -> int:
    """Confirm or withdraw the changes that wait for a second look, by all visits up to `scan`; return how many."""
    withdrawn = sum(db.execute(sql, {"scan": scan}).rowcount for sql in (_VERDICT_BACK, _FINDING_BACK))
    return withdrawn + sum(db.execute(sql, {"scan": scan}).rowcount for sql in (_VERDICT_GONE, _FINDING_GONE))


def waiting(db: Database) -> tuple[int, str]:
    """Return how many changes wait for a second look, and since when the first of them (ISO 8601; "" for none)."""
    count, since = db.execute(
        "SELECT COUNT(*), COALESCE(MIN(s.started_at), '') FROM change c JOIN scan s ON s.id = c.to_scan "
        "WHERE c.cause = 'second_look'"
    ).fetchone()
    return count, since


_LAST_GOOD = """
SELECT v.state, v.scan FROM verdict v
CROSS JOIN scan s ON s.id = v.scan
LEFT JOIN visit t ON t.scan = v.scan AND t.agency = v.agency
WHERE v.agency = ? AND v.kind = ? AND v.state != 'not_seen' AND v.scan < ? AND v.second_look = 0
  AND s.suspect = '' AND COALESCE(t.suspect, '') = ''
ORDER BY v.scan DESC LIMIT 1
"""
_FIRST_MISSED = """
SELECT v.scan, t.started_at FROM verdict v
CROSS JOIN visit t ON t.scan = v.scan AND t.agency = v.agency
CROSS JOIN scan s ON s.id = v.scan
WHERE v.agency = ? AND v.kind = ? AND v.state = 'not_found' AND v.scan < ? AND t.suspect = '' AND s.suspect = ''
  AND v.scan > (
    SELECT MAX(scan) FROM verdict WHERE agency = ? AND kind = ? AND state = 'found' AND scan < ?
  )
ORDER BY v.scan LIMIT 1
"""
# Parts of a change that waits: `c` is its row, and a later visit decides, at most that of :scan.
_OPEN = "c.cause = 'second_look'"
_BELIEVED = "v.scan IN (SELECT id FROM scan WHERE suspect = '')"
_LATER = f"v.agency = c.agency AND v.scan > c.to_scan AND v.scan <= :scan AND {_BELIEVED}"
_VERDICT_BACK = f"""
UPDATE change AS c SET cause = 'withdrawn', second_scan = (
    SELECT MIN(v.scan) FROM verdict v WHERE {_LATER} AND v.kind = c.kind AND v.state = 'found'
  )
WHERE {_OPEN} AND c.what = 'verdict' AND EXISTS (
    SELECT 1 FROM verdict v WHERE {_LATER} AND v.kind = c.kind AND v.state = 'found'
  )
"""
_SHOWN_LATER = f"v.finding = c.finding AND v.scan > c.to_scan AND v.scan <= :scan AND v.state = 'found' AND {_BELIEVED}"
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
WHERE {_LATER} AND v.kind = c.kind AND v.state = 'not_found' AND v.second_look = 0 AND t.suspect = ''
"""
_VERDICT_GONE = f"""
UPDATE change AS c SET cause = 'site', second_scan = ({_CONFIRMS})
WHERE {_OPEN} AND c.what = 'verdict' AND ({_CONFIRMS}) IS NOT NULL
"""
_MISSES = f"""
SELECT MIN(v.scan) FROM visit v JOIN visit f ON f.scan = c.to_scan AND f.agency = c.agency
JOIN verdict w ON w.scan = v.scan AND w.agency = v.agency AND w.kind = c.kind AND {LOOKED}
WHERE {_LATER} AND v.suspect = ''
  AND unixepoch(v.started_at) - unixepoch(f.started_at) >= {SECOND_LOOK}
  AND NOT EXISTS (SELECT 1 FROM scan_observation o WHERE o.finding = c.finding AND o.scan = v.scan)
"""
_FINDING_GONE = f"""
UPDATE change AS c SET cause = 'site', second_scan = ({_MISSES})
WHERE {_OPEN} AND c.what = 'vanished' AND ({_MISSES}) IS NOT NULL
"""
