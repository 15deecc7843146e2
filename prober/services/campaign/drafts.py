"""Plan a campaign: write its protocol from a template, choose the agencies, write the letters; and approve them."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from mailroom.sending.approval import earlier_arms, freeze, planned, rendered, requester, sha256
from mailroom.sending.preflight.recipients import gone
from prober import owner_only
from prober.campaign.design import power
from prober.campaign.letters.compose import Requester, requirements
from prober.campaign.letters.mime import enclosures, new_secret
from prober.campaign.protocol import (
    NAME,
    VARIED,
    Document,
    Protocol,
    Window,
    contradictions,
    faults_of_language,
    parse,
)
from prober.campaign.schedule import next_slot, over_breaks
from prober.campaign.wave import DrawFacts, Planned, asked, quality_of
from prober.domain.agency import Agency
from prober.errors import NotApproved, ProtocolError, UsageError
from prober.services.context import Context
from prober.services.progress import DraftReplaced
from prober.store.private import campaigns
from prober.store.reading import address_freshness
from prober.store.reading.queries import qa_levels
from prober.studies.folder import packaged
from prober.studies.law import Judged, Law
from prober.studies.study import Study
from prober.validation import declared, faults_of_key

__all__ = [
    "Completed", "Document", "Draft", "Enclosed", "Judged", "Planned", "Preview", "Protocol", "approve",
    "asked_agencies", "check_name", "completed", "draft", "enclosed", "faults_of_answer", "filled", "headed",
    "in_english", "keys", "known", "letters", "literal", "new_campaign", "over_holidays", "power_verdict",
    "preview", "protocol_path", "protocol_text", "questions", "register", "required", "save", "save_letter",
    "shown", "template_protocol", "template_text", "typed", "units", "varied", "with_arms",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """The protocol of a campaign as it is in its file now, with the agencies that the registry gives for it."""

    name: str
    protocol: Protocol
    text: str  # of the protocol
    ready: list[Agency]  # will be asked
    without: list[Agency]  # left out: no reviewed address

    @property
    def units(self) -> int:
        """The number of provinces in the draw; arms are drawn by province."""
        return units(self.ready)


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft with all its letters, as an approval would freeze them now, and the requester named in them."""

    draft: Draft
    letters: list[Planned]
    requester: Requester


@dataclass(frozen=True, slots=True)
class Enclosed:
    """One file that goes with a letter, as its approver is shown it."""

    name: str
    media_type: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Completed:
    """A protocol that was made of a person's answers, and the number of provinces that it asks."""

    text: str
    protocol: Protocol
    units: int


def new_campaign(
    context: Context,
    name: str,
    template: str = "",
    file: Path | None = None,
    without_address: bool = False,
) -> Path:
    """Write campaigns/NAME.toml from a template or from `file`, and register it as a draft. Return its path.

    Of a template only what it is to become is known: it is written also if nobody can be asked yet, or the study has
    not its letters. Raises the errors of `register`.
    """
    context.paired()
    if file:
        return register(context, name, _leaving_out(file.read_text(encoding="utf-8"), without_address), str(file))
    text = template_text(context, template, without_address)
    return register(context, name, text, f"the protocol of the study {context.study.name}", ready=False)


