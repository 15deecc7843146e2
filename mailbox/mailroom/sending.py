"""Sending what is due: one letter after another, each at most once, whatever happens to the process.

Order of effects for one letter: `sending` on disk → SMTP conversation → result on disk. A crash in between leaves
`sending`, which the next run turns into `uncertain`; a run never sends a letter of which it cannot know the fate.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout
from sqlite_utils import Database

from mailroom import outbox as frozen
from mailroom.smtp import ANSWER_SECONDS, Envelope, Hook, Line, LineFailed, Outcome, Stage, is_loopback, nothing
from prober.campaign.mime import dated
from prober.campaign.plan import Action, Do, Handed, Pace, due, earliest
from prober.campaign.protocol import Protocol
from prober.clock import Clock
from prober.config import Sender, Smtp
from prober.correspondence import Event, SendState
from prober.errors import NotApproved, ProberError, ServerUnreachable
from prober.store import campaigns, outbox
from prober.workdays import hanoi_date, vietnam

BATCH = 20  # letters on one connection; a connection is never kept over a wait
DAILY = timedelta(days=1)  # an unreachable server is tried daily, for as long as a person lets it
GRACE_SECONDS = 5.0  # how long Ctrl-C waits for the server's answer to a letter that is on the wire


@dataclass(slots=True)
class SendSummary:
    """What one pass did, and what is left. Times are those of the clock that was given."""

    campaign: str
    accepted: int = 0
    refused: int = 0
    deferred: int = 0
    uncertain: int = 0
    cancelled: int = 0
    held: int = 0  # reminders that wait for the mailbox to be read
    settled: int = 0  # doubtful letters that the mailbox proved to have been accepted
    next_at: datetime | None = None
    stopped: str = ""  # why it ended before everything was sent
    closed: bool = False
    totals: dict[str, int] = field(default_factory=dict)  # state → letters, over the whole campaign
    planned: int = 0  # letters approved
    mismatch: str = ""  # set if the states do not add up to the letters approved

    @property
    def failures(self) -> list[str]:
        """What makes the exit code 1."""
        found = [self.mismatch] if self.mismatch else []
        if self.totals.get("uncertain"):
            found.append(f"{self.totals['uncertain']} letters are in doubt: run `prober campaign settle`")
        return found


@dataclass(frozen=True, slots=True)
class Progress:
    """Told after each letter and before each wait."""

    done: int
    total: int
    now: str


@dataclass(slots=True)
class _Pass:
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
    line: Line | None = None
    on_line: int = 0


def send_due(
    private: Database,
    smtp: Smtp,
    password: str,
    sender: Sender,
    clock: Clock,
    campaign_id: str,
    until: datetime | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    *,
    at: Hook = nothing,
    tls: ssl.SSLContext | None = None,
    answer_seconds: float = ANSWER_SECONDS,
) -> SendSummary:
    """Send the letters of an approved campaign that are due, and with `until` wait for those due until then.

    Doubtful letters of an earlier crash are marked, and settled where the mailbox has evidence. `at` is called with the
    name of each labelled point of the path; `tls` replaces the system's trusted authorities.

    Raises NotApproved; ServerUnreachable if the set-up is at fault (certificate, login, sender refused), after the
    letter at hand was put back; ProberError if another process is sending. On Ctrl-C everything done is stored.
    """
    with sole_sender(private):
        now = clock.now()
        outbox.doubt_interrupted(private, now)
        summary = SendSummary(campaign_id, settled=outbox.settle_by_evidence(private, now))
        file = frozen.verify(private, campaign_id)
        if file.world == "sandbox" and not is_loopback(smtp.host):
            raise NotApproved(f"campaign {campaign_id} belongs to the embedded world; {smtp.host} is a real server")
        summary.planned = sum(outbox.counts(private, campaign_id).values())
        work = _Pass(
            private, smtp, password, sender, clock, campaign_id, frozen.protocol_of(file), on_progress, at, tls,
            answer_seconds, summary, frozen.handed_over(private),
        )  # fmt: skip
        try:
            asyncio.run(_send(work, until))
        finally:
            _balance(work)
    return summary


@contextmanager
def sole_sender(private: Database) -> Iterator[None]:
    """Hold the one lock of sending. The system releases it when the process ends, also by kill -9.

    Raises ProberError if another process holds it.
    """
    (path,) = (Path(row[2]) for row in private.execute("PRAGMA database_list").fetchall() if row[1] == "main")
    lock = FileLock(f"{path}.sending.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise ProberError(f"another process is sending from {path}; nothing was done. Wait for it to end.") from error
    try:
        yield
    finally:
        lock.release()


async def _send(work: _Pass, until: datetime | None) -> None:
    try:
        while await _round(work, until):
            pass
    finally:
        await _hang_up(work)


async def _round(work: _Pass, until: datetime | None) -> bool:
    """Act on everything that is due now; then wait for the next thing. False when there is nothing to wait for."""
    pace = Pace(work.smtp.per_day, timedelta(seconds=work.smtp.seconds_between))
    work.summary.held, work.summary.next_at = 0, None
    actions = _agenda(work)
    for action in actions:
        now = work.clock.now()
        when = action.at
        if action.do is Do.SEND:
            when = earliest(work.protocol, pace, max(action.at, now), work.handed, vietnam())
        if when > now:
            return await _wait(work, when, until)
        if action.do is Do.HOLD:
            work.summary.held += 1
        elif not await _act(work, action, now):
            return False
    return any(action.do is not Do.HOLD for action in actions)


def _agenda(work: _Pass) -> list[Action]:
    rows = frozen.plan_rows(outbox.rows(work.private, work.campaign))
    heard = {agency: map(Event, events) for agency, events in outbox.heard(work.private, work.campaign).items()}
    return due(work.protocol, rows, heard, vietnam(), outbox.mailbox_read(work.private))


async def _wait(work: _Pass, when: datetime, until: datetime | None) -> bool:
    work.summary.next_at = when
    if until is None or when > until:
        return False
    await _hang_up(work)
    _tell(work, f"next {when:%a %d %b %Y %H:%M}")
    await work.clock.sleep_until(when)
    return _may_go_on(work)


def _may_go_on(work: _Pass) -> bool:
    """A pause, or a close, by another process counts at once."""
    status = campaigns.campaign(work.private, work.campaign).status
    if status != "approved":
        work.summary.stopped = status
    return status == "approved"


async def _act(work: _Pass, action: Action, now: datetime) -> bool:
    """Do one thing that is due. False to stop."""
    row = action.row
    if action.do is Do.CLOSE:
        campaigns.close(work.private, work.campaign, now)
        work.summary.closed = True
        return False
    assert row is not None
    if action.do is Do.CANCEL:
        work.summary.cancelled += outbox.cancel(work.private, row.id, action.reason, now)
    elif action.do is Do.TIME and action.moment:
        outbox.set_time(work.private, row.id, action.moment)
    else:
        return await _letter(work, row.id)
    return True


async def _letter(work: _Pass, row: int) -> bool:
    """Hand over one letter. False if the campaign was paused meanwhile; ServerUnreachable if the set-up is at fault."""
    work.at("due")
    try:
        line = await _line(work)
    except LineFailed as failure:
        return _not_tried(work, row, failure.outcome)
    work.at("connected")
    claim = outbox.claim(work.private, row, work.clock.now())
    if claim is None:
        return _may_go_on(work)
    work.at("claimed")
    letter = Envelope(claim.mail_from, claim.rcpt, work.sender.address, dated(claim.raw, claim.first_attempt))
    outcome = await _to_the_end(line.hand_over(letter, work.at), work, claim)
    if outcome.state is not SendState.ACCEPTED:
        line.drop()
        work.line = None
    _record(work, claim, outcome)
    return True


async def _to_the_end(conversation: Coroutine[None, None, Outcome], work: _Pass, claim: outbox.Claim) -> Outcome:
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


async def _line(work: _Pass) -> Line:
    """The open connection, or a fresh one after BATCH letters. Raises LineFailed."""
    if work.line is not None and work.on_line >= BATCH:
        await _hang_up(work)
    if work.line is None:
        work.on_line = 0
        domain = work.sender.address.rpartition("@")[2]
        work.line = await Line.open(
            work.smtp, work.password, domain, work.tls, answer_seconds=work.answer_seconds
        )  # fmt: skip
    work.on_line += 1
    return work.line


async def _hang_up(work: _Pass) -> None:
    if work.line is not None:
        line, work.line = work.line, None
        await line.close()


def _not_tried(work: _Pass, row: int, outcome: Outcome) -> bool:
    """No conversation could be opened: the letter is put off, and was never in doubt."""
    now = work.clock.now()
    claim = outbox.put_off(
        work.private, row, now, stage=outcome.stage, code=outcome.code, reply=outcome.reply,
        retry=lambda attempts, first: frozen.retry_at(attempts, first, now) or now + DAILY,
    )  # fmt: skip
    if claim is None:
        return _may_go_on(work)
    _note(work, claim, outcome, now)
    return True


def _record(work: _Pass, claim: outbox.Claim, outcome: Outcome) -> None:
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
    work.at("finished")
    _note(work, claim, outcome, now)


def _note(work: _Pass, claim: outbox.Claim, outcome: Outcome, now: datetime) -> None:
    """Count a result, tell of it, and stop the pass if the set-up is at fault."""
    work.handed.last = now
    if outcome.state in (SendState.ACCEPTED, SendState.UNCERTAIN):
        work.handed.on[hanoi_date(now)] += 1
    setattr(work.summary, outcome.state, getattr(work.summary, outcome.state) + 1)
    _tell(work, f"{claim.rcpt}: {outcome.state}")
    if outcome.ours:
        raise ServerUnreachable(
            f"{work.smtp.host}:{work.smtp.port} does not take our letters, at {outcome.stage}: "
            f"{outcome.code or ''} {outcome.reply}. No letter was lost: correct [smtp] or [sender], then send again."
        )


def _tell(work: _Pass, what: str) -> None:
    numbers = outbox.counts(work.private, work.campaign)
    open_states = (SendState.PLANNED, SendState.DEFERRED)
    done = sum(number for (_, state), number in numbers.items() if state not in open_states)
    work.on_progress(Progress(done, sum(numbers.values()), what))


def _balance(work: _Pass) -> None:
    """planned = accepted + refused + deferred + uncertain + cancelled + still planned, letter for letter."""
    totals: Counter[str] = Counter()
    for (_, state), number in outbox.counts(work.private, work.campaign).items():
        totals[state] += number
    summary = work.summary
    summary.totals = dict(totals)
    left = totals.pop(SendState.SENDING, 0)
    if sum(totals.values()) != summary.planned or left:
        summary.mismatch = (
            f"{summary.planned} letters were approved but {sum(totals.values())} have a result or wait, and {left} are "
            "still marked as being sent"
        )
