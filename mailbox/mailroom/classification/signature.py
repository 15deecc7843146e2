"""Find the signature of a letter: names, offices and contacts below its text. Pure."""

import re
from dataclasses import dataclass
from typing import ClassVar

from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Words


@dataclass(frozen=True, slots=True, eq=False)
class SignatureWords:
    """Hold the words of signatures, from the packs: patterns for the beginning of a line in lower case."""

    TABLE: ClassVar = "signature"
    contact: re.Pattern[str]  # a telephone, an address, an office
    site: re.Pattern[str]  # what names the office's site, and the beginning of its address
    offices: frozenset[str]  # words of names of offices that have no capital; without accents


_MOST = 8  # lines of a message that is only a signature
_REACHED = linear(r"\W*(?:[tmefTMEF]|[Tt]el|[Mm]ob)\W{1,3}[\w+(]")  # "T: 0256 000 333 | E: a@b.test"
_LABELLED_LINK = linear(r"[^:\n]{2,60}: ?(?:https?://|www\.)\S+\s*")
_LABELLED = linear(r"[^:.,\n]{2,50}: ?(?:https?://|www\.)\W*$")
_ABOVE = 4  # lines above a site's address in which a telephone or office stands
_FIELDS = linear(r"\s\|\s")  # between the fields of one line: "Website: a.test | Email: b@a.test"
_BRACKETS = linear(r"\([^()\n]{0,60}\)")
_BARE_LINK = linear(r"\s*(?:https?://|www\.)\S+\s*")
_SIGNATURE_MARK = linear(r"\s*---?\s?\n")


def is_all(text: str, words: Words) -> bool:
    """Return True if a letter is nothing but a signature: below its mark, or names, titles and a contact."""
    if _SIGNATURE_MARK.match(text):
        return True
    lines = [line for line in text.split("\n") if line.strip()][: _MOST + 1]
    known = words.table(SignatureWords)
    if not 2 <= len(lines) <= _MOST or not any(_reaches(line, known) for line in lines):
        return False
    return all(_signs(line, known) or _reaches(line, known) for line in lines)


def is_below_mark(text: str, words: Words) -> bool:
    """Return True if a few lines with a contact stand below the mark of a signature, and nothing above it."""
    lines = [line for line in text.split("\n") if line.strip()]
    known = words.table(SignatureWords)
    return bool(_SIGNATURE_MARK.match(text)) and len(lines) <= _MOST and any(_is_contact(line, known) for line in lines)


def lines_of(text: str, words: Words) -> str:
    """Return the lines of the signature: below its mark, or from a name, office or contact on; "" if there is none.

    What stands there, such as the address of a page, is on each letter of the office.
    """
    if _SIGNATURE_MARK.match(text):
        return text
    lines = [line for line in text.split("\n") if line.strip()]
    known, start = words.table(SignatureWords), len(lines)
    while start and all(_signs(p, known) or _LABELLED_LINK.fullmatch(p) for p in _FIELDS.split(lines[start - 1])):
        start -= 1
    while start < len(lines) and not _signs(lines[start], known):
        start += 1
    return "\n".join(lines[start:]) if start and len(lines) - start <= _MOST else ""


def above(text: str, words: Words) -> str:
    """Return the text of a letter above its signature."""
    signed = lines_of(text, words)
    lines = [line for line in text.split("\n") if line.strip()]
    return "\n".join(lines[: len(lines) - len(signed.split("\n"))]) if signed else text


def is_names(line: str, words: Words) -> bool:
    """Return True for names and offices alone."""
    return _names(line, words.table(SignatureWords))


def is_sites(lines: list[str], at: int, words: Words) -> bool:
    """Return True for a line that names a site, or has any other label, below the telephone or office of the writer.

    `lines` are in lower case.
    """
    known = words.table(SignatureWords)
    if known.site.match(_FIELDS.split(lines[at])[0]):
        return True
    return bool(_LABELLED.match(lines[at])) and any(map(known.contact.match, lines[max(at - _ABOVE, 0) : at]))


def _names(line: str, known: SignatureWords) -> bool:
    return all(word[0].isupper() or fold(word) in known.offices for word in _BRACKETS.sub("", line).split())


def _reaches(line: str, known: SignatureWords) -> bool:
    return bool(_is_contact(line, known) or _BARE_LINK.fullmatch(line))


def _signs(line: str, known: SignatureWords) -> bool:
    return _is_contact(line, known) or _names(line, known)


def _is_contact(line: str, known: SignatureWords) -> bool:
    return bool(known.contact.match(line.lower()) or _REACHED.match(line))
