"""Measure the agreement of two coders who read the same replies."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from prober.domain.correspondence import SUBSTANTIVE, Event
from prober.reporting.statistics import agreement as measure
from prober.services.context import Context
from prober.store.private.codings import QUALITIES
from prober.store.reading import review_queue


def agreement(context: Context) -> list[dict[str, Any]]:
    """Return every measure for every pair of coders, with the replies on which they differ."""
    context.project()
    return list(agreement_rows(review_queue.coded_twice(context.results)))


def agreement_rows(codings: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield one row per measure and pair of coders: class, answer or not (nominal), quality per document (ordinal)."""
    by_reply: dict[int, dict[str, dict[str, Any]]] = {}
    for row in codings:
        by_reply.setdefault(row["reply"], {})[row["coder"]] = row
    pairs = {pair for said in by_reply.values() for pair in combinations(sorted(said), 2)}
    for first, second in sorted(pairs):
        both = [(said[first], said[second]) for said in by_reply.values() if {first, second} <= set(said)]
        classes = [(_where(a), a["event"], b["event"]) for a, b in both]
        answers = [(where, a in SUBSTANTIVE, b in SUBSTANTIVE) for where, a, b in classes]
        marks = [
            (f"{_where(a)} document {item}", a["items"][item], b["items"][item])
            for a, b in both
            for item in a["items"]
            if item in b["items"]
        ]
        coders = f"{first}, {second}"
        yield _measured("class", coders, classes, [event.value for event in Event], measure.nominal)
        yield _measured("answer", coders, answers, [False, True], measure.nominal)
        yield _measured("quality", coders, marks, list(QUALITIES), measure.ordinal)


def _where(row: dict[str, Any]) -> str:
    return f"{row['agency']} {row['message_sha256'][:12]}"


def _measured(
    name: str, coders: str, units: list[tuple[str, Any, Any]], order: list[Any], distance: measure.Distance
) -> dict[str, Any]:
    pairs = [(a, b) for _, a, b in units]
    return {
        "measure": name, "coders": coders, "n": len(pairs), "raw": measure.raw(pairs),
        "kappa": measure.cohen_kappa(pairs), "ac1": measure.gwet_ac1(pairs),
        "alpha": measure.krippendorff_alpha(pairs, order, distance),
        "differences": [f"{where}: {a} or {b}" for where, a, b in units if a != b],
    }  # fmt: skip
