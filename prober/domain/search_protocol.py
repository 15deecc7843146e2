"""Define the search protocol: its steps, the record that a visit leaves of them, and the look list. Values only.

A person with this list and a browser can carry the protocol out with the same outcome (docs/method.md). What a visit
concludes rests on its record alone (prober.domain.verdicts). The look list changes no conclusion: it has the places at
which a person would stop, and is the first thing shown to the person who confirms.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from prober.domain.finding import Failure
from prober.domain.reason import Reasons, to_json

MOST_PAGES = 60  # most pages of a site that one visit asks for
MOST_LOOKS = 10  # most entries of the look list of one agency


class ProtocolStep(StrEnum):
    """A step of the protocol, in its order."""

    HOME = "home"  # the registry's address, its usual variants, redirects, refresh, frames; a browser for a shell
    SITE = "site"  # is it a site of the body: no closed notice, default page, login, list of files, other body's site
    LINKS = "links"  # links and sections that are named for what is missing, own sub-domains included
    SITEMAPS = "sitemaps"  # those that robots.txt names, else the usual address
    USUAL_PATHS = "usual_paths"  # of the technology, after a made-up address has shown what a missing page is like
    SEARCH = "search"  # the site's own search, where a link shows how it is asked
    SECTIONS = "sections"  # up to six entries of the frame whose names tell nothing, and what they name one click below
    LANGUAGE = "language"  # the Vietnamese pages of a site whose home page is in another language
    BROWSER = "browser"  # pages whose source shows an empty list, an empty menu or a shell
    ONCE_MORE = "once_more"  # what timed out or was limited, at the server's pace


class Carried(StrEnum):
    """How far a step of the protocol was carried out."""

    DONE = "done"
    NOTHING = "nothing"  # carried out: there was nothing to open, or nothing there
    NOT_NEEDED = "not_needed"  # everything sought had been found before
    NOT_DONE = "not_done"  # not carried out, or not to its end; its reasons say why


class Outcome(StrEnum):
    """Result of looking at an address. Only FAILED and UNOPENED leave open what is there."""

    READ = "read"  # read
    MISSING = "missing"  # there is no such page
    REDIRECTED = "redirected"  # it leads to another address, which has a row of its own or is not of this agency
    FAILED = "failed"  # no answer that decides anything
    UNOPENED = "unopened"  # never asked for


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What became of one step of the protocol."""

    step: ProtocolStep
    carried: Carried
    reasons: Reasons = ()


@dataclass(frozen=True, slots=True)
class OpenedAddress:
    """One address that a step asked for. `kinds` are the indicators that it is named for; () for none."""

    step: ProtocolStep
    url: str
    outcome: Outcome
    words: str = ""  # by which the site names it: the text of the link
    kinds: tuple[str, ...] = ()
    status: int = 0  # HTTP status; 0 where no answer came
    failure: Failure | None = None
    location: str = ""  # where a redirect led
    count: int | None = None  # links of a home page, addresses in a sitemap, results of a search


@dataclass(frozen=True, slots=True)
class ProtocolRecord:
    """The record of one visit: its steps in the order of the protocol, and the addresses in the order of asking."""

    steps: tuple[StepRecord, ...] = ()
    addresses: tuple[OpenedAddress, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """Return the columns of table search_step: for each step one row without an address, then its addresses.

        >>> record = ProtocolRecord((StepRecord(ProtocolStep.SITEMAPS, Carried.NOTHING),))
        >>> [(row["step"], row["outcome"], row["url"]) for row in record.rows()]
        [('sitemaps', 'nothing', '')]
        """
        rows: list[dict[str, Any]] = []
        for told in self.steps:
            rows.append(_row(told.step, told.carried, reason=to_json(told.reasons)))
            rows += [_of_address(opened) for opened in self.addresses if opened.step == told.step]
        return rows

    @property
    def sha256(self) -> str:
        """The hash by which an unchanged site's record is stored once, however many nights repeat it."""
        rows = json.dumps([list(row.values()) for row in self.rows()], ensure_ascii=False)
        return sha256(rows.encode()).hexdigest()


def _of_address(opened: OpenedAddress) -> dict[str, Any]:
    return _row(
        opened.step, opened.outcome, opened.url, words=opened.words, status=opened.status, failure=opened.failure,
        kinds=json.dumps(opened.kinds) if opened.kinds else "", location=opened.location, count=opened.count,
    )  # fmt: skip


def _row(step: ProtocolStep, outcome: str, url: str = "", **more: Any) -> dict[str, Any]:
    empty = {
        "words": "", "kinds": "", "status": 0, "failure": None, "location": "", "count": None, "reason": "",
    }  # fmt: skip
    return {"step": step.value, "url": url, "outcome": str(outcome)} | empty | more


class LookMark(StrEnum):
    """Why a person should look at a place, best first. `prober.reporting.words.labels` has the words of each."""

    QUESTIONS_NAMED = "questions_named"  # a page or entry of the menu is named for questions and shows none
    CONTACT_NAMED = "contact_named"  # a page is named for contact and shows no address
    FREE_MAIL = "free_mail"  # an address at a free provider, which the body itself calls its own
    PICTURED_ADDRESS = "pictured_address"  # a picture stands where an address belongs
    HIDDEN_ADDRESS = "hidden_address"  # an address is there and could not be read, or may be a person's
    NAMED_UNREAD = "named_unread"  # a link of the menu failed, or shows an empty page
    SCRIPT_ONLY = "script_only"  # an entry that only a script opens
    OTHER_HOST = "other_host"  # a sub-domain of the site's own that was not reached
    ACCOUNT = "account"  # an account on a social network of which the owner is not certain
    NOTHING_NEWER = "nothing_newer"  # the site has published nothing for years: the body may have moved


@dataclass(frozen=True, slots=True)
class LookEntry:
    """One place at which a person would stop. It changes no state."""

    mark: LookMark
    url: str  # where to look
    words: str = ""  # of the page or link, at most 200 characters
    kinds: tuple[str, ...] = ()  # the indicators that it may concern


def shortlist(entries: Iterable[LookEntry]) -> tuple[LookEntry, ...]:
    """Return at most MOST_LOOKS entries, each place once for each mark, in the order of the marks.

    >>> one, two = LookEntry(LookMark.ACCOUNT, "http://x.test/"), LookEntry(LookMark.FREE_MAIL, "http://x.test/")
    >>> [entry.mark.value for entry in shortlist([one, two, one])]
    ['free_mail', 'account']
    """
    order = list(LookMark)
    first: dict[tuple[LookMark, str, str], LookEntry] = {}
    for entry in entries:
        first.setdefault((entry.mark, entry.url, entry.words), entry)
    return tuple(sorted(first.values(), key=lambda entry: order.index(entry.mark)))[:MOST_LOOKS]
