"""One letter of the outbox, handed to the mail server, with its result on disk.

Order of effects: connect → `sending` and a line in the send journal on disk → SMTP conversation → result committed.
The result is on the disk when the next letter is claimed, or before the pass waits or ends. The labelled points in
between, in order: due, connected, claimed, noted, mail, rcpt, copy, data, dot, answered, finished.
"""

import asyncio
import ssl
from collections.abc import Callable, Collection, Coroutine, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mailroom.sending import approval as frozen
from mailroom.sending.dkim import Signer
from mailroom.sending.envelope import Envelope
from mailroom.sending.smtp import Hook, Line, LineFailed, Outcome, Stage
from mailroom.sending.summary import Progress, SendSummary
from prober.campaign.letters.identity_number import inscribe
from prober.campaign.letters.mime import dated
from prober.campaign.protocol.model import Protocol
from prober.campaign.schedule import Handed
from prober.clock import Clock
from prober.config.load import Sender, Smtp
from prober.domain.correspondence import SendState
from prober.domain.working_days import hanoi_date
from prober.errors import ServerUnreachable
from prober.store import Database, flush, send_journal
from prober.store.private import campaigns, outbox

BATCH = 100  # letters on one connection, or what the server allows; a connection is never kept over a wait
DAILY = timedelta(days=1)  # an unreachable server is tried daily, for as long as a person lets it
GRACE_SECONDS = 5.0  # how long Ctrl-C waits for the server's answer to a letter that is on the wire


@dataclass(slots=True)
class Pass:
    """What one pass works with."""

    private: Database
    smtp: Smtp
    password: str
    sender: Sender
    clock: Clock
    campaign: str
    protocol: Protocol
    on_progress: Callable[[Progress], None]
    at: Hook
    tls: ssl.SSLContext | None
    answer_seconds: float
    summary: SendSummary
    handed: Handed
    scribe: Executor  # one thread that writes the send journal
    line: Line | None = None
    on_line: int = 0
    done: int = 0  # letters of the campaign that ask for nothing more
    patient: bool = False  # waits for what is due later, so an unreachable server is tried again
    identity: str = field(default="", repr=False)  # number of an identity paper; never written down
    signer: Signer | None = field(default=None, repr=False)
    blocked: Callable[[], Mapping[str, str]] = dict  # agency → why its letters wait, as of now
    mailboxes: Collection[str] = ()  # accounts that must have been read before a reminder leaves


async def hand_over(work: Pass, row: int) -> bool:
    """Hand over one letter. False if the campaign was paused meanwhile; ServerUnreachable if the set-up is at fault."""
    work.at("due")
    try:
        line = await _line(work)
    except LineFailed as failure:
        return _not_tried(work, row, failure.outcome)
    work.at("connected")
    noting: list[Future[None]] = []
    claim = _claim(work, row, noting)
    if claim is None:
        return may_go_on(work)
    work.at("claimed")
    _await_journal(work, claim, noting)
    work.at("noted")
    outcome = await _to_the_end(line.hand_over(_envelope(work, claim), work.at), work, claim)
    if outcome.state is not SendState.ACCEPTED:
        line.drop()
        work.line = None
    _record(work, claim, outcome)
    return True


def _envelope(work: Pass, claim: outbox.Claim) -> Envelope:
    """The letter as it goes over the wire, the same at every attempt: frozen bytes, Date and signature of the first."""
    data = dated(inscribe(claim.raw, work.identity) if work.identity else claim.raw, claim.first_attempt)
    if work.signer:
        data = work.signer.signed(data, claim.first_attempt)
    return Envelope(claim.mail_from, claim.rcpt, work.sender.address, data, claim.message_id.strip("<>"))


def _claim(work: Pass, row: int, noting: list[Future[None]]) -> outbox.Claim | None:
    """Commit `sending`, and meanwhile write the send journal in its thread: two files, and one wait for the disk.

    A crash between the two leaves at worst a doubt more. If the commit fails, the journal says that nothing left.
    """
    now, path = work.clock.now(), send_journal.beside(work.private)
    begun: list[outbox.Claim] = []

    def note(claim: outbox.Claim) -> None:
        begun.append(claim)
        noting.append(work.scribe.submit(send_journal.sending, path, claim.message_id, claim.attempts, now))

    try:
        return outbox.claim(work.private, row, now, note)
    except BaseException:
        for claim, written in zip(begun, noting, strict=False):
            if written.exception() is None:
                send_journal.returned(path, claim.message_id, claim.attempts, now)
        raise


