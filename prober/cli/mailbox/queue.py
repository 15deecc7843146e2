"""prober mailbox unmatched --by: let a person assign messages to requests, with a key and its confirmation for each."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from prober.cli.review.screen import CANCELLED, ESCAPE, UNDO, Keys, choices, files, first_lines, flagged, plain, room
from prober.errors import UsageError
from prober.reporting.words import reasons
from prober.services.mailbox.queue import Message, MessageSitting

CANDIDATES = 9  # as many as there are digits
AROUND = 18  # lines of a screen for the place, candidates and keys
NOTHING, SEARCH, LATER, BACK, WHOLE, STORE, STOP = "0", "s", ".", "-", "v", "=", ("!", ESCAPE)
MENU = (
    ("1-9", "belongs to it"), (SEARCH, "search a request"), (NOTHING, "of no request"), (LATER, "later"),
    (BACK, "back"), (UNDO, "undo the last"), (WHOLE, "whole text"), (STOP[0], "stop"),
)  # fmt: skip


class Queue:
    """Show the waiting messages to one person one after another. Every decision is stored at once."""

    def __init__(self, sitting: MessageSitting, rows: Sequence[dict[str, Any]]) -> None:
        self._sitting, self._rows = sitting, rows
        self._keys, self._console = Keys(), Console(highlight=False)
        self._place = 0
        self._undo: list[tuple[int, Callable[[], None]]] = []  # (place of the message, how to undo its decision)

    def sentence(self) -> str:
        return f"{self._sitting.decided} decided by {self._sitting.by}, {len(self._rows) - self._sitting.decided} left"

    def work(self) -> None:
        """Ask until the queue is empty or the person stops. Ctrl-C passes through; nothing is lost."""
        with self._keys, suppress(EOFError):
            while self._place < len(self._rows) or self._goes_back():
                row = self._rows[self._place]
                self._one(row, self._sitting.message(row))

    def _goes_back(self) -> bool:
        """Ask after the last message; return True to show one again. Later an undo needs the message's hash."""
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

    def _one(self, row: dict[str, Any], message: Message) -> None:
        """Show one message and act on one key that moves on."""
        offered = self._sitting.candidates(message.sha256, CANDIDATES)
        self._show(row, message, whole=False)
        while True:
            self._offer(offered)
            key = self._keys.next()
            if key in STOP:
                raise EOFError
            if key == SEARCH:
                found = self._found(plain(self._keys.line("words of the office, its address or campaign: ")))
                offered = found or offered
            elif key == WHOLE:
                self._show(row, message, whole=True)
            elif key in (LATER, BACK):
                self._place = max(0, self._place - 1) if key == BACK else self._place + 1
                return
            elif key == UNDO and self._undo:
                self._take_back()
                return
            elif key == UNDO:
                click.echo("nothing of this sitting is left to undo")
            elif key == NOTHING or (key.isdecimal() and 0 < int(key) <= len(offered)):
                request = None if key == NOTHING else offered[int(key) - 1]
                if not self._confirmed(request):
                    continue
                try:
                    self._decide(message, request)
                except UsageError as error:  # it is assigned there already: ask again for the same message
                    click.echo(str(error))
                    continue
                self._place += 1
                return
            else:
                click.echo("no such key here; the keys are those shown")

    def _confirmed(self, request: dict[str, Any] | None) -> bool:
        """Return True if STORE follows: a letter that belongs to a request moves a clock, and one key may be a slip."""
        to = f"to {request['agency']} in {request['campaign']}, which moves a clock" if request else "to no request"
        click.echo(f"it belongs {to}: {STORE} stores it, any other key does not")
        return self._keys.next() == STORE

    def _decide(self, message: Message, request: dict[str, Any] | None) -> None:
        """Assign the message to `request`, or set it aside if that is None."""
        if request is None and message.aside:
            return  # decided so already
        said, taken = message.sha256[:12], list[tuple[str, str]]()
        if request is None:
            taken += self._sitting.set_aside(message.sha256)
            click.echo(f"stored: {said} is of no request ({UNDO} takes it back)")
        else:
            self._sitting.assign(message.sha256, request["campaign"], request["agency"])
            click.echo(f"stored: {said} belongs to {request['agency']} in {request['campaign']} ({UNDO} takes it back)")

        def take_back() -> None:
            if request is None:
                self._sitting.bring_back(message.sha256, taken)
                click.echo(f"taken back: {said}")
                return
            stays = self._sitting.unassign(message.sha256, request["campaign"], request["agency"])
            click.echo(f"taken back: {said}{f'; {CANCELLED}' if stays else ''}")

        self._undo.append((self._place, take_back))

    def _found(self, typed: str) -> list[dict[str, Any]]:
        """Return the requests that contain all words typed."""
        found = self._sitting.found(typed)
        if not found:
            click.echo("no request has these words")
        return found[:CANDIDATES]

    def _offer(self, offered: Sequence[dict[str, Any]]) -> None:
        for number, row in enumerate(offered, 1):
            score = f"{row['score']:.2f}, proof {row['proof'] or 'unknown'}: " if row["score"] else ""
            line = f"{number}  {row['agency']} in {row['campaign']} ({score}{reasons.stored(row['reasons']).en})"
            self._console.print(Text(plain(line)), soft_wrap=True)
        click.echo("\n".join(choices(MENU if offered else MENU[1:], self._console.width)))

    def _show(self, row: dict[str, Any], message: Message, whole: bool) -> None:
        place = f"\n[{self._place + 1} of {len(self._rows)}] {message.sha256[:12]}"
        self._console.print(Text(f"{place}, came {message.received:%d %b %Y %H:%M}", style="bold"))
        said = f"From: {row['from_address']}\nSubject: {row['subject']}\n{row['event']}, rule {row['rule']}\n"
        said += "".join(f"assigned to {agency} in {campaign}\n" for campaign, agency in message.assigned)
        said += "set aside: of no request\n" if message.aside else ""
        text = "\n".join([*flagged(message.defects), message.text.rstrip(), *files(message.attached)])
        lines = None if whole else room(self._console, AROUND + said.count("\n"))
        shown = first_lines(self._console, plain(text), lines, self._console.width)
        self._console.print(Text(f"{plain(said)}\n{shown}"))
