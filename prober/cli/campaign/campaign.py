"""prober campaign: plan a round of information requests, preview it, approve it, and run it after its approval."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from prober.cli.arguments import PERSON
from prober.cli.campaign.interview import interview
from prober.cli.output import CommandGroup, emit, listing, messages, write_log
from prober.domain.correspondence import Step
from prober.errors import ProtocolError, UsageError
from prober.reporting.words import reasons
from prober.services.campaign import drafts, sending
from prober.services.campaign.drafts import Enclosed, Judged, Planned, Preview, Protocol
from prober.services.campaign.preregistration import print_registered, registered_text
from prober.services.campaign.sending import Counters
from prober.services.context import Context

LONGEST = timedelta(days=366)  # what "end" means: no campaign waits longer


@click.group(cls=CommandGroup)
def campaign() -> None:
    """Ask agencies for information: at most one letter each, approved by a person."""


@campaign.command()
@click.argument("name")
@click.option("--template", metavar="STUDY", help="Start from the protocol of this study; else from that of yours.")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Use this protocol instead.")
@click.option("--without-address", is_flag=True, help="Leave out agencies that have no reviewed address.")
@click.pass_obj
def new(context: Context, name: str, template: str | None, file: Path | None, without_address: bool) -> None:
    """Plan campaign NAME: write campaigns/NAME.toml, for you to edit, and check it.

    At a terminal, with neither --template nor --file, the protocol is asked for question by question.
    """
    drafts.check_name(name)
    if sys.stdin.isatty() and not (template or file):
        written = interview(context, drafts.template_text(context, "", without_address), name)
        path = drafts.register(context, name, written, "your answers")
    else:
        path = drafts.new_campaign(context, name, template or "", file, without_address)
    try:
        draft = drafts.draft(context, name)
    except ProtocolError as error:
        click.echo(f"{path} is written. Nobody can be asked by it yet:\n{error}")
        click.echo(f"Edit it, or add what is missing; then: prober campaign preview {name}")
        return
    click.echo(f"{path}: {len(draft.ready)} agencies will be asked, in order of a seeded draw.")
    for agency in draft.without:
        click.echo(f"left out, no reviewed address: {agency.slug}")
    click.echo(f"Edit it, then: prober campaign preview {name}; prober campaign approve {name} --by YOU")


@campaign.command()
@click.argument("name")
@click.option("--agency", "slug", help="The agency whose letter is shown. Default: the first in the order.")
@click.option("--reminder", is_flag=True, help="Show the reminder instead of the request.")
@click.option("--follow-up", is_flag=True, help="Show the follow-up instead of the request.")
@click.option("--save", type=click.Path(file_okay=False, path_type=Path), help="Write the letter and its slip here.")
@listing
@click.pass_obj
def preview(
    context: Context, name: str, slug: str | None, reminder: bool, follow_up: bool, save: Path | None, as_json: bool
) -> None:  # fmt: skip
    """Show one letter of NAME, with an English rendering beside it, what the law asks of it, and everyone who gets one.

    With --save the letter is also written as .eml, and what is enclosed in it as PDF and DOCX, to be looked at.
    """
    found = drafts.preview(context, name)
    planned = found.letters
    if as_json:
        emit([_listed(item) | {"text": item.letter.text} | _verdict(context, found, item) for item in planned], True)
        return
    step = Step.FOLLOW_UP if follow_up else Step.REMINDER if reminder else Step.REQUEST
    chosen = [item for item in planned if item.letter.step is step and slug in (None, item.agency.slug)]
    if not chosen:
        raise UsageError(f"campaign {name} has no {step} to {slug or 'anyone'}")
    _show(context, found, chosen[0])
    asked_for = drafts.required(context, found, chosen[0])
    emit([_required(row) for row in asked_for], False, title="what the law asks of a request")
    if save:
        for path in drafts.save_letter(context, chosen[0], save):
            click.echo(str(path))
    emit([_listed(item) for item in planned], False, _columns(planned))
    _warn(context, found)


@campaign.command()
@click.argument("name")
@click.option(
    "--wait",
    default=sending.SEED_SECONDS,
    show_default=True,
    help="Seconds to wait for the letter to oneself to come back.",
)
@listing
@click.pass_context
def preflight(ctx: click.Context, name: str, wait: float, as_json: bool) -> None:
    """Check what a letter of NAME needs before it may leave, and say what was not checked.

    Looks at the addresses, the days, the DNS of sender and recipients, and the mail servers; one letter to oneself is
    sent and must come back.
    """
    context: Context = ctx.obj
    with messages.status("asking the DNS and the mail servers; waiting for a letter to oneself"):
        found = sending.preflight(context, name, wait)
    emit([asdict(check) for check in found], as_json, ("check", "result", "detail"))
    ctx.exit(1 if any(check.result == "fail" for check in found) else 0)


@campaign.command()
@click.argument("name")
@click.option("--by", required=True, type=PERSON, metavar="WHO", help="Who approves.")
@click.option("--name", "typed", help="The campaign's name, typed again; asked for if not given.")
@click.option("--power-read", is_flag=True, help="You have read what two arms can find; asked for if not given.")
@click.pass_obj
def approve(context: Context, name: str, by: str, typed: str | None, power_read: bool) -> None:
    """Read every letter of NAME and approve them all; any later change voids the approval."""
    found = drafts.preview(context, name)
    planned, protocol = found.letters, found.draft.protocol
    if protocol.arms:
        click.echo(drafts.power_verdict(context, protocol, found.draft.units))
        if not (power_read or click.confirm("Approve two arms nevertheless?")):
            raise UsageError("nothing was approved")
    if typed is None:
        click.echo_via_pager(_on_paper(planned))
    emit([_listed(item) for item in planned], False, _columns(planned))
    _warn(context, found)
    if typed is None:
        typed = click.prompt(f"{len(planned)} letters. Type the campaign's name to approve them")
    hashed = drafts.approve(context, name, typed, by, planned)
    click.echo(f"approved by {by}: {len(planned)} letters, {hashed[:16]}…")
    click.echo(f"{_takes(protocol, planned)} Sending ends with what is due; with --until end it waits for the rest.")
    click.echo(f"Next: {sending.command(context, name)}")


@campaign.command()
@click.argument("name")
@click.option(
    "--pdf", "target", type=click.Path(dir_okay=False, path_type=Path), help="Print it to this file (A4; Chromium)."
)
@click.pass_obj
def protocol(context: Context, name: str, target: Path | None) -> None:
    """Print the pre-registration of NAME: what was decided before the first letter, with power table and hashes."""
    if target:
        click.echo(print_registered(context, name, target))
    else:
        click.echo(registered_text(context, name), nl=False)


@campaign.command()
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


@campaign.command()
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


@campaign.command()
@click.argument("name")
@click.pass_obj
def pause(context: Context, name: str) -> None:
    """Stop sending NAME at once, in every process."""
    sending.pause(context, name)
    click.echo(f"{name} is paused; `prober campaign resume {name}` goes on")


@campaign.command()
@click.argument("name")
@click.pass_obj
def resume(context: Context, name: str) -> None:
    """Let NAME go on after a pause; the approval must still hold."""
    sending.resume(context, name)
    click.echo(f"{name} goes on with `{sending.command(context, name)}`")


@campaign.command()
@click.argument("name")
@click.pass_obj
def close(context: Context, name: str) -> None:
    """End NAME for good; letters that have not left are cancelled. Answers are still taken in."""
    cancelled = sending.close(context, name)
    click.echo(f"{name} is closed; {cancelled} letters were cancelled")


@campaign.command()
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
    rows = doubtful if as_json else [row | {"reason": reasons.stored(row["reason"]).en} for row in doubtful]
    emit(rows, as_json, ("agency", "step", "rcpt", "message_id", "reason"), "in doubt")


def _takes(protocol: Protocol, planned: Sequence[Planned]) -> str:
    """Return in a sentence how long sending takes: the days of the requests, and the last on which one may leave."""
    moments = sorted(item.not_before for item in planned if item.not_before)
    days = len({moment.date() for moment in moments})
    window = f"{protocol.window.start:%H:%M} and {protocol.window.end:%H:%M}"
    first, last = (f"{moment:%a %d %b %Y %H:%M}" for moment in (moments[0], moments[-1]))
    return f"Requests leave from {first} to {last}, on {days} day{'s' if days > 1 else ''} between {window}."


def _listed(item: Planned) -> dict[str, Any]:
    when = f"{item.not_before:%Y-%m-%d %H:%M}" if item.not_before else "after acceptance"
    return {
        "position": item.position, "step": str(item.letter.step), "not_before": when, "agency": item.agency.slug,
        "address": item.letter.rcpt, "subject": item.letter.subject, "block": item.block, "arm": item.arm,
    }  # fmt: skip


def _columns(planned: list[Planned]) -> tuple[str, ...]:
    arms = ("arm", "block") if any(item.arm for item in planned) else ()
    return ("position", "step", "not_before", *arms, "agency", "address")


def _warn(context: Context, found: Preview) -> None:
    """Warn the approver if a break falls into the days of the campaign."""
    for sentence in drafts.over_holidays(context, found):
        click.echo(f"Warning: {sentence}", err=True)


def _verdict(context: Context, found: Preview, item: Planned) -> dict[str, Any]:
    lacking = "; ".join(row.why for row in drafts.required(context, found, item) if not row.met)
    return {"legally_valid": not lacking, "legal_reasons": lacking}


def _required(row: Judged) -> dict[str, Any]:
    return {"article": row.article, "what": row.about, "met": "yes" if row.met else "no", "why": row.why}


def _show(context: Context, found: Preview, item: Planned) -> None:
    """Print the letter, and beside it its English rendering, unless the letter contains that itself."""
    protocol = found.draft.protocol.of(item.arm)
    papers = [(f"{item.letter.rcpt} · {item.letter.subject}", item.letter.text)]
    english = drafts.in_english(found, item, context.study)
    if english and "en" not in protocol.languages:
        papers.append(("in English, not sent", english))
    console = Console(highlight=False)
    width = max(40, (console.width - 2) // len(papers))
    # Text, not str: Rich would treat "[red]" in a name as markup, and not show what will be sent.
    console.print(Columns([Panel(Text(text), title=Text(title), width=width) for title, text in papers]))


def _enclosed(item: Enclosed) -> str:
    """Return a file that goes with a letter as the approver is shown it: name, size and hash."""
    return f"{item.name} ({item.media_type}, {item.bytes:,} bytes, sha256 {item.sha256})"


def _on_paper(planned: list[Planned]) -> str:
    return "\n\n".join(
        f"To: {p.letter.rcpt}\nSubject: {p.letter.subject}\n"
        + "".join(f"Enclosed: {_enclosed(item)}\n" for item in drafts.enclosed(p))
        + f"\n{p.letter.text}"
        for p in planned
    )


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
        "accepted": accepted[:16].replace("T", " "), "why": reasons.stored(row["reason"]).en,
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
