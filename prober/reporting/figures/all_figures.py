"""List every figure of a frame, and find one by its id."""

from collections.abc import Callable, Iterator

from prober.reporting.figures import of_requests, of_sites
from prober.reporting.figures.printed_figure import Basis, PrintedFigure

# In the order in which a page lists them: those that are asked for most first, so that they are found soonest.
_FAMILIES: tuple[Callable[[Basis], Iterator[PrintedFigure]], ...] = (
    of_sites.of_indicators,
    of_requests.of_outcomes,
    of_sites.of_coverage,
    of_requests.of_times,
    of_requests.of_fates,
    of_requests.of_waves,
    of_requests.of_arms,
    of_sites.of_groups,
    of_sites.of_merged_units,
    of_requests.of_questions,
)


def figures(basis: Basis) -> Iterator[PrintedFigure]:
    """Yield every figure that is printed of a frame, one family after the other, each computed when it is reached."""
    for family in _FAMILIES:
        yield from family(basis)


def find(basis: Basis, name: str) -> PrintedFigure | None:
    """Return the figure of this id; None if the frame has none of it."""
    return next((figure for figure in figures(basis) if figure.id == name), None)
