"""Find the numbers of a text in Vietnamese or English: counts, "8 of 63", per cent, points, fractions, times.

A text is cut into words, and numbers are read from them from left to right: "8/63", "tám trong số 63", "12,7 %", "one
in eight", "một phần tám". A comma and a point both stand before decimals, unless three digits follow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from prober.text.patterns import linear
from prober.text.vietnamese import nfc


class NumberForm(StrEnum):
    """The form of a written number. OTHER is none of a survey: a date, an amount of money, the number of a law."""

    RATIO = "k of n"
    PERCENT = "per cent"
    POINTS = "percentage points"
    FRACTION = "fraction"
    COUNT = "count"
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working days"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Word:
    """One word, number or sign of a text, in small letters, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """One number of a text: `words` first to last of it; a ratio has `k` and `n`; `decimals` are those written.

    An interval ("89.1–99.1 %") has its lower end as `value` and the other as `high`, which may be infinite.
    """

    kind: NumberForm
    start: int
    end: int
    first: int
    last: int
    value: float
    decimals: int = 0
    k: int | None = None
    n: int | None = None
    high: float | None = None


_WORD = linear(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s]")
_GROUPED = linear(r"\d{1,3}(?:[.,]\d{3})+")
_EN = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_EN_TENS = dict(
    zip(range(20, 100, 10), ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), strict=True)
)
_VI = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
_VI_LAST = {1: ("một", "mốt"), 4: ("bốn", "tư"), 5: ("lăm", "nhăm", "năm"), 7: ("bảy", "bẩy")}


def _spelt() -> dict[tuple[str, ...], int]:
    """Return the numbers below 100 in words of both languages."""
    found: dict[tuple[str, ...], int] = {(word,): value for value, word in enumerate(_EN)}
    for ten, word in _EN_TENS.items():
        found[(word,)] = ten
        for one in range(1, 10):
            found[(word, _EN[one])] = found[(word, "-", _EN[one])] = ten + one
    found |= {(word,): value for value, word in enumerate(_VI) if value}
    found[("mười",)], found[("bẩy",)] = 10, 7
    for one in range(1, 10):
        for last in _VI_LAST.get(one, (_VI[one],)):
            found[("mười", last)] = 10 + one
            found |= {(_VI[ten], "mươi", last): 10 * ten + one for ten in range(2, 10)}
            if last in ("mốt", "lăm", "tư"):
                found |= {(_VI[ten], last): 10 * ten + one for ten in range(2, 10)}
    return found | {(_VI[ten], "mươi"): 10 * ten for ten in range(2, 10)}


