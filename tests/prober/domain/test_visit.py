"""What a visit tells of an answer."""

import pytest

from prober.domain.finding import Failure
from prober.domain.visit import for_now


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
