"""When letters leave: order, window, holidays, reminders, and what stops a campaign."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from prober.campaign.protocol import parse
from prober.campaign.schedule import (
    AT_ONCE,
    Do,
    Handed,
    LetterRow,
    Pace,
    due,
    earliest,
    follow_up_at,
    next_slot,
    reminder_at,
    schedule,
)
from prober.domain.correspondence import AUTOMATIC, Event, SendState, Step
from prober.domain.reason import Reason
from tests.pobi import HANOI, vietnam
from tests.prober.campaign.example import ASKED, PLACES, PROTOCOL, TEXT
from tests.prober.campaign.test_protocol import ONE_ARM


def test_the_order_is_drawn_capped_and_balanced() -> None:
    planned = schedule(PROTOCOL, ASKED, vietnam(), PLACES)
    moments = [moment for _, moment in planned]
    assert moments == sorted(moments) and len(set(moments)) == 63
    assert sorted(a.id for a, _ in planned) == sorted(a.id for a in ASKED)
    assert Counter(m.date().isoformat() for m in moments) == {"2020-04-13": 21, "2020-04-14": 21, "2020-04-15": 21}
    assert all(time(8, 30) <= m.time() < time(10) for m in moments)
    by_region: dict[str, Counter[date]] = {}
    for agency, moment in planned:
        by_region.setdefault(agency.pobi_region, Counter())[moment.date()] += 1
    for region, days in by_region.items():
        share = sum(days.values()) / 3
        assert all(abs(days[day] - share) <= 2 for day in {m.date() for m in moments}), (region, days)
    other = [a.id for a, _ in schedule(replace(PROTOCOL, seed=7), ASKED, vietnam(), PLACES)]
    assert other != [a.id for a, _ in planned]
    assert schedule(PROTOCOL, ASKED[::-1], vietnam(), PLACES) == planned


def test_a_wave_steps_over_holidays() -> None:
    protocol = replace(PROTOCOL, first_day=date(2020, 4, 29), per_day=30)
    days = Counter(moment.date().isoformat() for _, moment in schedule(protocol, ASKED, vietnam(), PLACES))
    assert days == {"2020-04-29": 30, "2020-05-04": 30, "2020-05-05": 3}


SLOTS = {
    "2020-04-13T07:00": "2020-04-13T08:30",
    "2020-04-13T08:30": "2020-04-13T08:30",
    "2020-04-13T09:59": "2020-04-13T09:59",
    "2020-04-13T10:00": "2020-04-14T08:30",
    "2020-04-17T12:00": "2020-04-20T08:30",
    "2020-04-29T10:00": "2020-05-04T08:30",
    "2020-04-30T09:00": "2020-05-04T08:30",
}


@pytest.mark.parametrize("moment", SLOTS)
def test_the_next_moment_in_the_window(moment: str) -> None:
    found = next_slot(PROTOCOL.window, datetime.fromisoformat(f"{moment}+07:00"), vietnam())
    assert found == datetime.fromisoformat(f"{SLOTS[moment]}+07:00")


def test_the_cap_counts_per_day_and_the_spacing_over_midnight() -> None:
    at = datetime(2020, 4, 13, 9, 0, tzinfo=HANOI)
    handed = Handed(at - timedelta(seconds=10))
    pace = Pace(5, timedelta(seconds=60))
    assert earliest(PROTOCOL, pace, at, handed, vietnam()) == at + timedelta(seconds=50)
    handed.on[at.date()] = 5
    assert earliest(PROTOCOL, pace, at, handed, vietnam()) == datetime(2020, 4, 14, 8, 30, tzinfo=HANOI)
    handed.on[date(2020, 4, 14)] = 5
    assert earliest(PROTOCOL, pace, at, handed, vietnam()) == datetime(2020, 4, 15, 8, 30, tzinfo=HANOI)


ACCEPTED = datetime(2020, 4, 13, 8, 45, tzinfo=HANOI)
REMIND = reminder_at(PROTOCOL, "a", ACCEPTED, vietnam())
PLANNED_AT = datetime(2020, 4, 13, 8, 40, tzinfo=HANOI)
FRESH = REMIND - timedelta(hours=15)
STALE = REMIND - timedelta(hours=25)
S = SendState

DUE = {
    "request planned": ((S.PLANNED, S.PLANNED), [], None, [(Do.SEND, "request")]),
    "request deferred": ((S.DEFERRED, S.PLANNED), [], None, [(Do.SEND, "request")]),
    "earlier objection": ((S.PLANNED, S.PLANNED), ["OB"], None, [(Do.CANCEL, "request"), (Do.CANCEL, "reminder")]),
    "request on the wire": ((S.SENDING, S.PLANNED), [], None, []),
    "request in doubt": ((S.UNCERTAIN, S.PLANNED), [], FRESH, []),
    "request refused": ((S.REFUSED, S.PLANNED), [], FRESH, [(Do.CANCEL, "reminder")]),
    "request cancelled": ((S.CANCELLED, S.PLANNED), [], FRESH, [(Do.CANCEL, "reminder")]),
    "accepted, no time yet": ((S.ACCEPTED, None), [], FRESH, [(Do.TIME, "reminder")]),
    "accepted, mailbox read": ((S.ACCEPTED, S.PLANNED), [], FRESH, [(Do.SEND, "reminder")]),
    "accepted, mailbox stale": ((S.ACCEPTED, S.PLANNED), [], STALE, [(Do.HOLD, "reminder")]),
    "accepted, mailbox never read": ((S.ACCEPTED, S.PLANNED), [], None, [(Do.HOLD, "reminder")]),
    "automatic answer only": ((S.ACCEPTED, S.PLANNED), ["A1", "RR", "SP"], FRESH, [(Do.SEND, "reminder")]),
    "bounced": ((S.ACCEPTED, S.PLANNED), ["N0"], FRESH, [(Do.CANCEL, "reminder")]),
    "receipt by a person": ((S.ACCEPTED, S.PLANNED), ["A2"], FRESH, [(Do.CANCEL, "reminder")]),
    "unclear message": ((S.ACCEPTED, S.PLANNED), ["A1", "UN"], FRESH, [(Do.CANCEL, "reminder")]),
    "objection": ((S.ACCEPTED, S.PLANNED), ["OB"], FRESH, [(Do.CANCEL, "reminder")]),
    "reminder deferred": ((S.ACCEPTED, S.DEFERRED), [], FRESH, [(Do.SEND, "reminder")]),
    "all sent": ((S.ACCEPTED, S.ACCEPTED), [], FRESH, [(Do.CLOSE, "")]),
    "reminder in doubt": ((S.ACCEPTED, S.UNCERTAIN), [], FRESH, []),
    "nothing was ever accepted": ((S.REFUSED, S.CANCELLED), [], FRESH, []),
}  # fmt: skip


@pytest.mark.parametrize("case", DUE)
def test_due(case: str) -> None:
    (request, reminder), events, read, wanted = DUE[case]
    sent = ACCEPTED if request is S.ACCEPTED else None
    timed = REMIND if request is S.ACCEPTED and reminder is not None else None
    rows = [
        LetterRow(1, "a", Step.REQUEST, request, 1, PLANNED_AT, sent),
        LetterRow(2, "a", Step.REMINDER, reminder or S.PLANNED, 1, timed, REMIND if reminder is S.ACCEPTED else None),
    ]
    found = due(PROTOCOL, rows, {"a": [Event(e) for e in events]}, vietnam(), read)
    assert [(action.do, str(action.row.step) if action.row else "") for action in found] == wanted
    for action in found:
        if action.do is Do.TIME:
            assert action.moment == REMIND
        if action.do is Do.CLOSE:
            assert action.at == PROTOCOL.waiting_ends(ACCEPTED, vietnam()) == datetime(2020, 5, 28, tzinfo=HANOI)


@pytest.mark.parametrize(("limit", "stopped"), [(0, False), (1, True), (2, False)])
def test_the_stopping_rule_counts_the_agencies_that_were_asked(limit: int, stopped: bool) -> None:
    rows = [
        LetterRow(1, "a", Step.REQUEST, S.ACCEPTED, 1, PLANNED_AT, ACCEPTED),
        LetterRow(2, "b", Step.REQUEST, S.CANCELLED, 2, PLANNED_AT, None),
        LetterRow(3, "c", Step.REQUEST, S.PLANNED, 3, PLANNED_AT, None),
    ]
    heard = {agency: [Event.OBJECTION] for agency in ("a", "b")}  # b objected to an earlier campaign
    (found,) = due(replace(PROTOCOL, stop_after_objections=limit), rows, heard, vietnam(), None)
    assert found.do is (Do.CANCEL if stopped else Do.SEND)
    assert found.why == (Reason("objections_reached", count=1) if stopped else None)


def test_an_objection_that_nobody_has_read_holds_letters_back_and_stops_nothing() -> None:
    rows = [
        LetterRow(1, "a", Step.REQUEST, S.ACCEPTED, 1, PLANNED_AT, ACCEPTED),
        LetterRow(2, "a", Step.REMINDER, S.PLANNED, 1, PLANNED_AT, None),
        LetterRow(3, "b", Step.REQUEST, S.PLANNED, 2, PLANNED_AT, None),
    ]

    end = PROTOCOL.waiting_ends(ACCEPTED, vietnam())

    def done(unread: set[str], limit: int, events: dict[str, list[Event]]) -> list[tuple[str, Do]]:
        protocol = replace(PROTOCOL, stop_after_objections=limit)
        found = due(protocol, rows, events, vietnam(), PLANNED_AT, unread)
        later = [(action.row and action.row.id, action.do) for action in found if action.at == end]
        held = [action.do for action in found if action.row and action.row.id == 2 and action.do is Do.HOLD]
        assert later == [(2, Do.CANCEL)] * len(held)  # a reminder waits no longer than its request
        return sorted((action.row.agency, action.do) for action in found if action.row and action.at < end)

    assert done(set(), 0, {}) == [("a", Do.SEND), ("b", Do.SEND)]
    assert done({"a"}, 0, {}) == [("a", Do.HOLD), ("b", Do.SEND)]
    assert done({"a"}, 1, {}) == [("a", Do.HOLD), ("b", Do.HOLD)]  # the stopping rule, by the rules' word
    assert done(set(), 1, {"a": [Event.OBJECTION]}) == [("a", Do.CANCEL), ("b", Do.CANCEL)]  # by a person's
    assert done({"a"}, 0, {"a": [Event.HUMAN_ACK]}) == [("a", Do.CANCEL), ("b", Do.SEND)]  # it has answered, too


FOLLOWING = replace(PROTOCOL, follow_up_working_days=5, follow_up_after=("silence", "A2"))
WROTE = datetime(2020, 4, 15, 14, 0, tzinfo=HANOI)
END = PROTOCOL.waiting_ends(ACCEPTED, vietnam())
AFTER_LETTER = follow_up_at(FOLLOWING, "a", WROTE, vietnam())
AFTER_SILENCE = follow_up_at(FOLLOWING, "a", REMIND, vietnam())
LATER = AFTER_SILENCE - timedelta(hours=15)
OVER = (Do.CANCEL, END)
# (request, reminder), classes of messages, by rules alone, when the mailbox was read → what becomes of the follow-up
FOLLOW_UPS = {
    "silence after the reminder": ((S.ACCEPTED, S.ACCEPTED), [], False, LATER, [(Do.SEND, AFTER_SILENCE)]),
    "the reminder has not left": ((S.ACCEPTED, S.PLANNED), [], False, LATER, [OVER]),
    "the reminder is in doubt": ((S.ACCEPTED, S.UNCERTAIN), [], False, LATER, [OVER]),
    "no reminder could leave": ((S.ACCEPTED, S.REFUSED), [], False, LATER, [
        (Do.SEND, follow_up_at(FOLLOWING, "a", ACCEPTED, vietnam())),
    ]),
    "only a machine wrote": ((S.ACCEPTED, S.ACCEPTED), ["A1"], False, LATER, [(Do.SEND, AFTER_SILENCE)]),
    "mailbox not read": ((S.ACCEPTED, S.ACCEPTED), [], False, None, [(Do.HOLD, AFTER_SILENCE), OVER]),
    "a class that it follows": ((S.ACCEPTED, S.CANCELLED), ["A2"], False, LATER, [(Do.SEND, AFTER_LETTER)]),
    "by the rules' word": ((S.ACCEPTED, S.CANCELLED), ["A2"], True, LATER, [(Do.HOLD, AFTER_LETTER), OVER]),
    "an answer": ((S.ACCEPTED, S.CANCELLED), ["F1"], False, LATER, [(Do.CANCEL, AT_ONCE)]),
    "an answer after the receipt": ((S.ACCEPTED, S.CANCELLED), ["A2", "F1"], False, LATER, [(Do.CANCEL, AT_ONCE)]),
    "unclear": ((S.ACCEPTED, S.CANCELLED), ["UN"], False, LATER, [(Do.CANCEL, AT_ONCE)]),
    "objection": ((S.ACCEPTED, S.CANCELLED), ["A2", "OB"], False, LATER, [(Do.CANCEL, AT_ONCE)]),
    "bounced": ((S.ACCEPTED, S.CANCELLED), ["N0"], False, LATER, [(Do.CANCEL, AT_ONCE)]),
    "request refused": ((S.REFUSED, S.CANCELLED), [], False, LATER, [(Do.CANCEL, AT_ONCE)]),
    "request in doubt": ((S.UNCERTAIN, S.PLANNED), [], False, LATER, []),
}  # fmt: skip


@pytest.mark.parametrize("case", FOLLOW_UPS)
def test_the_follow_up(case: str) -> None:
    (request, reminder), events, by_rules, read, wanted = FOLLOW_UPS[case]
    rows = [
        LetterRow(1, "a", Step.REQUEST, request, 1, PLANNED_AT, ACCEPTED if request is S.ACCEPTED else None),
        LetterRow(2, "a", Step.REMINDER, reminder, 1, REMIND, REMIND if reminder is S.ACCEPTED else None),
        LetterRow(3, "a", Step.FOLLOW_UP, S.PLANNED, 1, None, None),
    ]
    said = [Event(event) for event in events]
    last = {"a": WROTE} if set(said) - AUTOMATIC else {}
    ruled = {"a"} if by_rules else set[str]()
    found = due(FOLLOWING, rows, {"a": said}, vietnam(), read, frozenset(), last, ruled)
    assert [(one.do, one.at) for one in found if one.row and one.row.id == 3] == wanted
    assert not any(one.do is Do.CLOSE for one in found)


def test_a_follow_up_that_would_come_too_late_never_leaves_and_one_put_off_is_tried_again() -> None:
    request = LetterRow(1, "a", Step.REQUEST, S.ACCEPTED, 1, PLANNED_AT, ACCEPTED)
    late = {"a": END - timedelta(days=1)}
    row = LetterRow(3, "a", Step.FOLLOW_UP, S.PLANNED, 1, None, None)
    (found,) = due(FOLLOWING, [request, row], {"a": [Event.HUMAN_ACK]}, vietnam(), END, last=late)
    assert (found.do, found.at) == OVER
    again = replace(row, state=S.DEFERRED, not_before=AFTER_LETTER + timedelta(minutes=10))
    (found,) = due(FOLLOWING, [request, again], {"a": [Event.HUMAN_ACK]}, vietnam(), LATER, last={"a": WROTE})
    assert (found.do, found.at) == (Do.SEND, AFTER_LETTER + timedelta(minutes=10))
    held = due(FOLLOWING, [request, row], {"a": [Event.HUMAN_ACK]}, vietnam(), LATER, {"a"}, {"a": WROTE})
    assert [(one.do, one.at) for one in held] == [(Do.HOLD, AFTER_LETTER), OVER]  # an objection that nobody has read


def test_the_reminder_of_an_arm_has_its_own_time() -> None:
    text = TEXT + ONE_ARM + ONE_ARM.replace("plain", "soon") + "reminder_working_days = 2\n"
    rows = [
        LetterRow(1, "a", Step.REQUEST, S.ACCEPTED, 1, PLANNED_AT, ACCEPTED, "soon"),
        LetterRow(2, "a", Step.REMINDER, S.PLANNED, 1, None, None, "soon"),
    ]
    (found,) = due(parse(text, "x.toml"), rows, {}, vietnam(), None)
    assert found.do is Do.TIME and found.moment and found.moment.date() == date(2020, 4, 15)


def test_the_reminder_leaves_after_its_working_days_inside_the_window() -> None:
    assert REMIND.date() == date(2020, 4, 27)
    assert time(8, 30) <= REMIND.time() < time(10)
