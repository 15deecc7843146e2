"""prober mailbox import and note: take in letters from files, and enter what an agency said by hand."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from prober.cli.arguments import PERSON, moment
from prober.domain.correspondence import Event
from prober.errors import UsageError
from prober.reporting.words.labels import EVENTS
from prober.services.context import Context
from prober.services.mailbox import import_mail as service
from prober.services.mailbox.import_mail import HandEntry


@click.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--received-at", callback=moment, help="When the letters came, where the files do not say it rightly.")
@click.pass_context
def import_letters(ctx: click.Context, path: Path, received_at: datetime | None) -> None:
    """Take in letters that came another way: an .eml file, an mbox, a Maildir, or a folder with these in it.

    They are stored, matched and clocked like any other mail. The same letter twice is one letter. In a folder, files
    are mail whose names end in .eml or .mbox.
    """
    context: Context = ctx.obj
    done = service.import_letters(context, path, received_at)
    click.echo(f"{done.letters} letters read, {done.new} new; {len(done.failures)} not taken in")
    if done.passed_over:
        click.echo(f"{done.passed_over} files were passed over: their names are not those of mail (.eml, .mbox)")
    if done.waiting:
        click.echo(f"{done.waiting} messages belong to no request yet: prober mailbox unmatched")
    for failure in done.failures:
        click.echo(failure, err=True)
    ctx.exit(1 if done.failures else 0)


@click.command()
@click.argument("agency", required=False)
@click.option("--campaign", help="Campaign of the request.")
@click.option("--event", default=Event.BY_VOICE.value, show_default=True,
              type=click.Choice([event.value for event in Event]), help="What it was (docs/method.md).")  # fmt: skip
@click.option("--at", callback=moment, help="When it reached us, for example 2020-04-15T09:30.")
@click.option("--by", required=True, type=PERSON, help="Your name or initials.")
@click.option("--text", help="What was said or written, in a sentence or more.")
@click.option("--withdraw", metavar="HASH", help="Take back the entry whose hash begins so.")
@click.pass_obj
def note(context: Context, agency: str | None, by: str, withdraw: str | None, **entry: Any) -> None:
    """Enter by hand what AGENCY (its id) said on the telephone, in person or on paper.

    It counts like a message of that class: enter an answer on paper as F1, P1 or L1. The text stays in private.db.
    What you did yourself after a question of the agency, such as sending the form it asked for, is --event OW: the
    request waits for the agency again from then on.
    """
    if withdraw:
        click.echo(f"{service.withdraw(context, withdraw, by)[:12]} withdrawn by {by}")
        return
    made = _entry(agency, by, **entry)
    said = f"{made.event.value} {EVENTS[made.event].en}, by {by}"
    click.echo(f"{service.enter(context, made)[:12]} entered for {made.agency}: {said}")


def _entry(
    agency: str | None, by: str, campaign: str | None, event: str, at: datetime | None, text: str | None
) -> HandEntry:
    missing = [
        name
        for name, value in (("AGENCY", agency), ("--campaign", campaign), ("--at", at), ("--text", text))
        if not value
    ]
    if not agency or not campaign or not at or not text:
        raise UsageError(f"an entry needs {', '.join(missing)}")
    return HandEntry(campaign, agency, Event(event), at, text.strip(), by)
