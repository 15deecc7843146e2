"""Represent what a visit holds of a whole site, besides its pages: how its server answers. Values, read by measures.

A measure (prober.portal_review.server_answers) is a function from a `SiteSeen` to a `Measured`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from prober.domain.finding import Failure, Finding, State


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """The answer to one request, or the reason why there is none (`failure`, status 0)."""

    url: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    location: str = ""  # where a redirect leads that was not followed, absolute
    failure: Failure | None = None
    text: str = ""  # the beginning of a body that is no page
    page: bool = False  # the body is a page
    day: date = date.min  # when it was asked
    led_to: str = ""  # the page, known to the visit, to which it led


@dataclass(frozen=True, slots=True)
class TitleSearch:
    """The answer of the site's own search to a title that the site itself lists."""

    title: str
    target: str  # the address that the title leads to on the site
    listed_on: str  # the page that lists it
    asked: ServerAnswer
    read: bool = False  # the page of results could be read without a browser
    listed: int = 0  # links on it with this title or to this address
    anyway: int = 0  # the same where a word was asked for that stands nowhere; 0 if none was


class Violation(NamedTuple):
    """One rule of axe-core that a page breaks, and the first element that does."""

    rule: str
    impact: str  # minor, moderate, serious or critical
    elements: int
    selector: str
    markup: str


@dataclass(frozen=True, slots=True)
class SiteSeen:
    """A site as known when its visit ends. None: it was not asked, or gave no answer."""

    home: str = ""  # address of the home page; "" if none was reached
    home_answer: ServerAnswer | None = None
    trust: str = ""  # how its certificate was trusted; "" for normal verification
    home_again: int = 0  # status of the home page after an address was refused; 0 if it was not asked
    plain: ServerAnswer | None = None  # to http, where the home page is at https, after redirects; asked twice
    made_up: ServerAnswer | None = None  # to an address that does not exist, after redirects
    made_up_says: bool = False  # the page there says in words that there is none
    security_txt: ServerAnswer | None = None
    search: TitleSearch | None = None
    searchable: bool = False  # the site links its own search
    violations: tuple[Violation, ...] | None = None  # of the stored home page; None: no browser judged it
    judged: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)  # indicator → one of each page read


@dataclass(frozen=True, slots=True)
class Measured:
    """The result of a measure: the state, the category that says why, the words and the address that show it."""

    state: State
    category: str
    snippet: str = ""
    url: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)
