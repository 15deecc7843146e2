"""Phrases are found in texts with and without accents, and wordings in any case."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.classification.bounces import bounce_patterns, permanence
from mailroom.classification.machine_mail import MACHINES
from prober.studies.packs import phrases
from prober.text.words import caseless, find, without
from tests.languages import VIETNAMESE

MEANINGS = [*phrases(VIETNAMESE).meanings.values(), *MACHINES.meanings.values()]
PATTERNS = [p for lists in MEANINGS for patterns in lists.values() for p in patterns]
# Wordings that are searched in `caseless` text; the other patterns of the module are compiled without case.
WORDINGS = [p for p in vars(bounce_patterns).values() if isinstance(p, re.Pattern) and not p.flags & re.IGNORECASE]
WORDINGS += [words for _, _, words in permanence.WORDS]


def test_the_words_of_the_first_fitting_phrase_are_found_with_single_blanks() -> None:
    assert find((r"vào  sổ", r"đã\s+nhận", r"thư"), "thư đã\n nhận") == "đã nhận"
    assert find((r"đã nhận",), "chua xem") == ""


def test_a_text_without_accents_is_searched_without_accents() -> None:
    assert find((r"đã nhận",), "da nhan duoc thu") == "da nhan"
    assert find((r"đã nhận",), "da nhan được thư") == ""
    assert without((r" ?đã nhận",), "so da nhan thu") == "so thu"


@pytest.mark.parametrize(
    ("text", "found"),
    [("Thư BỊ TRẢ LẠI", True), ("TESLİM EDİLEMEDİ", True), ("a (b", True), ("|C", True), ("b", False)],
)
def test_wordings_are_found_in_any_case(text: str, found: bool) -> None:
    wordings = re.compile(r"bị (?:trả lại|chặn)|teslim edilemedi|alici|a \((?:b|c)|[|(]c")
    assert bool(wordings.search(caseless(text))) == found


@pytest.mark.parametrize("wordings", WORDINGS, ids=lambda wordings: wordings.pattern[:20])
def test_wordings_are_written_as_caseless_text_is(wordings: re.Pattern[str]) -> None:
    letters = re.sub(r"\\.", "", wordings.pattern)
    assert letters == caseless(letters)


@given(st.data())
def test_wordings_find_what_they_find_without_case(data: st.DataObject) -> None:
    wordings = data.draw(st.sampled_from(WORDINGS))
    text = data.draw(st.text(st.sampled_from("a 5.\n"), max_size=3)) + data.draw(st.from_regex(wordings))
    text = data.draw(st.sampled_from([text, text.upper(), text[1:]]))
    insensitive = re.compile(wordings.pattern, wordings.flags | re.IGNORECASE)
    assert bool(wordings.search(caseless(text))) == bool(insensitive.search(text))


@pytest.mark.parametrize("text", ["ALICI BULUNAMADI", "alıcı bulunamadı", "Alıcı Bulunamadı", "alici bulunamadi"])
def test_turkish_is_read_however_its_i_is_written(text: str) -> None:
    assert re.search(bounce_patterns.NOBODY, caseless(text))


def test_no_phrase_has_an_escape_that_means_something_else_without_accents() -> None:
    """Folding makes lower case: \\W would become \\w."""
    assert [pattern for pattern in PATTERNS if re.search(r"\\[A-Z]", pattern)] == []


def test_a_phrase_that_arises_where_another_was_taken_out_is_taken_out_too() -> None:
    assert without((r" đã", r"sở nhận"), "sở đã nhận thư") == " thư"
