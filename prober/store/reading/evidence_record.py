"""Read what proves a verdict: an observation with its page and record, or the record of how a site was searched."""

from collections.abc import Iterator

from prober.store import Database
from prober.store.reading.queries import Row, first

# A page of citizens' questions, as far as crawls have followed them.
_THREADS = (
    "EXISTS (SELECT 1 FROM qa_thread t WHERE t.agency = p.agency AND (t.url = p.url OR t.page = p.id)) AS threads"
)
_OBSERVED = f"""
SELECT o.id, o.state, o.level, o.confidence, o.snippet, o.selector, o.detector, o.version, o.detail, o.warc,
  o.screenshot, f.agency, f.kind, f.category, f.value, i.label_vi AS kind_vi, i.label_en AS kind_en,
  p.url AS page_url, p.title AS page_title, p.last_fetched_at AS fetched_at, p.rendered, p.sha256 AS page_sha256,
  w.path AS warc_path, w.warc_offset, w.media_type, s.path AS screenshot_path, {_THREADS}
FROM observation o
JOIN finding f ON f.id = o.finding
JOIN page p ON p.id = o.page
JOIN indicator i ON i.name = f.kind
LEFT JOIN evidence w ON w.sha256 = o.warc
LEFT JOIN evidence s ON s.sha256 = o.screenshot
"""
_ARCHIVED = f"""
SELECT w.sha256 AS warc, w.bytes, w.path AS warc_path, w.warc_offset, w.media_type, p.agency, p.url AS page_url,
  p.title AS page_title, p.fetched_at, p.rendered, p.sha256 AS page_sha256, NULL AS screenshot, {_THREADS}
FROM evidence w JOIN page p ON p.id = w.page
WHERE w.kind = 'warc'
"""
_SEARCHED = """
SELECT v.id, v.agency, v.kind, v.state, v.reason, v.scan, i.label_vi AS kind_vi, i.label_en AS kind_en,
  t.started_at, t.finished_at, t.search_record, t.pages, t.rendered
FROM verdict v JOIN visit t ON t.scan = v.scan AND t.agency = v.agency JOIN indicator i ON i.name = v.kind
WHERE v.id = :id
"""
# A page that proved something was archived; a record has such pages too.
_STEPS = """
SELECT s.position, s.step, s.url, s.words, s.kinds, s.outcome, s.status, s.failure, s.location, s.count, s.reason,
  p.fetched_at, w.sha256 AS warc
FROM search_step s
LEFT JOIN scan_page p ON p.scan = :scan AND p.agency = :agency AND p.url = s.url
LEFT JOIN evidence w ON w.kind = 'warc' AND w.sha256 = p.sha256
WHERE s.record = :record
ORDER BY s.position
"""


def observed(db: Database, observation: int) -> Row | None:
    """Return an observation with its finding, its page, its record and its picture; None where there is none."""
    return next(db.query(f"{_OBSERVED} WHERE o.id = ?", [observation]), None)


def archived(db: Database, sha256: str) -> Row | None:
    """Return an archived response with the page that it was first seen on; None where there is none."""
    return next(db.query(f"{_ARCHIVED} AND w.sha256 = ?", [sha256]), None)


def all_archived(db: Database) -> Iterator[Row]:
    """Yield the archived responses behind what is seen now, in the order of their files."""
    seen = "w.sha256 IN (SELECT warc FROM latest_observation)"
    return db.query(f"{_ARCHIVED} AND w.warc_offset IS NOT NULL AND {seen} ORDER BY w.path, w.warc_offset")


def searched(db: Database, verdict: int) -> tuple[Row, tuple[Row, ...]] | None:
    """Return a verdict with its visit, and the record of the search protocol; None where it rests on an observation."""
    found = next(db.query(_SEARCHED, {"id": verdict}), None)
    if found is None or found["state"] == "found":
        return None
    wanted = {"record": found["search_record"], "scan": found["scan"], "agency": found["agency"]}
    return found, tuple(db.query(_STEPS, wanted))


def record(db: Database, agency: str, scan: int | None) -> Iterator[Row]:
    """Yield the lines of the record of the search protocol of one visit, in their order."""
    return db.query(
        "SELECT s.* FROM visit v JOIN search_step s ON s.record = v.search_record WHERE v.scan = ? AND v.agency = ? "
        "ORDER BY s.position",
        [scan, agency],
    )


def newest_record(db: Database, agency: str) -> Iterator[Row]:
    """Yield the lines of the newest record of an agency's site, in their order."""
    sql = "SELECT MAX(scan) FROM visit WHERE agency = ? AND search_record IS NOT NULL"
    return record(db, agency, db.execute(sql, [agency]).fetchone()[0])


def place(db: Database, agency: str) -> Row | None:
    """Return the row of an agency."""
    return first(db, "agencies", id=agency)
