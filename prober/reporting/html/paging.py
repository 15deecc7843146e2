"""Show a long list a part at a time: a page of 12,000 names would take seconds to draw and megabytes to read."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

PARAMETER = "page"


@dataclass(frozen=True, slots=True)
class ListPart:
    """The part `number`, from 1, of a list of `total` entries, of which each part has `size`."""

    number: int
    size: int
    total: int

    @property
    def begin(self) -> int:
        """Return how many entries stand before this part."""
        return (self.number - 1) * self.size

    @property
    def count(self) -> int:
        """Return the number of parts."""
        return max(1, ceil(self.total / self.size))


def part(asked: Mapping[str, str], size: int, total: int) -> ListPart | None:
    """Return the part that an address asks for, the first where it asks for none; None where there is no such part.

    >>> part({"page": "3"}, 500, 1200), part({"page": "4"}, 500, 1200)
    (ListPart(number=3, size=500, total=1200), None)
    """
    said = asked.get(PARAMETER, "1")
    found = ListPart(int(said) if said.isdecimal() and len(said) < 7 else 0, size, total)
    return found if 1 <= found.number <= found.count else None
