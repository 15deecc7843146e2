"""Store scans and visits in results.db: start or resume a scan, store it visit by visit, finish it.

A visit is one transaction. If a crawl is killed, each agency of the scan is in the database wholly or not at all, and
the next crawl with the same settings goes on with those that are missing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from prober.domain.question_history import FollowedQuestion, QuestionState, follow
from prober.domain.reason import to_json
from prober.domain.search_protocol import ProtocolRecord
from prober.domain.verdicts import Verdict
from prober.domain.visit import EvidenceRecord, LinkCheck, PageRecord, VisitResult
from prober.store import Database, transaction
from prober.store.results.changes import record_changes, second_look, settle
from prober.store.results.registry import save_sites
from prober.store.results.suspicion import suspicion
from prober.store.schema import full_text, present_rows

__all__ = [
    "Scan", "addresses_to_check", "finish_scan", "finished_agencies", "forget_titles", "interrupt_scan",
    "known_evidence", "rendered_before", "not_seen", "save_checks", "save_visit",
    "start_or_resume_scan", "summary", "titles_of_questions",
]  # fmt: skip


REMEMBERED_SCANS = 5  # scans from which experience with the browser is used
TRIES = 3  # visits that try an address which a reply named and nobody could read


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan that is under way. `warc_end` is the offset of the last WARC record stored for it, 0 for none."""

    id: int
    resumed: bool
    warc_end: int

    @property
    def warc_name(self) -> str:
        return _warc_name(self.id)


def start_or_resume_scan(
    db: Database, *, world: str, frame: str, kinds: Iterable[str], agencies: int, version: str, user_agent: str,
    settings: Mapping[str, Any], now: datetime, run: int | None = None,
) -> Scan:  # fmt: skip
    """Return the unfinished scan with exactly these settings, or a new one.

    `settings` must name everything that decides what a scan sees, the selection of agencies included; a scan that was
    begun under others stays interrupted for ever, because its halves could not be compared. `run` is the row of the
    command that begins it.
    """
    row = {
        "world": world, "frame": frame, "kinds": ",".join(sorted(kinds)), "agencies": agencies, "version": version,
        "user_agent": user_agent, "settings": json.dumps(settings, sort_keys=True, ensure_ascii=False),
    }  # fmt: skip
    with transaction(db):
        same = " AND ".join(f"[{name}] = :{name}" for name in row)
        found = db.execute(
            f"SELECT id FROM scan WHERE status != 'complete' AND {same} ORDER BY id DESC LIMIT 1", row
        ).fetchone()
        if found:
            db.execute("UPDATE scan SET status = 'running' WHERE id = ?", [found[0]])
            return Scan(found[0], True, _warc_end(db, found[0]))
        db.execute("UPDATE scan SET status = 'interrupted' WHERE status = 'running'")
        row |= {"status": "running", "started_at": now.isoformat(), "run": run}
        return Scan(_insert(db, "scan", row), False, 0)


def finished_agencies(db: Database, scan: int) -> set[str]:
    """Return the agencies of this scan whose visit is stored: they are not fetched again."""
    return {row[0] for row in db.execute("SELECT agency FROM visit WHERE scan = ?", [scan])}


def known_evidence(db: Database, sha256: str) -> tuple[str, int | None] | None:
    """Return file and offset of the record that has this content already, which proves a page that did not change."""
    found = db.execute("SELECT path, warc_offset FROM evidence WHERE sha256 = ? AND path != ''", [sha256]).fetchone()
    return (found[0], found[1]) if found else None


def rendered_before(db: Database) -> dict[str, dict[str, bool]]:
    """Return agency → mark of its rendered pages → True if the browser showed more, over the newest scans."""
    found: dict[str, dict[str, bool]] = {}
    rows = db.execute(
        "SELECT agency, render_mark, MAX(render_gain) FROM scan_page WHERE render_mark != '' "
        "AND scan IN (SELECT id FROM scan ORDER BY id DESC LIMIT ?) GROUP BY agency, render_mark",
        [REMEMBERED_SCANS],
    )
    for agency, mark, gain in rows:
        found.setdefault(agency, {})[mark] = bool(gain)
    return found


def addresses_to_check(db: Database) -> list[tuple[str, str]]:
    """Return (agency that named it in a reply, address) for every address that was not read yet."""
    return list(db.execute(_UNCHECKED).fetchall())


