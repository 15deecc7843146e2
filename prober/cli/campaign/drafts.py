"""Drafts of campaigns: where a protocol comes from, what stands in it now, and whom it would ask."""

from importlib import resources
from pathlib import Path

from mailroom.sending.approval import earlier_arms, requester, sha256
from prober.campaign.design.assignment import Known, quality_of
from prober.campaign.protocol.drafting import filled
from prober.campaign.protocol.model import NAME, Protocol, parse
from prober.campaign.schedule import next_slot
from prober.campaign.wave import Planned, asked, wave
from prober.cli.campaign.send import protocol_path, protocol_text
from prober.domain.agency import Agency
from prober.domain.working_days import vietnam
from prober.errors import UsageError
from prober.services.context import Context
from prober.services.progress import DraftReplaced
from prober.store.private import campaigns
from prober.store.reading.queries import qa_levels
from prober.store.results.registry import stored

TEMPLATES = ("pobi-2019",)


def new_campaign(
    context: Context,
    name: str,
    template: str = TEMPLATES[0],
    file: Path | None = None,
    without_address: bool = False,
) -> Path:
    """Write campaigns/NAME.toml from a template or from `file`, and register it as a draft. Returns its path.

    Raises what `register` raises.
    """
    text = file.read_text(encoding="utf-8") if file else from_template(context, template)
    return register(context, name, without_addresses(text, without_address), str(file or f"template {template}"))


def register(context: Context, name: str, text: str, source: str) -> Path:
    """Write the protocol `text` to campaigns/NAME.toml and register it as a draft. Returns its path.

    Raises UsageError if that path holds another protocol, ProtocolError for a faulty one, for agencies that have no
    reviewed address where the protocol does not leave them out, or where it pairs with nothing; nothing is written
    then.
    """
    check_name(name)
    protocol = parse(text, source)
    asked_agencies(context, protocol)
    earlier_arms(context.private, protocol)
    path = protocol_path(context, name)
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise UsageError(f"{path} exists and is not the same; edit it, or choose another name. Nothing was changed.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    campaigns.save_draft(context.private, name, context.config.world, text, sha256(text), context.clock.now())
    return path


def check_name(name: str) -> None:
    """Raises UsageError for what is no name of a campaign."""
    if not NAME.fullmatch(name):
        raise UsageError(f"campaign name {name!r}: use up to 40 lower-case letters, digits and hyphens")


def draft(context: Context, name: str) -> Protocol:
    """The protocol of `name` as it stands in its file; an edited file becomes the draft while nothing is approved."""
    file = campaigns.campaign(context.private, name)
    text = protocol_text(context, file)
    protocol = parse(text, str(protocol_path(context, name)))
    if file.status == "draft" and text != file.protocol:
        campaigns.save_draft(context.private, name, context.config.world, text, sha256(text), context.clock.now())
        context.observer.notice(DraftReplaced(name))
    return protocol


def asked_agencies(context: Context, protocol: Protocol) -> tuple[list[Agency], list[Agency]]:
    """(agencies asked, agencies left out), as the registry stands. Raises ProtocolError."""
    context.sync_registry()
    return asked(protocol, stored(context.results, protocol.frame, protocol.kind))


def planned_letters(context: Context, name: str) -> list[Planned]:
    """Every letter of the draft of `name`, as an approval would freeze it now. Raises ProtocolError."""
    protocol = draft(context, name)
    ready, _ = asked_agencies(context, protocol)
    return wave(protocol, name, ready, requester(context.sender), vietnam(), known(context, protocol))


def known(context: Context, protocol: Protocol) -> Known:
    """What the draw is balanced over and paired with, as far as the protocol asks for it."""
    levels = qa_levels(context.results, protocol.frame) if "quality" in protocol.blocks else {}
    quality = {province: quality_of(level) for province, level in levels.items()}
    return Known(quality, earlier_arms(context.private, protocol))


def from_template(context: Context, template: str) -> str:
    """The text of a template, starting on the next day on which its window still lies ahead, under the law of that."""
    text = (resources.files("prober.campaign.protocol") / "templates" / f"{template}.toml").read_text(encoding="utf-8")
    protocol = parse(text, template)
    first = next_slot(protocol.window, context.clock.now(), vietnam())
    if first.time() > protocol.window.start:  # the window is open: too late for a whole first day
        first = next_slot(protocol.window, first.replace(hour=23, minute=59), vietnam())
    return filled(text, {"first_day": first.date()})


def without_addresses(text: str, left_out: bool) -> str:
    """`text`, leaving out agencies without a reviewed address if `left_out`; else as it is."""
    return filled(text, {"leave_out_without_address": True}) if left_out else text
