"""The reply-time curve: which share has written by day d, with its interval, and how many were still waited for."""

from dataclasses import dataclass

from prober.analysis.survival import Curve, at_risk
from prober.report.waits import Waits

HOURS_A_DAY = 24
MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 52, 16, 14, 96
TICK_STEPS = (1, 2, 5, 7, 10, 14, 28, 56, 112, 224, 448)


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG ready to be drawn, in its own units. Paths are relative to the upper left corner."""

    width: int
    height: int
    bottom: float  # y of the time axis
    band: str
    answers: str
    humans: str
    x_ticks: tuple[tuple[float, int, int], ...]  # x, day, still waited for
    y_ticks: tuple[tuple[float, int], ...]  # y, per cent
    left: int = MARGIN_LEFT
    right: int = MARGIN_RIGHT


def drawing(answers: Waits, humans: Waits, width: int, height: int) -> Drawing | None:
    """The two curves on one pair of axes; None where nothing was sent."""
    curve = answers.curve
    if not curve.n:
        return None
    days = max(1.0, max(curve.end, humans.curve.end) / HOURS_A_DAY)
    top = _ceiling(max([1 - step.low for step in curve.steps] + [1 - s.survival for s in humans.curve.steps] + [0.1]))
    bottom = height - MARGIN_BOTTOM
    plot = _Plot((width - MARGIN_LEFT - MARGIN_RIGHT) / days, (bottom - MARGIN_TOP) / top, bottom)
    ticks = _ticks(days, 5 if width < 500 else 9)
    waited = at_risk(answers.events, answers.silent, [day * HOURS_A_DAY for day in ticks])
    return Drawing(
        width=width,
        height=height,
        bottom=bottom,
        band=_band(curve, days, plot),
        answers=_steps(curve, days, plot),
        humans=_steps(humans.curve, days, plot),
        x_ticks=tuple((round(plot.x(day), 1), day, n) for day, n in zip(ticks, waited, strict=True)),
        y_ticks=tuple((round(plot.y(share / 100), 1), share) for share in _shares(top)),
    )


@dataclass(frozen=True, slots=True)
class _Plot:
    per_day: float
    per_share: float
    bottom: float

    def x(self, day: float) -> float:
        return MARGIN_LEFT + day * self.per_day

    def y(self, share: float) -> float:
        return self.bottom - share * self.per_share


def _steps(curve: Curve, days: float, plot: _Plot) -> str:
    path = "".join(f"H{plot.x(s.time / HOURS_A_DAY):.1f}V{plot.y(1 - s.survival):.1f}" for s in curve.steps)
    return f"M{plot.x(0):.1f} {plot.y(0):.1f}{path}H{plot.x(days):.1f}"


def _band(curve: Curve, days: float, plot: _Plot) -> str:
    """The interval as a closed shape: along its upper edge, and back along the lower one."""
    if not curve.steps:
        return ""
    there = [f"M{plot.x(curve.steps[0].time / HOURS_A_DAY):.1f} {plot.y(0):.1f}"]
    back: list[str] = []
    for index, step in enumerate(curve.steps):
        end = curve.steps[index + 1].time / HOURS_A_DAY if index + 1 < len(curve.steps) else days
        there.append(f"V{plot.y(1 - step.low):.1f}H{plot.x(end):.1f}")
        back.append(f"V{plot.y(1 - step.high):.1f}H{plot.x(step.time / HOURS_A_DAY):.1f}")
    return "".join(there) + "".join(reversed(back)) + "Z"


def _ceiling(share: float) -> float:
    return next(top for top in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, share) if top >= share)


def _shares(top: float) -> list[int]:
    step = 5 if top <= 0.2 else 10 if top <= 0.5 else 20
    return list(range(0, round(top * 100) + 1, step))


def _ticks(days: float, most: int) -> list[int]:
    step = next((step for step in TICK_STEPS if days / step <= most), int(days))
    return list(range(0, int(days) + 1, step))
