"""prober eval: measure detectors and classifiers on labelled cases, or on the embedded world."""

from pathlib import Path

import click

from prober.cli.output import emit, listing
from prober.errors import UsageError
from prober.services import evaluate as service
from prober.services.context import Context
from prober.services.evaluation.scores import KEPT


@click.command()
@click.argument("cases", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--world", is_flag=True, help="The last crawl of the embedded world against the world's truth file.")
@click.option("--record", "name", metavar="NAME", help=f"Keep the scores in {KEPT} under NAME.")
@listing
@click.pass_obj
def evaluate(context: Context, cases: Path | None, world: bool, name: str | None, as_json: bool) -> None:
    """Show precision, recall and every miss: on labelled pages, mails or replies in CASES, or on the embedded world.

    What CASES holds is known from the columns of its labels.csv; it is read in the words of the study that prober.toml
    names. With --world, run `prober demo` or `prober crawl` in
    the same folder first. --record is for a checkout: docs/accuracy.md prints what it keeps, and a test fails where a
    detector is newer than its scores.
    """
    if world == (cases is not None):
        raise UsageError("name a folder of labelled cases, or --world for the last crawl of the embedded world")
    rows = service.evaluate(context, cases, name)
    if as_json:
        emit(rows, True)
        return
    emit(rows, False, columns=[column for column in rows[0] if column not in ("misses", "wrongs")] if rows else ())
    for row in rows:
        for word, names in (("missed", row.get("misses", ())), ("wrong", row.get("wrongs", ()))):
            for missed in names:
                click.echo(f"{row.get('kind') or row['measure']} {word}: {missed}")
