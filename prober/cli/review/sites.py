"""prober review sites: let a person confirm what the machine says of sites, from the record of its visit."""

import os
import sys
import webbrowser
from contextlib import suppress
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from prober.cli.arguments import PERSON
from prober.cli.output import listing
from prober.cli.protocol_lines import look_lines, protocol_lines
from prober.cli.review.screen import ESCAPE, UNDO, Keys, plain, print_agreement
from prober.errors import UsageError
from prober.reporting.words.labels import DECIDED, STATES
from prober.reporting.words.reasons import stored
from prober.services.context import Context
from prober.services.review.sites import Shown, SiteItem, SiteSitting, agreement, sitting

ANSWERS = {"p": "present", "a": "absent", "c": "cannot_tell"}
OPEN, NOTE, DISPUTE, WHOLE, LATER, BACK, STOP = "o", "n", "d", "v", ".", "-", ("!", ESCAPE)
KEYS = (
    f"p present · a absent · c cannot tell · {NOTE} note first · {OPEN} open · {WHOLE} whole record · "
    f"{LATER} later · {BACK} back · {UNDO} undo the last · {STOP[0]} stop"
)
DISPUTES = f"{DISPUTE} the proof is not what it is taken for"


@click.command()
@click.option("--coder", type=PERSON, help="Your initials; they stand in the published table of decisions.")
@click.option("--kind", default="", help="Only this question, for example qa.")
@click.option("--frame", default="", help="Only this list of the study.")
@click.option("--blind", is_flag=True, help="Hide what the machine says.")
@click.option("--second", is_flag=True, help="Be the second coder: read, blind, what another person has read.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    help="Draw so many found and so many not found rows of each question at random, and read them too. "
    "With --second: read so many.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of that draw.")
@click.option("--settle", is_flag=True, help="Decide where two people say different things.")
@click.option("--again", is_flag=True, help="Go through what you have decided already.")
@click.option("--agreement", "agreed", is_flag=True, help="Print how far people agree, and decide nothing.")
@listing
@click.pass_obj
def sites(context: Context, agreed: bool, as_json: bool, coder: str | None, **options: Any) -> None:
    """Say of each site whether it is there: first what was not found or not seen, then what was drawn at random.

    You see where to look first, and how the site was searched. What you say stands above the machine as long as it says
    the same, at most for the days that the study gives. Stop at any time; every decision is stored.
    """
    if agreed:
        print_agreement(agreement(context), as_json, "no site was read by two people yet: --second")
        return
    if as_json or not coder:
        raise UsageError("name yourself: prober review sites --coder INITIALS (--json belongs to --agreement)")
    work: SiteSitting | None = None
    try:
        with sitting(context, coder, **options) as work:
            Confirming(work).work()
    finally:
        if work:
            left = len(work.queue) - work.decided
            click.echo(("\n" if work.queue else "") + f"{work.decided} decided by {coder}, {left} left")


class Confirming:
    """Ask one person one question after another."""

    def __init__(self, sitting: SiteSitting) -> None:
        self.sitting = sitting
        self.keys = Keys()
        self.console = Console(highlight=False)
        self.place = 0
        self.opened = 0  # addresses of the question shown that were opened
        self.note = ""

    def work(self) -> None:
        """Ask until the queue is empty or the person stops."""
        with self.keys, suppress(EOFError):
            while self.sitting.queue:
                if self.place == len(self.sitting.queue):
                    click.echo(f"that was the last: {UNDO} undo, {BACK} back, any other key ends")
                    if (key := self.keys.next()) not in (UNDO, BACK):
                        return
                    self._move(key)
                else:
                    self._one()

    def _one(self) -> None:
        """Show the question at the place and take keys until it is left. Raises EOFError to stop."""
        item, shown = self.sitting.queue[self.place], self.sitting.shown(self.place)
        self.opened, self.note = 0, ""
        self._show(item, shown)
        while True:
            key = self.keys.next()
            if key in STOP:
                raise EOFError
            if key in ANSWERS:
                self.sitting.decide(self.place, ANSWERS[key], self.note)
                click.echo(f"stored: {DECIDED[ANSWERS[key]].en} ({UNDO} takes it back)")
                self.place += 1
                return
            if key in (LATER, BACK, UNDO):
                self._move(key)
                return
            self._other(key, shown)

    def _move(self, key: str) -> None:
        """Go to the place that a key means; UNDO takes the last decision back first."""
        if key == UNDO:
            undone = self.sitting.undo()
            click.echo("nothing of this sitting is left to undo" if undone is None else "taken back")
            self.place = min(self.place, len(self.sitting.queue) - 1) if undone is None else undone
        else:
            self.place = max(0, self.place - 1) if key == BACK else self.place + 1

    def _other(self, key: str, shown: Shown) -> None:
        """Do what a key asks for that decides nothing on the question."""
        if key == OPEN:
            _open(shown.places[self.opened % len(shown.places)])
            self.opened += 1
        elif key == NOTE:
            self.note = plain(self.keys.line("note: "))
        elif key == WHOLE:
            self._say(*protocol_lines(shown.record, None), KEYS)
        elif key == DISPUTE and shown.proof:
            if reason := plain(self.keys.line("why is it not? ")):
                self.sitting.dispute(self.place, reason)
                click.echo(f"stored: disputed ({UNDO} takes it back); now answer the question")
            else:
                click.echo("a dispute needs a reason")
        else:
            click.echo("no such key here; the keys are those shown")

    def _show(self, item: SiteItem, shown: Shown) -> None:
        row = item.row
        place = f"[{self.place + 1} of {len(self.sitting.queue)}]"
        self.console.print(Text(plain(f"\n{place} {row['name_vi']} ({row['subject']}), {row['url']}"), style="bold"))
        self._say(f"{row['kind_en']} ({row['question']}): is it there?")
        if not self.sitting.blind:
            self._say(f"the machine: {STATES[row['answer']].en}; {stored(row['reasons'] or None).en}")
            if row["last_answer"] and not row["decided"]:
                self._say(f"{row['last_by']} said on {row['last_at'][:10]}: {DECIDED[row['last_answer']].en}")
        if shown.proof:
            self._say(f"seen on {shown.proof['page_url']}: {shown.proof['snippet']}")
        if self.sitting.role == "settled":
            self._say(*(f"{one['coder']} ({one['role']}): {one['answer']} {one['note']}" for one in item.said))
        self._say("look first:", *look_lines(shown.looks) or ["  (nothing noted)"])
        self._say("how it was searched:", *protocol_lines(shown.record))
        if before := self.sitting.said(self.place):
            self._say(f"you said {DECIDED[before].en}")
        self._say(f"{KEYS} · {DISPUTES}" if shown.proof else KEYS)

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.console.print(Text(plain(line)), soft_wrap=True)


def _open(address: str) -> None:
    """Print an address, and open it where there is a display."""
    click.echo(plain(address))
    if sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(address)
