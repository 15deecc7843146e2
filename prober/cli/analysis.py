"""`prober analysis`: figures with all that is uncertain about them, from results.db."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import click

from prober.cli.output import emit, listing
from prober.domain.working_days import Calendar, vietnam
from prober.errors import UsageError
from prober.reporting.statistics.merged_units import successor_of
from prober.reporting.tables import indicators, reply_tables
from prober.services.context import Context
from prober.store.reading import campaign_pairs as store
from prober.store.reading.queries import Row
from prober.store.reading.study import Study, study
from prober.store.schema.vocabulary import KINDS

_frame = click.option("--frame", help="2019 or 2025. Default: the one that was touched last.")
_steps = click.option("--steps", is_flag=True, help="Every step of the curves, with its interval.")
_campaign = click.argument("campaign", required=False)


@click.group()
def analysis() -> None:
    """Figures with all that is uncertain about them; the rules are in docs/method.md."""


@analysis.command()
@_frame
@listing
@click.pass_obj
def shares(context: Context, frame: str | None, as_json: bool) -> None:
    """Each indicator with unknown left out, all absent and all present; Wilson's and the exact interval."""
    _print(context, indicators.shares(_study(context, frame).provinces), as_json)


@analysis.command()
@_frame
@listing
@click.pass_obj
def participation(context: Context, frame: str | None, as_json: bool) -> None:
    """The participation pillar beside POBI 2019, where POBI's number is known."""
    columns = ("indicator", "k", "n", "unknown", "unread", "share", "low", "high", "pobi_2019", "pobi_k", "pobi_n",
               "pobi_share", "difference", "difference_low", "difference_high")  # fmt: skip
    _print(context, indicators.participation(_study(context, frame).headline), as_json, columns)


@analysis.command()
@click.argument("indicator", type=click.Choice(tuple(indicators.STATE_OF)))
@click.option("--by", type=click.Choice(("region", "pobi_region", "technology")), default="region", show_default=True,
              help="What makes a group; the technology is the portal's.")  # fmt: skip
@_frame
@listing
@click.pass_obj
def groups(context: Context, indicator: str, by: str, frame: str | None, as_json: bool) -> None:
    """One indicator by region or technology, each group tested against all others together."""
    found = _study(context, frame)
    rows = (
        {row["agency"]: row["technology"] for row in found.coverage}
        if by == "technology"
        else {row["portal"]: row[by] for row in found.provinces}
    )
    _print(context, indicators.groups(found.provinces, indicator, rows), as_json)


@analysis.command()
@click.option("--frame", default="2019", show_default=True, help="The earlier frame.")
@click.option("--units", is_flag=True, help="One row for each unit and indicator, with the parts it was made of.")
@listing
@click.pass_obj
def merged(context: Context, frame: str, units: bool, as_json: bool) -> None:
    """Results of the 63 provinces as those of the 34 units, by two rules: any, all of the parts had it."""
    found = _study(context, frame)
    into = _successors(context)
    if not any(row["portal"] in into for row in found.provinces):
        raise UsageError(f"nothing took over from frame {found.frame}: --frame must name an earlier one, such as 2019")
    _print(context, (indicators.merged_units if units else indicators.merger)(found.provinces, into), as_json)


@analysis.command()
@_campaign
@_steps
@listing
@click.pass_obj
def times(context: Context, campaign: str | None, steps: bool, as_json: bool) -> None:
    """How long answers took: medians and restricted means, silence censored; hours and working days."""
    _print(context, (reply_tables.curves if steps else reply_tables.times)(*_letters(context, campaign)), as_json)


@analysis.command()
@_campaign
@_steps
@listing
@click.pass_obj
def fates(context: Context, campaign: str | None, steps: bool, as_json: bool) -> None:
    """What became of requests by which working day: answered, refused, passed on, not delivered."""
    _print(context, (reply_tables.incidences if steps else reply_tables.fates)(*_letters(context, campaign)), as_json)


