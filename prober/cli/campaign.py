"""prober campaign: plan a round of information requests, look at it, and approve it. Sending is in campaign_send."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import click
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from mailroom.outbox import earlier_arms, freeze, protocol_of, requester, sha256
from mailroom.preflight import SEED_SECONDS
from prober.agency import Agency
from prober.campaign.assignment import Known, quality_of
from prober.campaign.law import regime_on
from prober.campaign.letters import render
from prober.campaign.mime import enclosures
from prober.campaign.plan import next_slot
from prober.campaign.protocol import Protocol, parse
from prober.campaign.validity import Requirement, reasons, requirements
from prober.campaign.wave import Planned, asked, wave
from prober.cli import campaign_send
from prober.cli.agencies import registry
from prober.cli.campaign_preflight import checked, refuse_vanished
from prober.cli.session import Session, emit, listing, messages
from prober.correspondence import Step
from prober.errors import UsageError
from prober.store import campaigns
from prober.store.quality import qa_levels
from prober.store.registry import stored
from prober.workdays import vietnam

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
TEMPLATES = ("pobi-2019",)


@click.group()
def campaign() -> None:
    """Ask agencies for information: at most one letter each, approved by a person."""


for _command in campaign_send.COMMANDS:
    campaign.add_command(_command)


@campaign.command()
@click.argument("name")
@click.option("--template", type=click.Choice(TEMPLATES), default=TEMPLATES[0], help="What the protocol starts from.")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Use this protocol instead.")
@click.option("--without-address", is_flag=True, help="Leave out agencies that have no reviewed address.")
@click.pass_obj
def new(session: Session, name: str, template: str, file: Path | None, without_address: bool) -> None:
    """Plan campaign NAME: write campaigns/NAME.toml, for you to edit, and check it."""
    path = new_campaign(session, name, template, file, without_address)
    ready, without = _asked(session, draft(session, name))
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
    session: Session, name: str, slug: str | None, reminder: bool, save: Path | None, as_json: bool
) -> None:  # fmt: skip
    """Show one letter of NAME, with an English rendering beside it, what the law asks of it, and everyone who gets one.

    With --save the letter is also written as .eml, and what is enclosed in it as PDF and DOCX, to be looked at.
    """
    planned = _wave(session, name)
    asked_for = requirements(draft(session, name), requester(session.sender))
    if as_json:
        verdict = {"legally_valid": not reasons(asked_for), "legal_reasons": reasons(asked_for)}
        emit([_listed(item) | {"text": item.letter.text} | verdict for item in planned], True)
        return
    step = Step.REMINDER if reminder else Step.REQUEST
    chosen = [item for item in planned if item.letter.step is step and slug in (None, item.agency.slug)]
    if not chosen:
        raise UsageError(f"campaign {name} has no {step} to {slug or 'anyone'}")
    _show(session, name, chosen[0])
    emit([_required(row) for row in asked_for], False, title="what the law asks of a request")
    if save:
        for path in _saved(chosen[0].letter.raw, save, chosen[0].agency.slug, step):
            click.echo(str(path))
    emit([_listed(item) for item in planned], False, ("position", "step", "not_before", "agency", "address"))


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
    session: Session = ctx.obj
    protocol = draft(session, name)
    _, without = _asked(session, protocol)
    found = checked(session, protocol, _wave(session, name), without, wait)
    emit([asdict(check) for check in found], as_json, ("check", "result", "detail"))
    ctx.exit(1 if any(check.result == "fail" for check in found) else 0)


@campaign.command()
@click.argument("name")
@click.option("--by", required=True, metavar="WHO", help="Who approves.")
@click.option("--name", "typed", help="The campaign's name, typed again; asked for if not given.")
@click.pass_obj
def approve(session: Session, name: str, by: str, typed: str | None) -> None:
    """Read every letter of NAME and approve them all; any later change voids the approval."""
    planned = _wave(session, name)
    if typed is None:
        click.echo_via_pager(_on_paper(planned))
    emit([_listed(item) for item in planned], False, ("position", "step", "not_before", "agency", "address"))
    if typed is None:
        typed = click.prompt(f"{len(planned)} letters. Type the campaign's name to approve them")
    approval = approve_campaign(session, name, name=typed, by=by)
    click.echo(f"approved by {by}: {len(planned)} letters, {approval[:16]}…  Next: prober campaign send {name}")


def new_campaign(
    session: Session,
    name: str,
    template: str = TEMPLATES[0],
    file: Path | None = None,
    without_address: bool = False,
) -> Path:
    """Write campaigns/NAME.toml from a template or from `file`, and register it as a draft. Returns its path.

    Raises UsageError if that path holds another protocol, ProtocolError for a faulty one, or for agencies that have no
    reviewed address where the protocol does not leave them out. Nothing is written then.
    """
    text = file.read_text(encoding="utf-8") if file else _from_template(session, template)
    if without_address:
        text = _left_out(text)
    source = str(file or f"template {template}")
    if not NAME.fullmatch(name):
        raise UsageError(f"campaign name {name!r}: use up to 40 lower-case letters, digits and hyphens")
    _asked(session, parse(text, source))
    path = campaign_send.protocol_path(session, name)
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise UsageError(f"{path} exists and is not the same; edit it, or choose another name. Nothing was changed.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    campaigns.save_draft(session.private, name, session.config.world, text, sha256(text), session.clock.now())
    return path


def draft(session: Session, name: str) -> Protocol:
    """The protocol of `name` as it stands in its file; an edited file becomes the draft while nothing is approved."""
    file = campaigns.campaign(session.private, name)
    text = campaign_send.protocol_text(session, file)
    parse(text, str(campaign_send.protocol_path(session, name)))
    if file.status == "draft" and text != file.protocol:
        campaigns.save_draft(session.private, name, session.config.world, text, sha256(text), session.clock.now())
        messages.print(f"{name}: the edited protocol is the draft now")
    return parse(text, name)


def approve_campaign(session: Session, campaign: str, *, name: str, by: str) -> str:
    """Freeze and approve every letter of `campaign`, whose name the approver typed as `name`.

    Returns the hash that the approval covers. Raises UsageError if the two differ, or a letter has left already.
    """
    if name != campaign:
        raise UsageError(f"{name!r} is not {campaign!r}; nothing was approved")
    protocol = draft(session, name)
    text = campaign_send.protocol_text(session, campaigns.campaign(session.private, name))
    ready, _ = _asked(session, protocol)
    refuse_vanished(session, ready)
    with session.run("campaign approve") as summary:
        now = session.clock.now()
        if campaigns.campaign(session.private, name).protocol != text:
            campaigns.save_draft(session.private, name, session.config.world, text, sha256(text), now)
        known = _known(session, protocol)
        approval = freeze(session.private, name, ready, session.sender, vietnam(), by, now, known)
        summary |= {"campaign": name, "approved_by": by, "approval_sha256": approval}
    campaign_send.project(session)
    return approval


def _asked(session: Session, protocol: Protocol) -> tuple[list[Agency], list[Agency]]:
    registry(session)
    return asked(protocol, stored(session.results, protocol.frame, protocol.kind))


def _from_template(session: Session, template: str) -> str:
    """The text of a template, starting on the next day on which its window still lies ahead, under the law of that."""
    text = (resources.files("prober.campaign") / "templates" / f"{template}.toml").read_text(encoding="utf-8")
    protocol = parse(text, template)
    first = next_slot(protocol.window, session.clock.now(), vietnam())
    if first.time() > protocol.window.start:  # the window is open: too late for a whole first day
        first = next_slot(protocol.window, first.replace(hour=23, minute=59), vietnam())
    day: date = first.date()
    text = text.replace(f"first_day = {protocol.first_day}", f"first_day = {day}")
    return text.replace(f'regime = "{protocol.regime}"', f'regime = "{regime_on(day)}"')


def _wave(session: Session, name: str) -> list[Planned]:
    protocol = draft(session, name)
    ready, _ = _asked(session, protocol)
    return wave(protocol, name, ready, requester(session.sender), vietnam(), _known(session, protocol))


def _known(session: Session, protocol: Protocol) -> Known:
    """What the draw is balanced over and paired with, as far as the protocol asks for it."""
    levels = qa_levels(session.results, protocol.frame) if "quality" in protocol.blocks else {}
    quality = {province: quality_of(level) for province, level in levels.items()}
    return Known(quality, earlier_arms(session.private, protocol))


def _left_out(text: str) -> str:
    line = "leave_out_without_address = true"
    found, count = re.subn(r"(?m)^leave_out_without_address\s*=\s*(?:true|false)", line, text)
    return found if count else f"{line}\n{text}"


def _listed(item: Planned) -> dict[str, Any]:
    when = f"{item.not_before:%Y-%m-%d %H:%M}" if item.not_before else "after acceptance"
    return {
        "position": item.position, "step": str(item.letter.step), "not_before": when, "agency": item.agency.slug,
        "address": item.letter.rcpt, "subject": item.letter.subject,
    }  # fmt: skip


def _required(row: Requirement) -> dict[str, Any]:
    return {"article": row.article, "what": row.about, "met": "yes" if row.met else "no", "why": row.why}


def _saved(raw: bytes, folder: Path, slug: str, step: Step) -> Iterator[Path]:
    """Write a frozen letter and what is enclosed in it; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in ((f"{slug}.{step}.eml", raw), *((item.name, item.data) for item in enclosures(raw))):
        (folder / name).write_bytes(data)
        yield folder / name


def _show(session: Session, name: str, item: Planned) -> None:
    """The letter, and beside it its English rendering, unless that stands in the letter itself."""
    protocol = protocol_of(campaigns.campaign(session.private, name))
    papers = [(f"{item.letter.rcpt} · {item.letter.subject}", item.letter.text)]
    if "en" not in protocol.language.split("+"):
        english = render(protocol, name, item.agency, requester(session.sender), item.letter.step, "en")
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
