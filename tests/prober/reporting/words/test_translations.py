"""Every category has its words."""

from prober.domain.finding import COMPARED, OFFICIAL
from prober.reporting.words import translations


def test_every_category_has_its_words() -> None:
    assert {*OFFICIAL, *(category for shown in COMPARED.values() for category in shown)} <= set(translations.CATEGORIES)
