"""Every indicator has its detector, and what counts has words."""

import pytest

from prober.detectors.detection import DETECTORS, VERSIONS
from prober.domain.indicator import BUDGET_TYPES, INDICATORS, Indicator, Kind, names
from prober.reporting.words.labels import KINDS
from prober.studies.packs import words
from tests.languages import VIETNAMESE


def test_every_indicator_has_a_name_of_its_own_and_a_label() -> None:
    assert len(set(names(INDICATORS))) == len(INDICATORS) and list(names(INDICATORS)) == list(KINDS)


def test_every_indicator_has_a_detector_and_labels() -> None:
    assert len(DETECTORS) == len(VERSIONS.keys() - {"doubts"}) == len(INDICATORS)
    assert words(VIETNAMESE).links.keys() == set(names(INDICATORS))


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda indicator: indicator.kind)
def test_categories_that_count_have_words(indicator: Indicator) -> None:
    named = {*(indicator.counted or ()), *indicator.compared, *(c for part in indicator.settled for c in part)}
    assert named - {*BUDGET_TYPES} <= set(indicator.categories)


def test_what_may_stand_on_the_site_of_a_department_is_said_otherwise_of_a_site_by_itself() -> None:
    either = [one for one in INDICATORS if one.of_departments]
    assert names(either) == (Kind.BUDGET,)
    assert all(all(figure.own) and figure.own != figure.label for one in either for figure in one.figures)
