"""prober review: let people read replies and decide their classes; and confirm what the machine says of sites."""

from collections.abc import Callable
from contextlib import suppress
from textwrap import wrap
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from prober.cli.arguments import PERSON
from prober.cli.output import CommandGroup, listing
from prober.cli.review.screen import (
    CANCELLED,
    ENTER,
    ESCAPE,
    UNDO,
    WIDE,
    Keys,
    beside,
    choices,
    concealed,
    cut,
    files,
    flagged,
    plain,
    print_agreement,
    recognised,
    room,
    signature,
    wrapped,
)
from prober.cli.review.sites import sites
from prober.domain.correspondence import AUTOMATIC, SUBSTANTIVE, DocumentState, Event, Letterhead
from prober.domain.requested_documents import title_year
from prober.errors import ProberError, UsageError
from prober.reporting.words.labels import EVENTS
from prober.reporting.words.reasons import said
from prober.services.context import Context
from prober.services.mailbox.messages import open_file
from prober.services.review.replies import QUALITIES, Item, ReplySitting, ReplyText, sitting
from prober.services.review.replies import agreement as measured

# A class is typed as its code, two keys: the one key that scrolls, pages or leaves a pager must never be a decision.
EVENT_CODES = tuple(sorted(event.value for event in Event))
FIRST = frozenset(code[0] for code in EVENT_CODES)
ACCEPT, BACK, LATER, WORDS, STOP = "=", "-", ".", "?", ("!", ESCAPE)
WHOLE = "v"
FILES = "123456789"
MORE = (" ", ENTER, "j", "\x1b[B", "\x1b[6~")  # keys by which pagers go on
# Classes that start, pause or end a waiting time, hold letters back, or say that a letter did not arrive.
CLOCKS = frozenset(Event) - AUTOMATIC - {Event.HUMAN_ACK, Event.OTHER, Event.UNCLEAR, Event.EMPTY} | {Event.BOUNCE}
TALL = 36  # lines of a terminal from which the meaning of the keys is shown too
NONE_TWICE = "no reply was read by two people yet: prober review --coder INITIALS --sample N"
AROUND = 9  # lines of a screen for the sender, a heading, the proposed class and the prompt


class ReviewStopped(Exception):
    """The coder wants to continue another time."""


@click.group(cls=CommandGroup, invoke_without_command=True)
@click.option("--coder", type=PERSON, help="Your initials; they stand in the published table of codings.")
@click.option("--campaign", default="", help="Only replies to this campaign.")
@click.option("--blind", is_flag=True, help="Hide place and arm, in both texts too.")
@click.option("--sample", type=click.IntRange(min=1), help="Be the second coder: read so many replies drawn at random.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of that draw.")
@click.option(
    "--random",
    type=click.IntRange(min=1),
    help="Read all that so many agencies wrote, drawn by the campaign's seed: `analysis shares --corrected`.",
)
@click.option("--settle", is_flag=True, help="Decide where two coders see different classes; this counts in the end.")
@click.option("--again", is_flag=True, help="Go through what you have decided already.")
@click.option("--everything", is_flag=True, help="Also messages that the rules take for automatic.")
@click.option("--agreement", is_flag=True, help="Print how far coders agree, and decide nothing.")
@listing
@click.pass_context
def review(ctx: click.Context, agreement: bool, as_json: bool, coder: str | None, **options: Any) -> None:
    """Read each reply beside its letter; accept its proposed class, or type another one's code.

    Your class counts over the rules'. Every decision is stored at once: stop whenever you like (! or Ctrl-C), the same
    command goes on where you were. A second coder (--sample) sees neither the proposal nor the first coder's word.
    """
    if ctx.invoked_subcommand:
        return
    context: Context = ctx.obj
    if agreement:
        print_agreement(measured(context), as_json, NONE_TWICE)
        return
    if as_json:
        raise UsageError("--json and --csv belong to --agreement; the others ask one reply after another")
    if not coder:
        raise UsageError("name yourself: prober review --coder INITIALS")
    work: ReplySitting | None = None
    try:
        with sitting(context, coder, **options) as work:
            if drawn := work.drawn:
                click.echo(f"{drawn.listed} of {drawn.wrote} agencies that wrote are on the list, {drawn.left} unread")
            Coding(work).work()
    finally:
        if work:  # the cursor may be on the line of an unanswered question
            click.echo(("\n" if work.queue else "") + f"{work.decided} decided by {work.coder}, {work.left} left")


