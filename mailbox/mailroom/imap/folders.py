"""Choose the folders of a mailbox to read: also junk and all mail, where answers may be put by filters and people."""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize

from imapclient.exceptions import ProtocolError  # type: ignore[import-untyped]
from imapclient.imap_utf7 import decode, encode  # type: ignore[import-untyped]
from imapclient.response_parser import parse_response  # type: ignore[import-untyped]

from mailroom.imap.fetch_responses import Part

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
