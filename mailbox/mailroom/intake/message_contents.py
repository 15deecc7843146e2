"""Take a stored message apart for a person: its headers, its text and its files, in a child process with limits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from mailroom.mime import parser
from mailroom.mime.attachments import Part, digest
from prober.documents.child_process import ChildProcess
from prober.errors import ProberError

SECONDS = 20.0  # for one message
MEMORY = 2 << 30  # bytes: a mail of 100 MB is held several times while it is parsed

_T = TypeVar("_T")
_child = ChildProcess(MEMORY, "mailroom.mime.parser")


class UnreadableMessage(ProberError):
    """A message cannot be taken apart within the limits."""


@dataclass(frozen=True, slots=True)
class ReadableMessage:
    """Message as a person reads it: its headers as sent, decoded, in their order, and its whole text."""

    headers: tuple[tuple[str, str], ...]
    text: str


@dataclass(frozen=True, slots=True)
class File:
    """One file of a message: its hash and its bytes."""

    sha256: str
    data: bytes


def letter(raw: bytes) -> ReadableMessage:
    """Return headers and text of a message. Raises Unreadable."""
    return _in_child(_letter, raw)


def files(raw: bytes) -> list[File]:
    """Return the files of a message, in the order of its `message_part` rows. Raises Unreadable."""
    return [File(digest(part), part.data) for part in _in_child(_parts, raw)]


def _in_child(function: Callable[[bytes], _T], raw: bytes) -> _T:
    try:
        return _child.run(SECONDS, SECONDS, function, raw)[0]
    except (OSError, MemoryError) as error:  # a TimeoutError and a ChildProcessError are OSErrors
        raise UnreadableMessage(f"the message cannot be taken apart: {error or type(error).__name__}") from error


def _letter(raw: bytes) -> ReadableMessage:
    return ReadableMessage(parser.headers(raw), parser.parse(raw).full_text)


def _parts(raw: bytes) -> list[Part]:
    return parser.files(raw)
