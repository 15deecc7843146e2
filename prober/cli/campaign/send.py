"""prober campaign send, status, pause, resume, close, settle: what happens after the approval."""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from mailroom.sending import approval as frozen
from mailroom.sending.dkim import signer
from mailroom.sending.send_due import send_due
from mailroom.sending.summary import SendSummary
from prober.cli.arguments import PERSON
from prober.cli.campaign.preflight import look_first, vanished
from prober.cli.output import emit, listing
from prober.clock import HANOI
from prober.config.load import identity
from prober.domain.correspondence import SendState
from prober.errors import NotApproved, UsageError
from prober.services.context import Context
from prober.store.private import campaigns, outbox, uncertain_letters
from prober.store.results.registry import stored

LONGEST = timedelta(days=366)  # what "end" means: no campaign waits longer


def protocol_path(context: Context, name: str) -> Path:
    """Where the protocol of `name` is edited."""
    return context.config.root / "campaigns" / f"{name}.toml"


def protocol_text(context: Context, file: campaigns.CampaignFile) -> str:
    """The protocol as it stands in its file; as registered, where the file is gone."""
    path = protocol_path(context, file.id)
    return path.read_text(encoding="utf-8") if path.exists() else file.protocol


def send_campaign(context: Context, name: str, until: datetime | None = None, live: bool = False) -> SendSummary:
    """Send what is due of `name`, with a progress bar. Raises what `look_first` does, NotApproved after a change."""
    file = campaigns.campaign(context.private, name)
    _check_world(context, file, live)
    _check_unchanged(context, file)
    # What results.db knows to have left, and a restored private.db does not, is in doubt from here on.
    context.project()
    look_first(context, name)
    number = _identity(context, name)
    with context.observer.task(f"sending {name}") as show:
        summary = send_due(
            context.private, context.smtp, context.smtp_password, context.sender, context.clock, name, until,
            lambda step: show(step.now, step.done, step.total),
            identity=number, signer=signer(context.dkim), blocked=lambda: vanished(context, file),
            mailboxes=[imap.account for imap in context.imap],
        )  # fmt: skip
    context.project()
    return summary


@click.command()
@click.argument("name", required=False)
@click.option("--until", metavar="WHEN", help="Wait and go on until this moment (ISO 8601, Hanoi), or: end.")
@click.option("--live", is_flag=True, help="Needed, besides the approval, before anything leaves for a real address.")
@click.pass_context
def send(ctx: click.Context, name: str | None, until: str | None, live: bool) -> None:
    """Send the letters of NAME (default: the one open campaign) that are due; each at most once.

    Where letters should have left by now, the mailbox is read first: they may have, if all of this is an older copy.
    Ctrl-C stops, and nothing is lost.
    """
    context: Context = ctx.obj
    name = name or _the_open_one(context)
    if campaigns.campaign(context.private, name).status == "closed":
        click.echo(f"{name} is closed: nothing is left to send")
        return
    moment = _moment(until, context.clock.now()) if until else None
    with context.run("campaign send") as row:
        summary = send_campaign(context, name, moment, live)
        row |= {"campaign": name, "totals": summary.totals, "failures": summary.failures}
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
    """Where every campaign stands, or NAME alone."""
    files = [campaigns.campaign(context.private, name)] if name else campaigns.campaigns(context.private)
    if letters:
        rows = [row for file in files for row in outbox.rows(context.private, file.id)]
        arm = ("arm",) if any(row["arm"] for row in rows) else ()
        columns = ("agency", "step", *arm, "state", "tries", "not before", "accepted", "why")
        emit(rows if as_json else map(_shown, rows), as_json, columns)
        return
    rows = [row for file in files for row in _standing(context, file)]
    emit(rows, as_json, ("campaign", "status", "step", "planned", "accepted", "refused", "deferred", "uncertain"))


@click.command()
@click.argument("name")
@click.pass_obj
def pause(context: Context, name: str) -> None:
    """Stop sending NAME at once, in every process."""
    campaigns.set_status(context.private, name, "paused", ("approved",))
    click.echo(f"{name} is paused; `prober campaign resume {name}` goes on")


@click.command()
@click.argument("name")
@click.pass_obj
def resume(context: Context, name: str) -> None:
    """Let NAME go on after a pause; the approval must still hold."""
    campaigns.set_status(context.private, name, "approved", ("paused",))
    try:
        frozen.verify(context.private, name)
    except NotApproved:
        campaigns.set_status(context.private, name, "paused", ("approved",))
        raise
    click.echo(f"{name} goes on with `prober campaign send {name}`")


@click.command()
@click.argument("name")
@click.pass_obj
def close(context: Context, name: str) -> None:
    """End NAME for good; letters that have not left are cancelled. Answers are still taken in."""
    campaigns.campaign(context.private, name)
    with context.run("campaign close") as row:
        cancelled = campaigns.close(context.private, name, context.clock.now())
        row |= {"campaign": name, "cancelled": cancelled}
    context.project()
    click.echo(f"{name} is closed; {cancelled} letters were cancelled")


