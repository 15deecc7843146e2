"""Store the registry in results.db: agencies as given, what is looked for, and addresses that a person has accepted.

What a crawl finds never changes an address that letters go to, or that is crawled. It becomes a proposal, and a person
accepts it: a mail address that a site shows, or a department's site to which the body above links. What a person
accepted outlives every later `sync`.
"""

import difflib
import json
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from prober.domain.agency import FIELDS, Agency, OtherSurvey, Reference, Succession, Term, from_row
from prober.domain.hostnames import host_of, registrable, site_of
from prober.domain.indicator import OFFICIAL, Indicator
from prober.domain.visit import SiteLink
from prober.domain.world import World
from prober.errors import UsageError
from prober.store import transaction
from prober.store.schema.indicator_views import declare
from prober.store.schema.migrations import RESULTS

REVIEWED = ("request_email", "request_email_source", "request_email_reviewed_by", "request_email_reviewed_at")
COLUMNS = ("id", *FIELDS, "world")
PLACED = ("url", "alt_urls", "url_source", "url_confidence")  # columns of `agency` that accepting a site sets

# Recipients of a request, best first: the agency itself at a mailbox that it announces, even a free one, before the
# editorial board of its website. A person's mailbox, a vendor's and an example are never proposed.
RECIPIENTS = tuple(sorted(OFFICIAL, key=("agency_role", "unit_role", "freemail", "portal_editor").index))

_UPSERT = (
    f"INSERT INTO agency ({', '.join(COLUMNS)}) VALUES ({', '.join(f':{column}' for column in COLUMNS)}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in COLUMNS[1:])}"
)
# Every request address that holds has its row in the history of decisions.
_NOTE_ADDRESSES = (
    "INSERT OR IGNORE INTO request_address (agency, address, source, decided_by, decided_at) "
    "SELECT id, request_email, request_email_source, request_email_reviewed_by, request_email_reviewed_at "
    "FROM agency WHERE request_email_reviewed_by != ''"
)
_DECISIONS = (
    "SELECT agency, address, source, decided_by, decided_at FROM request_address WHERE agency = ? "
    "ORDER BY decided_at DESC, id DESC"
)
_SEEN = """
SELECT a.id AS agency, a.slug, a.frame, a.name_vi, a.url, a.request_email AS accepted, v.outcome, v.failure,
  o.value AS address, o.category, o.confidence, o.snippet, o.page_url
FROM agency a
LEFT JOIN latest_visit v ON v.agency = a.id
LEFT JOIN latest_observation o ON o.agency = a.id AND o.kind = 'email' AND o.state = 'found' AND o.value != ''
WHERE a.kind = :kind
  OR :kind IS NULL AND (a.kind != 'portal' OR a.frame NOT IN (SELECT frame FROM agency WHERE kind != 'portal'))
ORDER BY a.id, o.confidence DESC, o.value
"""
_ADDRESSES = """
SELECT LOWER(request_email) AS address, slug FROM agency WHERE request_email != ''
UNION SELECT LOWER(n.address), a.slug FROM request_address n JOIN agency a ON a.id = n.agency
UNION SELECT LOWER(r.to_address), a.slug FROM request r JOIN agency a ON a.id = r.agency WHERE r.to_address != ''
"""
_FROZEN = """
SELECT lower(o.value) FROM latest_observation o JOIN latest_visit v ON v.agency = o.agency
WHERE o.kind = 'email' AND o.state = 'found' AND o.value != ''
GROUP BY lower(o.value)
HAVING MIN(EXISTS (SELECT 1 FROM look_list l WHERE l.visit = v.id AND l.mark = 'nothing_newer')) = 1
"""
# A link counts for the one department of its kind in the province and frame; where there are several, for none.
_DEPARTMENT = """
SELECT MIN(d.id) FROM agency p JOIN agency d ON d.frame = p.frame AND d.province = p.province
WHERE p.id = :whole AND d.kind = :kind AND d.kind <> p.kind HAVING COUNT(*) = 1
"""
_LINKS = """
SELECT s.id, s.agency, a.slug, a.frame, a.name_vi, a.url, a.alt_urls, a.url_confidence, v.outcome, v.failure,
  v.final_url, s.url AS address, s.page_url, s.snippet, s.scan, s.confidence, s.decision, s.reviewer, s.reviewed_at
FROM site_proposal s
JOIN agency a ON a.id = s.agency
LEFT JOIN latest_visit v ON v.agency = a.id
ORDER BY s.agency, s.scan DESC, s.confidence DESC, s.url
"""


