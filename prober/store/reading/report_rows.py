"""Read one frame of results.db in one transaction: its newest campaign and scan, and all that a report shows."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from prober.domain.agency import Reference, Succession, Term
from prober.domain.indicator import is_name
from prober.errors import UsageError
from prober.store import Database, one_state, only_read
from prober.store.reading import campaign_pairs
from prober.store.reading.queries import Row, first, rows
from prober.store.results.registry import named
from prober.store.schema.migrations import RESULTS

CHANGES_SHOWN = 200
RUNS_SHOWN = 20
_OF_FRAME = (
    "agencies", "headline", "provinces", "proofs", "observations", "searches", "not_seen", "visited", "activity",
    "disputes",
)  # fmt: skip
_OF_CAMPAIGN = ("requests", "replies", "deadlines")


@dataclass(frozen=True, slots=True)
class Survey:
    """One frame with results, and the kinds of its agencies; `campaign` and `scan` are its newest, or None.

    `as_of` is the time at which data were last added, not the time of reading: the same database gives the same report.
    """

    frame: str
    kinds: tuple[str, ...]
    terms: tuple[Term, ...]  # what its study calls its frames and kinds
    world: str
    as_of: str
    campaign: Row | None
    scan: Row | None


@dataclass(frozen=True, slots=True)
class ReportRows(Survey):
    """Everything that one report shows, as rows of the queries of the same names (prober.store.reading.queries).

    `successions` tell which agency took over from each agency of the frame; `earlier` is the campaign of which this one
    is the second wave, with `earlier_requests`.
    """

    agencies: tuple[Row, ...]
    headline: tuple[Row, ...]
    provinces: tuple[Row, ...]
    proofs: tuple[Row, ...]
    observations: tuple[Row, ...]
    searches: tuple[Row, ...]
    not_seen: tuple[Row, ...]  # sites of which something could not be seen
    visited: tuple[Row, ...]
    activity: tuple[Row, ...]
    disputes: tuple[Row, ...]
    changes: tuple[Row, ...]
    second_look: tuple[Row, ...]  # changes that wait for a second look
    requests: tuple[Row, ...]
    replies: tuple[Row, ...]
    deadlines: tuple[Row, ...]
    runs: tuple[Row, ...]
    other_surveys: tuple[Row, ...]
    references: tuple[Reference, ...]
    successions: tuple[tuple[str, str], ...]
    earlier: Row | None
    earlier_requests: tuple[Row, ...]


def surveys(db: Database) -> tuple[Survey, ...]:
    """Return every frame that was scanned or asked, the one changed last first."""
    as_of = first(db, "as_of") or {"at": ""}
    frames = db.query(
        "SELECT frame FROM (SELECT frame, started_at AS at FROM scan UNION ALL SELECT frame, created_at FROM campaign) "
        "GROUP BY frame ORDER BY MAX(at) DESC, frame"
    )
    return tuple(_survey(db, row["frame"], str(as_of["at"])) for row in list(frames))


def _survey(db: Database, frame: str, as_of: str) -> Survey:
    campaign, scan = first(db, "newest_campaign", frame=frame), first(db, "scans", frame=frame)
    kinds = db.execute("SELECT DISTINCT kind FROM agency WHERE frame = ? ORDER BY kind", [frame]).fetchall()
    world = (campaign or scan or {})["world"]
    return Survey(frame, tuple(kind for (kind,) in kinds), named(db), world, as_of, campaign, scan)


def report_rows(db: Database, frame: str | None = None, listed: Sequence[Succession] = ()) -> ReportRows:
    """Return the newest results of `frame`; without one, of the frame that a scan or campaign changed last.

    `listed` are the successions of the study's list, for agencies that the database has no row for.

    Raises UsageError where nothing was scanned or asked yet, or nothing in that frame.
    """
    with one_state(db):
        survey = chosen(db, frame)
        campaign = survey.campaign
        earlier = first(db, "campaigns", id=campaign["pairs_with"]) if campaign else None
        found = {name: rows(db, name, frame=survey.frame) for name in _OF_FRAME}
        found |= {name: rows(db, name, campaign=_id(campaign)) for name in _OF_CAMPAIGN}
        found["changes"] = rows(db, "changes", frame=survey.frame, cause="site", limit=CHANGES_SHOWN)
        found["second_look"] = rows(db, "changes", frame=survey.frame, cause="second_look", limit=CHANGES_SHOWN)
        found["earlier_requests"] = rows(db, "requests", campaign=_id(earlier))
        found["other_surveys"] = rows(db, "other_surveys")
        found["runs"] = rows(db, "runs", limit=RUNS_SHOWN)
        ours = {row["id"] for row in found["agencies"]}
        successions = tuple(pair for pair in campaign_pairs.successions(db, listed) if pair[0] in ours)
    return ReportRows(
        frame=survey.frame, kinds=survey.kinds, terms=survey.terms, world=survey.world, as_of=survey.as_of,
        campaign=campaign, scan=survey.scan, successions=successions, earlier=earlier, references=references(db),
        **found,
    )  # fmt: skip


def references(db: Database) -> tuple[Reference, ...]:
    """Return the results of earlier surveys that the study compares its own with."""
    return tuple(Reference(*row) for row in db.execute("SELECT * FROM reference_result ORDER BY frame, indicator"))


def reference(db: Database, frame: str) -> Reference | None:
    """Return what the survey says with which results of `frame` are compared; None where there is none."""
    return next((one for one in references(db) if one.frame == frame), None)


def chosen(db: Database, frame: str | None) -> Survey:
    """Return `frame`, or the one that was touched last. Raises UsageError where it has no results."""
    known = surveys(db)
    if not known and not frame:
        raise UsageError("no results yet: run `prober demo`, or `prober crawl` and a campaign, first")
    for survey in known:
        if frame in (None, "", survey.frame):
            return survey
    names = ", ".join(sorted(survey.frame for survey in known)) or "none"
    raise UsageError(f"frame {frame!r} was neither crawled nor asked; frames with results: {names}")


def _id(campaign: Row | None) -> str:
    return str(campaign["id"]) if campaign else ""


def view_columns() -> dict[str, list[str]]:
    """Return the columns of every view, in order, read from an empty database made from the same declarations."""
    db = Database(memory=True)
    RESULTS.migrate(db)
    columns = {name: [row["name"] for row in db.query(f"PRAGMA table_info([{name}])")] for name in db.view_names()}
    db.close()
    return columns


def own_columns(path: Path) -> list[str]:
    """Return the columns of `participation` in a file that are of indicators of its study, besides those of POBI."""
    with suppress(sqlite3.Error), closing(only_read(path).conn) as held:
        names = [row[1] for row in held.execute("PRAGMA table_info(participation)")]
        return [name for name in names if name.startswith("has_") and is_name(name[4:])]
    return []


def terms_of(path: Path) -> tuple[Term, ...]:
    """Return what the study of a file calls its frames and kinds; () for a file that has no such words."""
    with suppress(sqlite3.Error):
        db = only_read(path)
        with closing(db.conn):
            return named(db)
    return ()


def number_of_agencies(path: Path) -> int:
    """Return how many agencies a file has; 0 for one that cannot be read."""
    with suppress(sqlite3.Error), closing(only_read(path).conn) as held:
        return int(held.execute("SELECT COUNT(*) FROM agency").fetchone()[0])
    return 0