def save_visit(db: Database, scan: int, visit: VisitResult, run: int | None = None) -> bool:
    """Store one finished visit of a run with everything that it saw, in one transaction.

    The first visit to an agency in a scan counts: a second changes nothing, and False is returned.
    """
    with transaction(db):
        if db.execute("SELECT 1 FROM visit WHERE scan = ? AND agency = ?", [scan, visit.agency]).fetchone():
            return False
        record = _save_record(db, scan, visit.agency, visit.record)
        (before,) = db.execute("SELECT MAX(id) FROM visit WHERE agency = ?", [visit.agency]).fetchone()
        number = _insert(db, "visit", _visit_row(scan, visit) | {"search_record": record, "run": run})
        pages = _save_pages(db, visit, number, before)
        proofs = {(e.page_url, e.kind): _save_evidence(db, e, pages, visit.finished_at) for e in visit.evidence}
        observed = _save_findings(db, scan, visit, _Spans(db, "observation", number, before), pages, proofs)
        for verdict in visit.verdicts:
            doubtful = second_look(db, scan, visit.agency, verdict, visit.started_at)
            _insert(db, "verdict", _verdict_row(scan, visit, verdict, observed) | {"second_look": int(doubtful)})
        _save_threads(db, scan, visit, pages)
        _save_looks(db, number, visit)
        _forget_titles(db, number, visit.agency)
        if visit.sites:
            save_sites(db, scan, visit.agency, visit.sites)
        save_checks(db, scan, visit.checks, pages)
    return True


def finish_scan(db: Database, scan: int, now: datetime) -> int:
    """Close the scan, write what changed since each agency's scan before, and settle what waited for a second look.

    A scan that is in doubt changes nothing until it is believed (prober.store.results.suspicion). Return the number of
    changes written.
    """
    with transaction(db):
        doubts = suspicion(db, scan)
        db.execute(
            "UPDATE scan SET status = 'complete', finished_at = ?, suspect = ? WHERE id = ?",
            [now.isoformat(), to_json(doubts), scan],
        )
        changes = 0 if doubts else sum(record_changes(db, number) for number in (*_cut_short(db, scan), scan))
        settle(db, scan)
        present_rows.keep(db)
        full_text.refresh(db)
    return changes


def _cut_short(db: Database, scan: int) -> list[int]:
    """Return the scans since the last believed one that never ended: what their visits met first is reported too."""
    return [number for (number,) in db.execute(_CUT_SHORT, {"scan": scan})]


def interrupt_scan(db: Database, scan: int) -> None:
    """Leave the scan to be resumed: some of its agencies could not be visited."""
    with transaction(db):
        db.execute("UPDATE scan SET status = 'interrupted' WHERE id = ?", [scan])
        present_rows.keep(db)
        full_text.refresh(db)


def summary(db: Database, scan: int) -> dict[str, Any]:
    """Return the results of a scan, in counts, for the person who started it."""
    return next(db.query(_SUMMARY, [scan]))


def not_seen(db: Database, scan: int) -> Iterator[dict[str, Any]]:
    """Yield the agencies of which a scan did not see everything, or whose visit is suspect, with the reason.

    `limited` is 1 where a site refused for the time being (prober.domain.visit.for_now).
    """
    return db.query(_NOT_SEEN, [scan])


# A page that lists questions is the address of several, a question's own page that of one. Its title is one citizen's
# words and often holds a name. The title of a list with one question is dropped too, which costs little.
_ALONE = "SELECT agency, url FROM qa_thread GROUP BY agency, url HAVING COUNT(*) = 1"
_TITLED = f"title != '' AND (agency, url) IN ({_ALONE})"


def forget_titles(db: Database) -> None:
    """Drop the titles of pages with one citizen's question, also of those seen before it was known to be one."""
    db.execute(f"UPDATE page SET title = '' WHERE {_TITLED}")


def titles_of_questions(db: Database) -> int:
    """Return how many pages have such a title."""
    count: int = db.execute(f"SELECT COUNT(*) FROM page WHERE {_TITLED}").fetchone()[0]
    return count