def sync(
    db: Database, agencies: Iterable[Agency], successions: Iterable[Succession], world: str,
    terms: Iterable[Term] = (), others: Iterable[OtherSurvey] = (),
    references: Iterable[Reference] = (),
) -> int:  # fmt: skip
    """Bring the registry of `db` up to `agencies`; return how many rows were written, 0 where nothing differs.

    A request address that a person accepted gives way only to one that a person accepted later, and an accepted site to
    none. No agency is ever removed: findings and requests point to it. `world` is a World, `terms` are what the study
    calls its frames and kinds; what it does not call keeps its words. `others` are the surveys that answers are shown
    beside, `references` earlier results that its own are compared with. Raises UsageError if `db` has agencies of the
    other world.
    """
    other = db.execute("SELECT world FROM agency WHERE world != ? LIMIT 1", [world]).fetchone()
    if other:
        raise UsageError(
            f"this results.db holds {other[0]} agencies and the configuration is {world}; "
            "name another file under [paths] results. Nothing was changed."
        )
    given = tuple(agencies)
    links = _links(db, given, tuple(successions))
    links -= set(db.execute("SELECT predecessor, successor, effective_date FROM agency_successor").fetchall())
    called = set(terms) - set(named(db))
    beside = set(others) - {OtherSurvey(*row) for row in db.execute("SELECT * FROM other_survey")}
    compared = set(references) - {Reference(*row) for row in db.execute("SELECT * FROM reference_result")}
    written = 0
    if called or beside or compared or links or any(_differing(db, given, world)):  # take no lock where nothing differs
        with transaction(db):
            for row in _differing(db, given, world):
                db.execute(_UPSERT, row)
                written += 1
            db.execute(_NOTE_ADDRESSES)
            db.conn.executemany("INSERT OR REPLACE INTO agency_successor VALUES (?, ?, ?)", sorted(links))
            db.conn.executemany("INSERT OR REPLACE INTO term VALUES (?, ?, ?, ?, ?, ?)", sorted(called))
            db.conn.executemany("INSERT OR REPLACE INTO other_survey VALUES (?, ?, ?, ?, ?, ?)", sorted(beside))
            db.conn.executemany(
                "INSERT OR REPLACE INTO reference_result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", sorted(compared)
            )
    return written + len(links) + len(called) + len(beside) + len(compared)


def look_for(db: Database, sought: Sequence[Indicator]) -> None:
    """Declare the indicators that a study looks for, and make the views that show them."""
    with transaction(db):
        declare(db, sought)
    RESULTS.migrate(db)


def look_for_at_first(db: Database, sought: Sequence[Indicator]) -> None:
    """Declare the indicators in a file in which no scan has begun: a campaign may come before the first crawl."""
    scanned = db.execute("SELECT EXISTS (SELECT 1 FROM scan)").fetchone()[0]
    held = db.execute("SELECT name FROM indicator WHERE sought = 1 ORDER BY position")
    if not scanned and [name for (name,) in held] != [one.kind for one in sought]:
        look_for(db, sought)


def named(db: Database) -> tuple[Term, ...]:
    """Return what the study of `db` calls its frames and kinds."""
    return tuple(Term(*row) for row in db.execute("SELECT what, name, one_vi, one_en, many_vi, many_en FROM term"))


def succeed(db: Database, links: Sequence[Succession]) -> int:
    """Store who took over from the predecessors in `links`, in place of what stood there; return how many differ."""
    wanted = {(link.predecessor, link.successor, link.effective_date) for link in links}
    named = {predecessor for predecessor, _, _ in wanted}
    with transaction(db):
        held = set(db.execute("SELECT predecessor, successor, effective_date FROM agency_successor").fetchall())
        stood = {row for row in held if row[0] in named}
        if stood != wanted:
            db.conn.executemany(
                "DELETE FROM agency_successor WHERE predecessor = ?", [(name,) for name in sorted(named)]
            )
            db.conn.executemany("INSERT INTO agency_successor VALUES (?, ?, ?)", sorted(wanted))
    return len(stood ^ wanted)