def _await_journal(work: Pass, claim: outbox.Claim, noting: list[Future[None]]) -> None:
    """The line is on the disk when this returns. If it cannot be, nothing was said of the letter yet: it is put back,
    and OSError raised.
    """
    try:
        noting[0].result()
    except OSError as error:
        outbox.finish(
            work.private, claim, SendState.DEFERRED, work.clock.now(), stage=Stage.CONNECT, code=None,
            reply=f"send journal: {error}",
        )  # fmt: skip
        raise


async def _to_the_end(conversation: Coroutine[None, None, Outcome], work: Pass, claim: outbox.Claim) -> Outcome:
    """The outcome of a conversation. On Ctrl-C the server gets some seconds to answer; then the letter is in doubt."""
    task = asyncio.ensure_future(conversation)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=GRACE_SECONDS)
        if not task.done():
            task.cancel()
        doubt = Outcome(SendState.UNCERTAIN, Stage.DOT, None, "stopped before the server answered")
        _record(work, claim, task.result() if task.done() and not task.cancelled() else doubt)
        raise


async def _line(work: Pass) -> Line:
    """The open connection, or a fresh one after BATCH letters. Raises LineFailed."""
    if work.line is not None and work.on_line >= min(BATCH, work.line.limits.letters or BATCH):
        await _close(work)
    if work.line is None:
        work.on_line = 0
        domain = work.sender.address.rpartition("@")[2]
        work.line = await Line.open(
            work.smtp, work.password, domain, work.tls, answer_seconds=work.answer_seconds
        )  # fmt: skip
    work.on_line += 1
    return work.line


async def hang_up(work: Pass) -> None:
    """Nothing follows at once: results are on the disk and the connection is closed when this returns."""
    flush(work.private)
    await _close(work)


async def _close(work: Pass) -> None:
    if work.line is not None:
        line, work.line = work.line, None
        await line.close()


def _not_tried(work: Pass, row: int, outcome: Outcome) -> bool:
    """No conversation could be opened: the letter is put off, and was never in doubt."""
    now = work.clock.now()
    claim = outbox.put_off(
        work.private, row, now, stage=outcome.stage, code=outcome.code, reply=outcome.reply,
        retry=lambda attempts, first: frozen.retry_at(attempts, first, now) or now + DAILY,
    )  # fmt: skip
    if claim is None:
        return may_go_on(work)
    _note(work, claim, replace(outcome, ours=outcome.ours or not work.patient), now)
    return True


def _record(work: Pass, claim: outbox.Claim, outcome: Outcome) -> None:
    """Commit what became of a letter that was handed over, or tried."""
    now, retry = work.clock.now(), None
    if outcome.state is SendState.DEFERRED:
        retry = frozen.retry_at(claim.attempts, claim.first_attempt, now)
        if retry is None and not outcome.ours:
            reply = f"given up after {claim.attempts} attempts: {outcome.reply}"
            outcome = replace(outcome, state=SendState.REFUSED, reply=reply)
    outbox.finish(
        work.private, claim, outcome.state, now, stage=outcome.stage, code=outcome.code, reply=outcome.reply,
        retry_at=retry,
    )  # fmt: skip
    if outcome.state in (SendState.DEFERRED, SendState.REFUSED):
        send_journal.returned(send_journal.beside(work.private), claim.message_id, claim.attempts, now)
    work.at("finished")
    _note(work, claim, outcome, now)


def _note(work: Pass, claim: outbox.Claim, outcome: Outcome, now: datetime) -> None:
    """Count a result, tell of it, and stop the pass if the set-up is at fault."""
    work.handed.last = now
    if outcome.state in (SendState.ACCEPTED, SendState.UNCERTAIN):
        work.handed.on[hanoi_date(now)] += 1
    work.done += outcome.state is not SendState.DEFERRED
    setattr(work.summary, outcome.state, getattr(work.summary, outcome.state) + 1)
    tell(work, f"{claim.rcpt}: {outcome.state}")
    if outcome.ours:
        raise ServerUnreachable(
            f"{work.smtp.host}:{work.smtp.port} does not take our letters, at {outcome.stage}: "
            f"{outcome.code or ''} {outcome.reply}. No letter was lost: correct [smtp] or [sender], then send again."
        )


def tell(work: Pass, what: str) -> None:
    """Report progress. Counted along, not asked of the database: a query per letter would cost the square of them."""
    work.on_progress(Progress(work.done, work.summary.planned, what))


def may_go_on(work: Pass) -> bool:
    """A pause, or a close, by another process counts at once."""
    status = campaigns.campaign(work.private, work.campaign).status
    if status != "approved":
        work.summary.stopped = status
    return status == "approved"