_CUT_SHORT = """
SELECT id FROM scan s WHERE status != 'complete' AND id < :scan AND frame = (SELECT frame FROM scan WHERE id = :scan)
  AND id > (SELECT COALESCE(MAX(id), 0) FROM scan b
            WHERE b.frame = s.frame AND b.id < :scan AND b.status = 'complete' AND b.suspect = '')
ORDER BY id
"""
_UNCHECKED = f"""
SELECT DISTINCT agency, url FROM answer_links
WHERE site != 'elsewhere' AND found IN ('not checked', 'unknown') AND checks < {TRIES} ORDER BY agency, url
"""
_SUMMARY = """
SELECT s.id AS scan, s.status, s.agencies, COUNT(v.id) AS visited, COALESCE(SUM(v.outcome = 'seen'), 0) AS seen,
  COALESCE(SUM(v.outcome = 'partial'), 0) AS partial, COALESCE(SUM(v.outcome = 'unreachable'), 0) AS unreachable,
  COALESCE(SUM(v.requests), 0) AS requests, COALESCE(SUM(v.pages), 0) AS pages,
  COALESCE(SUM(v.rendered), 0) AS rendered, COALESCE(SUM(v.bytes), 0) AS bytes,
  COALESCE(SUM(v.suspect != ''), 0) AS suspects, s.suspect,
  (SELECT COUNT(*) FROM change c WHERE c.to_scan = s.id) AS changes,
  (SELECT COUNT(*) FROM change c WHERE c.cause = 'second_look') AS second_look
FROM scan s LEFT JOIN visit v ON v.scan = s.id WHERE s.id = ?
"""
_NOT_SEEN = """
SELECT a.slug, a.kind, v.outcome, v.failure, v.failure_detail AS detail, v.suspect,
  v.outcome != 'seen' AND EXISTS (SELECT 1 FROM scan_page p WHERE p.scan = v.scan AND p.agency = v.agency
    AND (p.status = 429 AND p.failure = 'blocked' OR p.status = 503 AND p.failure = 'http_5xx')) AS limited
FROM visit v JOIN agency a ON a.id = v.agency
WHERE v.scan = ? AND (v.outcome != 'seen' OR v.suspect != '') ORDER BY a.kind DESC, a.slug
"""


def _warc_name(scan: int) -> str:
    return f"warc/scan-{scan:05d}.warc.gz"


def _warc_end(db: Database, scan: int) -> int:
    sql = "SELECT COALESCE(MAX(warc_offset), 0) FROM evidence WHERE path = ?"
    return db.execute(sql, [_warc_name(scan)]).fetchone()[0]


def _visit_row(scan: int, visit: VisitResult) -> dict[str, Any]:
    return {
        "scan": scan, "agency": visit.agency, "outcome": visit.outcome, "failure": visit.failure,
        "failure_detail": to_json(visit.failure_detail), "final_url": visit.final_url, "technology": visit.technology,
        "requests": visit.requests, "pages": sum(1 for p in visit.pages if p.failure is None and p.status == 200),
        "rendered": sum(1 for p in visit.pages if p.rendered), "bytes": visit.bytes,
        "seconds": round(visit.seconds, 3), "started_at": visit.started_at.isoformat(),
        "finished_at": visit.finished_at.isoformat(), "suspect": to_json(visit.suspect), "tls": visit.tls,
        "newest_on": visit.newest_on.isoformat() if visit.newest_on else None,
        "archive_pages": visit.archive_pages, "archive_total": visit.archive_total,
    }  # fmt: skip


def _page_row(agency: str, page: PageRecord) -> dict[str, Any]:
    return {
        "agency": agency, "url": page.url, "status": page.status, "failure": page.failure,
        "title": page.title, "rendered": int(page.rendered), "bytes": page.bytes, "sha256": page.sha256,
        "found_by": page.found_by, "location": page.location,
        "render_mark": page.render_mark, "render_gain": page.render_gain,
    }  # fmt: skip


def _verdict_row(scan: int, visit: VisitResult, verdict: Verdict, observed: Mapping[int, int]) -> dict[str, Any]:
    return {
        "scan": scan, "agency": visit.agency, "kind": verdict.kind, "state": verdict.state, "level": verdict.level,
        "reason": to_json(verdict.reasons), "observation": observed.get(id(verdict.proof)),
    }  # fmt: skip


def _save_record(db: Database, scan: int, agency: str, record: ProtocolRecord) -> int | None:
    """Return the row number of the record, stored unless an earlier visit met exactly the same; None without steps."""
    rows = record.rows()
    if not rows:
        return None
    key = {"agency": agency, "sha256": record.sha256}
    found = db.execute("SELECT id FROM search_record WHERE agency = :agency AND sha256 = :sha256", key).fetchone()
    if found:
        return int(found[0])
    number = _insert(db, "search_record", key | {"first_scan": scan})
    lines = [{"record": number, "position": position, **row} for position, row in enumerate(rows)]
    db.conn.executemany(_insertion("search_step", tuple(lines[0])), lines)
    return number


