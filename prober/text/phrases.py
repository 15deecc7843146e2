"""Search texts for lists of phrases: regular expressions written once, with accents and in lower case.

A text that was typed without accents is searched for the same phrases without accents.
"""

import re
from functools import lru_cache

from prober.text.patterns import linear
from prober.text.vietnamese import fold, lines, tones


@lru_cache(maxsize=8)  # several questions are asked of the same letter
def normal(text: str) -> str:
    """Return `text` normalised for the search: one paragraph per line, lower case, one spelling of tones."""
    return tones(lines(text).lower())


def caseless(text: str) -> str:
    """Return `text` in lower case, with the Turkish i, with or without its dot, as a plain i.

    A pattern of a hundred wordings runs many times faster over lower case than with `re.IGNORECASE`, and both find the
    same.
    """
    text = text.lower()
    return text if text.isascii() else text.replace("i\u0307", "i").replace("ı", "i").replace("ſ", "s")


@lru_cache(maxsize=1024)
def compiled(patterns: tuple[str, ...], plain: bool) -> tuple[re.Pattern[str], ...]:
    """Return `patterns` compiled; without their accents if `plain`."""
    return tuple(map(linear, map(fold, patterns) if plain else patterns))


def find(patterns: tuple[str, ...], text: str) -> str:
    """Return the match of the first pattern that occurs in `text`, with single blanks, or ""."""
    for pattern in compiled(patterns, text.isascii()):
        if found := pattern.search(text):
            return " ".join(found[0].split())
    return ""


def without(patterns: tuple[str, ...], text: str) -> str:
    """Return `text` without the matches of `patterns`."""
    for pattern in compiled(patterns, text.isascii()):
        text = pattern.sub("", text)
    return text
