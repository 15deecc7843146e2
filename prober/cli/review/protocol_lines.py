"""Print the record of the search protocol as a numbered list, and the look list: for a terminal, in English."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from prober.domain.search_protocol import LookMark
from prober.reporting.words.archive_words import met, protocol
from prober.reporting.words.labels import LOOK_MARKS
from prober.text.patterns import without_controls

SHOWN = 4  # addresses of a step that a person reads at a glance
Row = Mapping[str, Any]


def protocol_lines(record: Iterable[Row], most: int | None = SHOWN) -> list[str]:
    """Return a line for each step of a record, by its number, and below it its addresses; None for all of these.

    Of more than `most` first those that could not be read: they leave open what is there.
    """
    lines = []
    for number, step in enumerate(protocol(record), 1):
        lines.append(f"{number:>2}. {step.name.en}: {step.outcome.en}")
        shown = _first(step.opened, most)
        lines += [f"      {_named(row)}: {met(row).en}" for row in shown]
        if len(shown) < len(step.opened):
            lines.append(f"      … {len(step.opened) - len(shown)} more")
    return [without_controls(line) for line in lines]


def _first(opened: Sequence[Row], most: int | None) -> Sequence[Row]:
    if most is None or len(opened) <= most:
        return opened
    chosen = sorted(opened, key=lambda row: row["outcome"] not in ("failed", "unopened"))[:most]
    return [row for row in opened if row in chosen]


def _named(row: Row) -> str:
    return f"{row['url']} “{row['words']}”" if row["words"] else str(row["url"])


def look_lines(looks: Iterable[Row]) -> list[str]:
    """Return a line for each entry of a look list."""
    return [without_controls(_look(look)) for look in looks]


def _look(look: Row) -> str:
    words = f" “{look['words']}”" if look["words"] else ""
    kinds = f" ({', '.join(json.loads(look['kinds']))})" if look["kinds"] else ""
    return f"  → {LOOK_MARKS[LookMark(look['mark'])].en}{kinds}: {look['url']}{words}"