def _links(db: Database, given: Iterable[Agency], successions: Sequence[Succession]) -> set[tuple[str, str, str]]:
    """Return the rows for those successions of which both ends are known."""
    if not successions:
        return set()
    known = {row[0] for row in db.execute("SELECT id FROM agency").fetchall()} | {agency.id for agency in given}
    return {
        (s.predecessor, s.successor, s.effective_date) for s in successions if {s.predecessor, s.successor} <= known
    }


def stored(db: Database, frame: str | None = None, kind: str | None = None, slugs: Sequence[str] = ()) -> list[Agency]:
    """Return agencies of the registry in `db`, by frame and code, portal before finance department.

    Raises UsageError that names every unknown slug, with the nearest known ones.
    """
    rows = db.query(
        "SELECT * FROM agency WHERE (:frame IS NULL OR frame = :frame) AND (:kind IS NULL OR kind = :kind) "
        "ORDER BY frame, code, province, kind DESC, slug",
        {"frame": frame, "kind": kind},
    )
    found = [from_row(row) for row in rows]
    if not slugs:
        return found
    known = {agency.slug for agency in found}
    unknown = [slug for slug in slugs if slug not in known]
    if unknown:
        raise UsageError("; ".join(_unknown(slug, known) for slug in unknown))
    return [agency for agency in found if agency.slug in slugs]


def require(db: Database, frame: str | None, kind: str | None) -> None:
    """Raise UsageError, with what the registry has, if it has no agency of `frame` and `kind`; None is any."""
    if not stored(db, frame, kind):
        asked = " and ".join(f"{what} {value!r}" for what, value in (("frame", frame), ("kind", kind)) if value)
        rows = db.query("SELECT DISTINCT frame, kind FROM agency ORDER BY frame, kind DESC")
        held = ", ".join(f"{row['frame']} {row['kind']}" for row in rows)
        missing = f"no agency of {asked}" if asked else "no agency"
        has = f"the registry has: {held}" if held else "bring a list with `prober agencies import FILE`"
        raise UsageError(f"{missing}; {has}")


def others(db: Database, than: Container[str]) -> Iterator[Agency]:
    """Yield agencies of every frame whose id is not in `than`, one at a time: a registry may be long."""
    return (from_row(row) for row in db.query("SELECT * FROM agency") if row["id"] not in than)


def related_domains(db: Database) -> dict[str, frozenset[str]]:
    """Return agency id → registrable domains of others that count as its own; agencies without any are left out.

    They are those of its predecessors, whose addresses its pages still show, and those of its province's portal where
    the two share a domain: then one operator has all of them, and the portal's row may know more.
    """
    predecessors: dict[str, set[str]] = {}
    for predecessor, successor in db.execute("SELECT predecessor, successor FROM agency_successor").fetchall():
        predecessors.setdefault(successor, set()).add(predecessor)
    domains: dict[str, frozenset[str]] = {}
    places: dict[str, tuple[str, str]] = {}
    portals: dict[tuple[str, str], frozenset[str]] = {}
    for row in db.query("SELECT id, frame, province, kind, url, alt_urls FROM agency"):
        urls = (row["url"], *json.loads(row["alt_urls"] or "[]"))
        domains[row["id"]] = frozenset(registrable(host) for host in map(host_of, urls) if host)
        place = places[row["id"]] = (row["frame"], row["province"])
        if row["kind"] == "portal":
            portals[place] = portals.get(place, frozenset()) | domains[row["id"]]
    found = {}
    for agency, own in domains.items():
        names = (agency, *predecessors.get(agency, ()))
        former = frozenset().union(*(domains.get(name, frozenset()) for name in names))
        shared = (portals.get(places[name], frozenset()) for name in names if name in places)
        if more := former.union(*(portal for portal in shared if portal & former)) - own:
            found[agency] = more
    return found


