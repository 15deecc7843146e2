"""The protocol: everything a campaign will do, written down in one TOML file before the first letter.

`parse` is the only reader. It reports every fault of a file at once, each with the file and the key.
"""

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, get_type_hints

from prober.campaign.forms import CITIZEN, FORMS
from prober.campaign.law import REGIMES, regime_on
from prober.campaign.text import fault
from prober.errors import ProtocolError

MOST_DOCUMENTS = 3  # law 104/2016/QH13, article 28.1đ: a request beyond an office's capacity may be refused
TEMPLATES = ("budget-request",)
LANGUAGES = ("vi", "vi+en")  # article 24.2: a request is written in Vietnamese; English only as a courtesy below it


@dataclass(frozen=True, slots=True)
class Document:
    """One existing document asked for, by its name (articles 2 and 24.2b: documents, not opinions)."""

    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Window:
    """Time of day, in Hanoi, in which letters leave: from `start` up to, not including, `end`."""

    start: time
    end: time


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
    seed: int = _key("seed of the order of sending and of the tokens")
    first_day: date = _key("first day on which a letter may leave")
    window: Window = _key('time of day of sending, in Hanoi, for example ["08:30", "10:00"]')
    per_day: int = _key("most letters a day")
    waiting_working_days: int = _key("working days after which silence counts as silence")
    reminder_working_days: int = _key("working days after which the one reminder leaves; 0 for none")
    outcome: str = _key("what counts as an answer, in words")
    leave_out_without_address: bool = _key("ask only agencies with a reviewed address, and leave the others out", False)
    form: str = _key(f"request slip of decree 13/2018 enclosed with the request: {', '.join(FORMS)}", "none")
    identity: bool = _key("the number of an identity paper is asked for at sending and written on form 01a", False)


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
    if not faults:
        protocol = Protocol(**values)
        faults.extend(_contradictions(protocol))
    if faults:
        raise ProtocolError("\n".join(f"{source}: {line}" for line in faults))
    return protocol


def _values(table: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    hints = get_type_hints(Protocol)
    known = {_written(spec.name): spec for spec in dataclasses.fields(Protocol)}
    faults += [f"unknown key {key}; known keys: {', '.join(known)}" for key in table if key not in known]
    values: dict[str, Any] = {}
    for name, spec in known.items():
        if name not in table:
            if spec.default is dataclasses.MISSING:
                faults.append(f"missing key {name}: {spec.metadata['about']}")
            continue
        try:
            values[spec.name] = _READERS[hints[spec.name]](table[name])
        except ValueError as error:
            faults.append(f"{name}: {error}; it is the {spec.metadata['about']}")
    return values


def _written(name: str) -> str:
    """The key of the file for a field: [[document]] tables become `documents`."""
    return "document" if name == "documents" else name


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be a text, not {value!r}")
    if why := fault(value):
        raise ValueError(why)
    return value.strip()


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"must be a whole number from 0 on, not {value!r}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def _day(value: Any) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"must be a date such as 2020-04-13, not {value!r}")
    return value


def _window(value: Any) -> Window:
    if not (isinstance(value, list) and len(value) == 2):
        raise ValueError(f"must be two times of day, not {value!r}")
    start, end = (time.fromisoformat(item) if isinstance(item, str) else item for item in value)
    if not (isinstance(start, time) and isinstance(end, time)) or start.tzinfo or end.tzinfo:
        raise ValueError(f"must be two times of day in Hanoi, not {value!r}")
    if start >= end:
        raise ValueError(f"begins at {start:%H:%M} and ends before that, at {end:%H:%M}")
    return Window(start, end)


def _documents(value: Any) -> tuple[Document, ...]:
    if not (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
        raise ValueError("must be [[document]] tables")
    keys = [spec.name for spec in dataclasses.fields(Document)]
    for item in value:
        if sorted(item) != sorted(keys):
            raise ValueError(f"each [[document]] has exactly the keys {', '.join(keys)}, not {', '.join(item)}")
    return tuple(Document(*(_text(item[key]) for key in keys)) for item in value)


_READERS = {
    str: _text, int: _number, bool: _flag, date: _day, Window: _window, tuple[Document, ...]: _documents,
}  # fmt: skip


def _contradictions(protocol: Protocol) -> Iterator[str]:
    vocabularies = {"template": TEMPLATES, "language": LANGUAGES, "regime": REGIMES, "form": FORMS}
    for key, allowed in vocabularies.items():
        if (value := getattr(protocol, key)) not in allowed:
            yield f"{key}: {value!r} is not one of {', '.join(allowed)}"
    if protocol.identity and protocol.form != CITIZEN:
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
    if protocol.reminder_working_days >= protocol.waiting_working_days > 0:
        yield (
            f"reminder_working_days: {protocol.reminder_working_days} contradicts waiting_working_days "
            f"{protocol.waiting_working_days}: a reminder must leave before the waiting time ends"
        )
    try:
        in_force = regime_on(protocol.first_day)
    except ValueError as error:
        yield f"first_day: {error}"
    else:
        if protocol.regime in REGIMES and in_force != protocol.regime:
            yield f"regime: {protocol.regime} contradicts first_day {protocol.first_day}: {in_force} is in force then"
