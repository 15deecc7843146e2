"""Tell whether an address on a page belongs to a person who is named beside it: staff directories, in cards and tables.

The structure decides. An entry is the largest element around an address that has no other address in it, or the lines
above it up to the address before. If a person's name stands in it, the mailbox is that person's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

from selectolax.lexbor import LexborNode

from prober.detectors.email.deobfuscation import signs
from prober.detectors.email.person_names import PIECES, NameWords, office_like, spelling
from prober.domain.page import Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Words

_PARTS = linear(r"[:;,(/|]|\s[-–—]\s")
_NO_LETTER = linear(r"[^a-z]")
LONGEST = 400  # characters of an entry: more is a page
_BEHIND = ",;:.()-–"  # signs behind a name
_AROUND = _BEHIND + '[]"“”/|'
_NUMBERING = " 0123456789.-–*•)"
_LONGEST_NAME = 40  # characters of a name in two cells
_MOST_SHOWN = 20  # words for pictures and links of an entry
_UNIT_END = linear(r"[,;:(|@\d]")
_MOST_UNIT = 8  # words of a unit's name
_BELOW = 2  # lines below an address
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
    # Words that look like those without accents, and begin a name.
    names_by_accents: frozenset[str]
    # Family names that begin other names as well, in which a mailbox tells what they are: "Đoàn", the Youth Union.
    names_and_words: frozenset[str]
    # The kinds of units of an office, with which their names begin.
    unit: re.Pattern[str]


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


def spelled_by_a_name(page: Page, index: int, local: str, office: bool, others: frozenset[str]) -> bool:
    """Return True if the mailbox of an entry is made of a name in it as offices make them, whatever the name is.

    "gspao" and "paogs" are Giàng Seo Páo's, "thaoade" is Thào A Dế's: lists of names lack those of many peoples.
    `office`: it has a word of offices, so that whole words with capitals may be an office's name, if none of them is a
    family name. `others` are pieces of a mailbox that stand beside a name.
    """
    said, marks = page.words, _marks(page)
    first = PIECES.split(local.lower())[0]
    written = _NO_LETTER.sub("", first), _NO_LETTER.sub("", local.lower())
    # A word of offices is one whoever is named by it, but where it is surely made of the name beside it.
    doubted = office_like(first, said)
    for line in _beside(page, index):
        if any(spelling(local, name, others, said) for name in _full_names(line[:LONGEST], said)):
            return True
        if not doubted and any(called == first for called in _only_names(line[:LONGEST], marks)):
            return True
        for called in () if doubted else _maybe_names(line[:LONGEST], marks):
            words = _folded(called)
            # A single word is a name where a sound is cut off within it: K'Brơi.
            if len(words) < 2 and not any(mark in called[0] for mark in "'’" if called):
                continue
            if _mailboxes(words, office or not _may_begin_a_name(called[0], marks)) & {*written}:
                return True
    return False


def _only_names(line: str, marks: StaffWords) -> Iterator[str]:
    """Yield the single names behind "Mr." or "chị", folded."""
    for match in marks.honorific.finditer(line.lower()):
        if len(called := _capitalised(line[match.end() :])) == 1:
            yield from _folded(called)


def _folded(called: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a name as they are in a mailbox."""
    return tuple(filter(None, (_NO_LETTER.sub("", fold(word)) for word in called)))


def _may_begin_a_name(word: str, marks: StaffWords) -> bool:
    """Return False for a word like "Phòng", and for "Đoàn", which is a family name too; True for "Trương"."""
    return fold(word) not in marks.not_a_name or word.lower() in marks.names_by_accents


@lru_cache(maxsize=8192)  # the card of an office is on each page of its site
def _full_names(line: str, said: Words) -> tuple[tuple[str, ...], ...]:
    """Return what may be a family name and one to four more names in a line, wherever it stands, folded.

    A family name that is seldom one stands behind no other word with a capital: "ĐIỆN TỬ" has none.
    """
    marks, names = said.table(StaffWords), said.table(NameWords)
    words = line.split()
    bare = [word.strip(_AROUND) for word in words]
    capital = [word[:1].isupper() and word.replace("'", "").replace("’", "").isalpha() for word in bare]
    found = []
    for at, word in enumerate(bare):
        if not capital[at]:
            continue
        first = at == 0 or not capital[at - 1] or words[at - 1] != bare[at - 1]
        family = fold(word) in names.family or (first and fold(word) in names.seldom_family)
        may_begin = _may_begin_a_name(word, marks) or word.lower() in marks.names_and_words
        if family and may_begin:
            for end in range(at + 2, min(at + 6, len(words) + 1)):
                if not capital[end - 1]:
                    break
                found.append(_folded(bare[at:end]))
    return tuple(found)


