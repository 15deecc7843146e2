"""A search is one value: ordered for a reader, and known again by its hash when the site has not changed."""

from dataclasses import replace

import pytest

from prober.domain.finding import Failure
from prober.domain.indicator import Kind
from prober.domain.visit import Outcome, SearchPart, SearchRecord, SearchStep, in_order

URL = "http://x.gov.test/hoi-dap"
STEP = SearchStep(SearchPart.USUAL_PATH, URL, Outcome.MISSING, (Kind.QA,), status=404)


def test_steps_come_in_the_order_of_the_parts_and_then_as_they_were_taken() -> None:
    made_up, first, second = replace(STEP, part=SearchPart.MADE_UP), replace(STEP, url=f"{URL}/2"), STEP
    home = replace(STEP, part=SearchPart.HOME)
    assert in_order([made_up, first, second, home]) == (home, first, second, made_up)


@pytest.mark.parametrize(
    "other",
    [
        {"url": f"{URL}/"},
        {"outcome": Outcome.READ},
        {"kinds": ()},
        {"status": 410},
        {"failure": Failure.TIMEOUT},
        {"count": 3},
        {"location": URL},
        {"found_by": "menu"},
    ],
    ids=str,
)
def test_the_hash_is_that_of_everything_met(other: dict[str, object]) -> None:
    record = SearchRecord((STEP,))
    assert record.sha256 == SearchRecord((replace(STEP),)).sha256
    assert record.sha256 != SearchRecord((replace(STEP, **other),)).sha256


def test_a_step_for_everything_names_no_kind() -> None:
    assert replace(STEP, kinds=()).row()["kinds"] == ""
    assert replace(STEP, kinds=(Kind.QA, Kind.EMAIL)).row()["kinds"] == '["qa", "email"]'
