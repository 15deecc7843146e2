"""Compute tables of requests: times to an answer, fates by day, two waves, two arms."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from prober.campaign.design import power
from prober.campaign.wave import BETWEEN, Draw, replay, reseeded
from prober.domain.correspondence import REFUSALS, SUBSTANTIVE, Event
from prober.domain.working_days import Calendar
from prober.reporting.statistics import survival
from prober.reporting.statistics.merged_units import merged
from prober.reporting.statistics.proportions import Z, mcnemar, paired_change, paired_difference, wilson
from prober.reporting.statistics.randomisation import compare, fisher
from prober.reporting.statistics.survival import WAITING, aalen_johansen, share_by
from prober.reporting.tables.indicators import Table, ends, rounded, significant
from prober.reporting.tables.waits import (
    HOURS,
    HUMAN,
    WORKING_DAYS,
    Waits,
    days_watched,
    first,
    in_hours,
    in_working_days,
)
from prober.reporting.tables.waits import SUBSTANTIVE as ANSWER
from prober.store.reading.queries import Row

ANSWERED, REFUSED, PASSED_ON, ASKS, UNDELIVERED = "answered", "refused", "passed on", "asks for more", "not delivered"
# The strongest class of message of a request → its fate. Receipts and the like end nothing.
FATE: Mapping[str, str] = {
    **dict.fromkeys(SUBSTANTIVE, ANSWERED),
    **dict.fromkeys(REFUSALS, REFUSED),
    Event.TRANSFER_INSIDE: PASSED_ON,
    Event.TRANSFER_AWAY: PASSED_ON,
    Event.ASKS_FORM: ASKS,
    Event.ASKS_PURPOSE: ASKS,
    Event.BOUNCE: UNDELIVERED,
}
FATES = (ANSWERED, REFUSED, PASSED_ON, ASKS, UNDELIVERED)
REDRAWS = 4999  # default number of repeated draws of two arms
Wait = tuple[float, str]  # working days, fate; or working days watched, WAITING


def times(requests: Sequence[Row], replies: Sequence[Row], waiting: int, calendar: Calendar) -> Table:
    """Return Kaplan–Meier figures of the first human and first substantive message, in hours and in working days.

    The rule for left-out and censored requests is that of prober.reporting.tables.waits. The mean is restricted to the
    time through which all silent requests were watched.
    """
    return [
        {"first_message": what, "clock": clock, "left_out": waits.left_out} | _summary(waits)
        for what, clock, waits in _four(requests, replies, waiting, calendar)
    ]


def _four(
    requests: Sequence[Row], replies: Sequence[Row], waiting: int, calendar: Calendar
) -> Iterator[tuple[str, str, Waits]]:
    """Yield both first messages by both clocks."""
    for what in (HUMAN, ANSWER):
        yield what, HOURS, in_hours(requests, replies, what)
        yield what, WORKING_DAYS, in_working_days(requests, replies, what, waiting, calendar)


def _summary(waits: Waits) -> dict[str, object]:
    curve = waits.curve
    low, high = survival.median_interval(curve)
    horizon = min(waits.silent, default=curve.end)
    mean = survival.restricted_mean(curve, horizon)
    reach = Z * survival.restricted_mean_error(curve, horizon)
    return {
        "n": curve.n, "events": len(waits.events), "censored": len(waits.silent), "median": survival.median(curve),
        "median_low": low, "median_high": high, "horizon": rounded(horizon), "restricted_mean": rounded(mean),
        "mean_low": rounded(max(0.0, mean - reach)), "mean_high": rounded(min(horizon, mean + reach)),
    }  # fmt: skip


def curves(requests: Sequence[Row], replies: Sequence[Row], waiting: int, calendar: Calendar) -> Table:
    """Return the steps of the four curves behind `times`: share that had written by each time, with interval."""
    return [
        {
            "first_message": what, "clock": clock, "time": step.time, "at_risk": step.at_risk, "events": step.events,
            "share": rounded(1 - step.survival), "low": rounded(1 - step.high), "high": rounded(1 - step.low),
        }
        for what, clock, waits in _four(requests, replies, waiting, calendar) for step in waits.curve.steps
    ]  # fmt: skip


def incidences(requests: Sequence[Row], replies: Sequence[Row], waiting: int, calendar: Calendar) -> Table:
    """Return the steps of the cumulative incidences behind `fates`: the share that had met each fate by each time."""
    waits = fate_waits(requests, replies, waiting, calendar)
    return [
        {
            "fate": fate, "working_days": step.time, "events": step.events, "share": rounded(step.share),
            "low": rounded(step.low), "high": rounded(step.high),
        }
        for fate in FATES for step in aalen_johansen(waits, fate)
    ]  # fmt: skip


def fates(
    requests: Sequence[Row], replies: Sequence[Row], waiting: int, calendar: Calendar, limits: Iterable[int]
) -> Table:
    """Return the cumulative incidence of each fate of a request, after each of `limits` and after the waiting time.

    All are in working days; `limits` are those that the law of the campaign has.

    The fate of a request is its `outcome`, the strongest class of its messages, at the first message of that class: an
    agency that first passes on and then answers has answered. `left_out`: neither accepted nor refused by the mail
    server.
    """
    known = fate_waits(requests, replies, waiting, calendar)
    rows: Table = []
    for fate in FATES:
        steps = aalen_johansen(known, fate)
        for days in sorted({*(day for day in limits if day < waiting), waiting}):
            share, interval = share_by(steps, days)
            k = sum(what == fate and time <= days for time, what in known)
            row = {"fate": fate, "working_days": days, "k": k, "n": len(known), "left_out": len(requests) - len(known)}
            # For a share of 0, Aalen and Johansen give an interval of no width, Wilson gives one.
            around = interval if k else wilson(0, len(known)) if known else None
            rows.append(row | {"share": rounded(share), **ends(around)})
    return rows


def fate_waits(requests: Sequence[Row], replies: Sequence[Row], waiting: int, calendar: Calendar) -> tuple[Wait, ...]:
    """Return the waits that `fates` counts: one for each request that is known to have been accepted or refused."""
    found = (_fate(request, replies, waiting, calendar) for request in requests)
    return tuple(wait for wait in found if wait is not None)


def _fate(request: Row, replies: Sequence[Row], waiting: int, calendar: Calendar) -> Wait | None:
    fate = FATE.get(request["outcome"], UNDELIVERED if request["delivered"] == "no" else WAITING)
    if fate == WAITING:
        return (days_watched(request, waiting, calendar), WAITING) if request["accepted_at"] else None
    ours = (reply for reply in replies if FATE.get(reply["event"]) == fate)
    # The mail server refused it at once: there is no message.
    return first(ours, WORKING_DAYS).get(request["request"], 0.0), fate


def waves(before: Mapping[str, str], after: Mapping[str, str], successors: Mapping[str, str] | None = None) -> Table:
    """Compare unit → state in two waves by McNemar's exact test, with those not seen left out and as not found.

    `successors` (unit of the first wave → of the second) is needed where the waves are of different frames. A unit that
    is missing in one wave was not asked, and is left out in all.
    """
    if successors is not None:
        into = {unit: successors[unit] for unit in before if unit in successors}
        before = merged({unit: before[unit] for unit in into}, into)
    rows: Table = []
    for reading, as_state in (("excluded", "not_seen"), ("all not found", "not_found")):
        first, second = (
            {unit: as_state if state == "not_seen" else state for unit, state in wave.items()}
            for wave in (before, after)
        )
        found = paired_change(first, second)
        gained, lost = len(found.gained), len(found.lost)
        interval = paired_difference(gained, lost, found.n) if found.n else None
        rows.append(
            {
                "not_seen": reading, "n": found.n, "left_out": len(found.left_out), "before": found.before,
                "after": found.after, "gained": gained, "lost": lost,
                "difference": rounded((gained - lost) / found.n) if found.n else None, **ends(interval),
                "p_mcnemar": significant(mcnemar(gained, lost)),
                "who_gained": ", ".join(found.gained), "who_lost": ", ".join(found.lost),
            }
        )  # fmt: skip
    return rows


def draw_of(
    seed: int, names: tuple[str, str], places: Sequence[Row], earlier: tuple[Draw, Sequence[Row]] | None = None
) -> Draw:
    """Return the draw of a campaign from its published rows; `earlier` is that of the paired wave, with its places.

    `places` have province, block and accepted_at; a province has the block of its first agency, as it was drawn.
    """
    blocks: dict[str, tuple[str, ...]] = {}
    for row in places:
        blocks.setdefault(row["province"], tuple(row["block"].split(BETWEEN)))
    if earlier is None:
        return Draw(seed, names, blocks)
    first, before = earlier
    return Draw(seed, names, blocks, first, frozenset(row["province"] for row in before if row["accepted_at"]))


def arms(
    requests: Sequence[Row], drawn: Draw, rate: power.Expected | None, count: int,
    step: Callable[[], None] = lambda: None,
) -> dict[str, object]:  # fmt: skip
    """Compare two arms, and say which difference they could have shown at all. `step` is called once per redraw.

    `detectable_points` is the least true difference, in points above the share of answers that is expected (`rate`), or
    above whichever share where none is, that a draw of so many units finds four times of five; empty where no plausible
    one is. Raises ValueError, with a remedy, where the
    recorded arms are not those that the recorded seed gives, or only one arm was asked.
    """
    province = {row["agency"]: row["province"] for row in requests}
    recorded = {row["agency"]: row["arm"] for row in requests}
    again = replay(drawn)
    if wrong := sorted(agency for agency, place in province.items() if again.get(place) != recorded[agency]):
        raise ValueError(
            f"the seed does not give the recorded arm of {', '.join(wrong[:3])}. Rebuild the table with "
            "`prober mailbox reparse`; if it stays, the rows were changed after the draw and prove nothing"
        )
    if len(set(recorded.values())) < 2:
        raise ValueError("letters of one arm only were sent so far; run `prober campaign send`, or wait until it ends")

    def redraws() -> Iterable[Mapping[str, str]]:
        for number in range(count):
            places = replay(reseeded(drawn, number))
            step()
            yield {agency: places[place] for agency, place in province.items()}

    found = compare({row["agency"]: bool(row["replied"]) for row in requests}, recorded, drawn.names, redraws())
    units = len(drawn.blocks)
    return {
        "first": found.names[0], "first_k": found.first[0], "first_n": found.first[1],
        "second": found.names[1], "second_k": found.second[0], "second_n": found.second[1],
        "difference": rounded(found.difference), "p_fisher": significant(fisher(found.first, found.second)),
        "p_redraws": significant(found.p), "redraws": found.draws, "units": units,
        "detectable_points": power.least_difference(units, rate), "reading": power.verdict(units, rate),
    }  # fmt: skip