def _save_looks(db: Database, number: int, visit: VisitResult) -> None:
    """Replace the look list of the agency; a visit that saw no page of the site says nothing of where to look."""
    if visit.outcome == "unreachable":
        return
    db.execute("DELETE FROM look_list WHERE visit IN (SELECT id FROM visit WHERE agency = ?)", [visit.agency])
    db.conn.executemany(
        "INSERT INTO look_list (visit, position, mark, url, words, kinds) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (number, position, look.mark, look.url, look.words, json.dumps(look.kinds) if look.kinds else "")
            for position, look in enumerate(visit.looks)
        ],
    )


def _save_evidence(db: Database, record: EvidenceRecord, pages: Mapping[str, int], now: datetime) -> str:
    row = {
        "sha256": record.sha256, "kind": record.kind, "media_type": record.media_type, "bytes": record.bytes,
        "path": record.path, "warc_offset": record.warc_offset, "page": pages.get(record.page_url),
        "created_at": now.isoformat(),
    }  # fmt: skip
    names, marks = ", ".join(f"[{name}]" for name in row), ", ".join(f":{name}" for name in row)
    db.execute(  # what was pruned and comes again is kept again
        f"INSERT INTO evidence ({names}) VALUES ({marks}) ON CONFLICT (sha256) DO UPDATE SET path = excluded.path, "
        "warc_offset = excluded.warc_offset, created_at = excluded.created_at WHERE path = ''",
        row,
    )
    return record.sha256


class _Spans:
    """The rows of one table that reach to the visit before: those that a visit sees again go on, others are new.

    Nothing that a reader could tell apart is merged: every column is equal but those of `aside`, which are a visit's.
    """

    def __init__(self, db: Database, table: str, visit: int, before: int | None, aside: Sequence[str] = ()) -> None:
        self._db, self._table, self._visit, self._aside = db, table, visit, aside
        skipped = {"id", "visit", "last_visit", *aside}
        cursor = db.execute(f"SELECT * FROM [{table}] WHERE last_visit = ?", [before])
        names = [column for column, *_ in cursor.description]
        self._held: dict[frozenset[tuple[str, Any]], int] = {}
        for row in cursor:
            values = dict(zip(names, row, strict=True))
            self._held[frozenset(item for item in values.items() if item[0] not in skipped)] = values["id"]

    def goes_on(self, row: Mapping[str, Any]) -> int | None:
        """Return the number of the row that the visit before saw like this; None where there is none."""
        return self._held.get(frozenset(row.items()))

    def save(self, row: Mapping[str, Any], **of_visit: Any) -> int:
        """Store that the visit saw `row`, and return its number. `of_visit` are the columns set aside."""
        number = self.goes_on(row)
        if number is None:
            return _insert(self._db, self._table, {"visit": self._visit, "last_visit": self._visit, **row, **of_visit})
        self._db.execute(f"UPDATE [{self._table}] SET last_visit = ? WHERE id = ?", [self._visit, number])
        return number


def _save_pages(db: Database, visit: VisitResult, number: int, before: int | None) -> dict[str, int]:
    """Store the pages of a visit, and return the number of the row of each address.

    The title of a page with one citizen's question was dropped when it was stored (`forget_titles`).
    """
    spans = _Spans(db, "page", number, before, aside=("fetched_at", "last_fetched_at"))
    saved, again = {}, []
    for page in visit.pages:
        row, at = _page_row(visit.agency, page), page.fetched_at.isoformat()
        untitled = row | {"title": ""}
        if spans.goes_on(row) is None and spans.goes_on(untitled) and page.url in _alone(db, visit.agency):
            row = untitled
        saved[page.url] = spans.save(row, fetched_at=at, last_fetched_at=at)
        again.append((at, saved[page.url]))
    db.conn.executemany("UPDATE page SET last_fetched_at = ? WHERE id = ?", again)
    return saved


def _save_findings(
    db: Database, scan: int, visit: VisitResult, spans: _Spans, pages: Mapping[str, int],
    proofs: Mapping[tuple[str, str], str],
) -> dict[int, int]:  # fmt: skip
    """Upsert the findings of a visit and store how it saw them; return the observation of each, by id of the value."""
    observed = {}
    for finding in visit.findings:
        number = db.execute(
            """INSERT INTO finding (agency, kind, category, value, first_scan, last_scan) VALUES (?, ?, ?, ?, ?, ?)
               ON CONFLICT (agency, kind, category, value) DO UPDATE SET last_scan = excluded.last_scan RETURNING id""",
            [visit.agency, finding.kind, finding.category, finding.value, scan, scan],
        ).fetchone()[0]
        observed[id(finding)] = spans.save({
            "finding": number, "page": pages[finding.page_url], "state": finding.state,
            "level": finding.level, "confidence": finding.confidence, "snippet": finding.snippet,
            "selector": finding.selector, "detector": finding.detector, "version": finding.version,
            "detail": json.dumps(dict(finding.detail), ensure_ascii=False, sort_keys=True, default=str),
            "warc": proofs.get((finding.page_url, "warc")), "screenshot": proofs.get((finding.page_url, "screenshot")),
        })  # fmt: skip
    return observed


