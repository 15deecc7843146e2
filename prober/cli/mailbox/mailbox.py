"""prober mailbox: incoming mail, and the queue of messages that a person must place."""

import math
from collections.abc import Mapping
from typing import Any

import click

from mailroom.intake import sync as mailroom_sync
from mailroom.intake.sync import SyncSummary
from mailroom.mime import parser
from prober.cli.arguments import PERSON
from prober.cli.mailbox.import_mail import import_letters
from prober.cli.mailbox.import_mail import note as note_by_hand
from prober.cli.mailbox.queue import Queue
from prober.cli.mailbox.watch import watch
from prober.cli.output import emit, listing
from prober.errors import UsageError
from prober.services.context import Context
from prober.store.private import matches, ocr_texts
from prober.store.private import messages as store
from prober.store.private.announced_addresses import announced


@click.group()
def mailbox() -> None:
    """Read answers from the mailbox, and place by hand what no rule could place.

    The mailbox is only read: nothing in it is flagged, moved or deleted, and nothing is ever answered.
    """


def run_sync(context: Context) -> SyncSummary:
    """One pass over every mailbox, with a progress bar, up to results.db."""
    context.sync_registry()
    accounts = context.mailboxes
    with context.observer.task("mailbox") as show:
        return mailroom_sync.sync_all(context.private, context.results, accounts, context.clock, show)


@mailbox.command()
@click.pass_context
def sync(ctx: click.Context) -> None:
    """Read the whole mailbox once: fetch what is new, understand it, bring results.db up to date."""
    context: Context = ctx.obj
    with context.run("mailbox sync") as row:
        summary = run_sync(context)
        row |= {"fetched": summary.fetched, "new": summary.new, "failures": summary.failures}
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
    """Messages that belong to no request yet, newest first, with the requests they may belong to.

    With --by they are shown one by one, and one key assigns each: to a request offered, to one searched for, or to
    none. The last decisions can be undone. Stop at any time; every decision is stored, with its history.
    """
    rows = list(store.unmatched(context.private, everything))
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
    context.sync_registry()
    queue = Queue(context, by, rows)
    with context.run("mailbox unmatched") as row:
        try:
            queue.work()
        finally:
            context.project()
            row |= {"by": by, "decided": queue.decided}
            click.echo(queue.sentence())


@mailbox.command()
@click.argument("message")
@click.argument("agency")
@click.option("--campaign", required=True, help="Campaign of the request.")
@click.option("--by", required=True, type=PERSON, help="Your name or initials.")
@click.option("--undo", is_flag=True, help="Take the message away from AGENCY instead.")
@click.pass_obj
def assign(context: Context, message: str, agency: str, campaign: str, by: str, undo: bool) -> None:
    """Say that MESSAGE (the first letters of its hash) answers the request to AGENCY (as 2019-stc-ca-mau).

    Your word stands over every rule, also when mail is read again. It is kept with your name and the time.
    """
    sha256 = store.by_prefix(context.private, message.lower())
    action = "remove" if undo else "assign"
    context.sync_registry()
    with context.run(f"mailbox {action}") as row:
        matches.decide(context.private, sha256, campaign, agency, action, by, context.clock.now())
        context.project()
        row |= {"message": sha256, "agency": agency, "campaign": campaign, "by": by}
    click.echo(f"{sha256[:12]} {'taken from' if undo else 'assigned to'} {agency} in {campaign}, by {by}")
    if undo and matches.cancelled_reminder(context.private, sha256, campaign, agency):
        click.echo("the reminder that this message had cancelled stays cancelled", err=True)


@mailbox.command()
@click.pass_obj
def reparse(context: Context) -> None:
    """Read all stored messages again with the present rules. Your own assignments stay; raw mail never changes.

    Scanned letters keep the words that were recognised in them; those in which nothing was read are tried again.
    """
    context.sync_registry()
    with context.run("mailbox reparse") as row, context.observer.task("reading again") as show:
        count = mailroom_sync.process(context.private, context.clock, show, everything=True)
        changed = context.project()
        ocr_texts.forget_faults(context.private)
        mailroom_sync.read_scans(context.private, context.results, context.clock, show, math.inf)
        row |= {"messages": count, "changed": changed}
    click.echo(f"{count} messages read again with parser {parser.PARSER}; results {'changed' if changed else 'same'}")


@mailbox.command()
@listing
@click.pass_obj
def status(context: Context, as_json: bool) -> None:
    """What each mailbox has and what we hold, folder by folder, and how far messages are understood."""
    labels = {imap.account: imap.label for imap in context.config.imap}
    folders = [row | {"name": labels.get(row["account"], "")} for row in store.folders(context.private)]
    counts = store.counts(context.private)
    scans = len(ocr_texts.waiting(context.private))
    new = announced(context.private)
    if as_json:
        emit([{"folders": folders, "messages": counts, "scans_waiting": scans, "new_addresses": new}], True)
        return
    if not folders:
        raise UsageError("the mailbox was never read; run `prober mailbox sync`")
    for folder in folders:
        click.echo(_standing(folder, labels))
    unread = [label for account, label in labels.items() if account not in {folder["account"] for folder in folders}]
    for label in unread:
        click.echo(f"{label}: never read")
    click.echo(", ".join(f"{number} {name}" for name, number in counts.items()) or "no message yet")
    if scans:
        click.echo(f"{scans} scanned files are not read yet; `prober doctor` says what that takes")
    for row in new:
        click.echo(f"{row['agency']} announced {row['address']} (message {row['message']}, {row['at'][:10]})")
    if new:
        click.echo("nothing is sent to a new address before a person has entered it in the registry")


mailbox.add_command(watch)
mailbox.add_command(import_letters)
mailbox.add_command(note_by_hand)


def _standing(folder: dict[str, Any], labels: Mapping[str, str]) -> str:
    """One folder at its last full comparison. `labels` are the accounts configured, with what they are called."""
    line = f"{folder['name']}, " if len(labels) > 1 and folder["name"] else ""
    line += f"{folder['folder']}: mailbox has {folder['mailbox_has']}, we hold {folder['we_hold']}"
    line += f" ({folder['account']}, compared {folder['synced_at'][:16].replace('T', ' ')})"
    line += "; not configured any more" if labels and not folder["name"] else ""
    return line + (f"; {folder['note']}" if folder["note"] else "")


def _guess(candidates: list[dict[str, Any]]) -> str:
    if not candidates:
        return ""
    best = candidates[0]
    return f"{best['agency']} ({best['score']:.2f}: {best['reasons']})"
