"""Read what a night did, what it changed, what it could not see, and what of it needs a person.

One value, from results.db alone: the page of the site, the mail and the line of `prober status` say the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from prober.domain.reason import Reason, Reasons, from_json
from prober.store import Database
from prober.store.results.runs import RunStep, of_night
from prober.store.results.suspicion import FEW


@dataclass(frozen=True, slots=True)
class SeenSite:
    """The last look of a night at one site. `limited`: it refused for the time being."""

    agency: str
    slug: str
    frame: str
    kind: str
    province: str
    name_vi: str
    name_en: str
    outcome: str
    failure: str | None
    detail: str  # reasons, as stored
    suspect: str  # reasons, as stored
    limited: bool


@dataclass(frozen=True, slots=True)
class Night:
    """One night, of one frame or of all. Times are ISO 8601."""

    number: int
    began: str
    ended: str | None
    passes: int
    steps: tuple[RunStep, ...]
    scans: tuple[int, ...]
    sites: tuple[SeenSite, ...]
    changed: int  # changes of sites that this night saw, or confirmed by its second look
    second_look: int  # changes that wait for a second look
    suspect: Reasons  # why a scan of this night is not believed
    needs: Reasons  # what needs a person; each names its `command`

    @property
    def unseen(self) -> tuple[SeenSite, ...]:
        return tuple(site for site in self.sites if site.outcome != "seen")

    @property
    def under_way(self) -> tuple[RunStep, ...]:
        """The steps that have begun and not ended, but for the one that reports the night."""
        return tuple(step for step in self.steps if step.status == "running" and step.step != "alarms")

    @property
    def left(self) -> tuple[RunStep, ...]:
        """The steps that did not do all they should."""
        return tuple(step for step in self.steps if step.status in _LEFT)


_LEFT = ("failures", "late", "stopped", "killed")


def newest(db: Database, frame: str = "") -> Night | None:
    """Return the newest night; None if there was none."""
    (number,) = db.execute("SELECT MAX(night) FROM run_step").fetchone()
    return night(db, number, frame) if number else None


def night(db: Database, number: int, frame: str = "") -> Night:
    """Return the night that began with run `number`; with `frame`, what it saw of that frame."""
    steps = tuple(of_night(db, number).values())
    runs = db.execute(
        "SELECT started_at, finished_at FROM run WHERE id IN (SELECT run FROM run_step WHERE night = ?) ORDER BY id",
        [number],
    ).fetchall()
    scans = scans_of(db, number, frame)
    sites = tuple(sites_of(db, scans))
    changed, second_look = _changes(db, scans, frame)
    suspect = tuple(
        reason
        for (why,) in db.execute(_SUSPECT.format(marks=_marks(scans)), [*scans, number])
        for reason in from_json(why)
    )
    return Night(
        number, runs[0][0], runs[-1][1], len(runs), steps, tuple(scans), sites, changed, second_look, suspect,
        tuple(_needs(db, steps, sites, suspect)),
    )  # fmt: skip


def scans_of(db: Database, night: int, frame: str = "") -> list[int]:
    """Return the scans that the passes of a night made or went on with, in their order."""
    sql = """SELECT DISTINCT notes ->> 'scan' AS scan FROM run_step JOIN scan s ON s.id = notes ->> 'scan'
             WHERE night = ? AND step LIKE 'crawl%' AND ? IN ('', s.frame) ORDER BY scan"""
    return [scan for (scan,) in db.execute(sql, [night, frame]).fetchall()]


def sites_of(db: Database, scans: Sequence[int]) -> list[SeenSite]:
    """Return the last look of these scans at each site."""
    rows = db.execute(_SITES.format(marks=_marks(scans)), [*scans])
    names = [column[0] for column in rows.description]
    return [SeenSite(**_row(names, row)) for row in rows.fetchall()]


def _row(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    found = dict(zip(names, row, strict=True))
    return found | {"limited": bool(found["limited"])}


def _changes(db: Database, scans: Sequence[int], frame: str) -> tuple[int, int]:
    """Return how many changes of sites these scans saw or confirmed, and how many wait for a second look."""
    marks = _marks(scans)
    (changed,) = db.execute(
        f"SELECT COUNT(*) FROM change WHERE cause = 'site' AND COALESCE(second_scan, to_scan) IN ({marks})", [*scans]
    ).fetchone()
    (waiting,) = db.execute(
        "SELECT COUNT(*) FROM change c JOIN agency a ON a.id = c.agency WHERE cause = 'second_look' "
        "AND ? IN ('', a.frame)",
        [frame],
    ).fetchone()
    return changed, waiting


def own_act(agency: str, campaign: str) -> str:
    """Return the command that enters what we did after a question of `agency`; a person fills in the capitals."""
    return f"prober mailbox note {agency} --campaign {campaign} --event OW --at WHEN --by INITIALS --text WORDS"


def _needs(
    db: Database, steps: Sequence[RunStep], sites: Sequence[SeenSite], suspect: Reasons
) -> Iterator[Reason]:  # fmt: skip
    """Yield what needs a person, by what results.db knows."""
    if left := tuple(step.step for step in steps if step.status in _LEFT):
        yield Reason("need_steps", steps=left, command="prober nightly")
    if suspect:
        yield Reason("need_belief", command="prober publish --accept REASON")
    if short := sum(site.suspect != "" for site in sites):
        yield Reason("need_floors", count=short, command="prober crawl SLUG")
    (waiting,) = db.execute("SELECT COUNT(*) FROM request WHERE waiting_since IS NOT NULL").fetchone()
    if waiting:
        yield Reason("need_answers", count=waiting, command=own_act("AGENCY", "CAMPAIGN"))
    (unread,) = db.execute("SELECT COUNT(*) FROM reply WHERE human = 1 AND decided_by = 'rule'").fetchone()
    if unread:
        yield Reason("need_review", count=unread, command="prober review --coder INITIALS")


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


# What a second pass saw of many sites is a scan of its own, which may be believed in place of the first.
_SUSPECT = f"""
SELECT suspect FROM scan s WHERE suspect != '' AND id IN ({{marks}}) AND NOT EXISTS (
    SELECT 1 FROM run_step r JOIN scan b ON b.id = r.notes ->> 'scan'
    WHERE r.night = ? AND r.step LIKE 'second pass%' AND b.frame = s.frame AND b.id > s.id
      AND b.status = 'complete' AND b.suspect = '' AND b.agencies >= {FEW}
  )
ORDER BY id
"""
# A page refused for the time being: 429 with a body of refusal, or 503 (prober.domain.visit.for_now).
_SITES = """
SELECT a.id AS agency, a.slug, a.frame, a.kind,
  CASE WHEN a.frame IN (SELECT frame FROM agency WHERE kind = 'portal') THEN a.province ELSE a.slug END AS province,
  a.name_vi, a.name_en, v.outcome, v.failure, v.failure_detail AS detail, v.suspect,
  v.outcome != 'seen' AND EXISTS (SELECT 1 FROM scan_page p WHERE p.scan = v.scan AND p.agency = v.agency
    AND (p.status = 429 AND p.failure = 'blocked' OR p.status = 503 AND p.failure = 'http_5xx')) AS limited
FROM (SELECT agency, MAX(scan) AS scan FROM visit WHERE scan IN ({marks}) GROUP BY agency) n
JOIN visit v ON v.agency = n.agency AND v.scan = n.scan JOIN agency a ON a.id = v.agency
ORDER BY a.frame, a.kind DESC, a.slug
"""