class Coding:
    """Ask one coder for the class of one reply after another."""

    def __init__(self, sitting: ReplySitting) -> None:
        self.sitting = sitting
        self.keys = Keys()
        self.console = Console(highlight=False)
        self.place = 0
        self.reply = ReplyText("")  # of the item that is shown
        self.seen: int | None = None  # lines of it that were shown; None for all

    def work(self) -> None:
        """Ask until the queue is empty or the coder stops. Ctrl-C passes through, as everywhere; nothing is lost."""
        with self.keys, suppress(ReviewStopped, EOFError):
            while self.place < len(self.sitting.queue) or self._goes_back():
                self._one(self.sitting.queue[self.place])

    def _goes_back(self) -> bool:
        """Ask after the last reply and return True if the coder wants to see it again, to correct a mistake."""
        if not self.sitting.queue:
            return False
        click.echo(f"that was the last: {UNDO} undo, {BACK} back, any other key ends")
        key = self.keys.next()
        if key == UNDO:
            self._take_back()
        self.place -= key == BACK
        return self.place < len(self.sitting.queue)

    def _take_back(self) -> bool:
        """Undo the last decision of this sitting and go to its reply; return False where there is none."""
        undone = self.sitting.undo()
        if undone is None:
            click.echo("nothing of this sitting is left to undo")
            return False
        item, reminder_stays_cancelled = undone
        stands = self.sitting.said(item)
        click.echo(f"taken back: {f'{_named(stands)} stands again' if stands else 'it is undecided again'}")
        if reminder_stays_cancelled:
            click.echo(CANCELLED)
        self.place = self.sitting.queue.index(item)
        return True

    @property
    def tall(self) -> bool:
        return self.console.height >= TALL or not self.console.is_terminal

    def _one(self, item: Item) -> None:
        self.reply = self.sitting.reply(item)
        menu = self._menu(item, self.tall)
        self._show(item, room(self.console, len(menu) + len(self._facts(item)) + AROUND))
        while True:
            click.echo("\n".join(menu))
            key = self.keys.next()
            if key in STOP:
                raise ReviewStopped
            if key == WHOLE:
                self._show(item, None)
            elif key in MORE:
                self._more(item, len(menu))
            elif key in FILES:
                self._open(item, int(key))
            elif key == WORDS:
                menu = self._menu(item, words=True)
            elif key in (BACK, LATER):
                self.place = max(0, self.place - 1) if key == BACK else self.place + 1
                return
            elif key == UNDO:
                if self._take_back():
                    return
            elif self._decide(item, key):
                self.place += 1
                return

    def _decide(self, item: Item, key: str) -> bool:
        """Store the decision that `key` begins; return False if nothing was decided."""
        if key == ACCEPT and self.sitting.said(item):
            return True  # this coder's earlier decision stays
        accepted = key == ACCEPT and self.sitting.role == "first"
        event = Event(item.row["proposed_event"]) if accepted else self._typed(key)
        if event is None:
            return False
        asks = event in SUBSTANTIVE and self.sitting.protocol(item).documents
        marks = self._marks(item, event) if asks else {}
        if marks is None or not (asks or (accepted and event not in CLOCKS) or self._confirmed(event)):
            return False
        self.sitting.code(item, event, marks)
        click.echo(f"stored: {_named(event)}{_marks_text(marks)} ({UNDO} takes it back)")
        return True

    def _confirmed(self, event: Event) -> bool:
        """Say what a class does, and return True if ACCEPT stores it: of two letters one may be a slip."""
        does = " moves a clock or holds letters" if event in CLOCKS else ""
        click.echo(f"{_named(event)}{does}: {ACCEPT} stores it, any other key does not")
        return self.keys.next() == ACCEPT

    def _typed(self, key: str) -> Event | None:
        """Return the class whose code begins with `key`, once its second key came; None if there is none."""
        if key.upper() not in FIRST:
            click.echo("no such key here; the keys are those shown")
            return None
        click.echo(key.upper(), nl=False)
        code = key.upper() + self.keys.next().upper()
        click.echo(code[1:] if code.isprintable() else "")
        if code not in EVENT_CODES:
            click.echo(f"no such class {plain(code)!r}; the keys are those shown")
            return None
        return Event(code)

    def _marks(self, item: Item, event: Event) -> dict[int, int] | None:
        """Ask for the quality of the answer on each document; return None if the coder goes back to the class."""
        click.echo(f"{_named(event)}: the last mark stores it")
        click.echo("\n".join(choices(((str(n), meaning) for n, meaning in QUALITIES.items()), self.console.width)))
        marks: dict[int, int] = {}
        documents = self.sitting.protocol(item).documents
        while len(marks) < len(documents):
            number = len(marks) + 1
            self._say(f"{number}. {documents[number - 1].name}")
            click.echo(f"[0-4, {BACK} back]: ", nl=False)
            key = self.keys.next()
            click.echo(key if key.isprintable() else "")
            if key in STOP:
                raise ReviewStopped
            if key == BACK and not marks:
                return None
            if key == BACK:
                del marks[number - 1]
            elif key.isascii() and key.isdigit() and int(key) in QUALITIES:
                marks[number] = int(key)
            else:
                click.echo("a quality is one of the keys 0 to 4")
        return marks

    def _letter(self, item: Item) -> str:
        """Return our letter; to a blind coder it would show the arm, so they see only what both arms ask for."""
        protocol = self.sitting.protocol(item)
        if self.sitting.blind and protocol.arms:
            names = [f"- {document.name}" for document in protocol.documents]
            return "\n".join(["The letter is hidden, because it tells the arm. It asks for:", *names])
        return self.sitting.letter(item)

    def _show(self, item: Item, lines: int | None) -> None:
        """Print the item with at most `lines` lines of each text; None prints all."""
        row, hide = item.row, self._hider(item)
        who = "place and arm hidden" if self.sitting.blind else f"{row['name_vi']} ({row['agency']})"
        self._say(f"\n[{self.place + 1} of {len(self.sitting.queue)}] {who}")
        campaign = "" if self.sitting.blind else f"{row['campaign']}; "
        came = f"came after {row['hours']:.1f} h, {row['working_days']} working days; message {row['message'][:12]}"
        self._say(campaign + came)
        # On a low screen our letter, which is the same each time, would take the room that the reply needs.
        ours = [("Our letter", hide(self._letter(item)))] if self.tall or lines is None else []
        beside(self.console, [*ours, ("The reply", hide(self._text(lines)))], lines)
        self.seen = lines - 1 if lines is not None else None
        for line in self._facts(item):
            self._say(hide(line))
        if self.sitting.role == "first":
            words = hide(row["words"])
            self._say(f"proposed: {_named(row['proposed_event'])}, rule {row['rule']}{f': {words}' if words else ''}")
            if row["unsure"]:
                self._say(f"second opinion: {_named(row['second_opinion'])}, ahead by {row['opinion_margin']:.2f}")
        if self.sitting.role == "final":
            for coder, role, event in item.said:
                self._say(f"{coder} ({role}) says {_named(event)}")
        if before := self.sitting.said(item):
            self._say(f"you said {_named(before)}")

    def _more(self, item: Item, below: int) -> None:
        """Print the lines of the reply that follow those shown, as a pager does, above the `below` lines of keys."""
        width = self.console.width - 2
        lines = wrapped(self.console, self._hider(item)(self._text(self.seen)), width)
        # Beside our letter it was broken into shorter lines, so that the next one is not known: it begins anew.
        start = 0 if self.console.width >= WIDE else self.seen
        if start is None or start >= len(lines):
            click.echo("all of it was shown")
            return
        here = room(self.console, below + 2)
        left = len(lines) - start - here
        shown = lines[start : start + here] + ([f"… {left} more lines"] if left > 0 else [])
        self.console.print(Padding(Text("\n".join(shown)), (0, 0, 1, 2)))
        self.seen = start + here

    def _say(self, text: str) -> None:
        """Print a line that breaks between words on a terminal, and is not broken in a pipe."""
        self.console.print(Text(text), soft_wrap=not self.console.is_terminal)

    def _hider(self, item: Item) -> Callable[[str], str]:
        if not self.sitting.blind:
            return plain
        row = item.row
        names = [row[name] for name in ("name_vi", "name_en", "slug", "province", "province_vi", "province_en")]
        return lambda text: concealed(plain(text), [*names, row["province"].replace("-", ""), row["title"]])

    def _text(self, lines: int | None) -> str:
        """Return the text of the reply, and of its files as far as it could be read.

        Of `lines` lines on a low screen none is empty.
        """
        reply = self.reply
        if reply.by_hand:
            return f"(entered by hand)\n{reply.text}"
        parts = [f"Subject: {reply.subject}", f"From: {reply.sender}", signature(*reply.signed)]
        parts += [*flagged(reply.defects), "", reply.text]
        parts += [*files(reply.attached), "", _letterhead(reply.letterhead), "", *map(_link, reply.links)]
        text = "\n".join(parts).rstrip()
        return text if self.tall or lines is None else "\n".join(filter(str.strip, text.split("\n")))

    def _facts(self, item: Item) -> list[str]:
        """Return what must be seen without scrolling: the files by number, and what rules say of each document asked.

        Who reads independently of the rules does not see the latter. On a terminal each is one line.
        """
        names = [document.name for document in self.sitting.protocol(item).documents]
        states = self.reply.documents if self.sitting.role == "first" else ()
        facts = [_document(state, name) for state, name in zip(states, names, strict=False)]
        if self.reply.grounds and self.sitting.role == "first":
            facts.append(f"if it refuses, by: {said(self.reply.grounds).en}")
        if self.reply.attached:
            listed = ", ".join(f"{number} {file['name']}" for number, file in enumerate(self.reply.attached, 1))
            facts.append(f"files: {listed}")
        width = self.console.width if self.console.is_terminal else None
        return [cut(fact, width) for fact in facts]

    def _menu(self, item: Item, words: bool) -> list[str]:
        """Return lines with the keys; ACCEPT takes the class shown last. Without `words` only codes are shown."""
        accept = "keep" if self.sitting.said(item) else "accept" if self.sitting.role == "first" else ""
        moves = [(ACCEPT, accept)] if accept else []
        moves += [(LATER, "later"), (BACK, "back"), (UNDO, "undo the last")]
        moves += [("space", "more"), (WHOLE, "whole text")]
        moves += [("1-9", "open a file")] if self.reply.attached and not self.sitting.blind else []
        moves += [("!", "stop")]
        if not words:
            codes = wrap(f"two keys, then {ACCEPT}: " + " ".join(EVENT_CODES), self.console.width)
            return [*codes, *choices([*moves, (WORDS, "what they mean")], self.console.width)]
        classes = choices(((code, EVENTS[Event(code)].en) for code in EVENT_CODES), self.console.width)
        return [f"two keys, then {ACCEPT}:", *classes, *choices(moves, self.console.width)]

    def _open(self, item: Item, number: int) -> None:
        """Have this computer's program open a file of the reply; say where the file lies."""
        if self.sitting.blind:
            click.echo("files stay closed: they would show the place")
            return
        try:
            opened = open_file(self.sitting.context, item.row["message"], number)
        except ProberError as error:
            click.echo(str(error))
            return
        said = f"opened by {opened.opener}" if opened.opener else f"not opened: {opened.why_not}"
        click.echo(f"{opened.path}\n{said}; delete the file when you have read it")


def _letterhead(read: Letterhead) -> str:
    """Return head and foot of an official letter in one line, as far as they were read."""
    known = list(filter(None, (read.number, read.dated, read.addressed_to, read.signer)))
    return f"→ official letter: {', '.join(known)}{recognised(read.confidence)}" if known else ""


def _document(state: DocumentState, name: str) -> str:
    """Return in one line what the reply says of a document; the year comes before what is cut off."""
    by = f" by {state.by}" if state.by else ""
    return f"{state.position}. {title_year(name) or ''} {state.said}{by}: {name}"


def _link(row: dict[str, Any]) -> str:
    """Return in one line where a web address in the reply leads."""
    seen = ", ".join(filter(None, (row["found"], row["media_type"], row["title"])))
    return f"→ {row['url']} ({row['target']}, {row['site']}: {seen})"


def _named(event: str) -> str:
    return f"{event} {EVENTS[Event(event)].en}"


def _marks_text(marks: dict[int, int]) -> str:
    return ", " + ", ".join(f"document {number}: {mark}" for number, mark in marks.items()) if marks else ""


review.add_command(sites)
