"""Represent one visit to one agency's site: everything that is stored about it, as one value.

Part of it is the record of the search protocol: the evidence of "not found", and of what could not be seen. A reader
can repeat each step by hand: every address asked for is there, with what was met (prober.domain.search_protocol).

A visit that finds less than the registry expects of its site is not believed. Zero findings are a signal: a portal that
had twenty questions last year and none tonight was more likely misread than emptied. A person who looked at the site
writes a floor, with the reason for it (`expects_reason`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from prober.domain.finding import Failure, Finding, State
from prober.domain.indicator import INDICATORS, OFFICIAL, WRITABLE_FORM, Indicator, Kind
from prober.domain.question_history import ReadList
from prober.domain.reason import TEXT, Reason, Reasons
from prober.domain.search_protocol import LookEntry, ProtocolRecord
from prober.domain.verdicts import Verdict, Walk, verdicts
from prober.text.patterns import linear

_FOR_NOW = {429: Failure.BLOCKED, 503: Failure.HTTP_5XX}
_FLOOR = linear(r"(?P<name>[a-z_]+)\s*>=\s*(?P<least>\d{1,6})")


@dataclass(frozen=True, slots=True)
class NotModified:
    """A later request and its answer, 304: what was received before has not changed. Header blocks as in Exchange."""

    at: datetime
    request: bytes
    head: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response as transmitted, without transfer encoding.

    `request` and `head` are header blocks without the empty line; `body` keeps its content encoding.
    """

    url: str
    fetched_at: datetime
    request: bytes
    head: bytes
    body: bytes
    ip: str = ""
    confirmed: NotModified | None = None  # set if the server said so tonight, instead of sending it again


def digest(content: bytes) -> str:
    """Return the SHA-256 of stored bytes, in hexadecimal: their name in evidence and database."""
    return sha256(content).hexdigest()


