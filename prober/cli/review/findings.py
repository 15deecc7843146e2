"""prober review findings: let a person accept or dispute findings, shown with the words that prove them."""

from contextlib import suppress
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from prober.cli.arguments import PERSON
from prober.cli.review.screen import ESCAPE, UNDO, Keys, plain
from prober.services.context import Context
from prober.services.review.findings import FindingSitting, sitting

LATER, BACK, DISPUTE, STOP = ".", "-", "d", ("!", ESCAPE)
KEYS = f"= accept · {DISPUTE} dispute · {LATER} later · {BACK} back · {UNDO} undo the last · {STOP[0]} stop"


@click.command()
@click.option(
    "--coder", required=True, type=PERSON, help="Your initials; they stand in the published table of reviews."
)
@click.option("--kind", help="Only findings of this indicator, for example qa.")
@click.option("--again", is_flag=True, help="Go through findings that were reviewed already.")
@click.option("--everything", is_flag=True, help="Also findings on which no verdict rests.")
@click.pass_obj
def findings(context: Context, coder: str, kind: str | None, again: bool, everything: bool) -> None:
    """Look at what the newest crawl found, the least certain first; accept it, or dispute it with a reason.

    A disputed finding still counts, because figures come from rules that anybody can repeat: the view `disputes` shows
    it with your reason, for readers and for those who mend the rule. Stop at any time; every decision is stored.
    """
    work: FindingSitting | None = None
    try:
        with sitting(context, coder, kind or "", again, everything) as work:
            _work(work)
    finally:
        if work:
            left = len(work.queue) - work.decided
            click.echo(("\n" if work.queue else "") + f"{work.decided} decided by {coder}, {left} left")


def _work(sitting: FindingSitting) -> None:
    """Ask until the queue is empty or the person stops."""
    place, queue = 0, sitting.queue
    with Keys() as keys, suppress(EOFError):
        while queue:
            if place == len(queue):
                click.echo(f"that was the last: {UNDO} undo, {BACK} back, any other key ends")
                if (decision := keys.next()) not in (UNDO, BACK):
                    return
            else:
                decision = _one(sitting, place, keys)
            place = _next(sitting, place, decision)


def _one(sitting: FindingSitting, place: int, keys: Keys) -> str:
    """Show one finding; return the decision that was stored, or LATER, BACK or UNDO."""
    _show(sitting.queue[place], f"[{place + 1} of {len(sitting.queue)}]")
    if said := sitting.said(place):
        click.echo(f"{said['by']} said: {said['decision']}{said['reason'] and ': '}{plain(said['reason'])}")
    decision, reason = _asked(keys)
    if decision in ("accepted", "disputed"):
        sitting.decide(place, decision, reason)
        click.echo(f"stored: {decision} ({UNDO} takes it back)")
    return decision


def _next(sitting: FindingSitting, place: int, decision: str) -> int:
    """Return the place to go to after a decision; UNDO takes the last one back first."""
    if decision == UNDO:
        undone = sitting.undo()
        click.echo("nothing of this sitting is left to undo" if undone is None else "taken back")
        return place if undone is None else undone
    return max(0, place - 1) if decision == BACK else place + 1


def _asked(keys: Keys) -> tuple[str, str]:
    """Return (decision, reason), with LATER, BACK or UNDO in place of a decision. Raises EOFError to stop."""
    while True:
        click.echo(KEYS)
        key = keys.next()
        if key in STOP:
            raise EOFError
        if key in (LATER, BACK, UNDO):
            return key, ""
        if key == "=":  # not Enter: it scrolls a pager, and must not be a decision
            return "accepted", ""
        if key != DISPUTE:
            click.echo("no such key here; the keys are those shown")
        elif reason := plain(keys.line("why is it wrong? ")):
            return "disputed", reason
        else:
            click.echo("a dispute needs a reason")


def _show(finding: dict[str, Any], place: str) -> None:
    console = Console(highlight=False)
    console.print(Text(f"\n{place} {finding['agency_label']} ({finding['agency']})", style="bold"))
    level = f", level {finding['level']}" if finding["level"] else ""
    lines = (
        f"{finding['kind']} / {finding['category']}: {finding['value'] or '(not stored)'}",
        f"{finding['state']}{level}, confidence {finding['confidence']:.2f}, by {finding['detector']}",
        f"seen {finding['fetched_at']} on {finding['page_url']}",
    )
    for line in lines:
        console.print(Text(plain(line)), soft_wrap=True)
    console.print(Text(plain(finding["snippet"]), style="italic"))
