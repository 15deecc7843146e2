"""What the report reads: one frame of results.db as plain rows, taken in one read transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from prober.domain.finding import OFFICIAL
from prober.errors import UsageError
from prober.store import one_state
from prober.store.reading import campaign_pairs
from prober.store.schema.migrations import RESULTS

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Study:
    """Everything that one report shows, as rows of the views and tables named in `_QUERIES`.

    The rows are of one frame; `successions` tell which agency took over from each of its agencies. `campaign` and
    `scan` are None where there was none; `earlier` is the campaign of which this one is the second wave, with
    `earlier_requests`. `as_of` is the moment at which the data were last added to, not the moment of reading: the same
    database gives the same report.
    """

    frame: str
    world: str
    as_of: str
    agencies: tuple[Row, ...]
    successions: tuple[tuple[str, str], ...]
    headline: tuple[Row, ...]
    provinces: tuple[Row, ...]
    proofs: tuple[Row, ...]
    observations: tuple[Row, ...]
    gaps: tuple[Row, ...]
    coverage: tuple[Row, ...]
    activity: tuple[Row, ...]
    changes: tuple[Row, ...]
    disputes: tuple[Row, ...]
    requests: tuple[Row, ...]
    earlier_requests: tuple[Row, ...]
    replies: tuple[Row, ...]
    deadlines: tuple[Row, ...]
    campaign: Row | None
    earlier: Row | None
    scan: Row | None
    runs: tuple[Row, ...]

    @property
    def simulated(self) -> bool:
        return self.world == "sandbox"


_REQUESTS = """
    SELECT t.*, r.position, r.to_address, r.token, r.reminder_state, r.reminded_at, r.legally_valid, r.legal_reasons,
      r.arm, r.block, COALESCE(NULLIF(t.province, ''), t.agency) AS place
    FROM reply_times t JOIN request r ON r.id = t.request
    WHERE t.campaign = :{campaign} ORDER BY t.agency"""
# Of latest_observation o, only what a card can show: addresses and channels, and where a person may ask.
ON_CARDS = f"""o.value != '' AND o.state = 'present' AND (
  o.kind = 'social' OR (o.kind = 'access' AND o.category IN ('regulation', 'focal_point')) OR (
  o.kind = 'email' AND o.category IN {OFFICIAL}))"""
CARD_ORDER = "ORDER BY o.agency, o.kind, o.confidence DESC, o.category, o.value"

_QUERIES = {
    "agencies": "SELECT id, kind, province, name_vi, name_en, region, region_en FROM agency WHERE frame = :frame",
    "headline": "SELECT * FROM headline WHERE frame = :frame",
    "provinces": "SELECT * FROM participation WHERE frame = :frame",
    "proofs": "SELECT * FROM proof WHERE frame = :frame",
    "observations": f"""
        SELECT o.* FROM latest_observation o JOIN agency a ON a.id = o.agency
        WHERE a.frame = :frame AND {ON_CARDS} {CARD_ORDER}""",
    "gaps": "SELECT * FROM gaps WHERE frame = :frame",
    "coverage": "SELECT * FROM coverage WHERE frame = :frame",
    "disputes": "SELECT * FROM disputes WHERE frame = :frame",
    "changes": """
        SELECT * FROM changes WHERE frame = :frame AND cause = 'site' ORDER BY to_scan DESC, agency, id LIMIT 200""",
    "activity": "SELECT * FROM qa_activity WHERE frame = :frame",
    "requests": _REQUESTS.format(campaign="campaign"),
    "earlier_requests": _REQUESTS.format(campaign="earlier"),
    "replies": """
        SELECT p.* FROM reply p JOIN request r ON r.id = p.request
        WHERE r.campaign = :campaign ORDER BY p.request, p.received_at, p.id""",
    "deadlines": """
        SELECT d.* FROM deadline d JOIN request r ON r.id = d.request
        WHERE r.campaign = :campaign ORDER BY d.request, d.due_on, d.rule""",
    "runs": "SELECT * FROM run ORDER BY id DESC LIMIT 20",
}


def study(db: Database, frame: str | None = None) -> Study:
    """The newest results of `frame`; without one, of the frame that a scan or campaign touched last.

    Raises UsageError where nothing was scanned or asked yet, or nothing in that frame.
    """
    with one_state(db):
        frame = frame or _latest_frame(db)
        campaign, scan = newest(db, frame)
        if campaign is None and scan is None:
            raise UsageError(f"frame {frame!r} was neither crawled nor asked; frames with results: {_frames(db)}")
        earlier = first(db, "SELECT * FROM campaign WHERE id = ?", campaign["pairs_with"]) if campaign else None
        names = {
            "frame": frame,
            "campaign": campaign["id"] if campaign else "",
            "earlier": earlier["id"] if earlier else "",
        }
        as_of = str(db.execute("SELECT at FROM as_of").fetchone()[0])
        rows = {name: tuple(db.query(sql, names)) for name, sql in _QUERIES.items()}
        ours = {row["id"] for row in rows["agencies"]}
        successions = tuple(pair for pair in campaign_pairs.successions(db) if pair[0] in ours)
    world = str((campaign or scan or {})["world"])
    return Study(
        frame=frame, world=world, as_of=as_of, successions=successions, campaign=campaign, earlier=earlier, scan=scan,
        **rows,
    )  # fmt: skip


def newest(db: Database, frame: str) -> tuple[Row | None, Row | None]:
    """The newest campaign and the newest scan of `frame`."""
    campaign = first(
        db,
        "SELECT c.* FROM campaign c JOIN latest_campaign l ON l.campaign = c.id "
        "WHERE l.frame = ? ORDER BY l.kind = 'finance' DESC LIMIT 1",
        frame,
    )
    return campaign, first(db, "SELECT * FROM scan WHERE frame = ? ORDER BY id DESC LIMIT 1", frame)


def first(db: Database, sql: str, *values: object) -> Row | None:
    """The first row, or None."""
    return next(iter(db.query(sql, values)), None)


def grouped(rows: Iterable[Row], column: str) -> defaultdict[object, list[Row]]:
    """What the column holds → its rows, in their order."""
    found: defaultdict[object, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def _latest_frame(db: Database) -> str:
    row = first(
        db,
        "SELECT frame FROM (SELECT frame, started_at AS at FROM scan UNION ALL SELECT frame, created_at FROM campaign) "
        "ORDER BY at DESC, frame LIMIT 1",
    )
    if row is None:
        raise UsageError("no results yet: run `prober demo`, or `prober crawl` and a campaign, first")
    return str(row["frame"])


def _frames(db: Database) -> str:
    rows = db.query("SELECT frame FROM scan UNION SELECT frame FROM campaign ORDER BY frame")
    return ", ".join(str(row["frame"]) for row in rows) or "none"


def view_columns() -> dict[str, list[str]]:
    """The columns of every view, in order, asked of an empty database made from the same declarations."""
    db = Database(memory=True)
    RESULTS.migrate(db)
    columns = {name: [row["name"] for row in db.query(f"PRAGMA table_info([{name}])")] for name in db.view_names()}
    db.close()
    return columns
