"""Recognise a person's name in a mailbox, made of initials and given name as offices in Vietnam do.

Errors in both directions do harm: a person's mailbox must not be published, and a unit's must not be lost. So a name
needs a family or given name of the lists below, together with initials or other names, and nothing else.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import ClassVar

from prober.text.patterns import linear
from prober.text.words import Words


@dataclass(frozen=True, slots=True, eq=False)
class NameWords:
    """Hold the names of persons, and the words of offices that look like them, from the packs."""

    TABLE: ClassVar = "person_names"
    family: frozenset[str]
    given: frozenset[str]
    # Names of provinces, whose mailboxes look like persons' ("hatinh" is a family name and a given name).
    places: re.Pattern[str]
    # Words of offices that the rules below would take for a person: most are made of two syllables of names.
    not_people: re.Pattern[str]
    # Names and initials of offices, as a whole piece of a mailbox, which a name beside it does not make a person's.
    office: re.Pattern[str]
    # Given names that are also words of offices: "phong.ns" is a unit, "tin.tuc" is no person.
    also_words: frozenset[str]
    # Those that alone in a mailbox may be a word: a school, a society, a union, the Party, a station.
    alone_words: frozenset[str]
    not_initials: frozenset[str]
    first_names: frozenset[str]  # that come before any family name: "sarah.whitfield", "s.whitfield"


PIECES = linear(r"[._+-]|\d+")  # what stands between the pieces of a mailbox
_MOST_PIECES = 5
_SYLLABLE = linear(r"[bcdghklmnpqrstvx][aeiouy]|[aeiouy]n")  # what is no initials


class Spelling(IntEnum):
    """Say how surely a mailbox is made of a person's name."""

    NONE = 0
    GIVEN = 1  # "thanhtra", "vanthu" are given names in full, and words of offices
    FAMILY = 2  # "lehoi", "phongn": with the family name or one initial, in one piece
    SURE = 3  # with two initials or more, names in pieces of their own, or three names in full: no word is made so


@lru_cache(maxsize=4096)
def name_like(local: str, words: Words) -> bool:
    """Return True if a local part looks like a person's name: "hungnv", "nguyenvanhung", "thanhlt.stc" do.

    "vanthu", "vanphong.stc", "phongqlns" and "giadinhvatreem" do not.
    """
    marks = words.table(NameWords)
    if len(local) > 64:  # no mailbox is longer
        return False
    pieces = [piece for piece in PIECES.split(local.lower()) if piece]
    # "hungnv.hatinh": the name of the province behind a person's makes no office of it.
    pieces = [piece for piece in pieces if not marks.places.match(piece)]
    if not pieces or any(map(marks.not_people.match, pieces)):
        return False
    if len(pieces) == 2 and _first_and_family(pieces[0], pieces[1], marks):
        return True
    known = words.made(_names)
    names = [piece for piece in pieces if piece in known]
    if len(names) >= 2:
        return True
    if len(pieces) == 1 and len(pieces[0]) > 2 and pieces[0] in marks.given and pieces[0] not in marks.alone_words:
        return True
    if len(pieces) > 1 and names and names[0] not in marks.also_words:
        # "hung.nv", "hung.stc": a name first; "nv.hung": initials first, but "tt.hoa" may be a centre.
        if pieces[0] == names[0] and all(len(piece) <= 4 for piece in pieces[1:]):
            return True
        if any(len(piece) <= 3 and piece not in marks.not_initials for piece in pieces if piece not in known):
            return True
    return any(_joined(piece, words) for piece in pieces if len(piece) > 3)


@lru_cache(maxsize=4096)
def office_like(local: str, words: Words) -> bool:
    """Return True if a piece of a local part is a word of offices, so that it is not a person's whoever is named by it.

    "tiepcongdan", "vanthu.stc" and "vptinh" have one, "hungnv" and "kmak" have none.
    """
    marks = words.table(NameWords)
    pieces = [piece for piece in PIECES.split(local.lower()) if piece]
    return any(marks.not_people.match(piece) or marks.office.match(piece) for piece in pieces)


