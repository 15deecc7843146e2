"""prober analysis: print figures with their uncertainty, from results.db."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from prober.cli.output import CommandGroup, emit, listing
from prober.reporting.words import labels
from prober.services.context import Context
from prober.services.figures import analysis as service

_frame = click.option("--frame", help="2019, 2025 or one of your own. Default: the one that was touched last.")
_steps = click.option("--steps", is_flag=True, help="Every step of the curves, with its interval.")
_campaign = click.argument("campaign", required=False)


@click.group(cls=CommandGroup)
def analysis() -> None:
    """Print figures with their uncertainty; the rules are in docs/method.md."""


@analysis.command()
@_frame
@click.option("--corrected", is_flag=True,
              help="Shares of agencies asked, beside them as a reader of all replies would have them.")  # fmt: skip
@listing
@click.pass_obj
def shares(context: Context, frame: str | None, corrected: bool, as_json: bool) -> None:
    """Show each indicator with those not seen left out, all as not found, and all as found.

    Each has Wilson's and the exact interval.

    With --corrected the answers are corrected by what people read of a list drawn by `prober review --random N`; where
    nobody read any of it, the share rests on the machine alone, and it says what to read.
    """
    if corrected:
        rows = service.corrected(context, frame)
        _print(context, rows if as_json else list(map(_beside, rows)), as_json)
        for row in () if as_json else rows:
            click.echo(f"{row['indicator']}: {row['next']}")
        return
    _of(context, frame, as_json)
    _print(context, service.shares(context, frame), as_json)


@analysis.command()
@_frame
@listing
@click.pass_obj
def participation(context: Context, frame: str | None, as_json: bool) -> None:
    """Show the participation pillar, and beside it the earlier survey that the study names, where that has a number."""
    columns = ("indicator", "k", "n", "not_found", "confirmed", "not_seen", "second_look", "unread", "share", "low",
               "high", "corrected", "corrected_low", "corrected_high",
               "reference", "reference_k", "reference_n", "reference_share", "difference", "difference_low",
               "difference_high")  # fmt: skip
    found = service.participation(context, frame)
    compared = any(row["reference"] for row in found.rows)  # with a survey of one frame
    shown = [name for name in columns if compared or not name.startswith(("reference", "difference"))]
    _of(context, frame, as_json)
    _print(context, found.rows, as_json, shown)
    for indicator, words in () if as_json else found.uncounted:
        click.echo(f"{indicator}: {words.en}")


@analysis.command()
@click.argument("indicator")
@click.option("--by", type=click.Choice(("region", "pobi_region", "technology")), default="region", show_default=True,
              help="What makes a group; the technology is the portal's.")  # fmt: skip
@_frame
@listing
@click.pass_obj
def groups(context: Context, indicator: str, by: str, frame: str | None, as_json: bool) -> None:
    """Show INDICATOR, one of `headline`, by region or technology; each group is tested against all others together."""
    _print(context, service.groups(context, frame, indicator, by), as_json)


@analysis.command()
@click.option("--frame", help="The earlier frame. Default: the first one of the study.")
@click.option("--units", is_flag=True, help="One row for each unit and indicator, with the parts it was made of.")
@listing
@click.pass_obj
def merged(context: Context, frame: str | None, units: bool, as_json: bool) -> None:
    """Show results of an earlier frame over the units that took over: found where one of the parts has it."""
    _print(context, service.merged(context, frame or context.study.frame_names[0], units), as_json)


@analysis.command()
@_campaign
@_steps
@listing
@click.pass_obj
def times(context: Context, campaign: str | None, steps: bool, as_json: bool) -> None:
    """Show how long answers took: medians and restricted means, silence censored; hours and working days."""
    _print(context, service.times(context, campaign, steps), as_json)


@analysis.command()
@_campaign
@_steps
@listing
@click.pass_obj
def fates(context: Context, campaign: str | None, steps: bool, as_json: bool) -> None:
    """Show what became of requests by which working day: answered, refused, passed on, not delivered."""
    _print(context, service.fates(context, campaign, steps), as_json)


@analysis.command()
@_frame
@_steps
@listing
@click.pass_obj
def questions(context: Context, frame: str | None, steps: bool, as_json: bool) -> None:
    """Show how many days published questions waited for a published answer, and how many vanished."""
    columns = () if steps else (
        "agency", "questions", "answered", "timed", "censored", "undated", "median_days", "median_low", "median_high",
        "vanished", "missing", "unreached",
    )  # fmt: skip
    _print(context, service.questions(context, frame, steps), as_json, columns)


@analysis.command()
@click.argument("before")
@click.argument("after")
@click.option(
    "--kind",
    help="BEFORE and AFTER are numbers of scans; compare this indicator, for example qa.",
)
@listing
@click.pass_obj
def waves(context: Context, before: str, after: str, kind: str | None, as_json: bool) -> None:
    """Show which agencies changed between two campaigns, or two scans: McNemar's exact test.

    Waves of different frames are compared over the units of the later one.
    """
    _print(context, service.waves(context, before, after, kind), as_json)


@analysis.command()
@_campaign
@click.option("--redraws", type=click.IntRange(99, 99_999), default=service.REDRAWS, show_default=True,
              help="How often the draw is done again with another seed.")  # fmt: skip
@listing
@click.pass_obj
def arms(context: Context, campaign: str | None, redraws: int, as_json: bool) -> None:
    """Compare two arms by repeating their draw; with the least difference that they could have shown."""
    row = service.arms(context, campaign, redraws)
    shown = [row] if as_json else [{"what": name.replace("_", " "), "value": value} for name, value in row.items()]
    _print(context, shown, as_json)


def _beside(row: Mapping[str, Any]) -> dict[str, str]:
    """Return a row of corrected shares in few columns."""
    raw = f"{row['k']} of {row['n']} = {row['share']:.3f} ({row['low']:.3f}–{row['high']:.3f})"
    share = "" if row["corrected"] is None else f"{row['corrected']:.3f}"
    interval = "" if row["corrected_low"] is None else f" ({row['corrected_low']:.3f}–{row['corrected_high']:.3f})"
    read = f"{row['read'] or 0} of {row['drawn']}, {row['wrong'] or 0} mistaken" if row["drawn"] else "no list"
    return {
        "indicator": row["indicator"], "raw": raw, "corrected": share + interval, "list read": read,
        "unread": str(row["unread"]),
    }  # fmt: skip


def _of(context: Context, frame: str | None, as_json: bool) -> None:
    """Print what the figures are of, in the study's words."""
    if not as_json:
        click.echo(f"{service.called(context, frame)}\n")


def _print(context: Context, rows: Sequence[Mapping[str, Any]], as_json: bool, columns: Sequence[str] = ()) -> None:
    """Print a table; figures that say nothing about real agencies are marked."""
    mark = labels.mark(context.config.world)
    emit(rows, as_json, columns, mark.data.en if mark else "")
