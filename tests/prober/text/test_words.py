"""Tables of words: compiled once, of one language or several, and complete."""

import re
from dataclasses import dataclass
from typing import ClassVar

import pytest

from prober.text.words import Words


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    TABLE: ClassVar = "marks"
    name: re.Pattern[str]
    other: re.Pattern[str]
    lead: frozenset[str]
    state: tuple[str, ...]


def test_a_table_is_compiled_once() -> None:
    said = Words(("a", "b"), {}, {"marks": {"name": ("x|y", "z"), "lead": ("p", "q"), "state": ("p", "q")}})
    marks = said.table(Marks)
    assert said.table(Marks) is marks
    assert [bool(marks.name.fullmatch(word)) for word in "xyzv"] == [True, True, True, False]
    assert marks.lead == {"p", "q"} and marks.state == ("p", "q")
    assert not marks.other.search("") and not marks.other.search("x")
    assert said.made(Words.__repr__) is said.made(Words.__repr__)


def test_an_entry_that_nobody_reads_is_a_fault() -> None:
    with pytest.raises(KeyError, match="Marks has no nmae"):
        Words(("a",), {}, {"marks": {"nmae": ("x",)}}).table(Marks)
    with pytest.raises(KeyError, match="marks"):
        Words().table(Marks)