def for_now(status: int, failure: Failure | None) -> bool:
    """Return True if a server refused for the time being, so that the same request may be answered later.

    >>> for_now(429, Failure.BLOCKED), for_now(403, Failure.BLOCKED), for_now(503, Failure.CHALLENGE)
    (True, False, False)
    """
    return failure is not None and _FOR_NOW.get(status) == failure


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One page that was requested. `failure` is None where it could be read; `status` 0 means that no answer came."""

    url: str
    status: int
    failure: Failure | None
    title: str
    fetched_at: datetime
    rendered: bool
    bytes: int
    sha256: str
    found_by: str
    location: str = ""  # where a redirect led
    render_mark: str = ""  # why a browser rendered it, and a hash of its scripts
    render_gain: bool | None = None  # whether the browser showed more than the source

    @property
    def missing(self) -> bool:
        """Return True if the answer says that there is no page: by its status, or in words with another status."""
        return self.failure is not None and (
            self.status in (404, 410) or (self.failure == Failure.HTTP_4XX and self.status == 200)
        )


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """One record of a WARC file or one picture, stored before the visit is. `sha256` is that of its content."""

    sha256: str
    kind: str  # "warc" or "screenshot"
    media_type: str
    bytes: int
    path: str  # under the evidence folder
    warc_offset: int | None
    page_url: str


@dataclass(frozen=True, slots=True)
class SiteLink:
    """A link on a body's site that may lead to the site of a department of it."""

    url: str
    page_url: str  # the page with the link
    snippet: str  # its words
    confidence: float  # 0 to 1, from words and domain
    kind: str  # of the department


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """An address that a reply named, and the page of the visit to which it led."""

    url: str
    page_url: str
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class VisitResult:
    """One finished visit. `findings` holds each thing once, on the page that shows it best."""

    agency: str  # Agency.id
    outcome: str  # seen; partial if something sought was not seen; unreachable if no home page of the body was reached
    failure: Failure | None  # why something was not seen, the first reason
    failure_detail: Reasons  # what was met
    final_url: str
    technology: str
    requests: int
    bytes: int
    seconds: float
    started_at: datetime
    finished_at: datetime
    pages: tuple[PageRecord, ...] = ()
    findings: tuple[Finding, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    evidence: tuple[EvidenceRecord, ...] = ()
    threads: tuple[Mapping[str, Any], ...] = field(default=())  # rows of qa_thread without agency, scan and page
    tls: str = ""  # how the certificates of the site were verified
    newest_on: date | None = None  # newest date on the pages read; None where the home page has no date
    suspect: Reasons = ()  # shortfalls from the registry's floors (`shortfall`)
    archive_pages: int = 0  # pages read of the list of questions
    archive_total: int | None = None  # questions in that list, about
    archive_list: ReadList | None = None  # that list as it was read, to follow its questions from visit to visit
    sites: tuple[SiteLink, ...] = ()
    checks: tuple[LinkCheck, ...] = ()  # addresses that replies of this agency named
    record: ProtocolRecord = ProtocolRecord()  # how the protocol was carried out
    looks: tuple[LookEntry, ...] = ()  # where a person should look first
    without_browser: bool = False  # a page was to be rendered, on a machine that has no browser

    @property
    def limited(self) -> bool:
        """True if the site was not fully seen and refused for the time being (429, 503): a later visit may see more."""
        return self.outcome != "seen" and any(for_now(page.status, page.failure) for page in self.pages)


def unseen(
    agency: str, where: str, started_at: datetime, finished_at: datetime,
    sought: Iterable[Indicator] = INDICATORS,
) -> VisitResult:  # fmt: skip
    """Return the visit to `agency` (an Agency.id) as unusable: the prober failed at `where`, and nothing is known."""
    met: Reasons = (Reason(TEXT, text=f"the prober failed: {where}"),)
    walk = Walk(failed=Reason(Failure.INTERNAL.value, detail=met))
    return VisitResult(
        agency=agency, outcome="unreachable", failure=Failure.INTERNAL, failure_detail=met, final_url="",
        technology="", requests=0, bytes=0, seconds=0.0, started_at=started_at, finished_at=finished_at,
        verdicts=verdicts((), walk, started_at.date(), sought),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Floor:
    """At least `least` of the things that `name` counts."""

    name: str
    least: int


def floors(text: str) -> tuple[Floor, ...]:
    """Return the floors of one registry row. Raises ValueError that quotes the unreadable part.

    >>> floors("emails>=1; qa_level>=4")
    (Floor(name='emails', least=1), Floor(name='qa_level', least=4))
    """
    found = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = _FLOOR.fullmatch(part)
        if not match or match["name"] not in MEASURES:
            raise ValueError(f"{part!r} is no floor; write name>=number, with a name of {', '.join(MEASURES)}")
        found.append(Floor(match["name"], int(match["least"])))
    names = [floor.name for floor in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{', '.join(twice)} has two floors")
    return tuple(found)


def shortfall(expected: Sequence[Floor], visit: VisitResult) -> Reasons:
    """Return where `visit` stays below the floors; () where it does not.

    A site that was not reached is not compared; its failure is what counts.
    """
    if visit.outcome == "unreachable":
        return ()
    below = [(floor, seen) for floor in expected if (seen := MEASURES[floor.name](visit)) < floor.least]
    return tuple(Reason("below_floor", name=floor.name, seen=seen, least=floor.least) for floor, seen in below)


def _shown(visit: VisitResult, kind: str) -> list[Finding]:
    return [finding for finding in visit.findings if finding.kind == kind and finding.state == State.FOUND]


def _emails(visit: VisitResult) -> int:
    return len({f.value for f in _shown(visit, Kind.EMAIL) if f.category in OFFICIAL})


def _qa_level(visit: VisitResult) -> int:
    return max((verdict.level for verdict in visit.verdicts if verdict.kind == Kind.QA), default=0)


MEASURES: Mapping[str, Callable[[VisitResult], int]] = {
    "emails": _emails,
    "qa_level": _qa_level,
    "questions": lambda visit: len(visit.threads),
    "socials": lambda visit: len(_shown(visit, Kind.SOCIAL)),
    "access": lambda visit: len(_shown(visit, Kind.ACCESS)),
    "web_forms": lambda visit: sum(f.category in WRITABLE_FORM for f in _shown(visit, Kind.WEB_FORM)),
    "pages": lambda visit: sum(page.failure is None and page.status == 200 for page in visit.pages),
}
