"""Store the addresses of departments' sites to which the body above links, and people's decisions about them.

A link never changes the registry. Accepting one does, and outlives every later sync (prober.store.results.registry).
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from prober.domain.hostnames import site_of
from prober.domain.visit import SiteLink
from prober.errors import UsageError
from prober.store import Database, transaction
from prober.text.words import Department

PLACED = ("url", "alt_urls", "url_source", "url_confidence")  # columns of `agency` that accepting a site sets

# A link counts for the one department of its kind in the province and frame; where there are several, for none.
_DEPARTMENT = """
SELECT MIN(d.id) FROM agency p JOIN agency d ON d.frame = p.frame AND d.province = p.province
WHERE p.id = :whole AND d.kind = :kind AND d.kind <> p.kind HAVING COUNT(*) = 1
"""
_IN_NEED = """
SELECT p.id
FROM agency f
JOIN agency p ON p.frame = f.frame AND p.province = f.province AND p.kind = :part_of
LEFT JOIN latest_visit v ON v.agency = f.id
WHERE f.kind = :kind AND (f.url_confidence = 'low' OR v.failure = 'moved'
  OR v.outcome = 'unreachable' AND v.failure IS NOT 'internal')
"""
_LINKS = """
SELECT s.id, s.agency, a.slug, a.frame, a.name_vi, a.url, a.alt_urls, a.url_confidence, v.outcome, v.failure,
  v.final_url, s.url AS address, s.page_url, s.snippet, s.scan, s.confidence, s.decision, s.reviewer, s.reviewed_at
FROM site_proposal s
JOIN agency a ON a.id = s.agency
LEFT JOIN latest_visit v ON v.agency = a.id
ORDER BY s.agency, s.scan DESC, s.confidence DESC, s.url
"""


def save_sites(db: Database, scan: int, whole: str, sites: Iterable[SiteLink]) -> None:
    """Store what a visit to the agency `whole` says of its departments' sites, in the caller's transaction.

    A person's decision about an address stays when the address is seen again.
    """
    links = list(sites)
    kinds = {link.kind for link in links}
    found = {kind: db.execute(_DEPARTMENT, {"kind": kind, "whole": whole}).fetchone() for kind in kinds}
    if links:
        db.conn.executemany(
            "INSERT INTO site_proposal (agency, url, page_url, snippet, scan, confidence) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (agency, url) DO UPDATE SET page_url = excluded.page_url, snippet = excluded.snippet, "
            "scan = excluded.scan, confidence = excluded.confidence",
            [
                (found[link.kind][0], link.url, link.page_url, link.snippet, scan, link.confidence)
                for link in links
                if found[link.kind]
            ],
        )


def in_need(db: Database, departments: Iterable[Department]) -> frozenset[str]:
    """Return the bodies with a department whose address is a guess, was not reached last time, or leads elsewhere.

    Returns ids. On the sites of these bodies a page that lists departments is worth a visit of its own.
    """
    asked = ({"kind": one.kind, "part_of": one.part_of} for one in departments)
    return frozenset(row[0] for kinds in asked for row in db.execute(_IN_NEED, kinds).fetchall())


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
