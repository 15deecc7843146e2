"""The curves of what became of requests: which share had met each fate by working day d, and how many still waited."""

from collections.abc import Sequence
from dataclasses import dataclass

from prober.reporting.html.axes import Axes, ceiling
from prober.reporting.statistics.cumulative_incidence import WAITING, aalen_johansen
from prober.reporting.statistics.survival import at_risk
from prober.reporting.tables.reply_tables import FATES, Wait

MARGIN_RIGHT = 30  # the number of each line stands there
APART = 15  # the least distance of two such numbers


@dataclass(frozen=True, slots=True)
class Line:
    """One fate: its number on the drawing and in the legend, the share that met it in the end, where its number is."""

    fate: str
    number: int
    share: float
    path: str
    label_y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Paths of an SVG on their axes. A fate that nobody met has no line, so that none lies hidden below another."""

    axes: Axes
    lines: tuple[Line, ...]
    waited: tuple[tuple[float, int, int], ...]  # x, working day, in no fate yet


def drawing(waits: Sequence[Wait], width: int, height: int) -> Drawing | None:
    """The curves of replies.fate_waits on one pair of axes; None where no request met any fate."""
    found = {fate: steps for fate in FATES if (steps := aalen_johansen(waits, fate))}
    if not found:
        return None
    highest = max(steps[-1].share for steps in found.values())
    axes = Axes(width, height, max(1.0, *(time for time, _ in waits)), ceiling(highest), MARGIN_RIGHT)
    heights = _apart([axes.y(steps[-1].share) for steps in found.values()], axes.bottom)
    ended = [time for time, fate in waits if fate != WAITING]
    silent = [time for time, fate in waits if fate == WAITING]
    return Drawing(
        axes=axes,
        lines=tuple(
            Line(fate, number, steps[-1].share, axes.steps((step.time, step.share) for step in steps), height)
            for number, ((fate, steps), height) in enumerate(zip(found.items(), heights, strict=True), 1)
        ),
        waited=axes.below(at_risk(ended, silent, axes.ticks)),
    )


def _apart(heights: Sequence[float], bottom: float) -> list[float]:
    """Each as near as can be to where it was, none below `bottom`, no two closer than APART; the order is kept.

    >>> _apart([20.0, 100.0, 98.0, 100.0], 100)
    [20.0, 85.0, 70.0, 100.0]
    """
    moved = list(heights)
    limit = bottom
    for place in sorted(range(len(moved)), key=lambda place: (-heights[place], -place)):
        moved[place] = round(min(moved[place], limit), 1)
        limit = moved[place] - APART
    return moved
