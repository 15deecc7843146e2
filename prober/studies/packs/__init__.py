"""Read the words of languages: one folder for each language, with tables that a person edits.

`links.toml` has the words by which one would look for each indicator, `pages.toml` those by which pages are read,
`reply_structure.toml` how letters and their files are built, `replies.toml` the phrases of letters. The words of
several languages are merged in the order in which a study names them; then come the words of the study itself
(`prober.studies.words_file`).
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from prober.errors import UsageError
from prober.text.words import WEIGHTS, LinkWords, Vocabulary, Words

_FOLDER = Path(__file__).parent
_LINKS, _PAGES, _REPLIES, _STRUCTURE = "links.toml", "pages.toml", "replies.toml", "reply_structure.toml"
_TABLES = (_PAGES, _STRUCTURE)


def languages() -> tuple[str, ...]:
    """Return the languages that have a pack."""
    return tuple(sorted(path.parent.name for path in _FOLDER.glob(f"*/{_LINKS}")))


@cache
def words(chosen: Vocabulary) -> Words:
    """Return the words of a vocabulary; the same value each time. Raises UsageError for a language without a pack."""
    links: dict[str, LinkWords] = {}
    tables: dict[str, dict[str, tuple[Any, ...]]] = {}
    for language in chosen.languages:
        own = chosen.own.links.get(language, {})
        for name, written in _read(language, _LINKS).items():
            links[name] = links.get(name, LinkWords()) + own.get(name, LinkWords()) + link_words(written)
        for file in _TABLES:
            for name, entries in _read(language, file).items():
                table = tables.setdefault(name, {})
                for entry, value in entries.items():
                    table[entry] = (*table.get(entry, ()), *_listed(value))
        for name, added in chosen.own.pages.get(language, {}).items():
            table = tables.setdefault(name, {})
            table |= {entry: (*table.get(entry, ()), *more) for entry, more in added.items()}
    return Words(chosen.languages, links, tables)


@cache
def words_mark(chosen: Vocabulary) -> str:
    """Return a hash of the words of a vocabulary: what was read with other words must be read again."""
    told = hashlib.sha256(chosen.own.mark.encode())
    for language in chosen.languages:
        for file in (_LINKS, _REPLIES, *_TABLES):
            told.update((_FOLDER / language / file).read_bytes())
    return told.hexdigest()


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
    """Return the file with the phrases of letters in a language. Raises UsageError if it has no pack."""
    _read(language, _LINKS)
    return _FOLDER / language / _REPLIES


def link_words(written: Mapping[str, Any]) -> LinkWords:
    """Return the words of one indicator as its table in TOML gives them: lists by weight, paths, a search."""
    weighted = {
        part: {word: WEIGHTS[weight] for weight, listed in written.get(part, {}).items() for word in listed}
        for part in ("labels", "slugs")
    }
    return LinkWords(weighted["labels"], weighted["slugs"], tuple(written.get("paths", ())), written.get("search", ""))


def _read(language: str, file: str) -> dict[str, Any]:
    path = _FOLDER / language / file
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"there is no language pack {language!r}; the study may name {', '.join(languages())}"
        ) from None
