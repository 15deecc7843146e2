"""Serve the world's SMTP on loopback, with aiosmtpd. A 250 after DATA means that the letter is on disk."""

import asyncio
import logging
import re
from collections.abc import Sequence
from typing import Protocol

from aiosmtpd.smtp import SMTP, Envelope, Session

from prober.sandbox.mail.mail_system import Refused

SIZE_LIMIT = 25 * 1024 * 1024
_HOST = "mail.prober.test"
_OFFERED = ("250-PIPELINING", "250-DSN", "250-ENHANCEDSTATUSCODES")  # besides what aiosmtpd offers by itself
_REPORTS = re.compile(r"\s(?:RET|ENVID|NOTIFY|ORCPT)=\S+", re.IGNORECASE)  # RFC 3461


class Recipients(Protocol):
    """Who takes letters here."""

    def admit(self, rcpt: str) -> None:
        """Raise Refused for a recipient that is not taken now."""

    def accept(self, mail_from: str, rcpts: Sequence[str], raw: bytes) -> None:
        """Take responsibility for a letter: on return it is on the disk."""


class _Protocol(SMTP):
    """One SMTP connection. aiosmtpd refuses the options of DSN; here they are accepted and ignored."""

    async def smtp_MAIL(self, arg: str | None) -> None:
        await super().smtp_MAIL(arg and _REPORTS.sub("", arg))

    async def smtp_RCPT(self, arg: str | None) -> None:
        await super().smtp_RCPT(arg and _REPORTS.sub("", arg))


class _Handler:
    """The answers of the mail system to a recipient and to a letter."""

    def __init__(self, mail_system: Recipients) -> None:
        self._mail_system = mail_system

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], *_OFFERED, responses[-1]]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        try:
            self._mail_system.admit(address)
        except Refused as refused:
            return f"{refused.code} {refused.text}"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the letter, once for all its recipients. If it cannot be stored, it is refused for now, not for good."""
        assert isinstance(envelope.content, bytes) and envelope.mail_from is not None
        try:
            self._mail_system.accept(envelope.mail_from, envelope.rcpt_tos, envelope.content)
        except Exception:
            logging.getLogger(__name__).exception("a letter could not be stored")
            return "451 4.3.0 Error: queue file write error"
        return "250 2.0.0 Ok: queued"


async def start(mail_system: Recipients, host: str = "127.0.0.1", port: int = 0) -> asyncio.Server:
    """Listen on a port of this machine, on a free one if it is 0."""
    loop, handler = asyncio.get_running_loop(), _Handler(mail_system)
    return await loop.create_server(
        lambda: _Protocol(handler, data_size_limit=SIZE_LIMIT, hostname=_HOST, ident="ESMTP", loop=loop), host, port
    )
