"""How a mistake of the prober is named."""

import pytest

from mailroom.intake.watch import pause
from prober.domain.reason import from_json
from prober.errors import place


@pytest.mark.parametrize(
    ("error", "said"), [(KeyError("vp@camau.gov.test"), "KeyError"), (RecursionError(), "RecursionError")]
)
def test_an_error_from_outside_our_code_is_named_without_its_message(error: Exception, said: str) -> None:
    assert place(error) == said


def test_the_line_of_any_of_our_packages_is_named() -> None:
    for module, fails in (
        ("mailroom.intake.watch", lambda: pause(None, 0.0)),
        ("prober.domain.reason", lambda: from_json("{}}")),
    ):
        with pytest.raises((TypeError, ValueError)) as raised:
            fails()
        assert f" ({module}, line " in place(raised.value)
