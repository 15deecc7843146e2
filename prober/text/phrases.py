"""Search texts for lists of phrases: regular expressions written once, with accents and in lower case.

A text that was typed without accents is searched for the same phrases without accents.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from prober.text.patterns import linear
from prober.text.vietnamese import fold, lines, tones

_MOST_PIECES = 8  # looking for more takes as long as the pattern


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
    for pattern in possible(patterns, text):
        if found := pattern.search(text):
            return " ".join(found[0].split())
    return ""


def without(patterns: tuple[str, ...], text: str) -> str:
    """Return `text` without the matches of `patterns`."""
    for pieces, pattern in _guarded(patterns, text.isascii()):
        if _has_one(pieces, text):  # of the text that is left: what was taken out of it joins what stood around
            text = pattern.sub("", text)
    return text


def possible(patterns: tuple[str, ...], text: str) -> Iterator[re.Pattern[str]]:
    """Yield those of `patterns`, compiled, that may match in `text`: it has a piece that no match of them is without.

    To look for a piece takes a tenth of the time of a pattern, and of most patterns a letter has none.
    """
    for pieces, pattern in _guarded(patterns, text.isascii()):
        if _has_one(pieces, text):
            yield pattern


def _has_one(pieces: tuple[str, ...], text: str) -> bool:
    return any(map(text.__contains__, pieces))


@lru_cache(maxsize=1024)
def _guarded(patterns: tuple[str, ...], plain: bool) -> tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]:
    return tuple((needed(pattern), pattern) for pattern in compiled(patterns, plain))


def needed(pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Return pieces of text of which every match of `pattern` has at least one; ("",) where none are known.

    >>> needed(re.compile(r"\\bgửi\\b(?: \\w+){0,3} (?:kèm|theo)")), needed(re.compile(r"\\d+|kèm"))
    (('gửi',), ('',))
    """
    if pattern.flags & re.IGNORECASE:
        return ("",)
    return _needed(parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)) or ("",)


def _needed(parsed: Iterable[tuple[Any, Any]]) -> tuple[str, ...]:
    """Return the best pieces of a parsed sequence: few and long ones; () if it needs none."""
    found: list[tuple[str, ...]] = []
    run = ""
    for kind, of in [*parsed, (code.AT, None)]:
        if kind is code.LITERAL:
            run += chr(of)
            continue
        found.append((run,))
        run = ""
        if kind is code.SUBPATTERN and not of[1]:  # flags of its own
            found.append(_needed(of[3]))
        elif kind is code.BRANCH:
            found.append(_of_branches(of[1]))
        elif kind in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT) and of[0] > 0:
            found.append(_needed(of[2]))
        elif kind is code.ATOMIC_GROUP:
            found.append(_needed(of))
    fit = [pieces for pieces in found if pieces and len(pieces) <= _MOST_PIECES and min(map(len, pieces)) > 1]
    return max(fit, key=lambda pieces: min(map(len, pieces)) - 2 * len(pieces), default=())


def _of_branches(branches: Iterable[Iterable[tuple[Any, Any]]]) -> tuple[str, ...]:
    """Return pieces of which each branch needs one; () if a branch needs none."""
    each = [_needed(branch) for branch in branches]
    return tuple(dict.fromkeys(piece for pieces in each for piece in pieces)) if all(each) else ()
