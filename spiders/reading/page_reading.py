"""Define what is read of a page: one small value, from which a visit decides. Pure; it parses nothing."""

import hashlib
import importlib.metadata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from prober.detectors.body import Body
from prober.domain.finding import Failure, Finding
from prober.domain.hostnames import host_of
from prober.domain.indicator import OWN_QA, Kind
from prober.domain.pages.page_dates import PageDates
from prober.domain.search_protocol import LookEntry
from prober.domain.visit import SiteLink
from prober.text.patterns import linear
from spiders.visit.urls import page_key

_INTEGER = linear(r"\d+")


class Purpose(StrEnum):
    """Use for which a page is read. Only for the first two do all detectors read it."""

    PAGE = "page"
    HOME = "home"  # the technology of the site is recognised too
    QUESTIONS = "questions"  # one more page of a list of questions
    LINKS = "links"  # results of a search: a way to other pages
    STATE = "state"  # whether there is a page at all


class PageSource(NamedTuple):
    """Source from which a page is read: the body as received, or the document that a browser shows."""

    content: bytes | str
    url: str
    status: int
    headers: Mapping[str, str]  # names in lower case
    fetched_at: datetime
    rendered: bool = False
    purpose: Purpose = Purpose.PAGE


class LinkReading(NamedTuple):
    """One link of a page that may lead to a page: with a host, and not dead unless a script may open it."""

    url: str  # absolute
    text: str
    place: str  # as in prober.domain.pages.page.Link
    rel: str = ""
    promises: tuple[tuple[str, float], ...] = ()  # of text, address and place (prober.detectors.link_promises)
    labelled: bool = False  # the text alone promises something
    scripted: bool = False  # only a script knows where it leads: no page can be opened


class Offer(NamedTuple):
    """One document of a contact page that may list addresses; `worth` is 0 to 1, `suffix` that of its name."""

    url: str
    name: str
    worth: float
    suffix: str
    page_url: str
    selector: str


class SiteMarks(NamedTuple):
    """Marks that distinguish a page of a site from a notice, a login, a default page or a listing of files."""

    mark: str = ""  # hash of title and visible text without their numbers
    speaks: bool = False  # it is in the language of the public body, or names it
    sections: int = 0  # links to places on the page itself
    listing: bool = False  # it lists files by their names
    login: bool = False  # it asks for a password, and shows little else


@dataclass(frozen=True, slots=True)
class Pagination:
    """The other pages of a list, as linked on one page. `total` counts entries, `last` pages; 0 if unknown."""

    numbered: dict[int, str] = field(default_factory=dict)  # page number → address
    next: str = ""
    last: int = 0
    total: int = 0

    def page_keys(self) -> frozenset[str]:
        """Return the page keys of the linked pages of the list."""
        return frozenset(map(page_key, filter(None, (*self.numbered.values(), self.next))))

    def address(self, number: int) -> str:
        """Return the address of a page: as linked, or by the rule that two linked ones show; "" if there is no rule.

        >>> Pagination({2: "http://x.test/h?p=10", 3: "http://x.test/h?p=20"}).address(30)
        'http://x.test/h?p=290'
        """
        if number in self.numbered:
            return self.numbered[number]
        for (one, url), (other, beside) in pairwise(sorted(self.numbered.items())):
            found = _continued(one, url, other, beside, number)
            if found:
                return found
        return ""


def _continued(one: int, url: str, other: int, beside: str, number: int) -> str:
    """Return the address of page `number`, if those of `one` and `other` differ in one number only, by an even step."""
    if _INTEGER.split(url) != _INTEGER.split(beside):
        return ""
    values, others = _INTEGER.findall(url), _INTEGER.findall(beside)
    differing = [place for place, (a, b) in enumerate(zip(values, others, strict=True)) if a != b]
    if len(differing) != 1:
        return ""
    place = differing[0]
    step, rest = divmod(int(others[place]) - int(values[place]), other - one)
    value = int(values[place]) + step * (number - one)
    if rest or step < 1 or value < 0:
        return ""
    match = list(_INTEGER.finditer(url))[place]
    return f"{url[: match.start()]}{value}{url[match.end() :]}"


