"""The place of an element, by its tag, id, class and role."""

import pytest

from prober.domain.markup.places import place_named


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("header banner banner", "header"),
        ("div banner", "aside"),
        ("header topMenu", "menu"),
        ("div journal-content-article", ""),
        ("div article-body", "main"),
        ("footer entry-footer", ""),
    ],
)
def test_place_named(words: str, place: str) -> None:
    assert place_named(words) == place
