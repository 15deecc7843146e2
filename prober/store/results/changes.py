"""Record what changed between two scans of one agency, and the likely cause."""

from collections.abc import Iterator, Mapping
from typing import Any

from prober.domain.indicator import INDICATORS
from prober.domain.reason import Reason, Reasons
from prober.store import Database

TOO_MANY_CHANGES = 0.25  # share of a scan's agencies on which one kind may change in one night
FEW = 20  # below this many agencies shares mean nothing

# A finding that is shown, of a category of which the coverage rule promises to find every one.
_SHOWN = f"""
SELECT f.id, f.kind, f.category, f.value FROM observation o JOIN finding f ON f.id = o.finding
WHERE o.scan = ? AND f.agency = ? AND o.state = 'present' AND ({
    " OR ".join(
        f"f.kind = '{one.kind}' AND f.category IN ({', '.join(repr(category) for category in one.compared)})"
        for one in INDICATORS
        if one.compared
    )
})
"""


def record_changes(db: Database, scan: int) -> int:
    """Compare each visit of `scan` with the agency's visit before it; return the number of `change` rows written.

    Must run inside a transaction; running it again for the same scan writes nothing new.
    """
    written = 0
    for agency, seen, before, seen_before in db.execute(_PAIRS, [scan, scan]).fetchall():
        versions = {number: _versions(db, number) for number in (scan, before)}
        for change in _changes(db, agency, scan, before):
            kind = change["kind"]
            cause = cause_of(
                change["what"], bool(seen), bool(seen_before), versions[scan].get(kind), versions[before].get(kind)
            )
            row = {"agency": agency, "from_scan": before, "to_scan": scan, "cause": cause, **change}
            names = ", ".join(f"[{name}]" for name in row)
            marks = ", ".join(f":{name}" for name in row)
            written += db.execute(f"INSERT OR IGNORE INTO change ({names}) VALUES ({marks})", row).rowcount
    return written


def cause_of(what: str, seen: bool, seen_before: bool, version: str | None, version_before: str | None) -> str:
    """Return why something changed: `reachability`, `detector` or `site`, in that order of suspicion.

    Our own side comes first: what vanished from a site that was not fully seen today may still be there, and what
    appears on one that was not fully seen last time may be old. A detector that changed in between explains anything.
    Only then did the site change.

    >>> cause_of("vanished", True, True, "2", "2")
    'site'
    >>> cause_of("appeared", True, False, "2", "2")
    'reachability'
    """
    if (what in ("vanished", "verdict") and not seen) or (what in ("appeared", "verdict") and not seen_before):
        return "reachability"
    if version and version_before and version != version_before:
        return "detector"
    return "site"


def suspicion(db: Database, scan: int) -> Reasons:
    """Return why the whole scan is more likely faulty than so many sites changed at once; () where it is not.

    Counted are results that unchanged detectors no longer give (a verdict that turned, a finding that vanished), and
    sites that were reached last time and not now. The next scan is compared with this one: if it sees the same again,
    it is believed.
    """
    (compared,) = db.execute(f"SELECT COUNT(*) FROM ({_PAIRS})", [scan, scan]).fetchone()
    if compared < FEW:
        return ()
    counts = db.execute(_TURNED, [scan]).fetchall()
    counts += [("reachability", *db.execute(_LOST, [scan, scan]).fetchone())]
    return tuple(
        Reason("changed_overnight", what=what, turned=turned, compared=compared)
        for what, turned in counts
        if turned > TOO_MANY_CHANGES * compared
    )


_TURNED = """
SELECT kind, COUNT(DISTINCT agency) FROM change
WHERE to_scan = ? AND cause = 'site' AND what IN ('verdict', 'vanished') GROUP BY kind ORDER BY kind
"""
_LOST = """
SELECT COUNT(*) FROM visit v JOIN visit b ON b.agency = v.agency
WHERE v.scan = ? AND b.scan = (SELECT MAX(scan) FROM visit WHERE agency = v.agency AND scan < ?)
  AND v.outcome = 'unreachable' AND b.outcome != 'unreachable'
"""

# Each visit of the scan with the latest earlier one: agency, coverage now, scan before, coverage then.
_PAIRS = """
SELECT v.agency, v.coverage_complete, b.scan, b.coverage_complete
FROM visit v JOIN visit b ON b.agency = v.agency
WHERE v.scan = ? AND b.scan = (SELECT MAX(scan) FROM visit WHERE agency = v.agency AND scan < ?)
"""


def _versions(db: Database, scan: int) -> dict[str, str]:
    sql = """SELECT f.kind, MAX(o.version) FROM observation o JOIN finding f ON f.id = o.finding
             WHERE o.scan = ? GROUP BY f.kind"""
    return dict(db.execute(sql, [scan]).fetchall())


def _changes(db: Database, agency: str, scan: int, before: int) -> Iterator[Mapping[str, Any]]:
    now = {row[0]: row[1:] for row in db.execute(_SHOWN, [scan, agency])}
    then = {row[0]: row[1:] for row in db.execute(_SHOWN, [before, agency])}
    for finding in sorted(now.keys() - then.keys()):
        kind, category, value = now[finding]
        yield {"finding": finding, "kind": kind, "what": "appeared", "before": "", "after": value or category}
    for finding in sorted(then.keys() - now.keys()):
        kind, category, value = then[finding]
        yield {"finding": finding, "kind": kind, "what": "vanished", "before": value or category, "after": ""}
    states = "SELECT kind, state FROM verdict WHERE scan = ? AND agency = ?"
    were = dict(db.execute(states, [before, agency]).fetchall())
    for kind, state in db.execute(states, [scan, agency]).fetchall():
        if kind in were and were[kind] != state:
            yield {"finding": None, "kind": kind, "what": "verdict", "before": were[kind], "after": state}
