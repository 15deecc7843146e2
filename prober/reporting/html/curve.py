"""The reply-time curve: which share has written by day d, with its interval, and how many were still waited for."""

from dataclasses import dataclass

from prober.reporting.html.axes import Axes, ceiling
from prober.reporting.statistics.survival import Curve, at_risk
from prober.reporting.tables.waits import Waits

HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Drawing:
    """Paths of an SVG on their axes."""

    axes: Axes
    band: str
    answers: str
    humans: str
    waited: tuple[tuple[float, int, int], ...]  # x, day, still waited for


def drawing(answers: Waits, humans: Waits, width: int, height: int) -> Drawing | None:
    """The two curves on one pair of axes; None where nothing was sent."""
    curve = answers.curve
    if not curve.n:
        return None
    days = max(1.0, max(curve.end, humans.curve.end) / HOURS_A_DAY)
    top = ceiling(max([1 - step.low for step in curve.steps] + [1 - s.survival for s in humans.curve.steps] + [0.1]))
    axes = Axes(width, height, days, top)
    return Drawing(
        axes=axes,
        band=_band(curve, axes),
        answers=_line(curve, axes),
        humans=_line(humans.curve, axes),
        waited=axes.below(at_risk(answers.events, answers.silent, [day * HOURS_A_DAY for day in axes.ticks])),
    )


def _line(curve: Curve, axes: Axes) -> str:
    return axes.steps((step.time / HOURS_A_DAY, 1 - step.survival) for step in curve.steps)


def _band(curve: Curve, axes: Axes) -> str:
    """The interval as a closed shape: along its upper edge, and back along the lower one."""
    if not curve.steps:
        return ""
    there = [f"M{axes.x(curve.steps[0].time / HOURS_A_DAY):.1f} {axes.y(0):.1f}"]
    back: list[str] = []
    for index, step in enumerate(curve.steps):
        end = curve.steps[index + 1].time / HOURS_A_DAY if index + 1 < len(curve.steps) else axes.days
        there.append(f"V{axes.y(1 - step.low):.1f}H{axes.x(end):.1f}")
        back.append(f"V{axes.y(1 - step.high):.1f}H{axes.x(step.time / HOURS_A_DAY):.1f}")
    return "".join(there) + "".join(reversed(back)) + "Z"
