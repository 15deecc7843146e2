"""Send letters over SMTP, one at a time on one connection, and judge the result. The only module that opens SMTP.

What an answer, or a lost connection, means depends on how far the conversation was:

* before the final dot the server cannot have accepted the letter, so it may be tried again;
* after the dot, without an answer, the letter may or may not be accepted: `uncertain`, and never sent again;
* 5xx to the agency's address, or to the letter itself, is final; 4xx means "later", with the same bytes;
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
from functools import partial

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError

from prober.campaign.letters.mime import addresses
from prober.config.load import Smtp
from prober.domain.correspondence import SendState
from prober.domain.world import World
from prober.errors import ConfigError, NotApproved
from prober.text.patterns import linear

COMMAND_SECONDS = 60.0
ANSWER_SECONDS = 600.0  # after the final dot: RFC 5321, 4.5.3.2.6
QUIT_SECONDS = 5.0
BATCH = 100  # letters on one connection, or what the server allows

Hook = Callable[[str], None]


def nothing(label: str) -> None:
    """Ignore a labelled point in the sending of a letter; the default hook. A test kills the process at one of them."""


class Stage(StrEnum):
    """Name the steps of a conversation, to say how far one got."""

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
class SendOutcome:
    """Hold the result for one letter. `ours` means that our set-up is at fault, so the next letter would fail too."""

    state: SendState
    stage: Stage
    code: int | None
    reply: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Hold the limits that a server announces by RFC 1870 (SIZE) and RFC 9422 (LIMITS); None for those it does not."""

    octets: int | None = None  # per letter
    letters: int | None = None  # per connection
    recipients: int | None = None  # per letter


@dataclass(frozen=True, slots=True)
class Envelope:
    """Hold a letter as it is transmitted. `copy_to` is our own mailbox: the copy is evidence of the sending."""

    mail_from: str
    rcpt: str
    copy_to: str  # second recipient of the same transaction; "" for none
    data: bytes  # CRLF lines
    envelope_id: str = ""  # comes back in delivery reports (RFC 3461, 4.4)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every mail address of the letter, in its envelope and in its header."""
        copies = (self.copy_to,) if self.copy_to else ()
        return (self.mail_from, self.rcpt, *copies, *addresses(self.data))


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """Hold the options of RFC 3461 by command: reports of failure and delay to the sender, with headers only."""

    mail: tuple[str, ...] = ()
    rcpt: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()


NO_REPORTS = ReportOptions()
_LIMIT = linear(r"(\b\w+)=(\d{1,9})")  # RFC 9422
_SIZE = linear(r"\s*(\d{1,15})\s*")
_LONGEST_ID = 100  # RFC 3461, 4.4


def report_options(letter: Envelope) -> ReportOptions:
    """Return the options that ask for reports of one letter, with its envelope id where that is short enough."""
    identity = _xtext(letter.envelope_id)
    known = (f"ENVID={identity}",) if 0 < len(identity) <= _LONGEST_ID else ()
    return ReportOptions(
        ("RET=HDRS", *known), ("NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(letter.rcpt)}"), ("NOTIFY=NEVER",)
    )


def _xtext(text: str) -> str:
    """Encode `text` as xtext (RFC 3461, 4): characters beyond printable ASCII, and + and =, become +HH.

    >>> _xtext("khao-sat+k2@prober.test")
    'khao-sat+2Bk2@prober.test'
    """
    return "".join(chr(b) if 33 <= b <= 126 and b not in b"+=" else f"+{b:02X}" for b in text.encode("utf-8"))


class ConnectFailed(Exception):
    """Raised if no conversation could be opened; carries the Outcome for the letter that was to be sent."""

    def __init__(self, outcome: SendOutcome) -> None:
        super().__init__(f"{outcome.stage}: {outcome.code or ''} {outcome.reply}".strip())
        self.outcome = outcome


