"""Agreement of coders against published examples, values worked out by hand, and the package krippendorff."""

from collections import Counter
from collections.abc import Callable

import krippendorff
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.reporting.statistics.agreement import cohen_kappa, gwet_ac1, krippendorff_alpha, nominal, ordinal, raw
from prober.services.review.replies import agreement_rows

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section E: four observers, twelve units.
PUBLISHED = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)
UNITS = [[value for value in unit if value is not None] for unit in zip(*PUBLISHED, strict=True)]


def table(**cells: int) -> list[tuple[str, str]]:
    """A contingency table as pairs: `yn=5` is five units that the first calls y and the second n."""
    return list(Counter({(name[0], name[1]): count for name, count in cells.items()}).elements())


@pytest.mark.parametrize(("distance", "alpha"), [(nominal, 0.743), (ordinal, 0.815)], ids=["nominal", "ordinal"])
def test_the_published_example(distance: Callable[..., float], alpha: float) -> None:
    assert krippendorff_alpha(UNITS, [1, 2, 3, 4, 5], distance) == pytest.approx(alpha, abs=0.0006)


@pytest.mark.parametrize(
    ("pairs", "share", "kappa", "ac1"),
    [
        # Worked out by hand: chance 0.5 for kappa (0.5·0.6 + 0.5·0.4), 2·0.55·0.45 for AC1.
        (table(yy=20, yn=5, ny=10, nn=15), 0.7, 0.4, (0.7 - 0.495) / 0.505),
        # Gwet 2008: 118 of 125 agree, and kappa is below zero because one class is nearly everything.
        (table(yy=118, yn=5, ny=2), 0.944, -0.0234, 0.9408),
        (table(yy=3, nn=3), 1.0, 1.0, 1.0),
        (table(yn=2, ny=2), 0.0, -1.0, -1.0),
        (table(yy=4), 1.0, None, None),
        ([], None, None, None),
    ],
    ids=["half by chance", "one class is rare", "all agree", "none agree", "one class only", "nothing coded twice"],
)
def test_raw_kappa_and_ac1(
    pairs: list[tuple[str, str]], share: float | None, kappa: float | None, ac1: float | None
) -> None:
    assert raw(pairs) == pytest.approx(share)
    assert cohen_kappa(pairs) == pytest.approx(kappa, abs=5e-5)
    assert gwet_ac1(pairs) == pytest.approx(ac1, abs=5e-5)


@settings(max_examples=150)
@given(
    st.lists(st.lists(st.one_of(st.none(), st.integers(0, 4)), min_size=3, max_size=3), min_size=2, max_size=25),
    st.sampled_from(["nominal", "ordinal"]),
)
def test_alpha_is_that_of_the_package(rows: list[list[int | None]], level: str) -> None:
    units = [[value for value in row if value is not None] for row in rows]
    ours = krippendorff_alpha(units, [0, 1, 2, 3, 4], nominal if level == "nominal" else ordinal)
    paired = {value for unit in units if len(unit) > 1 for value in unit}
    if len(paired) < 2:
        assert ours is None
        return
    data = numpy.array([[numpy.nan if value is None else value for value in row] for row in rows], dtype=float).T
    theirs = krippendorff.alpha(reliability_data=data, level_of_measurement=level, value_domain=[0, 1, 2, 3, 4])
    assert ours == pytest.approx(theirs, abs=1e-9)


def test_a_value_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="5"):
        krippendorff_alpha([[1, 5]], [1, 2], nominal)


def coding(reply: int, coder: str, event: str, **items: int) -> dict[str, object]:
    return {
        "reply": reply, "coder": coder, "event": event, "agency": f"a{reply}", "message_sha256": f"{reply}" * 64,
        "items": {int(name[1:]): quality for name, quality in items.items()},
    }  # fmt: skip


def test_only_what_two_have_coded_is_compared_pair_by_pair() -> None:
    rows = list(
        agreement_rows(
            [
                coding(1, "ntq", "F1", d1=4, d2=3),
                coding(1, "bt", "P1", d1=4, d2=1),
                coding(2, "bt", "R1"),
                coding(2, "ntq", "R1"),
                coding(3, "ntq", "A2"),
                coding(2, "lv", "R2"),
            ]
        )
    )
    found = {(row["measure"], row["coders"]): (row["n"], row["raw"]) for row in rows}
    assert found == {
        ("class", "bt, ntq"): (2, 0.5), ("answer", "bt, ntq"): (2, 1.0), ("quality", "bt, ntq"): (2, 0.5),
        ("class", "bt, lv"): (1, 0.0), ("answer", "bt, lv"): (1, 1.0), ("quality", "bt, lv"): (0, None),
        ("class", "lv, ntq"): (1, 0.0), ("answer", "lv, ntq"): (1, 1.0), ("quality", "lv, ntq"): (0, None),
    }  # fmt: skip
    (difference,) = next(row["differences"] for row in rows if row["measure"] == "quality" and row["differences"])
    assert difference == "a1 111111111111 document 2: 1 or 3"
