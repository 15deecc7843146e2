"""Compute figures with their uncertainty from results.db, as rows of tables."""

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from prober.campaign.design import power
from prober.domain.working_days import Calendar
from prober.errors import UsageError
from prober.reporting.statistics.merged_units import successor_of
from prober.reporting.tables import corrected_shares, indicators, question_times, reply_tables
from prober.reporting.tables.indicators import Table
from prober.reporting.tables.reply_tables import REDRAWS
from prober.reporting.tables.unread import rest
from prober.reporting.words import labels
from prober.reporting.words.labels import Text
from prober.services.context import Context
from prober.store.reading import campaign_pairs as store
from prober.store.reading.queries import Row, need_indicator, rows
from prober.store.reading.report_rows import ReportRows, references, report_rows

__all__ = [
    "REDRAWS", "Participation", "arms", "called", "corrected", "fates", "groups", "merged", "participation",
    "questions", "shares", "times", "waves",
]  # fmt: skip

_NO_SUCCESSOR = (
    "Nobody is known to have taken over from an agency of frame {}: `prober agencies import` takes a file with the "
    "columns predecessor, successor and effective_date"
)


def shares(context: Context, frame: str | None) -> Table:
    """Return the share of each indicator three times: those not seen left out, as not found, and as found."""
    found = _study(context, frame)
    return indicators.shares(found.provinces, found.headline)


def called(context: Context, frame: str | None) -> str:
    """Return what is counted, in the study's words: the title of the list, and what its rows are called."""
    study = _study(context, frame)
    many = f"{len(study.provinces)} {labels.units(study.kinds, study.terms).many.en}"
    title = labels.frame(study.frame, study.terms).en
    return title if title == many else f"{title}: {many}"


def corrected(context: Context, frame: str | None) -> Table:
    """Return the shares of the newest campaign of `frame` beside those corrected by what people read.

    Raises UsageError if nobody was asked yet.
    """
    campaign = _study(context, frame).campaign
    if campaign is None:
        raise UsageError("--corrected is about replies, and no campaign has asked anybody in this frame yet")
    asked, replies = (rows(context.results, name, campaign=campaign["id"]) for name in ("requests", "replies"))
    return corrected_shares.of_campaign(asked, replies)


@dataclass(frozen=True, slots=True)
class Participation:
    """The participation pillar, and in words what a row of it does not count: (indicator, words)."""

    rows: Table
    uncounted: tuple[tuple[str, Text], ...]


def participation(context: Context, frame: str | None) -> Participation:
    """Return the participation pillar with the values of the earlier survey that the study names."""
    found = indicators.participation(_study(context, frame).headline)
    said = [(row["indicator"], rest(row)) for row in found]
    return Participation(found, tuple((name, words) for name, words in said if words))


def groups(context: Context, frame: str | None, indicator: str, by: str) -> Table:
    """Return one indicator by region or technology, each group tested against all others together."""
    found = _study(context, frame)
    members = (
        {row["agency"]: row["technology"] for row in found.visited}
        if by == "technology"
        else {row["portal"]: row[by] for row in found.provinces}
    )
    if indicator not in (known := indicators.of_study(found.provinces, found.headline)):
        raise UsageError(f"no indicator is called {indicator!r}; this study has {', '.join(known)}")
    return indicators.groups(found.provinces, indicator, members)


def merged(context: Context, frame: str, units: bool) -> Table:
    """Return results of the units of `frame` as those of their successors; with `units` one row for each of these.

    Raises UsageError if no agency succeeded those of `frame`.
    """
    found = _study(context, frame)
    into = _successors(context, [row["portal"] for row in found.provinces])
    if not into:
        raise UsageError(f"{_NO_SUCCESSOR.format(found.frame)}; --frame names the earlier one")
    return (indicators.merged_units if units else indicators.merger)(found.provinces, found.headline, into)


