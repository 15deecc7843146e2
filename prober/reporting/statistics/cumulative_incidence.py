"""Estimate the cumulative incidence of outcomes that exclude each other, with censoring.

One minus Kaplan–Meier of each outcome on its own would treat a bounced or refused request as one that might still be
answered, and the shares would add up to more than one. Here every request is in one state at any time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from prober.reporting.statistics.proportions import Interval, log_log

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
