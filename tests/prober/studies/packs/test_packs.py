"""Language packs: complete, merged in order, the same value each time."""

import pytest

from prober.studies.packs import languages, link_words, words, words_mark
from prober.text.words import FAINT, STRONG, LinkWords, Vocabulary
from tests.languages import VIETNAMESE


@pytest.mark.parametrize("language", languages())
def test_a_pack_has_words_for_every_indicator_and_every_table(language: str) -> None:
    of_pobi, of_pack = words(VIETNAMESE), words(Vocabulary((language,)))
    assert of_pack.links.keys() == of_pobi.links.keys()
    assert all(its.labels for its in of_pack.links.values())
    assert of_pack.tables.keys() == of_pobi.tables.keys()


def test_words_are_read_once() -> None:
    assert words(Vocabulary(("vi",))) is words(Vocabulary(("vi",))) != words(Vocabulary(()))
    assert words_mark(Vocabulary(("vi",))) != words_mark(Vocabulary(()))


def test_a_language_without_a_pack_is_read_by_the_english_one() -> None:
    first, both = words(Vocabulary(("xx",))), words(Vocabulary(("xx", "en")))
    english = words(Vocabulary(("en",)))
    assert first.links == english.links == both.links
    assert first.tables == english.tables == both.tables


def test_link_words_of_toml_and_of_two_languages() -> None:
    first = link_words({"labels": {"strong": ["a"]}, "paths": ["/a"], "search": "a"})
    second = LinkWords({"a": FAINT, "b": FAINT}, {"b": FAINT}, ("/a", "/b"), "b")
    assert first + second == LinkWords({"a": STRONG, "b": FAINT}, {"b": FAINT}, ("/a", "/b"), "a")
