"""What is told of a whole site, by small sites that were labelled from facts before the rules were read.

Half of them (kept) were scored once before anything was mended. docs/indicators.md has the scores, and is held to them.
"""

from collections import Counter
from collections.abc import Callable

import pytest

from prober.domain.finding import State
from prober.studies.folder import packaged
from spiders.visit.step import StepResult
from tests.spiders.visit.labelled_sites import AT, FIXTURES, HALVES, STATES, Labelled, documented, labelled, visited

SOUGHT = {one.kind: one for one in packaged("portal-review").sought}


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.txt") if path.stem != "accessibility"))
def test_its_scores_are_those_of_the_documentation(name: str) -> None:
    asked, right = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for site in labelled(name):
        asked[site.half, site.answer] += 1
        right[site.half, site.answer] += visited(site, SOUGHT[name]).state == STATES[site.answer]
    assert [asked[half] for half in HALVES] == [10] * 4
    assert [right[half] for half in HALVES] == documented(name)


def banning(site: Labelled) -> Callable[[str], StepResult]:
    """The site, but once it was asked for an address that it does not have it refuses everything."""
    strange: list[str] = []

    def answered(url: str) -> StepResult:
        banned = bool(strange)
        strange.extend(() if url in site.answers else (url,))
        return StepResult(url, AT, 403, {"content-type": "text/html"}, b"Forbidden") if banned else site.result(url)

    return answered


def test_a_refusal_decides_only_where_the_site_still_answers() -> None:
    site = next(one for one in labelled("told_404") if one.slug == "forbidden")
    told = [visited(site, SOUGHT["told_404"], answers).state for answers in (site.result, banning(site))]
    assert told == [State.NOT_FOUND, State.NOT_SEEN]
