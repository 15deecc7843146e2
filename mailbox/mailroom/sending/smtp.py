"""The only module that opens SMTP: one connection, one letter at a time, and what became of it.

What an answer, or a lost connection, means depends on how far the conversation was:

* before the final dot the server cannot have accepted the letter, so it may be tried again;
* after it, silence means that nobody knows: `uncertain`, and never a second copy;
* 5xx to the agency's address, or to the letter itself, is the end of it; 4xx is "later", with the same bytes;
* 5xx to our own address, to our login or our TLS, or because we may not relay, says nothing about the agency: it is
  a fault of the set-up (`ours`).
"""

import asyncio
import ipaddress
import re
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError

from mailroom.sending.envelope import NO_REPORTS, Envelope, report_options
from prober.config.load import Smtp
from prober.domain.correspondence import SendState
from prober.errors import ConfigError

COMMAND_SECONDS = 60.0
ANSWER_SECONDS = 600.0  # after the final dot: RFC 5321, 4.5.3.2.6
QUIT_SECONDS = 5.0

Hook = Callable[[str], None]


def nothing(label: str) -> None:
    """The default hook: labelled points of the send path pass by unused. A test kills the process at one of them."""


class Stage(StrEnum):
    """How far a conversation got."""

    CONNECT = "connect"
    TLS = "tls"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    COPY = "copy"
    DATA = "data"
    DOT = "dot"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one letter. `ours`: the set-up is at fault, so the next letter would fare no better."""

    state: SendState
    stage: Stage
    code: int | None
    reply: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server says it takes; None where it says nothing. RFC 1870 (SIZE) and RFC 9422 (LIMITS)."""

    octets: int | None = None  # of one letter
    letters: int | None = None  # on one connection
    recipients: int | None = None  # of one letter


class LineFailed(Exception):
    """No conversation could be opened; carries the Outcome for the letter that was to be sent."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.stage}: {outcome.code or ''} {outcome.reply}".strip())
        self.outcome = outcome


class Line:
    """One connection to the mail server. `async with await Line.open(…) as line:`."""

    def __init__(self, client: aiosmtplib.SMTP, answer_seconds: float) -> None:
        self._client = client
        self._transport = client.transport  # QUIT makes the client forget it
        self._answer_seconds = answer_seconds

    @classmethod
    async def open(
        cls,
        smtp: Smtp,
        password: str,
        our_domain: str,
        tls: ssl.SSLContext | None = None,
        seconds: float = COMMAND_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> "Line":
        """Connect, start TLS as configured, log in. `tls` replaces the system's trusted authorities.

        Raises LineFailed. Raises ConfigError if TLS is off and the server is not on loopback.
        """
        if smtp.tls == "none" and not is_loopback(smtp.host):
            raise ConfigError(f'[smtp] tls = "none" is allowed for loopback addresses only, not {smtp.host}')
        client = aiosmtplib.SMTP(
            hostname=smtp.host, port=smtp.port, timeout=seconds, local_hostname=our_domain,
            use_tls=smtp.tls == "implicit", start_tls=False, tls_context=tls,
        )  # fmt: skip
        stage, transport = Stage.CONNECT, None
        try:
            await client.connect()
            transport = client.transport
            await client.ehlo()
            if smtp.tls == "starttls":
                stage = Stage.TLS
                await client.starttls(tls_context=tls)
                await client.ehlo()  # what was offered before is void (RFC 3207, 4.2)
            if smtp.user:
                stage = Stage.LOGIN
                await client.login(smtp.user, password)
        except (SMTPException, OSError, ValueError) as error:
            _sever(client, transport)
            raise LineFailed(_opening_outcome(stage, error)) from error
        except BaseException:
            _sever(client, transport)
            raise
        return cls(client, answer_seconds)

    async def hand_over(self, letter: Envelope, at: Hook = nothing) -> Outcome:
        """Give one letter to the server. Never raises for what the server does; the line is of no more use unless
        the outcome is `accepted`.
        """
        stage = Stage.MAIL
        client = self._client
        wanted = report_options(letter) if client.supports_extension("dsn") else NO_REPORTS
        try:
            await client.mail(letter.mail_from, options=wanted.mail)
            at("mail")
            stage = Stage.RCPT
            await client.rcpt(letter.rcpt, options=wanted.rcpt)
            at("rcpt")
            if letter.copy_to:
                stage = Stage.COPY
                await client.rcpt(letter.copy_to, options=wanted.copy)
                at("copy")
            stage = Stage.DATA
            answer = await client.execute_command(b"DATA")
            if answer.code != 354:
                raise SMTPResponseException(answer.code, answer.message)
            at("data")
            stage = Stage.DOT
            answer = await self._body(letter.data, at)
        except SMTPResponseException as error:
            return _refusal(stage, error.code, error.message)
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
            state = SendState.UNCERTAIN if stage is Stage.DOT else SendState.DEFERRED
            return Outcome(state, stage, None, f"connection lost or no answer: {error}")
        at("answered")
        if not 200 <= answer.code <= 299:
            return _refusal(stage, answer.code, answer.message)
        return Outcome(SendState.ACCEPTED, Stage.DONE, answer.code, answer.message)

    @property
    def limits(self) -> Limits:
        """What the server said at EHLO. A limit that is no number counts as not said."""
        offered = self._client.esmtp_extensions
        said = dict(re.findall(r"(\w+)=(\d{1,9})", offered.get("limits", "")))
        size = re.fullmatch(r"\s*(\d{1,15})\s*", offered.get("size", ""))
        return Limits(  # SIZE 0: no fixed limit
            octets=int(size[1]) or None if size else None,
            letters=int(said["MAILMAX"]) if "MAILMAX" in said else None,
            recipients=int(said["RCPTMAX"]) if "RCPTMAX" in said else None,
        )

    async def close(self) -> None:
        """Say QUIT. An error here is no error of sending: the letters before it were accepted."""
        with suppress(SMTPException, OSError):
            await self._client.quit(timeout=QUIT_SECONDS)
        self.drop()

    def drop(self) -> None:
        """Close without a word."""
        _sever(self._client, self._transport)

    async def _body(self, data: bytes, at: Hook) -> aiosmtplib.SMTPResponse:
        """Write the letter and the final dot, and wait for the answer to it.

        Not by SMTP.data(): it raises one error whether the connection was lost before 354 or after the dot.
        """
        protocol = self._client.protocol
        if protocol is None:
            raise SMTPServerDisconnected("connection lost after 354")
        stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in data.split(b"\r\n"))
        protocol.write(stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        at("dot")
        return await protocol.read_response(timeout=self._answer_seconds)


async def probe(smtp: Smtp, password: str, our_domain: str, tls: ssl.SSLContext | None = None) -> Limits | str:
    """Connect, start TLS, log in and leave; no letter. Returns the server's limits, or what went wrong."""
    try:
        line = await Line.open(smtp, password, our_domain, tls, seconds=10)
    except LineFailed as failure:
        return str(failure)
    limits = line.limits
    await line.close()
    return limits


