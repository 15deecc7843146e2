"""Every category has its words, and every table and column its meaning in Vietnamese."""

import re

from prober.domain.indicator import INDICATORS, OFFICIAL
from prober.reporting.words import translations
from prober.store.reading.report_rows import view_columns
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.store.schema.views import VIEWS


def test_every_category_has_its_words() -> None:
    assert {*OFFICIAL, *(category for indicator in INDICATORS for category in indicator.compared)} <= set(
        translations.CATEGORIES
    )


def test_what_the_schema_says_is_said_in_vietnamese() -> None:
    """A sentence that changes in English is asked for anew, and none is kept that the schema no longer has."""
    columns = view_columns()
    told = {about for view in VIEWS for about in view.texts(columns[view.name]).values()}
    told |= {table.about for table in RESULTS_TABLES}
    told |= {column.about for table in RESULTS_TABLES for column in table.columns}
    vietnamese = translations.of_schema()
    assert {*vietnamese} == told
    for english, said in vietnamese.items():
        names = [sorted(re.findall("`[^`]+`", text)) for text in (english, said)]
        assert said and names[0] == names[1], english
