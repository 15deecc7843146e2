"""A phrase with needles finds what its pattern finds: no needle may keep it from a text that it matches."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.classification import auto_replies
from mailroom.classification.bounces import bounce_patterns, permanence
from mailroom.classification.vocabulary import asking, english, giving, refusals, spam_filters, transfers, weak_signs
from prober.text.phrase_matching import Words, _alternatives, caseless, first_match, phrase, phrases
from prober.text.vietnamese import fold

LISTS = (asking, english, spam_filters, giving, weak_signs, transfers, refusals)
PATTERNS = [
    p
    for module in LISTS
    for value in vars(module).values()
    if isinstance(value, tuple)
    for p in value
    if isinstance(p, str)
]
PATTERNS += auto_replies._ANSWERS + auto_replies._AWAY + auto_replies._MACHINE
PATTERNS += map(fold, PATTERNS[:20])
WORDS = [value for value in vars(bounce_patterns).values() if isinstance(value, Words)]
WORDS += [words for _, _, words in permanence.WORDS]


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


@settings(deadline=None)  # the first use of a pattern compiles it
@given(st.data())
def test_a_phrase_finds_what_its_pattern_finds(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(PATTERNS))
    text = data.draw(st.text(st.sampled_from("sẽ \n"), max_size=3)) + data.draw(st.from_regex(re.compile(pattern)))
    one, other = phrase(pattern).search(text), re.search(pattern, text)
    assert (one and one.span()) == (other and other.span())
    first, among = first_match((pattern, "nowhere"), text), phrases((pattern,), text.isascii())[0].pattern.search(text)
    assert (first and first.span()) == (among and among.span())


@pytest.mark.parametrize(
    ("text", "found"),
    [("Thư BỊ TRẢ LẠI", True), ("TESLİM EDİLEMEDİ", True), ("a (b", True), ("|C", True), ("b", False)],
)
def test_words_are_found_in_any_case(text: str, found: bool) -> None:
    words = Words(r"bị (?:trả lại|chặn)|teslim edilemedi|alıcı|a \((?:b|c)|[|(]c")
    assert words.are_in(caseless(text)) == found


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.pattern[:20])
def test_words_are_of_lower_case(words: Words) -> None:
    letters = re.sub(r"\\.", "", words.pattern)
    assert letters == letters.lower()


@settings(deadline=None)  # the first use of a pattern compiles it
@given(st.data())
def test_words_are_found_where_their_pattern_is_without_case(data: st.DataObject) -> None:
    words = data.draw(st.sampled_from(WORDS))
    one = re.compile(data.draw(st.sampled_from(_alternatives(words.pattern))), words.flags)
    text = data.draw(st.text(st.sampled_from("a 5.\n"), max_size=3)) + data.draw(st.from_regex(one))
    text = data.draw(st.sampled_from([text, text.upper(), text[1:]]))
    assert words.are_in(caseless(text)) == bool(re.search(words.pattern, text, words.flags | re.IGNORECASE))


def test_no_phrase_has_an_escape_that_means_something_else_without_accents() -> None:
    """Folding makes lower case: \\W would become \\w."""
    assert [pattern for pattern in PATTERNS if re.search(r"\\[A-Z]", pattern)] == []
