"""Follow published questions from visit to visit: first seen, answered, gone, or only out of the part that was read.

A visit reads the beginning of a list of questions (spiders.after_visit.qa_archive), and lists roll: new questions
come at one end, and older ones leave the part that is read. A question that is missing has vanished only if its place
was read: one that stands behind it in the list is still there, or the whole list was read. It counts as vanished after
a second look at least SECOND_LOOK later. docs/method.md#questions-from-night-to-night prints the rules. Pure.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

SECOND_LOOK = timedelta(hours=6)
MOVED = 0.1  # share of the known questions that may have moved in a list whose order still counts as stable
SAME_LIST = 0.5  # least share of the questions listed before that must be there: with fewer it is another list
NO_NIGHT_LOST = timedelta(hours=36)


class QuestionState(StrEnum):
    """Where a question was at the last visit that could tell."""

    LISTED = "listed"
    MISSING = "missing"  # gone from its place, seen once
    VANISHED = "vanished"  # gone from its place, confirmed by a second look
    UNREACHED = "unreached"  # out of the part of the list that was read: nobody knows


@dataclass(frozen=True, slots=True)
class FollowedQuestion:
    """One question over all visits. `rank` orders the questions of one list; None where its place is not known."""

    key: str
    list_url: str
    rank: float | None
    answered: bool
    state: QuestionState
    first_seen_at: datetime | None  # None: before questions were followed
    answer_seen_at: datetime | None  # first visit that saw its answer
    last_seen_at: datetime | None
    missing_since: datetime | None  # first visit that did not find it in its place


@dataclass(frozen=True, slots=True)
class ReadList:
    """Questions of a list that one visit read, in order from the list's beginning, without a gap.

    `elsewhere` has those that were read on other pages (from the middle, at the end, alone). `answered` has the keys of
    all with an answer. `whole` is True if the list has no other page, `newest_first` None if its dates do not show it.
    """

    url: str
    keys: Sequence[str]
    elsewhere: frozenset[str]
    answered: frozenset[str]
    whole: bool
    newest_first: bool | None = None


def follow(known: Mapping[str, FollowedQuestion], read: ReadList, at: datetime) -> Iterator[FollowedQuestion]:
    """Yield the questions to be stored after a visit at `at`; `known` has those of the same agency, by key."""
    mine = {key: question for key, question in known.items() if question.list_url == read.url}
    ranks, same = _ranks(mine, read)
    there = {*read.keys, *read.elsewhere}
    for key in (*read.keys, *sorted(read.elsewhere.difference(read.keys))):
        yield _seen(known.get(key), key, ranks.get(key), read, at)
    covered = _covered(mine, read, ranks, at) if same else set()
    for key, question in mine.items():
        if key in there or question.state == QuestionState.VANISHED:
            continue
        if key in covered:
            yield _missed(question, at)
        elif question.state == QuestionState.LISTED or not same:
            state = QuestionState.UNREACHED if question.state == QuestionState.LISTED else question.state
            yield replace(question, state=state, rank=question.rank if same else None)


def _covered(
    mine: Mapping[str, FollowedQuestion], read: ReadList, ranks: Mapping[str, float], at: datetime
) -> set[str]:
    """Return the known questions whose place in the list was read, whether they are there or not.

    A list may keep only its newest questions: then old ones give way to new ones, at its end, or at its beginning
    where the newest stand last. As many as are new on this visit are not covered there, and none at its end after a
    night without a visit, in which a question may have come and gone.
    """
    alive = sorted(
        (question.rank, key)
        for key, question in mine.items()
        if question.rank is not None and question.state != QuestionState.VANISHED
    )
    seen = [ranks[key] for _, key in alive if key in ranks]
    covered = {key for rank, key in alive if min(seen) <= rank <= max(seen)}
    new = sum(key not in mine for key in read.keys)
    first = [key for rank, key in alive if rank < min(seen)]
    covered |= _ended(mine, first, 0 if read.newest_first else new)
    looked = max((question.last_seen_at for question in mine.values() if question.last_seen_at), default=None)
    if read.whole and looked and at - looked <= NO_NIGHT_LOST:
        last = [key for rank, key in alive if rank > max(seen)]
        covered |= _ended(mine, last[::-1], 0 if read.newest_first is False else new)
    return covered


def _ended(mine: Mapping[str, FollowedQuestion], keys: Sequence[str], new: int) -> set[str]:
    """Return which of `keys`, from the end of the list inwards, did not give way to `new` others."""
    rolling = [key for key in keys if mine[key].state == QuestionState.LISTED]
    return {*rolling[new:], *(key for key in keys if mine[key].state == QuestionState.MISSING)}


def _seen(
    known: FollowedQuestion | None, key: str, rank: float | None, read: ReadList, at: datetime
) -> FollowedQuestion:
    answered = key in read.answered
    if known is None:
        return FollowedQuestion(
            key, read.url, rank, answered, QuestionState.LISTED, at, at if answered else None, at, None
        )
    return replace(
        known, list_url=known.list_url if rank is None else read.url, rank=known.rank if rank is None else rank,
        answered=known.answered or answered,
        answer_seen_at=known.answer_seen_at or (at if answered and not known.answered else None),
        state=QuestionState.LISTED, last_seen_at=at, missing_since=None,
    )  # fmt: skip


def _missed(question: FollowedQuestion, at: datetime) -> FollowedQuestion:
    if question.missing_since is None:
        return replace(question, state=QuestionState.MISSING, missing_since=at)
    if at - question.missing_since < SECOND_LOOK:
        return question
    return replace(question, state=QuestionState.VANISHED)


def _ranks(mine: Mapping[str, FollowedQuestion], read: ReadList) -> tuple[dict[str, float], bool]:
    """Return (rank of each question read in order, False if they cannot be compared with those known before).

    They cannot where too few of those listed before are there, or the order of those that are has changed too much.

    Known questions keep their ranks, those that moved get one between their neighbours, new ones too; at the beginning
    of the list ranks fall below the lowest, at the end they rise above the highest.
    """
    old = {key: rank for key in read.keys if key in mine and (rank := mine[key].rank) is not None}
    kept = _increasing([(key, old[key]) for key in read.keys if key in old])
    highest = max((old[key] for key in kept), default=None)
    listed = [
        key
        for key, question in mine.items()
        if question.state in (QuestionState.LISTED, QuestionState.MISSING)
        and question.rank is not None
        and highest is not None
        and (read.whole or question.rank <= highest)
    ]
    same = bool(kept) and sum(key in old for key in listed) >= SAME_LIST * len(listed)
    same = same and len(old) - len(kept) <= max(1.0, MOVED * len(old))
    ranks: dict[str, float] = {}
    before: float | None = None
    waiting: list[str] = []
    for key in read.keys:
        if key not in kept:
            waiting.append(key)
            continue
        ranks |= _between(waiting, before, old[key])
        ranks[key] = before = old[key]
        waiting = []
    return ranks | _between(waiting, before, None), same


def _between(keys: Sequence[str], low: float | None, high: float | None) -> dict[str, float]:
    """Return ranks in order between `low` and `high`, of which None means that there is no neighbour."""
    n = len(keys)
    if high is None:
        start = 0.0 if low is None else low + 1
        return {key: start + place for place, key in enumerate(keys)}
    if low is None:
        return {key: high - n + place for place, key in enumerate(keys)}
    return {key: low + (high - low) * (place + 1) / (n + 1) for place, key in enumerate(keys)}


def _increasing(ranked: Sequence[tuple[str, float]]) -> set[str]:
    """Return the keys of a longest subsequence of `ranked` whose ranks rise: those that did not move."""
    ends: list[float] = []  # least last rank of a rising subsequence of each length
    places: list[int] = []  # of each entry: the length of the longest that ends with it
    for _, rank in ranked:
        place = bisect_left(ends, rank)
        ends[place : place + 1] = [rank]
        places.append(place)
    kept: set[str] = set()
    wanted = len(ends) - 1
    for (key, _), place in zip(reversed(ranked), reversed(places), strict=True):
        if place == wanted:
            kept.add(key)
            wanted -= 1
    return kept
