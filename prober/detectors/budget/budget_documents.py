"""Classify a published budget document by its title and form number.

State Budget Law 83/2015/QH13, article 15, and Circular 343/2016/TT-BTC: a province publishes seven documents a year.
Forms 33–45/CK-NSNN belong to the draft, 46–58 to the approved estimate, 59–61 to its execution, 62–68 to the
settlement; higher numbers are those of districts and communes.
"""

from dataclasses import dataclass
from functools import lru_cache

from prober.text.patterns import linear
from prober.text.vietnamese import fold

OWN_OFFICE = "own_office"

_FORM = linear(r"(?<!\d)0?(\d{2,3})\s?/\s?ck\s?-\s?nsnn")
_FORMS = ((33, 45, "draft"), (46, 58, "approved"), (59, 61, "execution"), (62, 68, "settlement"))
_CENTRAL_CITIES = ("ha noi", "ho chi minh", "hai phong", "da nang", "can tho", "hue")
_BUDGET = linear(
    r"\bngan sach|\bck\s?-\s?nsnn|\bnsnn\b|\bnsdp\b|\bdu toan\b|\bquyet toan\b|"
    r"\bcong khai tai chinh\b"
)
# The department's own office (Circulars 61/2017 and 90/2018), and single units that spend: not the province's budget.
_OFFICE = linear(
    r"\bcong khai tai chinh\b|\b(?:61/2017|90/2018)\b|\bvan phong (?:so|ubnd|uy ban|hdnd)\b|\b(?:co quan|noi bo) so\b|"
    r"\b(?:du toan|quyet toan|ngan sach)\b.*\bcua so\b|"
    r"\bcua (?:don vi|co quan|van phong|chi cuc|trung tam|ban quan ly)\b|"
    r"\bdon vi du toan\b|\bkinh phi (?:tu chu|hoat dong)\b|\bdu toan (?:duoc giao|mua sam|goi thau|cong trinh)\b|"
    r"\bquyet toan (?:du an|cong trinh|von dau tu|hop dong|thue)\b"
)
# Before a proper name these words mean a level below the province; "chi ngân sách từng huyện" is a provincial form.
_LOWER_NAMED = linear(r"\b(?:[Hh]uyện|[Tt]hị xã|[Tt]hị trấn|[Qq]uận|[Xx]ã|[Pp]hường)\s+[A-ZĐÀ-Ỹ0-9]")
_CITY = linear(r"\b(?:thanh pho|tp)\.? (\w+ \w+|\w+)")
_SUBMITTED = linear(r"\btrinh\b")
_CHANGED = linear(r"\b(?:dieu chinh|bo sung)\b")
_PERIODS = (
    ("nine_months", linear(r"\b(?:9|09|chin) thang\b")),
    ("half_year", linear(r"\b(?:6|06|sau) thang\b|\bnua (?:dau )?nam\b")),
    ("first_quarter", linear(r"\bquy (?:i|1|01)\b|\b(?:3|03|ba) thang\b")),
    ("other", linear(r"\bquy (?:ii|iii|iv|2|3|4)\b|\bthang \d")),
)
_YEARS = (
    linear(r"\bnam\s?(20\d\d)(?!\d)"),
    linear(r"(?:\bquy (?:iii|ii|iv|i|\d)|\bthang(?: dau nam)?)\s?[/-]?\s?(20\d\d)(?!\d)"),
    linear(r"(?<![\d/.-])(20\d\d)(?![\d/])"),
)


@dataclass(frozen=True, slots=True)
class Paper:
    """Describe a budget document. `type` is one of BUDGET_TYPES, OWN_OFFICE, or "" for another one; `year` may be 0."""

    type: str
    year: int
    form: str


@lru_cache(maxsize=32768)
def paper(title: str, province: str = "") -> Paper | None:
    """Return the budget document that `title` names, or None if it names none of the province.

    `province` distinguishes the budget of a centrally run city from that of a city within a province.

    >>> paper("Công khai tình hình thực hiện dự toán ngân sách 6 tháng đầu năm 2019")
    Paper(type='half_year', year=2019, form='')
    >>> paper("Quyết toán ngân sách huyện Năm Căn năm 2018") is None
    True
    """
    words = fold(title)
    if not _BUDGET.search(words):
        return None
    form = _FORM.search(words)
    number = int(form[1]) if form else 0
    family = next((name for low, high, name in _FORMS if low <= number <= high), "")
    if (form and not family) or (not family and _below_province(title, words, province)):
        return None
    year = next((int(found[1]) for found in (pattern.search(words) for pattern in _YEARS) if found), 0)
    written = f"{number}/CK-NSNN" if form else ""
    if not family and _OFFICE.search(words):
        return Paper(OWN_OFFICE, year, written)
    return Paper(_type(words, family), year, written)


def _below_province(title: str, words: str, province: str) -> bool:
    if _LOWER_NAMED.search(title):
        return True
    city, own = _CITY.search(words), fold(province)
    if city is None:
        return False
    named = next((name for name in _CENTRAL_CITIES if words.startswith(name, city.start(1))), "")
    return bool(own) and (not named or named not in own)


def _type(words: str, family: str) -> str:
    """Return the type by the title, or by the form (`family`) if the title does not say it ("Biểu số 62/CK-NSNN")."""
    if "quyet toan" in words:
        return "settlement"
    if "thuc hien" in words or "chap hanh" in words:
        period = next((name for name, pattern in _PERIODS if pattern.search(words)), "year")
        return "" if period == "other" else period
    if "du toan" in words and not _CHANGED.search(words):
        return "draft" if "du thao" in words or _SUBMITTED.search(words) else "approved"
    return {"execution": "year"}.get(family, family)
