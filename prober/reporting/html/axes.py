"""The axes of a chart of shares over days, in the units of its SVG: margins, scales, ticks and lines by steps."""

from collections.abc import Iterable
from dataclasses import dataclass

MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 52, 16, 14, 96
SIZES = (("wide", 760, 370), ("narrow", 360, 340))  # a chart is drawn twice; the style sheet shows one of them
TICK_STEPS = (1, 2, 5, 7, 10, 14, 28, 56, 112, 224, 448)


@dataclass(frozen=True, slots=True)
class Axes:
    """`days` is where the time axis ends, `top` the share at the upper edge. Measured from the upper left corner."""

    width: int
    height: int
    days: float
    top: float
    right: int = MARGIN_RIGHT
    left: int = MARGIN_LEFT

    @property
    def bottom(self) -> int:
        """y of the time axis."""
        return self.height - MARGIN_BOTTOM

    @property
    def ticks(self) -> tuple[int, ...]:
        """The days that are written below the time axis."""
        return ticks(self.days, 5 if self.width < 500 else 9)

    @property
    def y_ticks(self) -> tuple[tuple[float, int], ...]:
        """y, per cent."""
        step = 5 if self.top <= 0.2 else 10 if self.top <= 0.5 else 20
        return tuple((round(self.y(share / 100), 1), share) for share in range(0, round(self.top * 100) + 1, step))

    def below(self, counts: Iterable[int]) -> tuple[tuple[float, int, int], ...]:
        """x, day and count of each tick: what is written below the time axis."""
        return tuple((round(self.x(day), 1), day, n) for day, n in zip(self.ticks, counts, strict=True))

    def x(self, day: float) -> float:
        return self.left + day * (self.width - self.left - self.right) / self.days

    def y(self, share: float) -> float:
        return self.bottom - share * (self.bottom - MARGIN_TOP) / self.top

    def steps(self, points: Iterable[tuple[float, float]]) -> str:
        """The path of a share that is 0 at first and takes each new value of (day, share) at its day."""
        path = "".join(f"H{self.x(day):.1f}V{self.y(share):.1f}" for day, share in points)
        return f"M{self.x(0):.1f} {self.y(0):.1f}{path}H{self.x(self.days):.1f}"


def ticks(days: float, most: int) -> tuple[int, ...]:
    """Round days from 0 on, at equal distances: `most` such distances, or fewer.

    >>> ticks(44.6, 9), ticks(1.0, 9)
    ((0, 5, 10, 15, 20, 25, 30, 35, 40), (0, 1))
    """
    step = next((step for step in TICK_STEPS if days / step <= most), int(days))
    return tuple(range(0, int(days) + 1, step))


def ceiling(share: float) -> float:
    """A round share, not below this one, for the upper edge.

    >>> ceiling(0.131), ceiling(0.9)
    (0.2, 1.0)
    """
    return next(top for top in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, share) if top >= share)