def proposals(db: Database, kind: str | None = None) -> list[dict[str, Any]]:
    """Return the latest scan's view of the request address of each agency of `kind`, one map per agency.

    Without `kind` they are all that may be asked: every agency but the portals of a frame that has other bodies.

    `status` is one of new: none is accepted yet and the site shows one; same: the accepted one is on the site; changed:
    the site shows others; vanished: the site was seen and shows none; unseen: it could not be seen; none: seen, nothing
    shown or accepted. `address` is the best official one on the site, "" where there is none.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in db.query(_SEEN, {"kind": kind}):
        groups.setdefault(row["agency"], []).append(row)
    return [_proposal(rows) for rows in groups.values()]


def accept(db: Database, agency_id: str, address: str, source: str, by: str, at: datetime) -> None:
    """Make `address` the one that requests to `agency_id` go to, by decision of `by`. `source` is where it was seen.

    Raises UsageError for an empty name or address, for an address that the agency's world does not write to, or for an
    agency that is not in the registry.
    """
    if not by.strip() or not address.strip():
        raise UsageError(f"{agency_id}: an address is accepted by a named person; give both")
    assignments = ", ".join(f"{column} = ?" for column in REVIEWED)
    with transaction(db):
        held = db.execute("SELECT world FROM agency WHERE id = ?", [agency_id]).fetchone()
        if held is None:
            raise UsageError(f"no agency {agency_id} in the registry")
        if not World(held[0]).may_write_to(address.strip()):
            raise UsageError(f"{agency_id}: a rehearsal writes to plain addresses under .test, not to {address}")
        db.execute(
            f"UPDATE agency SET {assignments} WHERE id = ?",
            [address.strip(), source, by.strip(), at.isoformat(), agency_id],
        )
        db.execute(f"{_NOTE_ADDRESSES} AND id = ?", [agency_id])


def decisions(db: Database, agency_id: str) -> list[dict[str, Any]]:
    """Return every address that a person decided that requests to an agency go to, the one that holds first."""
    return list(db.query(_DECISIONS, [agency_id]))


def failures(db: Database) -> dict[str, str]:
    """Return agency id → why its latest visit did not see all of its site; agencies without a failure are left out."""
    return dict(db.execute("SELECT agency, failure FROM latest_visit WHERE failure IS NOT NULL").fetchall())


def mail_addresses(db: Database) -> dict[str, str]:
    """Return address in lower case → slug of the agency that letters go to or went to there, at any time."""
    return dict(db.execute(_ADDRESSES).fetchall())


def frozen_addresses(db: Database) -> frozenset[str]:
    """Return the addresses, in lower case, that occur only on sites that have published nothing for two years."""
    return frozenset(row[0] for row in db.execute(_FROZEN).fetchall())


def _differing(db: Database, agencies: Iterable[Agency], world: str) -> Iterator[dict[str, Any]]:
    """Yield the rows that `agencies` should have and do not. Lazily, because a registry may be long."""
    placed = accepted_sites(db)
    for agency in agencies:
        held = next(db.query("SELECT * FROM agency WHERE id = ?", [agency.id]), None)
        row = _row(agency, world, held, agency.id in placed)
        if row != held:
            yield row


def _row(agency: Agency, world: str, held: dict[str, Any] | None, placed: bool) -> dict[str, Any]:
    """Return the row that `agency` should have, keeping the decisions of a person in the row `held` that are no older.

    `placed` says that a person accepted the agency's site.
    """
    row = {"id": agency.id, **asdict(agency), "world": world}
    row["alt_urls"] = json.dumps(agency.alt_urls)
    if held and held["request_email_reviewed_by"] and not _later(agency.request_email_reviewed_at, held):
        row.update({column: held[column] for column in REVIEWED})
    if held and placed:
        row.update({column: held[column] for column in PLACED})
    return row


def _later(reviewed_at: str, held: dict[str, Any]) -> bool:
    """Return True if a person's decision at `reviewed_at` ("": there is none) is later than the one in `held`."""
    before, after = held["request_email_reviewed_at"], reviewed_at
    return bool(after) and (not before or is_later(after, before))


def is_later(after: str, before: str) -> bool:
    """Return True if the ISO date or time `after` lies after `before`; a date alone is the first moment of its day.

    >>> is_later("2026-11-24", "2026-11-23T23:59:00+07:00"), is_later("2026-11-24", "2026-11-24T08:00:00+07:00")
    (True, False)
    """
    one, other = datetime.fromisoformat(after), datetime.fromisoformat(before)
    zone = one.tzinfo or other.tzinfo or UTC  # where one of them has no offset, it is meant in the zone of the other
    return one.replace(tzinfo=one.tzinfo or zone) > other.replace(tzinfo=other.tzinfo or zone)


