"""Read everything about one province of one frame: its sites, the requests to its agencies, the changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prober.store import Database
from prober.store.reading.change_looks import with_looks
from prober.store.reading.queries import Row, first, rows
from prober.store.reading.report_rows import CHANGES_SHOWN

THREADS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Site:
    """One agency of a province, and the results of its site. `visit` is its row of `coverage`, None if unvisited."""

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

    sites: tuple[Site, ...]
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


_OF_SITE = ("coverage", "proofs", "observations", "disputes", "searches", "activity")


def _sites(db: Database, agencies: Sequence[Row]) -> Iterator[Site]:
    """Yield the sites of a province.

    Each view is asked for one of them: what is asked of several at once is looked for among all agencies.
    """
    for agency in agencies:
        name = agency["id"]
        seen = {view: rows(db, view, agency=name) for view in _OF_SITE}
        count = first(db, "thread_count", agency=name)
        yield Site(
            agency=agency,
            visit=next(iter(seen["coverage"]), None),
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
