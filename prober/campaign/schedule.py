"""Schedule letters: when each is sent, and what to do now. Pure decisions; mailroom.sending acts on them.

What is left to chance, here and in the draw of a wave, comes from the seed of the protocol, which is published.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from prober.campaign.protocol import SILENCE, Allotment, Protocol, Window
from prober.domain.agency import Agency
from prober.domain.correspondence import AUTOMATIC, Event, LetterReason, SendState, Step
from prober.domain.reason import Reason
from prober.domain.working_days import ONE_DAY, Calendar

# A reminder says that no answer came, a follow-up speaks of the last one. They may leave only if the mailbox was read
# this recently.
MAILBOX_FRESH = timedelta(hours=24)
AT_ONCE = datetime.min.replace(tzinfo=UTC)
OPEN = frozenset({SendState.PLANNED, SendState.DEFERRED})
ENDED = frozenset({SendState.ACCEPTED, SendState.REFUSED, SendState.CANCELLED})
DAY = "%a %Y-%m-%d"  # how a day is written for a person
_NONE_WROTE: Mapping[str, datetime] = MappingProxyType({})


def draw(seed: int, *words: str) -> bytes:
    """Return 32 bytes that depend on `seed` and `words` alone, on every machine and every version of Python.

    The borders of words count: ("a", "bc") and ("ab", "c") give different bytes.
    """
    message = b"".join(len(word.encode()).to_bytes(4, "big") + word.encode() for word in words)
    return hmac.new(str(seed).encode(), message, hashlib.sha256).digest()


def fraction(seed: int, *words: str) -> float:
    """Return `draw` as a number from 0 up to, not including, 1.

    >>> 0 <= fraction(2019, "order", "2019-stc-ca-mau") < 1
    True
    """
    return (int.from_bytes(draw(seed, *words)[:8], "big") >> 11) / 2**53


@dataclass(frozen=True, slots=True)
class LetterRow:
    """The fields of a letter that decisions need.

    `not_before` of a reminder is None until its request is accepted, that of a follow-up until it was put off once.
    """

    id: int
    agency: str
    step: Step
    state: SendState
    position: int
    not_before: datetime | None
    accepted_at: datetime | None
    arm: str = ""


class Do(StrEnum):
    """The kinds of action."""

    CANCEL = "cancel"
    TIME = "time"  # set `not_before` of a reminder
    SEND = "send"
    HOLD = "hold"  # may not be sent before the mailbox has been read, or for the reason given
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Action:
    """One action, not before `at`. `row` is None for closing the campaign; `moment` is the value that TIME sets.

    `why` is the reason of CANCEL, `blocked_by` what a person must do first about a letter that is held.
    """

    do: Do
    row: LetterRow | None
    at: datetime
    why: Reason | None = None
    blocked_by: str = ""
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """The rate of sending. `spacing` is kept between any two letters, and so for every receiving mail server too."""

    per_day: int
    spacing: timedelta


@dataclass(frozen=True, slots=True)
class Wrote:
    """Messages of one agency so far: their classes, and when the last one of a person came."""

    events: Collection[Event]
    last: datetime | None
    by_rules: bool  # the class of a message of a person rests on rules alone


@dataclass(slots=True)
class Handed:
    """Letters sent so far, by all campaigns: the time of the last attempt, and letters per day in the study's zone."""

    last: datetime | None = None
    on: dict[date, int] = field(default_factory=lambda: defaultdict(int))