def _save_threads(db: Database, scan: int, visit: VisitResult, pages: Mapping[str, int]) -> None:
    """Store the questions that a visit saw, and where those are that it did not see."""
    rows = db.execute(f"SELECT {_FOLLOWED} FROM qa_thread WHERE agency = ?", [visit.agency])
    known = {row[0]: _followed(*row) for row in rows}
    for thread in visit.threads:
        _save_thread(db, scan, visit.agency, thread, pages)
    if visit.archive_list:
        db.conn.executemany(
            "UPDATE qa_thread SET list_url = ?, rank = ?, state = ?, first_seen_at = ?, answer_seen_at = ?, "
            "last_seen_at = ?, missing_since = ? WHERE agency = ? AND key = ?",
            [
                (
                    q.list_url, q.rank, q.state, _iso(q.first_seen_at) or "", _iso(q.answer_seen_at),
                    _iso(q.last_seen_at) or "", _iso(q.missing_since), visit.agency, q.key,
                )
                for q in follow(known, visit.archive_list, visit.started_at)
            ],
        )  # fmt: skip


def _save_thread(db: Database, scan: int, agency: str, thread: Mapping[str, Any], pages: Mapping[str, int]) -> None:
    """Upsert a question. What an earlier visit saw of it, an answer or a date, is kept if this one does not show it."""
    row = {**thread, "agency": agency, "scan": scan, "page": pages[thread["page"]]}
    names = [f"[{name}]" for name in row]
    changed = {name: f"excluded.{name}" for name in names if name not in ("[agency]", "[key]")}
    changed["[answered]"] = "MAX(excluded.[answered], [answered])"
    changed["[unit]"] = "CASE excluded.[unit] WHEN '' THEN [unit] ELSE excluded.[unit] END"
    changed |= {name: f"COALESCE(excluded.{name}, {name})" for name in ("[asked_on]", "[answered_on]")}
    db.execute(
        f"INSERT INTO qa_thread ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "
        f"ON CONFLICT (agency, key) DO UPDATE SET {', '.join(f'{name} = {value}' for name, value in changed.items())}",
        list(row.values()),
    )


_ALONE_OF = "SELECT url FROM qa_thread WHERE agency = ? GROUP BY url HAVING COUNT(*) = 1"


def _alone(db: Database, agency: str) -> set[str]:
    """Return the addresses of one agency that show one question."""
    return {url for (url,) in db.execute(_ALONE_OF, [agency])}


def _forget_titles(db: Database, visit: int, agency: str) -> None:
    """Drop the titles of one visit's pages with one citizen's question; its questions are stored."""
    db.execute(f"UPDATE page SET title = '' WHERE last_visit = ? AND url IN ({_ALONE_OF})", [visit, agency])


def save_checks(db: Database, scan: int, checks: Iterable[LinkCheck], pages: Mapping[str, int]) -> None:
    """Store what a visit saw of addresses that replies named, in the caller's transaction."""
    db.conn.executemany(
        "INSERT INTO link_check (scan, url, page, media_type) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(scan, check.url, pages[check.page_url], check.media_type) for check in checks],
    )


_FOLLOWED = "key, list_url, rank, answered, state, first_seen_at, answer_seen_at, last_seen_at, missing_since"


def _followed(
    key: str, list_url: str, rank: float | None, answered: int, state: str, first: str, answer: str | None, last: str,
    missing: str | None,
) -> FollowedQuestion:  # fmt: skip
    moments = (datetime.fromisoformat(text) if text else None for text in (first, answer, last, missing))
    return FollowedQuestion(key, list_url, rank, bool(answered), QuestionState(state), *moments)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _insert(db: Database, table: str, row: Mapping[str, Any], conflict: str = "") -> int:
    row_id = db.conn.execute(_insertion(table, tuple(row), conflict), row).lastrowid
    assert row_id is not None
    return row_id


@cache
def _insertion(table: str, columns: tuple[str, ...], conflict: str = "") -> str:
    names = ", ".join(f"[{name}]" for name in columns)
    marks = ", ".join(f":{name}" for name in columns)
    return f"INSERT {conflict} INTO [{table}] ({names}) VALUES ({marks})"
