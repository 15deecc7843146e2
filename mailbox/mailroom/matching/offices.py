"""An official letter says whose it is and what it answers, also when it comes from somebody's private mailbox. Pure.

The head of a công văn, or the foot of a mail, names the office and its province; the text names the day of the letter
that it answers ("phúc đáp thư ngày 13/4/2020"). Neither ties a letter to a request by itself.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from prober.domain.correspondence import Reply
from prober.text.vietnamese import fold

Office = tuple[str, str]  # folded: "so tai chinh", "ca mau"

NAMES, ANSWERS = 0.45, 0.3  # strengths of the two signs; together they just suffice
_ADDRESSEE = re.compile(r"^\s*Kính gửi\s*:?\s*(.{5,150})$", re.IGNORECASE | re.MULTILINE)
_PLACE = re.compile(r"^(.+?) (?:tinh|thanh pho|tp) (.+)$")
_ADDRESSED = re.compile(r"^\s*(?:kính gửi|nơi nhận|to|gửi)\b.*$", re.IGNORECASE | re.MULTILINE)
_ANSWERED = re.compile(
    r"\b(?:phuc dap|tra loi|nhan duoc|xem xet|theo|can cu)\b[^;\n]{0,120}?"
    r"\bngay (\d{1,2})(?:[/.-]| thang )(\d{1,2})(?:[/.-]| nam )(\d{4})\b"
)


def addressed(letter: str) -> Office | None:
    """The office to which a letter of ours is addressed.

    >>> addressed("Kính gửi: Sở Tài chính tỉnh Cà Mau\\n…")
    ('so tai chinh', 'ca mau')
    """
    found = _ADDRESSEE.search(letter)
    parts = _PLACE.match(_plain(found[1]).strip()) if found else None
    return (parts[1], parts[2]) if parts else None


def addressees(letter: str) -> str:
    """The lines of a letter that say to whom it goes."""
    return "\n".join(found[0] for found in _ADDRESSEE.finditer(letter))


def signs(
    reply: Reply,
    offices: Mapping[Office, Sequence[int]],
    days: Mapping[date, Collection[int]],
    pointed: Collection[int],
) -> Iterator[tuple[int, str, float]]:
    """(request, reason, strength). A letter that names two of the offices that were asked may be anybody's.

    `days` has the requests of which a letter was sent on a day; `pointed` are those to which something points already:
    a whole wave leaves on a few days.
    """
    words = _plain(_heads(reply))
    named = [numbers for office, numbers in offices.items() if all(f" {name} " in words for name in office)]
    if len(named) > 1:
        return
    own = set(named[0]) if named else set()
    for number in own:
        yield number, "names_the_office", NAMES
    for day in _days_answered(reply):
        for number in own.union(pointed).intersection(days.get(day, ())):
            yield number, "answers_a_letter_of_that_day", ANSWERS


def _heads(reply: Reply) -> str:
    """Where a letter says who writes: its head and the foot of a mail, without the line that says to whom."""
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
    """Folded words, a blank between two and at both ends.

    >>> _plain("UBND TỈNH CÀ MAU\\nSỞ TÀI CHÍNH")
    ' ubnd tinh ca mau so tai chinh '
    """
    return f" {' '.join(re.findall(r'[a-z0-9]+', fold(text)))} "