def schedule(
    protocol: Protocol, agencies: Sequence[Agency], calendar: Calendar, places: Mapping[str, Allotment]
) -> list[tuple[Agency, datetime]]:
    """Return each agency with the earliest time of its request, in order of sending.

    Randomised in blocks: inside each arm of each block the order is drawn from the seed, and each of these groups is
    spread evenly over the whole wave, so that the day of sending does not depend on region, arm or alphabet. The time
    is drawn inside the agency's share of the window. The result depends on the set of agencies, not on their order.
    """
    groups: dict[Allotment, list[Agency]] = defaultdict(list)
    for agency in sorted(agencies, key=lambda a: fraction(protocol.seed, "order", a.id)):
        groups[places[agency.id]].append(agency)
    order = [
        ((rank + fraction(protocol.seed, "place", agency.id)) / len(block), agency.id, agency)
        for block in groups.values()
        for rank, agency in enumerate(block)
    ]
    day = protocol.first_day - ONE_DAY
    planned = []
    for number, (_, _, agency) in enumerate(sorted(order, key=lambda place: place[:2])):
        turn = number % protocol.per_day
        if turn == 0:
            day = calendar.next_working_day(day + ONE_DAY)
        share = (turn + fraction(protocol.seed, "time", agency.id)) / protocol.per_day
        planned.append((agency, _moment(calendar, protocol.window, day, share)))
    return planned


def next_slot(window: Window, moment: datetime, calendar: Calendar) -> datetime:
    """Return the earliest time from `moment` on that is in the window of a working day."""
    here = calendar.local(moment)
    day, at = here.date(), here.time()
    if calendar.is_working_day(day) and at < window.end:
        return max(here, calendar.at(day, window.start))
    return calendar.at(calendar.next_working_day(day + ONE_DAY), window.start)


def earliest(protocol: Protocol, pace: Pace, moment: datetime, handed: Handed, calendar: Calendar) -> datetime:
    """Return the earliest time from `moment` on for one more letter, by window, working day, daily cap and spacing."""
    cap = min(protocol.per_day, pace.per_day)
    if handed.last is not None:
        moment = max(moment, handed.last + pace.spacing)
    moment = next_slot(protocol.window, moment, calendar)
    while handed.on.get(calendar.date_of(moment), 0) >= cap:
        moment = next_slot(protocol.window, calendar.at(calendar.date_of(moment) + ONE_DAY), calendar)
    return moment


def reminder_at(protocol: Protocol, agency: str, accepted_at: datetime, calendar: Calendar) -> datetime:
    """Return the time of the reminder to `agency`: working days after acceptance, at a drawn time of the window.

    `protocol` is that of the agency's arm.
    """
    day = calendar.add_working_days(calendar.date_of(accepted_at), protocol.reminder_working_days)
    return _moment(calendar, protocol.window, day, fraction(protocol.seed, "reminder", agency))


def follow_up_at(protocol: Protocol, agency: str, since: datetime, calendar: Calendar) -> datetime:
    """Return the time of the follow-up to `agency`: working days after `since`, at a drawn time of the window."""
    day = calendar.add_working_days(calendar.date_of(since), protocol.follow_up_working_days)
    return _moment(calendar, protocol.window, day, fraction(protocol.seed, "follow-up", agency))


def over_breaks(protocol: Protocol, first: datetime, last: datetime, calendar: Calendar) -> Iterator[str]:
    """Yield a sentence for each named break during a wave, of sending or waiting; `first` and `last` are its requests.

    The break has no working days, so counts of working days are right; but offices are slow around it, and readers of
    the figures must know it.
    """
    begun, sent = calendar.date_of(first), calendar.date_of(last)
    waited = calendar.date_of(protocol.waiting_ends(last, calendar)) - ONE_DAY
    for pause, start, end in calendar.breaks_between(begun, waited):
        days = f"sending, {begun:{DAY}} to {sent:{DAY}}" if start <= sent else f"waiting, to {waited:{DAY}}"
        yield (
            f"{pause.name}, {start:{DAY}} to {end:{DAY}}, lies in the days of {days}: offices are closed then and slow "
            "around it. Choose another first_day, or say so beside the figures."
        )


def stops(step: Step, events: Iterable[Event], followed: Collection[str] = ()) -> Reason | None:
    """Return the reason why messages of an agency cancel a letter that was not sent yet, if they do.

    A reminder is cancelled by any bounce and any message of a person, a follow-up by those that are not of a class that
    it follows, a request by an objection that a person has read.
    """
    found = set(events)
    if Event.OBJECTION in found:
        return Reason(LetterReason.OBJECTED)
    if step is not Step.REQUEST:
        if Event.BOUNCE in found:
            return Reason(LetterReason.BOUNCED)
        if found - AUTOMATIC - (set(map(Event, followed)) if step is Step.FOLLOW_UP else set()):
            return Reason(LetterReason.ANSWERED)
    return None


