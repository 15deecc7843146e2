"""How full each column of a snapshot is, and what it holds: for the codebook, and for the gate on fill rates."""

from collections.abc import Mapping
from dataclasses import dataclass

from prober.reporting.publish.sheets import Sheet, Variable
from prober.store import Database

MOST_VALUES = 40  # a closed vocabulary that is longer is not counted value by value


@dataclass(frozen=True, slots=True)
class Profile:
    """One column: rows in which it says something, lowest and highest number, and rows per value of its vocabulary."""

    filled: int
    low: float | None = None
    high: float | None = None
    counts: Mapping[str, int] | None = None


def profile(snapshot: Database, sheet: Sheet) -> tuple[int, dict[str, Profile]]:
    """(rows, what each column holds), with one pass over the table and one more per closed vocabulary."""
    asked = ["COUNT(*)"]
    for variable in sheet.variables:
        filled = f"COALESCE(SUM([{variable.name}] IS NOT NULL AND [{variable.name}] != ''), 0)"
        asked += [filled, *(f"{bound}([{variable.name}])" for bound in ("MIN", "MAX") if _is_number(variable))]
    found = iter(snapshot.execute(f"SELECT {', '.join(asked)} FROM [{sheet.name}]").fetchone())
    total = next(found)
    profiles = {}
    for variable in sheet.variables:
        filled = next(found)
        low, high = (next(found), next(found)) if _is_number(variable) else (None, None)
        profiles[variable.name] = Profile(filled, low, high, _counts(snapshot, sheet, variable))
    return total, profiles


def _is_number(variable: Variable) -> bool:
    return variable.type in ("INTEGER", "REAL")


def _counts(snapshot: Database, sheet: Sheet, variable: Variable) -> dict[str, int] | None:
    if not variable.values or len(variable.values) > MOST_VALUES:
        return None
    found = dict(snapshot.execute(f"SELECT [{variable.name}], COUNT(*) FROM [{sheet.name}] GROUP BY 1").fetchall())
    return {value: found.get(value, 0) for value in variable.values}