def _unknown(slug: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(slug, known, n=3, cutoff=0.6)
    return f"no agency {slug!r}" + (f"; did you mean {', '.join(near)}?" if near else " in the registry")


def _proposal(rows: list[dict[str, Any]]) -> dict[str, Any]:
    seen = sorted(
        (row for row in rows if row["category"] in RECIPIENTS), key=lambda row: RECIPIENTS.index(row["category"])
    )
    shown = {row["address"].lower() for row in rows if row["address"]}
    best = seen[0] if seen else {**rows[0], "address": "", "category": "", "snippet": "", "page_url": ""}
    accepted = best["accepted"]
    if not accepted:
        status = "new" if best["address"] else "none" if best["outcome"] == "seen" else "unseen"
    elif accepted.lower() in shown:
        status = "same"
    elif best["address"]:
        status = "changed"
    else:
        status = "vanished" if best["outcome"] == "seen" else "unseen"
    return {
        "agency": best["agency"], "slug": best["slug"], "frame": best["frame"], "status": status,
        "accepted": accepted, "address": best["address"], "category": best["category"],
        "confidence": best["confidence"], "snippet": best["snippet"], "page_url": best["page_url"],
        "name_vi": best["name_vi"], "url": best["url"], "failure": best["failure"] or "",
    }  # fmt: skip


def save_sites(db: Database, scan: int, whole: str, sites: Collection[SiteLink]) -> None:
    """Store what a visit to the agency `whole` says of its departments' sites, in the caller's transaction.

    A person's decision about an address stays when the address is seen again.
    """
    kinds = {link.kind for link in sites}
    found = {kind: db.execute(_DEPARTMENT, {"kind": kind, "whole": whole}).fetchone() for kind in kinds}
    db.conn.executemany(
        "INSERT INTO site_proposal (agency, url, page_url, snippet, scan, confidence) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (agency, url) DO UPDATE SET page_url = excluded.page_url, snippet = excluded.snippet, "
        "scan = excluded.scan, confidence = excluded.confidence",
        [
            (found[link.kind][0], link.url, link.page_url, link.snippet, scan, link.confidence)
            for link in sites
            if found[link.kind]
        ],
    )


def site_links(db: Database) -> list[dict[str, Any]]:
    """Return every address seen or decided, newest first for each agency, with the registry and the latest visit."""
    return [{**row, "alt_urls": tuple(json.loads(row["alt_urls"]))} for row in db.query(_LINKS)]


def accepted_sites(db: Database) -> set[str]:
    """Return the ids of the agencies whose address a person accepted."""
    return {row[0] for row in db.execute("SELECT agency FROM site_proposal WHERE decision = 'accepted'").fetchall()}


def accept_site(db: Database, proposal: int, by: str, at: datetime) -> None:
    """Make a proposed address the agency's, by decision of `by`; the one before stays among the others to try.

    Raises UsageError for an empty name or a proposal that is not there.
    """
    with transaction(db):
        link = _decide(db, proposal, "accepted", by, at)
        held = next(db.query("SELECT url, alt_urls FROM agency WHERE id = ?", [link["agency"]]))
        others = [held["url"], *json.loads(held["alt_urls"])]
        kept = [url for url in dict.fromkeys(others) if site_of(url) != site_of(link["url"])]
        source = f"accepted by {by.strip()} on {at:%Y-%m-%d}; {link['page_url']} links to it as “{link['snippet']}”"
        values = dict(zip(PLACED, (link["url"], json.dumps(kept), source, "high"), strict=True))
        assignments = ", ".join(f"{column} = :{column}" for column in PLACED)
        db.execute(f"UPDATE agency SET {assignments} WHERE id = :id", {**values, "id": link["agency"]})


def reject_site(db: Database, proposal: int, by: str, at: datetime) -> None:
    """Note that a proposed address is not the agency's: it is not proposed again. Raises like `accept_site`."""
    with transaction(db):
        _decide(db, proposal, "rejected", by, at)


def _decide(db: Database, proposal: int, decision: str, by: str, at: datetime) -> dict[str, Any]:
    if not by.strip():
        raise UsageError("a site is accepted or rejected by a named person; give a name")
    rows = list(
        db.query(
            "UPDATE site_proposal SET decision = ?, reviewer = ?, reviewed_at = ? WHERE id = ? RETURNING *",
            [decision, by.strip(), at.isoformat(), proposal],
        )
    )
    if not rows:
        raise UsageError(f"no proposal {proposal}")
    return rows[0]
