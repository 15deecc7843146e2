"""What a visit looked at: all of it, or what was missing."""

from dataclasses import replace

import pytest

from prober.domain.coverage import verdicts
from prober.domain.finding import Failure, State
from tests.prober.domain.test_coverage import TODAY, WHOLE

INCOMPLETE = {
    "menu": replace(WHOLE, menu=False),
    "sitemap": replace(WHOLE, sitemap=False),
    "slugs": replace(WHOLE, slugs=False),
    "a candidate": replace(WHOLE, opened=2),
    "blocked": replace(WHOLE, blocked=1),
    "budget": replace(WHOLE, failure=Failure.BUDGET, detail="40 pages"),
}


@pytest.mark.parametrize("what", INCOMPLETE)
def test_nothing_found_after_less_is_unknown_with_the_reason(what: str) -> None:
    for verdict in verdicts([], INCOMPLETE[what], TODAY):
        assert verdict.state == State.UNKNOWN and verdict.reasons
