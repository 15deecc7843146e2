"""Define the queries of results.db that the report, the pages of the site and `prober analysis` use, by name.

A query is a table or a view with the order of its rows; `rows` adds conditions. Two pages that show the same thing name
the same query.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from prober.domain.indicator import OFFICIAL
from prober.errors import UsageError
from prober.store import Database
from prober.store.schema import present_rows

Row = Mapping[str, Any]

_CONDITIONS = {
    "frame": "t.frame = :frame",
    "province": "t.agency IN (SELECT id FROM agency WHERE frame = :frame AND :province IN (province, slug))",
    "agency": "t.agency = :agency",
    "campaign": "t.request IN (SELECT id FROM request WHERE campaign = :campaign)",
    "request": "t.request = :request",
    "kind": "t.kind = :kind",
    "cause": "t.cause = :cause",
    "id": "t.id = :id",
    "portal": "t.portal = :portal",
    "agencies": "t.agency IN (SELECT value FROM json_each(:agencies))",
    "ids": "t.id IN (SELECT value FROM json_each(:ids))",
    "sha256": "t.sha256 = :sha256",
}


@dataclass(frozen=True, slots=True)
class Query:
    """One query. `select` names the table or view `t`; `where` always holds; `own` replaces usual conditions."""

    select: str
    order: str = ""
    where: str = ""
    own: Mapping[str, str] = field(default_factory=dict)


_BY_AGENCY = {"frame": "t.agency IN (SELECT id FROM agency WHERE frame = :frame)"}
_BY_PROVINCE = {"province": "t.province = :province"}
# Frames whose rows are provinces; in any other every agency stands for itself.
PROVINCIAL = "SELECT frame FROM agency WHERE kind = 'portal'"
# The slug and name under which an agency has its page: its province's, or its own.
_PAGE = (
    f"CASE WHEN a.frame IN ({PROVINCIAL}) THEN a.province ELSE a.slug END AS province, "
    f"CASE WHEN a.frame IN ({PROVINCIAL}) THEN a.province_vi ELSE a.name_vi END AS province_vi, a.name_en"
)
# What the study calls its indicators (labels.kind).
_CALLED = "i.label_vi AS kind_vi, i.label_en AS kind_en"
_SOUGHT = "SELECT json_group_object(name, json_array(label_vi, label_en)) FROM indicator WHERE sought = 1"
_SITE = "JOIN agency a ON a.id = t.agency JOIN visit v ON v.scan = t.scan AND v.agency = t.agency"
_VISITED = f"SELECT t.*, {_PAGE}, ({_SOUGHT}) AS sought FROM not_seen t JOIN agency a ON a.id = t.agency"
_LISTED = "SELECT t.portal, t.province, t.province_vi, t.province_en, t.region FROM participation t"
QUERIES = {
    "as_of": Query("SELECT * FROM as_of t"),
    "other_surveys": Query("SELECT * FROM other_survey t", "t.name"),
    "agencies": Query(
        "SELECT * FROM agency t", "t.kind != 'portal', t.slug", own={"province": ":province IN (t.province, t.slug)"}
    ),
    "headline": Query("SELECT * FROM headline t", "t.frame, t.position"),
    "provinces": Query("SELECT * FROM participation t", "t.frame, t.province", own=_BY_PROVINCE),
    # Those that have a place on a map.
    "placed": Query("SELECT * FROM participation t", "t.frame, t.province", "t.grid_row IS NOT NULL"),
    "listed": Query(_LISTED, "t.frame, t.province"),
    "by_region": Query(_LISTED, "t.region, t.province"),
    "regions": Query("SELECT DISTINCT t.region, t.region_en FROM agency t"),
    "proofs": Query(
        f"SELECT t.*, {_CALLED} FROM proof t JOIN indicator i ON i.name = t.kind", "t.frame, t.agency, t.kind"
    ),
    # Only what a card can show: addresses and channels, and places to ask a question.
    "observations": Query(
        "SELECT t.* FROM latest_observation t", "t.agency, t.kind, t.confidence DESC, t.category, t.value",
        f"""t.value != '' AND t.state = 'found' AND (
          t.kind = 'social' OR (t.kind = 'access' AND t.category IN ('regulation', 'focal_point')) OR (
          t.kind = 'email' AND t.category IN {OFFICIAL}))""",
        _BY_AGENCY,
    ),
    "searches": Query("SELECT * FROM search_evidence t", "t.agency, t.scan, t.position"),
    "proposals": Query("SELECT * FROM proposal t", own={"agency": "t.subject = :agency", "kind": "t.question = :kind"}),
    "looks": Query(
        "SELECT t.*, v.agency, v.scan FROM look_list t JOIN visit v ON v.id = t.visit", "v.agency, t.position",
        own={"agency": "v.agency = :agency"},
    ),
    "unseen": Query("SELECT t.agency FROM not_seen t", "t.frame, t.kind DESC, t.agency", "t.not_seen != ''"),
    "not_seen": Query(_VISITED, "t.frame, t.kind DESC, t.agency", "t.not_seen != ''"),
    "visited": Query(_VISITED, "t.frame, t.kind, t.agency"),
    "stale": Query(_VISITED, "t.frame, t.kind, t.agency", "t.kept != ''"),
    "visits": Query(
        "SELECT t.agency, t.scan, COALESCE(t.finished_at, t.started_at) AS at, t.outcome, t.failure FROM visit t",
        "t.scan", "t.suspect = ''",
    ),
    "verdicts": Query(
        f"SELECT t.*, {_CALLED} FROM verdict t JOIN indicator i ON i.name = t.kind", "t.scan, i.position"
    ),
    "outcomes": Query(
        """SELECT t.*, a.region_en
        FROM (
          SELECT kind, region, outcome, COUNT(*) AS sites, SUM(not_seen = '') AS complete,
            SUM(requests) AS requests, SUM(pages) AS pages, SUM(rendered) AS rendered, MIN(agency) AS one
          FROM not_seen WHERE frame = :frame GROUP BY kind, region, outcome
        ) t JOIN agency a ON a.id = t.one""",
        "t.kind DESC, t.region, t.outcome",
        own={"frame": "1"},
    ),
    "disputes": Query("SELECT * FROM disputes t"),
    # What the newest visits saw, as `prober eval --world` compares it with the truth; `on` is the day of the visit.
    "seen_verdicts": Query(
        f"SELECT a.slug, t.kind, t.state, t.level, substr(v.started_at, 1, 10) AS 'on' FROM latest_verdict t {_SITE}"
    ),
    "seen_findings": Query(
        f"SELECT a.slug, t.kind, t.category, t.value, t.state, t.detail FROM latest_observation t {_SITE}"
    ),
    "detectors": Query(
        "SELECT t.* FROM (SELECT detector, MAX(version) AS version FROM latest_observation GROUP BY detector) t"
    ),
    "sought": Query("SELECT t.name, t.label_vi, t.label_en FROM indicator t", "t.position", "t.sought = 1"),
    "changes": Query(
        f"SELECT t.*, h.finding, {_PAGE}, {_CALLED} FROM changes t JOIN change h ON h.id = t.id "
        "JOIN agency a ON a.id = t.agency JOIN indicator i ON i.name = t.kind",
        "COALESCE(t.second_scan, t.to_scan) DESC, t.called_absent DESC, t.agency, t.id",
    ),
    "activity": Query("SELECT * FROM qa_activity t"),
    "question_waits": Query("SELECT * FROM question_waits t", "t.agency, t.started_on, t.thread"),
    "threads": Query("SELECT * FROM qa_thread t", "COALESCE(t.answered_on, t.asked_on, '') DESC, t.id DESC"),
    "thread_count": Query("SELECT COUNT(*) AS n, COALESCE(SUM(t.state = 'vanished'), 0) AS removed FROM qa_thread t"),
    "requests": Query(
        """SELECT t.*, r.position, r.to_address, r.reminder_state, r.reminded_at, r.follow_up_state, r.followed_up_at,
          r.legally_valid, r.legal_reasons, r.arm, r.block, r.complete, r.reading, r.waiting_ends_at,
          COALESCE(NULLIF(t.province, ''), t.agency) AS place,
          (SELECT name_en FROM agency WHERE id = t.agency) AS name_en
        FROM reply_times t JOIN request r ON r.id = t.request""",
        "t.agency", own={**_BY_AGENCY, "campaign": "t.campaign = :campaign"},
    ),
    "answered": Query("SELECT * FROM reply_times t", "t.first_substantive_hours", "t.replied"),
    "events": Query("SELECT * FROM request_event t", "t.at, t.id"),
    "replies": Query("SELECT * FROM reply t", "t.request, t.received_at, t.id"),
    "links": Query(
        "SELECT * FROM answer_links t", "t.reply, t.position",
        own={"request": "t.reply IN (SELECT id FROM reply WHERE request = :request)"},
    ),
    "deadlines": Query("SELECT * FROM deadline t", "t.request, t.due_on, t.rule"),
    "campaigns": Query("SELECT * FROM campaign t", "t.created_at DESC, t.id DESC"),
    "newest_campaign": Query(
        "SELECT t.* FROM campaign t JOIN latest_campaign l ON l.campaign = t.id",
        "l.shown DESC, t.created_at DESC, t.id DESC",
        own={"frame": "l.frame = :frame"},
    ),
    "scans": Query("SELECT * FROM scan t", "t.id DESC"),
    "successions": Query("SELECT * FROM agency_successor t"),
    "screenshots": Query("SELECT path FROM evidence t", where="t.kind = 'screenshot' AND t.path != ''"),
    "runs": Query("SELECT * FROM run t", "t.id DESC"),
}  # fmt: skip


_KEPT = re.compile(rf"\bFROM ({'|'.join(present_rows.KEPT)}) (t|WHERE)\b")


def rows(db: Database, name: str, *, limit: int = -1, begin: int = 0, **values: Any) -> tuple[Row, ...]:
    """Return the rows of a query of QUERIES where each of `values` holds: frame="2019", campaign="pobi-2019".

    A province needs its frame as a second condition. At most `limit` rows, if that is not negative, behind the first
    `begin`.
    """
    order = f" ORDER BY {QUERIES[name].order}" if QUERIES[name].order else ""
    return tuple(db.query(f"{_selected(db, name, values)}{order} LIMIT {limit} OFFSET {begin}", values))


def count(db: Database, name: str, **values: object) -> int:
    """Return the number of rows of `rows`."""
    found: int = db.execute(f"SELECT COUNT(*) FROM ({_selected(db, name, values)})", values).fetchone()[0]
    return found


def _selected(db: Database, name: str, values: Iterable[str]) -> str:
    query = QUERIES[name]
    select = _KEPT.sub(lambda found: f"FROM {present_rows.source(db, found[1])} {found[2]}", query.select)
    conditions = [query.where] if query.where else []
    conditions += [(_CONDITIONS | {**query.own})[key] for key in values]
    return select + (f" WHERE {' AND '.join(conditions)}" if conditions else "")


def alike(db: Database, frame: str) -> list[dict[str, Any]]:
    """Return what shares are counted from: one row for `agencies` of `participation` that no share distinguishes.

    `portal` is that of one of them, and what is no state is left out.
    """
    columns = [row[1] for row in db.execute("PRAGMA table_info(participation)").fetchall()]
    told = [name for name in columns if name in _TOLD or name.startswith("has_")]
    listed = ", ".join(f"[{name}]" for name in told)
    sql = (
        f"SELECT {listed}, CASE WHEN first_human_reply_hours IS NOT NULL THEN 0.0 END AS first_human_reply_hours, "
        f"MIN(portal) AS portal, COUNT(*) AS agencies FROM {present_rows.source(db, 'participation')} "
        "WHERE frame = :frame "
        f"GROUP BY {listed}, first_human_reply_hours IS NOT NULL"
    )
    return list(db.query(sql, {"frame": frame}))


_TOLD = (
    "region", "qa_level", "qa_and_email", "ati_section", "ati_regulation", "budget_section", "asked", "answered",
)  # fmt: skip


def first(db: Database, name: str, **values: Any) -> Row | None:
    """Return the first row of `rows`, None where there is none."""
    return next(iter(rows(db, name, limit=1, **values)), None)


def grouped(found: Iterable[Row], column: str) -> defaultdict[object, list[Row]]:
    """Return value of the column → its rows, in their order."""
    groups: defaultdict[object, list[Row]] = defaultdict(list)
    for row in found:
        groups[row[column]].append(row)
    return groups


def qa_levels(db: Database, frame: str) -> dict[str, int | None]:
    """Return slug of the province → level of its portal's Q&A section, 0 to 5; None where that is not known."""
    return {
        row["province"]: row["qa_level"] or 0 if row["has_qa"] in ("found", "not_found") else None
        for row in rows(db, "provinces", frame=frame)
    }


def need_indicator(db: Database, name: str) -> None:
    """Raise UsageError if no study of this file has looked for an indicator of this name."""
    known = [row[0] for row in db.execute("SELECT name FROM indicator ORDER BY sought DESC, position")]
    if name not in known:
        raise UsageError(f"no indicator is called {name!r}; there are {', '.join(known)}")
