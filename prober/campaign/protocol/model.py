"""The protocol: everything a campaign will do, written down in one TOML file before the first letter.

`parse` is the only reader. It reports every fault of a file at once, each with the file and the key.
"""

import dataclasses
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache
from typing import Any, get_type_hints

from prober.campaign.law.legal_deadlines import REGIMES, in_force_from, regime_on
from prober.campaign.letters.request_slip import CITIZEN, FORMS, NONE
from prober.campaign.protocol import protocol_values
from prober.campaign.protocol.protocol_values import Arm, Document, Window
from prober.errors import ProtocolError

MOST_DOCUMENTS = 3  # law 104/2016/QH13, article 28.1đ: a request beyond an office's capacity may be refused
TEMPLATES = ("budget-request",)
LANGUAGES = ("vi", "vi+en")  # article 24.2: a request is written in Vietnamese; English only as a courtesy below it
BLOCKS = ("region", "quality")
# Who asks, as the reader of a result must know it: an office may answer a citizen and not an institute.
SENDERS = ("organisation", "citizen")
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")  # of a campaign and of an arm
_TABLES = {"documents": "document", "arms": "arm"}  # field → the name of its [[tables]]


def _key(about: str, default: Any = dataclasses.MISSING) -> Any:
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One campaign, as approved."""

    title: str = _key("title of the campaign")
    frame: str = _key('frame of the agencies, for example "2019"')
    kind: str = _key('kind of the agencies, for example "finance"')
    template: str = _key(f"letter template: {', '.join(TEMPLATES)}")
    language: str = _key(
        "language of the letter: vi, or vi+en for a translation below it; article 24.2 asks for Vietnamese"
    )
    regime: str = _key(f"law in force when the letters leave: {', '.join(REGIMES)}")
    purpose: str = _key("what the information is for, in Vietnamese, as it stands in the letter")
    purpose_en: str = _key("the same in English, for the reader of the preview")
    documents: tuple[Document, ...] = _key(f"one to {MOST_DOCUMENTS} [[document]] tables with name and name_en")
    seed: int = _key("seed of the assignment to arms, the order of sending and the tokens")
    first_day: date = _key("first day on which a letter may leave")
    window: Window = _key('time of day of sending, in Hanoi, for example ["08:30", "10:00"]')
    per_day: int = _key("most letters a day")
    waiting_working_days: int = _key("working days after which silence counts as silence")
    reminder_working_days: int = _key("working days after which the one reminder leaves; 0 for none")
    outcome: str = _key("what counts as an answer, in words")
    leave_out_without_address: bool = _key("ask only agencies with a reviewed address, and leave the others out", False)
    form: str = _key(f"request slip of decree 13/2018 enclosed with the request: {', '.join(FORMS)}", "none")
    identity: bool = _key("the number of an identity paper is asked for at sending and written on form 01a", False)
    units: tuple[str, ...] = _key("slugs of the agencies asked, for a pilot; empty: all of the frame and kind", ())
    sender: str = _key(f"who asks: {' or '.join(SENDERS)}; empty: whoever [sender] is", "")
    law_cited: bool = _key("the letter names the law on access to information", True)
    receipt: bool = _key("the letter asks the office to confirm that it arrived", False)
    blocks: tuple[str, ...] = _key(
        f"what the draw is balanced over: {', '.join(BLOCKS)} (of the province's portal in the latest crawl)",
        ("region",),
    )
    arms: tuple[Arm, ...] = _key(
        "none, or two [[arm]] tables: name, about, and what differs: " + ", ".join(protocol_values.VARIED), ()
    )
    pairs_with: str = _key(
        "an earlier campaign to the same agencies; with two arms each agency is now in the other one", ""
    )
    stop_after_objections: int = _key(
        "once so many agencies that were asked object, no further letter leaves; 0: each agency's objection stops "
        "only its own letters",
        0,
    )
    stopping: str = _key(
        "when else the campaign is stopped, and by whom, in words",
        "A person pauses the campaign where an answer shows that asking harms somebody.",
    )

    def of(self, arm: str) -> "Protocol":
        """What holds for the agencies of one arm; "" where the campaign has no arms. Raises KeyError."""
        if not arm and not self.arms:
            return self
        return dataclasses.replace(self, **dict({a.name: a.changes for a in self.arms}[arm]), arms=())

    @property
    def arm_names(self) -> tuple[str, ...]:
        """The name of each arm, or "" alone where there are none."""
        return tuple(arm.name for arm in self.arms) or ("",)

    @property
    def variants(self) -> tuple["Protocol", ...]:
        """The protocol of each arm, or the protocol itself where there are none."""
        return tuple(map(self.of, self.arm_names))


def parse(text: str, source: str) -> Protocol:
    """The Protocol that `text` holds; `source` names the file in errors.

    Raises ProtocolError with one line per fault: missing, unknown, of a wrong type, or in contradiction to another.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProtocolError(f"{source}: not valid TOML: {error}") from error
    faults: list[str] = []
    values = _values(table, faults)
    protocol = Protocol(**(_neutral(values) | values))
    faults += _contradictions(protocol)
    if faults:
        raise ProtocolError("\n".join(f"{source}: {line}" for line in faults))
    return protocol


def written(name: str) -> str:
    """The key of the file for a field: [[document]] tables become `documents`."""
    return _TABLES.get(name, name)


def read(key: str, value: Any) -> Any:
    """The value of one key of the file. Raises KeyError for an unknown key, ValueError for a value that is none."""
    return _READERS[_types()[{table: name for name, table in _TABLES.items()}.get(key, key)]](value)


@cache
def _types() -> dict[str, Any]:
    return get_type_hints(Protocol)


