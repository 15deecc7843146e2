"""Assign messages that no rule could match: a person chooses a request for each, or none."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from mailroom.mime import parser
from prober.domain.reason import TEXT, Reason, to_json
from prober.services.context import Context
from prober.store.private import codings, messages
from prober.store.reading import message_record
from prober.store.reading.queries import rows
from prober.text.vietnamese import fold

Row = dict[str, Any]
Place = tuple[str, str]  # campaign and agency of a request


@dataclass(frozen=True, slots=True)
class Message:
    """One message with everything that helps to find its request."""

    sha256: str
    received: datetime
    text: str  # without the text of its attached files; the error for a message that cannot be read
    defects: Sequence[str]
    attached: list[Row]
    assigned: list[Place]
    aside: bool  # a person decided that it belongs to no request


def unmatched(context: Context, everything: bool = False) -> list[Row]:
    """Return messages without a request, newest first; with `everything` also those set aside."""
    return list(messages.unmatched(context.private, everything))


def assign(context: Context, prefix: str, agency: str, campaign: str, by: str, undo: bool = False) -> tuple[str, bool]:
    """Assign the message whose hash begins with `prefix` to the request to `agency`, or with `undo` remove it there.

    Return its hash, and True if a reminder that the message had cancelled stays cancelled.
    """
    sha256 = messages.named(context.private, prefix)
    action = "remove" if undo else "assign"
    with context.run(f"mailbox {action}", project=True) as row:
        codings.decide(context.private, sha256, campaign, agency, action, by, context.clock.now())
        row |= {"message": sha256, "agency": agency, "campaign": campaign, "by": by}
    return sha256, undo and codings.cancelled_reminder(context.private, sha256, campaign, agency)


class MessageSitting:
    """One person at work on the messages that wait. Every decision is stored at once."""

    def __init__(self, context: Context, by: str) -> None:
        self._context, self.by = context, by
        self._decisions: Counter[str] = Counter()  # message → decisions of this sitting that were not undone

    @property
    def decided(self) -> int:
        """The number of messages with a decision of this sitting."""
        return sum(number > 0 for number in self._decisions.values())

    def message(self, row: Row) -> Message:
        """Return the message of a row of `unmatched`."""
        private = self._context.private
        sha256 = messages.named(private, row["message"])
        raw, received = messages.raw(private, sha256)
        text = row["error"] or parser.parse(raw).full_text if row["status"] != "stored" else "(not yet read)"
        return Message(
            sha256, received, text,
            message_record.detail(private, sha256).defects, message_record.attached(private, sha256),
            codings.chosen(private, sha256), codings.is_aside(private, sha256),
        )  # fmt: skip

    def candidates(self, sha256: str, most: int) -> list[Row]:
        """Return at most `most` requests that a message may belong to, the likeliest first."""
        return messages.candidates(self._context.private, sha256, most)

    def found(self, typed: str) -> list[Row]:
        """Return the requests that contain all words typed, with or without accents; none if nothing was typed."""
        words = fold(typed).split()
        found = [row for row in self._requests if words and all(word in row["words"] for word in words)]
        return [row | {"score": 0.0, "reasons": to_json([Reason(TEXT, text=f"to {row['rcpt']}")])} for row in found]

    @cached_property
    def _requests(self) -> list[Row]:
        """All requests, each with the words by which it is found."""
        agencies = rows(self._context.results, "agencies")
        names = {agency["id"]: f"{agency['name_vi']} {agency['name_en']}" for agency in agencies}
        return [
            row | {"words": fold(f"{row['campaign']} {row['agency']} {row['rcpt']} {names.get(row['agency'], '')}")}
            for row in codings.requests(self._context.private)
        ]

    def assign(self, sha256: str, campaign: str, agency: str) -> None:
        """Assign a message to a request. Raises UsageError if it is assigned to it already."""
        codings.decide(self._context.private, sha256, campaign, agency, "assign", self.by, self._context.clock.now())
        self._decisions[sha256] += 1

    def unassign(self, sha256: str, campaign: str, agency: str) -> bool:
        """Take an assignment back; return True if a reminder that the message had cancelled stays cancelled."""
        codings.decide(self._context.private, sha256, campaign, agency, "remove", self.by, self._context.clock.now())
        self._decisions[sha256] -= 1
        return codings.cancelled_reminder(self._context.private, sha256, campaign, agency)

    def set_aside(self, sha256: str) -> list[Place]:
        """Record that a message belongs to no request; return the requests from which it was removed."""
        taken = codings.set_aside(self._context.private, sha256, self.by, self._context.clock.now())
        self._decisions[sha256] += 1
        return taken

    def bring_back(self, sha256: str, taken: list[Place]) -> None:
        """Take `set_aside` back."""
        codings.bring_back(self._context.private, sha256, taken, self.by, self._context.clock.now())
        self._decisions[sha256] -= 1


@contextmanager
def sitting(context: Context, by: str) -> Iterator[MessageSitting]:
    """Open a sitting of `by`; results.db is updated at its end."""
    context.paired()
    context.sync_registry()
    work = MessageSitting(context, by)
    with context.run("mailbox unmatched", project=True) as row:
        try:
            yield work
        finally:
            row |= {"by": by, "decided": work.decided}
