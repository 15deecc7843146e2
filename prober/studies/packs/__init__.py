"""Read the words of languages: one folder for each language, with tables that a person edits.

`links.toml` has the words by which one would look for each indicator, `platforms.toml` its usual addresses by the
technology of a site, `pages.toml` those by which pages are read,
`reply_structure.toml` how letters and their files are built, `replies.toml` the phrases of letters. The words of
several languages are merged in the order in which a study names them; then come the words of the study itself
(`prober.studies.words_file`). A language without a pack is read by these and the English pack: sites and programs of
every country have English words, and its letters may bring any document.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from prober.text.words import WEIGHTS, LinkWords, OwnMark, TitleWord, Vocabulary, Words

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


def replies(language: str) -> Path:
    """Return the file with the phrases of letters in a language."""
    return _path(language, _REPLIES)


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
