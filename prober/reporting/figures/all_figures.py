"""List every figure of a frame, and find one by its id."""

from collections.abc import Callable, Iterator

from prober.reporting.figures import of_requests, of_sites
from prober.reporting.figures.printed_figure import FrameRows, PrintedFigure

# Each family with the words of which one stands in its ids, in the order in which a page lists them; (): none for sure.
_FAMILIES: tuple[tuple[Callable[[FrameRows], Iterator[PrintedFigure]], frozenset[str]], ...] = (
    (of_sites.of_indicators, frozenset()),
    (of_sites.of_other_surveys, frozenset({"other-survey"})),
    (of_requests.of_outcomes, frozenset({"outcome"})),
    (of_sites.of_visits, frozenset({"visits"})),
    (of_requests.of_times, frozenset({"hours", "working-days"})),
    (of_requests.of_fates, frozenset({"fate"})),
    (of_requests.of_waves, frozenset()),
    (of_requests.of_arms, frozenset({"arm"})),
    (of_sites.of_groups, frozenset({"region", "pobi-region", "technology"})),
    (of_sites.of_merged_units, frozenset({"merged"})),
    (of_requests.of_questions, frozenset({"questions"})),
)


def figures(basis: FrameRows) -> Iterator[PrintedFigure]:
    """Yield every figure that is printed of a frame, one family after the other, each computed when it is reached."""
    for family, _ in _FAMILIES:
        yield from family(basis)


def find(basis: FrameRows, name: str) -> PrintedFigure | None:
    """Return the figure of this id; None if the frame has none of it."""
    words = frozenset(name.split("."))
    named = [family for family, of_it in _FAMILIES if of_it & words]
    others = [family for family, of_it in _FAMILIES if not of_it]
    return next((figure for family in (*named, *others) for figure in family(basis) if figure.id == name), None)
