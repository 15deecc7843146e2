"""Make a results.db of thousands of nights from the newest scan of a demo run.

`python -m benchmarks.nights DEMO.db OUT.db [OBSERVATIONS [SEED]]`

Each night sees nearly the same as the night before: some words change, some things vanish for days or are new, some
pages have other bytes, some sites are not reached. So histories become as long as those of a real database.
"""

import random
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

from benchmarks.record import Tell
from prober.domain.indicator import BY_KIND
from prober.store import open_results
from prober.store.schema import full_text

OBSERVATIONS = 5_000_000
SEED = 2019
CAMPAIGNS = 20
OF_MAIL = ("campaign", "legal_requirement", "request", "reply", "request_event", "deadline")
# Out of 1,000 per night: sites not reached, pages with other bytes, findings in other words, findings that vanish or
# are replaced by a new one, agencies with a new question.
UNREACHED, OTHER_BYTES, REWORDED, VANISHED, REPLACED, ASKED = 10, 100, 5, 2, 1, 150
# The newest scan of the demo, which crawls several times, becomes the first night; what only earlier ones saw is gone.
FIRST_NIGHT = """
CREATE TEMP TABLE newest AS SELECT id, agency FROM visit WHERE scan = (SELECT MAX(id) FROM scan);
DELETE FROM change;
DELETE FROM verdict WHERE scan < (SELECT MAX(id) FROM scan);
DELETE FROM observation WHERE last_visit NOT IN (SELECT id FROM newest);
UPDATE observation SET visit = last_visit;
DELETE FROM page WHERE last_visit NOT IN (SELECT id FROM newest) AND id NOT IN
  (SELECT page FROM observation UNION SELECT page FROM qa_thread UNION SELECT page FROM link_check WHERE page);
UPDATE page SET last_visit = (SELECT id FROM newest WHERE agency = page.agency);
UPDATE page SET visit = last_visit;
UPDATE evidence SET page = NULL WHERE page NOT IN (SELECT id FROM page);
DELETE FROM visit WHERE id NOT IN (SELECT id FROM newest);
DELETE FROM scan WHERE id < (SELECT MAX(id) FROM scan);
UPDATE scan SET id = 1;
UPDATE visit SET scan = 1;
UPDATE verdict SET scan = 1;
UPDATE finding SET first_scan = 1, last_scan = 1;
UPDATE qa_thread SET scan = 1;
UPDATE site_proposal SET scan = 1;
UPDATE link_check SET scan = 1;
UPDATE search_record SET first_scan = 1;
DROP TABLE newest;
"""
Row = dict[str, Any]
Waiting = dict[str, list[Row]]  # rows of one night by table, in the order in which they can be written


def grow(source: Path, target: Path, observations: int, seed: int, tell: Tell) -> int:
    """Write `target` with about `observations` things seen, counted night by night; return the number of nights.

    What a night saw as the night before is no row of its own (docs/schema.md). The same seed gives the same rows.
    """
    with closing(sqlite3.connect(source)) as demo:
        demo.execute("VACUUM INTO ?", [str(target)])
    with closing(sqlite3.connect(target)) as db:
        db.row_factory = sqlite3.Row
        db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-500000")
        indexes = bare(db)
        db.executescript(FIRST_NIGHT)
        sites = _Sites(db, random.Random(seed))
        nights = 1
        while sites.observed < observations:
            nights += 1
            for table, rows in sites.night(nights).items():
                _insert(db, table, rows)
            if nights % 200 == 0:
                tell(f"{nights} nights, {sites.observed:,} observations")
        for table, rows in sites.standing().items():
            _insert(db, table, rows)
        _campaigns(db)
        db.commit()
        for sql in indexes:
            db.execute(sql)
        last = "SELECT v.scan FROM observation o JOIN visit v ON v.id = o.last_visit WHERE o.finding = finding.id"
        db.execute(f"UPDATE finding SET last_scan = COALESCE(({last} ORDER BY o.last_visit DESC LIMIT 1), last_scan)")
        db.commit()
    tell("rows and indexes written")
    open_results(target).close()  # fills the full-text search, whose triggers were dropped
    return nights


def bare(db: sqlite3.Connection) -> list[str]:
    """Drop indexes and triggers, which are cheaper to make at the end; return the statements of the indexes."""
    for index in full_text.INDEXES:
        for event in ("insert", "update", "delete"):
            db.execute(f"DROP TRIGGER IF EXISTS [{index.name}_{event}]")
    found = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for name, _ in found:
        db.execute(f"DROP INDEX [{name}]")
    return [sql for _, sql in found]


