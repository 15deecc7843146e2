"""Sending what is due: one letter after another, each at most once, whatever happens to the process.

Order of effects for one letter: `sending` and a line in the send journal on disk → SMTP conversation → result on disk.
A crash in between leaves `sending`, which the next run turns into `uncertain`; where a backup of the database was
restored, the journal does the same. A run never sends a letter of which it cannot know the fate.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from mailroom.sending import approval as frozen
from mailroom.sending.dkim import Signer
from mailroom.sending.hand_over import Pass, hand_over, hang_up, may_go_on, tell
from mailroom.sending.smtp import ANSWER_SECONDS, Hook, is_loopback, nothing
from mailroom.sending.summary import Progress, SendSummary, imbalance
from prober.campaign.letters.identity_number import number_fault
from prober.campaign.schedule import OPEN, Action, Do, Pace, due, earliest
from prober.clock import Clock
from prober.config.load import Sender, Smtp
from prober.domain.correspondence import Event, SendState
from prober.domain.working_days import hanoi_date, vietnam
from prober.errors import ConfigError, NotApproved
from prober.store import Database
from prober.store.private import campaigns, outbox, replies_so_far

PAUSE_SECONDS = 0.5  # how often a waiting pass looks whether it was paused


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
    identity: str = "",
    signer: Signer | None = None,
    blocked: Callable[[], Mapping[str, str]] = dict,
    mailboxes: Collection[str] = (),
    at: Hook = nothing,
    tls: ssl.SSLContext | None = None,
    answer_seconds: float = ANSWER_SECONDS,
) -> SendSummary:
    """Send the letters of an approved campaign that are due, and with `until` wait for those due until then.

    Doubtful letters of an earlier crash are marked, and settled where the mailbox has evidence. `identity` is the
    number of the sender's identity paper, for a protocol that writes it on the slip; it stays in memory. `signer` signs
    each letter (DKIM). `blocked` gives agency → why its letters wait; it is asked again after every wait, because a
    pass may last weeks. `mailboxes` are the accounts that must have been read before a reminder leaves. `at` is called
    with the name of each labelled point of the path; `tls` replaces the system's trusted authorities.

    Raises NotApproved; ConfigError where `identity` is wanted and is not one; ServerUnreachable if the set-up is at
    fault (certificate, login, sender refused), after the letter at hand was put back; ProberError if another process is
    sending. On Ctrl-C everything done is stored.
    """
    with frozen.sole_sender(private), ThreadPoolExecutor(1, "send-journal") as scribe:
        now = clock.now()
        summary = SendSummary(campaign_id, settled=frozen.take_stock(private, now))
        file = frozen.verify(private, campaign_id)
        if file.world == "sandbox" and not is_loopback(smtp.host):
            raise NotApproved(f"campaign {campaign_id} belongs to the embedded world; {smtp.host} is a real server")
        if frozen.wants_identity(private, campaign_id) and (why := number_fault(identity)):
            raise ConfigError(
                f"campaign {campaign_id} writes the number of your identity paper on form 01a, and what was given "
                f"{why}; nothing was sent. Give it at the prompt, or name a variable in [sender] identity_env."
            )
        numbers = outbox.counts(private, campaign_id)
        summary.planned = sum(numbers.values())
        work = Pass(
            private, smtp, password, sender, clock, campaign_id, frozen.protocol_of(file), on_progress, at, tls,
            answer_seconds, summary, frozen.handed_over(private), scribe, patient=until is not None, identity=identity,
            signer=signer, blocked=blocked, mailboxes=mailboxes,
            done=sum(number for (_, state), number in numbers.items() if SendState(state) not in OPEN),
        )  # fmt: skip
        try:
            asyncio.run(_send(work, until))
        finally:
            _balance(work)
    return summary


async def _send(work: Pass, until: datetime | None) -> None:
    try:
        while await _round(work, until):
            pass
    finally:
        await hang_up(work)


async def _round(work: Pass, until: datetime | None) -> bool:
    """Act on everything that is due now; then wait for the next thing. False when there is nothing to wait for."""
    pace = Pace(work.smtp.per_day, timedelta(seconds=work.smtp.seconds_between))
    work.summary.held, work.summary.blocked, work.summary.next_at = 0, [], None
    actions = _agenda(work)
    for action in actions:
        now = work.clock.now()
        when = action.at
        if action.do is Do.SEND:
            when = earliest(work.protocol, pace, max(action.at, now), work.handed, vietnam())
        if when > now:
            paced = action.at <= now and hanoi_date(when) == hanoi_date(now)  # due, and only the pace holds it back
            return await _wait(work, when, when if paced else until)
        if action.do is Do.HOLD:
            _hold(work, action)
        elif not await _act(work, action, now):
            return False
    return any(action.do is not Do.HOLD for action in actions)


def _agenda(work: Pass) -> list[Action]:
    rows = frozen.plan_rows(outbox.rows(work.private, work.campaign))
    heard = {
        agency: [Event(e) for e in events]
        for agency, events in replies_so_far.heard(work.private, work.campaign).items()
    }
    actions = due(work.protocol, rows, heard, vietnam(), outbox.mailbox_read(work.private, work.mailboxes))
    blocked = work.blocked()
    return [_unless_blocked(blocked, action) for action in actions]


def _unless_blocked(blocked: Mapping[str, str], action: Action) -> Action:
    if action.do in (Do.SEND, Do.HOLD) and action.row and (why := blocked.get(action.row.agency)):
        return replace(action, do=Do.HOLD, reason=why)
    return action


def _hold(work: Pass, action: Action) -> None:
    if action.reason:
        work.summary.blocked.append(action.reason)
    else:
        work.summary.held += 1


async def _wait(work: Pass, when: datetime, until: datetime | None) -> bool:
    work.summary.next_at = when
    if until is None or when > until:
        return False
    await hang_up(work)
    tell(work, f"next {when:%a %d %b %Y %H:%M}")
    return await _sleep(work, when)


async def _sleep(work: Pass, when: datetime) -> bool:
    """Sleep until then. False, within a second, if another process pauses or closes the campaign meanwhile."""
    sleeping = asyncio.ensure_future(work.clock.sleep_until(when))
    try:
        while not (await asyncio.wait([sleeping], timeout=PAUSE_SECONDS))[0]:
            if not may_go_on(work):
                return False
        sleeping.result()
        return may_go_on(work)
    finally:
        sleeping.cancel()


async def _act(work: Pass, action: Action, now: datetime) -> bool:
    """Do one thing that is due. False to stop."""
    row = action.row
    if action.do is Do.CLOSE:
        campaigns.close(work.private, work.campaign, now)
        work.summary.closed = True
        return False
    assert row is not None
    if action.do is Do.CANCEL:
        gone = outbox.cancel(work.private, row.id, action.reason, now)
        work.summary.cancelled += gone
        work.done += gone
    elif action.do is Do.TIME and action.moment:
        outbox.set_time(work.private, row.id, action.moment)
    else:
        return await hand_over(work, row.id)
    return True


def _balance(work: Pass) -> None:
    totals: Counter[str] = Counter()
    for (_, state), number in outbox.counts(work.private, work.campaign).items():
        totals[state] += number
    work.summary.totals = dict(totals)
    work.summary.mismatch = imbalance(work.summary.planned, totals)