def _mailboxes(words: Sequence[str], office: bool) -> set[str]:
    """Return what is made of a name: the given name, which is the last, with initials or, if not `office`, in full."""
    *before, given = words
    initials, family = "".join(word[0] for word in before), "".join(before[:1])
    short = {given + initials, initials + given}
    return short if office else {*short, given + family, family + given, given + "".join(before), "".join(words)}


def named_unit(page: Page, index: int, local: str) -> bool:
    """Return True if a mailbox is made of the name of a unit beside it: "phonggia" or "pgia" of "Phòng Giá".

    Units are named by words that are given names as well, and beside them stands who leads them.
    """
    pattern, first = _marks(page).unit, PIECES.split(local.lower())[0]
    for line in _lines(page, index):
        for found in pattern.finditer(line[:LONGEST].lower()):
            said = _UNIT_END.split(line[found.start() : LONGEST], maxsplit=1)[0]
            words = _folded(said.split())[:_MOST_UNIT]
            behind = len(_folded(found[0].split()))
            if _made_of(first, words, behind):
                return True
    return False


def _made_of(local: str, words: Sequence[str], kind: int) -> bool:
    """Return True for words from the first on, in full or by their initials, or for three initials behind the kind."""
    initials = "".join(word[0] for word in words)
    whole = {"".join(words[:end]) for end in range(kind + 1, len(words) + 1)}
    short = {"".join(words[:kind]) + initials[kind:end] for end in range(kind + 1, len(words) + 1)}
    led = {initials[:kind] + "".join(words[kind:end]) for end in range(kind + 1, len(words) + 1)}
    return local in whole | short | led or (len(local) > 2 and local in (initials, initials[kind:]))


def _beside(page: Page, index: int) -> Iterator[str]:
    """Yield the lines around an address in which a name may stand: whose mailbox it is, is decided by the name itself.

    These are its entry and what stands for pictures in it, its row of a table, and the lines below it.
    """
    node = page.blocks[index].node
    lines = _lines(page, index)
    yield from lines
    # A name in two cells: "Nguyễn Thanh", "Phong".
    yield from (f"{one} {other}" for one, other in pairwise(lines) if len(one) + len(other) < _LONGEST_NAME)
    if (entry := _entry(node, page.words)[0]) is not None:
        for shown in entry.css("[alt],[title],[aria-label]")[:_MOST_SHOWN]:
            yield from (shown.attributes.get(name) or "" for name in ("alt", "title", "aria-label"))
    row: LexborNode | None = node
    while row is not None and row.tag not in ("tr", "table", "body"):
        row = row.parent
    if row is not None and row.tag == "tr":
        yield from row.text(separator="\n")[: 4 * LONGEST].split("\n")
    for block in page.blocks[index + 1 : index + 1 + _BELOW]:
        if "@" in block.text or "protected]" in block.text:
            break
        yield block.text


@lru_cache(maxsize=4)  # asked for several times in a row for each address
def _lines(page: Page, index: int) -> list[str]:
    lines = entry_lines(page.blocks[index].node, page.words)
    return lines if len(lines) > 2 else max(lines, _above(page, index), key=len)


def entry_lines(node: LexborNode, words: Words) -> list[str]:
    """Return the lines of the largest element around `node` with one address; [] if `node` itself has several."""
    return [line for written in _entry(node, words)[1].split("\n") if (line := " ".join(written.split()))]


def _entry(node: LexborNode, words: Words) -> tuple[LexborNode | None, str]:
    """Return the largest element around `node` with one address, and its text; None and "" if `node` has several."""
    found, text_of, sign = None, "", words.made(_sign)
    current: LexborNode | None = node
    for _ in range(6):
        if current is None or current.tag in ("body", "html", "form"):
            break
        text = current.text(separator="\n")
        if len(text) > 4 * LONGEST or len(" ".join(text.split())) > LONGEST:
            break
        if len(sign.findall(text)) > 1:
            break
        found, text_of, current = current, text, current.parent
    return found, text_of


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
    if not words or not _may_begin_a_name(words[0], marks):
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
        bare = word.rstrip(_BEHIND)
        if not bare or not bare[0].isupper() or not bare.replace("'", "").replace("’", "").isalpha():
            break
        found.append(bare)
        if bare != word:
            break
    return found
