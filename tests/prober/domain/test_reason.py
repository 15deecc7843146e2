"""Reasons are stored in one form, which gives them back."""

from hypothesis import given
from hypothesis import strategies as st

from prober.domain.reason import Reason, from_json, to_json

WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
VALUES = WORDS | st.integers() | st.lists(WORDS, max_size=3).map(tuple)
SIMPLE = st.builds(
    lambda code, params: Reason(code, **params),
    WORDS,
    st.dictionaries(WORDS.filter(lambda name: name != "code"), VALUES, max_size=3),
)
NESTED = st.builds(lambda code, why: Reason(code, why=why), WORDS, st.lists(SIMPLE, min_size=1, max_size=2).map(tuple))


@given(st.lists(SIMPLE | NESTED, max_size=4).map(tuple))
def test_what_is_written_is_read_again(given_reasons: tuple[Reason, ...]) -> None:
    assert from_json(to_json(given_reasons)) == given_reasons


def test_no_reason_is_an_empty_column() -> None:
    assert (to_json(()), from_json(""), from_json(None)) == ("", (), ())
