"""Give the phrases of `phrases.toml` by their meaning.

The table is all that the rules know of a language, beside `sentences`: for letters in another one, write another table
with the same meanings.
"""

import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from prober.errors import ConfigError
from prober.text.patterns import linear

TABLE = Path(__file__).with_name("phrases.toml")

Phrases = tuple[str, ...]  # regular expressions, for prober.text.phrases

_PIECE = linear(r"\{([A-Z_]+)\}")
_BREAK = linear(r"\n *")
_KEYS = {"phrases", "english"}


def read(path: Path) -> Mapping[str, Mapping[str, Phrases]]:
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


@cache
def table() -> Mapping[str, Mapping[str, Phrases]]:
    """Return the table of this package."""
    return read(TABLE)


@lru_cache(maxsize=256)
def phrases(*meanings: str) -> Phrases:
    """Return the phrases of `meanings`, one list after the other. Raises KeyError for an unknown one.

    >>> len(phrases("refusal", "regret")) == len(phrases("refusal")) + len(phrases("regret"))
    True
    """
    return tuple(phrase for meaning in meanings for phrase in table()[meaning]["phrases"])


@lru_cache(maxsize=256)
def english(*meanings: str) -> Phrases:
    """Return the English phrases of `meanings`; of some there are none."""
    return tuple(phrase for meaning in meanings for phrase in table()[meaning]["english"])