@dataclass(frozen=True, slots=True)
class PageReading:
    """Everything that is read of one page, as received or as a browser shows it.

    Where an obstacle was met, and of a page with an error status, links, findings and all that follows them stay empty.
    Only the level of a Q&A section depends on the day of the visit.
    """

    url: str
    status: int
    rendered: bool
    title: str
    text_length: int  # characters of visible text
    text_mark: str  # hash of the visible text without its numbers: equal for all pages with the same text
    soft_404: bool
    obstacle: Failure | None
    obstacle_detail: str  # in words; "" without an obstacle
    needs_browser: str  # in words, why a browser would show more; "" if it would not
    loads_data: bool  # inline scripts request data from the server and use the answer
    render_mark: str  # mark of its kind (spiders.visit.steps.rendering); "" if no browser can show more
    writes_words: bool = False  # an inline script writes links with names: shown at the end of a visit at most
    links: tuple[LinkReading, ...] = ()  # in document order, each address and text once
    refresh: str = ""  # where a page without links of its own forwards its reader; "" for any other page
    findings: tuple[Finding, ...] = ()
    in_section: bool = False  # it belongs to a Q&A section of the agency
    questions: tuple[Mapping[str, Any], ...] = ()  # rows of qa_thread, of a page of a Q&A section only
    pagination: Pagination = field(default_factory=Pagination)  # of their list
    following: str = ""  # the next page of any other list of few pages
    dates: PageDates = PageDates()
    site: SiteMarks = SiteMarks()
    looks: tuple[LookEntry, ...] = ()  # places at which a person would stop
    platform: str = ""  # name of the technology (spiders.reading.platforms), of a home page only
    sites: tuple[SiteLink, ...] = ()  # links to sites of its departments
    offers: tuple[Offer, ...] = ()  # documents of a contact page
    read_on: date = date.min  # the same bytes give the same value on every day from this one
    same_until: date = date.max  # to this one

    @property
    def host(self) -> str:
        return host_of(self.url)


def section_here(url: str, findings: Iterable[Finding]) -> bool:
    """Return True if the page at `url` is of a Q&A section of the agency, so that its links lead further into it."""
    return any(f.kind == Kind.QA and f.category in OWN_QA and f.level >= 2 and f.page_url == url for f in findings)


def names_questions(page: PageReading) -> bool:
    """Return True if a page is named for questions of the agency's, whether it shows any or not."""
    return any(f.kind == Kind.QA and f.category in OWN_QA and f.value == f.page_url for f in page.findings)


# Of all headers only these tell anything of a page: its encoding, its sections, and that a protection answered.
_TELLING = ("content-type", "link", "cf-mitigated", "x-amzn-waf-action")


def reading_key(source: PageSource, body: Body, version: str, study: str = "") -> bytes:
    """Return the key under which a reading is kept: with the same one, the same value is read.

    `version` is that of the code that reads pages, `study` that of the words and rules of the study.
    """
    content = source.content.encode() if isinstance(source.content, str) else source.content
    headers = [source.headers.get(name, "") for name in _TELLING]
    its = [getattr(body, known.name) for known in fields(body) if known.name not in _OF_STUDY]
    told = msgspec.json.encode(
        (version, study, source.url, source.status, headers, source.rendered, source.purpose, its)
    )
    return hashlib.sha256(hashlib.sha256(content).digest() + told).digest()


_OF_STUDY = ("vocabulary", "sought")  # what `study` stands for


@cache
def reader_version() -> str:
    """Return the version of the code that reads pages: a hash of its source, and the parser's version."""
    sources = (path for room in _ROOMS for path in sorted((_ROOT / room).rglob("*.py")))
    told = hashlib.sha256(importlib.metadata.version("selectolax").encode())
    for path in sources:
        told.update(path.read_bytes())
    return told.hexdigest()


_ROOT = Path(__file__).parents[2]
_ROOMS = (
    "prober/detectors",
    "prober/portal_review",
    "prober/domain",
    "prober/text",
    "spiders/reading",
    "spiders/visit",
)

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(PageReading)


def encoded(reading: PageReading) -> bytes:
    """Return a reading as MessagePack, the form in which processes hand it over and the cache keeps it."""
    return _encoder.encode(reading)


def decoded(data: bytes) -> PageReading:
    """Return the reading that `encoded` made into `data`. Raises ValueError for anything else."""
    return _decoder.decode(data)
