"""Check what a person wrote in a file against declared fields, and name every fault at once.

A field of a frozen dataclass declares a key: `port: Whole = key("Port.", 587, ge=1, le=65535)` gives its type, its
meaning, its default and its limits. pydantic checks a table against such a class and makes the value. This module
writes the messages, so that faults in prober.toml, in the protocol of a campaign and in a file of agencies are reported
in the same form: which key or column, what it must be, what it was, and what it means.
"""

import dataclasses
import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

T = TypeVar("T")
LONGEST = 80  # characters of a value in a message

# Without `strict` pydantic accepts "2" and 2.0 as the number 2, and true as 1.
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]  # whole numbers are accepted too
Truth = Annotated[bool, Field(strict=True)]
Day = Annotated[date, Field(strict=True)]  # a date with a time is refused

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

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = frozenset("\u200b\u2060\ufeff\u2028\u2029\x85")


def key(about: str, default: Any = dataclasses.MISSING, **limits: Any) -> Any:
    """Declare a key of a file: meaning, default (or a function that makes it), and limits as in pydantic's Field."""
    metadata = {"description": about, **limits}
    if callable(default):
        return dataclasses.field(default_factory=default, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def text_fault(value: str, multiline: bool = False) -> str:
    """Return the reason why `value` may not be in a letter, or "".

    A CR or LF in a merge field could start a forged header; a bidi control makes the text look different from the
    approved one. Such a field is refused, never cleaned: a cleaned field is not the field that was approved.

    >>> text_fault("Sở Tài chính\\r\\nBcc: all@example.test")
    'holds the control character U+000D'
    >>> text_fault("Sở Tài chính")
    ''
    """
    for char in value:
        if char == "\n" and multiline:  # the only control character of a body; a header has none at all
            continue
        if unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn"):
            return f"holds the control character U+{ord(char):04X}"
        if char in _BIDI:
            return f"holds the direction mark U+{ord(char):04X}, which can show another text than the one approved"
        if char in _INVISIBLE:
            return f"holds the invisible character U+{ord(char):04X}"
    if unicodedata.normalize("NFC", value) != value:
        return "is not in Unicode normal form C"
    return ""


def must_be(test: Callable[[Any], object], words: str) -> AfterValidator:
    """Return a validator for values that must pass `test`; `words` describe the allowed values in messages."""

    def check(value: Any) -> Any:
        if not test(value):
            raise ValueError(f"must be {words}, not {_shown(value)}")
        return value

    return AfterValidator(check)


def one_of(*allowed: str) -> AfterValidator:
    """Return a validator for a text that must be one of `allowed`; "" among them means that it may be empty."""
    words = ", ".join(filter(None, allowed)) + (" or empty" if "" in allowed else "")
    return must_be(allowed.__contains__, f"one of {words}")


def _refuse(value: Any) -> Any:
    raise PydanticCustomError("unexpected_keyword_argument", "not a key of the file")


NOT_A_KEY = BeforeValidator(_refuse)  # for a field that the program sets and the file may not contain


@cache
def declared(cls: type) -> dict[str, FieldInfo]:
    """Return the declared fields of a dataclass by their keys in the file, in order."""
    hints = get_type_hints(cls, include_extras=True)
    found = {f.name: FieldInfo.from_annotated_attribute(hints[f.name], f) for f in dataclasses.fields(cls)}
    return {spec.alias or name: spec for name, spec in found.items() if NOT_A_KEY not in spec.metadata}


def section_of(spec: FieldInfo) -> type | None:
    """Return the class of a field's table, or of the items of its list of tables; None for a plain key."""
    inner = (spec.annotation, *get_args(spec.annotation))
    return next((one for one in inner if isinstance(one, type) and dataclasses.is_dataclass(one)), None)


def is_of_names(spec: FieldInfo) -> bool:
    """Return True if a field is a section whose keys are free names, such as hosts."""
    return get_origin(spec.annotation) is Mapping


def span(spec: FieldInfo) -> str:
    """Return the limits of a number in words, "at least 1" or "1 to 65535"; "" if it has none."""
    limits = {name: getattr(part, name) for part in spec.metadata for name in ("ge", "le") if hasattr(part, name)}
    if "le" in limits:
        return "{ge} to {le}".format_map(limits)
    return "at least {ge}".format_map(limits) if limits else ""


def numbered(name: str, number: int, count: int) -> str:
    """Return the name of one of `count` equally named tables in messages: without a number if it is the only one.

    >>> numbered("imap", 1, 1), numbered("imap", 2, 3)
    ('imap', 'imap 2')
    """
    return name if count == 1 else f"{name} {number}"


def checked(cls: type[T], table: Mapping[str, Any]) -> tuple[T | None, list[str]]:
    """Return (value of `cls`, no faults) for a valid `table`, else (None, every fault as one line)."""
    value, errors = _read(cls, table)
    return value, [_sentence(cls, table, error) for error in errors]


def faults_of_key(cls: type, name: str, value: Any) -> list[str]:
    """Return the faults of the value of one key of `cls`, without the key's name."""
    _, errors = _read(cls, {name: value})  # the other keys are missing, which is not a fault of this one
    return [_words(error, declared(cls).get(name)) for error in errors if error["loc"][0] == name]


@cache
def _reader(cls: type) -> TypeAdapter[Any]:
    return TypeAdapter(with_config(ConfigDict(extra="forbid"))(cls))


def _read(cls: type, table: Mapping[str, Any]) -> tuple[Any, list[ErrorDetails]]:
    try:
        return _reader(cls).validate_python(table), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def _sentence(cls: type, table: Mapping[str, Any], error: ErrorDetails) -> str:
    """Return one line for a fault: its place, what is wrong, what is allowed, and what the key means."""
    where, (spec, section) = _where(error["loc"], table), _declaration(cls, error["loc"])
    if error["type"] == "unexpected_keyword_argument":
        known = declared(section)
        near = difflib.get_close_matches(str(error["loc"][-1]), known, n=1)
        return f"unknown key {where}; " + (f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}")
    about = spec.description if spec and spec.description and not is_of_names(spec) else ""
    if error["type"] == "missing":
        return f"missing key {where}: {about}"
    return f"{where}: {_words(error, spec)}" + (f" ({about.rstrip('.')})" if about else "")


def _words(error: ErrorDetails, spec: FieldInfo | None) -> str:
    """Return the fault of a value in words that follow the name of its key."""
    kind, name, given = error["type"], error["loc"][-1], _shown(error["input"])
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind in ("greater_than_equal", "less_than_equal") and spec:
        return f"must be {span(spec)}, not {given}"
    if kind in ("dataclass_type", "dict_type"):
        return f"must be a section, [[{error['loc'][-2]}]]" if isinstance(name, int) else f"must be a section, [{name}]"
    if kind == "tuple_type" and spec and section_of(spec):
        return f"must be [[{name}]] tables, not {given}"
    return f"must be {_MUST_BE[kind]}, not {given}" if kind in _MUST_BE else error["msg"]


def _shown(value: Any) -> str:
    """Return a value as quoted in messages: dates as written, long values cut."""
    text = str(value) if isinstance(value, date) else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _where(loc: tuple[int | str, ...], table: Mapping[str, Any]) -> str:
    """Return the place of a fault for messages: `key`, `[section] key`, `[section 2] key item 3`."""
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
    """Return a key in TOML syntax, quoted if necessary."""
    return name if re.fullmatch(r"[\w-]+", name) else f'"{name}"'


def _declaration(cls: type, loc: tuple[int | str, ...]) -> tuple[FieldInfo | None, type]:
    """Return the declared field of the key at `loc`, or None, and the class of its section."""
    first, *rest = (name for name in loc if isinstance(name, str))
    spec = declared(cls).get(first)
    section = section_of(spec) if spec and rest else None
    return (declared(section).get(rest[0]), section) if section else (spec, cls)
