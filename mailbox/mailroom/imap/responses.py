"""Parse the answers to LIST, UID SEARCH and UID FETCH, and choose the folders of a mailbox to read.

Junk and all mail are read too, where answers may be put by filters and people.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import normalize

from imapclient.exceptions import ProtocolError  # type: ignore[import-untyped]
from imapclient.imap_utf7 import decode, encode  # type: ignore[import-untyped]
from imapclient.response_parser import parse_fetch_response, parse_response  # type: ignore[import-untyped]

from mailroom.mime.arrival_time import EARLIEST, arrived
from prober.clock import HANOI
from prober.store.private.messages import Arrival
from prober.text.patterns import linear

Part = bytes | tuple[bytes, bytes] | None  # a line, or the piece of a line before a literal and the literal
Answers = dict[int, dict[bytes, Any]]  # UID → name of an item, as imapclient names it → its value
# The year of a date that was never set, as some servers write it (0001); imapclient would read 2001.
_NO_YEAR = linear(rb'(INTERNALDATE "[^"]{0,12}-)0(?=\d{3} )', re.IGNORECASE)
LISTED = 50_000  # UIDs in one line; Python's library takes lines of 1,000,000 bytes


def uids(answer: Sequence[Part]) -> list[int]:
    """Return the UIDs in an answer to UID SEARCH of one or several lines, without the number in brackets (MODSEQ).

    Raises ValueError on a damaged answer.
    """
    found: list[int] = []
    for line in answer:
        if isinstance(line, tuple):
            raise ValueError(f"a literal among the numbers of a search: {line[0]!r}")
        found += map(int, (line or b"").partition(b"(")[0].split())
    return found


def ranges(number: int) -> list[str]:
    """Return search keys that cover `number` messages, each with at most LISTED UIDs in its answer.

    >>> ranges(3), ranges(2 * LISTED + 1)
    (['ALL'], ['1:50000', '50001:100000', '100001:*'])
    """
    starts = range(1, number + 1, LISTED)
    return [f"{at}:{at + LISTED - 1}" for at in starts[:-1]] + [f"{starts[-1]}:*"] if len(starts) > 1 else ["ALL"]


def parsed(answer: Sequence[Part]) -> Answers:
    """Parse an answer to FETCH that imaplib collected. Dates are aware, in the server's zone; NIL becomes None.

    The beginning of a message ("BODY[]<0>") is returned as b"BODY[]", like a whole one. "~" belongs before data that
    may hold NUL bytes (RFC 3516); some servers write it before a body too, and imapclient does not know it.

    Raises the errors of imapclient for a damaged answer.
    """
    read = parse_fetch_response([_mended(part) for part in answer], False, True)
    return {
        uid: {b"BODY[]" if name.startswith(b"BODY[]<") else name: value for name, value in items.items()}
        for uid, items in read.items()
    }


def _mended(part: Part) -> Part:
    """Return a part changed so that imapclient reads it correctly."""
    if isinstance(part, tuple):
        return _NO_YEAR.sub(rb"\g<1>1", part[0]).replace(b" ~{", b" {"), part[1]
    return _NO_YEAR.sub(rb"\g<1>1", part) if part else part


def received(items: Mapping[bytes, Any]) -> datetime | None:
    """Return the INTERNALDATE in Hanoi time; None if the server gives none, or one before EARLIEST."""
    here = _internal_date(items)
    return here if here and here >= EARLIEST else None


def _internal_date(items: Mapping[bytes, Any]) -> datetime | None:
    moment = items.get(b"INTERNALDATE")
    try:
        return moment and (moment if moment.tzinfo else moment.replace(tzinfo=HANOI)).astimezone(HANOI)
    except (OverflowError, ValueError):  # beyond the years that datetime knows
        return None


def arrivals(answer: Answers) -> tuple[list[Arrival], int]:
    """Return the messages of an answer, and how many of them have no usable INTERNALDATE.

    Those get the time in their topmost Received header, so that no message is lost over an odd time. One that has no
    time at all is left out.
    """
    found, undated = [], 0
    for uid, items in sorted(answer.items()):
        if (body := items.get(b"BODY[]")) is not None:
            raw, at = bytes(body), received(items)
            undated += at is None
            if at := at or arrived(raw) or _internal_date(items):
                found.append(Arrival(uid, at.astimezone(HANOI), raw))
    return found, undated


# The last part of a folder's name, on servers that do not mark their junk folder (RFC 6154) or mark another one.
JUNK = frozenset(
    (
        "junk", "spam",  # Dovecot, Zimbra, cPanel, Yandex
        "junk e-mail", "junk email", "junk mail",  # Exchange, Outlook, MDaemon, Kerio
        "bulk", "bulk mail",  # Yahoo
        "thư rác", "email rác", "e-mail rác", "thư rác điện tử",  # Exchange, Gmail and Zimbra in Vietnamese
    )
)  # fmt: skip
# Gmail's folder "all mail" has one of these parents; under another parent the name may be a private archive.
GMAIL = frozenset(("[gmail]", "[google mail]"))
OURS = frozenset(("", "inbox"))  # parents of our own junk folder; under another one it is another person's
ALL_MAIL = frozenset(("all mail", "tất cả thư"))
CLOSED = frozenset((b"\\noselect", b"\\nonexistent"))


@dataclass(frozen=True, slots=True)
class Listed:
    """Describe a folder as LIST gives it; `flags` in lower case."""

    name: str
    delimiter: str
    flags: frozenset[bytes]


def listed(answer: Sequence[Part]) -> tuple[list[Listed], list[str]]:
    """Return the folders in an answer to LIST, and its unreadable lines, such as names that are no modified UTF-7."""
    found, unreadable = [], []
    for part in answer:
        try:
            if part:  # the part after a name that was sent as a literal is empty
                flags, delimiter, name = parse_response([part])
                marks = frozenset(bytes(flag).lower() for flag in flags)
                found.append(Listed(_name(name), (delimiter or b"").decode(), marks))
        except (ProtocolError, ValueError, TypeError):
            unreadable.append(repr(part))
    return found, unreadable


def _name(given: bytes | int) -> str:
    """Return a folder's name. Raises ValueError for one that cannot be sent back to the server unchanged."""
    raw = b"%d" % given if isinstance(given, int) else given
    name = str(decode(raw))
    if encode(name) != raw:
        raise ValueError(f"not modified UTF-7: {raw!r}")
    return name


