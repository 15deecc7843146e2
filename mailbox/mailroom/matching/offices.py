"""Match a reply to a request by the office and the date that its text names, even if it is sent from a private mailbox.

The head of a công văn, or the foot of a mail, names the office and its province; the text names the day of the letter
that it answers ("phúc đáp thư ngày 13/4/2020"). Neither signal alone suffices for a match.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from prober.domain.correspondence import Reply
from prober.text.patterns import linear
from prober.text.vietnamese import fold

Office = tuple[str, str]  # folded: "so tai chinh", "ca mau"

NAMES, ANSWERS = 0.45, 0.3  # strengths of the two signals; together they just suffice
_WORDS = linear(r"[a-z0-9]+")
_ADDRESSEE = linear(r"^[^\S\n]*Kính gửi\s*+:?\s*(.{5,150})$", re.IGNORECASE | re.MULTILINE)
_PLACE = linear(r"^(.+?) (?:tinh|thanh pho|tp) (.+)$")
_ADDRESSED = linear(r"^[^\S\n]*(?:kính gửi|nơi nhận|to|gửi)\b.*$", re.IGNORECASE | re.MULTILINE)
_ANSWERED = linear(
    r"\b(?:phuc dap|tra loi|nhan duoc|xem xet|theo|can cu)\b[^;\n]{0,120}?"
    r"\bngay (\d{1,2})(?:[/.-]| thang )(\d{1,2})(?:[/.-]| nam )(\d{4})\b"
)


def addressed(letter: str) -> Office | None:
    """Return the office to which a letter of ours is addressed, or None.

    >>> addressed("Kính gửi: Sở Tài chính tỉnh Cà Mau\\n…")
    ('so tai chinh', 'ca mau')
    """
    found = _ADDRESSEE.search(letter)
    parts = _PLACE.match(_plain(found[1]).strip()) if found else None
    return (parts[1], parts[2]) if parts else None


def addressees(letter: str) -> str:
    """Return the lines of a letter that name its addressee."""
    return "\n".join(found[0] for found in _ADDRESSEE.finditer(letter))


def office_signals(
    reply: Reply,
    offices: Mapping[Office, Sequence[int]],
    days: Mapping[date, Collection[int]],
    pointed: Collection[int],
) -> Iterator[tuple[int, str, float]]:
    """Yield (request, reason, strength) for the office and the dates that a reply names.

    Yield nothing if it names two of the offices that were asked: it may come from either. `days` maps a day to the
    requests with a letter of that day. A day counts only for requests in `pointed`, which have another signal already,
    because all letters of a campaign are sent on a few days.
    """
    words = _plain(_writer_texts(reply))
    named = [numbers for office, numbers in offices.items() if all(f" {name} " in words for name in office)]
    if len(named) > 1:
        return
    own = set(named[0]) if named else set()
    for number in own:
        yield number, "names_the_office", NAMES
    for day in _days_answered(reply):
        for number in own.union(pointed).intersection(days.get(day, ())):
            yield number, "answers_a_letter_of_that_day", ANSWERS


def _writer_texts(reply: Reply) -> str:
    """Return the texts that name the writer: the head and foot of the mail and the head of each file, no addressees."""
    files = (a.text[:1500] for a in reply.attachments if a.media_type != "message/rfc822")
    return _ADDRESSED.sub("", "\n".join((reply.text[:600], reply.text[600:][-400:], *files)))


def _days_answered(reply: Reply) -> set[date]:
    days = set()
    for text in (reply.text[:5000], *(a.text[:5000] for a in reply.attachments if a.media_type != "message/rfc822")):
        for day, month, year in _ANSWERED.findall(fold(text)):
            try:
                days.add(date(int(year), int(month), int(day)))
            except ValueError:
                continue
    return days


def _plain(text: str) -> str:
    """Return the folded words of `text`, with one blank between them and at both ends.

    >>> _plain("UBND TỈNH CÀ MAU\\nSỞ TÀI CHÍNH")
    ' ubnd tinh ca mau so tai chinh '
    """
    return f" {' '.join(_WORDS.findall(fold(text)))} "
