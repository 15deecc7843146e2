"""prober review --agreement: how far two coders who read the same replies see the same."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import click

from prober.cli.output import emit
from prober.domain.correspondence import SUBSTANTIVE, Event
from prober.reporting.statistics import agreement as measure
from prober.services.context import Context
from prober.store.private.codings import QUALITIES
from prober.store.reading import review_queue


def print_agreement(context: Context, as_json: bool) -> None:
    """Every measure for every pair of coders, and below them the replies on which they differ."""
    rows = list(agreement_rows(review_queue.coded_twice(context.results)))
    if as_json:
        emit(rows, True)
        return
    columns = ("measure", "coders", "n", "raw", "kappa", "ac1", "alpha")
    if not rows:
        click.echo("no reply was read by two people yet: prober review --coder INITIALS --sample N")
        return
    emit([{k: f"{v:.3f}" if isinstance(v, float) else v for k, v in row.items()} for row in rows], False, columns)
    for row in rows:
        for difference in row["differences"]:
            click.echo(f"{row['measure']} differs: {difference}")


def agreement_rows(codings: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One row per measure and pair of coders: class, answer or not (nominal), quality per document (ordinal)."""
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
