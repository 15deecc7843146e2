"""prober campaign: plan a round of information requests, look at it, and approve it. Sending is in campaign_send."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from mailroom.sending.approval import freeze, protocol_of, requester, sha256
from mailroom.sending.preflight.checks import SEED_SECONDS
from prober.campaign.design import power
from prober.campaign.law.requirements import Requirement, reasons, requirements
from prober.campaign.letters.compose import render
from prober.campaign.letters.mime import enclosures
from prober.campaign.preregistration.timetable import over_tet
from prober.campaign.protocol.model import Protocol
from prober.campaign.wave import Planned
from prober.cli.arguments import PERSON
from prober.cli.campaign import send
from prober.cli.campaign.drafts import (
    TEMPLATES,
    asked_agencies,
    check_name,
    draft,
    from_template,
    known,
    new_campaign,
    planned_letters,
    register,
    without_addresses,
)
from prober.cli.campaign.interview import interview, units
from prober.cli.campaign.preflight import checked, refuse_vanished
from prober.cli.campaign.protocol import protocol as protocol_command
from prober.cli.output import emit, listing
from prober.domain.correspondence import Step
from prober.domain.working_days import vietnam
from prober.errors import UsageError
from prober.services.context import Context
from prober.store.private import campaigns


@click.group()
def campaign() -> None:
    """Ask agencies for information: at most one letter each, approved by a person."""


for _command in (protocol_command, *send.COMMANDS):
    campaign.add_command(_command)


@campaign.command()
@click.argument("name")
@click.option("--template", type=click.Choice(TEMPLATES), help="What the protocol starts from.")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Use this protocol instead.")
@click.option("--without-address", is_flag=True, help="Leave out agencies that have no reviewed address.")
@click.pass_obj
def new(context: Context, name: str, template: str | None, file: Path | None, without_address: bool) -> None:
    """Plan campaign NAME: write campaigns/NAME.toml, for you to edit, and check it.

    At a terminal, with neither --template nor --file, the protocol is asked for question by question.
    """
    check_name(name)
    if sys.stdin.isatty() and not (template or file):
        template_text = without_addresses(from_template(context, TEMPLATES[0]), without_address)
        path = register(context, name, interview(context, template_text), "your answers")
    else:
        path = new_campaign(context, name, template or TEMPLATES[0], file, without_address)
    ready, without = asked_agencies(context, draft(context, name))
    click.echo(f"{path}: {len(ready)} agencies will be asked, in order of a seeded draw.")
    for agency in without:
        click.echo(f"left out, no reviewed address: {agency.slug}")
    click.echo(f"Edit it, then: prober campaign preview {name}; prober campaign approve {name} --by YOU")


@campaign.command()
@click.argument("name")
@click.option("--agency", "slug", help="The agency whose letter is shown. Default: the first in the order.")
@click.option("--reminder", is_flag=True, help="Show the reminder instead of the request.")
@click.option("--save", type=click.Path(file_okay=False, path_type=Path), help="Write the letter and its slip here.")
@listing
@click.pass_obj
def preview(
    context: Context, name: str, slug: str | None, reminder: bool, save: Path | None, as_json: bool
) -> None:  # fmt: skip
    """Show one letter of NAME, with an English rendering beside it, what the law asks of it, and everyone who gets one.

    With --save the letter is also written as .eml, and what is enclosed in it as PDF and DOCX, to be looked at.
    """
    planned = planned_letters(context, name)
    protocol = draft(context, name)
    if as_json:
        emit([_listed(item) | {"text": item.letter.text} | _verdict(context, protocol, item) for item in planned], True)
        return
    step = Step.REMINDER if reminder else Step.REQUEST
    chosen = [item for item in planned if item.letter.step is step and slug in (None, item.agency.slug)]
    if not chosen:
        raise UsageError(f"campaign {name} has no {step} to {slug or 'anyone'}")
    _show(context, name, chosen[0])
    asked_for = requirements(protocol.of(chosen[0].arm), requester(context.sender))
    emit([_required(row) for row in asked_for], False, title="what the law asks of a request")
    if save:
        for path in _saved(chosen[0].letter.raw, save, chosen[0].agency.slug, step):
            click.echo(str(path))
    emit([_listed(item) for item in planned], False, _columns(planned))
    _warn(protocol, planned)


@campaign.command()
@click.argument("name")
@click.option(
    "--wait", default=SEED_SECONDS, show_default=True, help="Seconds to wait for the letter to oneself to come back."
)
@listing
@click.pass_context
def preflight(ctx: click.Context, name: str, wait: float, as_json: bool) -> None:
    """Check what a letter of NAME needs before it may leave, and say what was not checked.

    Looks at the addresses, the days, the DNS of sender and recipients, and the mail servers; one letter to oneself is
    sent and must come back.
    """
    context: Context = ctx.obj
    protocol = draft(context, name)
    _, without = asked_agencies(context, protocol)
    found = checked(context, protocol, planned_letters(context, name), without, wait)
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
    protocol = draft(context, name)
    if protocol.arms:
        click.echo(power.verdict(units(context, protocol)))
        if not (power_read or click.confirm("Approve two arms nevertheless?")):
            raise UsageError("nothing was approved")
    planned = planned_letters(context, name)
    if typed is None:
        click.echo_via_pager(_on_paper(planned))
    emit([_listed(item) for item in planned], False, _columns(planned))
    _warn(protocol, planned)
    if typed is None:
        typed = click.prompt(f"{len(planned)} letters. Type the campaign's name to approve them")
    approval = approve_campaign(context, name, name=typed, by=by, read=planned)
    click.echo(f"approved by {by}: {len(planned)} letters, {approval[:16]}…  Next: prober campaign send {name}")


def approve_campaign(
    context: Context, campaign: str, *, name: str, by: str, read: Sequence[Planned] | None = None
) -> str:  # fmt: skip
    """Freeze and approve every letter of `campaign`, whose name the approver typed as `name`.

    `read` are the letters that the approver was shown. Returns the hash that the approval covers. Raises UsageError if
    the two names differ, a letter is not the one that was read, or one has left already; NotApproved if the crawl no
    longer sees an address where a person accepted it.
    """
    if name != campaign:
        raise UsageError(f"{name!r} is not {campaign!r}; nothing was approved")
    protocol = draft(context, name)
    text = send.protocol_text(context, campaigns.campaign(context.private, name))
    ready, _ = asked_agencies(context, protocol)
    refuse_vanished(context, ready)
    if read is not None and planned_letters(context, name) != read:  # an edited file, a crawl, a reviewed address
        raise UsageError(f"campaign {name} changed while you read it; nothing was approved. Read it again.")
    with context.run("campaign approve") as summary:
        now = context.clock.now()
        if campaigns.campaign(context.private, name).protocol != text:
            campaigns.save_draft(context.private, name, context.config.world, text, sha256(text), now)
        before = known(context, protocol)
        approval = freeze(context.private, name, ready, context.sender, vietnam(), by, now, before)
        summary |= {"campaign": name, "approved_by": by, "approval_sha256": approval}
    context.project()
    return approval


def _listed(item: Planned) -> dict[str, Any]:
    when = f"{item.not_before:%Y-%m-%d %H:%M}" if item.not_before else "after acceptance"
    return {
        "position": item.position, "step": str(item.letter.step), "not_before": when, "agency": item.agency.slug,
        "address": item.letter.rcpt, "subject": item.letter.subject, "block": item.block, "arm": item.arm,
    }  # fmt: skip


def _columns(planned: list[Planned]) -> tuple[str, ...]:
    arms = ("arm", "block") if any(item.arm for item in planned) else ()
    return ("position", "step", "not_before", *arms, "agency", "address")


def _warn(protocol: Protocol, planned: Sequence[Planned]) -> None:
    """Say what whoever approves should know of the days: Tết in them."""
    moments = [item.not_before for item in planned if item.not_before]
    for sentence in over_tet(protocol, min(moments), max(moments), vietnam()):
        click.echo(f"Warning: {sentence}", err=True)


def _verdict(context: Context, protocol: Protocol, item: Planned) -> dict[str, Any]:
    lacking = reasons(requirements(protocol.of(item.arm), requester(context.sender)))
    return {"legally_valid": not lacking, "legal_reasons": lacking}


def _required(row: Requirement) -> dict[str, Any]:
    return {"article": row.article, "what": row.about, "met": "yes" if row.met else "no", "why": row.why}


def _saved(raw: bytes, folder: Path, slug: str, step: Step) -> Iterator[Path]:
    """Write a frozen letter and what is enclosed in it; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in ((f"{slug}.{step}.eml", raw), *((item.name, item.data) for item in enclosures(raw))):
        (folder / name).write_bytes(data)
        yield folder / name


def _show(context: Context, name: str, item: Planned) -> None:
    """The letter, and beside it its English rendering, unless that stands in the letter itself."""
    protocol = protocol_of(campaigns.campaign(context.private, name)).of(item.arm)
    papers = [(f"{item.letter.rcpt} · {item.letter.subject}", item.letter.text)]
    if "en" not in protocol.language.split("+"):
        english = render(protocol, name, item.agency, requester(context.sender), item.letter.step, "en")
        papers.append(("in English, not sent", english))
    console = Console(highlight=False)
    width = max(40, (console.width - 2) // len(papers))
    # Text, not str: Rich would take "[red]" in a name for markup, and not show what will be sent.
    console.print(Columns([Panel(Text(text), title=Text(title), width=width) for title, text in papers]))


def _on_paper(planned: list[Planned]) -> str:
    return "\n\n".join(
        f"To: {p.letter.rcpt}\nSubject: {p.letter.subject}\n"
        + "".join(f"Enclosed: {item.name}\n" for item in enclosures(p.letter.raw))
        + f"\n{p.letter.text}"
        for p in planned
    )
