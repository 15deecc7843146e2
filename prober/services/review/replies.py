"""Code replies: a person reads each beside its letter and decides its class, which overrides the rules.

Whose replies are read is drawn, so that what was read is a sample of all of it. Two coders who read the same replies
are compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mailroom.mime import parser
from prober.campaign.design.reading_order import Standing, last_place
from prober.campaign.protocol import Protocol, parse
from prober.domain.correspondence import SUBSTANTIVE, DocumentState, Event, Letterhead
from prober.domain.reason import Reasons
from prober.errors import UsageError
from prober.reporting.statistics.agreement import ordinal
from prober.reporting.tables.corrected_shares import AgencyReading, readings
from prober.services.context import Context
from prober.services.review.agreement import between, measured
from prober.store.private import campaigns, codings, messages
from prober.store.private.codings import QUALITIES, Decision, KeptCoding, Subject
from prober.store.reading import campaign_pairs, message_record, review_queue
from prober.store.reading.queries import rows
from prober.store.reading.review_queue import Item

__all__ = ["QUALITIES", "Item", "ReplyText", "ReplySitting", "sitting"]

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DrawnList:
    """The list of one campaign: `listed` agencies of the `wrote` that wrote, `left` of them with something unread."""

    campaign: str
    listed: int
    wrote: int
    left: int


def draw(context: Context, by: str, campaign: str, size: int) -> DrawnList:
    """Draw `size` agencies of a campaign among those that wrote, or continue the list that it has.

    Without a name it is the newest campaign that sent a letter. Whose replies had all been read before the first draw
    is passed over, as nothing about them is uncertain. results.db must be up to date, and is so afterwards.
    """
    found = campaign_pairs.campaign(context.results, campaign or None)
    held = codings.reading_lists(context.private).get(found["id"])
    read = {one.agency: one.read for one in _wrote(context, found)}
    before = held.read_before if held else {agency for agency, done in read.items() if done}
    end = last_place(found["seed"], {agency: agency in before for agency in read}, size)
    codings.save_reading_list(context.private, found["id"], size, end, before, by, context.clock.now())
    context.project()
    wrote = _wrote(context, found)
    listed = [one for one in wrote if one.reading == Standing.DRAWN]
    return DrawnList(found["id"], len(listed), len(wrote), sum(not one.read for one in listed))


def _wrote(context: Context, campaign: Mapping[str, Any]) -> list[AgencyReading]:
    """Return what each agency that wrote has written."""
    asked, replies = (rows(context.results, name, campaign=campaign["id"]) for name in ("requests", "replies"))
    return [one for one in readings(asked, replies) if one.wrote]


@dataclass(frozen=True, slots=True)
class ReplyText:
    """The text of a reply with its metadata."""

    text: str
    by_hand: bool = False  # entered by hand: only the text is known
    subject: str = ""
    sender: str = ""
    defects: Sequence[str] = ()
    attached: Sequence[Row] = ()  # files, with their text as far as it could be read
    letterhead: Letterhead = Letterhead()  # of an official letter
    links: Sequence[Row] = ()  # addresses in the reply, with the crawler's result for each
    documents: Sequence[DocumentState] = ()  # what it says of each document that was asked for
    grounds: Reasons = ()  # of a refusal, as it cites the law
    signed: tuple[str, tuple[str, ...]] = ("", ())  # result of its DKIM signatures, and the domains that signed it


class ReplySitting:
    """One coder at work on a queue of replies. Every decision is stored at once."""

    def __init__(
        self, context: Context, coder: str, role: str, blind: bool, queue: list[Item], drawn: DrawnList | None = None
    ) -> None:
        self.context = context
        self.coder, self.role, self.blind, self.queue, self.drawn = coder, role, blind, queue, drawn
        self._said: dict[Subject, Event] = {}  # the decisions of this sitting
        self._undo: list[tuple[Item, Event | None, KeptCoding | None]] = []  # what stood before each of them
        self._protocols: dict[str, Protocol] = {}

    @property
    def decided(self) -> int:
        """The number of replies that this coder decided in this sitting."""
        return len(self._said)

    @property
    def left(self) -> int:
        """The number of replies of the queue that this coder has not decided, in this sitting or before."""
        return sum(self.said(item) is None for item in self.queue)

    def said(self, item: Item) -> Event | None:
        """Return this coder's decision on `item` in this role, of this or an earlier sitting; None if there is none."""
        earlier = {(coder, role): Event(event) for coder, role, event in item.said}
        return self._said.get(item.subject) or earlier.get((self.coder, self.role))

    def code(self, item: Item, event: Event, marks: Mapping[int, int]) -> None:
        """Store the class `event` for `item`; `marks` are document number → quality."""
        decision = Decision(self.coder, self.role, event, item.row["proposed_event"], marks, self.blind)
        before = codings.save(self.context.private, item.subject, decision, self.context.clock.now())
        self._undo.append((item, self._said.get(item.subject), before))
        self._said[item.subject] = event

    def undo(self) -> tuple[Item, bool] | None:
        """Take the last decision of this sitting back; return None if there is none.

        Return its item, and True if the message cancelled a reminder, which stays cancelled.
        """
        if not self._undo:
            return None
        item, said, before = self._undo.pop()
        codings.take_back(self.context.private, item.subject, self.coder, self.role, before)
        del self._said[item.subject]
        if said:
            self._said[item.subject] = said
        subject = item.subject
        stays = codings.cancelled_reminder(self.context.private, subject.message, subject.campaign, subject.agency)
        return item, stays

    def protocol(self, item: Item) -> Protocol:
        """Return the protocol of the campaign that `item` answers."""
        campaign = item.row["campaign"]
        if campaign not in self._protocols:
            text = campaigns.campaign(self.context.private, campaign).protocol
            self._protocols[campaign] = parse(text, f"campaign {campaign}")
        return self._protocols[campaign]

    def letter(self, item: Item) -> str:
        """Return the text of the letter that `item` answers."""
        return parser.parse(review_queue.letter(self.context.private, item.subject)).full_text

    def reply(self, item: Item) -> ReplyText:
        """Return the text of the reply, with attached files, letterhead and links."""
        private, message = self.context.private, item.row["message"]
        by_hand = review_queue.text_by_hand(private, message)
        if by_hand is not None:
            return ReplyText(by_hand, by_hand=True)
        detail, regime = message_record.detail(private, message), self.protocol(item).regime
        reply = parser.parse(messages.raw(private, message)[0])
        return ReplyText(
            reply.text or reply.full_text, False, reply.subject, f"{reply.from_name} {reply.from_address}",
            detail.defects, message_record.attached(private, message),
            detail.letterhead, review_queue.named(self.context.results, item.row["id"]),
            detail.documents, tuple(self.context.study.law.cited(regime, point) for point in detail.grounds),
            message_record.signed_by(private, message),
        )  # fmt: skip


