"""Match a reply to a request by the office and the date that its text names, even if it is sent from a private mailbox.

The head of an official letter, or the foot of a mail, names the office; the text names the day of the letter that it
answers ("phúc đáp thư ngày 13/4/2020", "your request of 13 April 2020"). Neither signal alone suffices for a match.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from prober.detectors.questions.thread_dates import DateWords, dates
from prober.domain.correspondence import Reply
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Words

Office = tuple[str, ...]  # folded parts of a name that may stand apart: ("so tai chinh", "ca mau")

NAMES, ANSWERS = 0.45, 0.3  # strengths of the two signals; together they just suffice
_WITHIN = 120  # characters from a word of answering to the date of what is answered
_DATE = 40  # characters of a date
_WORDS = linear(r"[a-z0-9]+")
_SENTENCE_END = linear(r"[;\n]")


@dataclass(frozen=True, slots=True, eq=False)
class OfficeMarks:
    """Hold how letters name offices and what they answer, from the packs."""

    TABLE: ClassVar = "matching"
    place: re.Pattern[str]  # what stands between the name of an office and that of its place, in folded words
    addressee: re.Pattern[str]  # a line that names whom a letter is for
    answers: re.Pattern[str]  # folded words before the date of the letter that is answered
    other_office: re.Pattern[str]  # in the name of a mailbox: of another office with the same domain


def office(name: str, marks: OfficeMarks) -> Office:
    """Return the parts of the name of an office; () for no name.

    >>> from prober.studies.packs import words
    >>> from prober.text.words import Vocabulary
    >>> marks = words(Vocabulary(("vi", "en"))).table(OfficeMarks)
    >>> office("Sở Tài chính tỉnh Cà Mau", marks), office("Withermere Borough Council", marks), office("", marks)
    (('so tai chinh', 'ca mau'), ('withermere borough council',), ())
    """
    parts = marks.place.split(_plain(name), maxsplit=1)
    return tuple(filter(None, map(str.strip, parts)))


def naming_lines(letter: str, name: Office) -> str:
    """Return the lines of a letter that name an office."""
    return "\n".join(line for line in letter.splitlines() if name and _is_named(name, _plain(line)))


def office_signals(
    reply: Reply,
    offices: Mapping[Office, Sequence[int]],
    days: Mapping[date, Collection[int]],
    pointed: Collection[int],
    words: Words,
) -> Iterator[tuple[int, str, float]]:
    """Yield (request, reason, strength) for the office and the dates that a reply names.

    Yield nothing if it names two of the offices that were asked: it may come from either. `days` maps a day to the
    requests with a letter of that day. A day counts only for requests in `pointed`, which have another signal already,
    because all letters of a campaign are sent on a few days.
    """
    marks = words.table(OfficeMarks)
    writer = _plain(_writer_texts(reply, marks))
    named = [numbers for name, numbers in offices.items() if _is_named(name, writer)]
    if len(named) > 1:
        return
    own = set(named[0]) if named else set()
    for number in own:
        yield number, "names_the_office", NAMES
    for day in _days_answered(reply, marks, words.table(DateWords)):
        for number in own.union(pointed).intersection(days.get(day, ())):
            yield number, "answers_a_letter_of_that_day", ANSWERS


def _is_named(name: Office, words: str) -> bool:
    return all(f" {part} " in words for part in name)


def _writer_texts(reply: Reply, marks: OfficeMarks) -> str:
    """Return the texts that name the writer: the head and foot of the mail and the head of each file, no addressees."""
    files = (a.text[:1500] for a in reply.attachments if a.media_type != "message/rfc822")
    return marks.addressee.sub("", "\n".join((reply.text[:600], reply.text[600:][-400:], *files)))


def _days_answered(reply: Reply, marks: OfficeMarks, said: DateWords) -> set[date]:
    texts = (reply.text, *(a.text for a in reply.attachments if a.media_type != "message/rfc822"))
    return {day for text in texts for day in _answered(fold(text[:5000]), marks, said)}


def _answered(folded: str, marks: OfficeMarks, said: DateWords) -> Iterator[date]:
    """Yield the first date behind each word of answering, in the same sentence."""
    for found in marks.answers.finditer(folded):
        rest = _SENTENCE_END.split(folded[found.end() : found.end() + _WITHIN + _DATE], maxsplit=1)[0]
        first = min(dates(rest, said), key=lambda dated: dated[1], default=None)
        if first and first[1] <= _WITHIN:
            yield first[0]


def _plain(text: str) -> str:
    """Return the folded words of `text`, with one blank between them and at both ends.

    >>> _plain("UBND TỈNH CÀ MAU\\nSỞ TÀI CHÍNH")
    ' ubnd tinh ca mau so tai chinh '
    """
    return f" {' '.join(_WORDS.findall(fold(text)))} "
