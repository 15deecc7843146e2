"""Tell whether an address stands beside a person's name. In doubt it does: then it is masked and never published.

An entry is the largest element around an address that has no other address in it, or the lines above it up to the
address before. If a person's name stands in it, the mailbox is that person's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

from selectolax.lexbor import LexborNode

from prober.detectors.email.deobfuscation import signs
from prober.detectors.email.person_names import PIECES, NameWords, office_like, spelling
from prober.domain.pages.page import Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Words

LONGEST = 400  # characters of an entry: more is a page
_NO_LETTER = linear(r"[^a-z]")
_AROUND = ',;:.()-–[]"“”/|'  # signs around a name
_ENDS = ",;:.()-–/|"  # signs behind the last word of a name
_NUMBERING = " 0123456789.-–*•)"
_LONGEST_NAME = 5  # words of a name
_TWO_CELLS = 40  # characters of a name in two cells
_ABOVE, _BELOW = 6, 2  # lines above an address in a list without elements of its own, and below it
_LEVELS = 6  # of elements around an address


@dataclass(frozen=True, slots=True, eq=False)
class StaffWords:
    """Hold the words around persons in a directory, from the packs."""

    TABLE: ClassVar = "staff_entries"
    street: re.Pattern[str]
    in_place: re.Pattern[str]
    honorific: re.Pattern[str]
    # What a person is in an office; it stands at the beginning of a line, or right after the name.
    title: re.Pattern[str]
    # Beginnings of lines that are capitalised and name no person.
    not_a_name: frozenset[str]
    # Words that look like those without accents, and begin a name.
    names_by_accents: frozenset[str]


def _sign(words: Words) -> re.Pattern[str]:
    """Return the pattern of what each address has one of."""
    return linear(rf"@|protected\]|[\[({{] ?(?:{signs(words)}) ?[\])}}]")


def names_a_person(page: Page, index: int) -> bool:
    """Return True if the entry of the address in block `index` names a person; the card of an office names its head."""
    lines, marks = _lines(page, index), page.words.table(StaffWords)
    family = page.words.table(NameWords).family
    if any(marks.street.search(fold(line[:40])) for line in lines):
        return False
    for at, line in enumerate(lines):
        if any(len(_capitals(line[match.end() :])) > 1 for match in marks.honorific.finditer(line.lower())):
            return True
        words = _capitals(line)
        if not words or not _may_begin(words[0], marks):
            continue
        rest = line[line.find(words[-1]) + len(words[-1]) :]
        if len(words) > 2 and fold(words[0]) in family and not marks.in_place.search(fold(rest[:60])):
            return True
        near = (rest, *lines[max(0, at - 1) : at], *lines[at + 1 : at + 3])
        whole = " ".join(words) == line.strip(_NUMBERING)
        if any(marks.title.match(text.lower().lstrip(" -–:,.|(")) for text in (near if whole else near[:1])):
            return True
    return False


def spelled_by_a_name(page: Page, index: int, local: str, others: frozenset[str]) -> bool:
    """Return True if a mailbox is made of a name beside it as offices make them, whatever the name is.

    "gspao" and "paogs" are Giàng Seo Páo's, "thaoade" is Thào A Dế's: lists of names lack those of many peoples.
    `others` are pieces of a mailbox that stand beside a name.
    """
    said, first = page.words, PIECES.split(local.lower())[0]
    # A word of offices is one whoever is named by it, but where it is surely made of the name beside it.
    doubted, family = office_like(first, said), said.table(NameWords).family
    return any(
        spelling(local, name, others, said) if len(name) > 1 else name[0] == first
        for line in _beside(page, index)
        for name in _names(line[:LONGEST], said)
        if not doubted or name[0] in family
    )


@lru_cache(maxsize=8192)  # the card of an office is on each page of its site
def _names(line: str, said: Words) -> tuple[tuple[str, ...], ...]:
    """Return what may be names of persons in a line, folded: words with capitals that no word of offices begins.

    So do those from a family name on, whatever stands before it. A single word is one behind "Mr." or "chị", and where
    a sound is cut off within it: K'Brơi.
    """
    marks, family, words = said.table(StaffWords), said.table(NameWords).family, line.split()
    found = [run for match in marks.honorific.finditer(line.lower()) if (run := _capitals(line[match.end() :]))]
    for at in range(len(words)):
        run = _capitals(" ".join(words[at:]))
        first = at == 0 or words[at - 1][-1:] in _ENDS or not words[at - 1].strip(_AROUND)[:1].isupper()
        begins = run and _may_begin(run[0], marks) and (first or fold(run[0]) in family)
        if begins and (len(run) > 1 or any(mark in run[0] for mark in "'’")):
            found.append(run)
    folded = (tuple(filter(None, (_NO_LETTER.sub("", fold(name)) for name in run))) for run in found)
    return tuple(filter(None, folded))


def _may_begin(word: str, marks: StaffWords) -> bool:
    """Return False for a word like "Phòng", which begins the name of an office; True for "Trương"."""
    return fold(word) not in marks.not_a_name or word.lower() in marks.names_by_accents


def _capitals(text: str) -> list[str]:
    """Return the words with a capital at the beginning of `text`; a number before them is passed over."""
    found: list[str] = []
    for word in text.lstrip(_NUMBERING).split()[:_LONGEST_NAME]:
        bare = word.strip(_AROUND)
        if not bare[:1].isupper() or not bare.replace("'", "").replace("’", "").isalpha():
            break
        found.append(bare)
        if word[-1] in _ENDS:
            break
    return found


def _beside(page: Page, index: int) -> Iterator[str]:
    """Yield the lines in which a name may stand: the entry, what stands for its pictures, its row, the lines below."""
    node, lines = page.blocks[index].node, _lines(page, index)
    yield from lines
    yield from (f"{one} {other}" for one, other in pairwise(lines) if len(one) + len(other) < _TWO_CELLS)
    if (entry := _entry(node, page.words)[0]) is not None:
        for shown in entry.css("[alt],[title],[aria-label]")[:20]:
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
    above = [page.blocks[index].text]
    for block in page.blocks[max(0, index - _ABOVE) : index][::-1]:
        if "@" in block.text or "protected]" in block.text:
            break
        above.insert(0, block.text[:LONGEST])
    return lines if len(lines) > 2 else max(lines, above, key=len)


def entry_lines(node: LexborNode, words: Words) -> list[str]:
    """Return the lines of the largest element around `node` with one address; [] if `node` itself has several."""
    return [line for written in _entry(node, words)[1].split("\n") if (line := " ".join(written.split()))]


def _entry(node: LexborNode, words: Words) -> tuple[LexborNode | None, str]:
    """Return the largest element around `node` with one address, and its text; None and "" if `node` has several."""
    found, text_of, sign = None, "", words.made(_sign)
    current: LexborNode | None = node
    for _ in range(_LEVELS):
        if current is None or current.tag in ("body", "html", "form"):
            break
        text = current.text(separator="\n")
        if len(text) > 4 * LONGEST or len(" ".join(text.split())) > LONGEST or len(sign.findall(text)) > 1:
            break
        found, text_of, current = current, text, current.parent
    return found, text_of
