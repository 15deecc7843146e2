"""prober mailbox unmatched --by: a person goes through what no rule could place, one key a message."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from mailroom.mime import parser
from prober.cli.review.screen import ESCAPE, Keys, choices, files, first_lines, flagged, plain, room
from prober.errors import UsageError
from prober.services.context import Context
from prober.store.private import matches, messages
from prober.store.reading import review_queue
from prober.text.vietnamese import fold

CANDIDATES = 9  # as many as there are digits
AROUND = 18  # lines of a screen for the place, candidates and keys
NOTHING, SEARCH, LATER, BACK, UNDO, WHOLE, STOP = "n", "s", ".", "-", "u", "v", ("!", ESCAPE)
MENU = (
    ("1-9", "belongs to it"), (SEARCH, "search a request"), (NOTHING, "of no request"), (LATER, "later"),
    (BACK, "back"), (UNDO, "undo the last"), (WHOLE, "whole text"), (STOP[0], "stop"),
)  # fmt: skip


class Queue:
    """One person at work on the messages that wait. Every decision is stored at once."""

    def __init__(self, context: Context, by: str, rows: Sequence[dict[str, Any]]) -> None:
        self._session, self._by, self._rows = context, by, rows
        self._keys, self._console = Keys(), Console(highlight=False)
        self._place = 0
        self._undo: list[tuple[int, Callable[[], None]]] = []  # (place of the message, what takes its decision back)

    @property
    def decided(self) -> int:
        """How many messages have a decision of this sitting."""
        return len({place for place, _ in self._undo})

    def sentence(self) -> str:
        return f"{self.decided} decided by {self._by}, {len(self._rows) - self.decided} left"

    def work(self) -> None:
        """Until the queue is empty or the person stops. Ctrl-C passes through; nothing is lost."""
        with self._keys, suppress(EOFError):
            while self._place < len(self._rows) or self._goes_back():
                row = self._rows[self._place]
                self._one(row, messages.by_prefix(self._session.private, row["message"]))

    def _goes_back(self) -> bool:
        """After the last one: whether the person mends a slip in it, which else had to be looked up by its hash."""
        if not self._rows:
            return False
        click.echo(f"that was the last: {UNDO} undo, {BACK} back, any other key ends")
        key = self._keys.next()
        if key == UNDO and self._undo:
            self._take_back()
        elif key == BACK:
            self._place -= 1
        return self._place < len(self._rows)

    def _take_back(self) -> None:
        """Undo the last decision, and show its message again."""
        self._place, take_back = self._undo.pop()
        take_back()

    def _one(self, row: dict[str, Any], sha256: str) -> None:
        """Show one message and act on one key that moves on."""
        offered = messages.candidates(self._session.private, sha256, CANDIDATES)
        self._show(row, sha256, whole=False)
        while True:
            self._offer(offered)
            key = self._keys.next()
            if key in STOP:
                raise EOFError
            if key == SEARCH:
                found = self._found(plain(self._keys.line("words of the office, its address or campaign: ")))
                offered = found or offered
            elif key == WHOLE:
                self._show(row, sha256, whole=True)
            elif key in (LATER, BACK):
                self._place = max(0, self._place - 1) if key == BACK else self._place + 1
                return
            elif key == UNDO and self._undo:
                self._take_back()
                return
            elif key == UNDO:
                click.echo("nothing of this sitting is left to undo")
            elif key == NOTHING or (key.isdecimal() and 0 < int(key) <= len(offered)):
                try:
                    self._decide(sha256, None if key == NOTHING else offered[int(key) - 1])
                except UsageError as error:  # it belongs there already: the message and the sitting go on
                    click.echo(str(error))
                    continue
                self._place += 1
                return
            else:
                click.echo("no such key here; the keys are those shown")

    def _decide(self, sha256: str, request: dict[str, Any] | None) -> None:
        """Assign the message to `request`, or set it aside where that is None."""
        private, by, clock = self._session.private, self._by, self._session.clock
        taken: list[tuple[str, str]] = []

        def take_back() -> None:
            if request is None:
                matches.bring_back(private, sha256, taken, by, clock.now())
            else:
                matches.decide(private, sha256, request["campaign"], request["agency"], "remove", by, clock.now())
            click.echo(f"taken back: {sha256[:12]}")

        if request is None and matches.is_aside(private, sha256):
            return  # that stands already
        if request is None:
            taken += matches.set_aside(private, sha256, by, clock.now())
            click.echo(f"stored: {sha256[:12]} is of no request")
        else:
            matches.decide(private, sha256, request["campaign"], request["agency"], "assign", by, clock.now())
            click.echo(f"stored: {sha256[:12]} belongs to {request['agency']} in {request['campaign']}")
        self._undo.append((self._place, take_back))

    @cached_property
    def _requests(self) -> list[dict[str, Any]]:
        """Every request, with the words by which it is found."""
        names = dict(self._session.results.execute("SELECT id, name_vi || ' ' || name_en FROM agency").fetchall())
        return [
            row | {"words": fold(f"{row['campaign']} {row['agency']} {row['rcpt']} {names.get(row['agency'], '')}")}
            for row in matches.requests(self._session.private)
        ]

    def _found(self, typed: str) -> list[dict[str, Any]]:
        """The requests in which all of the words typed occur, accents or not."""
        found = [row for row in self._requests if all(word in row["words"] for word in fold(typed).split())]
        if not found or not typed:
            click.echo("no request has these words")
            return []
        return [row | {"score": 0.0, "reasons": f"to {row['rcpt']}"} for row in found[:CANDIDATES]]

    def _offer(self, offered: Sequence[dict[str, Any]]) -> None:
        for number, row in enumerate(offered, 1):
            score = f"{row['score']:.2f}: " if row["score"] else ""
            line = f"{number}  {row['agency']} in {row['campaign']} ({score}{row['reasons']})"
            self._console.print(Text(plain(line)), soft_wrap=True)
        click.echo("\n".join(choices(MENU if offered else MENU[1:], self._console.width)))

    def _show(self, row: dict[str, Any], sha256: str, whole: bool) -> None:
        private = self._session.private
        raw, received = messages.raw(private, sha256)
        head = f"\n[{self._place + 1} of {len(self._rows)}] {sha256[:12]}, came {received:%d %b %Y %H:%M}"
        self._console.print(Text(head, style="bold"))
        said = f"From: {row['from_address']}\nSubject: {row['subject']}\n{row['event']}, rule {row['rule']}\n"
        text = row["error"] or parser.parse(raw).full_text if row["status"] != "stored" else "(not yet read)"
        text = "\n".join(
            [
                *flagged(review_queue.detail(private, sha256).defects),
                text.rstrip(),
                *files(review_queue.attached(private, sha256)),
            ]
        )
        said += "".join(f"assigned to {agency} in {campaign}\n" for campaign, agency in matches.chosen(private, sha256))
        said += "set aside: of no request\n" if matches.is_aside(private, sha256) else ""
        lines = None if whole else room(self._console, AROUND + said.count("\n"))
        shown = first_lines(self._console, plain(text), lines, self._console.width)
        self._console.print(Text(f"{plain(said)}\n{shown}"))
