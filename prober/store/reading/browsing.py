"""What the pages of `prober serve` read: one frame at a glance, and everything about one province."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from prober.domain.agency import FRAMES, agencies
from prober.store import Database
from prober.store.reading.study import CARD_ORDER, ON_CARDS, Row, first, grouped, newest

CHANGES_SHOWN = 200
THREADS_SHOWN = 8
_HERE = "agency IN (SELECT id FROM agency WHERE frame = ? AND province = ?)"
_LINKS = """
    SELECT * FROM answer_links WHERE reply IN (SELECT id FROM reply WHERE request = ?) ORDER BY reply, position"""
_THREADS = """
    SELECT * FROM qa_thread WHERE agency = ? ORDER BY COALESCE(answered_on, asked_on, '') DESC, id DESC LIMIT ?"""


@dataclass(frozen=True, slots=True)
class Survey:
    """One frame with results. `as_of` is the last moment known; `campaign` and `scan` are the newest, or None."""

    frame: str
    world: str
    as_of: str
    campaign: Row | None
    scan: Row | None

    @property
    def simulated(self) -> bool:
        return self.world == "sandbox"


@dataclass(frozen=True, slots=True)
class Site:
    """One agency of a province, and what its site showed. `visit` is its row of `coverage`, None before the first."""

    agency: Row
    visit: Row | None
    proofs: tuple[Row, ...]
    observations: tuple[Row, ...]
    disputes: tuple[Row, ...]
    activity: Row | None
    threads: tuple[Row, ...]
    thread_count: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to an agency of the province, whichever campaign it was of, with all that happened to it."""

    request: Row
    campaign: Row
    events: tuple[Row, ...]
    replies: tuple[Row, ...]
    links: tuple[Row, ...]  # addresses that the replies name, as in `answer_links`
    deadlines: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """Everything known of one province of one frame: of its sites, the portal is first."""

    sites: tuple[Site, ...]
    asked: tuple[Asked, ...]
    changes: tuple[Row, ...]


def surveys(db: Database) -> tuple[Survey, ...]:
    """Every frame that was scanned or asked, the one touched last first."""
    as_of = first(db, "SELECT at FROM as_of")
    frames = db.query(
        "SELECT frame, MIN(world) AS world FROM (SELECT frame, world, started_at AS at FROM scan "
        "UNION ALL SELECT frame, world, created_at FROM campaign) GROUP BY frame ORDER BY MAX(at) DESC, frame"
    )
    return tuple(_survey(db, row["frame"], row["world"], str(as_of["at"]) if as_of else "") for row in list(frames))


def _survey(db: Database, frame: str, world: str, as_of: str) -> Survey:
    campaign, scan = newest(db, frame)
    return Survey(frame=frame, world=world, as_of=as_of, campaign=campaign, scan=scan)


def headline(db: Database, frame: str) -> tuple[Row, ...]:
    return _all(db, "SELECT * FROM headline WHERE frame = ?", frame)


def provinces(db: Database, frame: str) -> tuple[Row, ...]:
    return _all(db, "SELECT * FROM participation WHERE frame = ?", frame)


def outcomes(db: Database, frame: str) -> tuple[Row, ...]:
    """How many sites of each kind and region were seen, partly seen or not reached, in their newest visits."""
    return _all(
        db,
        "SELECT a.kind, a.region, a.region_en, v.outcome, COUNT(*) AS sites, SUM(v.coverage_complete) AS complete, "
        "SUM(v.requests) AS requests, SUM(v.pages) AS pages, SUM(v.rendered) AS rendered "
        "FROM latest_visit v JOIN agency a ON a.id = v.agency WHERE a.frame = ? "
        "GROUP BY a.kind, a.region, a.region_en, v.outcome ORDER BY a.kind DESC, a.region, v.outcome",
        frame,
    )


def gaps(db: Database, frame: str) -> tuple[Row, ...]:
    return _all(db, "SELECT g.*, a.province FROM gaps g JOIN agency a ON a.id = g.agency WHERE g.frame = ?", frame)


def changes(db: Database, frame: str, cause: str = "") -> tuple[Row, ...]:
    """The newest CHANGES_SHOWN changes, with the provinces they are of; all causes, or one."""
    return _all(
        db,
        "SELECT c.*, a.province, a.province_vi FROM changes c JOIN agency a ON a.id = c.agency "
        "WHERE c.frame = ? AND (? = '' OR c.cause = ?) ORDER BY c.to_scan DESC, c.agency, c.id LIMIT ?",
        frame, cause, cause, CHANGES_SHOWN,
    )  # fmt: skip


def requests(db: Database, campaign: str) -> tuple[Row, ...]:
    return _all(db, "SELECT * FROM reply_times WHERE campaign = ? ORDER BY agency", campaign)


