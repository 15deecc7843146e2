"""Present one stored message in the form that twisted.mail expects."""

import io
from email import message_from_bytes, policy
from email.message import Message as EmailMessage
from typing import Any, BinaryIO

from twisted.mail.imap4 import IMessage, IMessageFile
from zope.interface import implementer  # type: ignore[import-untyped]

from prober.sandbox.simulated_clock import header_date, parse_moment


class ServedPart:
    """A message or one of its parts, parsed leniently."""

    def __init__(self, message: "EmailMessage[str, str]") -> None:
        self._message = message

    def getHeaders(self, negate: bool, *names: Any) -> dict[str, str]:
        """Return headers by lower-case name: the named ones, or (`negate`) all but those."""
        wanted = {(name.decode("ascii", "replace") if isinstance(name, bytes) else name).lower() for name in names}
        return {
            name.lower(): str(value).replace("\r\n", "\n").replace("\n", "\r\n")
            for name, value in self._message.items()
            if (name.lower() in wanted) != bool(negate)
        }

    def getBodyFile(self) -> BinaryIO:
        payload = self._message.get_payload(decode=False)
        text = "" if isinstance(payload, list) else str(payload)
        return io.BytesIO(text.encode("ascii", "surrogateescape"))

    def getSize(self) -> int:
        return len(self._message.as_bytes())

    def isMultipart(self) -> bool:
        return self._message.is_multipart()

    def getSubPart(self, part: int) -> "ServedPart":
        payload: Any = self._message.get_payload()
        return ServedPart(payload[part])


@implementer(IMessage, IMessageFile)
class ServedMessage(ServedPart):
    """The whole message. `open` returns the stored bytes: without IMessageFile, Twisted would rebuild its headers."""

    def __init__(self, uid: int, flags: tuple[str, ...], received_at: str, raw: bytes) -> None:
        self._uid = uid
        self._flags = flags
        self._received_at = received_at
        self._raw = raw

    @property
    def _message(self) -> "EmailMessage[str, str]":  # type: ignore[override]
        return message_from_bytes(self._raw, policy=policy.compat32)

    def getUID(self) -> int:
        return self._uid

    def getFlags(self) -> tuple[str, ...]:
        return self._flags

    def getInternalDate(self) -> str:
        return header_date(parse_moment(self._received_at))

    def getSize(self) -> int:
        return len(self._raw)

    def getBodyFile(self) -> BinaryIO:
        _, _, body = self._raw.partition(b"\r\n\r\n")
        return io.BytesIO(body)

    def open(self) -> BinaryIO:
        return io.BytesIO(self._raw)