@lru_cache(maxsize=4096)
def spelling(local: str, name: tuple[str, ...], others: frozenset[str], words: Words) -> Spelling:
    """Return how surely a mailbox is made of `name`: the folded words of a person's name, the family name first.

    "huong.ntt", "ntthuong", "thuhuong", "nguyenhuong" and "huongnt.stc" are made of Nguyễn Thị Thu Hương. A piece that
    is a word of offices, or one of `others`, stands beside the name, as "stc" here. A word of offices in the place of
    the name is an office's, if it is not `SURE`: "thanhtra" beside Nguyễn Thanh Tra.
    """
    marks = words.table(NameWords)
    pieces = [piece for piece in PIECES.split(local.lower()) if piece][:_MOST_PIECES]
    best = Spelling.NONE
    for start in range(len(pieces)):
        for end in range(start + 1, len(pieces) + 1):
            found = max(_spellings(pieces[start:end], name), default=Spelling.NONE)
            if found in (Spelling.GIVEN, Spelling.FAMILY):
                written, rest = "".join(pieces[start:end]), (*pieces[:start], *pieces[end:])
                if marks.not_people.match(written) or marks.places.match(written):
                    continue
                if found == Spelling.GIVEN and marks.office.match(written):
                    continue
                # "phong.ngansach" is a room's, "phong.stc" Nguyễn Thanh Phong's.
                beside = others | marks.not_initials
                named = found == Spelling.FAMILY
                if not all(piece in beside or (named and marks.office.match(piece)) for piece in rest):
                    continue
            best = max(best, found)
    return best


def _spellings(pieces: Sequence[str], name: tuple[str, ...]) -> Iterator[Spelling]:
    """Yield each way in which pieces of a mailbox are made of a name: names at its end in full, those before shortened.

    What is shortened stands before or behind them: "huongnt" or "nthuong".
    """
    text, ends, reached = "".join(pieces), set(), 0
    for piece in pieces:
        reached += len(piece)
        ends.add(reached)
    for start in range(len(name) - 1, 0, -1):
        given, before = "".join(name[start:]), name[:start]
        for whole, rest, cut in (
            (text.startswith(given), text[len(given) :], len(given)),
            (text.endswith(given), text[: -len(given)], len(text) - len(given)),
        ):
            if not whole:
                continue
            full = len(name) - start
            if not rest and (full == 2 or full == len(pieces) == 1):
                yield Spelling.GIVEN
            for more, initials in _shortened(rest, before) if rest else ():
                apart = cut in ends and len(pieces) > 1
                if more == 1 and not initials and not apart and rest != before[0]:
                    yield Spelling.GIVEN  # "thanhphong", without the family name
                    continue
                sure = initials > 1 or apart or full + more > 2 or (full > 1 and initials)
                yield Spelling.SURE if sure else Spelling.FAMILY


def _shortened(text: str, names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield how many names stand in full and by their initials, where a text is made of some of them in their order."""
    if not text:
        yield 0, 0
        return
    for at, name in enumerate(names):
        if text.startswith(name) and len(name) > 1:
            yield from ((full + 1, initials) for full, initials in _shortened(text[len(name) :], names[at + 1 :]))
        if text[0] == name[0]:
            yield from ((full, initials + 1) for full, initials in _shortened(text[1:], names[at + 1 :]))


def _names(words: Words) -> frozenset[str]:
    marks = words.table(NameWords)
    return marks.family | marks.given


def _first_and_family(first: str, family: str, marks: NameWords) -> bool:
    """Return True for a first name or its initial before a family name, which may be any word but one of offices."""
    if not marks.first_names or len(family) < 3 or not family.isalpha() or marks.office.match(family):
        return False
    return first in marks.first_names or (len(first) == 1 and first.isalpha())


def _joined(piece: str, words: Words) -> bool:
    """Return True for a given name with initials ("hungnv", "nvhung"), several ("minhduc"), or a full name."""
    marks, known = words.table(NameWords), words.made(_names)
    for size in range(2 if piece in known else 1, len(piece)):
        head, tail = piece[:size], piece[size:]
        if head in marks.given and len(head) > 2 and len(tail) <= 3 and _initials(tail):
            return True
        # One letter before a short name may be the beginning of a word.
        sure = size > 1 or (len(tail) > 3 and tail not in marks.also_words)
        if sure and tail in marks.given and len(tail) > 2 and len(head) <= 3 and _initials(head):
            return True
    return any(piece.startswith(name) and _only_names(piece[len(name) :], 3, known) for name in known if len(name) > 1)


def _initials(text: str) -> bool:
    """Return True for one to three letters that contain no syllable of a word, such as "an" or "he"."""
    return 0 < len(text) <= 3 and (len(text) == 1 or not _SYLLABLE.search(text))


def _only_names(rest: str, most: int, known: frozenset[str]) -> bool:
    if not rest:
        return most < 3
    if most == 0:
        return False
    return any(rest.startswith(name) and _only_names(rest[len(name) :], most - 1, known) for name in known)
