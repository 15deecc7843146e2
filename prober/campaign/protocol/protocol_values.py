"""What may stand in a protocol: the values of its keys, and how each is read from TOML.

A reader takes what tomllib gave and returns the value of the key; it raises ValueError that says what was expected.
"""

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from prober.campaign.letters.text_faults import fault


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


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the ways in which a wave asks: its name, what it is in words, and the keys that differ from the others."""

    name: str
    about: str
    changes: tuple[tuple[str, Any], ...] = ()


def text(value: Any) -> str:
    """One line that may stand in a letter."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be a text, not {value!r}")
    if why := fault(value):
        raise ValueError(why)
    return value.strip()


def texts(value: Any) -> tuple[str, ...]:
    """A list of such lines, none twice."""
    if not isinstance(value, list):
        raise ValueError(f"must be a list of texts, not {value!r}")
    found = tuple(map(text, value))
    if len(set(found)) < len(found):
        raise ValueError(f"names one twice: {', '.join(found)}")
    return found


def number(value: Any) -> int:
    """A whole number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"must be a whole number from 0 on, not {value!r}")
    return value


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def day(value: Any) -> date:
    """A date without a time of day."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"must be a date such as 2020-04-13, not {value!r}")
    return value


def window(value: Any) -> Window:
    """Two times of day, as texts or as TOML times."""
    if not (isinstance(value, list) and len(value) == 2):
        raise ValueError(f"must be two times of day, not {value!r}")
    start, end = (time.fromisoformat(item) if isinstance(item, str) else item for item in value)
    if not (isinstance(start, time) and isinstance(end, time)) or start.tzinfo or end.tzinfo:
        raise ValueError(f"must be two times of day in Hanoi, not {value!r}")
    if start >= end:
        raise ValueError(f"begins at {start:%H:%M} and ends before that, at {end:%H:%M}")
    return Window(start, end)


def documents(value: Any) -> tuple[Document, ...]:
    """[[document]] tables."""
    keys = [spec.name for spec in dataclasses.fields(Document)]
    for item in _tables(value, "document"):
        if sorted(item) != sorted(keys):
            raise ValueError(f"each [[document]] has exactly the keys {', '.join(keys)}, not {', '.join(item)}")
    return tuple(Document(*(text(item[key]) for key in keys)) for item in value)


# The keys in which two arms may differ: those of the letter and its steps. Everything that measures is the same for
# both, or a difference between the arms would be one of the measure.
VARIED = {
    "template": text, "language": text, "form": text, "law_cited": flag, "receipt": flag,
    "reminder_working_days": number,
}  # fmt: skip


def arms(value: Any) -> tuple[Arm, ...]:
    """[[arm]] tables."""
    return tuple(map(_arm, _tables(value, "arm")))


def _arm(item: dict[str, Any]) -> Arm:
    for key in ("name", "about"):
        if key not in item:
            raise ValueError(f"an [[arm]] has no {key}")
    if unknown := [key for key in item if key not in ("name", "about", *VARIED)]:
        raise ValueError(
            f"arm {item['name']}: {', '.join(unknown)} cannot differ between arms; only {', '.join(VARIED)} can"
        )
    changes = []
    for key, read in VARIED.items():
        if key in item:
            try:
                changes.append((key, read(item[key])))
            except ValueError as error:
                raise ValueError(f"arm {item['name']}: {key} {error}") from error
    return Arm(text(item["name"]), text(item["about"]), tuple(changes))


def _tables(value: Any, name: str) -> list[dict[str, Any]]:
    if not (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
        raise ValueError(f"must be [[{name}]] tables")
    return value
