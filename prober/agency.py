"""An agency of the registry, and what is known about where it can be found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agency:
    """One body that is crawled or asked. Its key is (frame, slug); `id` joins the two for the databases.

    The same slug, and the same official code, may mean another territory in another frame: seven codes of 2025 belonged
    to a different province in 2019 (reference page on the registry, trap 1). Never key on either alone.
    `province` is the slug of the province in the same frame; a finance department's own slug is `stc-<province>`.
    """

    slug: str
    frame: str
    kind: str  # "portal", "finance", or a user's own word
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

    @property
    def id(self) -> str:
        return f"{self.frame}-{self.slug}"


@dataclass(frozen=True, slots=True)
class Succession:
    """`predecessor` became (part of) `successor` on `effective_date` (ISO date, empty where nothing changed)."""

    predecessor: str  # Agency.id
    successor: str  # Agency.id
    effective_date: str