class _Sites:
    """The present content of every site, and the rows of the next night made from it."""

    def __init__(self, db: sqlite3.Connection, rng: random.Random) -> None:
        self._rng = rng
        self._scan, *_ = _rows(db, "scan")
        self._start = datetime.fromisoformat(self._scan["started_at"])
        tables = ("visit", "page", "observation")
        self._next = {table: 1 + max(row["id"] for row in _rows(db, table)) for table in tables}
        self._visits = _rows(db, "visit")
        self._verdicts = _by(_rows(db, "verdict"), itemgetter("agency"))
        self._pages = _by(_rows(db, "page"), itemgetter("agency"))
        self._findings = {row["id"]: row for row in _rows(db, "finding")}
        self._last = {visit["agency"]: visit["id"] for visit in self._visits}
        pages = {page["id"]: page for found in self._pages.values() for page in found}
        # Number in the first night, row that stands, page that it is on.
        self._shown: dict[str, list[tuple[int, Row, Row]]] = {}
        for row in _rows(db, "observation"):
            shown = self._shown.setdefault(self._findings[row["finding"]]["agency"], [])
            shown.append((row["id"], row, pages[row["page"]]))
        db.execute("DELETE FROM observation")  # each row is written when it stands no longer
        db.execute("DELETE FROM page")
        self._evidence = {row["sha256"]: row for row in _rows(db, "evidence") if row["kind"] == "warc"}
        self._threads = _rows(db, "qa_thread")
        self._asked = len(self._threads)
        self._away: dict[int, int] = {}  # finding → night on which it is back
        self.observed = sum(map(len, self._shown.values()))

    def night(self, night: int) -> Waiting:
        at = (self._start + timedelta(days=night - 1)).isoformat()
        tables = ("scan", "visit", "page", "evidence", "finding", "observation", "verdict", "change", "qa_thread")
        rows: Waiting = {table: [] for table in tables}
        rows["scan"].append({**self._scan, "id": night, "started_at": at, "finished_at": at})
        for visit in self._visits:
            lost = visit["outcome"] == "seen" and self._chance(UNREACHED)
            self._visit(rows, visit, night, at, lost)
        rows["run"] = [{"command": "crawl", "world": "sandbox", "started_at": at, "status": "done", "version": "0.1.0"}]
        return rows

    def standing(self) -> Waiting:
        """Return the rows that stood to the last night."""
        shown = [row for found in self._shown.values() for _, row, _ in found]
        return {"page": [page for found in self._pages.values() for page in found], "observation": shown}

    def _visit(self, rows: Waiting, visit: Row, night: int, at: str, lost: bool) -> None:
        agency = visit["agency"]
        before, number = self._last[agency], self._take("visit")
        self._last[agency] = number
        made = {**visit, "id": number, "scan": night, "started_at": at, "finished_at": at}
        if lost:
            made |= {"outcome": "unreachable", "failure": "timeout", "pages": 0}
        rows["visit"].append(made)
        for page in [] if lost else self._pages[agency]:
            self._page(rows, page, (before, number, night), at)
        seen: dict[int, int] = {}  # observation of the first night → this night's
        for first, shown, page in [] if lost else self._shown.get(agency, []):
            was = dict(shown)
            if self._is_there(rows, shown, night):
                shown["page"] = page["id"]
                if page["sha256"] in self._evidence:
                    shown["warc"] = page["sha256"]
                if shown != was or shown["last_visit"] != before:
                    rows["observation"].append(was)
                    shown |= {"id": self._take("observation"), "visit": number}
                shown["last_visit"] = number
                seen[first] = shown["id"]
        self.observed += len(seen)
        for verdict in self._verdicts[agency]:
            rows["verdict"].append(_concluded({**verdict, "id": None, "scan": night}, seen, lost))
        if self._pages.get(agency) and not lost and self._chance(ASKED):
            rows["qa_thread"].append(self._thread(agency, night, self._pages[agency][0]["id"], at))

    def _page(self, rows: Waiting, page: Row, numbers: tuple[int, int, int], at: str) -> None:
        """Let a page stand one night longer, or begin anew. `numbers`: visit before, this visit, night."""
        before, number, night = numbers
        was = dict(page)
        if page["sha256"] in self._evidence and self._chance(OTHER_BYTES):
            record = self._evidence.pop(page["sha256"])
            page["sha256"] = f"{self._rng.getrandbits(256):064x}"
            new = {**record, "sha256": page["sha256"], "path": f"warc/scan-{night:05d}.warc.gz", "page": None}
            self._evidence[page["sha256"]] = new
            rows["evidence"].append(new)
        if page != was or page["last_visit"] != before:
            rows["page"].append(was)
            page |= {"id": self._take("page"), "visit": number, "fetched_at": at}
        page |= {"last_visit": number, "last_fetched_at": at}

    def _is_there(self, rows: Waiting, shown: Row, night: int) -> bool:
        """Return True if the night sees a finding; its words may change, and a new finding may replace it."""
        finding = self._findings[shown["finding"]]
        compared = finding["category"] in BY_KIND[finding["kind"]].compared
        back = self._away.get(finding["id"], 0)
        if back > night:
            return False
        if back == night and compared:
            rows["change"].append(_change(finding, night, "appeared"))
        if self._chance(REWORDED):
            shown["snippet"] = f"{night} {shown['snippet']}"[:300]
        # Mail addresses are left out: an invented one would fail the gates of publication.
        if "://" in finding["value"] and self._chance(REPLACED):
            self._replace(rows, shown, finding, night)
        elif self._chance(VANISHED):
            self._away[finding["id"]] = night + self._rng.randint(1, 30)
            if compared:
                rows["change"].append(_change(finding, night, "vanished"))
            return False
        return True

    def _replace(self, rows: Waiting, shown: Row, finding: Row, night: int) -> None:
        new = {
            **finding,
            "id": 1 + len(self._findings),
            "value": f"{finding['value'].partition('?night=')[0]}?night={night}",
        }
        new |= {"first_scan": night, "last_scan": night}
        self._findings[new["id"]] = new
        shown["finding"] = new["id"]
        rows["finding"].append(new)

    def _thread(self, agency: str, night: int, page: int, at: str) -> Row:
        self._asked += 1
        like = self._rng.choice(self._threads)
        key = f"{self._asked:064x}"
        return {**like, "id": None, "agency": agency, "scan": night, "page": page, "key": key, "asked_on": at[:10]}

    def _take(self, table: str) -> int:
        self._next[table] += 1
        return self._next[table] - 1

    def _chance(self, of_a_thousand: int) -> bool:
        return self._rng.random() * 1000 < of_a_thousand


