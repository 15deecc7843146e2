"""What is found while one message is walked, and how much that may cost."""

import re
from dataclasses import dataclass, field
from email.message import Message

from mailroom.mime.attachments import Part
from mailroom.mime.text_decoding import text_of

MAX_PARTS = 400
MAX_WRAPPED = 5  # winmail.dat that are unwrapped; no mail program puts more than one into a message
MAX_LINES_ANEW = 300_000  # of what is parsed once more, because it is not what the message says
MAX_BODIES = 4_000_000  # bytes of all bodies that are decoded; `incoming` keeps half a million characters
TOO_DEEP = "too deep or too many parts"
_CUT = re.compile(rb"[\xc0-\xff][\x80-\xbf]{0,3}\Z")  # a character of UTF-8, whole or not


@dataclass
class Spent:
    """What reading one message has cost, the messages inside it included."""

    parts: int = 0
    bodies: int = 0  # bytes of text that were decoded
    lines: int = 0  # that were parsed once more
    wrapped: int = 0  # winmail.dat

    def may_parse(self, data: bytes) -> bool:
        self.lines += data.count(b"\n")
        return self.lines <= MAX_LINES_ANEW


@dataclass
class Leaves:
    """Everything found while walking one message."""

    texts: list[tuple[str, str]] = field(default_factory=list)  # (plain | html, text)
    files: list[Part] = field(default_factory=list)
    machine: list[tuple[str, str]] = field(default_factory=list)  # (type, text)
    originals: list[Message] = field(default_factory=list)  # messages inside the message
    defects: list[str] = field(default_factory=list)
    encrypted: bool = False
    spent: Spent = field(default_factory=Spent)

    def sealed(self, how: str) -> None:
        """S/MIME and PGP as a whole: `how` as S/MIME says it. A signature around the letter hides it, no more."""
        if how in ("signed-data", "certs-only"):
            self.defects.append("signed as a whole, not opened")
        else:
            self.encrypted = True

    def decoded(self, data: bytes, charset: str) -> tuple[str, str]:
        """The text of one body, as much of it as may be read of the message, and its defect."""
        left = max(0, MAX_BODIES - self.spent.bodies)
        if len(data) > left and b"begin " not in data:  # files that are uuencoded inside it may be longer
            data = _CUT.sub(b"", data[:left])
        self.spent.bodies += len(data)
        return text_of(data, charset)
