"""Lay out curves of shares over days: replies with an interval, and the outcomes of requests.

Coordinates are in units of the SVG. Below each curve is the number of requests that were still waited for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from prober.reporting.statistics.survival import WAITING, Curve, aalen_johansen, at_risk
from prober.reporting.tables.reply_tables import FATES, Wait
from prober.reporting.tables.waits import Waits
from prober.reporting.words.translations import FATES as FATE_NAMES

MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 52, 16, 14, 96
SIZES = (("wide", 760, 370), ("narrow", 360, 340))  # a chart is drawn twice; the style sheet shows one of them
HOURS_A_DAY = 24
NAMES_RIGHT = {"wide": 190, "narrow": 104}  # room for the names of the fates at the ends of their lines
NAME_LENGTH = 16  # characters of a name in one line of a narrow drawing
LINE, APART = 13, 28  # of two such names: the distance of their lines, and the least distance between the names
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
    names: tuple[float, float]  # baselines of the names of both lines, at the right end
    waited: tuple[tuple[float, int, int], ...]  # x, day, still waited for


def reply_curve(answers: Waits, humans: Waits, width: int, height: int) -> ReplyCurve | None:
    """Return both curves on one pair of axes; None where nothing was sent."""
    curve = answers.curve
    if not curve.n:
        return None
    days = max(1.0, max(curve.end, humans.curve.end) / HOURS_A_DAY)
    top = ceiling(max([1 - step.low for step in curve.steps] + [1 - s.survival for s in humans.curve.steps] + [0.1]))
    axes = Axes(width, height, days, top)
    ends = [axes.y(1 - c.steps[-1].survival) - 7 if c.steps else axes.y(0) - 7 for c in (curve, humans.curve)]
    answers_at, humans_at = _apart(ends, axes.bottom - 7, 18)
    return ReplyCurve(
        axes=axes,
        band=_band(curve, axes),
        answers=_line(curve, axes),
        humans=_line(humans.curve, axes),
        names=(answers_at, humans_at),
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
    """The line of one fate: its final share, where it ends, and its names there, line by line as (baseline, words).

    A wide drawing has room for both languages, one below the other; in a narrow one each stands alone.
    """

    fate: str
    share: float
    path: str
    end_y: float
    name_y: float
    vi: tuple[tuple[float, str], ...]
    en: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class FateCurves:
    """One line for each fate. A fate of no request has no line, so that none lies hidden below another."""

    axes: Axes
    lines: tuple[FateLine, ...]
    waited: tuple[tuple[float, int, int], ...]  # x, working day, in no fate yet


def fate_curves(waits: Sequence[Wait], size: str, width: int, height: int) -> FateCurves | None:
    """Return the curves of reply_tables.fate_waits on one pair of axes; None where no request met any fate."""
    found = {fate: steps for fate in FATES if (steps := aalen_johansen(waits, fate))}
    if not found:
        return None
    highest = max(steps[-1].share for steps in found.values())
    axes = Axes(width, height, max(1.0, *(time for time, _ in waits)), ceiling(highest), NAMES_RIGHT[size])
    heights = _apart([axes.y(steps[-1].share) for steps in found.values()], axes.bottom, APART)
    ended = [time for time, fate in waits if fate != WAITING]
    silent = [time for time, fate in waits if fate == WAITING]
    return FateCurves(
        axes=axes,
        lines=tuple(
            FateLine(
                fate,
                steps[-1].share,
                axes.steps((step.time, step.share) for step in steps),
                round(axes.y(steps[-1].share), 1),
                height,
                *_names(fate, height, size),
            )
            for (fate, steps), height in zip(found.items(), heights, strict=True)
        ),
        waited=axes.below(at_risk(ended, silent, axes.ticks)),
    )


def _names(fate: str, height: float, size: str) -> Iterator[tuple[tuple[float, str], ...]]:
    """Yield the Vietnamese and the English name of a fate, laid out around `height`."""
    names = FATE_NAMES[fate]
    if size == "wide":
        yield ((height - 2, names.vi),)
        yield ((height - 2 + LINE, names.en),)
    else:
        yield from (_wrapped(name, height) for name in names)


def _wrapped(name: str, height: float) -> tuple[tuple[float, str], ...]:
    """Return a name broken into lines, with their baselines; the middle of them is at `height`.

    >>> _wrapped("thư không đến nơi", 100.0)
    ((97.5, 'thư không đến'), (110.5, 'nơi'))
    """
    lines = wrap(name, NAME_LENGTH)
    first = height + 4 - (len(lines) - 1) * LINE / 2
    return tuple((first + number * LINE, line) for number, line in enumerate(lines))


def _apart(heights: Sequence[float], bottom: float, apart: float) -> list[float]:
    """Return the heights moved as little as possible, in the same order, none below `bottom`, all `apart` or more.

    >>> _apart([20.0, 100.0, 98.0, 100.0], 100, 15)
    [20.0, 85.0, 70.0, 100.0]
    """
    moved = list(heights)
    limit = bottom
    for place in sorted(range(len(moved)), key=lambda place: (-heights[place], -place)):
        moved[place] = round(min(moved[place], limit), 1)
        limit = moved[place] - apart
    return moved
