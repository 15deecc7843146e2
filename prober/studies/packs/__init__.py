"""Read the words of languages: one folder for each language, with tables that a person edits.

`links.toml` has the words by which one would look for each indicator, `pages.toml` those by which pages are read,
`reply_structure.toml` how letters and their files are built, `replies.toml` the phrases of letters. The words of
several languages are merged in the order in which a study names them.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from prober.errors import UsageError
from prober.text.words import WEIGHTS, LinkWords, Words

POBI = ("vi",)
_FOLDER = Path(__file__).parent
_LINKS, _REPLIES, _TABLES = "links.toml", "replies.toml", ("pages.toml", "reply_structure.toml")


def languages() -> tuple[str, ...]:
    """Return the languages that have a pack."""
    return tuple(sorted(path.parent.name for path in _FOLDER.glob(f"*/{_LINKS}")))


@cache
def words(chosen: tuple[str, ...]) -> Words:
    """Return the words of the chosen languages; the same value each time. Raises UsageError for one without a pack."""
    links: dict[str, LinkWords] = {}
    tables: dict[str, dict[str, tuple[Any, ...]]] = {}
    for language in chosen:
        for name, written in _read(language, _LINKS).items():
            links[name] = links.get(name, LinkWords()) + link_words(written)
        for file in _TABLES:
            for name, entries in _read(language, file).items():
                table = tables.setdefault(name, {})
                for entry, value in entries.items():
                    more = tuple(value) if isinstance(value, list) else (value,)
                    table[entry] = (*table.get(entry, ()), *more)
    return Words(chosen, links, tables)


@cache
def words_mark(chosen: tuple[str, ...]) -> str:
    """Return a hash of the packs of these languages: what was read with other words must be read again."""
    told = hashlib.sha256()
    for language in chosen:
        for file in (_LINKS, _REPLIES, *_TABLES):
            told.update((_FOLDER / language / file).read_bytes())
    return told.hexdigest()


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
