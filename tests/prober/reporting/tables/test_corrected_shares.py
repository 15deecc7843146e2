"""Shares corrected by what people read: who counts as read, what is drawn, and what is said where no interval holds."""

from typing import Any

import numpy as np
import pytest

from prober.campaign.design import reading_order
from prober.reporting.tables.corrected_shares import corrected_shares

Row = dict[str, Any]
SEED = 2019


def request(number: int, reading: str = "") -> Row:
    return {"request": number, "agency": f"2019-stc-{number}", "reading": reading}


def reply(request: int, proposed: str, event: str = "", inside: int = 1) -> Row:
    """A reply of which a person has decided the class `event`, if that is given."""
    return {
        "request": request, "proposed_event": proposed, "event": event or proposed, "inside_window": inside,
        "decided_by": "person" if event else "rule",
    }  # fmt: skip


def shares(requests: list[Row], replies: list[Row]) -> tuple[Row, Row]:
    replied, human = corrected_shares(requests, replies)
    return replied, human


def test_all_read_is_the_share_whatever_was_drawn() -> None:
    requests = [request(number) for number in range(63)]
    replied, human = shares(requests, [reply(1, "F1", "F1"), reply(2, "A2", "P1"), reply(3, "F1", "A2")])
    assert (replied["k"], replied["corrected"], replied["corrected_low"], replied["next"]) == (
        2, round(2 / 63, 6), None, "all is read",
    )  # fmt: skip
    assert (human["k"], human["unread"]) == (3, 0)


def test_of_63_a_list_of_30_gives_an_interval_and_no_list_none() -> None:
    requests = [request(number, "drawn" if number < 30 else "rest") for number in range(63)]
    replies = [reply(number, "A2", "A2" if number < 30 else "") for number in range(63)]
    replied, _ = shares(requests, replies)
    assert replied["next"] == "the whole random list is read"
    assert (replied["read"], replied["corrected"], replied["corrected_low"]) == (30, 0.0, 0.0)
    assert 0.03 < replied["corrected_high"] < 0.1
    unlisted, _ = shares([request(number) for number in range(63)], replies)
    assert unlisted["next"].startswith("rests on the machine alone: 33 agencies") and unlisted["corrected"] is None


def test_a_list_that_is_not_read_to_its_end_supports_nothing() -> None:
    """Whoever puts off what is hard would else leave just the easy ones in the sample."""
    requests = [request(number, "drawn" if number < 120 else "rest") for number in range(500)]
    replies = [reply(number, "F1", "UN" if number < 119 else "") for number in range(500)]
    replied, _ = shares(requests, replies)
    assert (replied["corrected"], replied["read"]) == (None, None)
    assert replied["next"] == "finish the list: 1 of its agencies are left to read"


def test_new_mail_of_an_agency_read_before_is_waited_for() -> None:
    requests = [request(number, "before") for number in range(63)]
    replied, _ = shares(requests, [reply(1, "A2", "A2"), reply(1, "UN")])
    assert replied["next"] == "finish the list: 1 of its agencies are left to read"
    late, human = shares(requests, [reply(1, "A2", "A2"), reply(1, "UN", inside=0)])
    assert (late["next"], human["next"]) == ("all is read", "all is read")  # too late for an answer; a person wrote


def test_silence_needs_no_reading_and_what_was_read_besides_does_not_count_as_drawn() -> None:
    """Of 1,000 asked half wrote. What is read because it looks doubtful is wrong more often than the rest."""
    requests = [request(number, "drawn" if number % 4 == 0 else "rest") for number in range(1000)]
    replies = []
    for number in range(500):
        mistaken = number % 10 == 0
        doubtful = number % 20 == 10 or number % 4 == 0
        replies.append(reply(number, "A2", ("F1" if mistaken else "A2") if doubtful else ""))
    replied, _ = shares(requests, replies)
    assert (replied["drawn"], replied["read"], replied["wrong"]) == (125, 125, 25)
    assert replied["corrected"] == pytest.approx(0.2 * 0.5)
    assert replied["corrected_low"] < 0.1 < replied["corrected_high"] < 0.15


def test_the_order_follows_from_the_seed_and_a_longer_list_continues_a_shorter_one() -> None:
    read = {f"2019-stc-{number}": number % 5 == 0 for number in range(100)}
    short, long = (reading_order.last_place(SEED, read, size) for size in (10, 30))
    members = {
        end: {name for name in read if reading_order.standing(SEED, name, end, ()) == "drawn" and not read[name]}
        for end in (short, long)
    }
    assert len(members[short]) == 10 and len(members[long]) == 30 and members[short] < members[long]
    assert reading_order.last_place(SEED, read, 1000) == reading_order.last_place(SEED, read, 80)
    assert reading_order.last_place(SEED + 1, read, 10) != short
    assert reading_order.standing(SEED, "2019-stc-1", None, ()) == ""
    assert reading_order.standing(SEED, "2019-stc-1", 1.0, {"2019-stc-1"}) == "before"


def test_every_agency_is_drawn_equally_often() -> None:
    read = {f"2019-stc-{number}": False for number in range(20)}
    counts = np.zeros(20)
    for seed in range(2000):
        end = reading_order.last_place(seed, read, 5)
        counts += [reading_order.place(seed, name) <= end for name in read]
    assert counts.sum() == 2000 * 5 and abs(counts / 2000 - 0.25).max() < 0.05


def test_the_whole_way_is_unbiased_where_the_doubtful_are_read_before_and_others_besides() -> None:
    """Of 600 asked 400 wrote. Rules mistake half of the 60 doubtful and a tenth of the others, in both directions."""
    draw = np.random.default_rng(7)
    errors, covered, raw = [], [], []
    for seed in range(120):
        answered = draw.random(400) < 0.3
        doubtful = draw.random(400) < 0.15
        mistaken = draw.random(400) < np.where(doubtful, 0.5, np.where(answered, 0.25, 0.06))
        read = {str(n): bool(doubtful[n] and draw.random() < 0.5) for n in range(400)}  # half of them before the draw
        end = reading_order.last_place(seed, read, 150)
        before = {name for name, done in read.items() if done}
        standings = [reading_order.standing(seed, str(n), end, before).value for n in range(600)]
        replies = []
        for n in range(400):
            seen = standings[n] in ("before", "drawn") or bool(doubtful[n])  # the other half besides, after the draw
            truth, proposed = ("F1" if answered[n] else "A2"), ("F1" if answered[n] != mistaken[n] else "A2")
            replies.append(reply(n, proposed, truth if seen else ""))
        replied, _ = shares([request(n, standings[n]) for n in range(600)], replies)
        truth_share = answered.sum() / 600
        errors.append(replied["corrected"] - truth_share)
        raw.append(replied["share"] - truth_share)
        if replied["corrected_low"] is not None:
            covered.append(replied["corrected_low"] <= truth_share <= replied["corrected_high"])
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(len(errors))
    assert abs(np.mean(raw)) > 10 * np.std(raw) / np.sqrt(len(raw))
    assert len(covered) == 120 and np.mean(covered) >= 0.93
