"""prober mailbox: read incoming mail, and show the messages that a person must assign to requests."""

from collections.abc import Mapping
from typing import Any

import click

from prober.cli.arguments import PERSON
from prober.cli.mailbox.import_mail import import_letters
from prober.cli.mailbox.import_mail import note as note_by_hand
from prober.cli.mailbox.messages import export, open_file, show
from prober.cli.mailbox.queue import Queue
from prober.cli.mailbox.watch import watch
from prober.cli.output import CommandGroup, emit, listing, write_log
from prober.cli.review.screen import CANCELLED
from prober.errors import UsageError
from prober.reporting.words import reasons
from prober.services.context import Context
from prober.services.mailbox import queue
from prober.services.mailbox import sync as service


@click.group(cls=CommandGroup)
def mailbox() -> None:
    """Read answers from the mailbox, and place by hand what no rule could place.

    The mailbox is only read: nothing in it is flagged, moved or deleted, and nothing is ever answered.
    """


@mailbox.command()
@click.pass_context
def sync(ctx: click.Context) -> None:
    """Read the whole mailbox once: fetch what is new, understand it, bring results.db up to date."""
    context: Context = ctx.obj
    write_log(context)
    summary = service.sync(context)
    click.echo(summary.sentence())
    for note in (*summary.notes, *summary.failures):
        click.echo(note, err=True)
    ctx.exit(1 if summary.failures else 0)


@mailbox.command()
@click.option("--by", type=PERSON, help="Go through them; your name or initials stand with each decision.")
@click.option("--everything", is_flag=True, help="Also what a person set aside.")
@listing
@click.pass_obj
def unmatched(context: Context, by: str | None, everything: bool, as_json: bool) -> None:
    """List messages that belong to no request yet, newest first, with the requests they may belong to.

    With --by they are shown one by one, and a key with = assigns each: to a request offered, to one searched for, or to
    none. The last decisions can be undone. Stop at any time; every decision is stored, with its history.
    """
    rows = queue.unmatched(context, everything)
    if by:
        if as_json:
            raise UsageError("--by asks one message after another; leave out --json and --csv")
        _go_through(context, by, rows)
        return
    if as_json:
        emit(rows, True)
        return
    shown = [row | {"best_guess": _guess(row["candidates"])} for row in rows]
    emit(shown, False, ("message", "received_at", "from_address", "subject", "event", "best_guess"))


def _go_through(context: Context, by: str, rows: list[dict[str, Any]]) -> None:
    work: Queue | None = None
    try:
        with queue.sitting(context, by) as sitting:
            work = Queue(sitting, rows)
            work.work()
    finally:
        if work:
            click.echo(work.sentence())


@mailbox.command()
@click.argument("message")
@click.argument("agency")
@click.option("--campaign", required=True, help="Campaign of the request.")
@click.option("--by", required=True, type=PERSON, help="Your name or initials.")
@click.option("--undo", is_flag=True, help="Take the message away from AGENCY instead.")
@click.pass_obj
def assign(context: Context, message: str, agency: str, campaign: str, by: str, undo: bool) -> None:
    """Say that MESSAGE (the first letters of its hash) answers the request to AGENCY (its id).

    Your word stands over every rule, also when mail is read again. It is kept with your name and the time.
    """
    sha256, cancelled = queue.assign(context, message, agency, campaign, by, undo)
    click.echo(f"{sha256[:12]} {'taken from' if undo else 'assigned to'} {agency} in {campaign}, by {by}")
    if cancelled:
        click.echo(CANCELLED, err=True)


@mailbox.command()
@click.pass_obj
def reparse(context: Context) -> None:
    """Read all stored messages again with the present rules. Your own assignments stay; raw mail never changes.

    Scanned letters keep the words that were recognised in them; those in which nothing was read are tried again.
    """
    count, changed = service.reparse(context)
    click.echo(f"{count} messages read again with parser {service.PARSER}; results {'changed' if changed else 'same'}")


@mailbox.command()
@listing
@click.pass_obj
def status(context: Context, as_json: bool) -> None:
    """Show what each mailbox has and what we hold, folder by folder, and how far messages are understood."""
    found = service.status(context)
    if as_json:
        row = {
            "folders": found.folders, "messages": found.messages, "scans_waiting": found.scans_waiting,
            "new_addresses": found.new_addresses,
        }  # fmt: skip
        emit([row], True)
        return
    if not found.folders:
        raise UsageError("the mailbox was never read; run `prober mailbox sync`")
    for folder in found.folders:
        click.echo(_standing(folder, found.labels))
    for account, label in found.labels.items():
        if account not in {folder["account"] for folder in found.folders}:
            click.echo(f"{label}: never read")
    click.echo(", ".join(f"{number} {name}" for name, number in found.messages.items()) or "no message yet")
    if found.scans_waiting:
        click.echo(f"{found.scans_waiting} files are not read yet: scans and old formats; see `prober doctor`")
    for new in found.new_addresses:
        click.echo(f"{new['agency']} announced {new['address']} (message {new['message']}, {new['at'][:10]})")
    if found.new_addresses:
        click.echo("nothing is sent to a new address before a person has entered it in the registry")


for _command in (show, export, open_file):
    mailbox.add_command(_command)
mailbox.add_command(watch)
mailbox.add_command(import_letters)
mailbox.add_command(note_by_hand)


def _standing(folder: dict[str, Any], labels: Mapping[str, str]) -> str:
    """Return one folder at its last full comparison, in words. `labels` are configured account → its label."""
    line = f"{folder['name']}, " if len(labels) > 1 and folder["name"] else ""
    line += f"{folder['folder']}: mailbox has {folder['mailbox_has']}, we hold {folder['we_hold']}"
    line += f" ({folder['account']}, compared {folder['synced_at'][:16].replace('T', ' ')})"
    line += "; not configured any more" if labels and not folder["name"] else ""
    return line + (f"; {folder['note']}" if folder["note"] else "")


def _guess(candidates: list[dict[str, Any]]) -> str:
    if not candidates:
        return ""
    best = candidates[0]
    why = reasons.stored(best["reasons"]).en
    return f"{best['agency']} ({best['score']:.2f}, proof {best['proof'] or 'unknown'}: {why})"
