"""Decide in which random order the replies to a campaign are read, so that what was read is a sample of all of it.

The order follows from the published seed alone: nobody can choose it, and a longer list continues a shorter one.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from prober.campaign.schedule import fraction


class Standing(StrEnum):
    """Where an agency stands to the reading list of its campaign."""

    NONE = ""  # no list was drawn
    BEFORE = "before"  # its replies had been read when the list was drawn: they count as read, outside the draw
    DRAWN = "drawn"
    REST = "rest"


def place(seed: int, agency: str) -> float:
    """Return the place of an agency in the order, from 0 up to, not including, 1."""
    return fraction(seed, "reading", agency)


def standing(seed: int, agency: str, last_place: float | None, before: Collection[str]) -> Standing:
    """Return where an agency stands to a list that ends at `last_place`; None where there is no list.

    An agency whose first reply comes after the draw has had its place all along.
    """
    if last_place is None:
        return Standing.NONE
    if agency in before:
        return Standing.BEFORE
    return Standing.DRAWN if place(seed, agency) <= last_place else Standing.REST


def last_place(seed: int, read: Mapping[str, bool], size: int) -> float:
    """Return where a list of `size` agencies ends; all of them where there are fewer. `read`: agency → read already.

    Those already read are passed over, since nothing about them is uncertain.

    >>> names = {f"2019-stc-{number}": False for number in range(40)}
    >>> end = last_place(2019, names, 10)
    >>> sum(place(2019, name) <= end for name in names)
    10
    """
    places = sorted(place(seed, agency) for agency, done in read.items() if not done)
    return places[min(size, len(places)) - 1] if places else 0.0