def register(context: Context, name: str, text: str, source: str, ready: bool = True) -> Path:
    """Write the protocol `text` to campaigns/NAME.toml and register it as a draft. Return its path.

    Raises UsageError if that path holds another protocol; ProtocolError for a faulty protocol, for an earlier campaign
    to pair with that does not exist, or, where it is to be `ready`, for law and letters that the study does not have,
    and for agencies without a reviewed address that the protocol does not leave out. Nothing is written then.
    """
    context.paired()
    check_name(name)
    protocol = parse(text, source)
    if ready:
        asked_agencies(context, protocol, _lacks(protocol, source, context.study))
    earlier_arms(context.private, protocol)
    path = protocol_path(context, name)
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise UsageError(f"{path} exists and is not the same; edit it, or choose another name. Nothing was changed.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    save(context, name, text)
    return path


def check_name(name: str) -> None:
    """Raise UsageError if `name` cannot be the name of a campaign."""
    if not NAME.fullmatch(name):
        raise UsageError(f"campaign name {name!r}: use up to 40 lower-case letters, digits and hyphens")


def protocol_path(context: Context, name: str) -> Path:
    """Return the path of the protocol file of `name`."""
    return context.config.protocols / f"{name}.toml"


def protocol_text(context: Context, file: campaigns.CampaignFile) -> str:
    """Return the protocol as it is in its file; as registered, if the file is gone."""
    path = protocol_path(context, file.id)
    return path.read_text(encoding="utf-8") if path.exists() else file.protocol


def draft(context: Context, name: str) -> Draft:
    """Return the draft of `name`; an edited file becomes the draft while nothing is approved.

    Raises ProtocolError with all that is missing: law and letters in the study, agencies and addresses in the registry.
    """
    file = campaigns.campaign(context.private, name)
    text, source = protocol_text(context, file), str(protocol_path(context, name))
    protocol = parse(text, source)
    lacks = _lacks(protocol, source, context.study) if file.status == "draft" else []
    if file.status == "draft" and text != file.protocol and not lacks:
        save(context, name, text)
        context.observer.notice(DraftReplaced(name))
    return Draft(name, protocol, text, *asked_agencies(context, protocol, lacks))


def _lacks(protocol: Protocol, source: str, study: Study) -> list[str]:
    """Return what `study` does not have of what the protocol needs; `source` names its file."""
    return [f"{source}: {line}" for line in contradictions(protocol, study)]


def save(context: Context, name: str, text: str) -> None:
    """Register the protocol `text` as the draft of `name`."""
    now, world = context.clock.now(), context.config.world
    campaigns.save_draft(context.private, name, world, text, sha256(text), now, new_secret())


def asked_agencies(
    context: Context, protocol: Protocol, lacks: Sequence[str] = ()
) -> tuple[list[Agency], list[Agency]]:
    """Return (agencies asked, agencies left out) by the present registry.

    Raises ProtocolError with what is missing there, after what else the campaign `lacks`.
    """
    try:
        found = asked(protocol, context.agencies(protocol.frame, protocol.kind))
    except ProtocolError as error:
        raise ProtocolError("\n".join([*lacks, str(error)])) from error
    if lacks:
        raise ProtocolError("\n".join(lacks))
    return found


def units(agencies: list[Agency]) -> int:
    """Return the number of provinces of `agencies`; one without a province counts as its own."""
    return len({agency.province or agency.id for agency in agencies})


def preview(context: Context, name: str) -> Preview:
    """Return the draft of `name` with every letter, as an approval would freeze it now. Raises ProtocolError."""
    found = draft(context, name)
    return Preview(found, letters(context, found), requester(context.sender))


def letters(context: Context, draft: Draft) -> list[Planned]:
    """Return every letter of `draft`. Raises ProtocolError."""
    protocol, asks = draft.protocol, requester(context.sender)
    secret = campaigns.campaign(context.private, draft.name).secret
    return planned(protocol, draft.name, secret, draft.ready, asks, context.study, known(context, protocol))


def in_english(found: Preview, item: Planned, study: Study) -> str:
    """Return the English rendering of a letter; "" where the study has none. Raises ProtocolError."""
    protocol = found.draft.protocol.of(item.arm)
    return rendered(protocol, item.letter.token, item.agency, found.requester, item.letter.step, "en", study)


def required(context: Context, found: Preview, item: Planned) -> tuple[Judged, ...]:
    """Return every requirement of the law for a request of the arm of `item`, met or not. Not legal advice."""
    return requirements(found.draft.protocol.of(item.arm), found.requester, context.study)


def enclosed(item: Planned) -> list[Enclosed]:
    """Return the files that go with a letter."""
    return [
        Enclosed(file.name, file.media_type, len(file.data), hashlib.sha256(file.data).hexdigest())
        for file in enclosures(item.letter.raw)
    ]


def save_letter(context: Context, item: Planned, folder: Path) -> Iterator[Path]:
    """Write a letter and its enclosures to `folder`, for its owner only; yield each file when it is written.

    Raises UsageError in a rehearsal for another folder than its own.
    """
    context.target(folder)
    owner_only.folder(folder)
    raw, mail = item.letter.raw, f"{item.agency.slug}.{item.letter.step}.eml"
    for name, data in ((mail, raw), *((file.name, file.data) for file in enclosures(raw))):
        owner_only.write(folder / name, data)
        yield folder / name


def over_holidays(context: Context, found: Preview) -> list[str]:
    """Return a sentence for each named break of the calendar that falls into the days of a draft."""
    moments = [item.not_before for item in found.letters if item.not_before]
    return list(over_breaks(found.draft.protocol, min(moments), max(moments), context.calendar))


def power_verdict(context: Context, protocol: Protocol, units: int) -> str:
    """Return in words how large an effect two arms can find that are drawn of so many provinces."""
    return power.verdict(units, power.expected(protocol.expected_share, context.study.references, protocol.frame))


def known(context: Context, protocol: Protocol) -> DrawFacts:
    """Return the portals' quality and the arms of the earlier wave, as far as the protocol needs them for the draw."""
    levels = qa_levels(context.results, protocol.frame) if "quality" in protocol.blocks else {}
    quality = {province: quality_of(level) for province, level in levels.items()}
    return DrawFacts(quality, earlier_arms(context.private, protocol))


def template_text(context: Context, template: str, without_address: bool) -> str:
    """Return the protocol of the study that starts on the next day with a whole sending window, under that day's law.

    `template` names another study that comes with the prober. Raises StudyError for a name that none has.
    """
    study = packaged(template) if template not in ("", context.study.name) else context.study
    protocol = parse(study.protocol, f"{study.name}: protocol.toml")
    first = next_slot(protocol.window, context.clock.now(), context.calendar)
    if first.time() > protocol.window.start:  # the window is open: too late for a whole first day
        first = next_slot(protocol.window, first.replace(hour=23, minute=59), context.calendar)
    return _leaving_out(filled(study.protocol, {"first_day": first.date()}, law=context.study.law), without_address)


def _leaving_out(text: str, left_out: bool) -> str:
    """Return the protocol `text`; if `left_out`, with agencies that have no reviewed address left out."""
    return filled(text, {"leave_out_without_address": True}) if left_out else text


def approve(context: Context, name: str, typed: str, by: str, read: Sequence[Planned] | None = None) -> str:
    """Freeze and approve every letter of `name`, which the approver typed again as `typed`.

    `read` are the letters that the approver was shown. Return the hash that the approval covers. Raises UsageError if
    the two names differ, a letter is not the one that was read, or one was sent already; NotApproved if the crawl no
    longer sees an address where a person accepted it.
    """
    if typed != name:
        raise UsageError(f"{typed!r} is not {name!r}; nothing was approved")
    found = draft(context, name)
    _refuse_vanished(context, found.ready)
    if read is not None and letters(context, found) != read:  # an edited file, a crawl, a reviewed address
        raise UsageError(f"campaign {name} changed while you read it; nothing was approved. Read it again.")
    with context.run("campaign approve", part=False, project=True) as summary:
        if campaigns.campaign(context.private, name).protocol != found.text:
            save(context, name, found.text)
        before, now = known(context, found.protocol), context.clock.now()
        approval = freeze(context.private, name, found.ready, context.sender, context.study, by, now, before)
        summary |= {"campaign": name, "approved_by": by, "approval_sha256": approval}
    return approval


def _refuse_vanished(context: Context, agencies: Iterable[Agency]) -> None:
    """Raise NotApproved if the crawl no longer sees the address of one of `agencies` where a person accepted it."""
    letters = [(agency.id, agency.request_email, agency.request_email_reviewed_at) for agency in agencies]
    found = [one for one in address_freshness.sightings(context.results, letters) if one.blocks]
    if found:
        raise NotApproved("nothing was approved:\n" + "\n".join(map(gone, found)))


_ANSWERS = "your answers"  # what an error names instead of a file

# (key, question), in the order in which a person decides; every other key stays as the template has it.
QUESTIONS = (
    ("title", "Title"),
    ("frame", "Frame of the agencies"),
    ("kind", "Kind of the agencies"),
    ("sender", "Who asks (organisation or citizen)"),
    ("purpose", "Purpose, as it stands in the letter"),
    ("purpose_en", "Purpose, in English"),
    ("language", "Language (of the letters of the study; two joined by + put a translation below)"),
    ("form", "Request slip enclosed (none, 01a, 01b)"),
    ("receipt", "Ask the office to confirm that the letter arrived (yes or no)"),
    ("first_day", "First day of sending"),
    ("window", "Time of day of sending, in the study's time zone"),
    ("per_day", "Most letters a day"),
    ("waiting_working_days", "Working days of waiting"),
    ("reminder_working_days", "Working days after which the one reminder leaves (0 for none)"),
    ("outcome", "What counts as an answer"),
    ("stop_after_objections", "Stop all of it after so many objections (0 for no such rule)"),
    ("stopping", "When else it is stopped, and by whom"),
    ("seed", "Seed of the draw"),
    ("leave_out_without_address", "Leave out agencies without a reviewed address (yes or no)"),
)


def questions(study: Study) -> tuple[tuple[str, str], ...]:
    """Return the questions to ask for a protocol of `study`: none about a slip that its law does not know.

    Letters in English need no second wording in English.
    """
    needed = {"form": study.law.has_slip, "purpose_en": not study.in_english}
    return tuple((key, question) for key, question in QUESTIONS if needed.get(key, True))


def varied(study: Study) -> tuple[str, ...]:
    """Return the keys in which the arms of a campaign of `study` may differ."""
    return tuple(key for key in VARIED if key != "form" or study.law.has_slip)


def shown(value: Any) -> str:
    """Return a value of a protocol, or of its file, in the form that a person types; `typed` reads it back."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Window):
        return f"{value.start:%H:%M}-{value.end:%H:%M}"
    if isinstance(value, list):
        return "-".join(value)
    return str(value)


def typed(answer: str, like: Any) -> Any:
    """Return the TOML value of `answer`, for a key whose value has the type of `like`.

    >>> typed("08:30-10:00", Window(*map(__import__("datetime").time, (8, 9))))
    ['08:30', '10:00']

    Raises ValueError that says what was expected.
    """
    answer = answer.strip()
    if isinstance(like, bool):
        if answer.casefold() not in ("yes", "no", "y", "n"):
            raise ValueError(f"must be yes or no, not {answer!r}")
        return answer.casefold().startswith("y")
    if isinstance(like, int):
        if not re.fullmatch(r"[0-9]{1,12}", answer):
            raise ValueError(f"must be a whole number from 0 on, not {answer!r}")
        return int(answer)
    if isinstance(like, date):
        return date.fromisoformat(answer)
    if isinstance(like, Window):
        return [part.strip() for part in answer.split("-")]
    return answer


def keys() -> Mapping[str, FieldInfo]:
    """Return the keys of a protocol file as they are declared: type, default, meaning."""
    return declared(Protocol)


def template_protocol(template: str) -> Protocol:
    """Return the protocol that a template is, whose values are the answers to begin with."""
    return parse(template, "template")


def faults_of_answer(context: Context, protocol: Protocol, key: str, value: Any) -> list[str]:
    """Return why `key` of `protocol` cannot be `value` in the study in use, in words; [] where it can."""
    faults = faults_of_key(Protocol, key, value)
    if key == "language" and not faults:
        faults = faults_of_language(protocol, value, context.study)
    return faults


def completed(
    context: Context, template: str, answers: Mapping[str, Any], documents: Sequence[Document], name: str
) -> Completed:
    """Return the protocol that `answers` make of `template`; the registry knows whom it asks.

    Raises ProtocolError where answers contradict each other, the study, or the registry.
    """
    begun = template_protocol(template)
    changed = () if documents == begun.documents else documents
    text = filled(template, answers, changed, law=context.study.law)
    if (answers["frame"], answers["kind"]) != (begun.frame, begun.kind):
        text = headed(text, name)
    chosen = parse(text, _ANSWERS, context.study)
    ready, _ = asked_agencies(context, chosen)
    return Completed(text, chosen, units(ready))


def with_arms(context: Context, text: str, arms: Sequence[Mapping[str, Any]]) -> str:
    """Return the protocol `text` with two arms, drawn within regions and qualities. Raises ProtocolError."""
    text = filled(text, {"blocks": ["region", "quality"]}, arms=arms)
    parse(text, _ANSWERS, context.study)
    return text


def filled(
    template: str,
    answers: Mapping[str, Any],
    documents: Sequence[Document] = (),
    arms: Sequence[Mapping[str, Any]] = (),
    law: Law | None = None,
) -> str:
    """Return the text of `template` with `answers`, key → TOML value, and what of `law` is in force on its first day.

    Without `documents` those of the template stay. `arms` are tables as the file has them.
    """
    values = dict(answers)
    if law and "first_day" in values:
        values["regime"] = law.regime_on(values["first_day"])
    for key, value in values.items():
        template = _with(template, key, value)
    if documents:
        template = template[: template.index("[[document]]")]
        template += "\n".join(_table("document", _named(document)) for document in documents)
    return template + "".join(f"\n{_table('arm', arm)}" for arm in arms)


def headed(text: str, name: str) -> str:
    """Return the protocol `text` with a head of its own in place of the template's, which is about other agencies."""
    head = (
        "# Answers to the questions of `prober campaign new`. Change what you need, then run\n"
        f"# `prober campaign preview {name}`. Nothing is sent before `prober campaign approve {name}`.\n"
    )
    return re.sub(r"\A(?:#[^\n]*\n)+", lambda _: head, text)


def literal(value: Any) -> str:
    """Return a value in TOML. JSON's texts, numbers, lists and truth values are also TOML's."""
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _with(template: str, key: str, value: Any) -> str:
    """Return `template` with one value: in the line of its key, even one commented out, else on top."""
    line = f"{key} = {literal(value)}"
    stands = rf"(?m)^(?:# )?{key}[ \t]*=[ \t]*(?:\"(?:[^\"\\]|\\.)*\"|\[[^]]*\]|[^\s#]+)"
    text, found = re.subn(stands, lambda _: line, template)
    return text if found else f"{line}\n{template}"


def _named(document: Document) -> Mapping[str, str]:
    return {"name": document.name} | ({"name_en": document.name_en} if document.name_en else {})


def _table(name: str, values: Mapping[str, Any]) -> str:
    return f"[[{name}]]\n" + "".join(f"{key} = {literal(value)}\n" for key, value in values.items())
