"""Read the dates of a published question: when it was asked and when it was answered.

A text cites the dates of laws and names days on which something holds. Only a date with a label, in a signature, or at
an end of a short line dates the question itself.
"""

from datetime import date

from prober.text.patterns import linear
from prober.text.vietnamese import line_cache

_DATED = linear(
    r"(?<!\d)(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4})(?!\d)|ngay (\d{1,2}) thang (\d{1,2}) nam (\d{4})|"
    r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)"
)
_ASKED = linear(r"ngay (?:hoi|gui|dang|tao)|gui (?:luc|ngay)|hoi ngay")
_ANSWERED = linear(r"ngay (?:tra loi|giai dap|phan hoi)|tra loi (?:luc|ngay)")
_DOCUMENT = linear(
    r"\b(?:thong tu|nghi dinh|quyet dinh|nghi quyet|luat|phap lenh|hien phap|chi thi|cong van|van ban|huong dan|"
    r"ke hoach|thong bao|to trinh|bao cao|hop dong|so \d{1,5}/)"
)
_CITED_WITHIN = 90  # characters from the name of a document to its date
_SPAN = linear(r"\b(?:tu|den|truoc|sau|ke tu|het|trong|vao)(?: het| ke tu)?(?: ngay)?\s*$")
_AFTER = linear(r"[\s,;|()\[\].-]*+(?:luc )?(?:\d{1,2}\s?[:h]\s?\d{2}(?::\d{2})?)?(?:\s?(?:am|pm))?[\s,;|()\[\].-]*")
_BEFORE = 16  # characters of a label before a date: "thứ hai, ngày"


@line_cache
def dates(folded: str) -> tuple[tuple[date, int], ...]:
    """Return (date, position) for every valid date in folded text: 31/12/2019, "ngay 5 thang 3 nam 2020"."""
    found = []
    for match in _DATED.finditer(folded):
        day, month, year = (int(part) for part in match.groups() if part)
        if match[7]:
            day, year = year, day
        try:
            found.append((date(year, month, day), match.start()))
        except ValueError:
            continue
    return tuple(found)


def labelled(before: str) -> str:
    """Return "answered" or "asked" if the words before a date are its label, the nearest of both; else ""."""
    tail = before[-40:]
    answered = max((match.end() for match in _ANSWERED.finditer(tail)), default=-1)
    asked = max((match.end() for match in _ASKED.finditer(tail)), default=-1)
    return "" if answered == asked else "answered" if answered > asked else "asked"


def cited(words: str, start: int) -> bool:
    """Return True if the date at `start` is that of a document which the line names: "Nghị định … ngày 1/2/2020"."""
    return _DOCUMENT.search(words, max(0, start - _CITED_WITHIN), start) is not None


def dates_its_line(words: str, start: int) -> bool:
    """Return True if the date at `start` stands at an end of its line and dates what the line tells.

    >>> dates_its_line("phong ngan sach, 12/03/2020 08:30", 17)
    True
    >>> dates_its_line("theo nghi dinh so 39/2018/nd-cp ngay 11/03/2018", 37)
    False
    """
    match = _DATED.match(words, start)
    if match is None or cited(words, start) or _SPAN.search(words, max(0, start - 20), start):
        return False
    return start <= _BEFORE or _AFTER.fullmatch(words, match.end()) is not None