def due(
    protocol: Protocol,
    rows: Sequence[LetterRow],
    events: Mapping[str, Iterable[Event]],
    calendar: Calendar,
    mailbox_read: datetime | None,
    unread: Collection[str] = frozenset(),
    last: Mapping[str, datetime] = _NONE_WROTE,
    by_rules: Collection[str] = frozenset(),
) -> list[Action]:
    """Return all actions left in a campaign, in order of time; those with a past time are to be done now.

    `events` are the classes of the messages of each agency; `mailbox_read` is when the mailbox was last read in full.
    `unread` are agencies that object by the rules' word alone, which is not among `events`: their letters are held.
    `last` is when the last message of a person came from an agency; in `by_rules` are those of which one message at
    least was read by rules alone: no follow-up answers them before a person has read it.
    Rows in `sending`, `uncertain` and the final states need no action. CLOSE comes last, when no letter is open.
    """
    requests = {row.agency: row for row in rows if row.step is Step.REQUEST}
    actions: list[Action | None]
    objecting = {agency for agency, found in events.items() if Event.OBJECTION in set(found)}
    if why := _over(protocol, requests, objecting):
        actions = [Action(Do.CANCEL, row, AT_ONCE, why) for row in rows if row.state in OPEN]
    else:
        held = requests if _over(protocol, requests, objecting.union(unread)) else unread
        reminders = {row.agency: row for row in rows if row.step is Step.REMINDER}
        actions = []
        for row in (row for row in rows if row.state in OPEN):
            said, request = events.get(row.agency, ()), requests.get(row.agency)
            if row.step is Step.FOLLOW_UP:
                wrote = Wrote(set(said), last.get(row.agency), row.agency in by_rules)
                variant, reminder = protocol.of(row.arm), reminders.get(row.agency)
                actions += _follow_up(variant, row, request, reminder, wrote, calendar, mailbox_read)
            else:
                actions.append(_decide(protocol, row, request, said, calendar, mailbox_read))
        actions = [part for action in actions for part in _until_read(protocol, calendar, action, requests, held)]
    found = sorted((action for action in actions if action), key=_order)
    if not actions:
        ends = [protocol.waiting_ends(r.accepted_at, calendar) for r in requests.values() if r.accepted_at]
        if all(row.state is not SendState.UNCERTAIN for row in rows) and ends:
            found.append(Action(Do.CLOSE, None, max(ends)))
    return found


def _over(protocol: Protocol, requests: Mapping[str, LetterRow], objecting: Collection[str]) -> Reason | None:
    """Return the reason why the protocol's stopping rule ends the sending of the whole campaign, if it does.

    Only agencies that this campaign has asked count: an agency that objected to an earlier one is never asked.
    """
    if not protocol.stop_after_objections:
        return None
    counted = [agency for agency, row in requests.items() if row.accepted_at and agency in objecting]
    if len(counted) < protocol.stop_after_objections:
        return None
    return Reason("objections_reached", count=len(counted))


def _until_read(
    protocol: Protocol,
    calendar: Calendar,
    action: Action | None,
    requests: Mapping[str, LetterRow],
    held: Collection[str],
) -> Iterator[Action | None]:
    """Yield `action`; a letter to one of the agencies `held` waits until a person has read the objection.

    A later step waits no longer than its request: the campaign can end although nobody has read.
    """
    if action is None or action.row is None or action.do is not Do.SEND or action.row.agency not in held:
        yield action
        return
    why = f"{action.row.agency}: an objection waits to be read by a person: `prober review`"
    yield replace(action, do=Do.HOLD, blocked_by=why)
    request = requests.get(action.row.agency)
    if action.row.step is not Step.REQUEST and request and request.accepted_at:
        end = protocol.waiting_ends(request.accepted_at, calendar)
        yield Action(Do.CANCEL, action.row, end, Reason(LetterReason.OVER))


