"""A share corrected by a stratified sample: what its interval covers is computed over every sample there is."""

from itertools import product
from math import comb

import pytest

from prober.reporting.statistics.corrected_share import Stratum, corrected

Kind = tuple[int, int, int]  # population, drawn, true ones in the population


def covered(*kinds: Kind) -> float:
    """Return how often the interval holds the true share, over all samples and by their chances."""
    true, total = sum(true for _, _, true in kinds) / sum(n for n, _, _ in kinds), 0.0
    for seen in product(*(range(max(0, drawn - (n - has)), min(drawn, has) + 1) for n, drawn, has in kinds)):
        chance = 1.0
        for (n, drawn, has), k in zip(kinds, seen, strict=True):
            chance *= comb(has, k) * comb(n - has, drawn - k) / comb(n, drawn)
        if chance > 1e-9:
            found = corrected({str(k): Stratum(*kinds[k][:2], seen[k]) for k in range(len(kinds))})
            assert found is not None
            total += chance * (found.low - 1e-9 <= true <= found.high + 1e-9)
    return total


@pytest.mark.parametrize(
    "kinds",
    [
        ((61, 20, 60), (2, 2, 1)),
        ((61, 20, 58), (20, 5, 5)),
        ((60, 6, 50), (3, 1, 1)),
        ((50, 10, 45), (50, 10, 5)),
        ((150, 40, 140), (350, 60, 30)),
        ((300, 30, 300), (100, 30, 0)),
        ((300, 30, 299), (100, 30, 1)),
        ((300, 30, 150), (100, 30, 50)),
        ((500, 20, 480), (500, 20, 20)),
        ((500, 20, 400), (500, 20, 100)),
        ((500, 20, 250), (500, 20, 250)),
        ((1000, 100, 990), (200, 50, 20)),
        ((12000, 60, 11600),),
    ],
    ids=str,
)
def test_the_interval_covers_the_true_share(kinds: tuple[Kind, ...]) -> None:
    assert covered(*kinds) >= 0.93


def test_a_sample_without_an_error_leaves_room_for_errors_and_a_stratum_read_whole_leaves_none() -> None:
    sampled = corrected({"found": Stratum(60, 20, 20), "not_found": Stratum(3, 3, 0)})
    assert sampled is not None and sampled.share == pytest.approx(60 / 63)
    assert 0.8 < sampled.low < 0.9 and sampled.high == pytest.approx(60 / 63)
    whole = corrected({"found": Stratum(60, 60, 59), "not_found": Stratum(3, 3, 1)})
    assert whole is not None and (whole.low, whole.share, whole.high) == (60 / 63, 60 / 63, 60 / 63)


def test_what_was_not_seen_widens_the_bounds_and_nothing_else() -> None:
    found = corrected({"found": Stratum(50, 50, 50), "not_found": Stratum(0, 0, 0)}, not_seen=13)
    assert found is not None
    assert (found.share, found.low, found.high) == (50 / 63, 50 / 63, 50 / 63)
    assert (found.bound_low, found.bound_high) == (50 / 63, 1.0)


@pytest.mark.parametrize("strata", [{}, {"found": Stratum(60, 0, 0), "not_found": Stratum(3, 3, 0)}])
def test_where_only_the_machine_speaks_there_is_no_corrected_share(strata: dict[str, Stratum]) -> None:
    assert corrected(strata, not_seen=1) is None


@pytest.mark.parametrize("part", [Stratum(3, 4, 0), Stratum(3, 2, 3), Stratum(3, 2, -1)])
def test_counts_that_do_not_fit(part: Stratum) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        corrected({"found": part})
