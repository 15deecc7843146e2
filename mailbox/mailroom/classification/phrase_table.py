"""Give the phrases of letters by their meaning, in the languages of a study (`replies.toml` of their packs).

The table is all that the rules know of a language, beside the pack's `reply_structure.toml`: for letters in another
one, write another pack with the same meanings. Wordings of programs are in many languages and stand in `phrases.toml`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path

from prober.errors import ConfigError
from prober.studies.packs import replies, words
from prober.text.patterns import linear
from prober.text.words import NO_WORDS, Vocabulary, Words, literal, normal

TABLE = Path(__file__).with_name("phrases.toml")

Phrases = tuple[str, ...]  # regular expressions, for prober.text.words
Meanings = Mapping[str, Mapping[str, Phrases]]  # meaning → "phrases" and "english"

_PIECE = linear(r"\{([A-Z_]+)\}")
_BREAK = linear(r"\n *")
_KEYS = {"phrases", "english"}
_MATTER = "our_matter"


def read(path: Path) -> Meanings:
    """Return meaning → "phrases" and "english" of the table in `path`, with every piece in its place.

    Raises ConfigError, with the meaning, for a key or a piece that does not exist.
    """
    held = tomllib.loads(path.read_text(encoding="utf-8"))
    pieces: dict[str, str] = {}
    for name, text in held.pop("pieces", {}).items():  # each may name those before it
        pieces[name] = _whole(text, pieces, f"{path.name}: piece {name}")
    table = {}
    for meaning, lists in held.items():
        if unknown := set(lists) - _KEYS:
            raise ConfigError(f"{path.name}: {meaning} has {', '.join(sorted(unknown))}; known are phrases and english")
        table[meaning] = {
            key: tuple(_whole(text, pieces, f"{path.name}: {meaning}") for text in lists.get(key, ())) for key in _KEYS
        }
    return table


def _whole(text: str, pieces: Mapping[str, str], place: str) -> str:
    """Return a pattern in one line, with the pieces that it names."""
    joined = _BREAK.sub("", text)
    if missing := [name for name in _PIECE.findall(joined) if name not in pieces]:
        raise ConfigError(f"{place} names {missing[0]}, which is no piece before it")
    return _PIECE.sub(lambda found: pieces[found[1]], joined)


class PhraseTable:
    """Hold the phrases of letters in the languages of a study, by meaning, and how such letters are built.

    Two values are never equal; `table` returns the same one for the same languages.
    """

    def __init__(self, meanings: Meanings, words: Words = NO_WORDS, accented: bool = False) -> None:
        self.meanings = meanings
        self.words = words
        self.accented = accented  # one of the languages has accents
        self.of = lru_cache(maxsize=256)(self._phrases)
        self.english = lru_cache(maxsize=256)(self._english)

    def _phrases(self, *meanings: str) -> Phrases:
        """Return the phrases of `meanings`, one list after the other. Raises KeyError for an unknown one."""
        return tuple(phrase for meaning in meanings for phrase in self.meanings[meaning]["phrases"])

    def _english(self, *meanings: str) -> Phrases:
        """Return the English phrases of `meanings`; of some there are none."""
        return tuple(phrase for meaning in meanings for phrase in self.meanings[meaning]["english"])


def _each_once(*lists: Phrases) -> Phrases:
    return tuple(dict.fromkeys(chain.from_iterable(lists)))


@cache
def table(vocabulary: Vocabulary) -> PhraseTable:
    """Return the table of a vocabulary. Beside an accented language the phrases of the others are its English ones."""
    packs = [(read(replies(language)), _own(vocabulary, language)) for language in vocabulary.languages]
    packs.sort(key=lambda pack: not _accented(pack[0]))
    accented = _accented(packs[0][0])
    first, *others = (_with_own(*pack) for pack in packs)
    merged = {
        meaning: {
            "phrases": lists["phrases"] if accented else _each_once(*(p[meaning]["phrases"] for p in (first, *others))),
            "english": _each_once(lists["english"], *(p[meaning]["phrases"] for p in others)) if accented else (),
        }
        for meaning, lists in first.items()
    }
    return PhraseTable(merged, words(vocabulary), accented)


def _accented(pack: Meanings) -> bool:
    """Return True for a language with accents, by the phrases of one meaning."""
    return any(not text.isascii() for text in pack["received"]["phrases"])


def _own(vocabulary: Vocabulary, language: str) -> Mapping[str, Phrases]:
    """Return the phrases that a study adds: its own, and the words of the documents that it asks for as its matter."""
    own = vocabulary.own.replies.get(language, {})
    asked = tuple(literal(normal(word)) for document in vocabulary.documents for word in document.words)
    return {**own, _MATTER: own.get(_MATTER, ()) + asked}


def _with_own(pack: Meanings, own: Mapping[str, Phrases]) -> Meanings:
    """Return the phrases of a language with those that a study adds."""
    return {
        meaning: {**lists, "phrases": _each_once(lists["phrases"], own.get(meaning, ()))}
        for meaning, lists in pack.items()
    }


MACHINES = PhraseTable(read(TABLE))  # of programs, in any language