def _decide(
    protocol: Protocol,
    row: LetterRow,
    request: LetterRow | None,
    events: Iterable[Event],
    calendar: Calendar,
    mailbox_read: datetime | None,
) -> Action | None:
    """Return the action for one open row; None while its request has no result."""
    if why := stops(row.step, events):
        return Action(Do.CANCEL, row, AT_ONCE, why)
    if row.step is Step.REMINDER:
        if request is None or request.state in (SendState.REFUSED, SendState.CANCELLED):
            return Action(Do.CANCEL, row, AT_ONCE, Reason(LetterReason.NOT_SENT))
        if request.state is not SendState.ACCEPTED or request.accepted_at is None:
            return None
        if row.not_before is None:
            moment = reminder_at(protocol.of(row.arm), row.agency, request.accepted_at, calendar)
            return Action(Do.TIME, row, AT_ONCE, moment=moment)
        if mailbox_read is None or mailbox_read < row.not_before - MAILBOX_FRESH:
            return Action(Do.HOLD, row, row.not_before)
    return Action(Do.SEND, row, row.not_before) if row.not_before else None


def _follow_up(
    protocol: Protocol,
    row: LetterRow,
    request: LetterRow | None,
    reminder: LetterRow | None,
    wrote: Wrote,
    calendar: Calendar,
    mailbox_read: datetime | None,
) -> Iterator[Action | None]:
    """Yield what is to be done about one open follow-up; `protocol` is that of the agency's arm."""
    followed = protocol.follow_up_after
    if why := stops(row.step, wrote.events, [name for name in followed if name != SILENCE]):
        yield Action(Do.CANCEL, row, AT_ONCE, why)
        return
    if request is None or request.state in (SendState.REFUSED, SendState.CANCELLED):
        yield Action(Do.CANCEL, row, AT_ONCE, Reason(LetterReason.NOT_SENT))
        return
    if request.state is not SendState.ACCEPTED or request.accepted_at is None:
        yield None
        return
    end = protocol.waiting_ends(request.accepted_at, calendar)
    over = Action(Do.CANCEL, row, end, Reason(LetterReason.OVER))
    since = _followed_since(followed, request.accepted_at, reminder, wrote)
    moment = follow_up_at(protocol, row.agency, since, calendar) if since else end
    if row.not_before:  # put off: the server was asked before
        moment = max(moment, row.not_before)
    if moment >= end:
        yield over
    elif wrote.last and wrote.by_rules:
        unread = f"{row.agency}: no follow-up before a person has read: `prober review`"
        yield Action(Do.HOLD, row, moment, blocked_by=unread)
        yield over
    elif mailbox_read is None or mailbox_read < moment - MAILBOX_FRESH:
        yield Action(Do.HOLD, row, moment)
        yield over
    else:
        yield Action(Do.SEND, row, moment)


def _followed_since(
    followed: Collection[str], accepted_at: datetime, reminder: LetterRow | None, wrote: Wrote
) -> datetime | None:
    """Return from when the days of a follow-up are counted; None while there is nothing that it follows."""
    if wrote.last:
        return wrote.last
    if SILENCE not in followed or (reminder and reminder.state not in ENDED):
        return None
    return reminder.accepted_at if reminder and reminder.accepted_at else accepted_at


def _order(action: Action) -> tuple[bool, datetime, int, int]:
    row = action.row
    return (action.at > AT_ONCE, action.at, row.position if row else 0, row.id if row else 0)


def _moment(calendar: Calendar, window: Window, day: date, share: float) -> datetime:
    """Return the time at `share` (0 to 1) of the window of `day`, in whole seconds."""
    start, end = calendar.at(day, window.start), calendar.at(day, window.end)
    return start + timedelta(seconds=int((end - start).total_seconds() * share))
