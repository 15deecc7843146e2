"""Check what a person wrote in a file against declared fields, and name every fault at once.

A field of a frozen dataclass declares a key: `port: Whole = key("Port.", 587, ge=1, le=65535)` gives its type, its
meaning, its default and what it may be. pydantic checks a table against such a class and makes the value. This module
adds the sentences, so that prober.toml, the protocol of a campaign and a file of agencies are answered in the same
words: which key or column, what it must be, what it was, and what it means.
"""

import dataclasses
import difflib
import re
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

T = TypeVar("T")
LONGEST = 80  # characters of a value in a message

# pydantic takes "2", 2.0 and true for the number 2 where it is not told otherwise.
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]  # a whole number will do
Truth = Annotated[bool, Field(strict=True)]
Day = Annotated[date, Field(strict=True)]  # no moment

# pydantic's name of a fault → what the value must be.
_MUST_BE = {
    "string_type": "a text",
    "path_type": "a path (text)",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number with a decimal point",
    "bool_type": "true or false",
    "date_type": "a date such as 2020-04-13",
    "tuple_type": "a list of texts",
}


def key(about: str, default: Any = dataclasses.MISSING, **limits: Any) -> Any:
    """Declare a key of a file: its meaning, its default (or a function that makes it), and limits as pydantic's Field
    has them.
    """
    metadata = {"description": about, **limits}
    if callable(default):
        return dataclasses.field(default_factory=default, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def one_of(*allowed: str) -> AfterValidator:
    """Return the check of a text that may be one of a few words only; "" among them means that it may be empty."""
    words = ", ".join(filter(None, allowed)) + (" or empty" if "" in allowed else "")

    def check(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {words}, not {_shown(value)}")
        return value

    return AfterValidator(check)


def shaped(pattern: re.Pattern[str], words: str) -> AfterValidator:
    """Return the check of a text that must match `pattern`, said as `words`."""

    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"must be {words}, not {_shown(value)}")
        return value

    return AfterValidator(check)


def _shown(value: Any) -> str:
    """Return a value as messages quote it: dates as they are written, long ones cut."""
    text = str(value) if isinstance(value, date) else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _refuse(value: Any) -> Any:
    from pydantic_core import PydanticCustomError

    raise PydanticCustomError("unexpected_keyword_argument", "not a key of the file")


NOT_A_KEY = BeforeValidator(_refuse)  # of a field that the program fills in and the file may not name


@cache
def declared(cls: type) -> dict[str, FieldInfo]:
    """Return the declared fields of a dataclass by their keys in the file, in order."""
    hints = get_type_hints(cls, include_extras=True)
    found = {f.name: FieldInfo.from_annotated_attribute(hints[f.name], f) for f in dataclasses.fields(cls)}
    return {spec.alias or name: spec for name, spec in found.items() if NOT_A_KEY not in spec.metadata}


def section_of(spec: FieldInfo) -> type | None:
    """Return the class of the tables that a field takes: its own class, or that of its items; None for a plain key."""
    inner = (spec.annotation, *get_args(spec.annotation))
    return next((one for one in inner if isinstance(one, type) and dataclasses.is_dataclass(one)), None)


def is_of_names(spec: FieldInfo) -> bool:
    """Return whether a field takes a section whose keys are names that nobody knows beforehand."""
    return get_origin(spec.annotation) is Mapping


def span(spec: FieldInfo) -> str:
    """Return the limits of a number in words, "at least 1" or "1 to 65535"; "" where it has none."""
    least = next((limit.ge for limit in spec.metadata if hasattr(limit, "ge")), None)
    most = next((limit.le for limit in spec.metadata if hasattr(limit, "le")), None)
    if least is None:
        return ""
    return f"at least {least}" if most is None else f"{least} to {most}"


def numbered(name: str, number: int, count: int) -> str:
    """Return what messages call one of `count` tables of the same name: [name] alone if it is the only one.

    >>> numbered("imap", 1, 1), numbered("imap", 2, 3)
    ('imap', 'imap 2')
    """
    return name if count == 1 else f"{name} {number}"


def checked(cls: type[T], table: Mapping[str, Any]) -> tuple[T | None, list[str]]:
    """Return the value of `cls` that `table` holds, and no faults; or None and every fault, one line each."""
    from pydantic import ValidationError  # 0.07 s, and each reader takes as long to make: only who reads a file pays

    section: type = cls
    try:
        value: T = _adapter(section).validate_python(table)
    except ValidationError as error:
        return None, [_sentence(section, table, fault) for fault in error.errors(include_url=False)]
    return value, []


def faults_of_key(cls: type, name: str, value: Any) -> list[str]:
    """Return what is wrong with the value of one key, without its name. Raises KeyError for an unknown key."""
    from pydantic import ValidationError

    spec = declared(cls)[name]
    try:
        _adapter(cls).validate_python({name: value})
    except ValidationError as error:  # keys that are missing are faults too, but not of this one
        return [_words(fault, spec) for fault in error.errors(include_url=False) if fault["loc"][0] == name]
    return []


@cache
def _adapter(cls: type) -> "TypeAdapter[Any]":
    from pydantic import ConfigDict, TypeAdapter, with_config

    return TypeAdapter(with_config(ConfigDict(extra="forbid"))(cls))


def _sentence(cls: type, table: Mapping[str, Any], fault: "ErrorDetails") -> str:
    """Return one line: what is wrong where, and what belongs there."""
    where, spec = _where(fault["loc"], table), _spec(cls, fault["loc"])
    if fault["type"] == "unexpected_keyword_argument":
        return _unknown(where, str(fault["loc"][-1]), _known(cls, fault["loc"][:-1]))
    about = spec.description if spec and spec.description and not is_of_names(spec) else ""
    if fault["type"] == "missing":
        return f"missing key {where}: {about}"
    return f"{where}: {_words(fault, spec)}" + (f" ({about.rstrip('.')})" if about else "")


def _unknown(where: str, name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
    return f"unknown key {where}; {hint}"


def _words(fault: "ErrorDetails", spec: FieldInfo | None) -> str:
    """Return what is wrong with a value, as it is said behind its key."""
    kind, loc, given = fault["type"], fault["loc"], fault["input"]
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    if kind in ("greater_than_equal", "less_than_equal") and spec:
        return f"must be {span(spec)}, not {str(given)[:LONGEST]}"
    if kind == "dataclass_type":
        return f"must be a section, [[{loc[-2]}]]" if isinstance(loc[-1], int) else f"must be a section, [{loc[-1]}]"
    if kind == "dict_type":
        return f"must be a section, [{loc[-1]}]"
    if kind == "tuple_type" and spec and section_of(spec):
        return f"must be [[{loc[-1]}]] tables, not {_shown(given)}"
    return f"must be {_MUST_BE[kind]}, not {_shown(given)}" if kind in _MUST_BE else fault["msg"]


def _where(loc: tuple[int | str, ...], table: Mapping[str, Any]) -> str:
    """Return what messages call the place of a fault: `key`, `[section] key`, `[section 2] key item 3`."""
    match loc:
        case (str() as section, int() as number, str() as name, *items):
            count = len(table[section]) if isinstance(table[section], list) else 1
            where = f"[{numbered(section, number + 1, count)}] {_quoted(name)}"
        case (str() as section, str() as name, *items):
            where = f"[{section}] {_quoted(name)}"
        case (first, *items):
            where = _quoted(str(first))
    return where + "".join(f" item {number + 1}" for number in items if isinstance(number, int))


def _quoted(name: str) -> str:
    """Return a key as TOML wants it written."""
    return name if re.fullmatch(r"[\w-]+", name) else f'"{name}"'


def _spec(cls: type, loc: tuple[int | str, ...]) -> FieldInfo | None:
    """Return the declared field in which a fault is; of a section whose keys are names, that of the section."""
    spec: FieldInfo | None = None
    inner: type | None = cls
    for name in loc:
        if isinstance(name, str) and inner:
            spec = declared(inner).get(name)
            inner = section_of(spec) if spec else None
    return spec


def _known(cls: type, loc: tuple[int | str, ...]) -> Collection[str]:
    """Return the keys of the section at `loc`."""
    spec = _spec(cls, loc)
    return declared((section_of(spec) if spec else None) or cls)
