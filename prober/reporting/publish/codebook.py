"""Write the codebook: every variable of a snapshot with its meaning and the range of its values."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prober.reporting.publish.sheets import Profile, Sheet, Variable
from prober.reporting.words import labels

Profiles = Mapping[str, tuple[int, Mapping[str, Profile]]]  # by sheet: rows, and by variable what it holds
COLUMNS = (
    "table", "variable", "type", "unit", "meaning", "references", "values", "rows", "filled", "lowest", "highest",
)  # fmt: skip
_FILES = """\
Each table and view is `csv/NAME.csv` and `parquet/NAME.parquet`; `results.db` holds all of them for SQL.
CSV is UTF-8 with a byte order mark; an empty cell is either missing or an empty text, which only Parquet tells apart.
Text in a CSV cell that a spreadsheet would run as a formula starts with an apostrophe; Parquet has it as it was.
Times are ISO 8601 with offset, truth values 0 or 1, lists and maps JSON text."""


def table(sheets: Sequence[Sheet], profiles: Profiles) -> Iterator[tuple[object, ...]]:
    """Yield the rows of codebook.csv, under COLUMNS."""
    for sheet in sheets:
        total, held = profiles[sheet.name]
        for v in sheet.variables:
            p = held[v.name]
            yield (
                sheet.name, v.name, v.type, v.unit, v.about, v.references, _values(v, p),
                total, p.filled, p.low, p.high,
            )  # fmt: skip


def markdown(sheets: Sequence[Sheet], profiles: Profiles, facts: Mapping[str, Any]) -> str:
    """Return codebook.md, the codebook for people."""
    mark = labels.mark(facts["world"])
    marked = f"\n\n**{mark.data.en}. They say nothing about any real agency.**" if mark else ""
    provisional = f"\n\n**Provisional: {_unread(facts)}**" if facts["provisional"] else ""
    made = f"Data as of {facts['as_of']}, prober {facts['prober']}, schema {facts['schema']}."
    parts = [
        f"# Codebook{marked}{provisional}\n\n{made}",
        _FILES,
        *(_section(sheet, *profiles[sheet.name]) for sheet in sheets),
    ]
    return "\n\n".join(parts) + "\n"


def _unread(facts: Mapping[str, Any]) -> str:
    return f"the results of {sum(facts['unread'].values())} requests rest on replies that no person has read."


def _section(sheet: Sheet, total: int, held: Mapping[str, Profile]) -> str:
    lines = [_line(variable, held[variable.name]) for variable in sheet.variables]
    what = "view" if sheet.is_view else "table"
    head = f"## {sheet.name} ({what}, {total} rows)\n\n{sheet.about}\n\n| variable | type | meaning | filled | holds |"
    return "\n".join([head, "|---|---|---|---|---|", *lines])


def _line(v: Variable, profile: Profile) -> str:
    return f"| `{v.name}` | {v.type.lower()} | {_cell(v.about)}{_more(v)} | {profile.filled} | {_held(v, profile)} |"


def _more(variable: Variable) -> str:
    unit = f" Unit: {variable.unit}." if variable.unit else ""
    return unit + (f" → `{variable.references}`" if variable.references else "")


def _held(variable: Variable, profile: Profile) -> str:
    if variable.values:
        return _cell(_values(variable, profile))
    return "" if profile.low is None else f"{profile.low} to {profile.high}"


def _values(variable: Variable, profile: Profile) -> str:
    if profile.counts is None:
        return ", ".join(value or "(empty)" for value in variable.values)
    return ", ".join(f"{value or '(empty)'}: {count}" for value, count in profile.counts.items())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