class Connection:
    """Connect to the mail server: the connection is opened by `ready`, renewed after BATCH letters and dropped after a
    failure.

    `tls` replaces the system's trusted authorities; `world` says which addresses may be written to. Raises ConfigError
    if TLS is off and the server is not on loopback.
    """

    def __init__(
        self,
        smtp: Smtp,
        password: str,
        our_domain: str,
        world: World,
        tls: ssl.SSLContext | None = None,
        seconds: float = COMMAND_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        if smtp.tls == "none" and not is_loopback(smtp.host):
            raise ConfigError(f'[smtp] tls = "none" is allowed for loopback addresses only, not {smtp.host}')
        self._smtp, self._password, self._tls = smtp, password, tls
        self._world, self._answer_seconds = world, answer_seconds
        self._new_client = partial(
            aiosmtplib.SMTP, hostname=smtp.host, port=smtp.port, timeout=seconds, local_hostname=our_domain,
            use_tls=smtp.tls == "implicit", start_tls=False, tls_context=tls,
        )  # fmt: skip
        self._client = self._new_client()
        self._transport: asyncio.BaseTransport | None = None  # kept here, because QUIT makes the client forget it
        self._letters = 0  # on this connection

    async def ready(self) -> None:
        """Make sure that a letter can be sent: connect, start TLS as configured, log in. Raises ConnectFailed."""
        if self._transport and self._letters >= min(BATCH, self.limits.letters or BATCH):
            await self.close()
        if not self._transport:
            await self._open()
            self._letters = 0
        self._letters += 1

    async def _open(self) -> None:
        stage, client = Stage.CONNECT, self._new_client()  # a dropped client may still get events of its connection
        self._client = client
        try:
            await client.connect()
            self._transport = client.transport
            await client.ehlo()
            if self._smtp.tls == "starttls":
                stage = Stage.TLS
                await client.starttls(tls_context=self._tls)
                self._transport = client.transport
                await client.ehlo()  # what was offered before is void (RFC 3207, 4.2)
            if self._smtp.user:
                stage = Stage.LOGIN
                await client.login(self._smtp.user, self._password)
        except (SMTPException, OSError, ValueError) as error:
            self.drop()
            raise ConnectFailed(_opening_outcome(stage, error)) from error
        except BaseException:
            self.drop()
            raise

    def admit(self, letter: Envelope) -> None:
        """Raise NotApproved if an address of `letter`, in envelope or header, is none of this world.

        A relay would carry it anywhere: this is the last place at which a rehearsal can be kept from the world.
        """
        if why := self._world.fault(letter.addresses):
            raise NotApproved(f"nothing was sent: {why}")

    async def transmit(self, letter: Envelope, at: Hook = nothing) -> SendOutcome:
        """Give one letter to the server. Nothing that the server does raises; NotApproved as `admit`.

        The connection is dropped unless the letter was accepted.
        """
        self.admit(letter)
        outcome = None
        try:
            outcome = await self._transaction(letter, at)
        finally:
            if outcome is None or outcome.state is not SendState.ACCEPTED:
                self.drop()
        return outcome

    async def _transaction(self, letter: Envelope, at: Hook) -> SendOutcome:
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
            return SendOutcome(state, stage, None, f"connection lost or no answer: {error}")
        at("answered")
        if not 200 <= answer.code <= 299:
            return _refusal(stage, answer.code, answer.message)
        return SendOutcome(SendState.ACCEPTED, Stage.DONE, answer.code, answer.message)

    @property
    def limits(self) -> ServerLimits:
        """Return the limits that the server announced at EHLO; one that is no number is ignored."""
        offered = self._client.esmtp_extensions
        said = dict(_LIMIT.findall(offered.get("limits", "")))
        size = _SIZE.fullmatch(offered.get("size", ""))
        return ServerLimits(  # SIZE 0: no fixed limit
            octets=int(size[1]) or None if size else None,
            letters=int(said["MAILMAX"]) if "MAILMAX" in said else None,
            recipients=int(said["RCPTMAX"]) if "RCPTMAX" in said else None,
        )

    async def close(self) -> None:
        """Send QUIT if a connection is open. Errors are ignored: the letters before it were accepted."""
        if self._transport:
            with suppress(SMTPException, OSError):
                await self._client.quit(timeout=QUIT_SECONDS)
            self.drop()

    def drop(self) -> None:
        """Close the socket now, without QUIT.

        A TLS transport that is only closed waits for the peer to close too, and outlives the event loop.
        """
        self._client.close()
        transport, self._transport = self._transport, None
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()

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


async def probe(smtp: Smtp, password: str, our_domain: str) -> ServerLimits | str:
    """Connect, start TLS, log in and leave; no letter. Return the server's limits, or what went wrong."""
    connection = Connection(smtp, password, our_domain, World.LIVE, seconds=10)  # of any world: it has no letter
    try:
        await connection.ready()
    except ConnectFailed as failure:
        return str(failure)
    limits = connection.limits
    await connection.close()
    return limits


def is_loopback(host: str) -> bool:
    """Return True for a literal loopback address; False for a name, which may resolve to any address.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("mail.example.test")
    (True, False, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# Refusals at the agency's address that are about us and not about the agency: RFC 4954, 6 (530, 535, 538; 5.7.0,
# 5.7.8), and the words of Postfix, Exim, Exchange and Sendmail for a client that may not send through them.
_NOT_ALLOWED = linear(
    r"\b5\.7\.[08]\b|relay|authentication required|log ?in first|must authenticate|not authenticated"
    r"|client host rejected|recipient address rejected: access denied",
    re.IGNORECASE,
)


def _refusal(stage: Stage, code: int, reply: str) -> SendOutcome:
    """Return what a negative answer at `stage` means for the letter.

    A server that does not let us send at all may say so only at the agency's address. If that were taken for a refusal
    of the address, one wrong line in our configuration would write off all letters one by one.
    """
    if 500 <= code <= 599:
        locked_out = code in (530, 535, 538) or (stage is Stage.RCPT and bool(_NOT_ALLOWED.search(reply)))
        ours = stage in (Stage.MAIL, Stage.COPY) or locked_out
        return SendOutcome(SendState.DEFERRED if ours else SendState.REFUSED, stage, code, reply, ours)
    if stage is Stage.DOT and not 400 <= code <= 499:
        return SendOutcome(SendState.UNCERTAIN, stage, code, f"an answer that SMTP does not know: {reply}")
    return SendOutcome(SendState.DEFERRED, stage, code, reply)


def _opening_outcome(stage: Stage, error: Exception) -> SendOutcome:
    """Return the outcome for a connection that could not be opened: the letter is deferred.

    It is our fault (`ours`) if trying again cannot help: certificate, login, no TLS.
    """
    cause = error.__cause__ or error
    code = error.code if isinstance(error, SMTPResponseException) else None
    if isinstance(cause, ssl.SSLError):
        stage = Stage.TLS
    refused = code is not None and 500 <= code <= 599
    # SMTPException itself, not a subclass: the server offers no STARTTLS, or no way to log in that we know.
    lasting = refused or isinstance(cause, ssl.SSLError) or type(error) in (SMTPException, ValueError)
    # str() of an SMTPResponseException is that of a tuple; its message is readable.
    reply = error.message if isinstance(error, SMTPResponseException) else str(cause)
    return SendOutcome(SendState.DEFERRED, stage, code, reply or type(error).__name__, ours=lasting)
