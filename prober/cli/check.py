"""prober check: say of each figure in a draft article whether it is right."""

from pathlib import Path

import click

from prober.cli.output import emit, listing
from prober.reporting.words.claim_words import VERDICTS
from prober.services.context import Context
from prober.services.figures import article as service
from prober.services.figures.article import CheckedFigure


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--frame", help="Frame that the article is about. Default: the one that was touched last.")
@listing
@click.pass_context
def check(ctx: click.Context, file: Path, frame: str | None, as_json: bool) -> None:
    """Say of each figure in FILE: right, rounded, outdated, mistaken, or not ours; with place and id of the figure.

    FILE is an article in Vietnamese or English, as text, Markdown, HTML, DOCX or another document. Exit code 1 where a
    figure is outdated or mistaken. Dates, sums of money and numbers of laws are passed over. It finds slips; that the
    words around a figure are fair, only a reader can say.
    """
    context: Context = ctx.obj
    found = service.check(context, file, frame)
    emit([_row(one) for one in found], as_json, ("place", "text", "verdict", "figure", "value", "why"))
    if any(one.verdict in service.WRONG for one in found):
        ctx.exit(1)


def _row(one: CheckedFigure) -> dict[str, object]:
    figure = one.figure
    value = "" if figure is None or figure.value is None else f"{figure.k} of {figure.n}"
    if figure and figure.k is None:
        value = "" if figure.value is None else f"{figure.value:g} ({figure.unit})"
    return {
        "place": f"{one.line}:{one.column}", "text": one.text, "verdict": VERDICTS[one.verdict].en,
        "figure": figure.id if figure else "", "value": value, "why": one.why.en, "why_vi": one.why.vi,
    }  # fmt: skip
