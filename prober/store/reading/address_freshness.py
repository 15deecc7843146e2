"""Check whether the crawl still sees the address of a letter; a registry row may be older than its source page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from prober.domain.indicator import OFFICIAL

# Per agency: the newest visit that saw anything and was believed, and the newest scan that saw the address. The page is
# the one that showed the address in that scan; `read` is true if the newest visit read that page again.
_SQL = f"""
WITH looked AS (
  SELECT v.agency, MAX(v.scan) AS scan
  FROM visit v JOIN scan s ON s.id = v.scan
  WHERE v.outcome != 'unreachable' AND v.suspect = '' AND s.suspect = ''
  GROUP BY v.agency
), sighted AS (
  SELECT f.agency, o.scan, o.page
  FROM finding f JOIN scan_observation o ON o.finding = f.id
  WHERE f.kind = 'email' AND o.state = 'found' AND f.agency = :agency AND lower(f.value) = :address
)
SELECT l.scan AS looked, v.finished_at AS looked_at, COALESCE((
    SELECT w.state = 'not_found' OR w.state = 'found' AND v.outcome = 'seen'
    FROM verdict w WHERE w.scan = l.scan AND w.agency = l.agency AND w.kind = 'email'
  ), 0) AS whole,
  (SELECT MAX(scan) FROM sighted WHERE scan <= l.scan) AS sighted,
  (SELECT MAX(v.scan) FROM visit v JOIN scan s ON s.id = v.scan
   WHERE v.agency = :agency AND v.outcome != 'unreachable' AND v.suspect = '' AND s.suspect = ''
     AND v.finished_at <= :accepted_at) AS known,
  (SELECT p.url FROM sighted s JOIN page p ON p.id = s.page ORDER BY s.scan DESC LIMIT 1) AS url,
  EXISTS (
    SELECT 1 FROM scan_page n WHERE n.scan = l.scan AND n.agency = l.agency AND n.failure IS NULL AND n.status = 200
      AND n.url = (SELECT p.url FROM sighted s JOIN page p ON p.id = s.page ORDER BY s.scan DESC LIMIT 1)
  ) AS read,
  (SELECT group_concat(DISTINCT f.value) FROM scan_observation o JOIN finding f ON f.id = o.finding
   WHERE o.scan = l.scan AND f.agency = l.agency AND f.kind = 'email' AND o.state = 'found'
     AND f.category IN {OFFICIAL} AND f.value != '') AS shown
FROM looked l JOIN visit v ON v.agency = l.agency AND v.scan = l.scan
WHERE l.agency = :agency
"""


@dataclass(frozen=True, slots=True)
class CrawledAddress:
    """One address as the crawl knows it.

    `state` is one of: seen (the newest visit saw it); accepted (a person accepted it after that visit, or when it was
    no longer on the site, for example by telephone); vanished (an earlier visit saw it, and the newest read its page,
    or all of the site, without it); unread (an earlier visit saw it, and the newest did not get to its page); never (no
    visit ever saw it); unvisited (no visit saw anything of the site).
    """

    agency: str
    address: str
    state: str
    page: str = ""
    shown: tuple[str, ...] = ()  # addresses of offices that the newest visit saw instead

    @property
    def blocks(self) -> bool:
        return self.state == "vanished"


def sightings(results: Database, letters: Iterable[tuple[str, str, str | None]]) -> list[CrawledAddress]:
    """Return one sighting per (agency, address, time at which a person accepted the address, or None)."""
    return [_sighting(results, *letter) for letter in letters]


def _sighting(results: Database, agency: str, address: str, accepted_at: str | None) -> CrawledAddress:
    names = {"agency": agency, "address": address.casefold(), "accepted_at": accepted_at or ""}
    row = next(results.query(_SQL, names), None)
    if row is None:
        return CrawledAddress(agency, address, "unvisited")
    shown = tuple(sorted(row["shown"].split(","))) if row["shown"] else ()
    return CrawledAddress(agency, address, _state(row, accepted_at), row["url"] or "", shown)


def _state(row: dict[str, Any], accepted_at: str | None) -> str:
    if row["sighted"] == row["looked"]:
        return "seen"
    if accepted_at and accepted_at >= row["looked_at"]:
        return "accepted"
    if row["sighted"] is None:
        return "never"
    if row["known"] is not None and row["sighted"] < row["known"]:
        return "accepted"
    return "vanished" if row["read"] or row["whole"] else "unread"
