"""Send the letters of a campaign that are due, one after another, each at most once, even if the process is killed.

This follows from the order of effects for one letter (`_hand_over`):

1. open the connection; if that fails, the letter is put off and was never in doubt;
2. commit `sending` to private.db: from here on no process sends the letter again, even if this one is killed;
3. write the attempt to the send journal, and wait until both files are on the disk: from here on neither a power cut
   nor a restored backup lets it be sent again;
4. the SMTP conversation;
5. commit the result, which is on the disk when the next letter is claimed, or before the run waits or ends.

A crash between 2 and 5 leaves `sending`, or a line in the journal that a restored database does not know. The next run
turns both into `uncertain`, and never sends the letter again by itself. The labelled points in between, in order: due,
connected, claimed, noted, mail, rcpt, copy, data, dot, answered, finished.
"""

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from mailroom.sending.approval import protocol_of, verify, wants_identity
from mailroom.sending.dkim import Signer
from mailroom.sending.smtp import (
    ANSWER_SECONDS,
    ConnectFailed,
    Connection,
    Envelope,
    Hook,
    SendOutcome,
    Stage,
    is_loopback,
    nothing,
)
from prober.campaign.letters.identity_number import inscribe, number_fault
from prober.campaign.letters.mime import dated
from prober.campaign.protocol import Protocol
from prober.campaign.schedule import OPEN, Action, Do, Handed, LetterRow, Pace, due, earliest
from prober.clock import Clock
from prober.config.load import Sender, Smtp
from prober.domain.correspondence import SendState, Step
from prober.domain.working_days import ONE_DAY
from prober.domain.world import World
from prober.errors import ConfigError, NotApproved, ServerUnreachable
from prober.store import Database, flush
from prober.store.private import campaigns, outbox
from prober.store.send_journal import SendJournal
from prober.studies.study import Study

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5  # how often a waiting run looks whether it was paused
# A greylisting server wants some minutes; RFC 5321, 4.5.4.1 gives up after four to five days.
RETRY_MINUTES = (10, 20, 40, 80, 160, 320)
GIVE_UP = timedelta(days=5)
DAILY = timedelta(days=1)  # an unreachable server is tried daily, for as long as a person lets it
GRACE_SECONDS = 5.0  # how long Ctrl-C waits for the server's answer to a letter that is being transmitted


@dataclass(frozen=True, slots=True)
class Progress:
    """Report the progress, after each letter and before each wait."""

    done: int
    total: int
    now: str


@dataclass(frozen=True, slots=True)
class SendingRun:
    """Hold everything that one run needs to send the letters of `campaign`. Nothing here changes while it runs.

    `blocked` returns, by agency, why its letters must wait; it is called again after every wait, because a run may last
    weeks. `at` is called with the name of each labelled point in the sending of a letter.
    """

    private: Database
    campaign: str
    smtp: Smtp
    sender: Sender
    clock: Clock
    study: Study
    until: datetime | None = None  # also wait for the letters due until then; None: send what is due, and end
    password: str = field(default="", repr=False)  # of the mail server
    signer: Signer | None = field(default=None, repr=False)  # signs each letter (DKIM)
    identity: str = field(default="", repr=False)  # number of the sender's identity paper; never written down
    mailboxes: Collection[str] = ()  # accounts that must have been read before a later step is sent
    blocked: Callable[[], Mapping[str, str]] = dict
    on_progress: Callable[[Progress], None] = lambda progress: None
    at: Hook = nothing
    tls: ssl.SSLContext | None = None  # replaces the system's trusted authorities
    answer_seconds: float = ANSWER_SECONDS

    @property
    def pace(self) -> Pace:
        """Return how fast letters may be handed to the mail server."""
        return Pace(self.smtp.per_day, timedelta(seconds=self.smtp.seconds_between))


@dataclass(slots=True)
class Counters:
    """Count what one run has done so far, and what is left when it ends. Times are those of the run's clock."""

    campaign: str
    planned: int  # letters approved
    done: int  # letters for which nothing is left to do
    handed: Handed = field(repr=False)  # letters of all campaigns handed over so far, by which the pace is kept
    settled: int = 0  # doubtful letters that the mailbox proved to have been accepted
    results: Counter[SendState] = field(default_factory=Counter)  # what became of the letters of this run
    held: int = 0  # reminders and follow-ups that wait for the mailbox to be read
    blocked: list[str] = field(default_factory=list)  # why letters that are due may not be sent, one reason a letter
    next_at: datetime | None = None  # when the next letter leaves
    last_day: date | None = None  # of a waiting time, if one ends before another letter leaves
    stopped: str = ""  # why it ended before everything was sent
    closed: bool = False
    totals: dict[str, int] = field(default_factory=dict)  # state → letters, over the whole campaign
    mismatch: str = ""  # set if the letters in the outbox are not those approved

    @property
    def failures(self) -> list[str]:
        """Return the reasons for exit code 1."""
        found = [self.mismatch] if self.mismatch else []
        if self.totals.get(SendState.UNCERTAIN):
            found.append(f"{self.totals[SendState.UNCERTAIN]} letters are in doubt: run `prober campaign settle`")
        return found + [f"not sent: {why}" for why in self.blocked]


