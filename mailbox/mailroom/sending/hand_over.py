"""Hand one letter of the outbox to the mail server, at most once, and put its result on disk.

The order of effects is the proof:

1. open the connection; if there is none, the letter is put off and was never in doubt;
2. commit `sending` to private.db: from here on no process, killed or not, takes the letter for one that can leave;
3. write the attempt to the send journal and wait for the disk: from here on no power cut, and no restored backup, does;
4. the SMTP conversation;
5. commit the result and wait for the disk.

A crash between 2 and 5 leaves `sending`, or a line in the journal that the database does not know. The next run turns
both into `uncertain`, and never sends the letter again by itself. The labelled points in between, in order: due,
connected, claimed, noted, mail, rcpt, copy, data, dot, answered, finished.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta

from mailroom.sending.sending_run import Counters, Progress, SendingRun
from mailroom.sending.smtp import ConnectFailed, Connection, Envelope, Outcome, Stage
from prober.campaign.letters.identity_number import inscribe
from prober.campaign.letters.mime import dated
from prober.domain.correspondence import SendState
from prober.domain.working_days import hanoi_date
from prober.errors import ServerUnreachable
from prober.store import send_journal
from prober.store.private import campaigns, outbox

# A greylisting server wants some minutes; RFC 5321, 4.5.4.1 gives up after four to five days.
RETRY_MINUTES = (10, 20, 40, 80, 160, 320)
GIVE_UP = timedelta(days=5)
DAILY = timedelta(days=1)  # an unreachable server is tried daily, for as long as a person lets it
GRACE_SECONDS = 5.0  # how long Ctrl-C waits for the server's answer to a letter that is on the wire


async def hand_over(run: SendingRun, connection: Connection, counters: Counters, row: int) -> bool:
    """Hand over one letter. Return False if the campaign was paused meanwhile.

    Raises ServerUnreachable if the set-up is at fault, OSError if the send journal cannot be written.
    """
    run.at("due")
    try:
        await connection.ready()
    except ConnectFailed as failure:
        return _put_off(run, counters, row, failure.outcome)
    run.at("connected")
    claim = outbox.claim(run.private, row, run.clock.now())
    if claim is None:
        return may_go_on(run, counters)
    run.at("claimed")
    _journal(run, claim)
    run.at("noted")
    await _converse(run, counters, claim, connection.transmit(_envelope(run, claim), run.at))
    return True


def _journal(run: SendingRun, claim: outbox.Claim) -> None:
    """Write the line that a restored backup is held against. If it cannot be, put the letter back and raise OSError:
    nothing was said of it yet.
    """
    try:
        send_journal.sending(send_journal.beside(run.private), claim.message_id, claim.attempts, run.clock.now())
    except OSError as error:
        outbox.finish(
            run.private, claim, SendState.DEFERRED, run.clock.now(), stage=Stage.CONNECT, code=None,
            reply=f"send journal: {error}",
        )  # fmt: skip
        raise


def _envelope(run: SendingRun, claim: outbox.Claim) -> Envelope:
    """Return the letter as it goes over the wire: the frozen bytes, with the Date and signature of the first attempt.

    It is the same at every attempt.
    """
    data = dated(inscribe(claim.raw, run.identity) if run.identity else claim.raw, claim.first_attempt)
    if run.signer:
        data = run.signer.signed(data, claim.first_attempt)
    return Envelope(claim.mail_from, claim.rcpt, run.sender.address, data, claim.message_id.strip("<>"))


async def _converse(
    run: SendingRun, counters: Counters, claim: outbox.Claim, conversation: Coroutine[None, None, Outcome]
) -> None:
    """Carry a conversation to its end and record its outcome.

    On Ctrl-C the server gets some seconds to answer; then the letter is in doubt.
    """
    task = asyncio.ensure_future(conversation)
    try:
        outcome = await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=GRACE_SECONDS)
        if not task.done():
            task.cancel()
        doubt = Outcome(SendState.UNCERTAIN, Stage.DOT, None, "stopped before the server answered")
        _record(run, counters, claim, task.result() if task.done() and not task.cancelled() else doubt)
        raise
    _record(run, counters, claim, outcome)


def _put_off(run: SendingRun, counters: Counters, row: int, outcome: Outcome) -> bool:
    """Put off a letter for which no connection could be opened: it was never in doubt."""
    now = run.clock.now()
    claim = outbox.put_off(
        run.private, row, now, stage=outcome.stage, code=outcome.code, reply=outcome.reply,
        retry=lambda attempts, first: retry_at(attempts, first, now) or now + DAILY,
    )  # fmt: skip
    if claim is None:
        return may_go_on(run, counters)
    patient = run.until is not None  # who waits for what is due later tries an unreachable server again
    _count(run, counters, claim, replace(outcome, ours=outcome.ours or not patient), now)
    return True


def _record(run: SendingRun, counters: Counters, claim: outbox.Claim, outcome: Outcome) -> None:
    """Commit what became of a letter that was handed over, or tried."""
    now, retry = run.clock.now(), None
    if outcome.state is SendState.DEFERRED:
        retry = retry_at(claim.attempts, claim.first_attempt, now)
        if retry is None and not outcome.ours:
            reply = f"given up after {claim.attempts} attempts: {outcome.reply}"
            outcome = replace(outcome, state=SendState.REFUSED, reply=reply)
    outbox.finish(
        run.private, claim, outcome.state, now, stage=outcome.stage, code=outcome.code, reply=outcome.reply,
        retry_at=retry,
    )  # fmt: skip
    if outcome.state in (SendState.DEFERRED, SendState.REFUSED):
        send_journal.returned(send_journal.beside(run.private), claim.message_id, claim.attempts, now)
    run.at("finished")
    _count(run, counters, claim, outcome, now)


def _count(run: SendingRun, counters: Counters, claim: outbox.Claim, outcome: Outcome, now: datetime) -> None:
    """Count a result and tell of it. Raises ServerUnreachable if the set-up is at fault."""
    counters.handed.last = now
    if outcome.state in (SendState.ACCEPTED, SendState.UNCERTAIN):
        counters.handed.on[hanoi_date(now)] += 1
    counters.done += outcome.state is not SendState.DEFERRED
    counters.results[outcome.state] += 1
    tell(run, counters, f"{claim.rcpt}: {outcome.state}")
    if outcome.ours:
        raise ServerUnreachable(
            f"{run.smtp.host}:{run.smtp.port} does not take our letters, at {outcome.stage}: "
            f"{outcome.code or ''} {outcome.reply}. No letter was lost: correct [smtp] or [sender], then send again."
        )


def retry_at(attempts: int, first_attempt: datetime, now: datetime) -> datetime | None:
    """Return when a deferred letter is tried again, after `attempts` attempts; None when it is time to give up."""
    if now - first_attempt >= GIVE_UP:
        return None
    return now + timedelta(minutes=RETRY_MINUTES[min(attempts, len(RETRY_MINUTES)) - 1])


def tell(run: SendingRun, counters: Counters, what: str) -> None:
    """Report progress. Counted along, not asked of the database: a query per letter would cost the square of them."""
    run.on_progress(Progress(counters.done, counters.planned, what))


def may_go_on(run: SendingRun, counters: Counters) -> bool:
    """Return whether the campaign is still approved: a pause, or a close, by another process counts at once."""
    status = campaigns.campaign(run.private, run.campaign).status
    if status != "approved":
        counters.stopped = status
    return status == "approved"
