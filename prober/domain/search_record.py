"""Represent how a site was searched for what was not found: the evidence of "absent", and of what stayed unknown.

A reader can repeat each step by hand: every one has an address and what was met there.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from prober.domain.finding import Failure


class Part(StrEnum):
    """A part of a search, in the order in which a reader is shown them."""

    HOME = "home"  # an address of the home page
    MENU = "menu"  # the links in the menu of the home page
    FOOTER = "footer"  # the links in its footer
    LINK = "link"  # an address that the site names and that promises what is looked for: a candidate
    SITEMAP = "sitemap"  # a list of addresses for search engines, or a site's own site map
    USUAL_PATH = "usual_path"  # an address that portals of this technology usually have
    SEARCH = "search"  # results of the site's own search
    MADE_UP = "made_up"  # an address that surely does not exist: what the site answers there means "no such page"
    PAGE = "page"  # any other page that was read or should have been


class Outcome(StrEnum):
    """What was met at an address. Only FAILED and UNOPENED leave open whether the thing is there."""

    READ = "read"  # read, and what is looked for is not on it
    MISSING = "missing"  # there is no such page
    REDIRECTED = "redirected"  # it leads to another address, which has a step of its own or is not of this agency
    FAILED = "failed"  # no answer that decides anything
    UNOPENED = "unopened"  # never asked for


@dataclass(frozen=True, slots=True)
class SearchStep:
    """One address that was looked at. `kinds` are those that were looked for there; () for all."""

    part: Part
    url: str
    outcome: Outcome
    kinds: tuple[str, ...] = ()
    found_by: str = ""  # for a candidate: where its address stands (menu, footer, link, sitemap, search)
    status: int = 0  # HTTP status; 0 where no answer came
    failure: Failure | None = None
    location: str = ""  # where a redirect led
    count: int | None = None  # links of the home page, its menu or footer, addresses in a sitemap, results of a search

    def row(self) -> dict[str, Any]:
        """Return the columns of table search_step.

        >>> SearchStep(Part.USUAL_PATH, "http://x.gov.vn/hoi-dap", Outcome.MISSING, ("qa",)).row()["kinds"]
        '["qa"]'
        """
        return {
            "part": self.part, "url": self.url, "found_by": self.found_by,
            "kinds": json.dumps(self.kinds) if self.kinds else "", "outcome": self.outcome, "status": self.status,
            "failure": self.failure, "location": self.location, "count": self.count,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """The steps of one visit's search, in the order of Part, then as they were taken."""

    steps: tuple[SearchStep, ...] = ()

    @property
    def sha256(self) -> str:
        """Return the hash by which an unchanged site's record is stored once, however many nights repeat it."""
        rows = json.dumps([list(step.row().values()) for step in self.steps], ensure_ascii=False)
        return sha256(rows.encode()).hexdigest()


def in_order(steps: Iterable[SearchStep]) -> tuple[SearchStep, ...]:
    """Return the steps as a reader is shown them."""
    order = list(Part)
    return tuple(sorted(steps, key=lambda step: order.index(step.part)))
