"""Send what is due of a campaign: one letter after another, each at most once, whatever happens to the process.

How one letter is handed over, and why it leaves at most once, is in `mailroom.sending.hand_over`. A crash leaves
`sending`, which the next run turns into `uncertain`; where a backup of the database was restored, the send journal does
the same. A run never sends a letter of which it cannot know the fate.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from mailroom.sending.approval import protocol_of, verify, wants_identity
from mailroom.sending.hand_over import hand_over, may_go_on, tell
from mailroom.sending.sending_run import Counters, SendingRun
from mailroom.sending.smtp import Connection, is_loopback
from prober.campaign.letters.identity_number import number_fault
from prober.campaign.protocol.model import Protocol
from prober.campaign.schedule import OPEN, Action, Do, Handed, Row, due, earliest
from prober.domain.correspondence import Event, SendState, Step
from prober.domain.working_days import hanoi_date, vietnam
from prober.errors import ConfigError, NotApproved
from prober.store import Database
from prober.store.private import campaigns, outbox, replies_so_far, uncertain_letters
from prober.store.private.letter_counts import letter_count

PAUSE_SECONDS = 0.5  # how often a waiting run looks whether it was paused


def send_due(run: SendingRun) -> Counters:
    """Send the letters of an approved campaign that are due, and with `run.until` wait for those due until then.

    Doubtful letters of an earlier crash are marked, and settled where the mailbox has evidence.

    Raises NotApproved; ConfigError where the number of an identity paper is wanted and `run.identity` is none;
    ServerUnreachable if the set-up is at fault (certificate, login, sender refused), after the letter at hand was put
    back; ProberError if another process is sending. On Ctrl-C everything done is stored.
    """
    with outbox.sole_sender(run.private):
        settled = uncertain_letters.take_stock(run.private, run.clock.now())
        file = verify(run.private, run.campaign)
        if file.world == "sandbox" and not is_loopback(run.smtp.host):
            raise NotApproved(
                f"campaign {run.campaign} belongs to the embedded world; {run.smtp.host} is a real server"
            )
        if wants_identity(run.private, run.campaign) and (why := number_fault(run.identity)):
            raise ConfigError(
                f"campaign {run.campaign} writes the number of your identity paper on form 01a, and what was given "
                f"{why}; nothing was sent. Give it at the prompt, or name a variable in [sender] identity_env."
            )
        count = letter_count(run.private, run.campaign)
        counters = Counters(
            run.campaign, planned=count.held, handed=handed_over(run.private), settled=settled,
            done=sum(number for state, number in count.states.items() if SendState(state) not in OPEN),
        )  # fmt: skip
        asyncio.run(_send(run, protocol_of(file), counters))
        count = letter_count(run.private, run.campaign)
        counters.totals, counters.mismatch = count.states, count.imbalance
    return counters


async def _send(run: SendingRun, protocol: Protocol, counters: Counters) -> None:
    domain = run.sender.address.rpartition("@")[2]
    connection = Connection(run.smtp, run.password, domain, run.tls, answer_seconds=run.answer_seconds)
    try:
        while await _round(run, protocol, connection, counters):
            pass
    finally:
        await connection.close()


async def _round(run: SendingRun, protocol: Protocol, connection: Connection, counters: Counters) -> bool:
    """Act on everything that is due now; then wait for the next thing. Return False if there is nothing to wait for."""
    counters.held, counters.blocked, counters.next_at = 0, [], None
    actions = _agenda(run, protocol)
    for action in actions:
        now = run.clock.now()
        when = action.at
        if action.do is Do.SEND:
            when = earliest(protocol, run.pace, max(action.at, now), counters.handed, vietnam())
        if when > now:
            paced = action.at <= now and hanoi_date(when) == hanoi_date(now)  # due, and only the pace holds it back
            counters.next_at = when
            if not paced and (run.until is None or when > run.until):
                return False
            await connection.close()
            return await _wait(run, counters, when)
        if action.do is Do.HOLD:
            _hold(counters, action)
        elif not await _act(run, connection, counters, action, now):
            return False
    return any(action.do is not Do.HOLD for action in actions)


def _agenda(run: SendingRun, protocol: Protocol) -> list[Action]:
    """Return everything left to do, in order of time; what is blocked is held."""
    rows = plan_rows(outbox.rows(run.private, run.campaign))
    heard = {
        agency: [Event(e) for e in events] for agency, events in replies_so_far.heard(run.private, run.campaign).items()
    }
    actions = due(protocol, rows, heard, vietnam(), outbox.mailbox_read(run.private, run.mailboxes))
    blocked = run.blocked()
    return [_unless_blocked(blocked, action) for action in actions]


def _unless_blocked(blocked: Mapping[str, str], action: Action) -> Action:
    if action.do in (Do.SEND, Do.HOLD) and action.row and (why := blocked.get(action.row.agency)):
        return replace(action, do=Do.HOLD, reason=why)
    return action


def _hold(counters: Counters, action: Action) -> None:
    if action.reason:
        counters.blocked.append(action.reason)
    else:
        counters.held += 1


async def _wait(run: SendingRun, counters: Counters, when: datetime) -> bool:
    """Sleep until `when`. Return False, within a second, if another process pauses or closes the campaign meanwhile."""
    tell(run, counters, f"next {when:%a %d %b %Y %H:%M}")
    sleeping = asyncio.ensure_future(run.clock.sleep_until(when))
    try:
        while not (await asyncio.wait([sleeping], timeout=PAUSE_SECONDS))[0]:
            if not may_go_on(run, counters):
                return False
        sleeping.result()
        return may_go_on(run, counters)
    finally:
        sleeping.cancel()


async def _act(run: SendingRun, connection: Connection, counters: Counters, action: Action, now: datetime) -> bool:
    """Do one thing that is due. Return False to stop."""
    row = action.row
    if action.do is Do.CLOSE:
        campaigns.close(run.private, run.campaign, now)
        counters.closed = True
        return False
    assert row is not None
    if action.do is Do.CANCEL:
        gone = outbox.cancel(run.private, row.id, action.reason, now)
        counters.results[SendState.CANCELLED] += gone
        counters.done += gone
    elif action.do is Do.TIME and action.moment:
        outbox.set_time(run.private, row.id, action.moment)
    else:
        return await hand_over(run, connection, counters, row.id)
    return True


def plan_rows(rows: Sequence[dict[str, Any]]) -> list[Row]:
    """Return rows of the outbox as values of the plan."""
    return [
        Row(
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


def handed_over(private: Database) -> Handed:
    """Return what all campaigns have handed over so far."""
    last, days = outbox.handed(private)
    handed = Handed(last)
    handed.on.update({datetime.fromisoformat(day).date(): number for day, number in days.items()})
    return handed