def is_loopback(host: str) -> bool:
    """True for a literal loopback address. A name is not trusted to be one.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("mail.example.test")
    (True, False, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _sever(client: aiosmtplib.SMTP, transport: asyncio.BaseTransport | None) -> None:
    """Close the socket now. A TLS transport that is only closed waits for the peer's goodbye, and outlives the loop."""
    client.close()
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


# What a server says of us, and not of the agency, when it refuses the agency's address: RFC 4954 section 6 (530, 535,
# 538; 5.7.0, 5.7.8), and the words of Postfix, Exim, Exchange and Sendmail for a client that may not send through them.
_NOT_ALLOWED = re.compile(
    r"\b5\.7\.[08]\b|relay|authentication required|log ?in first|must authenticate|not authenticated"
    r"|client host rejected|recipient address rejected: access denied",
    re.IGNORECASE,
)


def _refusal(stage: Stage, code: int, reply: str) -> Outcome:
    """What an answer other than "yes" means at `stage`.

    A server that does not let us send at all may say so only at the agency's address. Taken for the agency's refusal,
    that would write off the whole wave, letter by letter, for one wrong line in our configuration.
    """
    if 500 <= code <= 599:
        locked_out = code in (530, 535, 538) or (stage is Stage.RCPT and bool(_NOT_ALLOWED.search(reply)))
        ours = stage in (Stage.MAIL, Stage.COPY) or locked_out
        return Outcome(SendState.DEFERRED if ours else SendState.REFUSED, stage, code, reply, ours)
    if stage is Stage.DOT and not 400 <= code <= 499:
        return Outcome(SendState.UNCERTAIN, stage, code, f"an answer that SMTP does not know: {reply}")
    return Outcome(SendState.DEFERRED, stage, code, reply)


def _opening_outcome(stage: Stage, error: Exception) -> Outcome:
    """A connection that could not be opened: later, unless trying again cannot help (certificate, login, no TLS)."""
    cause = error.__cause__ or error
    code = error.code if isinstance(error, SMTPResponseException) else None
    if isinstance(cause, ssl.SSLError):
        stage = Stage.TLS
    refused = code is not None and 500 <= code <= 599
    # SMTPException itself, not a kind of it: the server offers no STARTTLS, or no way to log in that we know.
    lasting = refused or isinstance(cause, ssl.SSLError) or type(error) in (SMTPException, ValueError)
    # str() of an answer is a tuple's; people read its words.
    reply = error.message if isinstance(error, SMTPResponseException) else str(cause)
    return Outcome(SendState.DEFERRED, stage, code, reply or type(error).__name__, ours=lasting)
