"""What is told of a whole site, by small sites that were labelled from facts before the rules were read.

Half of them (kept) were scored once before anything was mended. docs/indicators.md has the scores, and is held to them.
"""

from collections import Counter

import pytest

from prober.studies.folder import packaged
from tests.spiders.visit.labelled_sites import FIXTURES, HALVES, STATES, documented, labelled, visited

SOUGHT = {one.kind: one for one in packaged("portal-review").sought}


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.txt") if path.stem != "accessibility"))
def test_its_scores_are_those_of_the_documentation(name: str) -> None:
    asked, right = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for site in labelled(name):
        asked[site.half, site.answer] += 1
        right[site.half, site.answer] += visited(site, SOUGHT[name]).state == STATES[site.answer]
    assert [asked[half] for half in HALVES] == [10] * 4
    assert [right[half] for half in HALVES] == documented(name)
