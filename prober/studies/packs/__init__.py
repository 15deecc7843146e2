"""Read the words of languages: one folder for each language, with tables that a person edits.

`links.toml` has the words by which one would look for each indicator, `platforms.toml` its usual addresses by the
technology of a site, `pages.toml` those by which pages are read, `reply_structure.toml` how letters and their files are
built, `replies.toml` the phrases of letters by their meaning. The last two are all that the rules know of a language:
for letters in another one, write another pack with the same meanings. The words of several languages are merged in the
order in which a study names them; then come the words of the study itself (`prober.studies.words_file`). A language
without a pack is read by these and the English pack: sites and programs of every country have English words, and its
letters may bring any document.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from prober.errors import ConfigError
from prober.text.patterns import linear
from prober.text.words import NO_WORDS, WEIGHTS, LinkWords, OwnMark, TitleWord, Vocabulary, Words, literal, normal

Phrases = tuple[str, ...]  # regular expressions, for prober.text.words
Meanings = Mapping[str, Mapping[str, Phrases]]  # meaning → "phrases" and "english"

_FOLDER = Path(__file__).parent
_LINKS, _PAGES, _REPLIES, _STRUCTURE = "links.toml", "pages.toml", "replies.toml", "reply_structure.toml"
_PLATFORMS = "platforms.toml"
_TABLES = (_PAGES, _STRUCTURE)
FALLBACK = "en"
# Entries for which words of a study stand too: as marks that are elements of their own, and as the cheap tests before.
_TOO: Mapping[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("thread_split", "question"): (
        ("thread_split", "bare_question"), ("thread_split", "bare_start"), ("qa_section", "asking"),
    ),
    ("thread_split", "answer"): (
        ("thread_split", "bare_answer"), ("thread_split", "bare_start"), ("thread_split", "answer_head"),
        ("thread_split", "answer_hint"), ("thread_split", "hints"), ("qa_section", "answers"),
        ("qa_section", "published"),
    ),
}  # fmt: skip
# Of files that show what they are: that they are what is asked for, whatever else they name.
_OF_ASKED = ("budget", "asked", "province")
_PIECE = linear(r"\{([A-Z_]+)\}")
_BREAK = linear(r"\n *")
_KEYS = {"phrases", "english"}
_MATTER = "our_matter"


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a pack."""
    return tuple(sorted(path.parent.name for path in _FOLDER.glob(f"*/{_LINKS}")))


@cache
def words(chosen: Vocabulary) -> Words:
    """Return the words of a vocabulary; the same value each time."""
    links: dict[str, LinkWords] = {}
    tables: dict[str, dict[str, tuple[Any, ...]]] = {}
    for language in chosen.languages:
        own, of_pack = chosen.own.links.get(language, {}), _read(language, _LINKS)
        for name in {**of_pack, **own}:
            known = links.get(name, LinkWords()) + own.get(name, LinkWords())
            links[name] = known + link_words(of_pack.get(name, {}))
        for file in _TABLES:
            for name, entries in _read(language, file).items():
                table = tables.setdefault(name, {})
                for entry, value in entries.items():
                    table[entry] = tuple(dict.fromkeys((*table.get(entry, ()), *_listed(value))))
        for name, added in chosen.own.pages.get(language, {}).items():
            for entry, more in added.items():
                also = _TOO.get((name, entry), ())
                told = tuple(map(OwnMark, more)) if also else more
                for where, too in ((name, entry), *also):
                    its = tables.setdefault(where, {})
                    its[too] = (*its.get(too, ()), *told)
    platforms: dict[str, dict[str, tuple[str, ...]]] = {}
    for language in chosen.languages:
        for name, paths in _read(language, _PLATFORMS).items():
            usual = platforms.setdefault(name, {})
            for indicator, listed in paths.items():
                usual[indicator] = (*usual.get(indicator, ()), *listed)
    asked = tuple(TitleWord(word) for document in chosen.documents for word in document.words)
    for entry in _OF_ASKED if asked else ():
        tables["documents"][entry] += asked
    return Words(
        chosen.languages, links, tables, {document.title: document for document in chosen.documents}, platforms
    )


@cache
def words_mark(chosen: Vocabulary) -> str:
    """Return a hash of the words of a vocabulary: what was read with other words must be read again."""
    told = hashlib.sha256(f"{chosen.own.mark}{chosen.documents or ''}".encode())
    for language in chosen.languages:
        for file in (_LINKS, _REPLIES, *_TABLES):
            told.update(_path(language, file).read_bytes())
    return told.hexdigest()


@cache
def link_names() -> tuple[str, ...]:
    """Return the indicators for which a pack has words of links."""
    return tuple(dict.fromkeys(name for language in languages() for name in _read(language, _LINKS)))


@cache
def page_entries() -> Mapping[str, Mapping[str, bool]]:
    """Return table → entry → True if a study can add words to it, of the words by which pages are read.

    It cannot to a number, and to a pattern that catches what stands beside its words.
    """
    found: dict[str, dict[str, bool]] = {}
    for language in languages():
        for name, entries in _read(language, _PAGES).items():
            table = found.setdefault(name, {})
            for entry, value in entries.items():
                table[entry] = table.get(entry, True) and not any(map(_catches, _listed(value)))
    return found


@cache
def reply_meanings() -> tuple[str, ...]:
    """Return the meanings of the phrases of letters."""
    found = (name for language in languages() for name in _read(language, _REPLIES) if name != "pieces")
    return tuple(dict.fromkeys(found))


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def _catches(entry: object) -> bool:
    """Return True for a number, and for a pattern with a group."""
    try:
        return not isinstance(entry, str) or re.compile(entry).groups > 0
    except re.error:  # a word
        return False


def link_words(written: Mapping[str, Any]) -> LinkWords:
    """Return the words of one indicator as its table in TOML gives them: lists by weight, paths, a search."""
    weighted = {
        part: {word: WEIGHTS[weight] for weight, listed in written.get(part, {}).items() for word in listed}
        for part in ("labels", "slugs")
    }
    return LinkWords(weighted["labels"], weighted["slugs"], tuple(written.get("paths", ())), written.get("search", ""))


def _path(language: str, file: str) -> Path:
    return _FOLDER / (language if language in languages() else FALLBACK) / file


def _read(language: str, file: str) -> dict[str, Any]:
    return tomllib.loads(_path(language, file).read_text(encoding="utf-8"))


# The phrases of letters.


def read_phrases(path: Path) -> Meanings:
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

    Two values are never equal; `phrases` returns the same one for the same languages.
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
def phrases(vocabulary: Vocabulary) -> PhraseTable:
    """Return the table of a vocabulary. Beside an accented language the phrases of the others are its English ones."""
    packs = [
        (read_phrases(_path(language, _REPLIES)), _own_phrases(vocabulary, language))
        for language in vocabulary.languages
    ]
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


def _own_phrases(vocabulary: Vocabulary, language: str) -> Mapping[str, Phrases]:
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