@click.command()
@click.argument("name")
@click.argument("agency", required=False)
@click.option("--step", type=click.Choice(["request", "reminder"]), default="request", help="Which letter.")
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
    campaigns.campaign(context.private, name)
    context.project()
    now = context.clock.now()
    with frozen.sole_sender(context.private):
        frozen.take_stock(context.private, now)
        rows = outbox.rows(context.private, name)
        if agency:
            if not (state and by):
                raise UsageError("to settle one letter say --as accepted, cancelled or planned, and --by WHO")
            chosen = [
                r for r in rows if r["step"] == step and (r["agency"] == agency or r["agency"].endswith(f"-{agency}"))
            ]
            if len(chosen) != 1:
                raise UsageError(f"campaign {name} has {len(chosen)} {step} letters to {agency!r}; name one agency")
            uncertain_letters.settle(context.private, chosen[0]["id"], state, f"{by}: {why}".rstrip(": "), now)
            rows = outbox.rows(context.private, name)
    context.project()
    doubtful = [row for row in rows if row["state"] == "uncertain"]
    emit(doubtful, as_json, ("agency", "step", "rcpt", "message_id", "reason"), "in doubt")


def sentence(summary: SendSummary) -> str:
    """One line on what a pass did and what comes next."""
    states = ("accepted", "refused", "deferred", "uncertain", "cancelled", "planned")
    parts = [f"{summary.totals[state]} {state}" for state in states if summary.totals.get(state)]
    line = f"{summary.campaign}: {summary.planned} letters = {' + '.join(parts) or '0'}"
    if summary.stopped:
        line += f"; stopped, the campaign is {summary.stopped}"
    if summary.held:
        line += f"; {summary.held} reminders wait until `prober mailbox sync` has read every mailbox"
    if summary.closed:
        line += "; every waiting time is over and the campaign is closed"
    return line + (f"; next: {summary.next_at:%a %d %b %Y %H:%M}" if summary.next_at else "")


def _the_open_one(context: Context) -> str:
    """The campaign that is meant where none is named: the only one that is not closed, or else the only one."""
    files = campaigns.campaigns(context.private)
    chosen = [file for file in files if file.status != "closed"] or files
    if len(chosen) != 1:
        names = ", ".join(file.id for file in chosen) or "none is planned; see `prober campaign new`"
        raise UsageError(f"name the campaign: {names}")
    return chosen[0].id


def _standing(context: Context, file: campaigns.CampaignFile) -> list[dict[str, Any]]:
    numbers = outbox.counts(context.private, file.id)
    steps = sorted({step for step, _ in numbers}, reverse=True) or ["request"]
    return [
        {"campaign": file.id, "status": file.status, "step": step}
        | {"letters": sum(n for (s, _), n in numbers.items() if s == step)}
        | {str(state): numbers.get((step, state), 0) for state in SendState}
        | {"approved_by": file.approved_by}
        for step in steps
    ]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """One letter as a line of a table."""
    accepted = row["accepted_at"] or ""
    when = "" if row["not_before"] == outbox.AFTER_REQUEST else row["not_before"]
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
    return moment.replace(tzinfo=HANOI) if moment.tzinfo is None else moment


def _check_world(context: Context, file: campaigns.CampaignFile, live: bool) -> None:
    if file.world != context.config.world:
        raise NotApproved(
            f"campaign {file.id} belongs to the {file.world} world and this configuration is {context.config.world}"
        )
    if not context.config.simulated and not live:
        raise NotApproved(f"campaign {file.id} would write to real agencies: say --live if you mean it")


def _check_unchanged(context: Context, file: campaigns.CampaignFile) -> None:
    """The protocol file and the reviewed addresses must still be those that were approved."""
    if protocol_text(context, file) != file.protocol:
        raise NotApproved(
            f"{protocol_path(context, file.id)} changed after the approval; nothing is sent. Undo the change, or "
            f"approve it: prober campaign approve {file.id}"
        )
    context.sync_registry()
    protocol = frozen.protocol_of(file)
    reviewed = {a.id: a.request_email for a in stored(context.results, protocol.frame, protocol.kind)}
    moved = [
        row["agency"]
        for row in outbox.rows(context.private, file.id)
        if row["state"] in ("planned", "deferred") and reviewed.get(row["agency"]) != row["rcpt"]
    ]
    if moved:
        raise NotApproved(
            f"campaign {file.id}: the reviewed address of {', '.join(sorted(set(moved)))} is not the approved one any "
            "more; nothing is sent. Close the campaign, or put the address back."
        )


def _identity(context: Context, name: str) -> str:
    """The number of the sender's identity paper, where NAME needs it: from the environment, else asked for twice."""
    if not frozen.wants_identity(context.private, name):
        return ""
    number = identity(context.sender)
    if not number and sys.stdin.isatty():
        number = click.prompt(
            "Number of your identity paper (not shown, not stored)", hide_input=True, confirmation_prompt=True
        )
    return number.strip()


COMMANDS = (send, status, pause, resume, close, settle)