def send_due(run: SendingRun) -> Counters:
    """Send the letters of an approved campaign that are due, and with `run.until` wait for those due until then.

    Doubtful letters of an earlier crash are marked, and settled where the mailbox has evidence.

    Raises NotApproved; ConfigError where the number of an identity paper is wanted and `run.identity` is none;
    ServerUnreachable if the set-up is at fault (certificate, login, sender refused), after the letter at hand was put
    back; ProberError if another process is sending. On Ctrl-C everything done is stored.
    """
    with outbox.sole_sender(run.private):
        settled = outbox.take_stock(run.private, run.clock.now())
        file = verify(run.private, run.campaign)
        if file.world == World.SANDBOX and not is_loopback(run.smtp.host):
            raise NotApproved(
                f"campaign {run.campaign} belongs to the embedded world; {run.smtp.host} is a real server"
            )
        if wants_identity(run.private, run.campaign) and (why := number_fault(run.identity)):
            raise ConfigError(
                f"campaign {run.campaign} writes the number of your identity paper on form 01a, and what was given "
                f"{why}; nothing was sent. Give it at the prompt, or name a variable in [sender] identity_env."
            )
        count = campaigns.letter_count(run.private, run.campaign)
        counters = Counters(
            run.campaign, planned=count.held, handed=_handed_over(run.private), settled=settled,
            done=sum(number for state, number in count.states.items() if SendState(state) not in OPEN),
        )  # fmt: skip
        with SendJournal(run.private) as journal:
            asyncio.run(_send(run, World(file.world), protocol_of(file), journal, counters))
        count = campaigns.letter_count(run.private, run.campaign)
        counters.totals, counters.mismatch = count.states, count.imbalance
    return counters


async def _send(run: SendingRun, world: World, protocol: Protocol, journal: SendJournal, counters: Counters) -> None:
    domain = run.sender.address.rpartition("@")[2]
    connection = Connection(run.smtp, run.password, domain, world, run.tls, answer_seconds=run.answer_seconds)
    try:
        while await _round(run, protocol, connection, journal, counters):
            pass
    finally:
        flush(run.private)
        await connection.close()


async def _round(
    run: SendingRun, protocol: Protocol, connection: Connection, journal: SendJournal, counters: Counters
) -> bool:
    """Act on everything that is due now; then wait for the next thing. Return False if there is nothing to wait for."""
    counters.held, counters.blocked, counters.next_at, counters.last_day = 0, [], None, None
    actions = _agenda(run, protocol)
    for action in actions:
        now = run.clock.now()
        when = action.at
        if action.do is Do.SEND:
            when = earliest(protocol, run.pace, max(action.at, now), counters.handed, run.study.calendar)
        if when > now:
            date_of = run.study.calendar.date_of
            paced = action.at <= now and date_of(when) == date_of(now)  # due, and only the pace holds it back
            if action.do in (Do.CANCEL, Do.CLOSE):  # at the midnight after the last day of a waiting time
                counters.last_day = date_of(when) - ONE_DAY
            else:
                counters.next_at = when
            if not paced and (run.until is None or when > run.until):
                return False
            flush(run.private)
            await connection.close()
            return await _wait(run, counters, when)
        if action.do is Do.HOLD:
            _hold(counters, action)
        elif not await _act(run, connection, journal, counters, action):
            return False
    return any(action.do is not Do.HOLD for action in actions)


def _agenda(run: SendingRun, protocol: Protocol) -> list[Action]:
    """Return everything left to do, in order of time; what is blocked is held."""
    rows = plan_rows(outbox.rows(run.private, run.campaign))
    heard = campaigns.heard(run.private, run.campaign)
    read = outbox.mailbox_read(run.private, run.mailboxes)
    actions = due(
        protocol, rows, heard.events, run.study.calendar, read, heard.unread_objections, heard.last, heard.by_rules
    )
    blocked = run.blocked()
    return [_unless_blocked(blocked, action) for action in actions]


def _unless_blocked(blocked: Mapping[str, str], action: Action) -> Action:
    if action.do in (Do.SEND, Do.HOLD) and action.row and (why := blocked.get(action.row.agency)):
        return replace(action, do=Do.HOLD, blocked_by=why)
    return action


