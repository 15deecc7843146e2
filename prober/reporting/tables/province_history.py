"""Tell the history of a site scan by scan: what the first look found, and every look that found something else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from prober.reporting.words import labels
from prober.reporting.words.labels import Text
from prober.store.reading.queries import Row, grouped

SHOWN = 12  # looks that differ, the newest ones


@dataclass(frozen=True, slots=True)
class Turn:
    """One verdict that a look found to be another than the last one that is known; `before` is "" at the first."""

    kind: Text
    before: str
    after: str
    level: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """One scan's look at a site, and how many later ones, the last of them on `until`, found the same."""

    at: str
    scan: int
    outcome: str
    failure: str
    turns: tuple[Turn, ...]
    same: int = 0
    until: str = ""


def looks(visits: Sequence[Row], verdicts: Sequence[Row]) -> tuple[Look, ...]:
    """Return the looks at one site that differ from the one before, newest first, at most SHOWN.

    `visits` are rows of the query of this name, oldest first, `verdicts` those of the same agency.
    """
    found: list[Look] = []
    for look in _looks(visits, grouped(verdicts, "scan")):
        last = found[-1] if found else None
        if last and not look.turns and (look.outcome, look.failure) == (last.outcome, last.failure):
            found[-1] = replace(last, same=last.same + 1, until=look.at)
        else:
            found.append(look)
    return tuple(reversed(found[-SHOWN:]))


def _looks(visits: Sequence[Row], verdicts: Mapping[object, Sequence[Row]]) -> Iterator[Look]:
    """Yield every look. What a look could not see is no turn: the outcome of the look says that."""
    known: dict[str, tuple[str, int | None]] = {}
    for visit in visits:
        turns = []
        for row in verdicts.get(visit["scan"], ()):
            leveled = row["kind"] == "qa" and row["state"] == "present"
            state = (row["state"], row["level"] if leveled else None)
            before = known.get(row["kind"])
            if before == state or (row["state"] == "unknown" and (visit["outcome"] != "seen" or not before)):
                continue
            known[row["kind"]] = state
            turns.append(Turn(labels.kind(row), before[0] if before else "", *state))
        yield Look(visit["at"], visit["scan"], visit["outcome"], visit["failure"] or "", tuple(turns))
