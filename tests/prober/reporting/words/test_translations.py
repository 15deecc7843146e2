"""Every category has its words."""

from prober.domain.indicator import INDICATORS, OFFICIAL
from prober.reporting.words import translations


def test_every_category_has_its_words() -> None:
    assert {*OFFICIAL, *(category for indicator in INDICATORS for category in indicator.compared)} <= set(
        translations.CATEGORIES
    )
