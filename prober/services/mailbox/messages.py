"""Show one stored message with all that is known of it, export it, and open one of its files."""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import rmtree, which
from typing import Any

from mailroom.intake import message_contents
from mailroom.intake.check_signatures import check_again
from mailroom.intake.message_contents import File, UnreadableMessage
from mailroom.mime.attachments import EXTENSIONS
from mailroom.mime.decoding import text_of
from prober.campaign.protocol import parse
from prober.domain.correspondence import Signature
from prober.errors import ProberError, UsageError
from prober.services.context import Context
from prober.store.private import campaigns, messages
from prober.store.reading.message_record import MessageRecord, record

Row = Mapping[str, Any]
BEGINNING = 4000  # bytes that are shown of a message that cannot be taken apart
LONGEST_NAME = 200  # bytes of a file name; most file systems take 255
ALIKE = {
    "text/plain": (".csv", ".tsv"),
    "image/jpeg": (".jpeg",),
    "image/tiff": (".tiff",),
}  # endings that are right too
# Opened by the system's program: it shows them and runs nothing of theirs. A web page, a script or a program is not.
SHOWN = frozenset(EXTENSIONS) - {"text/html", "message/rfc822", "text/calendar"}


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message for a person to read."""

    record: MessageRecord
    headers: Sequence[tuple[str, str]]
    text: str
    documents: Sequence[Row]  # position, title, said, by, name: what it says of each document asked for
    fault: str = ""  # why it could not be taken apart
    again: Sequence[Signature] = ()  # its signatures verified now, by the keys that were kept with it alone


@dataclass(frozen=True, slots=True)
class Opened:
    """A file of a message written for a person: `opener` shows it; "" if none does, for the reason `why_not`."""

    path: Path
    opener: str
    why_not: str = ""


def show(context: Context, name: str) -> MessageView:
    """Return the message that `name` means (the first letters of its hash, or its Message-ID).

    Raises UsageError for none or several.
    """
    private = context.private
    sha256 = messages.named(private, name)
    found, raw = record(private, sha256), messages.raw(private, sha256)[0]
    try:
        letter = message_contents.letter(raw)
    except UnreadableMessage as error:
        return MessageView(found, (), text_of(raw[:BEGINNING])[0], (), str(error))
    kept = [(row["domain"], row["selector"], row["key"]) for row in found.signatures if row["key"]]
    received = datetime.fromisoformat(found.message["received_at"])
    again = check_again(raw, received, kept) if kept else ()
    return MessageView(found, letter.headers, letter.text, _documents(context, found), again=again)


def _documents(context: Context, found: MessageRecord) -> list[Row]:
    """Return what the message says of each document, with its title where it answers one campaign."""
    asked = {campaign for campaign, _ in found.belongs_to()}
    titles: Sequence[str] = ()
    if len(asked) == 1:
        (campaign,) = asked
        protocol = parse(campaigns.campaign(context.private, campaign).protocol, f"campaign {campaign}")
        titles = [document.name for document in protocol.documents]
    return [
        {
            "position": state.position, "title": titles[state.position - 1] if state.position <= len(titles) else "",
            "said": state.said, "by": state.by, "name": state.name,
        }
        for state in found.detail.documents
    ]  # fmt: skip


def export(context: Context, name: str, folder: Path) -> list[Path]:
    """Write a message to `folder`: message.eml byte for byte as received, its files, and manifest.json with hashes.

    The folder appears whole or not at all, readable by its owner alone. Raises UsageError if it exists and is not
    empty, ProberError if it cannot be written.
    """
    private, folder = context.private, context.target(folder)
    sha256 = messages.named(private, name)
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise UsageError(f"{folder} exists and is not an empty folder; name another. Nothing was written.")
    raw, found = messages.raw(private, sha256)[0], record(private, sha256)
    parts, fault = _files(raw)
    written = {"message.eml": raw} | {
        file_name(number, _stored_name(found, number), _media_type(found, number)): part.data
        for number, part in enumerate(parts, 1)
    }
    manifest = json.dumps(_manifest(found, written, fault), ensure_ascii=False, indent=1)
    written["manifest.json"] = f"{manifest}\n".encode()
    scratch = None
    try:
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".prober-", dir=folder.absolute().parent))
        for file, data in written.items():
            _write(scratch / file, data)
        scratch.rename(folder)
    except OSError as error:
        if scratch:
            rmtree(scratch, ignore_errors=True)
        raise ProberError(f"{folder}: cannot be written: {error}") from error
    return [folder / file for file in written]


def _files(raw: bytes) -> tuple[list[File], str]:
    try:
        return message_contents.files(raw), ""
    except UnreadableMessage as error:
        return [], str(error)


def _stored_name(found: MessageRecord, number: int) -> str:
    return str(found.files[number - 1]["name"]) if number <= len(found.files) else ""


def _media_type(found: MessageRecord, number: int) -> str:
    return str(found.files[number - 1]["media_type"]) if number <= len(found.files) else ""


def file_name(number: int, name: str, media_type: str) -> str:
    """Return the name of a file on the disk: its number, its safe name, and the ending of what it really is.

    The number before it keeps names apart, and makes none begin with a dot or a hyphen or mean a device.

    >>> file_name(2, "-rf.PDF", "application/pdf"), file_name(1, "bao cao.exe", "application/pdf"), file_name(3, "", "")
    ('2--rf.PDF', '1-bao cao.exe.pdf', '3-file')
    """
    ending = Path(name).suffix if len(Path(name).suffix) < 10 else ""
    if media_type in EXTENSIONS and ending.lower() not in (f".{EXTENSIONS[media_type]}", *ALIKE.get(media_type, ())):
        ending = f".{EXTENSIONS[media_type]}"
    stem = name.removesuffix(ending) or "file"
    return f"{number}-{stem}".encode()[: LONGEST_NAME - len(ending)].decode("utf-8", "ignore") + ending


def _manifest(found: MessageRecord, written: Mapping[str, bytes], fault: str) -> Row:
    """Return the content of manifest.json: where the message came from, and the hash of every file."""
    files = {row["position"]: row for row in found.files}
    return {
        "message": found.sha256, "message_id": found.message["message_id"], "received_at": found.message["received_at"],
        "places": found.places, "fault": fault, "dkim": found.message["dkim"], "signatures": found.signatures,
        "files": [
            {"file": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            | ({"original_name": files[number]["original_name"], "media_type": files[number]["media_type"]}
               if number in files else {})
            for number, (name, data) in enumerate(written.items())
        ],
    }  # fmt: skip


def _write(path: Path, data: bytes) -> None:
    """Write a new file that its owner alone may read. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def open_file(context: Context, name: str, number: int) -> Opened:
    """Write file `number` of a message to a private temporary folder, and show it by the program of this system.

    Raises UsageError if the message has no such file, Unreadable if it cannot be taken apart.
    """
    private = context.private
    sha256 = messages.named(private, name)
    found = record(private, sha256)
    parts = message_contents.files(messages.raw(private, sha256)[0])
    if not 1 <= number <= len(parts):
        raise UsageError(f"message {sha256[:12]} has {len(parts) or 'no'} files; {number} is none of them")
    media_type = _media_type(found, number)
    path = Path(tempfile.mkdtemp(prefix="prober-")) / file_name(number, _stored_name(found, number), media_type)
    _write(path, parts[number - 1].data)
    if media_type not in SHOWN:
        return Opened(path, "", f"{media_type or 'a file of unknown type'} may run what is in it")
    opener = which("open" if sys.platform == "darwin" else "xdg-open")
    if opener is None:
        return Opened(path, "", "this system has no xdg-open")
    nothing = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in range(3)]
    try:  # no shell, and the path is absolute: nothing in a name is read as a command or an option
        os.posix_spawn(opener, [opener, str(path)], os.environ, file_actions=nothing, setsid=True)
    except OSError as error:
        return Opened(path, "", f"{opener} cannot be started: {error.strerror}")
    return Opened(path, opener)
