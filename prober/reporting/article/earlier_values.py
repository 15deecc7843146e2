"""Compute what the figures of indicators were before: after each earlier scan, and in each earlier snapshot."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prober.domain.indicator import BY_KIND, Figure, figures_of
from prober.reporting.article.article_check import Past
from prober.reporting.figures.printed_figure import Basis
from prober.reporting.tables.indicators import OF_REQUESTS
from prober.store.reading.campaign_pairs import seen
from prober.store.reading.queries import rows

MOST_SCANS = 60  # the newest that are looked at


def earlier_values(basis: Basis, manifests: Iterable[Mapping[str, Any]]) -> dict[str, list[Past]]:
    """Return id → what the figure was, oldest first: by `manifests` of snapshots, and by the scans of results.db.

    Of a wave that repeats another, the first is an earlier value too.
    """
    found: dict[str, list[Past]] = {}
    for name, past in (*_of_snapshots(basis, manifests), *_of_scans(basis), *_of_wave(basis)):
        found.setdefault(name, []).append(past)
    return {name: sorted(values, key=lambda past: past.at) for name, values in found.items()}


def _named(basis: Basis, indicator: str, at: str, counts: tuple[int, int, int]) -> Iterator[tuple[str, Past]]:
    """Yield the figures of one indicator, of which so many were present, absent and unknown."""
    present, absent, unknown = counts
    whose, n = basis.offices if indicator in OF_REQUESTS else basis.sites, sum(counts)
    name = f"{basis.frame}.{whose}.{indicator}"
    yield f"{name}.share", Past(present, n, at)
    yield f"{name}.share-of-known", Past(present, n - unknown, at)
    yield f"{name}.absent", Past(absent, n, at)
    yield f"{name}.unknown", Past(unknown, n, at)


def _of_snapshots(basis: Basis, manifests: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Past]]:
    for manifest in manifests:
        for row in manifest.get("headline", ()):
            if row["frame"] == basis.frame:
                counts = (row["k"], row["absent"], row["unknown"])
                yield from _named(basis, row["indicator"], str(manifest["as_of"]), counts)


def _of_wave(basis: Basis) -> Iterator[tuple[str, Past]]:
    _, before = basis.earlier
    states = [row["answered"] for row in before]
    if states:
        at = max(row["accepted_at"] or "" for row in before)
        yield from _named(basis, "replied", at, _counts(states))


def _of_scans(basis: Basis) -> Iterator[tuple[str, Past]]:
    """Yield the figures after each scan but the newest; what a scan did not see stays as it was known before."""
    figures = list(_figures(basis))
    kinds = {kind for figure in figures for kind in figure.kinds}
    units = [row["portal"] for row in basis.provinces]
    known = {kind: dict.fromkeys(units, "unknown") for kind in kinds}
    scans = rows(basis.db, "scans", frame=basis.frame)[1 : MOST_SCANS + 1]
    for scan in reversed(scans):
        for kind, states in known.items():
            told = seen(basis.db, scan["id"], kind).items()
            states |= {unit: state for unit, state in told if unit in states and state != "unknown"}
        for figure in figures:
            states_of = [_joined([known[kind][unit] for kind in figure.kinds]) for unit in units]
            yield from _named(basis, figure.name, scan["started_at"], _counts(states_of))


def _figures(basis: Basis) -> Iterator[Figure]:
    """Yield the figures that are counted from verdicts alone, by no level, category or second site."""
    names = {row["indicator"] for row in basis.headline}
    for one in BY_KIND.values():
        for figure in one.figures:
            plain = figure.column == one.column or len(figure.kinds) > 1
            if figure.name in names and plain and not figure.least and not one.of_departments:
                yield figure
    for name in names - set(OF_REQUESTS) - {figure.name for one in BY_KIND.values() for figure in one.figures}:
        yield from figures_of(name, (name, name))


def _joined(states: list[str]) -> str:
    if "absent" in states:
        return "absent"
    return "present" if set(states) == {"present"} else "unknown"


def _counts(states: list[str]) -> tuple[int, int, int]:
    return states.count("present"), states.count("absent"), states.count("unknown")
