"""Let a person confirm what the machine says of sites: present, absent or cannot tell, from the record of a visit."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prober.errors import UsageError
from prober.services.context import Context
from prober.services.review import corrections
from prober.services.review.agreement import between, measured
from prober.store.private import decisions
from prober.store.private.decisions import PersonDecision
from prober.store.reading import evidence_record, site_queue
from prober.store.reading.queries import first, need_indicator, rows
from prober.store.reading.site_queue import SiteItem
from prober.store.schema.vocabulary import ANSWERS

__all__ = ["ANSWERS", "ShownSite", "SiteItem", "SiteSitting", "agreement", "sitting"]

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShownSite:
    """What a person sees of one question about a site.

    `looks` are where to look first, `record` is that of the search protocol, `proof` the best proof of what was found,
    `places` the pictures and pages to open, best first.
    """

    looks: tuple[Row, ...]
    record: tuple[Row, ...]
    proof: Row | None
    places: tuple[str, ...]


class SiteSitting:
    """One person at work on a queue of questions about sites. Every decision is stored at once."""

    def __init__(self, context: Context, coder: str, role: str, blind: bool, queue: list[SiteItem]) -> None:
        self._context = context
        self.coder, self.role, self.blind, self.queue = coder, role, blind, queue
        self._undo: list[tuple[int, int, bool]] = []  # place in the queue, number of the decision, is it the answer
        self._said: dict[int, list[str]] = {}  # place → answers of this sitting

    @property
    def decided(self) -> int:
        """The number of questions answered in this sitting."""
        return sum(bool(answers) for answers in self._said.values())

    def said(self, place: int) -> str:
        """Return this person's answer to the question at `place`, of this or an earlier sitting; "" if none."""
        now = self._said.get(place)
        return now[-1] if now else self.queue[place].answer_of(self.role, self.coder)

    def decide(self, place: int, answer: str, note: str = "") -> None:
        """Store an answer to the question at `place`: one of ANSWERS."""
        item = self.queue[place]
        said = PersonDecision(
            item.subject, item.row["question"], answer, self.coder, self.role, item.row["answer"], note, self.blind,
            item.draw if self.role != "second" else None,
        )  # fmt: skip
        number = decisions.save(self._context.private, said, self._context.clock.now())
        self._undo.append((place, number, True))
        self._said.setdefault(place, []).append(answer)

    def dispute(self, place: int, note: str) -> bool:
        """Store that the finding shown as proof at `place` is not what it is taken for; False if there is no proof.

        It still counts, because figures come from rules that anybody can repeat: the view `disputes` shows it.
        """
        proof = self.shown(place).proof
        if proof is None:
            return False
        of = decisions.of_finding(proof)
        said = PersonDecision(of, decisions.FINDING, "absent", self.coder, self.role, proof["state"], note)
        number = decisions.save(self._context.private, said, self._context.clock.now())
        self._undo.append((place, number, False))
        return True

    def undo(self) -> int | None:
        """Take the last decision of this sitting back and return the place of its question; None if there is none."""
        if not self._undo:
            return None
        place, number, answered = self._undo.pop()
        decisions.take_back(self._context.private, number, self._context.clock.now())
        if answered:
            self._said[place].pop()
        return place

    def shown(self, place: int) -> ShownSite:
        """Return what a person sees of the question at `place`. A blind one does not see what the machine found."""
        row, db = self.queue[place].row, self._context.results
        agency = row["subject"]
        asked = rows(db, "looks", agency=agency)
        looks = sorted(asked, key=lambda look: f'"{row["question"]}"' not in look["kinds"])
        proof = first(db, "proofs", agency=agency, kind=row["question"])
        proof = proof if proof and proof["observation"] and not self.blind else None
        return ShownSite(
            tuple(looks), tuple(evidence_record.record(db, agency, row["scan"])), proof,
            tuple(dict.fromkeys([*self._proved(proof), *(look["url"] for look in looks), row["url"]])),
        )  # fmt: skip

    def _proved(self, proof: Row | None) -> Iterator[str]:
        if proof and proof["screenshot_path"]:
            picture: Path = self._context.config.paths.evidence / proof["screenshot_path"]
            yield picture.absolute().as_uri()
        if proof:
            yield proof["page_url"]


def draw(context: Context, frame: str, kind: str, size: int, seed: int) -> int:
    """Draw `size` rows of each question and stratum at random and store the samples; return how many rows were drawn.

    Rows that a person has decided are not drawn: they count for themselves.
    """
    found = _items(context, frame, kind)
    taken = 0
    for sample in site_queue.drawn(found, corrections.questions(context), size, seed):
        agencies = sample.pop("agencies")
        if not site_queue.is_begun(context.results, sample):
            decisions.save_draw(context.private, sample, agencies, context.clock.now())
            taken += len(agencies)
    corrections.refresh(context)
    return taken


def _items(context: Context, frame: str, kind: str) -> list[SiteItem]:
    said = decisions.standing(context.private, "agency")
    return site_queue.items(context.results, said, frame, kind)


@contextmanager
def sitting(
    context: Context, coder: str, kind: str = "", frame: str = "", blind: bool = False, second: bool = False,
    settle: bool = False, again: bool = False, sample: int | None = None, seed: int = 0,
) -> Iterator[SiteSitting]:  # fmt: skip
    """Open a sitting of `coder` on questions of `kind`, or all; results.db is updated before it and at its end.

    With `sample` so many rows of each question and stratum are drawn first; with `second` the coder reads what another
    person has read (`sample` of it), and with `settle` decides between two. Raises UsageError for two of these at once,
    or for an indicator that does not exist.
    """
    if settle and (second or sample):
        raise UsageError("--settle decides between two, --second and --sample read: choose one")
    context.needs_results()
    context.paired()
    context.sync_registry()
    if kind:
        need_indicator(context.results, kind)
    corrections.refresh(context)
    if sample and not second and not again:
        draw(context, frame, kind, sample, seed)
    role = "settled" if settle else "second" if second else "first"
    found = _items(context, frame, kind)
    work = SiteSitting(
        context, coder, role, blind or second, site_queue.queue(found, coder, role, again, sample or 0, seed)
    )
    with context.run("review sites") as row:
        try:
            yield work
        finally:
            corrections.refresh(context)
            row |= {"coder": coder, "role": role, "decided": work.decided}


def agreement(context: Context) -> list[dict[str, Any]]:
    """Return every measure for every pair of people who read the same sites, with the rows on which they differ."""
    read: dict[tuple[str, str], dict[str, tuple[str, str]]] = {}
    for one in decisions.standing(context.private, "agency"):
        if one["role"] != "settled":
            where = f"{one['subject'].partition('/')[2]} {one['question']}"
            read.setdefault((one["subject"], one["question"]), {})[one["coder"]] = (where, one["answer"])
    return [
        measured("site", coders, [(where, a, b) for (where, a), (_, b) in both], list(ANSWERS))
        for coders, both in between(read)
    ]
