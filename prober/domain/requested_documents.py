"""Read what a request asks for: each document as a value, and the documents that any text names.

A budget document is told by its kind (settlement, execution, estimate), its year, and the numbers of the forms of
circular 343/2016/TT-BTC that it consists of (62/CK-NSNN). Source: docs/reference/wording.md#budget.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from prober.text.patterns import linear
from prober.text.vietnamese import fold

SETTLEMENT, EXECUTION, ESTIMATE, OTHER = "settlement", "execution", "estimate", ""
_KINDS = {
    "qu": SETTLEMENT, "qt": SETTLEMENT, "th": EXECUTION, "du": ESTIMATE, "dt": ESTIMATE,
    "fi": SETTLEMENT, "se": SETTLEMENT, "ex": EXECUTION, "im": EXECUTION, "ou": EXECUTION, "es": ESTIMATE,
    "bu": ESTIMATE, "ba": EXECUTION, "bc": EXECUTION, "ph": ESTIMATE, "so": EXECUTION,
}  # fmt: skip
_LEVELS = {"dia phuong": "local", "cap tinh": "province", "tinh": "province", "nha nuoc": "state"}
_EXECUTED = linear(
    r"(?:thuc[-_ ]hien|(?<![a-z])th)[-_ ]+(?:du[-_ ]toan|ngan[-_ ]sach)"
)  # "execution of the estimate" is no estimate
_TOKEN = linear(
    r"(?P<kind>quyet[-_ ]?toan|(?<!tinh )(?<!phong )(?<!da )(?<!dang )(?<!se )(?<!chua )(?<!khong )(?<!viec )(?<!phai )"
    r"thuc[-_ ]?hien(?!(?: day du| nghiem tuc)? (?:dung|theo|thu tuc|viec|quy(?! (?:i{1,3}|iv|[1-4])\b)|cong|nhiem|"
    r"yeu|de nghi|luat|nghi dinh|chi dao|y kien|tot|duoc|khao sat|cung cap|bang|qua|tai|tra|mot cua)\b)|"
    r"(?:bao[-_ ]?cao|bc|so[-_ ]?lieu)[-_ ]?quy[-_ ]?(?:i{1,3}|iv|[1-4])(?![a-z\d])|"
    r"phan[-_ ]bo[-_ ]ngan[-_ ]sach|(?<!don vi )du[-_ ]?toan|(?<![a-z])(?:qt|th|dt)(?:ns(?:dp|nn)?)?"
    r"(?=[-_ .]{0,2}(?:(?:ca[-_ ])?nam[-_ ]?)?(?:20)?[0-4]\d(?!\d)|[-_ ]?(?:ngan[-_ ]?sach|nsdp|nsnn))|"
    r"final accounts?|settlement|execution|implementation|outturn|estimates?|"
    r"(?P<early>20[0-4]\d) (?:(?:approved|state|local|provincial) ){0,2}budget(?! exec| impl| sett| outt)|"
    r"budget(?=[-_ ](?:for |of |year )?20[0-4]\d))|"
    r"(?<!\d)(?P<year>20[0-4]\d)(?!\d)|(?<=qt|th|dt)[-_ .]{0,2}(?P<short>[0-4]\d)(?!\d)"
)
_FORM = linear(r"(?<!\d)(\d{2})\s?/\s?ck-?nsnn|(?<![a-z])b(?:ieu(?:[-_ ]?(?:mau|so))?[-_ ]{0,2}(?:tu )?)?(\d{2})(?!\d)")
_SHORT_FORM = linear(r"b\d\d")
_OFFICIAL_FORM = linear(r"(?<!\d)(\d{2,3})\s?/\s?ck-?nsnn")
_TO = linear(r"(?<!\d)(\d{2})(?:/ck-?nsnn)? ?(?:den|-|–) ?(?:b(?:ieu )?)?(\d{2})(?:\s?/\s?ck-?nsnn|(?!\d))")
_LEVEL = linear(r"ngan sach (dia phuong|cap tinh|tinh|nha nuoc)")
_BETWEEN_CELLS = linear(r"\t|\||  +")
_COLUMN = linear(
    r"(?:\w{1,6} ){0,3}(?:quyet toan|thuc hien|du toan|th|qt|dt)(?: (?:ca )?nam)? ?20[0-4]\d(?: ?\(.{0,40}\))?"
)
# The name of a sort of paper, alone in its line above what the paper is about.
_SORT_OF_PAPER = linear(r"nghi quyet|quyet dinh|bao cao|to trinh|thuyet minh|cong khai|thong bao")
_NUMBERS = linear(r"(?<![\d/.,])(?!(?:19|20)\d\d(?![\d.,]))\d[\d.,]{3,20}[\s\d.,%-]{0,80}$")  # a row ends in them
_MEMBER = linear(r"\S.{0,200}\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|rtf|txt|csv|zip|rar|7z)")
_EXPECTED = linear(r"uoc\b")  # no document is of what is expected
_UNDATED_COLUMN = linear(r"(?:\w{1,6} ){0,2}(?:quyet toan|thuc hien|du toan)(?: (?:ca )?nam| quy \w{1,3})?")
_YEAR = linear(r"(?<![\d/.-])(?<!thang \d nam )(?<!thang \d\d nam )(20[0-4]\d)(?![\d/-])")
_NARROWER = linear(
    r"\b(?:thang (?:\d|0\d|1[0-2])|quy (?:i{1,3}|[1-3])|[369] thang)\b"
    r"(?:(?!(?:va|,) (?:ca )?nam\b|ca nam).){0,20}\b20[0-4]\d|"
    r"(?:quyet toan|du toan|thuc hien)(?: thu,? chi| thu| chi)? ngan sach(?: nha nuoc)?(?: cap)? "
    r"(?:huyen|xa|phuong|thi tran|thi xa|quan)\b"
)
_NARROWED = linear(r"[,;:(]| (?:for|over|from|between|since|as|in|during|under|about|held|made|by) ")
_WORD = linear(r"[a-z]{2,}")
_STEM = 6  # letters
# A year that begins in one and ends in the next: "2018-19", "2018/2019", "201819", "April 2019 to March 2020".
_SPAN = linear(
    r"(?<!\d)20([0-4]\d)(?: ?[-/_–] ?|)(?:20)?([0-4]\d)(?!\d)|"
    r"(?<!\d)20([0-4]\d)(?:-\d\d)?[ -]?(?:-|–|to|until|and)[ -]?(?:\d{1,2} )?(?:[a-z]{3,9} )?20([0-4]\d)(?!\d)|"
    r"(?<![\d/.,£-])([1-4]\d)[-/_]([1-4]\d)(?![\d/.,-]\d|\d)|(?<=[a-z_])([1-4]\d)([1-4]\d)(?!\d)"
)
_SUM = linear(r"(?<![\d.,/-])\d{3}(?![\d.,/-]*\d)")
# Words of titles that tell no document from another.
_COMMON = frozenset(
    linear(r"\w+").findall(
        "of to the and for from in on at by with or as is are be that this year month quarter "
        "cua va cac cho tu den trong ve theo nam ngay thang quy so ban"
    )
)
# Without one of these "thực hiện" is an ordinary verb: "thủ tục hành chính đang thực hiện tại xã".
_OF_BUDGET = linear(
    r"ngan sach|\bns\w{0,3}\b|du toan|quyet toan|\bthu,? chi\b|budget|accounts?\b|expenditure|revenue|spending"
)
_TOP = 400  # characters in which a file says what it is, where its kind is not known
_TITLE = 6  # words of a title that may end like a sentence
_CELLS = linear(r"\t|,\S[^,]{0,60},\S")  # of a row
_SENTENCE = linear(r"[.?!]\s*$")
_APART = 90  # letters between the kind of a document and its year
_LISTED = 8  # letters between two years of one list

Named = tuple[str, int]  # kind and year


@dataclass(frozen=True, slots=True)
class RequestedDocument:
    """One document of a request; 0 where its title names no year or no forms, "" where it names no kind or level."""

    title: str
    kind: str = OTHER
    year: int = 0
    level: str = ""
    first_form: int = 0
    last_form: int = 0
    stems: frozenset[str] = frozenset()  # of the words of a title that names no kind and no forms
    # Those of its first words, before what narrows it: "Statement of accounts" of "Statement of accounts for 2018-19".
    # Of a title with accents none: most of its words are syllables, which others have too.
    head: frozenset[str] = frozenset()
    span: int = 0  # the year in which a year of two begins, 2018 for 2018-19
    sums: frozenset[str] = frozenset()  # that its title names: 500 of "payments over £500"

    def is_named(self, found: "Mentions") -> bool:
        """Return True if a text names its kind and year, or a form of it.

        One of no kind is named by half the words of its title, by two of its first words, or by one of them or its sum
        beside its year; never beside other years.
        """
        if self.stems:
            first, dated = self.head & found.stems, self.span in found.spans
            half = 2 * len(self.stems & found.stems) >= max(len(self.stems), 3)
            alone = dated and bool(first or self.sums & found.sums)
            return (half or len(first) > 1 or alone) and (dated or not self.is_of_other_years(found))
        if (self.kind, self.year) in found.pairs:
            return True
        # The forms are those of every year: a table of another year has them too.
        others = any(kind == self.kind for kind, _ in found.pairs)
        return not others and any(self.first_form <= form <= self.last_form for form in found.forms)

    def is_of_other_years(self, found: "Mentions") -> bool:
        """Return True if a text names years of two, and not the one that a document of such a year is of."""
        return bool(self.span and found.spans and self.span not in found.spans)


def requested(title: str) -> RequestedDocument:
    """Return the document that `title`, of a protocol, asks for.

    >>> found = requested("Quyết toán ngân sách địa phương năm 2018 (các biểu mẫu từ 62/CK-NSNN đến 68/CK-NSNN)")
    >>> found.kind, found.year, found.level, found.first_form, found.last_form
    ('settlement', 2018, 'local', 62, 68)
    """
    kind, year = next(iter(pairs(title)), (next(iter(kinds(title)), OTHER), 0))
    numbers, plain = sorted(forms(title)), fold(title)
    if kind == EXECUTION and not numbers and not _OF_BUDGET.search(plain):
        kind = OTHER
    level = _LEVEL.search(plain)
    return RequestedDocument(
        title, kind, year, _LEVELS[level[1]] if level else "", *((numbers[0], numbers[-1]) if numbers else (0, 0)),
        _stems(plain) if not kind and not numbers else frozenset(),
        _stems(_NARROWED.split(plain)[0]) if not kind and not numbers and not _is_accented(title) else frozenset(),
        next(iter(_spans(plain)), 0), frozenset(_SUM.findall(plain)) if not kind and not numbers else frozenset(),
    )  # fmt: skip


def _spans(plain: str) -> list[int]:
    """Return the years in which the years of two that a folded text names begin.

    >>> _spans("accounts 2018-19, payments from april 2019 to march 2020, spend_20-21.csv, on 11-12-2022")
    [2018, 2019, 2020]
    """
    found = (tuple(filter(None, match.groups())) for match in _SPAN.finditer(plain))
    return [2000 + int(first) for first, second in found if int(second) == int(first) + 1]


def _is_accented(title: str) -> bool:
    return any(char.isalpha() and not char.isascii() for char in title)


def _stems(plain: str) -> frozenset[str]:
    """Return the beginnings of the words of a folded text, so that "supplier" is like "suppliers".

    >>> sorted(_stems("register of payments to suppliers, 2019-20"))
    ['paymen', 'regist', 'suppli']
    """
    return frozenset(word[:_STEM] for word in _WORD.findall(plain)) - _COMMON


@dataclass(frozen=True)
class Mentions:
    """What a text names, each in its order: kinds with a year, kinds with or without one; forms and years."""

    pairs: tuple[Named, ...]
    kinds: tuple[str, ...]
    forms: frozenset[int]
    years: tuple[int, ...]
    plain: str = ""

    @cached_property
    def stems(self) -> frozenset[str]:
        """The beginnings of its words."""
        return _stems(self.plain)

    @cached_property
    def sums(self) -> frozenset[str]:
        """The sums of three digits that it names, as titles do."""
        return frozenset(_SUM.findall(self.plain))

    @cached_property
    def spans(self) -> frozenset[int]:
        """The years in which years of two begin."""
        return frozenset(_spans(self.plain))


@lru_cache(maxsize=64)  # of the clauses of a letter, each of which is asked several times
def mentions(text: str) -> Mentions:
    """Return all that `text` names, read once."""
    plain = _plain(text)
    tokens = list(_TOKEN.finditer(plain))
    return Mentions(tuple(_pairs(tokens)), tuple(_kinds(tokens)), _forms(plain), tuple(_years(plain)), plain)


def names_document(text: str) -> bool:
    """Return True if `text` names a kind of document, a form or a year."""
    found = mentions(text)
    return bool(found.kinds or found.forms or found.years)


def pairs(text: str) -> list[Named]:
    """Return the kinds of documents that `text` names with a year, in their order.

    >>> pairs("Dự toán 2019, 2020 và tình hình thực hiện dự toán năm 2018; QT18.xlsx")
    [('estimate', 2019), ('estimate', 2020), ('execution', 2018), ('settlement', 2018)]
    """
    return _pairs(_TOKEN.finditer(_plain(text)))


def _pairs(tokens: Iterable[re.Match[str]]) -> list[Named]:
    found: list[Named] = []
    kind, at = OTHER, 0
    alone: re.Match[str] | None = None  # a year of no kind, which may stand before its own: "năm 2019 thực hiện"
    for token in tokens:
        if alone and token["kind"] and token.start() <= alone.end() + 1:
            found.append((_KINDS[token["kind"][:2]], int(alone["year"])))
        alone = None
        if token["early"]:
            found.append((ESTIMATE, int(token["early"])))
        elif token["kind"]:
            kind, at = _KINDS[token["kind"][:2]], token.end() + _APART
        elif kind and token.start() <= at:
            found.append((kind, int(token["year"] or f"20{token['short']}")))
            at = token.end() + _LISTED
        elif token["year"]:
            alone = token
    return list(dict.fromkeys(found))


def kinds(text: str) -> list[str]:
    """Return the kinds of documents that `text` names, with or without a year."""
    return _kinds(_TOKEN.finditer(_plain(text)))


def _kinds(tokens: Iterable[re.Match[str]]) -> list[str]:
    found = (ESTIMATE if t["early"] else _KINDS[t["kind"][:2]] for t in tokens if t["kind"])
    return list(dict.fromkeys(found))


def titles(text: str) -> str:
    """Return the headings of each table and document in a file; else its text without column heads.

    A heading is in capitals, has the number of a form, or follows the name of a sort of paper ("NGHỊ QUYẾT"). A table
    of one year compares it with the years before, and so does its explanation: they name other documents than they are.
    Where a heading names a year and no kind, the columns of that year tell it. Where nothing else names a document, all
    of the text is returned.

    >>> titles("DỰ TOÁN NGÂN SÁCH NĂM 2020\\nDự toán năm 2019\\tƯớc thực hiện 2019\\n"), titles("Dự toán 2020")
    ('DỰ TOÁN NGÂN SÁCH NĂM 2020', 'Dự toán 2020')
    >>> titles("CÂN ĐỐI NGÂN SÁCH NĂM 2020\\nDự toán năm 2019\\tƯớc thực hiện năm 2019\\tDự toán năm 2020")
    'Dự toán năm 2020'
    """
    found = [title for rows in _tables(text) if (title := _title(rows))]
    return "\n".join(found) or text


def members(text: str) -> list[str]:
    """Return the text of each file of an archive, below its name; of any other file the whole text."""
    parts: list[list[str]] = [[]]
    for line in text.split("\n"):
        if _MEMBER.fullmatch(line):
            parts.append([])
        parts[-1].append(line)
    return ["\n".join(part) for part in parts if part]


def opening(text: str) -> str:
    """Return the lines at the beginning of a file that may be its title: neither sentences nor rows below column heads.

    >>> opening("Audited accounts\\nWe publish them each year in\\nthe summer, once audited.\\nYear\\tSum\\n2019\\t8")
    'Audited accounts\\nYear\\tSum'
    """
    lines: list[str] = []
    for line in text[:_TOP].split("\n"):
        if lines and line[:1].islower():
            lines[-1] = f"{lines[-1]} {line}"
        else:
            lines.append(line)
        if _CELLS.search(line):
            break
    return "\n".join(line for line in lines if len(line.split()) <= _TITLE or not _SENTENCE.search(line))


def _tables(text: str) -> Iterator[list[list[str]]]:
    """Yield the rows of each table or document of a file, in cells.

    One begins with a member of an archive, or with a line of its own in capitals, or that names a document, below rows
    of numbers.
    """
    rows: list[list[str]] = []
    below = False  # rows of numbers
    for line in text.split("\n"):
        cells = [cell for cell in _BETWEEN_CELLS.split(line) if cell.strip()]
        alone = len(cells) == 1 and not _NUMBERS.search(line)
        if _MEMBER.fullmatch(line) or (below and alone and _begins(cells[0])):
            yield rows
            rows, below = [], False
        below = below or bool(_NUMBERS.search(line))
        rows.append(cells)
    yield rows


def _begins(line: str) -> bool:
    return _is_heading(line) or (line[0].isupper() and bool(pairs(line)))


def _is_heading(cell: str) -> bool:
    return cell.isupper() or bool(_FORM.match(fold(cell.strip()).removeprefix("mau ")))


def _title(rows: list[list[str]]) -> str:
    """Return what names the document that a table is; "" if nothing does."""
    alone = {
        row[0] for row in rows if len(row) == 1 and row[0].isupper() and not _EXPECTED.match(fold(row[0]))
    }  # a heading, in the words of a column
    cells = [cell for row in rows for cell in row]
    folded = {cell: " ".join(fold(cell).split()) for cell in cells if cell not in alone}
    columns = [cell for cell, plain in folded.items() if _COLUMN.fullmatch(plain)]
    undated = [cell for cell, plain in folded.items() if _UNDATED_COLUMN.fullmatch(plain)]
    named = [cell for cell in cells if cell not in columns]
    lines = [" ".join(row) for row in rows]
    subjects = [
        after for line, after in pairwise(lines) if _SORT_OF_PAPER.fullmatch(fold(line).strip()) and pairs(after)
    ]
    headings = list(filter(_is_heading, named))
    of_year = _of_year(headings, columns + undated)
    for kept in ("\n".join((*headings, *subjects)), of_year, "\n".join(named)):
        if pairs(kept) or forms(kept):
            return kept
    return ""


def _of_year(headings: list[str], columns: list[str]) -> str:
    """Return the column that tells the kind of a table whose headings name a year only: what was done before a plan."""
    year = next((year for heading in headings for year in _years(_plain(heading))), 0)
    dated = [column if _years(_plain(column)) else f"{column} {year}" for column in columns] if year else []
    for kind in (SETTLEMENT, EXECUTION, ESTIMATE):
        if found := next((column for column in dated if (kind, year) in pairs(column)), ""):
            return found
    return ""


def is_narrower(text: str) -> bool:
    """Return True for a table of some months, or of a district or commune: nobody asked for one.

    The report of the fourth quarter is that of the year.

    >>> [is_narrower(t) for t in ("THU NGÂN SÁCH THÁNG 3 NĂM 2020", "QUYẾT TOÁN NGÂN SÁCH HUYỆN A NĂM 2018")]
    [True, True]
    >>> is_narrower("CHI BỔ SUNG TỪ NGÂN SÁCH TỈNH CHO NGÂN SÁCH HUYỆN NĂM 2018")
    False
    """
    return bool(_NARROWER.search(_plain(text)))


def _years(plain: str) -> list[int]:
    """Return the years that a text of `_plain` names, without those of days and months.

    >>> _years("so lieu nam 2018 va 2020, thu ngay 13/4/2019, thang 5 nam 2021")
    [2018, 2020]
    """
    return [int(found) for found in _YEAR.findall(plain)] if "20" in plain else []


def forms(text: str) -> frozenset[int]:
    """Return the numbers of forms that `text` names, with those between two that it joins.

    >>> sorted(forms("biểu 59 đến 61, Biểu số 46/CK-NSNN"))
    [46, 59, 60, 61]
    """
    return _forms(_plain(text))


def official_forms(text: str) -> frozenset[int]:
    """Return the numbers of forms that `text` names in full.

    >>> sorted(official_forms("Biểu số 81/CK-NSNN, biểu 3, biểu 103/CK-NSNN"))
    [81, 103]
    """
    return frozenset(map(int, _OFFICIAL_FORM.findall(fold(text)))) if "/" in text else frozenset()


def _forms(plain: str) -> frozenset[int]:
    if "ck" not in plain and "bieu" not in plain and not _SHORT_FORM.search(plain):  # every form is named with one
        return frozenset()
    ranges = ((int(low), int(high)) for low, high in _TO.findall(plain))
    between = {form for low, high in ranges if low < high for form in range(low, high + 1)}
    return frozenset(between | {int(one or other) for one, other in _FORM.findall(plain)})


def _plain(text: str) -> str:
    plain = " ".join(fold(text).split())
    return _EXECUTED.sub("thuc hien", plain) if "th" in plain else plain