def _concluded(verdict: Row, seen: dict[int, int], lost: bool) -> Row:
    if lost:
        return verdict | {"state": "not_seen", "level": 0, "reason": '[{"code":"timeout"}]', "observation": None}
    if verdict["observation"] is None:
        return verdict
    # If the best proof is missing tonight, another observation is the proof.
    proof = seen.get(verdict["observation"], next(iter(seen.values()), None))
    return verdict | {"observation": proof}


def _change(finding: Row, night: int, what: str) -> Row:
    value = (
        {"before": "", "after": finding["value"]} if what == "appeared" else {"before": finding["value"], "after": ""}
    )
    return {
        "agency": finding["agency"], "kind": finding["kind"], "from_scan": night - 1, "to_scan": night,
        "finding": finding["id"], "what": what, "cause": "site", **value,
    }  # fmt: skip


def _campaigns(db: sqlite3.Connection) -> None:
    """Copy the one campaign of the demo several times, a quarter of a year apart."""
    held = {table: _rows(db, table) for table in OF_MAIL}
    steps = {table: max((row["id"] for row in rows), default=0) for table, rows in held.items() if table != "campaign"}
    for wave in range(1, CAMPAIGNS):
        later = timedelta(days=90 * wave)
        for table, rows in held.items():
            _insert(db, table, [_again(table, row, wave, later, steps) for row in rows])


def _again(table: str, row: Row, wave: int, later: timedelta, steps: dict[str, int]) -> Row:
    new = {name: _moved(name, value, later) for name, value in row.items()}
    if table == "campaign":
        return new | {"id": f"wave-{wave:02d}"}
    new["id"] += wave * steps[table]
    if "campaign" in new:
        new["campaign"] = f"wave-{wave:02d}"
    for parent in ("request", "reply"):
        if new.get(parent):
            new[parent] += wave * steps[parent]
    return new


def _moved(name: str, value: Any, later: timedelta) -> Any:
    return (
        (datetime.fromisoformat(value) + later).isoformat()
        if (name == "at" or name.endswith("_at")) and value
        else value
    )


def _insert(db: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    if rows:
        names = list(rows[0])
        sql = f"INSERT INTO [{table}] ({', '.join(f'[{n}]' for n in names)}) VALUES ({', '.join('?' * len(names))})"
        db.executemany(sql, [tuple(row.values()) for row in rows])


def _rows(db: sqlite3.Connection, table: str) -> list[Row]:
    return [dict(row) for row in db.execute(f"SELECT * FROM [{table}] ORDER BY rowid")]


def _by(rows: list[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


if __name__ == "__main__":
    source, target, *numbers = sys.argv[1:]
    wanted, seed = (*map(int, numbers), *(OBSERVATIONS, SEED)[len(numbers) :])
    print(grow(Path(source), Path(target), wanted, seed, print), "nights")
