"""Control characters are taken out of strangers' texts."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.text.patterns import map_texts, without_controls


@pytest.mark.parametrize(
    "text",
    ["Sở Tài chính tỉnh Cà Mau", "một\thai\nba", "e\u0301 \u1ebf", "\u200d\U0001f468", "\xa0\xad", "", "\U0010ffff"],
)
def test_what_is_only_shown_stays(text: str) -> None:
    assert without_controls(text) == text


@given(st.text())
def test_nothing_is_left_that_a_terminal_acts_on_and_nothing_is_added(text: str) -> None:
    left = without_controls(text)
    assert not [c for c in left if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in "\t\n"]
    assert not [c for c in left if unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI")]
    rest = iter(text)
    assert all(c in rest for c in left)  # in their order


def test_every_text_of_a_value_is_changed() -> None:
    value = {"x\x1b": ["\x07a", 1, None, {"b": ("\u202ec",)}]}
    assert map_texts(value, without_controls) == {"x": ["a", 1, None, {"b": ["c"]}]}