def _hold(counters: Counters, action: Action) -> None:
    if action.blocked_by:
        counters.blocked.append(action.blocked_by)
    else:
        counters.held += 1


async def _wait(run: SendingRun, counters: Counters, when: datetime) -> bool:
    """Sleep until `when`. Return False, within a second, if another process pauses or closes the campaign meanwhile."""
    _tell(
        run, counters,
        f"waiting until {counters.last_day:%a %d %b %Y}" if counters.last_day else f"next {when:%a %d %b %Y %H:%M}",
    )  # fmt: skip
    sleeping = asyncio.ensure_future(run.clock.sleep_until(when))
    try:
        while not (await asyncio.wait([sleeping], timeout=PAUSE_SECONDS))[0]:
            if not _may_go_on(run, counters):
                return False
        sleeping.result()
        return _may_go_on(run, counters)
    finally:
        sleeping.cancel()


async def _act(
    run: SendingRun, connection: Connection, journal: SendJournal, counters: Counters, action: Action
) -> bool:
    """Do one thing that is due. Return False to stop."""
    row, now = action.row, run.clock.now()
    if action.do is Do.CLOSE:
        campaigns.close(run.private, run.campaign, now)
        counters.closed = True
        return False
    assert row is not None
    if action.do is Do.CANCEL:
        assert action.why is not None
        gone = outbox.cancel(run.private, row.id, action.why, now)
        counters.results[SendState.CANCELLED] += gone
        counters.done += gone
    elif action.do is Do.TIME and action.moment:
        outbox.set_time(run.private, row.id, action.moment)
    else:
        return await _hand_over(run, connection, journal, counters, row.id)
    return True


async def _hand_over(
    run: SendingRun, connection: Connection, journal: SendJournal, counters: Counters, row: int
) -> bool:
    """Hand over one letter. Return False if the campaign was paused meanwhile.

    Raises ServerUnreachable if the set-up is at fault, OSError if the send journal cannot be written, NotApproved if
    the letter names an address that its world does not write to.
    """
    run.at("due")
    try:
        await connection.ready()
    except ConnectFailed as failure:
        return _put_off(run, counters, row, failure.outcome)
    run.at("connected")
    claim = outbox.claim(run.private, row, run.clock.now())
    if claim is None:
        return _may_go_on(run, counters)
    run.at("claimed")
    letter = _envelope(run, claim)
    with _put_back(run, claim, Stage.RCPT, NotApproved):
        connection.admit(letter)
    _put_on_disk(run, journal, claim)
    run.at("noted")
    outcome, stopped = await _to_the_end(connection.transmit(letter, run.at))
    _record(run, journal, counters, claim, outcome)
    if stopped:
        raise stopped
    return True


def _put_on_disk(run: SendingRun, journal: SendJournal, claim: outbox.ClaimedLetter) -> None:
    """Wait until the claim and its line in the send journal are on the disk: two files, and one wait for both.

    If they cannot be, put the letter back and raise OSError.
    """
    line = journal.sending(claim.message_id, claim.attempts, run.clock.now())
    with _put_back(run, claim, Stage.CONNECT, OSError, "send journal: "):
        flush(run.private)
        line.result()


@contextmanager
def _put_back(
    run: SendingRun, claim: outbox.ClaimedLetter, stage: Stage, kind: type[Exception], before: str = ""
) -> Iterator[None]:
    """Put the letter back if an error of `kind` occurs in the block: nothing was said of it yet."""
    try:
        yield
    except kind as error:
        outbox.finish(
            run.private, claim, SendState.DEFERRED, run.clock.now(), stage=stage, code=None, reply=f"{before}{error}"
        )
        raise


def _envelope(run: SendingRun, claim: outbox.ClaimedLetter) -> Envelope:
    """Return the letter as it is transmitted: the frozen bytes, with the Date and signature of the first attempt.

    It is the same at every attempt.
    """
    data = dated(inscribe(claim.raw, run.identity) if run.identity else claim.raw, claim.first_attempt)
    if run.signer:
        data = run.signer.signed(data, claim.first_attempt)
    return Envelope(claim.mail_from, claim.rcpt, run.sender.address, data, claim.message_id.strip("<>"))


async def _to_the_end(
    conversation: Coroutine[None, None, SendOutcome],
) -> tuple[SendOutcome, asyncio.CancelledError | None]:
    """Return the outcome of a conversation, and the error of Ctrl-C if it came meanwhile.

    The server then gets some seconds to answer; after them the letter is in doubt.
    """
    task = asyncio.ensure_future(conversation)
    try:
        return await asyncio.shield(task), None
    except asyncio.CancelledError as error:
        await asyncio.wait([task], timeout=GRACE_SECONDS)
        if not task.done():
            task.cancel()
        if task.done() and not task.cancelled():
            return task.result(), error
        return SendOutcome(SendState.UNCERTAIN, Stage.DOT, None, "stopped before the server answered"), error