def times(context: Context, campaign: str | None, steps: bool) -> Table:
    """Return how long answers took, with silence as censored; with `steps` every step of the curves."""
    return (reply_tables.curves if steps else reply_tables.times)(*_letters(context, campaign))


def fates(context: Context, campaign: str | None, steps: bool) -> Table:
    """Return the share of requests with each outcome by working day; with `steps` every step of the curves."""
    asked = _letters(context, campaign)
    if steps:
        return reply_tables.incidences(*asked)
    return reply_tables.fates(*asked, context.study.law.limits_of(store.campaign(context.results, campaign)["regime"]))


def questions(context: Context, frame: str | None, steps: bool) -> Table:
    """Return how long published questions waited for an answer; with `steps` every step of the curves."""
    context.needs_results()
    waits = rows(context.results, "question_waits", frame=_study(context, frame).frame)
    return (question_times.question_curves if steps else question_times.question_times)(waits)


def waves(context: Context, before: str, after: str, kind: str | None) -> Table:
    """Return the agencies that changed between two campaigns or, with a `kind` of finding, two scans.

    Raises UsageError if they cannot be compared.
    """
    context.needs_results()
    read = _scan if kind else _answers
    (frame, first), (later, second) = (read(context, name, kind or "") for name in (before, after))
    successors = None if frame == later else _successors(context, first)
    if successors == {}:
        raise UsageError(
            f"{before} is of frame {frame} and {after} of {later}: name the earlier frame first. "
            f"{_NO_SUCCESSOR.format(frame)}"
        )
    return reply_tables.waves(first, second, successors)


def arms(context: Context, campaign: str | None, redraws: int) -> Mapping[str, Any]:
    """Compare two arms by repeating their draw `redraws` times. Raises UsageError if there are not two arms."""
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
    rate = power.expected(chosen["expected_share"], references(db), chosen["frame"])
    with context.observer.task("redraws") as show:
        done = itertools.count(1)
        try:
            return reply_tables.arms(
                store.asked(db, chosen["id"]), drawn, rate, redraws, lambda: show("", next(done), redraws)
            )
        except ValueError as error:
            raise UsageError(f"campaign {chosen['id']}: {error}") from error


def _study(context: Context, frame: str | None) -> ReportRows:
    context.needs_results()
    return report_rows(context.results, frame, context.study.successions)


def _letters(context: Context, name: str | None) -> tuple[list[Row], list[Row], int, Calendar]:
    """Return requests, replies, waiting time in working days, and calendar."""
    context.needs_results()
    chosen = store.campaign(context.results, name)
    rows, received = store.asked(context.results, chosen["id"]), store.replies(context.results, chosen["id"])
    return rows, received, chosen["waiting_working_days"], context.calendar


def _answers(context: Context, name: str, _kind: str) -> tuple[str, dict[str, str]]:
    """Return the frame of a campaign, and agency → answered or not."""
    chosen = store.campaign(context.results, name)
    return chosen["frame"], {row["agency"]: row["answered"] for row in store.asked(context.results, name)}


def _scan(context: Context, number: str, kind: str) -> tuple[str, dict[str, str]]:
    """Return the frame of a scan, and portal → state of `kind`."""
    if not number.isdecimal():
        raise UsageError(f"--kind compares scans, and {number!r} is no number of one; see the table scan")
    need_indicator(context.results, kind)
    return store.scan(context.results, int(number))["frame"], store.seen(context.results, int(number), kind)


def _successors(context: Context, units: Collection[str]) -> Mapping[str, str]:
    """Return predecessor → successor for those of `units` that have one. Raises UsageError where one was divided."""
    try:
        links = store.successions(context.results, context.study.successions)
        return successor_of(link for link in links if link[0] in units)
    except ValueError as error:
        raise UsageError(
            f"{error}: import a file of successions that names one of them (`prober agencies import`); it replaces "
            "what stands there"
        ) from error
