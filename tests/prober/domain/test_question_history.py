"""Questions followed from visit to visit: what a list shows, and what may be concluded from what it no longer shows."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.domain.question_history import FollowedQuestion, QuestionState, ReadList, follow

LIST = "http://camau.gov.test/hoi-dap"
NIGHT = timedelta(days=1)
START = datetime(2020, 4, 1, 1, tzinfo=UTC)


def visit(
    known: dict[str, FollowedQuestion], keys: Sequence[str], night: float, whole: bool = False, answered: str = "",
    newest_first: bool | None = None,
) -> None:  # fmt: skip
    read = ReadList(LIST, keys, frozenset(), frozenset(answered), whole, newest_first)
    known |= {question.key: question for question in follow(known, read, START + night * NIGHT)}


def states(known: dict[str, FollowedQuestion]) -> dict[str, str]:
    return {key: question.state.value for key, question in sorted(known.items())}


def test_a_question_missing_between_two_that_are_there_vanished_after_a_second_look() -> None:
    known: dict[str, FollowedQuestion] = {}
    visit(known, "abcde", 0)
    visit(known, "abde", 1)
    assert states(known)["c"] == "missing"
    visit(known, "abde", 1.1)  # two hours later is no second look
    assert states(known)["c"] == "missing"
    visit(known, "abde", 2)
    assert states(known) == {"a": "listed", "b": "listed", "c": "vanished", "d": "listed", "e": "listed"}
    assert known["c"].missing_since == START + NIGHT


def test_a_question_that_rolls_out_of_the_part_that_is_read_is_unreached_and_comes_back() -> None:
    known: dict[str, FollowedQuestion] = {}
    visit(known, "abcd", 0)
    for night in (1, 2, 3):
        visit(known, "xyab", night)
    assert (states(known)["c"], states(known)["d"]) == ("unreached", "unreached")
    visit(known, "ybcd", 4)
    assert (states(known)["a"], states(known)["c"]) == ("missing", "listed")


def test_a_question_seen_again_never_vanished() -> None:
    known: dict[str, FollowedQuestion] = {}
    for night, keys in enumerate(("abc", "ac", "abc", "ac")):
        visit(known, keys, night)
    assert known["b"].state == QuestionState.MISSING
    assert known["b"].missing_since == START + 3 * NIGHT


def test_the_night_of_the_answer_is_kept_and_an_answer_is_never_forgotten() -> None:
    known: dict[str, FollowedQuestion] = {}
    visit(known, "ab", 0, answered="b")
    visit(known, "ab", 1, answered="ab")
    visit(known, "ab", 2)  # the list does not show answers tonight
    assert (known["a"].answered, known["a"].answer_seen_at) == (True, START + NIGHT)
    assert (known["b"].first_seen_at, known["b"].answer_seen_at) == (START, START)


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("told", [True, False])
def test_a_short_list_that_shows_only_the_newest_invents_no_deletion(newest_first: bool, told: bool) -> None:
    known: dict[str, FollowedQuestion] = {}
    for night in range(20):
        shown = [chr(ord("a") + night + place) for place in range(5)]
        order = newest_first if told else None
        visit(known, shown[::-1] if newest_first else shown, night, whole=True, newest_first=order)
    assert set(states(known).values()) == {"listed", "unreached"}


def test_the_last_question_of_a_whole_list_vanishes_where_nothing_new_came() -> None:
    known: dict[str, FollowedQuestion] = {}
    for night, keys in enumerate(("abc", "ab", "ab")):
        visit(known, keys, night, whole=True)
    assert states(known)["c"] == "vanished"


def test_a_list_in_another_order_or_with_other_texts_proves_nothing() -> None:
    known: dict[str, FollowedQuestion] = {}
    visit(known, "abcdefgh", 0)
    visit(known, "hgfedba", 1)  # sorted the other way round
    visit(known, "hgfedba", 2)
    assert states(known)["c"] != "vanished"
    other: dict[str, FollowedQuestion] = {}
    visit(other, "abcdefgh", 0)
    visit(other, "ABCDEFGh", 1)  # the site prints every question in other words
    visit(other, "ABCDEFGh", 2)
    assert not {"missing", "vanished"} & set(states(other).values())


def test_one_question_that_moved_does_not_hide_another_that_vanished() -> None:
    known: dict[str, FollowedQuestion] = {}
    visit(known, "abcdefgh", 0)
    visit(known, "habcdfg", 1)  # h was answered and stands first, e is gone
    visit(known, "habcdfg", 2)
    assert (states(known)["e"], states(known)["h"]) == ("vanished", "listed")


class Portal:
    """A list of questions, newest first, of which visits read the first `window`."""

    def __init__(self, window: int, retained: int) -> None:
        self.window, self.retained = window, retained
        self.listed: list[str] = []
        self.deleted: set[str] = set()
        self.asked = 0

    def night(self, new: int, deletions: Sequence[int]) -> list[str]:
        for place in deletions:
            if place < len(self.listed):
                self.deleted.add(self.listed.pop(place))
        for _ in range(new):
            self.listed.insert(0, f"q{self.asked}")
            self.asked += 1
        del self.listed[self.retained :]
        return self.listed[: self.window]


def looks(history: Sequence[list[str]], key: str) -> Iterator[int]:
    """Yield the visits after its last sighting that show a question which stood behind `key` in the list."""
    last = max(night for night, keys in enumerate(history) if key in keys)
    behind = {other for keys in history if key in keys for other in keys[keys.index(key) + 1 :]}
    for night in range(last + 1, len(history)):
        if behind & set(history[night]):
            yield night


nights = st.lists(
    st.tuples(st.integers(0, 3), st.lists(st.integers(0, 11), max_size=1), st.booleans()), min_size=5, max_size=30
)


@settings(max_examples=300)
@given(nights, st.integers(4, 12), st.integers(6, 40))
def test_deletions_are_found_and_none_is_invented(
    plan: list[tuple[int, list[int], bool]], window: int, retained: int
) -> None:
    portal = Portal(window, retained)
    portal.night(12, [])
    known: dict[str, FollowedQuestion] = {}
    history: list[list[str]] = []
    for night, (new, deletions, lost) in enumerate(plan):
        shown = portal.night(new, deletions)
        if not lost and shown:
            history.append(shown)
            visit(known, shown, night, whole=len(portal.listed) <= window, newest_first=True)
    vanished = {key for key, question in known.items() if question.state == QuestionState.VANISHED}
    assert vanished <= portal.deleted
    for key in portal.deleted & known.keys():
        if len(list(looks(history, key))) >= 2 and _half_there(history, key):
            assert key in vanished


def _half_there(history: Sequence[list[str]], key: str) -> bool:
    """Return True if each visit after the last sighting shows more than half of those listed at the visit before."""
    last = max(night for night, keys in enumerate(history) if key in keys)
    return all(
        2 * len(set(history[night]) & set(history[night - 1])) > len(history[night - 1]) + 2
        for night in range(last + 1, len(history))
    )
