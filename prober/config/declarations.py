"""Keys declared once, on a frozen dataclass: meaning, default, allowed values. A TOML table becomes such a value here,
and every problem of the table is named, not only the first.
"""

import dataclasses
import difflib
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Section = TypeVar("Section")
ANY = (float("-inf"), float("inf"))


def key(
    about: str, default: Any = dataclasses.MISSING, *, one_of: tuple[str, ...] = (), span: tuple[float, float] = ANY
) -> Any:
    """A configuration key: its meaning, which docs/configuration.md prints, its default, and what it may be."""
    return field(default=default, metadata={"about": about, "one_of": one_of, "span": span})


def names(about: str) -> Any:
    """A section whose keys are not known beforehand, each with a text; `about` says what they name."""
    return field(default_factory=dict, metadata={"about": about})


def build(cls: type, table: Mapping[str, Any], section: str, problems: list[str]) -> Any:
    """A `cls` from `table`, or None where a key is missing; everything that is wrong is added to `problems`."""
    hints = get_type_hints(cls)
    known = {f.name: f for f in dataclasses.fields(cls) if f.name != "root"}
    problems += [_unknown(_where(section, name), name, known) for name in table if name not in known]
    values = {}
    complete = True
    for name, spec in known.items():
        if name in table:
            values[name] = _value(hints[name], table[name], _where(section, name), problems)
            problems += _range_problems(spec.metadata, values[name], _where(section, name))
        elif spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING:
            problems.append(f"missing key {_where(section, name)}: {spec.metadata['about']}")
            complete = False
    return cls(**values) if complete else None


def _where(section: str, name: str) -> str:
    return f"[{section}] {name}" if section else name


def _unknown(where: str, name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
    return f"unknown key {where}; {hint}"


def _range_problems(metadata: Mapping[str, Any], value: Any, where: str) -> list[str]:
    """Values that have the right type and still make no sense."""
    if isinstance(value, str) and metadata.get("one_of") and value not in metadata["one_of"]:
        return [f"{where} must be one of {', '.join(metadata['one_of'])}, not {value!r}"]
    low, high = metadata.get("span", ANY)
    if type(value) in (int, float) and not low <= value <= high:
        return [f"{where} must be {f'at least {low}' if high == float('inf') else f'{low} to {high}'}, not {value:g}"]
    return []


def _value(hint: Any, value: Any, where: str, problems: list[str]) -> Any:
    """`value` as the type `hint`; None, with a problem added, where it is of another type."""
    if isinstance(hint, types.UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if dataclasses.is_dataclass(hint):
        if isinstance(value, Mapping):
            return build(hint, value, where, problems)  # type: ignore[arg-type]
        problems.append(f"{where} must be a section, [{where}]")
        return None
    if get_origin(hint) is Mapping:
        return dict(_texts(value, where, "", problems))
    if get_origin(hint) is tuple and dataclasses.is_dataclass(get_args(hint)[0]):
        return _sections(get_args(hint)[0], value, where, problems)
    if get_origin(hint) is tuple:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        problems.append(f"{where} must be a list of texts, not {value!r}")
        return None
    if hint is Path and isinstance(value, str):
        return Path(value)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        problems.append(f"{where} must be {_TYPE_NAMES[hint]}, not {value!r}")
        return None
    return value


def _sections(cls: type, value: Any, where: str, problems: list[str]) -> tuple[Any, ...]:
    """One section, [where], or several of the same name, [[where]]; a problem of the second one names `where 2`."""
    tables = value if isinstance(value, list) else [value]
    if not all(isinstance(table, Mapping) for table in tables):
        problems.append(f"{where} must be a section, [{where}], or several, each [[{where}]]")
        return ()
    built = [build(cls, table, name, problems) for name, table in numbered(where, tables)]
    return tuple(section for section in built if section is not None)


def numbered(where: str, sections: Sequence[Section]) -> Iterator[tuple[str, Section]]:
    """Each of the sections of a name with what problems call it: `where` alone if it is the only one."""
    for number, section in enumerate(sections, 1):
        yield (where if len(sections) == 1 else f"{where} {number}"), section


def _texts(value: Any, where: str, name: str, problems: list[str]) -> Iterator[tuple[str, str]]:
    """Names and texts of a section of `names`. TOML reads the dots of a name without quotes as tables within tables."""
    if isinstance(value, str) and name:
        yield name, value
    elif isinstance(value, Mapping):
        for part, inner in value.items():
            yield from _texts(inner, where, f"{name}.{part}" if name else part, problems)
    else:
        what = f"{_where(where, name)} must be a text" if name else f"{where} must be a section, [{where}]"
        problems.append(f"{what}, not {value!r}")


_TYPE_NAMES = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a path (text)",
}
