"""Find the files of evidence that nothing rests on any more: what `prober prune` may remove.

A file stays while anything in it is needed: what a verdict in use or a last good one rests on, what is seen now, both
sides of a change that is open or young, the page of a question, of an address that a reply named, or of a finding that
a person reviewed. Everything that a visit saw since the day of the rule stays, whenever it was stored: of a page that
came again the archive has a `revisit` record only, which refers to the first one. For the same reason a file stays that
a record in a file that stays refers to.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from prober.store import Database

# Hashes that are needed, whatever their age: `:since` is the day of the rule (ISO 8601).
_NEEDED = """
WITH needed AS (
  SELECT observation AS id FROM latest_verdict
  UNION SELECT id FROM latest_observation
  UNION SELECT v.observation FROM agency a CROSS JOIN indicator i CROSS JOIN verdict v ON v.id = (
    SELECT w.id FROM verdict w CROSS JOIN scan s ON s.id = w.scan
    WHERE w.agency = a.id AND w.kind = i.name AND w.state = 'found' AND s.suspect = '' ORDER BY w.scan DESC LIMIT 1)
  UNION SELECT o.id FROM decision d JOIN observation o ON d.subject = 'finding/' || o.finding
  UNION SELECT o.id FROM change c
    JOIN scan t ON t.id = COALESCE(c.second_scan, c.to_scan)
    JOIN visit v ON v.agency = c.agency AND v.scan IN (c.from_scan, c.to_scan, c.second_scan)
    JOIN finding f ON f.agency = c.agency AND f.kind = c.kind
    JOIN observation o ON o.finding = f.id AND v.id BETWEEN o.visit AND o.last_visit
    WHERE c.cause = 'second_look' OR t.started_at >= :since
)
SELECT o.warc FROM observation o WHERE o.id IN (SELECT id FROM needed) AND o.warc IS NOT NULL
UNION SELECT o.screenshot FROM observation o WHERE o.id IN (SELECT id FROM needed) AND o.screenshot IS NOT NULL
UNION SELECT p.sha256 FROM page p WHERE p.id IN (SELECT page FROM qa_thread UNION SELECT page FROM link_check)
UNION SELECT sha256 FROM evidence WHERE created_at >= :since
"""
# Where and by whom each content was seen: hash, first and last visit, and the agency whose visits these are.
_SEEN = """
SELECT sha256, agency, visit, last_visit FROM page WHERE sha256 IN (SELECT sha256 FROM evidence)
UNION SELECT o.warc, f.agency, o.visit, o.last_visit FROM observation o JOIN finding f ON f.id = o.finding
  WHERE o.warc IS NOT NULL
UNION SELECT o.screenshot, f.agency, o.visit, o.last_visit FROM observation o JOIN finding f ON f.id = o.finding
  WHERE o.screenshot IS NOT NULL
"""
_IN_SNAPSHOT = """
SELECT DISTINCT e.path FROM evidence e JOIN latest_observation o ON e.sha256 IN (o.warc, o.screenshot)
UNION SELECT e.path FROM evidence e JOIN proof p ON e.path IN (p.warc_path, p.screenshot_path)
"""


@dataclass(frozen=True, slots=True)
class Unneeded:
    """Files below the folder of evidence that nothing rests on, and the hashes of what is in them."""

    paths: tuple[str, ...]
    hashes: tuple[str, ...]


def unneeded(db: Database, since: datetime, published: Collection[str], warc_of: Mapping[int, str]) -> Unneeded:
    """Return the files that may go. `published` are paths that snapshots rest on, `warc_of` the WARC file of a scan.

    Nothing that was seen since `since` is among them, and no file of a scan that began since then or is not complete.
    """
    moment = since.isoformat()
    held = dict(db.execute("SELECT sha256, path FROM evidence WHERE path != ''").fetchall())
    young = {
        scan for (scan,) in db.execute("SELECT id FROM scan WHERE started_at >= ? OR status != 'complete'", [moment])
    }
    needed = {sha256 for (sha256,) in db.execute(_NEEDED, {"since": moment})}
    kept = {held[sha256] for sha256 in needed if sha256 in held} | set(published)
    kept |= {path for scan, path in warc_of.items() if scan in young}
    visits = _scans_of(db)
    seen: dict[str, set[int]] = {}
    for sha256, agency, first, last in db.execute(_SEEN):
        seen.setdefault(sha256, set()).update(scan for visit, scan in visits.get(agency, ()) if first <= visit <= last)
    _keep_what_is_referred_to(held, seen, warc_of, kept, young)
    old = {*held.values(), *warc_of.values()} - kept
    return Unneeded(tuple(sorted(old)), tuple(sorted(sha256 for sha256, path in held.items() if path in old)))


def named(db: Database) -> set[str]:
    """Return the paths that rows of evidence name; "" is among them where bytes are not kept any more."""
    return {path for (path,) in db.execute("SELECT path FROM evidence")}


def in_snapshot(snapshot: Database) -> Iterable[str]:
    """Return the paths of the files that a published snapshot rests on."""
    return [path for (path,) in snapshot.execute(_IN_SNAPSHOT)]


def forget(db: Database, gone: Iterable[str]) -> None:
    """Write, in the caller's transaction, that the bytes of these hashes are not kept: their rows stay.

    Content that comes again is archived again (prober.store.results.scans).
    """
    db.conn.executemany(
        "UPDATE evidence SET path = '', warc_offset = NULL WHERE sha256 = ?", [(sha256,) for sha256 in gone]
    )


def _scans_of(db: Database) -> dict[str, list[tuple[int, int]]]:
    """Return agency → (visit, scan) of each of its visits."""
    found: dict[str, list[tuple[int, int]]] = {}
    for agency, visit, scan in db.execute("SELECT agency, id, scan FROM visit"):
        found.setdefault(agency, []).append((visit, scan))
    return found


def _keep_what_is_referred_to(
    held: Mapping[str, str], seen: Mapping[str, set[int]], warc_of: Mapping[int, str], kept: set[str], young: set[int]
) -> None:
    """Add to `kept` what was seen in a young scan, or in one whose file stays: it may have a revisit record of it."""
    grown = True
    while grown:
        staying = young | {scan for scan, path in warc_of.items() if path in kept}
        more = {held[sha256] for sha256, scans in seen.items() if sha256 in held and scans & staying} - kept
        kept |= more
        grown = bool(more)