@contextmanager
def sitting(
    context: Context, coder: str, campaign: str = "", blind: bool = False, sample: int | None = None, seed: int = 0,
    settle: bool = False, again: bool = False, everything: bool = False, random: int | None = None,
) -> Iterator[ReplySitting]:  # fmt: skip
    """Open a sitting of `coder`; results.db is updated before it and at its end.

    With `sample` the coder is the second coder of that many replies, drawn with `seed`; with `settle` the one who
    decides between two; with `random` the first of all that came from so many agencies, drawn by the seed of the
    campaign. Raises UsageError for two of them at once, or for a campaign that does not exist.
    """
    context.project()
    if (sample and settle) or (random and (sample or settle or again)):
        raise UsageError("--random reads first, --sample reads independently, --settle decides between two: choose one")
    if campaign:
        campaigns.campaign(context.private, campaign)
    role = "final" if settle else "second" if sample else "first"
    drawn = draw(context, coder, campaign, random) if random else None
    if drawn:
        queue = review_queue.drawn(review_queue.items(context.results, drawn.campaign, everything=True))
    else:
        found = review_queue.items(context.results, campaign, everything)
        queue = review_queue.queue(found, coder, role, again, sample or 0, seed)
    work = ReplySitting(context, coder, role, blind, queue, drawn)
    with context.run("review", project=True) as row:
        try:
            yield work
        finally:
            row |= {"coder": coder, "role": role, "decided": work.decided}


def agreement(context: Context) -> list[dict[str, Any]]:
    """Return every measure for every pair of coders, with the replies on which they differ."""
    context.project()
    return list(agreement_rows(review_queue.coded_twice(context.results)))


def agreement_rows(codings: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield one row per measure and pair of coders: class, answer or not (nominal), quality per document (ordinal)."""
    by_reply: dict[int, dict[str, dict[str, Any]]] = {}
    for row in codings:
        by_reply.setdefault(row["reply"], {})[row["coder"]] = row
    for coders, both in between(by_reply):
        classes = [(_where(a), a["event"], b["event"]) for a, b in both]
        answers = [(where, a in SUBSTANTIVE, b in SUBSTANTIVE) for where, a, b in classes]
        marks = [
            (f"{_where(a)} document {item}", a["items"][item], b["items"][item])
            for a, b in both
            for item in a["items"]
            if item in b["items"]
        ]
        yield measured("class", coders, classes, [event.value for event in Event])
        yield measured("answer", coders, answers, [False, True])
        yield measured("quality", coders, marks, list(QUALITIES), ordinal)


def _where(row: dict[str, Any]) -> str:
    return f"{row['agency']} {row['message_sha256'][:12]}"
