"""Read a message that Outlook saved as a file (MSG): its heading and words, and the files in it.

[MS-OXMSG]: the properties of a message are streams of an OLE storage, opened by olefile. extract-msg 0.57 was weighed:
it brings seven packages, one of them an HTML parser, for what is read here by the names of six properties.
"""

import io
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from prober.documents.office import Encrypted
from prober.text.patterns import linear

MAX_FILES = 50
MAX_DEPTH = 3  # messages in messages
MAX_FILE_BYTES = 20_000_000
MAX_HTML = 1_000_000  # bytes
_SUBJECT, _SENDER, _ADDRESS, _SENT_TO, _BODY, _HTML = "0037", "0C1A", "0C1F", "0E04", "1000", "1013"
_DATA, _EMBEDDED, _LONG_NAME, _NAME = "37010102", "3701000D", "3707", "3704"
_HEADING = (("From", _SENDER), ("From", _ADDRESS), ("To", _SENT_TO), ("Subject", _SUBJECT))
_HIDDEN = ("head", "style", "script")
_BREAKS = ("br", "p", "div", "tr", "li", "h1", "h2", "h3")
_TAG = linear(r"<(/?)([a-zA-Z0-9]{0,20})[^<>]*>")
_ENCRYPTED_STREAM = "EncryptedPackage"


@dataclass(frozen=True, slots=True)
class Contents:
    """Hold what is in a message: its words, and its files by name."""

    text: str
    files: list[tuple[str, bytes]] = field(default_factory=list)
    more: bool = False


def message(data: bytes) -> Contents:
    """Return the contents of an MSG; a message in it adds its words and files. Raises Encrypted, OSError if broken."""
    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(io.BytesIO(data)) as storage:
        if storage.exists(_ENCRYPTED_STREAM):
            raise Encrypted
        return _contents(storage, [], 0)


def _contents(storage: Any, folder: list[str], depth: int) -> Contents:
    heading = [f"{label}: {value}" for label, name in _HEADING if (value := _text(storage, folder, name))]
    body = _text(storage, folder, _BODY) or _shown(_bytes(storage, [*folder, f"__substg1.0_{_HTML}0102"]))
    words = "\n".join([*heading, body]).strip()
    files: list[tuple[str, bytes]] = []
    attached = _attached(storage, folder)
    for name in attached[:MAX_FILES]:
        inside = [*folder, name]
        called = _text(storage, inside, _LONG_NAME) or _text(storage, inside, _NAME)
        if storage.exists([*inside, f"__substg1.0_{_EMBEDDED}"]):
            if depth < MAX_DEPTH:
                inner = _contents(storage, [*inside, f"__substg1.0_{_EMBEDDED}"], depth + 1)
                words += f"\n{called}\n{inner.text}"
                files += inner.files
        else:
            files.append((called, _bytes(storage, [*inside, f"__substg1.0_{_DATA}"])))
    return Contents(words, files[:MAX_FILES], len(attached) > MAX_FILES or len(files) > MAX_FILES)


def _shown(page: bytes) -> str:
    """Return the words of a body in HTML. The parser of the standard library takes time by the square of odd pages."""
    source = page[:MAX_HTML].decode("utf-8", "replace")
    pieces: list[str] = []
    at = hidden = 0
    for tag in _TAG.finditer(source):
        name = tag[2].lower()
        if not hidden:
            pieces.append(unescape(source[at : tag.start()]).replace("\n", " ").replace("\r", ""))
            pieces.append("\n" if name in _BREAKS else "\t" if name == "td" else "")
        at = tag.end()
        hidden = max(hidden + (-1 if tag[1] else 1), 0) if name in _HIDDEN else hidden
    if not hidden:
        pieces.append(unescape(source[at:]))
    return "\n".join(line for line in map(str.strip, "".join(pieces).split("\n")) if line)


def _attached(storage: Any, folder: list[str]) -> list[str]:
    """Return the names of the storages of the attached files of one message, in their order."""
    entries = storage.listdir(streams=False, storages=True)
    depth = len(folder)
    return sorted(
        path[depth]
        for path in entries
        if len(path) == depth + 1 and path[:depth] == folder and path[depth].lower().startswith("__attach")
    )


def _text(storage: Any, folder: list[str], name: str) -> str:
    """Return a property that is a text: in UTF-16, or in the code page of the sender's Windows."""
    wide = _bytes(storage, [*folder, f"__substg1.0_{name}001F"])
    if wide:
        return wide.decode("utf-16-le", "replace").rstrip("\0")
    narrow = _bytes(storage, [*folder, f"__substg1.0_{name}001E"]).rstrip(b"\0")
    try:
        return narrow.decode("utf-8")
    except UnicodeDecodeError:
        return narrow.decode("cp1258", "replace")


def _bytes(storage: Any, path: list[str]) -> bytes:
    if not storage.exists(path) or storage.get_size(path) > MAX_FILE_BYTES:
        return b""
    return bytes(storage.openstream(path).read())