def chosen(listed: Sequence[Listed], configured: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the folders to read, and the configured names that do not exist.

    The configured folders come first, in their order; then junk and all mail, by the server's mark or by name. Names
    are compared in NFC, because some mail programs create folders with decomposed Vietnamese letters. "Junk", which is
    in the default configuration, does not count as missing if the server has a junk folder of another name.
    """
    there = [folder for folder in listed if not folder.flags & CLOSED]
    names = {normalize("NFC", folder.name): folder.name for folder in there}
    wanted = [(name, _found(name, names)) for name in configured]
    special = [folder.name for folder in there if is_junk(folder) or is_all_mail(folder)]
    junk = any(is_junk(folder) for folder in there)
    absent = [name for name, found in wanted if found is None and not (name == "Junk" and junk)]
    inbox = ["INBOX" for name, found in wanted if found == "INBOX"]
    return list(dict.fromkeys([*inbox, *(found for _, found in wanted if found), *special])), absent


def is_junk(folder: Listed) -> bool:
    """Return True for a folder that the server marks as junk, or with a name that common servers give to theirs.

    >>> is_junk(Listed("INBOX.Spam", ".", frozenset())), is_junk(Listed("Shared/anna/Spam", "/", frozenset()))
    (True, False)
    """
    above, last = _place(folder)
    return b"\\junk" in folder.flags or (above in OURS | GMAIL and last in JUNK)


def is_all_mail(folder: Listed) -> bool:
    """Return True for a folder that the server marks as all mail, or that is Gmail's."""
    above, last = _place(folder)
    return b"\\all" in folder.flags or (above in GMAIL and last in ALL_MAIL)


def _place(folder: Listed) -> tuple[str, str]:
    """Return the folder's parent and its own name, in NFC and without case, for comparing."""
    name = normalize("NFC", folder.name).casefold()
    above, _, last = name.rpartition(folder.delimiter) if folder.delimiter else ("", "", name)
    return above, last


def _found(name: str, names: dict[str, str]) -> str | None:
    if name.upper() == "INBOX":  # RFC 9051, 5.1: the one name without case, and always there
        return "INBOX"
    return names.get(normalize("NFC", name))
