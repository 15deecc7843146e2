"""Define the agencies of the registry."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Agency:
    """One body that is crawled or asked. Its key is (frame, slug); `id` joins the two for the databases.

    The same slug, and the same official code, may mean another territory in another frame: seven codes of 2025 belonged
    to a different province in 2019 (docs/reference/registry.md#codes). Never key on either alone.
    `province` is the slug of the province in the same frame; a finance department's own slug is `stc-<province>`.
    """

    slug: str
    frame: str
    kind: str  # "portal", "finance", or a kind that a user added
    name_vi: str
    name_en: str
    province: str
    province_vi: str
    province_en: str
    url: str
    alt_urls: tuple[str, ...] = ()
    code: str = ""
    region: str = ""
    region_en: str = ""
    pobi_region: str = ""
    lat: float | None = None
    lon: float | None = None
    grid_row: int | None = None
    grid_col: int | None = None
    url_source: str = ""
    url_confidence: str = ""  # "high", "medium", "low"
    request_email: str = ""
    request_email_source: str = ""
    request_email_reviewed_by: str = ""
    request_email_reviewed_at: str = ""
    note: str = ""
    expects: str = ""  # floors below which a visit is suspected (prober.domain.visit.floors)
    expects_reason: str = ""  # who saw how much, and when

    @property
    def name(self) -> str:
        """Its name in the language of the list; the Vietnamese one of a list with two."""
        return self.name_vi

    @property
    def id(self) -> str:
        return f"{self.frame}-{self.slug}"


FIELDS = tuple(field.name for field in fields(Agency))


@dataclass(frozen=True, slots=True)
class Succession:
    """`predecessor` became (part of) `successor` on `effective_date` (ISO date, empty where nothing changed)."""

    predecessor: str  # Agency.id
    successor: str  # Agency.id
    effective_date: str
    holds_seat: bool = False  # the successor keeps the seat, and most often the site, of this predecessor


PLACE = "place"  # the kind of what has a portal and departments, among terms


class Term(NamedTuple):
    """Names in a study: of a frame (its title is in `one`), or of one and many agencies of a kind, or places."""

    what: str  # "frame" or "kind"
    name: str
    one_vi: str
    one_en: str
    many_vi: str = ""
    many_en: str = ""


class OtherSurvey(NamedTuple):
    """How many answers another survey counted, beside which those of the study are shown: `k` of `n`.

    `of_*` say what it counted them of: a survey of e-mails is not one of offices.
    """

    name: str
    k: int
    n: int
    of_vi: str
    of_en: str
    source: str


class Reference(NamedTuple):
    """Result of an earlier survey of the same question for one indicator in a frame: `k` of `n`.

    The study's own number is compared with it. `about_*` say which survey it is, `limits_*` what is not known about it.
    """

    frame: str
    indicator: str  # as in `headline`
    name: str
    k: int
    n: int
    about_vi: str
    about_en: str
    limits_vi: str
    limits_en: str


_NUMBERS: dict[str, type[float] | type[int]] = {"lat": float, "lon": float, "grid_row": int, "grid_col": int}


def from_row(row: Mapping[str, Any]) -> Agency:
    """Return an Agency from a row of texts (CSV) or of values (SQLite, JSON); unknown keys are ignored.

    `alt_urls` may be a list, its JSON text, or addresses separated by blanks. Raises ValueError for a text that is not
    a number where one is expected, and TypeError for a missing field.
    """
    values = {name: row[name] for name in FIELDS if row.get(name) is not None}
    for name, number in _NUMBERS.items():
        if name in values:
            values[name] = number(values[name]) if values[name] != "" else None
    if "alt_urls" in values:
        values["alt_urls"] = _urls(values["alt_urls"])
    return Agency(**values)


def _urls(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = json.loads(value) if value.startswith("[") else value.split()
    return tuple(value)
