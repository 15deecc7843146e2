"""Tell whether an address on a page belongs to a person who is named beside it: staff directories, in cards and tables.

The structure decides. An entry is the largest element around an address that has no other address in it, or the lines
above it up to the address before. If a person's name stands in it, the mailbox is that person's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from selectolax.lexbor import LexborNode

from prober.detectors.email.deobfuscation import signs
from prober.detectors.email.person_names import NameWords
from prober.domain.page import Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Words

_PARTS = linear(r"[:;,(/|]|\s[-–—]\s")
_NO_LETTER = linear(r"[^a-z]")
LONGEST = 400  # characters of an entry: more is a page
_NUMBERING = " 0123456789.-–*•)"
_ABOVE = 6  # lines above an address in a list without elements of its own


@dataclass(frozen=True, slots=True, eq=False)
class StaffWords:
    """Hold the words around persons in a directory, from the packs."""

    TABLE: ClassVar = "staff_entries"
    label: re.Pattern[str]
    street: re.Pattern[str]
    in_place: re.Pattern[str]
    honorific: re.Pattern[str]
    # What a person is in an office; it stands at the beginning of a line, or right after the name.
    title: re.Pattern[str]
    # Beginnings of lines that are capitalised and name no person.
    not_a_name: frozenset[str]


def _sign(words: Words) -> re.Pattern[str]:
    """Return the pattern of what each address has one of."""
    return linear(rf"@|protected\]|[\[({{] ?(?:{signs(words)}) ?[\])}}]")


def _marks(page: Page) -> StaffWords:
    return page.words.table(StaffWords)


def names_a_person(page: Page, index: int) -> bool:
    """Return True if the entry of the address in block `index` of a page names a person."""
    lines = _lines(page, index)
    if any(_marks(page).street.search(fold(line[:40])) for line in lines):
        return False  # the card of an office, with the name of its head
    return any(_named(page.words, lines, at) for at in range(len(lines)))


def spelled_by_a_name(page: Page, index: int, local: str, office: bool) -> bool:
    """Return True if the mailbox of an entry is made of a name in it as offices make them, whatever the name is.

    "gspao" and "paogs" are Giàng Seo Páo's, "thaoade" is Thào A Dế's: lists of names lack those of many peoples.
    `office`: it has a word of offices, so that whole words with capitals may be an office's name.
    """
    written = _NO_LETTER.sub("", local.lower().partition(".")[0]), _NO_LETTER.sub("", local.lower())
    for line in _lines(page, index):
        for called in _maybe_names(line[:LONGEST], _marks(page)):
            words = [_NO_LETTER.sub("", fold(word)) for word in called]
            # A single word is a name where a sound is cut off within it: K'Brơi.
            if len(words) < 2 and not any(mark in called[0] for mark in "'’" if called):
                continue
            doubtful = words[0] in _marks(page).not_a_name  # "Đoàn" is a family name too
            if _mailboxes(words, office or doubtful) & {*written}:
                return True
    return False


def _mailboxes(words: list[str], office: bool) -> set[str]:
    """Return what is made of a name: the given name, which is the last, with initials or, if not `office`, in full."""
    *before, given = words
    initials, family = "".join(word[0] for word in before), "".join(before[:1])
    short = {given + initials, initials + given}
    return short if office else {*short, given + family, family + given, given + "".join(before), "".join(words)}


def _lines(page: Page, index: int) -> list[str]:
    lines = entry_lines(page.blocks[index].node, page.words)
    return lines if len(lines) > 2 else max(lines, _above(page, index), key=len)


def entry_lines(node: LexborNode, words: Words) -> list[str]:
    """Return the lines of the largest element around `node` with one address; [] if `node` itself has several."""
    found, sign = "", words.made(_sign)
    current: LexborNode | None = node
    for _ in range(6):
        if current is None or current.tag in ("body", "html", "form"):
            break
        text = current.text(separator="\n")
        if len(text) > 4 * LONGEST or len(" ".join(text.split())) > LONGEST:
            break
        if len(sign.findall(text)) > 1:
            break
        found, current = text, current.parent
    return [line for written in found.split("\n") if (line := " ".join(written.split()))]


def _above(page: Page, index: int) -> list[str]:
    """Return the line of an address and the lines above it, up to the address before."""
    lines = [page.blocks[index].text]
    for at in range(index - 1, max(-1, index - 1 - _ABOVE), -1):
        block = page.blocks[at]
        if "@" in block.text or "protected]" in block.text:
            break
        lines.insert(0, block.text[:LONGEST])
    return lines


def _named(said: Words, lines: Sequence[str], at: int) -> bool:
    marks = said.table(StaffWords)
    line = lines[at][:LONGEST]
    before = fold(lines[at - 1])[-80:] if at else ""
    if any(_full_name(said, line[match.end() :]) for match in marks.honorific.finditer(line.lower())):
        return True
    words = _capitalised(line)
    if not words or fold(words[0]) in marks.not_a_name:
        return False
    if len(words) > 2 and fold(words[0]) in said.table(NameWords).family and _full_name(said, line):
        return True
    near = (line[line.find(words[-1]) + len(words[-1]) :], *lines[at + 1 : at + 3], *lines[max(0, at - 1) : at])
    whole = " ".join(words) == line.lstrip(_NUMBERING)
    titled = any(marks.title.match(text.lower().lstrip(" -–:,.|(")) for text in near[: 1 if not whole else None])
    return titled or (whole and marks.label.match(before) is not None)


def _full_name(said: Words, text: str) -> bool:
    """Return True if `text` begins with a family name and one to four more names, and goes on as no address does."""
    words = _capitalised(text)
    if len(words) < 2 or fold(words[0]) not in said.table(NameWords).family:
        return False
    rest = fold(text[text.find(words[-1]) + len(words[-1]) :])
    return said.table(StaffWords).in_place.search(rest[:60]) is None


def _maybe_names(line: str, marks: StaffWords) -> Iterator[list[str]]:
    """Yield words with a capital: at the beginning of each part of a line, after "ông", three or more after others.

    Two after others are a place: "UBND xã Tân An"; three are a person with a title: "Kế toán trưởng Lò Thị Mai".
    """
    yield from map(_capitalised, _PARTS.split(line))
    yield from (_capitalised(line[match.end() :]) for match in marks.honorific.finditer(line.lower()))
    words = line.split()
    for at, (before, word) in enumerate(pairwise(words), 1):
        if word[0].isupper() and before.islower() and len(run := _capitalised(" ".join(words[at:]))) > 2:
            yield run


def _capitalised(text: str) -> list[str]:
    """Return the words with a capital at the beginning of `text`, at most five; a number before them is passed over."""
    found: list[str] = []
    for word in text.lstrip(_NUMBERING).split()[:5]:
        bare = word.rstrip(",;:.(-–")
        if not bare or not bare[0].isupper() or not bare.replace("'", "").replace("’", "").isalpha():
            break
        found.append(bare)
        if bare != word:
            break
    return found
