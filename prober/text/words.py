"""Define the words of languages, by which pages and letters are read: read from packs once, compiled once, then values.

`LinkWords` are those by which a person would look for one indicator. `Words` holds all of them, and the patterns that
detectors ask for by their own tables.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, cast, get_type_hints

from prober.text.patterns import linear

T = TypeVar("T")
# How strongly a label promises its page. FORMLESS: interaction of some kind; only a form or published answers on the
# page can make it Q&A.
STRONG, MEDIUM, FORMLESS, WEAK, FAINT = 1.0, 0.6, 0.48, 0.3, 0.15
WEIGHTS: Mapping[str, float] = {
    "strong": STRONG, "medium": MEDIUM, "formless": FORMLESS, "weak": WEAK, "faint": FAINT,
}  # fmt: skip
NEVER = r"(?!)"  # a pattern that nothing matches


@dataclass(frozen=True, slots=True)
class LinkWords:
    """Hold the words of one indicator. Labels are written as `prober.text.vietnamese.key` gives them, with weights."""

    labels: Mapping[str, float] = field(default_factory=dict)
    slugs: Mapping[str, float] = field(default_factory=dict)  # steps of addresses that no label gives
    paths: tuple[str, ...] = ()  # usual addresses, whatever system runs the site
    search: str = ""  # what a site's own search is asked for; "" for what no word finds

    def __add__(self, other: "LinkWords") -> "LinkWords":
        """Return the words of both; a label of both keeps the weight that it has here."""
        return LinkWords(
            {**other.labels, **self.labels},
            {**other.slugs, **self.slugs},
            tuple(dict.fromkeys((*self.paths, *other.paths))),
            self.search or other.search,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Hold the words of some languages. Two values are never equal, so that one can be the key of a cache at no cost.

    `tables` is name of a table → name of an entry → a pattern for each language, or a list of words.
    """

    languages: tuple[str, ...] = ()
    links: Mapping[str, LinkWords] = field(default_factory=dict)  # by name of the indicator
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    _made: dict[object, object] = field(default_factory=dict, repr=False)

    def made(self, maker: Callable[["Words"], T]) -> T:
        """Return what `maker` makes of these words, made once."""
        known = self._made.get(maker)
        if known is None:
            known = self._made[maker] = maker(self)
        return cast(T, known)

    def table(self, form: type[T]) -> T:
        """Return the table `form.TABLE` as a value of the dataclass `form`, compiled once.

        A field of `form` is a pattern (nothing matches one that no language has), a set or tuple of words, or a number,
        the largest of all languages. Raises
        KeyError for words that have no such table.
        """
        known = self._made.get(form)
        if known is None:
            known = self._made[form] = self._compiled(form)
        return cast(T, known)

    def _compiled(self, form: type[T]) -> T:
        entries = self.tables[form.TABLE]  # type: ignore[attr-defined]
        kinds = get_type_hints(form)
        names = [known.name for known in fields(form)]  # type: ignore[arg-type]
        if strange := entries.keys() - set(names):
            raise KeyError(f"{form.__name__} has no {', '.join(sorted(strange))}")
        return form(**{name: _value(kinds[name], entries.get(name, ())) for name in names})


def caught(match: re.Match[str]) -> str:
    """Return what a match caught in the first group that took part: each language has groups of its own."""
    return next(filter(None, match.groups()), "")


def _value(kind: object, written: tuple[Any, ...]) -> object:
    if kind is int:
        return max(written, default=0)
    if kind == re.Pattern[str]:
        return linear("|".join(written) if written else NEVER)
    return frozenset(written) if kind == frozenset[str] else tuple(written)


NO_WORDS = Words()  # for a page that no detector reads
