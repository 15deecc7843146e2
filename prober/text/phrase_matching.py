"""Strings without which a pattern cannot match: looking for them costs a tenth of trying the pattern.

A hundred phrases are looked for in every letter, and the marks of ten systems in every home page; hardly any is in it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

from prober.text.vietnamese import fold

_FEW = 4  # strings of a set that is soon looked through
_SHORTEST = 2  # characters; a single letter is in every text


@dataclass(frozen=True)
class Phrase:
    """A pattern, and sets of strings: of each set, at least one string is in every text that it matches."""

    source: str
    flags: int
    needles: tuple[tuple[str, ...], ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when a text may match: of a thousand phrases most never meet one."""
        return re.compile(self.source, self.flags)

    def search(self, text: str) -> re.Match[str] | None:
        """What `pattern.search` says, mostly without asking it."""
        return self.pattern.search(text) if self.may_be_in(text) else None

    def may_be_in(self, text: str) -> bool:
        """False only where the pattern matches neither in `text` nor in a piece of it."""
        for strings in self.needles:
            for string in strings:
                if string in text:
                    break
            else:
                return False
        return True


@lru_cache(maxsize=1024)
def phrases(patterns: tuple[str, ...], plain: bool) -> tuple[Phrase, ...]:
    """The phrases of `patterns`; of the same without accents if `plain`."""
    return tuple(map(phrase, map(fold, patterns) if plain else patterns))


def first_match(patterns: tuple[str, ...], text: str) -> re.Match[str] | None:
    """What the first fitting pattern matches. A text typed without accents is read without them."""
    for one in phrases(patterns, text.isascii()):
        for strings in one.needles:  # `may_be_in`, written out: three hundred phrases are asked of every letter
            for string in strings:
                if string in text:
                    break
            else:
                break
        else:
            if found := one.pattern.search(text):
                return found
    return None


def phrase(pattern: str, flags: int = 0) -> Phrase:
    """`pattern` with its needles. `flags` may not ignore case: a needle is compared letter by letter.

    >>> phrase("(?:đã|vừa) (?:tiếp )?nhận").needles
    (('nhận',), ('vừa', 'đã'))
    """
    found = {_shortened(strings) for strings in _needed(_parser.parse(pattern))}
    return Phrase(pattern, flags, tuple(sorted(found, key=_cost)))


def caseless(text: str) -> str:
    """`text` as Words are looked for in it: in lower case, and the Turkish i without its dot, or with two, is one."""
    text = text.lower()
    return text if text.isascii() else text.replace("i\u0307", "i").replace("ı", "i").replace("ſ", "s")


@dataclass(frozen=True)
class Words:
    """A long choice of wordings in lower case: of its alternatives those are tried whose needles a text has.

    A pattern of a hundred alternatives is tried at every place of a text, and one without case jumps to none.
    """

    pattern: str
    flags: int = 0

    def are_in(self, text: str) -> bool:
        """Whether the pattern is somewhere in `text`, which is `caseless`.

        >>> Words("user unknown|unbekannt").are_in(caseless("550 User Unknown"))
        True
        """
        for needle, alternatives in self._by_needle:
            if needle in text and any(alternative.search(text) for alternative in alternatives):
                return True
        return False

    @cached_property
    def _by_needle(self) -> tuple[tuple[str, tuple[Phrase, ...]], ...]:
        """Needle → the alternatives that may be where it is. Those that need none have "", which is everywhere."""
        found: dict[str, list[Phrase]] = {}
        for alternative in _alternatives(self.pattern.replace("ı", "i")):
            one = phrase(alternative, self.flags)
            for needle in min(one.needles, key=lambda strings: (len(strings), -_rarity(strings)), default=("",)):
                found.setdefault(needle, []).append(one)
        return tuple((needle, tuple(alternatives)) for needle, alternatives in found.items())


def _alternatives(pattern: str) -> list[str]:
    """The pieces of `pattern` between the bars that stand in no bracket."""
    pieces, depth, start = [], 0, 0
    for mark in re.finditer(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]", pattern, re.DOTALL):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if mark[0] == "|" and not depth:
            pieces.append(pattern[start : mark.start()])
            start = mark.end()
    return [*pieces, pattern[start:]]


def _needed(items: Iterable[tuple[Any, Any]]) -> list[frozenset[str]]:
    """The sets of a parsed sequence: its runs of letters, and one for a choice of which every branch has a set."""
    found: list[frozenset[str]] = []
    run = ""
    for kind, value in items:
        if kind is _constants.LITERAL:
            run += chr(value)
            continue
        found += _of_run(run)
        run = ""
        if kind is _constants.SUBPATTERN:
            found += _needed(value[3])
        elif kind is _constants.BRANCH:
            branches = [_needed(branch) for branch in value[1]]
            if all(branches):
                ranked = [sorted(sets, key=_rarity, reverse=True) for sets in branches]
                for rank in range(max(map(len, ranked))):  # "generator" is in every page, "drupal" behind it is not
                    found.append(frozenset().union(*(sets[min(rank, len(sets) - 1)] for sets in ranked)))
        elif kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT) and value[0] > 0:
            found += _needed(value[2])
    return found + _of_run(run)


def _of_run(run: str) -> list[frozenset[str]]:
    return [frozenset((run,))] if len(run) >= _SHORTEST else []


def _cost(strings: tuple[str, ...]) -> tuple[bool, int, tuple[str, ...]]:
    """Small sets first, since all strings of a set must be looked for before it is known to be missing."""
    return len(strings) > _FEW, -_rarity(strings), strings


def _rarity(strings: Iterable[str]) -> int:
    return min(map(len, strings))


def _shortened(strings: frozenset[str]) -> tuple[str, ...]:
    """Without those that hold another of the set: where they are, it is."""
    return tuple(sorted(one for one in strings if not any(other in one and other != one for other in strings)))
