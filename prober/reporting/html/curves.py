"""Lay out curves of shares over days: replies with an interval, and the outcomes of requests.

Coordinates are in units of the SVG. Below each curve is the number of requests that were still waited for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prober.reporting.statistics.cumulative_incidence import WAITING, aalen_johansen
from prober.reporting.statistics.survival import Curve, at_risk
from prober.reporting.tables.reply_tables import FATES, Wait
from prober.reporting.tables.waits import Waits

MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 52, 16, 14, 96
SIZES = (("wide", 760, 370), ("narrow", 360, 340))  # a chart is drawn twice; the style sheet shows one of them
HOURS_A_DAY = 24
NUMBERS_RIGHT = 30  # room for the numbers of the lines
APART = 15  # the least distance of two such numbers
TICK_STEPS = (1, 2, 5, 7, 10, 14, 28, 56, 112, 224, 448)


@dataclass(frozen=True, slots=True)
class Axes:
    """The axes of a chart. `days` is the end of the time axis, `top` the share at the upper edge.

    Coordinates are measured from the upper left corner.
    """

    width: int
    height: int
    days: float
    top: float
    right: int = MARGIN_RIGHT
    left: int = MARGIN_LEFT

    @property
    def bottom(self) -> int:
        """Return the y coordinate of the time axis."""
        return self.height - MARGIN_BOTTOM

    @property
    def ticks(self) -> tuple[int, ...]:
        """Return the days that are written below the time axis."""
        return ticks(self.days, 5 if self.width < 500 else 9)

    @property
    def y_ticks(self) -> tuple[tuple[float, int], ...]:
        """Return y and per cent of each tick of the share axis."""
        step = 5 if self.top <= 0.2 else 10 if self.top <= 0.5 else 20
        return tuple((round(self.y(share / 100), 1), share) for share in range(0, round(self.top * 100) + 1, step))

    def below(self, counts: Iterable[int]) -> tuple[tuple[float, int, int], ...]:
        """Return x, day and count of each tick of the time axis."""
        return tuple((round(self.x(day), 1), day, n) for day, n in zip(self.ticks, counts, strict=True))

    def x(self, day: float) -> float:
        return self.left + day * (self.width - self.left - self.right) / self.days

    def y(self, share: float) -> float:
        return self.bottom - share * (self.bottom - MARGIN_TOP) / self.top

    def steps(self, points: Iterable[tuple[float, float]]) -> str:
        """Return the SVG path of a share that starts at 0 and takes each new value of (day, share) at its day."""
        path = "".join(f"H{self.x(day):.1f}V{self.y(share):.1f}" for day, share in points)
        return f"M{self.x(0):.1f} {self.y(0):.1f}{path}H{self.x(self.days):.1f}"


def ticks(days: float, most: int) -> tuple[int, ...]:
    """Return round days from 0 on, at equal distances: at most `most` of them.

    >>> ticks(44.6, 9), ticks(1.0, 9)
    ((0, 5, 10, 15, 20, 25, 30, 35, 40), (0, 1))
    """
    step = next((step for step in TICK_STEPS if days / step <= most), int(days))
    return tuple(range(0, int(days) + 1, step))


def ceiling(share: float) -> float:
    """Return a round share for the upper edge, not below `share`.

    >>> ceiling(0.131), ceiling(0.9)
    (0.2, 1.0)
    """
    return next(top for top in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, share) if top >= share)


@dataclass(frozen=True, slots=True)
class ReplyCurve:
    """The share that has answered, with its interval, and the share that got any message from a person."""

    axes: Axes
    band: str
    answers: str
    humans: str
    waited: tuple[tuple[float, int, int], ...]  # x, day, still waited for


def reply_curve(answers: Waits, humans: Waits, width: int, height: int) -> ReplyCurve | None:
    """Return both curves on one pair of axes; None where nothing was sent."""
    curve = answers.curve
    if not curve.n:
        return None
    days = max(1.0, max(curve.end, humans.curve.end) / HOURS_A_DAY)
    top = ceiling(max([1 - step.low for step in curve.steps] + [1 - s.survival for s in humans.curve.steps] + [0.1]))
    axes = Axes(width, height, days, top)
    return ReplyCurve(
        axes=axes,
        band=_band(curve, axes),
        answers=_line(curve, axes),
        humans=_line(humans.curve, axes),
        waited=axes.below(at_risk(answers.events, answers.silent, [day * HOURS_A_DAY for day in axes.ticks])),
    )


def _line(curve: Curve, axes: Axes) -> str:
    return axes.steps((step.time / HOURS_A_DAY, 1 - step.survival) for step in curve.steps)


def _band(curve: Curve, axes: Axes) -> str:
    """Return the interval as a closed shape: along its upper edge and back along the lower one."""
    if not curve.steps:
        return ""
    there = [f"M{axes.x(curve.steps[0].time / HOURS_A_DAY):.1f} {axes.y(0):.1f}"]
    back: list[str] = []
    for index, step in enumerate(curve.steps):
        end = curve.steps[index + 1].time / HOURS_A_DAY if index + 1 < len(curve.steps) else axes.days
        there.append(f"V{axes.y(1 - step.low):.1f}H{axes.x(end):.1f}")
        back.append(f"V{axes.y(1 - step.high):.1f}H{axes.x(step.time / HOURS_A_DAY):.1f}")
    return "".join(there) + "".join(reversed(back)) + "Z"


@dataclass(frozen=True, slots=True)
class FateLine:
    """The line of one fate: its number on drawing and legend, its final share, and the place of its number."""

    fate: str
    number: int
    share: float
    path: str
    label_y: float


@dataclass(frozen=True, slots=True)
class FateCurves:
    """One line for each fate. A fate of no request has no line, so that none lies hidden below another."""

    axes: Axes
    lines: tuple[FateLine, ...]
    waited: tuple[tuple[float, int, int], ...]  # x, working day, in no fate yet


def fate_curves(waits: Sequence[Wait], width: int, height: int) -> FateCurves | None:
    """Return the curves of reply_tables.fate_waits on one pair of axes; None where no request met any fate."""
    found = {fate: steps for fate in FATES if (steps := aalen_johansen(waits, fate))}
    if not found:
        return None
    highest = max(steps[-1].share for steps in found.values())
    axes = Axes(width, height, max(1.0, *(time for time, _ in waits)), ceiling(highest), NUMBERS_RIGHT)
    heights = _apart([axes.y(steps[-1].share) for steps in found.values()], axes.bottom)
    ended = [time for time, fate in waits if fate != WAITING]
    silent = [time for time, fate in waits if fate == WAITING]
    return FateCurves(
        axes=axes,
        lines=tuple(
            FateLine(fate, number, steps[-1].share, axes.steps((step.time, step.share) for step in steps), height)
            for number, ((fate, steps), height) in enumerate(zip(found.items(), heights, strict=True), 1)
        ),
        waited=axes.below(at_risk(ended, silent, axes.ticks)),
    )


def _apart(heights: Sequence[float], bottom: float) -> list[float]:
    """Return the heights moved as little as possible, in the same order, none below `bottom`, no two closer than APART.

    >>> _apart([20.0, 100.0, 98.0, 100.0], 100)
    [20.0, 85.0, 70.0, 100.0]
    """
    moved = list(heights)
    limit = bottom
    for place in sorted(range(len(moved)), key=lambda place: (-heights[place], -place)):
        moved[place] = round(min(moved[place], limit), 1)
        limit = moved[place] - APART
    return moved
