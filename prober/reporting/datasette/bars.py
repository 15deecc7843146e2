"""Stacked bars: how many of a group are in each state, on a common scale."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prober.reporting.words.labels import Text

WIDTH = 100.0


@dataclass(frozen=True, slots=True)
class Part:
    """One state of one bar: `x` and `width` in hundredths of the longest bar, `look` the class that colours it."""

    look: str
    text: Text
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One group; parts of no members are left out."""

    label: Text
    parts: tuple[Part, ...]


def bars(
    counts: Mapping[Text, Mapping[str, int]], states: Mapping[str, Text], looks: Mapping[str, str]
) -> tuple[Bar, ...]:
    """`counts`: group → state → members. The parts of a bar follow the order of `states`.

    >>> seen = Text("xem được", "seen")
    >>> bar, = bars({Text("a", "b"): {"seen": 3}}, {"seen": seen}, {"seen": "present"})
    >>> bar.parts
    (Part(look='present', text=Text(vi='xem được', en='seen'), count=3, x=0.0, width=100.0),)
    """
    longest = max((sum(found.values()) for found in counts.values()), default=0)
    return tuple(
        Bar(label, tuple(_parts(found, states, looks, WIDTH / longest)))
        for label, found in counts.items()
        if sum(found.values())
    )


def _parts(
    found: Mapping[str, int], states: Mapping[str, Text], looks: Mapping[str, str], unit: float
) -> Iterable[Part]:
    before = 0
    for state, text in states.items():
        if count := found.get(state, 0):
            yield Part(looks[state], text, count, round(before * unit, 2), round(count * unit, 2))
            before += count