@analysis.command()
@click.argument("before")
@click.argument("after")
@click.option("--kind", type=click.Choice(KINDS), help="BEFORE and AFTER are numbers of scans; compare this kind.")
@listing
@click.pass_obj
def waves(context: Context, before: str, after: str, kind: str | None, as_json: bool) -> None:
    """Who turned between two campaigns, or two scans: McNemar's exact test.

    Waves of different frames are compared over the units of the later one, once for each rule of merging.
    """
    context.needs_results()
    read = _scan if kind else _answers
    (frame, first), (later, second) = (read(context, name, kind or "") for name in (before, after))
    successors = None if frame == later else _successors(context)
    if successors is not None and not set(first) & set(successors):
        raise UsageError(f"{before} is of frame {frame} and {after} of {later}: name the earlier frame first")
    _print(context, reply_tables.waves(first, second, successors), as_json)


@analysis.command()
@_campaign
@click.option("--redraws", type=click.IntRange(99, 99_999), default=reply_tables.REDRAWS, show_default=True,
              help="How often the draw is done again with another seed.")  # fmt: skip
@listing
@click.pass_obj
def arms(context: Context, campaign: str | None, redraws: int, as_json: bool) -> None:
    """Two arms compared by doing their draw again; with the least difference that they could have shown."""
    context.needs_results()
    db = context.results
    chosen = store.campaign(db, campaign)
    names = store.arms(chosen)
    places = store.places(db, chosen["id"])
    earlier = None
    if before := chosen["pairs_with"]:
        first = store.campaign(db, before)
        rows = store.places(db, before)
        earlier = (reply_tables.draw_of(first["seed"], names, rows), rows)
    drawn = reply_tables.draw_of(chosen["seed"], names, places, earlier)
    with context.observer.task("redraws") as show:
        done = itertools.count(1)
        try:
            row = reply_tables.arms(
                store.asked(db, chosen["id"]), drawn, redraws, lambda: show("", next(done), redraws)
            )
        except ValueError as error:
            raise UsageError(f"campaign {chosen['id']}: {error}") from error
    shown = [row] if as_json else [{"what": name.replace("_", " "), "value": value} for name, value in row.items()]
    _print(context, shown, as_json)


def _print(context: Context, rows: Sequence[Mapping[str, Any]], as_json: bool, columns: Sequence[str] = ()) -> None:
    """A table of simulated figures says so."""
    emit(rows, as_json, columns, "Simulated data" if context.config.simulated else "")


def _study(context: Context, frame: str | None) -> Study:
    context.needs_results()
    return study(context.results, frame)


def _letters(context: Context, name: str | None) -> tuple[list[Row], list[Row], int, Calendar]:
    """Requests, replies, waiting time in working days, calendar."""
    context.needs_results()
    chosen = store.campaign(context.results, name)
    rows, received = store.asked(context.results, chosen["id"]), store.replies(context.results, chosen["id"])
    return rows, received, chosen["waiting_working_days"], vietnam()


def _answers(context: Context, name: str, _kind: str) -> tuple[str, dict[str, str]]:
    """Frame of a campaign, and agency → answered or not."""
    chosen = store.campaign(context.results, name)
    return chosen["frame"], {row["agency"]: row["answered"] for row in store.asked(context.results, name)}


def _scan(context: Context, number: str, kind: str) -> tuple[str, dict[str, str]]:
    """Frame of a scan, and portal → state of `kind`."""
    if not number.isdecimal():
        raise UsageError(f"--kind compares scans, and {number!r} is no number of one; see the table scan")
    return store.scan(context.results, int(number))["frame"], store.seen(context.results, int(number), kind)


def _successors(context: Context) -> Mapping[str, str]:
    """Predecessor → successor. Raises UsageError where an agency was divided."""
    try:
        return successor_of(store.successions(context.results))
    except ValueError as error:
        raise UsageError(f"agency_successor: {error}; correct the file and run `prober agencies import`") from error
