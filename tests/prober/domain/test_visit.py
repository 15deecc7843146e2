"""What a visit looked at: all of it, or what was missing."""

from dataclasses import replace

import pytest
from prober.domain.coverage import verdicts

from prober.domain.finding import Failure, State
from prober.domain.visit import for_now
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
        assert verdict.state == State.NOT_SEEN and verdict.reasons


@pytest.mark.parametrize(
    ("status", "failure", "later"),
    [
        (429, Failure.BLOCKED, True),
        (503, Failure.HTTP_5XX, True),
        (503, Failure.CHALLENGE, False),
        (429, Failure.CAPTCHA, False),
        (403, Failure.BLOCKED, False),
        (500, Failure.HTTP_5XX, False),
        (0, Failure.TIMEOUT, False),
        (429, None, False),
    ],
)
def test_a_server_that_refuses_for_the_time_being(status: int, failure: Failure | None, later: bool) -> None:
    assert for_now(status, failure) is later
