"""Compute tables of shares: by reading of what was not seen, by group, against an earlier survey, by merged unit.

Every table is a list of rows of plain values, shares in 0..1 rounded to six decimals, so that it prints as a table,
JSON or CSV alike. The rules are in prober.reporting.statistics and docs/method.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from prober.domain.indicator import INDICATORS, column_of
from prober.reporting.statistics.merged_units import merged
from prober.reporting.statistics.proportions import Interval, holm, newcombe, readings, wilson
from prober.reporting.statistics.randomisation import fisher
from prober.store.reading.queries import Row

Table = list[dict[str, Any]]
DECIMALS = 6  # enough that rounding once more, to per cent with one decimal, changes no printed digit


def _form(row: Row) -> str:
    """Return the state of a form, which level 3 or more has: the section takes questions."""
    state = str(row["has_qa"])
    return "not_found" if state == "found" and row["qa_level"] < 3 else state


def _column(name: str) -> Callable[[Row], str]:
    return lambda row: str(row[name])


def _human(row: Row) -> str:
    if row["first_human_reply_hours"] is not None:
        return "found"
    return "not_seen" if row["answered"] == "not_seen" else "not_found"


# Indicator of the view `headline` → function that returns its state in a row of `participation`.
STATE_OF: Mapping[str, Callable[[Row], str]] = {
    **{figure.name: _column(figure.column) for indicator in INDICATORS for figure in indicator.figures},
    "qa_form": _form,
    "replied": _column("answered"),
    "human": _human,
}
_SHOWN = frozenset(indicator.column for indicator in INDICATORS)
OF_REQUESTS = ("replied", "human")  # over agencies that were asked; all others over all provinces


def rounded(number: float | None) -> float | None:
    """Return a share rounded to the printed precision, that of the view `headline`."""
    return None if number is None else round(number, DECIMALS)


def significant(p: float | None) -> float | None:
    """Return a p rounded to three significant digits; 0.00002 must not print as 0.

    >>> significant(0.0000214)
    2.14e-05
    """
    return None if p is None else float(f"{p:.3g}")


def ends(interval: Interval | None, prefix: str = "") -> dict[str, float | None]:
    """Return `low` and `high` as two columns."""
    low, high = (interval.low, interval.high) if interval else (None, None)
    return {f"{prefix}low": rounded(low), f"{prefix}high": rounded(high)}


def of_study(provinces: Sequence[Row], headline: Sequence[Row]) -> tuple[str, ...]:
    """Return the indicators of rows of `participation` that `headline` has: what the study looks for, and requests.

    A file has columns for more: what no study has looked for there is not known of anybody, and is no result.
    """
    own = [name[4:] for name in (provinces[0] if provinces else ()) if name.startswith("has_") and name not in _SHOWN]
    known = {row["indicator"] for row in headline}
    ordered = (*(name for name in STATE_OF if name not in OF_REQUESTS), *own, *OF_REQUESTS)
    return tuple(name for name in ordered if name in known)


def _second_look(provinces: Iterable[Row], indicator: str) -> dict[str, str]:
    """Return `states` as they would be if every second look that is waited for said what the first one said."""
    waits = {row["portal"] for row in provinces if indicator in row["second_look"].split(", ")}
    return {portal: "not_found" if portal in waits else state for portal, state in states(provinces, indicator).items()}


def states(provinces: Iterable[Row], indicator: str) -> dict[str, str]:
    """Return portal (Agency.id) → found, not_found or not_seen.

    Indicators of requests cover only the provinces whose department was asked.
    """
    state_of = STATE_OF.get(indicator) or _column(column_of(indicator))
    return {row["portal"]: state_of(row) for row in provinces if indicator not in OF_REQUESTS or row["asked"]}


def shares(provinces: Sequence[Row], headline: Sequence[Row]) -> Table:
    """Return each indicator under the three readings of what was not seen, with Wilson's and the exact interval.

    `k_second_look` are those of k that wait for a second look: they would leave k if it said what the first one said.
    """
    return [
        row
        for indicator in of_study(provinces, headline)
        for row in _read(indicator, states(provinces, indicator).values(), _second_look(provinces, indicator).values())
    ]


def _read(indicator: str, found: Iterable[str], second_look: Iterable[str]) -> Table:
    pairs = zip(readings(found), readings(second_look), strict=True)
    return [
        {
            "indicator": indicator, "not_seen": reading.treatment, "k": reading.k, "n": reading.n,
            "k_second_look": None if indicator in OF_REQUESTS else reading.k - confirmed.k,
            "share": rounded(reading.share), **ends(reading.wilson, "wilson_"), **ends(reading.exact, "exact_"),
        }
        for reading, confirmed in pairs if reading.n
    ]  # fmt: skip


def groups(provinces: Sequence[Row], indicator: str, group_of: Mapping[str, str]) -> Table:
    """Return one indicator in each group (portal → group), most portals first; those not seen stay in n.

    `p_rest` is Fisher's exact test of the group against all others together, adjusted for the number of groups (Holm):
    one of eight groups looks special easily.
    """
    found, again = states(provinces, indicator), _second_look(provinces, indicator)
    members: dict[str, list[str]] = {}
    waiting: dict[str, int] = {}
    for portal, state in found.items():
        group = group_of.get(portal, "")
        members.setdefault(group, []).append(state)
        waiting[group] = waiting.get(group, 0) + (state == "found" != again[portal])
    everyone = list(found.values())
    whole = everyone.count("found")
    tables = {group: (inside.count("found"), len(inside)) for group, inside in members.items()}
    tests = {
        group: fisher((k, n), (whole - k, len(everyone) - n)) for group, (k, n) in tables.items() if n < len(everyone)
    }
    adjusted = dict(zip(tests, holm(list(tests.values())), strict=True))
    return [
        {
            "group": group or "(not known)", "k": k, "n": n, "not_found": members[group].count("not_found"),
            "not_seen": members[group].count("not_seen"),
            "k_second_look": None if indicator in OF_REQUESTS else waiting[group],
            "share": rounded(k / n), **ends(wilson(k, n)), "p_rest": significant(adjusted.get(group)),
        }
        for group, (k, n) in sorted(tables.items(), key=lambda item: (-item[1][1], item[0]))
    ]  # fmt: skip


def participation(headline: Sequence[Row]) -> Table:
    """Return the participation indicators next to those of the earlier survey that the study names, where it has them.

    `difference` is this wave less that survey, with Newcombe's interval for independent shares: only its totals are
    given, so the two cannot be paired, and the interval is rather too wide than too narrow.
    """
    return [_beside(row) for row in headline]


def _beside(row: Row) -> dict[str, Any]:
    ours, theirs = (row["k"], row["n"]), (row["reference_k"], row["reference_n"])
    known = row["reference"] is not None
    interval = newcombe(ours, theirs) if known and row["n"] else None
    return {
        "indicator": row["indicator"], "label_en": row["label_en"], "label_vi": row["label_vi"],
        "k": row["k"], "n": row["n"], "not_found": row["not_found"], "confirmed": row["confirmed"],
        "not_seen": row["not_seen"],
        "second_look": row["second_look"], "k_second_look": row["k_second_look"],
        "unread": row["unread"], "unsure": row["unsure"],
        "share": row["share"], "low": row["low"], "high": row["high"], "corrected": row["corrected"],
        "corrected_low": row["corrected_low"], "corrected_high": row["corrected_high"],
        "reference": row["reference"] or "", "reference_k": theirs[0], "reference_n": theirs[1],
        "reference_share": rounded(theirs[0] / theirs[1]) if known else None,
        **ends(wilson(*theirs) if known else None, "reference_"),
        "difference": rounded(ours[0] / ours[1] - theirs[0] / theirs[1]) if interval else None,
        **ends(interval, "difference_"),
    }  # fmt: skip


def beside_others(headline: Sequence[Row], others: Sequence[Row]) -> Table:
    """Return the answers of the study, of its earlier survey and of `others`, with intervals; none without `others`.

    They are shown beside each other and not subtracted: each counts something else.
    """
    ours = next((row for row in headline if row["indicator"] == "replied"), None)
    if ours is None or not others:
        return []
    found = [("", ours["k"], ours["n"], "", "")]
    if ours["reference"]:
        found.append((ours["reference"], ours["reference_k"], ours["reference_n"], "", ""))
    found += [(row["name"], row["k"], row["n"], row["of_vi"], row["of_en"]) for row in others]
    return [
        {"survey": name, "k": k, "n": n, "share": rounded(k / n), **ends(wilson(k, n)), "of_vi": vi, "of_en": en}
        for name, k, n, vi, en in found
    ]


def merger(provinces: Sequence[Row], headline: Sequence[Row], successors: Mapping[str, str]) -> Table:
    """Return each indicator over the units of the later frame, by reading of what was not seen."""
    rows: Table = []
    for indicator in of_study(provinces, headline):
        units, again = (
            _of_units(found, successors).values()
            for found in (states(provinces, indicator), _second_look(provinces, indicator))
        )
        rows += _read(indicator, units, again)
    return rows


def _of_units(found: Mapping[str, str], successors: Mapping[str, str]) -> dict[str, str]:
    into = {portal: successors[portal] for portal in found if portal in successors}
    return merged({portal: found[portal] for portal in into}, into)


def merged_units(provinces: Sequence[Row], headline: Sequence[Row], successors: Mapping[str, str]) -> Table:
    """Return one row per unit of the later frame and indicator: its parts, and its state."""
    rows: Table = []
    for indicator in of_study(provinces, headline):
        found = states(provinces, indicator)
        for unit, state in _of_units(found, successors).items():
            parts = sorted(portal for portal in found if successors.get(portal) == unit)
            rows.append({"unit": unit, "indicator": indicator, "parts": ", ".join(parts), "state": state})
    return rows