def _put_off(run: SendingRun, counters: Counters, row: int, outcome: SendOutcome) -> bool:
    """Put off a letter for which no connection could be opened: it was never in doubt."""
    now = run.clock.now()
    claim = outbox.put_off(
        run.private, row, now, stage=outcome.stage, code=outcome.code, reply=outcome.reply,
        retry=lambda attempts, first: _retry_at(attempts, first, now) or now + DAILY,
    )  # fmt: skip
    if claim is None:
        return _may_go_on(run, counters)
    patient = run.until is not None  # a run that waits for later letters tries an unreachable server again
    _count(run, counters, claim, replace(outcome, ours=outcome.ours or not patient), now)
    return True


def _record(
    run: SendingRun, journal: SendJournal, counters: Counters, claim: outbox.ClaimedLetter, outcome: SendOutcome
) -> None:
    """Commit what became of a letter that was handed over, or tried."""
    now, retry, given_up = run.clock.now(), None, False
    if outcome.state is SendState.DEFERRED:
        retry = _retry_at(claim.attempts, claim.first_attempt, now)
        if retry is None and not outcome.ours:
            outcome, given_up = replace(outcome, state=SendState.REFUSED), True
    outbox.finish(
        run.private, claim, outcome.state, now, stage=outcome.stage, code=outcome.code, reply=outcome.reply,
        retry_at=retry, given_up=given_up,
    )  # fmt: skip
    if outcome.state in (SendState.DEFERRED, SendState.REFUSED):
        journal.returned(claim.message_id, claim.attempts, now)
    run.at("finished")
    _count(run, counters, claim, outcome, now)


def _count(
    run: SendingRun, counters: Counters, claim: outbox.ClaimedLetter, outcome: SendOutcome, now: datetime
) -> None:
    """Count a result and report it. Raises ServerUnreachable if the set-up is at fault."""
    counters.handed.last = now
    if outcome.state in (SendState.ACCEPTED, SendState.UNCERTAIN):
        counters.handed.on[run.study.calendar.date_of(now)] += 1
    counters.done += outcome.state is not SendState.DEFERRED
    counters.results[outcome.state] += 1
    level = logging.INFO if outcome.state is SendState.ACCEPTED else logging.WARNING
    log.log(level, "letter %s", claim.id, extra={"campaign": run.campaign, "state": str(outcome.state)})
    _tell(run, counters, f"{claim.rcpt}: {outcome.state}")
    if outcome.ours:
        raise ServerUnreachable(
            f"{run.smtp.host}:{run.smtp.port} does not take our letters, at {outcome.stage}: "
            f"{outcome.code or ''} {outcome.reply}. No letter was lost: correct [smtp] or [sender], then send again."
        )


def _retry_at(attempts: int, first_attempt: datetime, now: datetime) -> datetime | None:
    """Return when a deferred letter is tried again, after `attempts` attempts; None when it is time to give up."""
    if now - first_attempt >= GIVE_UP:
        return None
    return now + timedelta(minutes=RETRY_MINUTES[min(attempts, len(RETRY_MINUTES)) - 1])


def _tell(run: SendingRun, counters: Counters, what: str) -> None:
    """Report progress from the counters: a query per letter would take time by the square of their number."""
    run.on_progress(Progress(counters.done, counters.planned, what))


def _may_go_on(run: SendingRun, counters: Counters) -> bool:
    """Return True if the campaign is still approved: another process may have paused or closed it."""
    status = campaigns.campaign(run.private, run.campaign).status
    if status != "approved":
        counters.stopped = status
    return status == "approved"


def plan_rows(rows: Sequence[dict[str, Any]]) -> list[LetterRow]:
    """Return rows of the outbox as rows of the schedule."""
    return [
        LetterRow(
            id=row["id"],
            agency=row["agency"],
            step=Step(row["step"]),
            state=SendState(row["state"]),
            position=row["position"],
            not_before=None if row["not_before"] == outbox.AFTER_REQUEST else datetime.fromisoformat(row["not_before"]),
            accepted_at=datetime.fromisoformat(row["accepted_at"]) if row["accepted_at"] else None,
            arm=row["arm"],
        )
        for row in rows
    ]


def _handed_over(private: Database) -> Handed:
    """Return how many letters of all campaigns were handed over on each day, and when the last one was."""
    last, days = outbox.handed(private)
    handed = Handed(last)
    handed.on.update({datetime.fromisoformat(day).date(): number for day, number in days.items()})
    return handed
