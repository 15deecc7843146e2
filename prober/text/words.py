"""Define the words of languages, by which pages and letters are read: read from packs once, compiled once, then values.

`LinkWords` are those by which a person would look for one indicator. `Words` holds all of them, and the patterns that
detectors ask for by their own tables. Phrases are regular expressions, written once, with accents and in lower case; a
text that was typed without accents is searched for the same phrases without accents.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, TypeVar, cast, get_type_hints

from prober.text.patterns import linear
from prober.text.vietnamese import fold, lines, tones

T = TypeVar("T")
# How strongly a label promises its page. FORMLESS: interaction of some kind; only a form or published answers on the
# page can make it Q&A.
STRONG, MEDIUM, FORMLESS, WEAK, FAINT = 1.0, 0.6, 0.48, 0.3, 0.15
WEIGHTS: Mapping[str, float] = {
    "strong": STRONG, "medium": MEDIUM, "formless": FORMLESS, "weak": WEAK, "faint": FAINT,
}  # fmt: skip
_UNSPACED = linear("[\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u4e00-\u9fff]")  # Thai to Burmese, Khmer, kana, Chinese
NEVER = r"\0(?!)"  # a pattern that nothing matches; to look for its first character takes no time


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


class OwnWord(str):
    """A word of a study among the entries of a table: it stands for itself, where those of a pack are patterns."""

    __slots__ = ()

    @property
    def pattern(self) -> str:
        """The pattern that finds it as whole words, in any case, in a text with or without accents."""
        return f"(?i:{'|'.join(map(literal, self.spellings))})"

    @property
    def spellings(self) -> tuple[str, ...]:
        """The word in lower case, and without accents if it has any."""
        return tuple(dict.fromkeys((normal(self), fold(self))))


class OwnMark(OwnWord):
    """A word of a study that counts only where a line begins with it, such as what stands before an answer."""

    __slots__ = ()

    @property
    def pattern(self) -> str:
        """As for an OwnWord, at the beginning of a line."""
        return f"^{super().pattern}"


class TitleWord(OwnWord):
    """Words that name a document: in titles and letters, and in the names of files and addresses ("bang-gia-dat")."""

    __slots__ = ()

    @property
    def pattern(self) -> str:
        """The pattern that finds it, with any sign or none between its words."""
        found = (r"[-_. ]{0,2}".join(map(re.escape, spelling.split())) for spelling in self.spellings)
        return rf"(?<![^\W\d_])(?i:{'|'.join(found)})"


def literal(word: str) -> str:
    """Return a pattern that finds `word` as it is written, not within a longer one.

    In a script that writes no blanks between words nothing tells where one ends.

    >>> literal("tiếp nhận"), literal("Q&A (2)"), literal("คำตอบ")
    ('\\\\btiếp nhận\\\\b', '\\\\bQ\\\\&A \\\\(2\\\\)', 'คำตอบ')
    """
    escaped = re.escape(word).replace("\\ ", " ")
    first, last = (r"\b" if end.isalnum() and not _UNSPACED.match(end) else "" for end in (word[0], word[-1]))
    return first + escaped + last


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Hold the words that a study adds to those of its languages. Two are equal that have the same `mark`.

    Each is by language; then `links` by indicator, `pages` by table and entry, `replies`, which are patterns, by
    meaning.
    """

    mark: str = ""  # a hash of all of them; "" if there are none
    count: int = 0
    links: Mapping[str, Mapping[str, LinkWords]] = field(default_factory=dict, compare=False)
    pages: Mapping[str, Mapping[str, Mapping[str, tuple[OwnWord, ...]]]] = field(default_factory=dict, compare=False)
    replies: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Department:
    """Say what a kind of agency is called that is a department of another: its site stands beside that one's.

    A department's pages are often made like those of the body that it belongs to, whose channels and mailboxes they
    show; and that body's list of departments is the authority on where its site is.
    """

    kind: str
    part_of: str  # kind of the body that it belongs to, in the same province and frame
    called: tuple[str, ...]  # as links to its site say, in lower case
    marks: tuple[str, ...]  # one of them is in the names of its mailboxes and channels; without accents and blanks
    mail_domains: tuple[str, ...] = ()  # of its mail, besides those of its site


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """Say by what a document that a study asks for is known, besides its title; "", 0 or () where its title says it."""

    title: str
    words: tuple[str, ...] = ()  # each names it
    year: int = 0
    level: str = ""
    forms: tuple[int, ...] = ()  # the first and the last

    @property
    def tells(self) -> bool:
        """Whether it says more than its title."""
        return self != NamedDocument(self.title)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Name the words by which a study reads pages and letters: those of languages, and its own."""

    languages: tuple[str, ...]
    own: OwnWords = OwnWords()
    # Words by which a refusal cites a ground of the study's law, and its article and point; no word of a language.
    grounds: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    departments: tuple[Department, ...] = field(default=(), compare=False)
    documents: tuple[NamedDocument, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Hold the words of some languages. Two values are never equal, so that one can be the key of a cache at no cost.

    `tables` is name of a table → name of an entry → a pattern for each language, or a list of words.
    """

    languages: tuple[str, ...] = ()
    links: Mapping[str, LinkWords] = field(default_factory=dict)  # by name of the indicator
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    documents: Mapping[str, NamedDocument] = field(default_factory=dict)  # by title
    platforms: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)  # usual paths, by indicator
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
    own = [word for word in written if isinstance(word, OwnWord)]
    packed = [word for word in written if not isinstance(word, OwnWord)]
    if kind == re.Pattern[str]:
        return linear("|".join([*packed, *(word.pattern for word in own)]) or NEVER)
    words = (*packed, *(spelling for word in own for spelling in word.spellings))
    return frozenset(words) if kind == frozenset[str] else words


NO_WORDS = Words()  # for a page that no detector reads


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