def replies(db: Database, campaign: str) -> tuple[Row, ...]:
    return _all(
        db,
        "SELECT p.* FROM reply p JOIN request r ON r.id = p.request WHERE r.campaign = ? ORDER BY p.request, p.id",
        campaign,
    )


def record(db: Database, frame: str, province: str) -> Record | None:
    """All about one province; None where the frame has no province of that name."""
    agencies = _all(
        db, "SELECT * FROM agency WHERE frame = ? AND province = ? ORDER BY kind != 'portal', slug", frame, province
    )
    if not agencies:
        return None
    asked = _all(
        db,
        "SELECT t.*, r.to_address, r.legally_valid, r.legal_reasons, r.reminded_at FROM reply_times t "
        "JOIN request r ON r.id = t.request JOIN agency a ON a.id = r.agency "
        "WHERE a.frame = ? AND a.province = ? ORDER BY r.accepted_at DESC, r.id DESC",
        frame, province,
    )  # fmt: skip
    return Record(
        sites=tuple(_sites(db, agencies, frame, province)),
        asked=tuple(_asked(db, request) for request in asked),
        changes=tuple(row for agency in agencies for row in _changes_of(db, str(agency["id"]))),
    )


def units(db: Database, names: Collection[str]) -> tuple[Row, ...]:
    """The portals (Agency.id) of `names` as rows of `agency`, by id; those not in the database from the registry."""
    shipped = {
        agency.id: asdict(agency) | {"id": agency.id} for frame in FRAMES for agency in agencies(frame, "portal")
    }
    stored = {row["id"]: row for row in _all(db, "SELECT * FROM agency WHERE kind = 'portal'")}
    return tuple(row for name, row in sorted((shipped | stored).items()) if name in names)


def participation_of(db: Database, portals: Collection[Row]) -> tuple[Row, ...]:
    """The rows of `participation` of these portals (rows of `agency`); none for one whose frame has no results."""
    sql = "SELECT * FROM participation WHERE frame = ? AND province = ?"
    return tuple(row for portal in portals for row in _all(db, sql, portal["frame"], portal["province"]))


def picture(db: Database, sha256: str) -> str | None:
    """Path of a screenshot under the evidence folder; None for anything that is not one."""
    row = first(db, "SELECT path FROM evidence WHERE sha256 = ? AND kind = 'screenshot'", sha256)
    return str(row["path"]) if row else None


def _sites(db: Database, agencies: Sequence[Row], frame: str, province: str) -> Iterator[Site]:
    """Each view is asked once for all sites of the province: it works out the verdicts of every agency each time."""
    here = (frame, province)
    visits = grouped(_all(db, f"SELECT * FROM coverage WHERE {_HERE}", *here), "agency")
    proofs = grouped(_all(db, f"SELECT * FROM proof WHERE {_HERE}", *here), "agency")
    seen = f"SELECT o.* FROM latest_observation o WHERE o.{_HERE} AND {ON_CARDS} {CARD_ORDER}"
    observations = grouped(_all(db, seen, *here), "agency")
    disputes = grouped(_all(db, f"SELECT * FROM disputes WHERE {_HERE}", *here), "agency")
    activity = grouped(_all(db, f"SELECT * FROM qa_activity WHERE {_HERE}", *here), "agency")
    for agency in agencies:
        name = agency["id"]
        count = first(db, "SELECT COUNT(*) AS n FROM qa_thread WHERE agency = ?", name)
        yield Site(
            agency=agency,
            visit=next(iter(visits[name]), None),
            proofs=tuple(proofs[name]),
            observations=tuple(observations[name]),
            disputes=tuple(disputes[name]),
            activity=next(iter(activity[name]), None),
            threads=_all(db, _THREADS, name, THREADS_SHOWN),
            thread_count=int(count["n"]) if count else 0,
        )


def _asked(db: Database, request: Row) -> Asked:
    campaign = first(db, "SELECT * FROM campaign WHERE id = ?", request["campaign"])
    assert campaign is not None  # a foreign key holds it
    number = request["request"]
    return Asked(
        request=request,
        campaign=campaign,
        events=_all(db, "SELECT * FROM request_event WHERE request = ? ORDER BY at, id", number),
        replies=_all(db, "SELECT * FROM reply WHERE request = ? ORDER BY received_at, id", number),
        links=_all(db, _LINKS, number),
        deadlines=_all(db, "SELECT * FROM deadline WHERE request = ? ORDER BY due_on, rule", number),
    )


def _changes_of(db: Database, agency: str) -> tuple[Row, ...]:
    return _all(db, "SELECT * FROM changes WHERE agency = ? ORDER BY to_scan DESC, id LIMIT ?", agency, CHANGES_SHOWN)


def _all(db: Database, sql: str, *values: object) -> tuple[Row, ...]:
    rows: Iterator[Mapping[str, object]] = db.query(sql, values)
    return tuple(rows)