def _values(table: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    known = {written(spec.name): spec for spec in dataclasses.fields(Protocol)}
    faults += [f"unknown key {key}; known keys: {', '.join(known)}" for key in table if key not in known]
    values: dict[str, Any] = {}
    for name, spec in known.items():
        if name not in table:
            if spec.default is dataclasses.MISSING:
                faults.append(f"missing key {name}: {spec.metadata['about']}")
            continue
        if spec.default == table[name] == "":
            continue
        try:
            values[spec.name] = read(name, table[name])
        except ValueError as error:
            faults.append(f"{name}: {error}; it is the {spec.metadata['about']}")
    return values


def _neutral(values: Mapping[str, Any]) -> dict[str, Any]:
    """For every key that has no default a value that contradicts none of `values`: one fault must not hide another."""
    reminders = [dict(arm.changes).get("reminder_working_days", 0) for arm in values.get("arms", ())]
    day = values.get("first_day") or in_force_from(values.get("regime", REGIMES[0]))
    try:
        regime = regime_on(day)
    except ValueError:
        regime = REGIMES[0]
    return dict.fromkeys(("title", "frame", "kind", "purpose", "purpose_en", "outcome"), "-") | {
        "template": TEMPLATES[0], "language": LANGUAGES[0], "documents": (Document("-", "-"),), "seed": 0, "per_day": 1,
        "regime": regime, "first_day": day, "window": Window(time(8), time(9)), "reminder_working_days": 0,
        "waiting_working_days": max(values.get("reminder_working_days", 0), *reminders, 0) + 1,
    }  # fmt: skip


_READERS = {
    str: protocol_values.text, int: protocol_values.number, bool: protocol_values.flag, date: protocol_values.day,
    Window: protocol_values.window, tuple[Document, ...]: protocol_values.documents,
    tuple[Arm, ...]: protocol_values.arms, tuple[str, ...]: protocol_values.texts,
}  # fmt: skip


def _contradictions(protocol: Protocol) -> Iterator[str]:
    yield from _of_arms(protocol)
    for arm, variant in zip([f"arm {arm.name}: " for arm in protocol.arms] or [""], protocol.variants, strict=True):
        yield from (f"{arm}{line}" for line in _of_letters(variant))
    if protocol.identity and all(variant.form != CITIZEN for variant in protocol.variants):
        yield f"identity: true needs form = {CITIZEN!r}, the only place on which the number is written"
    for key in ("per_day", "waiting_working_days"):
        if getattr(protocol, key) < 1:
            yield f"{key}: must be at least 1"
    if not 1 <= len(protocol.documents) <= MOST_DOCUMENTS:
        yield (
            f"document: {len(protocol.documents)} asked for; name one to {MOST_DOCUMENTS}, so that the request stays "
            "within an office's capacity (article 28.1đ)"
        )
    if len({document.name.casefold() for document in protocol.documents}) < len(protocol.documents):
        yield "document: one document is asked for twice"
    if unknown := [name for name in protocol.blocks if name not in BLOCKS]:
        yield f"blocks: {', '.join(map(repr, unknown))} is not one of {', '.join(BLOCKS)}"
    if protocol.pairs_with and not NAME.fullmatch(protocol.pairs_with):
        yield f"pairs_with: {protocol.pairs_with!r} is no name of a campaign"
    yield from _of_law(protocol)


def _of_arms(protocol: Protocol) -> Iterator[str]:
    names = [arm.name for arm in protocol.arms]
    if len(names) not in (0, 2):
        yield f"arm: {len(names)} given; a campaign has none or two: in more, too few agencies are left for each"
    if bad := [name for name in names if not NAME.fullmatch(name)]:
        yield f"arm: {', '.join(map(repr, bad))}: a name has up to 40 lower-case letters, digits and hyphens"
    if len(set(names)) < len(names):
        yield f"arm: two are named {names[0]}"
    elif len(names) == 2 and protocol.variants[0] == protocol.variants[1]:
        yield f"arm: {' and '.join(names)} do not differ; give one of them another {', '.join(protocol_values.VARIED)}"


def _of_letters(protocol: Protocol) -> Iterator[str]:
    """What contradicts itself in the letters of one arm."""
    vocabularies = {"template": TEMPLATES, "language": LANGUAGES, "form": FORMS, "sender": ("", *SENDERS)}
    for key, allowed in vocabularies.items():
        if (value := getattr(protocol, key)) not in allowed:
            yield f"{key}: {value!r} is not one of {', '.join(filter(None, allowed))}"
    owner = "citizen" if protocol.form == CITIZEN else "organisation"
    if protocol.sender in SENDERS and protocol.form in FORMS and protocol.form != NONE and protocol.sender != owner:
        yield f"form: {protocol.form} is the slip of a request by {owner}, and sender is {protocol.sender!r}"
    if protocol.form != NONE and not protocol.law_cited:
        yield f"law_cited: false contradicts form {protocol.form}, which names the decree"
    if protocol.reminder_working_days >= protocol.waiting_working_days > 0:
        yield (
            f"reminder_working_days: {protocol.reminder_working_days} contradicts waiting_working_days "
            f"{protocol.waiting_working_days}: a reminder must leave before the waiting time ends"
        )


def _of_law(protocol: Protocol) -> Iterator[str]:
    if protocol.regime not in REGIMES:
        yield f"regime: {protocol.regime!r} is not one of {', '.join(REGIMES)}"
    try:
        in_force = regime_on(protocol.first_day)
    except ValueError as error:
        yield f"first_day: {error}"
    else:
        if protocol.regime in REGIMES and in_force != protocol.regime:
            yield f"regime: {protocol.regime} contradicts first_day {protocol.first_day}: {in_force} is in force then"
