"""prober campaign send, status, pause, resume, close, settle: run a campaign after its approval."""

import sys
from datetime import datetime, timedelta
from typing import Any

import click

from prober.cli.arguments import PERSON
from prober.cli.output import emit, listing, write_log
from prober.errors import UsageError
from prober.services.campaign import sending
from prober.services.campaign.sending import Counters
from prober.services.context import Context

LONGEST = timedelta(days=366)  # what "end" means: no campaign waits longer


@click.command()
@click.argument("name", required=False)
@click.option("--until", metavar="WHEN", help="Wait and go on until this moment (ISO 8601), or: end.")
@click.option("--live", is_flag=True, help="Needed, besides the approval, before anything leaves for a real address.")
@click.pass_context
def send(ctx: click.Context, name: str | None, until: str | None, live: bool) -> None:
    """Send the letters of NAME (default: the one open campaign) that are due; each at most once.

    Where letters should have left by now, the mailbox is read first: they may have, if all of this is an older copy.
    Ctrl-C stops, and nothing is lost.
    """
    context: Context = ctx.obj
    write_log(context)
    name = name or sending.the_open_one(context)
    if sending.listed(context, name)[0].status == "closed":
        click.echo(f"{name} is closed: nothing is left to send")
        return
    moment = _moment(until, context.clock.now()) if until else None
    summary = sending.send(context, name, moment, live, _identity(context, name))
    click.echo(sentence(summary))
    for failure in summary.failures:
        click.echo(failure, err=True)
    ctx.exit(1 if summary.failures else 0)


@click.command()
@click.argument("name", required=False)
@click.option("--letters", is_flag=True, help="One row per letter.")
@listing
@click.pass_obj
def status(context: Context, name: str | None, letters: bool, as_json: bool) -> None:
    """Show where every campaign stands, or NAME alone."""
    if letters:
        rows = sending.letters(context, name)
        arm = ("arm",) if any(row["arm"] for row in rows) else ()
        columns = ("agency", "step", *arm, "state", "tries", "not before", "accepted", "why")
        emit(rows if as_json else map(_shown, rows), as_json, columns)
        return
    emit(
        sending.standing(context, name),
        as_json,
        ("campaign", "status", "step", "planned", "accepted", "refused", "deferred", "uncertain"),
    )


@click.command()
@click.argument("name")
@click.pass_obj
def pause(context: Context, name: str) -> None:
    """Stop sending NAME at once, in every process."""
    sending.pause(context, name)
    click.echo(f"{name} is paused; `prober campaign resume {name}` goes on")


@click.command()
@click.argument("name")
@click.pass_obj
def resume(context: Context, name: str) -> None:
    """Let NAME go on after a pause; the approval must still hold."""
    sending.resume(context, name)
    click.echo(f"{name} goes on with `{sending.command(context, name)}`")


@click.command()
@click.argument("name")
@click.pass_obj
def close(context: Context, name: str) -> None:
    """End NAME for good; letters that have not left are cancelled. Answers are still taken in."""
    cancelled = sending.close(context, name)
    click.echo(f"{name} is closed; {cancelled} letters were cancelled")


@click.command()
@click.argument("name")
@click.argument("agency", required=False)
@click.option(
    "--step", type=click.Choice(["request", "reminder", "follow-up"]), default="request", help="Which letter."
)
@click.option(
    "--as", "state", type=click.Choice(["accepted", "cancelled", "planned"]),
    help="What you found out: accepted; cancelled: count it as not sent; planned: it certainly never left, send it.",
)  # fmt: skip
@click.option("--by", type=PERSON, help="Who decided.")
@click.option("--why", default="", help="How you know.")
@listing
@click.pass_obj
def settle(
    context: Context, name: str, agency: str | None, step: str, state: str | None, by: str | None, why: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Settle letters of NAME that are in doubt: by the mailbox's evidence, or for one AGENCY by your own word."""
    doubtful = sending.settle(context, name, agency, step, state, by, why)
    emit(doubtful, as_json, ("agency", "step", "rcpt", "message_id", "reason"), "in doubt")


def sentence(summary: Counters) -> str:
    """Return one line on what was sent and what comes next."""
    states = ("accepted", "refused", "deferred", "uncertain", "cancelled", "planned")
    parts = [f"{summary.totals[state]} {state}" for state in states if summary.totals.get(state)]
    line = f"{summary.campaign}: {summary.planned} letters = {' + '.join(parts) or '0'}"
    if summary.stopped:
        line += f"; stopped, the campaign is {summary.stopped}"
    if summary.held:
        line += f"; {summary.held} later letters wait until `prober mailbox sync` has read every mailbox"
    if summary.closed:
        line += "; every waiting time is over and the campaign is closed"
    if summary.next_at:
        line += f"; next letter: {summary.next_at:%a %d %b %Y %H:%M}"
    return line + (f"; waiting until {summary.last_day:%a %d %b %Y}" if summary.last_day else "")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return one letter as a line of a table."""
    accepted = row["accepted_at"] or ""
    when = "" if row["not_before"] == sending.AFTER_REQUEST else row["not_before"]
    return {
        "agency": row["agency"], "step": row["step"], "arm": row["arm"], "state": row["state"],
        "tries": row["attempts"], "not before": when[:16].replace("T", " "),
        "accepted": accepted[:16].replace("T", " "), "why": row["reason"],
    }  # fmt: skip


def _moment(text: str, now: datetime) -> datetime:
    if text == "end":
        return now + LONGEST
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--until {text!r}: neither a moment such as 2020-04-30T10:00 nor end") from error
    return moment.replace(tzinfo=now.tzinfo) if moment.tzinfo is None else moment


def _identity(context: Context, name: str) -> str:
    """Ask twice for the number of the sender's identity paper, if `name` needs it and the configuration has none."""
    if not (sys.stdin.isatty() and sending.asks_for_identity(context, name)):
        return ""
    number: str = click.prompt(
        "Number of your identity paper (not shown, not stored)", hide_input=True, confirmation_prompt=True
    )
    return number


COMMANDS = (send, status, pause, resume, close, settle)
