"""Name what is shown of an archived page and what was found in it, and read the list of those no longer shown.

A line of that list is an address or a SHA-256, its date and its reason:

    # what is named so            since when   why
    https://stc.example.vn/hoi-dap/12  2026-11-02  asked for by the person named there
    https://stc.example.vn/can-bo/*    2026-11-02  the office asks for it, letter of 1 November
    9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  2026-11-03  a telephone number

An address ends at its fragment; http and https, a "www." and a slash at the end make no difference, and `*` at the end
stands for everything below it. The rules are in docs/conduct.md.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from prober.errors import ConfigError
from prober.text.patterns import linear

_HASH = linear(r"[0-9a-f]{64}")
BELOW = "*"


class Shown(StrEnum):
    """Part of an archived page that a reader sees, or the reason why it is not shown."""

    PAGE = "page"
    RESTRICTED = "restricted"  # citizens' questions or persons' data: the words quoted are all that is shown
    TAKEN_DOWN = "taken_down"
    NO_RECORD = "no_record"  # nothing was archived
    NOT_HERE = "not_here"  # archived, but its file is not on this machine
    BROKEN = "broken"  # the record cannot be read
    TOO_LARGE = "too_large"  # takes more time or memory than one page may
    NO_TEXT = "no_text"  # a file without text that is known


class ArchivedObservation(StrEnum):
    """Part of an observation that is found in an archived page."""

    WORDS = "words"  # its words, in the text
    TITLE = "title"  # its words, in the title of the page
    PLACE = "place"  # the element from which they were read; the words are made from it
    SOURCE = "source"  # its words or its value, in the source alone: a comment, an attribute, a script
    NOWHERE = "nowhere"


class Restriction(StrEnum):
    """Why a page is not shown to everybody."""

    THREADS = "threads"  # questions of citizens, and the answers
    PERSONAL = "personal"  # a person's own mailbox or mobile number


@dataclass(frozen=True, slots=True)
class Takedown:
    """One entry: what is taken down, since when, and why. `name` is a SHA-256 or an address in its plain form."""

    name: str
    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Takedowns:
    """A whole list of takedowns. The first entry that applies to a page is the one that counts."""

    entries: tuple[Takedown, ...] = ()

    def of(self, url: str, *hashes: str) -> Takedown | None:
        """Return the entry that applies to a page, by its address or by one of the hashes of what was received.

        >>> on = date(2026, 11, 2)
        >>> listed = Takedowns((Takedown("x.vn/a/*", on, "asked"), Takedown("f" * 64, on, "a name")))
        >>> listed.of("https://www.x.vn/a/12#b").reason, listed.of("http://y.vn/", "f" * 64).reason
        ('asked', 'a name')
        >>> listed.of("https://x.vn/about", "0" * 64) is None
        True
        """
        plain = plain_address(url)
        return next((entry for entry in self.entries if entry.name in hashes or _applies(entry.name, plain)), None)

    def __bool__(self) -> bool:
        return bool(self.entries)


def _applies(name: str, plain: str) -> bool:
    return plain.startswith(name[:-1]) if name.endswith(BELOW) else name == plain


def plain_address(url: str) -> str:
    """Return an address as addresses are compared.

    >>> plain_address(" HTTPS://www.Example.vn/Hoi-Dap/?id=1#top "), plain_address("http://x.vn/*")
    ('example.vn/Hoi-Dap/?id=1', 'x.vn/*')
    >>> plain_address("https://x.vn/a/"), plain_address("http://[")
    ('x.vn/a', 'http://[')
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url.strip()
    host = parts.netloc.lower().removeprefix("www.")
    asked = f"?{parts.query}" if parts.query else ""
    path = parts.path if asked or parts.path.endswith(BELOW) else parts.path.rstrip("/")
    return f"{host}{path}{asked}"


def read_list(lines: Iterable[str], name: str) -> Takedowns:
    """Return the entries of a list. `name` is that of its file, for messages.

    Raises ConfigError with file and line of the first entry that cannot be read.

    >>> read_list(["# why", "", "https://x.vn/a  2026-11-02  asked for"], "takedowns.txt").entries
    (Takedown(name='x.vn/a', on=datetime.date(2026, 11, 2), reason='asked for'),)
    """
    return Takedowns(tuple(_entries(lines, name)))


def _entries(lines: Iterable[str], name: str) -> Iterator[Takedown]:
    for number, line in enumerate(lines, 1):
        words = line.strip().split(maxsplit=2)
        if not words or words[0].startswith("#"):
            continue
        what = words[0].lower() if _HASH.fullmatch(words[0].lower()) else _address(words[0])
        on = _day(words[1]) if len(words) > 1 else None
        if not what or on is None or len(words) < 3:
            raise ConfigError(
                f"{name}, line {number}: {line.strip()[:80]!r} is no entry: an address with http:// or https://, or a "
                "SHA-256 of 64 digits, then a date such as 2026-11-02, then the reason"
            )
        yield Takedown(what, on, words[2])


def _address(word: str) -> str:
    """Return an address in its plain form, "" where a word is none. `*` alone would take down everything."""
    has_scheme = word.lower().startswith(("http://", "https://"))
    plain = plain_address(word) if has_scheme else ""
    return "" if plain.startswith(("*", "/", "http")) else plain


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None


class TakedownFiles:
    """The takedown list in its files, read again when one of them has changed: a server need not be restarted."""

    def __init__(self, files: list[Path]) -> None:
        self._files = files
        self._state: list[tuple[int, int] | None] = []
        self._listed = Takedowns()

    def __call__(self) -> Takedowns:
        """Return the list as it is now. Raises ConfigError for an entry that cannot be read."""
        state = [_state(file) for file in self._files]
        if state != self._state:
            entries: list[Takedown] = []
            for file, is_there in zip(self._files, state, strict=True):
                if is_there:
                    entries += read_list(_lines(file), str(file)).entries
            self._listed, self._state = Takedowns(tuple(entries)), state
        return self._listed


def _state(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: the takedown list cannot be read: {error}") from error
