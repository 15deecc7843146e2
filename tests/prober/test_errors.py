"""How a mistake of the prober is named."""

import pytest

from prober.errors import place


@pytest.mark.parametrize(
    ("error", "said"), [(KeyError("vp@camau.gov.test"), "KeyError"), (RecursionError(), "RecursionError")]
)
def test_an_error_from_outside_our_code_is_named_without_its_message(error: Exception, said: str) -> None:
    assert place(error) == said
