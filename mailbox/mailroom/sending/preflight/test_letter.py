"""Send a test letter to the sender's own address, with a token in it, and look for it in the mailbox.

Only this shows that the server takes our letters, that addresses with a token are delivered, that the mailbox in which
answers will arrive can be read, and whether arriving letters are signed.
"""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime

from mailroom.imap.accounts import Account
from mailroom.imap.connection import LOST
from mailroom.imap.mailbox import Mailbox
from mailroom.matching import authentication
from mailroom.mime import parser
from mailroom.sending.dkim import Signer, verified
from mailroom.sending.preflight.dns import Names
from mailroom.sending.preflight.sender_domain import SenderCheck
from mailroom.sending.smtp import ConnectFailed, Connection, Envelope
from prober.campaign.letters.mime import PREFLIGHT, LetterContent, assemble, dated
from prober.config.load import Sender, Smtp
from prober.domain.correspondence import SendState
from prober.domain.hostnames import registrable
from prober.domain.world import World
from prober.errors import ProberError

POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Servers:
    """Hold the mail server with its password, and the mailbox in which answers are read."""

    smtp: Smtp
    smtp_password: str = field(repr=False)
    mailbox: Account
    world: World


def seed_checks(
    servers: Servers, sender: Sender, signer: Signer | None, names: Names, now: datetime, seconds: float
) -> list[SenderCheck]:
    """Send one letter to oneself and wait for it at most `seconds`. The letter stays in the mailbox."""
    local, _, domain = sender.address.rpartition("@")
    message_id = f"<{PREFLIGHT}.{secrets.token_hex(16)}@{domain}>"
    letter = _letter(sender, f"{local}+{PREFLIGHT}@{domain}", message_id, signer, now)
    try:
        with Mailbox(servers.mailbox.imap, servers.mailbox.login) as mailbox:
            before = {folder: _uids(mailbox, folder) for folder in mailbox.folders()}
            if fault := asyncio.run(_sent(servers, domain, letter)):
                return [SenderCheck("letter to oneself", "fail", fault)]
            began = time.monotonic()
            found = _awaited(mailbox, before, message_id.encode(), began + seconds)
    except (ProberError, *LOST) as error:
        return [SenderCheck("letter to oneself", "fail", f"the mailbox could not be read: {error}")]
    if found is None:
        looked = f"{', '.join(before)} of {servers.mailbox.imap.user}"
        where = f"{letter.rcpt} did not come back within {seconds:g} s to {looked}"
        return [
            SenderCheck("letter to oneself", "fail", f"{where}; does the mail domain deliver addresses with +TOKEN?")
        ]
    folder, raw = found
    detail = f"to {letter.rcpt}, back in {folder} after {time.monotonic() - began:.1f} s"
    result = "ok" if folder.upper() == "INBOX" else "warn"
    known = servers.mailbox.imap.authserv_id
    return [SenderCheck("letter to oneself", result, detail), _signature(raw, domain, names, now), _server(raw, known)]


def _letter(sender: Sender, rcpt: str, message_id: str, signer: Signer | None, now: datetime) -> Envelope:
    paper = LetterContent(
        sender=(sender.name, sender.address), recipient=(sender.name, rcpt), reply_to=(sender.name, rcpt),
        subject="Thư thử trước khi gửi", tag=f"[{PREFLIGHT}]", message_id=message_id, answers="",
        languages=("vi", "en"),
        text="Thư này tự gửi cho mình để thử máy chủ thư.\n\nA letter to oneself, to try the mail servers.\n",
    )  # fmt: skip
    data = dated(assemble(paper), now)
    return Envelope(sender.address, rcpt, "", signer.signed(data, now) if signer else data, message_id.strip("<>"))


async def _sent(servers: Servers, domain: str, letter: Envelope) -> str:
    """Hand the letter over; return "" or what went wrong."""
    connection = Connection(servers.smtp, servers.smtp_password, domain, servers.world)
    try:
        await connection.ready()
    except ConnectFailed as failure:
        return str(failure)
    outcome = await connection.transmit(letter)
    await connection.close()
    if outcome.state is SendState.ACCEPTED:
        return ""
    return f"{letter.rcpt}: {outcome.state} at {outcome.stage}: {outcome.code or ''} {outcome.reply}"


def _uids(mailbox: Mailbox, folder: str) -> set[int]:
    mailbox.select(folder)
    return set(mailbox.listing())


def _awaited(
    mailbox: Mailbox, before: dict[str, set[int]], message_id: bytes, until: float
) -> tuple[str, bytes] | None:
    """Look for the message until `until`, a time of the monotonic clock; return its folder and bytes, or None."""
    while True:
        for folder, known in before.items():
            fresh = sorted(_uids(mailbox, folder) - known)
            for batch in mailbox.fetch(fresh):
                for arrival in batch:
                    if message_id in arrival.raw:
                        return folder, arrival.raw
            known.update(fresh)
        if time.monotonic() >= until:
            return None
        time.sleep(min(POLL_SECONDS, max(0.0, until - time.monotonic())))


def _server(raw: bytes, known: str) -> SenderCheck:
    """Compare the name under which the mailbox's server writes what it checked with that of [imap] authserv_id."""
    name = authentication.topmost_server(parser.parse(raw))
    if not name:
        detail = "what arrived has no Authentication-Results with a name: of senders nothing is known"
        return SenderCheck("authserv_id", "warn", detail)
    if name == known.casefold():
        return SenderCheck("authserv_id", "ok", f"the server writes Authentication-Results as {name}")
    return SenderCheck(
        "authserv_id", "warn", f"the server writes Authentication-Results as {name}, [imap] says {known!r}"
    )


def _signature(raw: bytes, domain: str, names: Names, now: datetime) -> SenderCheck:
    """Check the DKIM signatures of the letter that arrived; only one of our own domain counts."""
    found = verified(raw, names, now)
    ours = [(signed, holds) for signed, holds in found if registrable(signed) == registrable(domain)]
    if any(holds for _, holds in ours):
        return SenderCheck("signature", "ok", f"DKIM of {', '.join(signed for signed, holds in ours if holds)} holds")
    if ours:
        return SenderCheck("signature", "fail", f"DKIM of {ours[0][0]} does not hold on what arrived")
    others = f"; signed by {', '.join(signed for signed, _ in found)} only" if found else ""
    return SenderCheck("signature", "warn", f"what arrived carries no DKIM signature of {domain}{others}")
