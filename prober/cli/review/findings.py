"""prober review findings: what the crawl found, with the words that prove it, accepted or disputed by a person."""

from contextlib import suppress
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from prober.cli.arguments import PERSON
from prober.cli.review.screen import ENTER, ESCAPE, Keys, plain
from prober.domain.finding import Kind
from prober.services.context import Context
from prober.store.reading import review_queue

LATER, BACK, DISPUTE, STOP = ".", "-", "d", ("!", ESCAPE)
KEYS = f"Enter or = accept · {DISPUTE} dispute · {LATER} later · {BACK} back · {STOP[0]} stop"


@click.command()
@click.option(
    "--coder", required=True, type=PERSON, help="Your initials; they stand in the published table of reviews."
)
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="Only findings of this kind.")
@click.option("--again", is_flag=True, help="Go through findings that were reviewed already.")
@click.option("--everything", is_flag=True, help="Also findings on which no verdict rests.")
@click.pass_obj
def findings(context: Context, coder: str, kind: str | None, again: bool, everything: bool) -> None:
    """Look at what the newest crawl found, the least certain first; accept it, or dispute it with a reason.

    A disputed finding still counts, because figures come from rules that anybody can repeat: the view `disputes` shows
    it with your reason, for readers and for those who mend the rule. Stop at any time; every decision is stored.
    """
    context.sync_registry()
    queue = review_queue.findings(context.results, context.private, kind or "", again, everything)
    done: set[int] = set()
    with context.run("review findings") as row:
        try:
            _work(context, coder, queue, done)
        finally:
            review_queue.publish_findings(context.private, context.results)
            row |= {"coder": coder, "decided": len(done)}
            click.echo(("\n" if queue else "") + f"{len(done)} decided by {coder}, {len(queue) - len(done)} left")


def _work(context: Context, coder: str, queue: list[dict[str, Any]], done: set[int]) -> None:
    """Until the queue is empty or the person stops; `done` gets the places of what was decided."""
    place = 0
    with Keys() as keys, suppress(EOFError):
        while place < len(queue):
            finding = queue[place]
            _show(finding, f"[{place + 1} of {len(queue)}]")
            said = review_queue.finding_said(context.private, finding)
            if said:
                click.echo(f"{said['by']} said: {said['decision']}{said['reason'] and ': '}{plain(said['reason'])}")
            decision, reason = _asked(keys)
            if decision in ("accepted", "disputed"):
                review_queue.save_finding(context.private, finding, decision, reason, coder, context.clock.now())
                done.add(place)
                click.echo(f"stored: {decision}")
            place = max(0, place - 1) if decision == BACK else place + 1


def _asked(keys: Keys) -> tuple[str, str]:
    """(decision, reason), or LATER or BACK in place of a decision. Raises EOFError to stop."""
    while True:
        click.echo(KEYS)
        key = keys.next()
        if key in STOP:
            raise EOFError
        if key in (LATER, BACK):
            return key, ""
        if key in (ENTER, "="):
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
