"""Say what changes on the sites in the weeks after the world's first day: which site, from which day, and what.

A table to be read by people. The seed draws the sites among those that an event fits, those of the small world first.
Before its day, and on every other site, the world stays as prober.sandbox.plot.site_roles has it.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from prober.sandbox.plot.site_roles import SMALL, Role

NIGHTS = (14, 28)  # days after the first on which `prober demo` crawls again: two of the changes last one night
Fields = Mapping[str, Any]  # of a role, with what they are from then on
_SWAPPED = {"congttdt": "thongtin", "thongtin": "congttdt"}  # of one length: labels are drawn by it


@dataclass(frozen=True, slots=True)
class ChangeKind:
    """One kind of change: its name and reason, its days after the world's first, whom it fits, and what it does."""

    name: str
    why: str
    first: int  # days after the world's first day
    days: int | None  # for how many days it holds; None: for good
    fits: Callable[[Role], object]
    changed: Callable[[Role, date], Fields]


@dataclass(frozen=True, slots=True)
class SiteChange:
    """One change on one site: what is other about its role from the day `first` until before the day `end`."""

    slug: str
    name: str
    first: date
    end: date | None
    fields: Fields

    def shows(self, day: date) -> bool:
        return self.first <= day and (self.end is None or day < self.end)


# Each takes a site of its own. What one portal loses another gains, so that no share of the survey moves by it.
EVENTS = (
    ChangeKind(
        "opens-section", "a portal that led to another body's questions opens a section of its own", 9, None,
        lambda role: "delegated" in role.quirks,
        lambda role, day: {"level": 3, "web_form": True, "quirks": role.quirks - {"delegated"}},
    ),
    ChangeKind(
        "loses-section", "the Q&A section is gone, from the menu and by its address", 11, None,
        lambda role: _plain(role) and role.level >= 3, lambda role, day: {"level": 0},
    ),
    ChangeKind(
        "other-address", "the portal shows another address of its office", 12, None,
        lambda role: _plain(role) and role.official.partition("@")[0] in _SWAPPED,
        lambda role, day: {"official": _swapped(role.official)},
    ),
    ChangeKind(
        "closed-for-a-night", "every page is the notice of a closed site, for one day", 14, 1,
        lambda role: _plain(role) and not role.socials, lambda role, day: {"quirks": role.quirks | {"closed"}},
    ),
    ChangeKind(
        "section-away-for-a-night", "the Q&A section is missing for one day: no change, as a second look says", 14, 1,
        lambda role: _plain(role) and role.level >= 3 and not role.socials, lambda role, day: {"level": 0},
    ),
    ChangeKind(
        "new-channel", "a portal with one social channel opens a second", 17, None,
        lambda role: _plain(role) and len(role.socials) == 1,
        lambda role, day: {
            "socials": (*role.socials, ("youtube", f"https://www.youtube.com/c/{_ascii(role)}-mo-phong"))
        },
    ),
    ChangeKind(
        "answers-at-last", "a section that took questions and showed no answer answers them", 20, None,
        lambda role: _plain(role) and role.level == 3, lambda role, day: {"level": 5, "answered_on": day},
    ),
    ChangeKind(
        "editors-leave", "the address of the editorial board is gone, and the office's own stays", 25, None,
        lambda role: _plain(role) and role.editor, lambda role, day: {"editor": ""},
    ),
)  # fmt: skip


def _plain(role: Role) -> bool:
    return role.portal and not role.quirks


def _swapped(address: str) -> str:
    name, _, domain = address.partition("@")
    return f"{_SWAPPED[name]}@{domain}"


def _ascii(role: Role) -> str:
    return f"cong{role.agency.province.replace('-', '')}"


def site_changes(roles: Mapping[str, Role], seed: int, start: date) -> dict[str, SiteChange]:
    """Return slug → its change, for a world that begins on the day `start`. A site has at most one."""
    rng = random.Random(f"changes:{seed}")
    order = [*_shuffled((slug for slug in roles if slug in SMALL), rng)]
    order += _shuffled((slug for slug in roles if slug not in SMALL), rng)
    drawn: dict[str, SiteChange] = {}
    for event in EVENTS:
        slug = next((slug for slug in order if slug not in drawn and event.fits(roles[slug])), None)
        if slug:
            first = start + timedelta(days=event.first)
            end = None if event.days is None else first + timedelta(days=event.days)
            drawn[slug] = SiteChange(slug, event.name, first, end, event.changed(roles[slug], first))
    return drawn


def _shuffled(slugs: Iterable[str], rng: random.Random) -> list[str]:
    found = sorted(slugs)
    rng.shuffle(found)
    return found


def changed(role: Role, change: SiteChange | None, day: date) -> Role:
    """Return the role of a site on a day."""
    return replace(role, **change.fields) if change and change.shows(day) else role
