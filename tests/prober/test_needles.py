"""A phrase with needles finds what its pattern finds: no needle may keep it from a text that it matches."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import automatic, phrases
from prober.needles import phrase
from prober.vietnamese import fold

PATTERNS = [p for value in vars(phrases).values() if isinstance(value, tuple) for p in value]
PATTERNS += automatic._AUTO_TEXT
PATTERNS += map(fold, PATTERNS[:20])


@pytest.mark.parametrize(
    ("pattern", "needles"),
    [
        ("nhận được", (("nhận được",),)),
        ("(?:nhận|nhận được) thư", ((" thư",), ("nhận",))),
        ("(?:nhận|a?) ?thư", (("thư",),)),  # a branch without a needle: the choice has none
        ("(?:cung cấp)?(?!sở tài chính)", ()),
        ("(?:gửi ){2,3}[^.\\n]{0,40}x", (("gửi ",),)),
    ],
)
def test_needles(pattern: str, needles: tuple[tuple[str, ...], ...]) -> None:
    assert phrase(pattern).needles == needles


@given(st.data())
def test_a_phrase_finds_what_its_pattern_finds(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(PATTERNS))
    text = data.draw(st.text(st.sampled_from("sẽ \n"), max_size=3)) + data.draw(st.from_regex(re.compile(pattern)))
    one, other = phrase(pattern).search(text), re.search(pattern, text)
    assert (one and one.span()) == (other and other.span())