_SPELT = _spelt()
_PARTS = dict(
    zip(
        ("half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), range(2, 11), strict=True
    )
)
_PARTS |= {f"{word}s": value for word, value in _PARTS.items()}
_OF = (("/",), ("out", "of", "the"), ("out", "of", "all"), ("out", "of"), ("of", "the"), ("of", "all"), ("of",),
       ("trong", "tổng", "số"), ("trong", "số"), ("trong",), ("trên", "tổng", "số"), ("trên",))  # fmt: skip
_UNITS = (
    (("percentage", "points"), NumberForm.POINTS), (("percentage", "point"), NumberForm.POINTS),
    (("điểm", "phần", "trăm"), NumberForm.POINTS), (("điểm", "%"), NumberForm.POINTS),
    (("%", "points"), NumberForm.POINTS),
    (("%",), NumberForm.PERCENT), (("percent",), NumberForm.PERCENT), (("per", "cent"), NumberForm.PERCENT),
    (("phần", "trăm"), NumberForm.PERCENT), (("hours",), NumberForm.HOURS), (("hour",), NumberForm.HOURS),
    (("giờ",), NumberForm.HOURS),
    (("working", "days"), NumberForm.WORKING_DAYS), (("working", "day"), NumberForm.WORKING_DAYS),
    (("ngày", "làm", "việc"), NumberForm.WORKING_DAYS), (("days",), NumberForm.DAYS),
    (("day",), NumberForm.DAYS), (("ngày",), NumberForm.DAYS),
)  # fmt: skip
_DASHES = ("–", "—", "-")
_TO = ("to", "and", "đến", "tới")  # between the ends of an interval, where the text names one
_LEVELS = ("confidence", "wilson", "interval", "ci")  # behind "95 %", which is no figure of a survey then
_AMOUNTS = frozenset((
    "thousand", "million", "billion", "trillion", "dong", "usd", "vnd", "đồng", "nghìn", "ngàn", "vạn", "triệu",
    "tỷ", "tỉ", "km", "euro", "dollars", "january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december",
))  # fmt: skip
_BEFORE_A_NUMBER = frozenset((
    "năm", "tháng", "ngày", "điều", "khoản", "quý", "mức", "level", "article", "page", "trang", "no", "số",
    "khóa", "kỳ", "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december", "in", "since", "§", "$", "€",
))  # fmt: skip
# Nouns that may stand between a number and "of": "8 departments of 63".
_NOUNS = frozenset((
    "departments", "department", "portals", "portal", "provinces", "offices", "agencies", "councils", "sites",
    "cổng", "sở", "tài", "chính", "cơ", "quan", "tỉnh", "thành", "phố", "trang", "thông", "tin", "điện", "tử",
))  # fmt: skip


def words_of(text: str) -> list[Word]:
    """Return the words, numbers and signs of a text."""
    return [Word(nfc(found.group()).lower(), found.start(), found.end()) for found in _WORD.finditer(text)]


def mentions(words: Sequence[Word]) -> Iterator[Mention]:
    """Yield every number of a text, from left to right.

    >>> text = "Tám trong số 63 sở, tức 12,7 %, trả lời; one in eight, by 4.8 percentage points."
    >>> [(m.kind.value, text[m.start : m.end]) for m in mentions(words_of(text))]
    [('k of n', 'Tám trong số 63'), ('per cent', '12,7 %'), ('fraction', 'one in eight'), \
('percentage points', '4.8 percentage points')]
    """
    place = 0
    while place < len(words):
        found = _date(words, place) or _at(words, place)
        if found:
            yield found
        place = found.last + 1 if found else place + 1


def _next(words: Sequence[Word], place: int, phrase: Sequence[str]) -> bool:
    return [word.text for word in words[place : place + len(phrase)]] == list(phrase)


def _number(words: Sequence[Word], place: int) -> tuple[float, int, int] | None:
    """Return (value, decimals, place behind it) of the number that begins at a place; None if none does."""
    if place >= len(words):
        return None
    text = words[place].text
    if text[0].isdecimal():
        if _GROUPED.fullmatch(text) and not text.startswith("0"):
            return float(text.replace(",", "").replace(".", "")), 0, place + 1
        whole, _, rest = _one_sign(text).partition(".")
        if "." in rest or len(text) > 15:
            return None
        return float(f"{whole}.{rest or 0}"), len(rest), place + 1
    for length in (3, 2, 1):
        spelt = tuple(word.text for word in words[place : place + length])
        if len(spelt) == length and (value := _SPELT.get(spelt)) is not None:
            return float(value), 0, place + length
    return None


def _one_sign(text: str) -> str:
    """Return a number with a point before its decimals and no sign between thousands.

    >>> _one_sign("1.070,2"), _one_sign("12,7")
    ('1070.2', '12.7')
    """
    if "." in text and "," in text:
        between = min(".,", key=text.index)
        text = text.replace(between, "")
    return text.replace(",", ".")


def _made(words: Sequence[Word], kind: NumberForm, place: int, behind: int, value: float, decimals: int = 0,
          k: int | None = None, n: int | None = None, high: float | None = None) -> Mention:  # fmt: skip
    return Mention(kind, words[place].start, words[behind - 1].end, place, behind - 1, value, decimals, k, n, high)


def _date(words: Sequence[Word], place: int) -> Mention | None:
    """Return a date of three numbers with one sign between them."""
    parts = words[place : place + 5]
    if len(parts) == 5 and all(part.text.isdecimal() for part in parts[::2]):
        signs = {parts[1].text, parts[3].text}
        if len(signs) == 1 and signs <= {"/", "-"}:
            return _made(words, NumberForm.OTHER, place, place + 5, 0.0)
    return None


def _at(words: Sequence[Word], place: int) -> Mention | None:
    if words[place].text in ("a", "an", "one") and place + 1 < len(words):
        joint = 1 if words[place + 1].text == "-" else 0
        part = _PARTS.get(words[place + 1 + joint].text) if place + 1 + joint < len(words) else None
        if part:
            return _made(words, NumberForm.FRACTION, place, place + 2 + joint, 1 / part)
    found = _number(words, place)
    if found is None:
        return None
    value, decimals, behind = found
    if _is_other(words, place, behind, value, decimals):
        return _made(words, NumberForm.OTHER, place, behind, value)
    if not decimals and (fraction := _fraction(words, place, behind, value) or _ratio(words, place, behind, value)):
        return fraction
    if ends := _interval(words, place, behind, value, decimals):
        return ends
    if unit := _unit(words, behind):
        kind, after = unit
        return _made(words, NumberForm.OTHER if _is_level(words, place, after) else kind, place, after, value, decimals)
    return _made(words, NumberForm.OTHER if decimals else NumberForm.COUNT, place, behind, value, decimals)


def _unit(words: Sequence[Word], place: int) -> tuple[NumberForm, int] | None:
    """Return (kind, place behind it) of the unit that stands at a place; None if none does."""
    for phrase, kind in _UNITS:
        if _next(words, place, phrase):
            after = place + len(phrase)
            if kind == NumberForm.PERCENT and after < len(words) and words[after].text in ("points", "point"):
                return NumberForm.POINTS, after + 1
            return kind, after
    return None


def _interval(words: Sequence[Word], place: int, behind: int, low: float, decimals: int) -> Mention | None:
    """Return "89.1–99.1 %"; "89.1 % to 99.1 %" only where the words before name an interval."""
    unit = _unit(words, behind)
    joint = unit[1] if unit else behind
    named = any(word.text in ("interval", "ci", "cậy") for word in words[max(0, place - 8) : place])
    if joint >= len(words) or words[joint].text not in (*_DASHES, *(_TO if named else ())):
        return None
    begin = joint + 2 if joint + 1 < len(words) and words[joint + 1].text in ("+", "−") else joint + 1
    if unit and _next(words, begin, ("∞",)):
        return _made(words, unit[0], place, begin + 1, low, decimals, high=inf)
    other = _number(words, begin)
    ending = _unit(words, other[2]) if other else None
    if not other or not ending or unit and unit[0] != ending[0]:
        return None
    return _made(words, ending[0], place, ending[1], low, decimals, high=other[0])


def _is_level(words: Sequence[Word], place: int, behind: int) -> bool:
    """Return True for the 95 % of "95 % interval" and "khoảng tin cậy 95 %"."""
    if [word.text for word in words[max(0, place - 2) : place]] == ["tin", "cậy"]:
        return True
    return behind < len(words) and words[behind].text in _LEVELS


def _is_other(words: Sequence[Word], place: int, behind: int, value: float, decimals: int) -> bool:
    digits = words[place].text[0].isdecimal()
    if digits and behind < len(words) and words[behind].text in _AMOUNTS:
        return True
    if digits and not decimals and 1900 <= value <= 2100:
        return True
    before = words[place - 1].text if place else ""
    in_ratio = behind < len(words) and words[behind].text in ("/", "of", "trong", "trên", "%")
    return digits and before in _BEFORE_A_NUMBER and not in_ratio and not (before in ("in", "số") and value < 1900)


def _fraction(words: Sequence[Word], place: int, behind: int, value: float) -> Mention | None:
    """Return "two thirds", "một phần tám" or "one in eight"."""
    joint = 1 if behind < len(words) and words[behind].text == "-" else 0
    if behind + joint < len(words) and (part := _PARTS.get(words[behind + joint].text)):
        return _made(words, NumberForm.FRACTION, place, behind + joint + 1, value / part)
    for phrase in (("phần",), ("in",), ("in", "every")):
        other = _number(words, behind + len(phrase)) if _next(words, behind, phrase) else None
        if other and 100 >= other[0] > value > 0 and not other[1]:
            return _made(words, NumberForm.FRACTION, place, other[2], value / other[0])
    return None


def _ratio(words: Sequence[Word], place: int, behind: int, value: float) -> Mention | None:
    after = behind
    while after < len(words) and after < behind + 6 and words[after].text in _NOUNS:
        after += 1
    for phrase in _OF:
        other = _number(words, after + len(phrase)) if _next(words, after, phrase) else None
        if other and 0 <= value <= other[0] and other[0] > 1 and not other[1]:
            if other[2] < len(words) and words[other[2]].text in _AMOUNTS:
                return None
            return _made(words, NumberForm.RATIO, place, other[2], value / other[0], 0, int(value), int(other[0]))
    return None
