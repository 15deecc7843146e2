"""Define what a detector finds on one page, and what a scan concludes about one agency."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """The three answers of the machine. That a thing is absent is said by a person alone (docs/method.md)."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    NOT_SEEN = "not_seen"


EMPTY = "empty_section"  # category of a page that is named as a section and holds nothing of it


class Failure(StrEnum):
    """Why a portal, or a page of it, could not be seen as a person would see it."""

    DNS = "dns"
    TLS = "tls"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    BLOCKED = "blocked"
    CHALLENGE = "challenge"
    CAPTCHA = "captcha"
    ROBOTS = "robots"
    EMPTY_AFTER_RENDER = "empty_after_render"
    CLOSED = "closed"  # a page answers for the body, and there is no site behind it: closed, under construction, login
    NO_SITE = "no_site"  # nothing of a site of the body: blank, a default or parked page, a listing of files, an error
    BUDGET = "budget"
    MOVED = "moved"
    UNREADABLE = "unreadable"
    UNLISTED = "unlisted"  # a rehearsal does not reach it; no statement about the site
    INTERNAL = "internal"  # the prober itself failed; no statement about the site


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen on one page, with the words that prove it.

    `category` refines the kind: the class of an address (`agency_role`, `vendor` …; `document` is a list of addresses
    that was not read), the platform of a channel (`facebook` …), the scope of a Q&A section (`general`, `budget`,
    `admin_procedures`, `delegated`, `faq`), the part of an access-to-information section (`section`, `regulation`,
    `focal_point`), the purpose of a form (`contact`, `ask`, `search` …), the part of a budget publication (`section`,
    `empty_section`, `own_office`, or one of the seven document types `BUDGET_TYPES`).

    `level` is 0–5 for Q&A (docs/reference/wording.md#levels) and 0 elsewhere. `confidence` is in 0..1. `value` is
    normalised: an address, a channel URL, the URL of a section or form, the budget year of a document. `snippet` is
    verbatim text of the page, at most 300 characters; `selector` is a CSS path to it, or "".
    """

    kind: str
    category: str
    value: str
    state: State
    level: int
    confidence: float
    snippet: str
    selector: str
    page_url: str
    detector: str
    version: str
    detail: Mapping[str, Any] = field(default_factory=dict)
