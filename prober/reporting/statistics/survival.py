"""Estimate the time until an answer, and what became of each request by a day, with right-censoring.

A request without an answer is censored at the end of the watched time. A request that bounced reached no person; the
callers leave it out, because counting it as silence would make agencies look slower than they are (Spáč and others
merged the two). Written out here rather than taken from scipy, whose import alone costs two seconds; the tests compare
both.

One minus Kaplan–Meier of each outcome on its own would treat a bounced or refused request as one that might still be
answered, and the shares would add up to more than one. In the cumulative incidence every request is in one state at
any time.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from prober.reporting.statistics.proportions import Interval, log_log


@dataclass(frozen=True, slots=True)
class CurveStep:
    """The curve from `time` until the next step: probability of *not* having answered; `at_risk` just before `time`."""

    time: float
    at_risk: int
    events: int
    survival: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """One step per distinct time of an event; before the first, survival is 1. `end` is the last observed time."""

    steps: tuple[CurveStep, ...]
    n: int
    end: float

    def survival_at(self, time: float) -> float:
        """Return the share that had not answered by `time`; answers at that very moment count as given."""
        return next((step.survival for step in reversed(self.steps) if step.time <= time), 1.0)


def kaplan_meier(events: Sequence[float], censored: Sequence[float] = ()) -> Curve:
    """Return the product-limit estimate. `events`: times to the answer; `censored`: times watched without one.

    A request censored at the moment of an event still counts as at risk in it, the usual convention. The band is
    Greenwood's variance on the log(−log) scale; where the survival is 1 or 0, it is the estimate itself. Source: E. L.
    Kaplan and P. Meier, J. Am. Stat. Assoc. 53 (1958) 457–481. Raises ValueError for a negative time.

    >>> [(step.time, step.at_risk, step.events, step.survival) for step in kaplan_meier([6, 6, 6, 7], [6, 9]).steps]
    [(6, 6, 3, 0.5), (7, 2, 1, 0.25)]
    """
    times = sorted([*events, *censored])
    if times and times[0] < 0:
        raise ValueError(f"a reply before its request: {times[0]} hours")
    survival, greenwood, steps = 1.0, 0.0, []
    for time, died in sorted(Counter(events).items()):
        at_risk = len(times) - bisect_left(times, time)
        survival *= 1 - died / at_risk
        if at_risk > died:
            greenwood += died / (at_risk * (at_risk - died))
        low, high = log_log(survival, survival * sqrt(greenwood))
        steps.append(CurveStep(time, at_risk, died, survival, low, high))
    return Curve(tuple(steps), len(times), times[-1] if times else 0.0)


def median(curve: Curve) -> float | None:
    """Return the first time by which at least half have answered; None where fewer than half ever did."""
    return next((step.time for step in curve.steps if step.survival <= 0.5), None)


def median_interval(curve: Curve) -> tuple[float | None, float | None]:
    """Return the times at which the band crosses one half; None for an end that it never reaches.

    Source: R. Brookmeyer and J. Crowley, Biometrics 38 (1982) 29–41, with the band of `kaplan_meier`.
    """
    low = next((step.time for step in curve.steps if step.low <= 0.5), None)
    high = next((step.time for step in curve.steps if step.high <= 0.5), None)
    return low, high


def at_risk(events: Sequence[float], censored: Sequence[float], times: Sequence[float]) -> list[int]:
    """Return how many were still waited for just before each of `times`.

    >>> at_risk([5, 8], [10], [0, 5, 6, 11])
    [3, 3, 2, 0]
    """
    everyone = sorted([*events, *censored])
    return [len(everyone) - bisect_left(everyone, time) for time in times]


def restricted_mean(curve: Curve, horizon: float) -> float:
    """Return the mean waiting time up to `horizon`, which is the area under the curve up to it.

    >>> restricted_mean(kaplan_meier([2, 4]), 4)
    3.0
    """
    return _area(curve, 0.0, horizon)


def restricted_mean_error(curve: Curve, horizon: float) -> float:
    """Return the standard error of `restricted_mean`; without censoring, that of a mean divided by n, not n − 1.

    Source: J. P. Klein and M. L. Moeschberger, Survival Analysis, 2nd ed. 2003, formula 4.5.3, as in R's `survfit`.
    """
    inner = [step for step in curve.steps if step.time < horizon and step.at_risk > step.events]
    return sqrt(
        sum(
            _area(curve, step.time, horizon) ** 2 * step.events / (step.at_risk * (step.at_risk - step.events))
            for step in inner
        )
    )


def _area(curve: Curve, start: float, end: float) -> float:
    area, last, survival = 0.0, start, curve.survival_at(start)
    for step in curve.steps:
        if start < step.time < end:
            area += survival * (step.time - last)
            last, survival = step.time, step.survival
    return area + survival * (end - last)


WAITING = ""  # no outcome in the watched time


@dataclass(frozen=True, slots=True)
class Incidence:
    """The share of all requests that had this outcome by `time`, valid until the next step."""

    time: float
    events: int
    share: float
    low: float
    high: float


def aalen_johansen(waits: Iterable[tuple[float, str]], outcome: str) -> tuple[Incidence, ...]:
    """Return the steps of one outcome's cumulative incidence. `waits`: (time, outcome), or (time watched, WAITING).

    A request censored at the moment of an event still counts as at risk in it. The band is the variance by the delta
    method (E. Marubini and M. G. Valsecchi, Analysing Survival Data, 1995, 10.12) on the log(−log) scale. Source: O. O.
    Aalen and S. Johansen, Scand. J. Statistics 5 (1978) 141–150. Without competing outcomes it is one minus
    Kaplan–Meier. Raises ValueError for a negative time.

    >>> waits = [(1, "answer"), (2, "refusal"), (3, "answer"), (4, WAITING)]
    >>> steps = aalen_johansen(waits, "answer")
    >>> [(step.time, step.share) for step in steps]
    [(1, 0.25), (3, 0.5)]
    """
    given = sorted(waits)
    if given and given[0][0] < 0:
        raise ValueError(f"an outcome before its request: {given[0][0]}")
    rows = _table(given, outcome)
    found = []
    for place, (time, _, _, ours, share) in enumerate(rows):
        if ours:
            spread = sqrt(_variance(rows[: place + 1]))
            low, high = log_log(share, spread)
            found.append(Incidence(time, ours, share, low, high))
    return tuple(found)


def share_by(steps: Sequence[Incidence], time: float) -> tuple[float, Interval]:
    """Return the share that had the outcome by `time` (events at that very moment included), with its interval."""
    last = next((step for step in reversed(steps) if step.time <= time), None)
    return (last.share, Interval(last.low, last.high)) if last else (0.0, Interval(0.0, 0.0))


# time, at risk, events of any outcome, events of the one asked for, its cumulative incidence
_Row = tuple[float, int, int, int, float]


def _table(given: Sequence[tuple[float, str]], outcome: str) -> list[_Row]:
    rows: list[_Row] = []
    free, share = 1.0, 0.0
    for time in sorted({time for time, what in given if what != WAITING}):
        now = [what for at, what in given if at == time and what != WAITING]
        at_risk = sum(at >= time for at, _ in given)
        ours = now.count(outcome)
        share += free * ours / at_risk
        free *= 1 - len(now) / at_risk
        rows.append((time, at_risk, len(now), ours, share))
    return rows


def _variance(rows: Sequence[_Row]) -> float:
    """Return the variance of the incidence at the last of `rows`; without censoring it is share · (1 − share) / n."""
    total, free, final = 0.0, 1.0, rows[-1][4]
    for _, at_risk, events, ours, share in rows:
        left = final - share
        if left:
            total += left * left * events / (at_risk * (at_risk - events))
        total += free * free * (at_risk - ours) * ours / at_risk**3 - 2 * left * free * ours / at_risk**2
        free *= 1 - events / at_risk
    return max(0.0, total)  # floating point may miss 0 by 1e-18
