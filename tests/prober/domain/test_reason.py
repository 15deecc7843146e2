"""Reasons are stored in one form, which gives them back."""

from hypothesis import given
from hypothesis import strategies as st

from prober.domain.reason import Reason, from_json, to_json
from prober.text.patterns import without_controls

WORDS = st.text(max_size=20).map(without_controls)
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


def test_what_a_terminal_acts_on_is_not_stored() -> None:
    stored = to_json([Reason("text", text="\x1b[2Jlỗi", urls=("a\u202eb",), why=(Reason("dns", detail="\x07"),))])
    kept = Reason("text", text="[2Jlỗi", urls=("ab",), why=(Reason("dns", detail=""),))
    assert from_json(stored) == (kept,)


def test_no_reason_is_an_empty_column() -> None:
    assert (to_json(()), from_json(""), from_json(None)) == ("", (), ())
