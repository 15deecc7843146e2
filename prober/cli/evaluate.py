"""`prober eval`: how right the detectors and classifiers are on labelled cases."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mailroom.evaluation import evaluate_mails
from prober.cli.session import emit, listing
from prober.errors import UsageError
from prober.evaluation import evaluate_pages


@click.command()
@click.argument("cases", type=click.Path(exists=True, file_okay=False, path_type=Path))
@listing
def evaluate(cases: Path, as_json: bool) -> None:
    """Precision, recall and every miss on the labelled pages or mails in the folder CASES.

    What CASES holds is known from the columns of its labels.csv.
    """
    rows = _evaluator(cases)(cases)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    emit(rows, False, columns=[name for name in rows[0] if name not in ("misses", "wrongs")] if rows else ())
    for row in rows:
        for word, names in (("missed", row.get("misses", ())), ("wrong", row.get("wrongs", ()))):
            for name in names:
                click.echo(f"{row.get('kind') or row['measure']} {word}: {name}")


def _evaluator(cases: Path) -> Callable[[Path], list[dict[str, Any]]]:
    try:
        with (cases / "labels.csv").open(encoding="utf-8", newline="") as lines:
            columns = set(next(csv.reader(lines), ()))
    except OSError as error:
        raise UsageError(f"{cases}: labels.csv cannot be read: {error}") from error
    if "has_qa_link" in columns:
        return lambda folder: [score.row() for score in evaluate_pages(folder)]
    if {"kind", "permanence"} <= columns:
        return evaluate_mails
    raise UsageError(f"{cases}: labels.csv is neither of pages (has_qa_link) nor of mails (kind, permanence)")
