"""Measure how far people agree who read the same things independently, whatever they read."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, TypeVar

from prober.reporting.statistics import agreement as measure

Said = TypeVar("Said")
Unit = tuple[str, Any, Any]  # what was read, and what the first and the second coder said of it


def between(read: Mapping[Any, Mapping[str, Said]]) -> Iterator[tuple[str, list[tuple[Said, Said]]]]:
    """Yield every pair of coders, by name, with what both said of each thing; `read` is thing → coder → said."""
    pairs = {pair for said in read.values() for pair in combinations(sorted(said), 2)}
    for first, second in sorted(pairs):
        yield (
            f"{first}, {second}",
            [(said[first], said[second]) for said in read.values() if {first, second} <= set(said)],
        )


def measured(
    name: str, coders: str, units: Sequence[Unit], order: Sequence[Any], distance: measure.Distance = measure.nominal
) -> dict[str, Any]:
    """Return every measure over the units of two coders, with those on which they differ."""
    pairs = [(a, b) for _, a, b in units]
    return {
        "measure": name, "coders": coders, "n": len(pairs), "raw": measure.raw(pairs),
        "kappa": measure.cohen_kappa(pairs), "ac1": measure.gwet_ac1(pairs),
        "alpha": measure.krippendorff_alpha(pairs, order, distance),
        "differences": [f"{where}: {a} or {b}" for where, a, b in units if a != b],
    }  # fmt: skip
