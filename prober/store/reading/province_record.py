"""Read everything about one province of one frame: its sites, the requests to its agencies, the changes.

Both sides of a change have their evidence: the words and the page where something was seen, and where it was not, how
many addresses were looked at, or why nothing could be seen.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prober.domain.finding import State
from prober.store import Database
from prober.store.reading.queries import Row, first, rows
from prober.store.reading.report_rows import CHANGES_SHOWN

THREADS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class AgencySite:
    """One agency of a province, and the results of its site. `visit` is its row of `not_seen`, None if unvisited."""

    agency: Row
    visit: Row | None
    proofs: tuple[Row, ...]
    observations: tuple[Row, ...]
    disputes: tuple[Row, ...]
    searches: tuple[Row, ...]
    activity: Row | None
    threads: tuple[Row, ...]
    thread_count: int
    removed_count: int  # of these, gone from the site


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request to an agency of the province, of any campaign, with all its events."""

    request: Row
    campaign: Row
    events: tuple[Row, ...]
    replies: tuple[Row, ...]
    links: tuple[Row, ...]  # addresses that the replies name, as in `answer_links`
    deadlines: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ProvinceRecord:
    """Everything known of one province of one frame. The portal is the first of its sites."""

    sites: tuple[AgencySite, ...]
    asked: tuple[RequestRecord, ...]
    changes: tuple[Row, ...]  # with what each visit saw of them


def record(db: Database, frame: str, province: str) -> ProvinceRecord | None:
    """Return all about one province; None where the frame has no province of that name."""
    agencies = rows(db, "agencies", frame=frame, province=province)
    if not agencies:
        return None
    requests = rows(db, "requests", frame=frame, province=province)
    newest_first = sorted(requests, key=lambda row: (row["accepted_at"] or "", row["request"]), reverse=True)
    return ProvinceRecord(
        sites=tuple(_sites(db, agencies)),
        asked=tuple(_asked(db, request) for request in newest_first),
        changes=with_looks(
            db,
            [row for agency in agencies for row in rows(db, "changes", agency=agency["id"], limit=CHANGES_SHOWN)],
        ),
    )


def neighbours(db: Database, agency: Row) -> tuple[Row, ...]:
    """Return who stands before and after an agency among those of its frame and kind, by slug, as in a circle.

    None for one that is alone.
    """
    found: list[Row] = []
    own = {name: agency[name] for name in ("frame", "kind", "slug")}
    for order, beyond in (("DESC", "<"), ("ASC", ">")):
        sql = f"SELECT * FROM agency WHERE frame = :frame AND kind = :kind AND {{}} ORDER BY slug {order} LIMIT 1"
        there = [*db.query(sql.format(f"slug {beyond} :slug"), own)] or [*db.query(sql.format("slug != :slug"), own)]
        found += there
    return tuple(found)


_OF_SITE = ("visited", "proofs", "observations", "disputes", "searches", "activity")


def _sites(db: Database, agencies: Sequence[Row]) -> Iterator[AgencySite]:
    """Yield the sites of a province.

    Each view is asked for one of them: what is asked of several at once is looked for among all agencies.
    """
    for agency in agencies:
        name = agency["id"]
        seen = {view: rows(db, view, agency=name) for view in _OF_SITE}
        count = first(db, "thread_count", agency=name)
        yield AgencySite(
            agency=agency,
            visit=next(iter(seen["visited"]), None),
            proofs=seen["proofs"],
            observations=seen["observations"],
            disputes=seen["disputes"],
            searches=seen["searches"],
            activity=next(iter(seen["activity"]), None),
            threads=rows(db, "threads", agency=name, limit=THREADS_SHOWN),
            thread_count=int(count["n"]) if count else 0,
            removed_count=int(count["removed"]) if count else 0,
        )


def _asked(db: Database, request: Row) -> RequestRecord:
    campaign = first(db, "campaigns", id=request["campaign"])
    assert campaign is not None  # guaranteed by a foreign key
    of = {name: rows(db, name, request=request["request"]) for name in ("events", "replies", "links", "deadlines")}
    return RequestRecord(request=request, campaign=campaign, **of)


Key = tuple[int, str, str, int | None]  # scan, agency, kind, finding


def with_looks(db: Database, changes: Sequence[Row]) -> tuple[Row, ...]:
    """Return rows of the view `changes`, each with `looks`: the visits that tell of it, oldest first.

    A look has the scan, its day (`at`), its `part` (before, after, second, now), state and level, the words and the
    page that prove it, or the number of addresses that were searched.
    """
    agencies = sorted({row["agency"] for row in changes})
    newest = dict(db.execute(_NEWEST, [json.dumps(agencies)]).fetchall())
    wanted = [list(_parts(row, newest.get(row["agency"], 0))) for row in changes]
    keys = sorted({key for parts in wanted for _, key in parts}, key=str)
    seen = {keys[row.pop("place")]: row for row in db.query(_LOOKS, [json.dumps(keys)])}
    return tuple(
        {**row, "looks": [_look(part, row, seen[key]) for part, key in parts if key in seen]}
        for row, parts in zip(changes, wanted, strict=True)
    )


def _parts(change: Row, newest: int) -> Iterator[tuple[str, Key]]:
    """Yield the visits that tell of a change; the newest one only where it is none of the others."""
    scans = {"before": change["from_scan"], "after": change["to_scan"], "second": change["second_scan"]}
    if newest not in scans.values():
        scans["now"] = newest
    finding = change["finding"]
    return ((part, (scan, change["agency"], change["kind"], finding)) for part, scan in scans.items() if scan)


def _look(part: str, change: Row, seen: Row) -> Row:
    """Return one look. A visit decides on a single finding by showing it, or by having seen all and not it."""
    state = seen["state"] or State.NOT_SEEN
    if change["finding"]:
        missed = State.NOT_FOUND if seen["looked"] else State.NOT_SEEN
        state = State.FOUND if seen["shown"] == State.FOUND else missed
    return {**seen, "part": part, "state": state}


_NEWEST = "SELECT agency, MAX(scan) FROM visit WHERE agency IN (SELECT value FROM json_each(?)) GROUP BY agency"
_LOOKS = """
SELECT j.key AS place, t.scan, t.started_at AS at, t.outcome, t.failure,
  w.state = 'not_found' OR w.state = 'found' AND t.outcome = 'seen' AS looked, w.state, w.level,
  w.reason, o.state AS shown, o.snippet, p.url AS page_url,
  CASE t.id WHEN p.last_visit THEN p.last_fetched_at WHEN p.visit THEN p.fetched_at ELSE t.finished_at END
    AS fetched_at,
  p.sha256 AS page_sha256, e.path AS warc_path, e.warc_offset, t.search_record, (
    SELECT COUNT(*) FROM search_step s WHERE s.record = t.search_record AND s.url != ''
  ) AS searched
FROM json_each(?) j
CROSS JOIN visit t ON t.scan = j.value ->> 0 AND t.agency = j.value ->> 1
LEFT JOIN verdict w ON w.scan = t.scan AND w.agency = t.agency AND w.kind = j.value ->> 2
LEFT JOIN observation o ON o.id = CASE WHEN j.value ->> 3 IS NULL THEN w.observation ELSE (
  SELECT id FROM observation WHERE finding = j.value ->> 3 AND t.id BETWEEN visit AND last_visit) END
LEFT JOIN page p ON p.id = o.page
LEFT JOIN evidence e ON e.sha256 = o.warc
"""
