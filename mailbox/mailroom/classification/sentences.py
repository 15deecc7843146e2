"""Prepare a letter for the phrase rules: one sentence a line, in lower case, abbreviations written out.

A công văn recites the letter that it answers ("nhận được thư … đề nghị cung cấp thông tin") and names its subject and
addressees first; none of these decides its class. Its message is between "Kính gửi" and "Nơi nhận" or the signer.
The packs count committees, councils and ministries as other bodies. Where a commune is asked, "Ủy ban nhân dân xã đã
nhận được thư" is written by the office itself, and its own name becomes "our office" (`as_ours`). Below the text stand
names, offices and contacts: the signature.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from prober.domain.correspondence import Reply
from prober.studies import packs
from prober.studies.packs import Phrases, PhraseTable
from prober.text.patterns import linear
from prober.text.vietnamese import fold, typed
from prober.text.words import Vocabulary, Words, compiled, find, normal, without

Names = tuple[str, ...]
Spellings = tuple[re.Pattern[str], dict[str, str], str]
_SPELLINGS = "letter_spellings"  # a table of the packs

# Vietnamese needs an extra byte in UTF-8 for every fourth letter. With fewer than one for 12 letters it was typed
# without accents, with fewer than one for 6 partly without.
_ACCENTS = 12
_PARTLY = 6
_GREETING = 40  # letters; a line of so many may be a greeting, and the next one begins a sentence
_FULL = 60  # letters; a line of so many was probably broken because it was full
_PLAIN_WORD = linear(r"[A-Za-z]{2,}")
_WORDS = 3  # in a line that tells that it was typed without accents
# A program broke a text if so many lines, of at least so many letters, are of about the same length.
_BROKEN, _NARROW, _RAGGED = 3, 48, 12
_CLOSED = ".:;?!…/"
_ITEM = linear(r"[-+*•–]|\(?(?:\d{1,2}|[a-zđA-ZĐ])[.)/]\s")
# Not behind "mr." and the initials of a name ("gọi anh Kh. số 0225"), nor between sums ("thu 12.450; chi 12.105").
_END = linear(
    r"(?<=[.;?!])(?<!\d;)(?<!\b[mtd][rsp]\.)(?<!\bmrs\.)(?<! [bcdđghlmnpqrstvx]\.)(?<! (?:ch|kh|ng|nh|ph|th|tr)\.)\s+"
)

_DIGITS = linear(r"\d{2}")
_IN_BRACKETS = linear(r"\([^()\n]{1,60}\)")  # beside a document that is only named
_LEADERS = linear(r"(?<![.…])[.…]{4,} ?(?=[\d-])")  # between the name and the sum of a row

_LINK = linear(r"(https?://|www\.)(?:\S*[^\s.,;:!?)])?")  # what ends its sentence is no part of it
_ENDS_IN_LINK = linear(r"(?:https?://|www\.)\S+$")
_MAIL = linear(r"[\w.+-]{1,64}@[\w-]{1,64}\.\S+")


@dataclass(frozen=True, slots=True, eq=False)
class LetterWords:
    """Hold how an official letter is built, from the packs: patterns for text as written."""

    TABLE: ClassVar = "letter"
    title: re.Pattern[str]  # of a notice or a slip
    numbered: re.Pattern[str]  # its number or subject, where it has no addressee
    addressee: re.Pattern[str]
    foot: re.Pattern[str]  # who signs, who gets a copy
    no_letter: re.Pattern[str]  # heads of other documents
    ours: re.Pattern[str]  # our own letter, which an office encloses with its reply


@dataclass(frozen=True, slots=True, eq=False)
class TurnWords:
    """Patterns for the turns of a language by which a letter is understood, from the packs; most for prepared text."""

    TABLE: ClassVar = "turns"
    polite: re.Pattern[str]  # the beginning of a sentence that only greets, thanks or wishes; without accents
    to_others: re.Pattern[str]  # the addressees of a letter to other offices, such as an order or an invitation
    to_us: re.Pattern[str]  # words for us among them
    foreign: re.Pattern[str]  # a sentence in English within an accented letter
    forwarded: re.Pattern[str]  # the beginning of a subject
    below: re.Pattern[str]  # as written: it says that its answers stand among the lines of our letter
    colleague: re.Pattern[str]  # the beginning of a letter, as written: a colleague by name
    article: re.Pattern[str]  # the beginning of a text of a law
    opens: re.Pattern[str]  # the last word of a line that does not end there
    parts: re.Pattern[str]  # what stands between two clauses, besides a comma
    firmly: re.Pattern[str]  # the beginning of a refusal that leaves nothing open


@dataclass(frozen=True, slots=True, eq=False)
class OfficeWords:
    """Hold how an office names itself, from the packs."""

    TABLE: ClassVar = "own_office"
    we: tuple[str, ...]
    asked: tuple[str, ...]  # names of the office that was asked, the longest first
    marks: tuple[str, ...]  # one of them is in its addresses
    another: tuple[str, ...]  # what stands for its names in a letter of another body
    others: tuple[str, ...]  # "MARK MARK: NAME, NAME": what is in the addresses of another body, and its names

    def of_writer(self, address: str) -> Names:
        """Return the names of the other body that has the mail address; () for one that no mark tells."""
        if _has_any(self.marks, address):
            return ()
        bodies = (entry.partition(": ") for entry in self.others)
        return next((tuple(names.split(", ")) for told, _, names in bodies if _has_any(told.split(), address)), ())


def _has_any(marks: Iterable[str], address: str) -> bool:
    return any(mark in address for mark in marks)


_HEAD = 3_000  # characters that are searched for the head of a letter


def hardly_accented(text: str) -> bool:
    """Return True for text typed partly without accents, in which phrases without accents count."""
    return _PARTLY * (len(text.encode()) - len(text)) < len(text)


def sentences(text: str, table: PhraseTable, plain: bool = False) -> str:
    """Return `text` with one sentence a line; without any accents if `plain`, or if it was typed without them.

    "Em ko gởi đc. Anh hỏi bên kho bạc nhé." has two: "em không gửi được." and "anh hỏi bên kho bạc nhé."
    """
    text = _LEADERS.sub(" ", _without_addresses(normal(_unwrapped(text, table))))
    if table.accented:
        text = typed(text)
        plain = plain or _ACCENTS * (len(text.encode()) - len(text)) < len(text)
        if plain and not text.isascii():
            text = fold(text).encode("ascii", "ignore").decode()
    else:
        text = text.replace("’", "'")
    spelled = table.words.made(_plain_spellings if plain else _spellings)
    if spelled is not None:
        pattern, words, division = spelled
        text = pattern.sub(lambda found: words.get(found[0]) or division, text)
    text = without(table.of("law_quoted"), text)
    return without(table.of("heading"), _END.sub("\n", text))


def by_accents(text: str, table: PhraseTable) -> list[str]:
    """Return `text` in parts, those typed without accents apart: a signature has its accents whoever typed above it."""
    if not table.accented or text.isascii():
        return [text]
    parts: list[list[str]] = [[]]
    bare, last = False, ""
    for line in map(str.strip, text.split("\n")):
        goes_on = len(last) > _GREETING and line[:1].islower() and last[-1] not in _CLOSED
        turns = bare if not line.isascii() else not bare and len(_PLAIN_WORD.findall(_LINK.sub("", line))) >= _WORDS
        if turns and not goes_on:
            bare = not bare
            parts.append([])
        parts[-1].append(line)
        last = line
    return ["\n".join(part) for part in parts if any(part)]


def between_quoted(full: str, table: PhraseTable, plain: bool) -> Iterator[tuple[str, str]]:
    """Yield each line of an answer between quoted lines, prepared, with the quoted line above it."""
    above = ""
    lines = full.split("\n") if f"\n{full}".count("\n>") > 1 else []
    last = max((at for at, line in enumerate(lines) if line.startswith(">")), default=0)
    answered = ""  # the last quoted line below which an answer stands
    for at, line in enumerate(lines):
        if line.startswith(">"):
            above = line.lstrip("> ") or above
        elif above and line.strip() and at < last:
            answered = above
            yield sentences(line, table, plain), above
        elif answered and line.strip():  # the answer to the last one
            yield sentences(line, table, plain), above
            return


def stated(text: str, table: PhraseTable) -> str:
    """Return `text`, of `sentences`, without its recital of the request that it answers.

    "sở nhận được thư của ông đề nghị cung cấp dự toán, nay sở chuyển thư" becomes "sở , nay sở chuyển thư".
    """
    return without(table.of("recital"), text)


def undated(text: str, table: PhraseTable) -> str:
    """Return `text`, of `sentences`, without letters that are named with their date: "thư ngày 13/4/2020"."""
    return without(table.of("letter_of_a_day"), text)


def not_put_off(sentence: str, table: PhraseTable) -> str:
    """Return `sentence` without sums in brackets if it puts something off, or "" if it puts off everything."""
    # What would remain is worked out first: most lines remain as they are, whatever they say of the time.
    left = "" if find(table.of("everything"), sentence) else _IN_BRACKETS.sub("", sentence)
    if left == sentence or not _DIGITS.search(sentence):
        return sentence
    return left if find(table.of("extension", "weak_later", "document_later"), sentence) else sentence


def given_now(text: str, table: PhraseTable) -> str:
    """Return `text`, of `sentences`, without the clauses that give nothing.

    Of "em gửi anh dự toán, còn quyết toán sẽ gửi sau" the first clause remains.
    """
    text = without(table.of("named_only"), text)
    plain = text.isascii()
    return "\n".join(filter(None, (_free(sentence, table, plain) for sentence in text.split("\n"))))


@lru_cache(maxsize=256)  # of the letter as it is, and of the letter without what it recites
def _free(sentence: str, table: PhraseTable, plain: bool) -> str:
    """Return the clauses of `sentence` that come before any condition and are not denied."""
    denied, conditions = compiled(table.of("not_given"), plain), compiled(table.of("condition"), plain)
    starts = [found.start() for pattern in conditions if (found := pattern.search(sentence))]
    if starts:
        sentence = sentence[: max(sentence.rfind(mark, 0, min(starts)) for mark in (",", "(")) + 1]
    if not any(pattern.search(sentence) for pattern in denied):
        return sentence.rstrip(",( ") if starts else sentence
    clauses = _clause_marks(table.words).split(sentence)
    return ",".join(clause for clause in clauses if not any(pattern.search(clause) for pattern in denied)).rstrip(", ")


@lru_cache(maxsize=8)
def _clause_marks(said: Words) -> re.Pattern[str]:
    return linear(rf",(?!\d)|{said.table(TurnWords).parts.pattern}")


def up_to(lists: Iterable[Phrases], plain: bool, sentence: str) -> str:
    """Return the clauses of `sentence` before the first with one of the phrases."""
    starts = [at for phrases in lists if (at := _begins(phrases, plain, sentence)) is not None]
    return sentence[: max(sentence.rfind(",", 0, min(starts)), 0)] if starts else sentence


@lru_cache(maxsize=1024)  # a list is left out of what several questions are asked of
def _begins(phrases: Phrases, plain: bool, sentence: str) -> int | None:
    """Return where the first of `phrases` begins in `sentence`, if any does."""
    found = (pattern.search(sentence) for pattern in compiled(phrases, plain))
    return min((match.start() for match in found if match), default=None)


def letter_in(document: str, table: PhraseTable) -> tuple[str, str]:
    """Return the message of an attached letter (công văn), and what is appended to it; ("", "") if it is no letter."""
    marks, head = table.words.table(LetterWords), document[:_HEAD]
    title = marks.title.search(head)
    opening = marks.addressee.search(head) or title or marks.numbered.search(head)
    if not opening or marks.no_letter.search(head):
        return "", ""
    body = opening.end()
    foot = marks.foot.search(document, body)
    end = foot.start() if foot else len(document)
    return f"{title[0] if title else ''}\n{document[body:end]}", document[end:]


def is_ours(document: str, table: PhraseTable) -> bool:
    """Return True if a file is our own letter to a department, which an office encloses with its reply."""
    return bool(table.words.table(LetterWords).ours.search(document[:_HEAD]))


def _unwrapped(text: str, table: PhraseTable) -> str:
    """Join lines that a program broke: a line that begins in lower case, or follows a full line.

    A line is full if it is long, if the next word would have made it longer than any line of the letter, or if its last
    word opens what follows ("to").
    A line that a link ends is not full: a link is written to its end, however long.
    """
    out: list[str] = []
    last = ""
    lines = [line.strip() for line in text.split("\n")]
    full, opens = _width(lines), table.words.table(TurnWords).opens
    for line in lines:
        broken = last[-1:].isalpha() and len(last) + len(line.partition(" ")[0]) >= full  # a row ends in a number
        is_full = len(last) >= _FULL or broken or opens.search(last)
        leads = last[-1:] == ":" and _LINK.match(line)
        goes_on = leads or (
            last
            and line
            and last[-1] not in _CLOSED
            and (line[0].islower() or line[0] == "(" or (is_full and not _ENDS_IN_LINK.search(last)))
        )
        if goes_on and not _ITEM.match(line):
            out[-1] = f"{out[-1]} {line}"
        else:
            out.append(line)
        last = line
    return "\n".join(out)


def _width(lines: list[str]) -> int:
    """Return the width at which a program broke `lines`; what no line reaches if it broke none."""
    lengths = sorted(map(len, lines), reverse=True)[:_BROKEN]
    broken = len(lengths) == _BROKEN and _NARROW <= lengths[0] <= _FULL + _RAGGED and lengths[-1] > lengths[0] - _RAGGED
    return lengths[0] if broken else len(max(lines, key=len)) + _FULL


def _without_addresses(text: str) -> str:
    """Remove mail addresses, whose letters are no words, and all but the beginning of links."""
    if "://" in text or "www." in text:
        text = _LINK.sub(r"\1", text)
    return _MAIL.sub("", text) if "@" in text else text


def _spellings(said: Words) -> Spellings | None:
    return _table(said, plain=False)


def _plain_spellings(said: Words) -> Spellings | None:
    return _table(said, plain=True)


def _table(said: Words, plain: bool) -> Spellings | None:
    """Return the pattern of abbreviations, what each stands for, and what "p." does; None for a pack without any."""
    written = dict(said.tables[_SPELLINGS])
    false, division, meant = (written.pop(name, ()) for name in ("false_friends", "division", "of_division"))
    words = {short: whole for whole, shorts in written.items() for short in shorts}
    if not words:
        return None
    if plain:
        words = {fold(k): fold(v) for k, v in words.items() if k not in false}
        division, meant = tuple(map(fold, division)), tuple(map(fold, meant))
    longest_first = "|".join(sorted(words, key=len, reverse=True))
    any_division = "".join(f"|{pattern}" for pattern in division)
    pattern = linear(rf"\b(?<![./@-])(?:(?:{longest_first})(?![\w@'’/-]|\.\w){any_division})")
    return pattern, words, f"{''.join(meant)} "


@lru_cache(maxsize=4096)
def taken_for_another(name: str, vocabulary: Vocabulary) -> Names:
    """Return how a letter may write the office `name`, in lower case, the longest first.

    () if no phrase of these languages takes it for another body. What tells an office from others of its kind, a number
    or a proper name at the end, may be left out; its first words may be initials.

    >>> from prober.text.words import Vocabulary
    >>> taken_for_another("Ủy ban nhân dân xã Hòa Bình", Vocabulary(("vi",)))
    ('ủy ban nhân dân xã hòa bình', 'ủy ban nhân dân xã', 'ubnd xã hòa bình', 'ubnd xã')
    >>> taken_for_another("Sở Tài chính tỉnh Cà Mau", Vocabulary(("vi",)))
    ()
    """
    bodies = packs.phrases(vocabulary).of("other_body") + packs.phrases(vocabulary).english("other_body")
    words = name.split()
    kind = words[:]
    while len(kind) > 1 and (kind[-1].isdecimal() or kind[-1][0].isupper()):
        kind.pop()
    short = (["".join(map(_initial, words[:n])), *words[n:]] for n in range(2, len(kind) + 1))
    initials = next((some for some in short if find(bodies, normal(some[0]))), None)
    written = [words, kind]
    if initials:
        written += [initials, initials[: len(initials) - (len(words) - len(kind))]]
    names = dict.fromkeys(normal(" ".join(some)) for some in written)
    return tuple(sorted((text for text in names if find(bodies, text)), key=len, reverse=True))


def as_ours(reply: Reply, names: Names, vocabulary: Vocabulary) -> Reply:
    """Return `reply` with "our office" for each of `names`, in its words and those of its files, then in lower case."""
    if not names:
        return reply
    we = packs.phrases(vocabulary).words.table(OfficeWords).we[0]
    files = tuple(replace(file, text=_ours(file.text, names, we)) for file in reply.attachments)
    return replace(reply, text=_ours(reply.text, names, we), attachments=files)


def by_writer(reply: Reply, table: PhraseTable) -> Reply:
    """Return `reply` as its writer means it: in a letter of another body its own name is "our office".

    There the office that was asked is another one. Files may be that office's, and stay.
    """
    known = table.words.table(OfficeWords)
    names = known.of_writer(reply.from_address.lower())
    if not names:
        return reply
    return replace(reply, text=_ours(_ours(reply.text, names, known.we[0]), known.asked, known.another[0]))


def _ours(text: str, names: Names, we: str) -> str:
    read, count = _names_pattern(names).subn(lambda found: fold(we) if found[0].isascii() else we, normal(text))
    return read if count else text


def _initial(word: str) -> str:
    """Return the first letter of a word as initials have it: "u" for "Ủy", "đ" for "đồng"."""
    return unicodedata.normalize("NFD", word[0])[0]


@lru_cache(maxsize=256)
def _names_pattern(names: Names) -> re.Pattern[str]:
    either = dict.fromkeys((*names, *map(fold, names)))
    return linear(rf"\b(?:{'|'.join(map(re.escape, either))})\b")


def lines_without(phrases: Phrases, text: str) -> str:
    """Return the lines of `text` that have no words of `phrases`."""
    return "\n".join(line for line in text.split("\n") if not find(phrases, line))


# The signature.

_MOST_SIGNED = 8  # lines of a message that is only a signature
_REACHED = linear(r"\W*(?:[tmefTMEF]|[Tt]el|[Mm]ob)\W{1,3}[\w+(]")  # "T: 0256 000 333 | E: a@b.test"
_LABELLED_LINK = linear(r"[^:\n]{2,60}: ?(?:https?://|www\.)\S+\s*")
_LABELLED = linear(r"[^:.,\n]{2,50}: ?(?:https?://|www\.)\W*$")
_ABOVE_SITE = 4  # lines above a site's address in which a telephone or office stands
_FIELDS = linear(r"\s\|\s")  # between the fields of one line: "Website: a.test | Email: b@a.test"
_BRACKETS = linear(r"\([^()\n]{0,60}\)")
_BARE_LINK = linear(r"\s*(?:https?://|www\.)\S+\s*")
_SIGNATURE_MARK = linear(r"\s*---?\s?\n")


@dataclass(frozen=True, slots=True, eq=False)
class SignatureWords:
    """Hold the words of signatures, from the packs: patterns for the beginning of a line in lower case."""

    TABLE: ClassVar = "signature"
    contact: re.Pattern[str]  # a telephone, an address, an office
    site: re.Pattern[str]  # what names the office's site, and the beginning of its address
    offices: frozenset[str]  # words of names of offices that have no capital; without accents


def is_only_signed(text: str, words: Words) -> bool:
    """Return True if a letter is nothing but a signature: below its mark, or names, titles and a contact."""
    if _SIGNATURE_MARK.match(text):
        return True
    lines = [line for line in text.split("\n") if line.strip()][: _MOST_SIGNED + 1]
    known = words.table(SignatureWords)
    if not 2 <= len(lines) <= _MOST_SIGNED or not any(_reaches(line, known) for line in lines):
        return False
    return all(_signs(line, known) or _reaches(line, known) for line in lines)


def is_below_signature_mark(text: str, words: Words) -> bool:
    """Return True if a few lines with a contact stand below the mark of a signature, and nothing above it."""
    lines = [line for line in text.split("\n") if line.strip()]
    known = words.table(SignatureWords)
    return (
        bool(_SIGNATURE_MARK.match(text))
        and len(lines) <= _MOST_SIGNED
        and any(_is_contact(line, known) for line in lines)
    )


def signature_lines(text: str, words: Words) -> str:
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
    return "\n".join(lines[start:]) if start and len(lines) - start <= _MOST_SIGNED else ""


def above_signature(text: str, words: Words) -> str:
    """Return the text of a letter above its signature."""
    signed = signature_lines(text, words)
    lines = [line for line in text.split("\n") if line.strip()]
    return "\n".join(lines[: len(lines) - len(signed.split("\n"))]) if signed else text


def is_names_alone(line: str, words: Words) -> bool:
    """Return True for names and offices alone."""
    return _names(line, words.table(SignatureWords))


def is_line_of_site(lines: list[str], at: int, words: Words) -> bool:
    """Return True for a line that names a site, or has any other label, below the telephone or office of the writer.

    `lines` are in lower case.
    """
    known = words.table(SignatureWords)
    if known.site.match(_FIELDS.split(lines[at])[0]):
        return True
    return bool(_LABELLED.match(lines[at])) and any(map(known.contact.match, lines[max(at - _ABOVE_SITE, 0) : at]))


def _names(line: str, known: SignatureWords) -> bool:
    return all(word[0].isupper() or fold(word) in known.offices for word in _BRACKETS.sub("", line).split())


def _reaches(line: str, known: SignatureWords) -> bool:
    return bool(_is_contact(line, known) or _BARE_LINK.fullmatch(line))


def _signs(line: str, known: SignatureWords) -> bool:
    return _is_contact(line, known) or _names(line, known)


def _is_contact(line: str, known: SignatureWords) -> bool:
    return bool(known.contact.match(line.lower()) or _REACHED.match(line))
