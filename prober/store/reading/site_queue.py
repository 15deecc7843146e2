"""List what a person has to say of sites: what was not found, what was not seen, and what was drawn at random."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prober.domain.finding import State
from prober.store import Database
from prober.store.private.decisions import of_agency
from prober.store.reading.queries import Row

_ROWS = """
SELECT p.*, a.kind AS agency_kind, a.name_vi, a.name_en, a.url, i.label_vi AS kind_vi, i.label_en AS kind_en,
  t.portal IS NOT NULL AS counted
FROM proposal p
JOIN agency a ON a.id = p.subject
JOIN indicator i ON i.name = p.question AND i.sought = 1
LEFT JOIN participation t ON t.portal = p.subject
ORDER BY a.frame, a.kind DESC, a.slug, i.position
"""
# What is asked first: what a person called absent and the machine finds, then what was not found, then not seen.
_ORDER = (State.NOT_FOUND, State.NOT_SEEN, State.FOUND)
Said = Mapping[str, Any]  # a row of `decision` in private.db that was not taken back


@dataclass(frozen=True, slots=True)
class SiteItem:
    """One question about one agency's site: its row of `proposal`, and what people have said of this proposal.

    `draw` is the newest random sample that it was drawn for, while the machine says what it was drawn for.
    """

    row: Row
    said: tuple[Said, ...]
    draw: int | None

    @property
    def subject(self) -> str:
        return of_agency(self.row["subject"])

    def answer_of(self, role: str, coder: str = "") -> str:
        """Return the newest answer in a role, by `coder` or by anybody; "" if there is none."""
        answers = [one["answer"] for one in self.said if one["role"] == role and coder in ("", one["coder"])]
        return answers[-1] if answers else ""

    @property
    def differs(self) -> bool:
        """True if two people who read independently say different things, and nobody has settled it."""
        first, second = self.answer_of("first"), self.answer_of("second")
        return bool(first and second) and first != second and not self.answer_of("settled")


def items(results: Database, said: Iterable[Said], frame: str = "", kind: str = "") -> list[SiteItem]:
    """Return every question about every site that was visited, in `frame` and of `kind` where these are given."""
    of_row: dict[tuple[str, str], list[Said]] = {}
    for one in said:
        of_row.setdefault((one["subject"], one["question"]), []).append(one)
    draws = {
        (agency, question, stratum): draw
        for agency, question, stratum, draw in results.execute(
            "SELECT n.agency, n.question, d.stratum, d.id FROM drawn n JOIN draw d ON d.id = n.draw ORDER BY d.id"
        )
    }
    return [
        SiteItem(row, _of_proposal(row, of_row), draws.get((row["subject"], row["question"], row["answer"])))
        for row in results.query(_ROWS)
        if frame in ("", row["frame"]) and kind in ("", row["question"])
    ]


def _of_proposal(row: Row, said: Mapping[tuple[str, str], Sequence[Said]]) -> tuple[Said, ...]:
    here = said.get((of_agency(row["subject"]), row["question"]), ())
    return tuple(one for one in here if one["proposed"] == row["answer"])


def queue(
    found: Sequence[SiteItem], coder: str, role: str, again: bool = False, size: int = 0, seed: int = 0
) -> list[SiteItem]:
    """Return the items that `coder` still has to decide in a role; with `again`, those this coder has decided.

    first: what waits for a person, then what was drawn and nobody has read. second: `size` at random, or all, of what
    another person has read. settled: what two people see differently.
    """
    if again:
        return [item for item in found if item.answer_of(role, coder)]
    if role == "settled":
        return [item for item in found if item.differs]
    if role == "second":
        others = [item for item in found if any(one["role"] == "first" and one["coder"] != coder for one in item.said)]
        drawn = sorted(others, key=lambda item: place(item, seed))
        done = sum(bool(item.answer_of("second", coder)) for item in drawn)
        left = [item for item in drawn if not item.answer_of("second", coder)]
        return left[: max(0, size - done)] if size else left
    waiting = [item for item in found if item.row["waits"]]
    first = sorted(waiting, key=lambda item: (not _contradicted(item), _ORDER.index(State(item.row["answer"]))))
    drawn = [item for item in found if item.draw and not item.row["waits"] and not item.row["decided"]]
    return [*first, *drawn]


def _contradicted(item: SiteItem) -> bool:
    return item.row["answer"] == State.FOUND


def place(item: SiteItem, seed: int) -> bytes:
    """Return the sort key of an item in the random order of `seed`; it depends on the item alone."""
    return hashlib.sha256(f"{seed}\0{item.row['subject']}\0{item.row['question']}".encode()).digest()


def drawn(found: Iterable[SiteItem], questions: Collection[str], size: int, seed: int) -> list[dict[str, Any]]:
    """Draw at most `size` items of each frame, question and stratum at random.

    Only what a figure counts is drawn, and only what no person has decided: the rest counts for itself. Each sample has
    the columns of `draw` but id and time, and its `agencies`.
    """
    strata: dict[tuple[str, str, str], list[SiteItem]] = {}
    for item in found:
        row = item.row
        if row["counted"] and row["question"] in questions and row["answer"] != State.NOT_SEEN and not row["decided"]:
            strata.setdefault((row["frame"], row["question"], row["answer"]), []).append(item)
    return [
        {
            "frame": frame, "indicator": question, "stratum": stratum, "seed": seed, "size": len(chosen),
            "population": len(here), "probability": len(chosen) / len(here),
            "agencies": [item.row["subject"] for item in chosen],
        }
        for (frame, question, stratum), here in strata.items()
        if (chosen := sorted(here, key=lambda item: place(item, seed))[:size])
    ]  # fmt: skip
