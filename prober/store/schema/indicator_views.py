"""Make the parts of the views that are about indicators from what the study of this file has declared.

The table `indicator` says what was declared, so every reader of a file sees the columns and lines of its own study.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlite_utils import Database

from prober.domain.indicator import BY_KIND, INDICATORS, Figure, Indicator, Words, column_of, figures_of, is_name
from prober.domain.verdicts import QA_PUBLISHED


class Declared(NamedTuple):
    """One indicator of a file: its name and label, and its lines in `headline` where these are not all."""

    name: str
    label: Words
    figures: tuple[str, ...] = ()


DECLARED_BY_POBI = tuple(Declared(one.kind, one.name) for one in INDICATORS)


def declare(db: Database, sought: Iterable[Indicator]) -> None:
    """Write what a study looks for into `indicator`; what it no longer looks for stays there, without a column."""
    db.execute("UPDATE indicator SET sought = 0")
    rows = [(one.kind, place, *one.name, one.source, 1, _some(one)) for place, one in enumerate(sought, 1)]
    db.conn.executemany(
        "INSERT INTO indicator VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET (position, label_vi, "
        "label_en, source, sought, figures) = (excluded.position, excluded.label_vi, excluded.label_en, "
        "excluded.source, 1, excluded.figures)",
        rows,
    )


def _some(one: Indicator) -> str:
    """Return the names of the lines of an indicator of POBI's; "" where the study has them all."""
    kept = [figure.name for figure in one.figures]
    return " ".join(kept) if one.kind in BY_KIND and len(kept) < len(BY_KIND[one.kind].figures) else ""


def declared(db: Database) -> tuple[Declared, ...]:
    """Return what the study of a file looks for, in its order. A name that no study can declare is left out."""
    rows = db.execute(
        "SELECT name, label_vi, label_en, figures FROM indicator WHERE sought = 1 ORDER BY position"
    ).fetchall()
    return tuple(
        Declared(name, (vi, en), tuple(figures.split()))
        for name, vi, en, figures in rows
        if name in BY_KIND or is_name(name)
    )


def filled(statement: str, sought: Sequence[Declared] = DECLARED_BY_POBI) -> str:
    """Return a statement of views.sql with its parts in braces filled for the indicators `sought`."""
    if "{" not in statement:
        return statement
    own = [one.name for one in sought if one.name not in BY_KIND]
    figures = [
        figure
        for one in sought
        for figure in figures_of(one.name, one.label)
        if _proved(figure, sought) and (not one.figures or figure.name in one.figures)
    ]
    parts = {
        "states": "\n    ".join(_states(sought)),
        "waits": "\n    ".join(_waits(sought)),
        "decided": "\n    ".join(_decided(sought)),
        "more": "".join(f"\n  COALESCE(s.has_{name}, 'not_seen') AS has_{name}," for name in own),
        "waiting": "".join(f"\n    || CASE WHEN s.{name}_waits THEN '{name}, ' ELSE '' END" for name in own),
        "confirming": "".join(f"\n    || CASE WHEN s.{name}_decided THEN '{name}, ' ELSE '' END" for name in own),
        "labels": "".join(_label(place, figure) for place, figure in enumerate(figures, 1)).lstrip(),
        "counted": "".join(map(_counted, figures)).lstrip() + "      " * bool(figures),
        "counted_by": ", ".join(("qa_level", *_COUNTED, *(f"has_{name}" for name in own))),
    }
    for name, part in parts.items():
        statement = statement.replace(f"{{{name}}}", part)
    return statement


# Columns of `participation` with the state of an indicator of POBI.
_COUNTED = tuple(dict.fromkeys(figure.column for one in INDICATORS for figure in one.figures))


def _proved(figure: Figure, sought: Sequence[Declared]) -> bool:
    return {one.name for one in sought}.issuperset(figure.kinds)


def _shown(sought: Sequence[Declared]) -> tuple[str, ...]:
    """Return what has columns of its own: POBI's, for the pages that show them, and what else the study looks for.

    The budget may be on either of two sites, so its columns are made elsewhere.
    """
    own = (one.name for one in sought if one.name not in BY_KIND)
    return (*(name for name, known in BY_KIND.items() if not known.of_departments), *own)


def _states(sought: Sequence[Declared]) -> Iterable[str]:
    """Yield the columns with state and level of each indicator."""
    for name in _shown(sought):
        yield f"MAX(CASE WHEN kind = '{name}' THEN answer END) AS {column_of(name)},"
        if name in BY_KIND and BY_KIND[name].leveled:
            # A person who says that there is one has not said of what level: of the least that counts.
            level = f"CASE answer WHEN state THEN level WHEN 'found' THEN {QA_PUBLISHED} ELSE 0 END"
            yield f"MAX(CASE WHEN kind = '{name}' THEN {level} END) AS {name}_level,"


def _waits(sought: Sequence[Declared]) -> Iterable[str]:
    """Yield the columns that say that an indicator waits for a second look."""
    for name in _shown(sought):
        if name not in BY_KIND or BY_KIND[name].figures:
            yield f"MAX(kind = '{name}' AND second_look_since != '') AS {name}_waits,"


def _decided(sought: Sequence[Declared]) -> Iterable[str]:
    """Yield the columns that say that a person has confirmed the state of an indicator."""
    for name in _shown(sought):
        yield f"MAX(kind = '{name}' AND decided IN ('present', 'absent')) AS {name}_decided,"


def _label(place: int, figure: Figure) -> str:
    own = figure.own if figure.own[0] else figure.label
    words = ", ".join(_text(word) for pair in (figure.label, own) for word in reversed(pair))
    return f"  ({place}, '{figure.name}', {words}),\n"


def _counted(figure: Figure) -> str:
    column = figure.column
    if figure.least:
        column = f"CASE WHEN {column} = 'found' AND qa_level < {figure.least} THEN 'not_found' ELSE {column} END"
    return f"      WHEN '{figure.name}' THEN {column}\n"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
