"""Find the budget content of a letter: figures in its words, tables and documents among its files.

A covering letter, a form or a regulation is no budget content, whatever its name. Nor is a file that cannot be read.
The picture of a text (a scan) is a document like any other.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from mailroom.classification import sentences
from mailroom.classification.phrase_table import phrases
from prober.documents.media_types import XLSX
from prober.documents.notes import MARK, faulty
from prober.domain.correspondence import Attachment
from prober.text.patterns import linear
from prober.text.phrases import compiled, find
from prober.text.vietnamese import fold


class Sort(StrEnum):
    """Name the sorts of attached files, judged by name and text."""

    DATA = "data"  # numbers of the budget, or a text whose name or first words name the budget
    LETTER = "letter"  # a letter, or any other text that is neither of the budget nor a form
    FORM = "form"  # a form to be filled in, or rules: nothing that was asked for
    TITLED = "titled"  # a picture of a text, or a file of a type that is not read, with a name of the budget
    OTHER = "other"  # the same with another name
    LAW = "law"  # the text of a law
    UNASKED = "unasked"  # about another matter: the office's own budget, the economy, travel, a single project
    UNREAD = "unread"  # broken or locked


@dataclass(frozen=True, slots=True)
class File:
    name: str
    sort: Sort
    words: str = ""  # the text of a letter, as `sentences` returns it
    numbers: bool = False  # it contains a table of numbers


MAX_READ = 60_000  # characters of each text that are read
_NUMBERS = 8  # so many numbers of a thousand and more make a table
_NUMBER = linear(r"(?<![\d/.])[1-9](?:\d{0,2}(?:[.,]\d{3})+|\d{4,})(?![\d/])")
_HEAD = 400
_LETTER = 6_000  # characters of a letter without a head
_NOTHING = ("application/ms-tnef", "application/x-msdownload")
_SHEETS = (XLSX, "text/csv")
_CELL = linear(r"(?:^|[\t;,])[ \"]*(?:thu|chi)\b", re.IGNORECASE | re.MULTILINE)  # elsewhere they are names
_FORM = linear(
    r"phieu[-_ ]?(?:yeu|de nghi|tiep nhan|chuyen|hen)|mau[-_ ]?(?:so )?0?[1-6]\b|mau[-_ ]?(?:phieu|don)|"
    r"giay (?:tiep nhan|moi|hen)|"
    r"quy[-_ ]?che|bi mat nha nuoc|huong dan (?:su dung|nop)|nghi[-_ ]?dinh|\bluat\b"
)
_BUDGET = linear(
    r"du[-_ ]?toan|quyet[-_ ]?toan|ngan[-_ ]?sach|so[-_ ]?lieu|bao[-_ ]?cao|bieu|cong[-_ ]?khai|ck-?ns|"
    r"nghi[-_ ]?quyet|danh[-_ ]?muc|"
    r"thuc[-_ ]?hien|budget|account|\b(?:qt|dt|bc|th|cknsnn)[-_ ]?\d"
)
# Names and titles of what nobody asked for, although it has sums or words of the budget: the office's own budget
# (circulars 61/2017 and 90/2018), reports on the economy, papers of the office's bookkeeping, laws.
_UNASKED = linear(
    r"kinh phi (?:thuc hien )?(?:che do )?(?:khong )?(?:thuc hien )?(?:che do )?(?:tu chu|khoan)|so thu phi, le phi|"
    r"(?:du toan|quyet toan|ngan sach)[^\n]{0,60} cua (?:van phong|co quan|chi cuc|trung tam|thanh tra|don vi|so|vp)\b|"
    r"don vi du toan|ma chuong|\bchuong:? ?\d{3}\b|thong tu (?:so )?(?:61/2017|90/2018)|"
    r"cong tac phi|bang ke\b|bang luong|cham cong|giay di duong|tam ung|thanh toan (?:tien|cong|kinh|chi)|hoa don|"
    r"kinh te[-_ ]*+(?:–|va)?[-_ ]*+xa hoi|\bkt-?xh\b|ktxh|grdp|niem giam|"
    r"bang gia|gia dat|tai san cong|mua sam|dau thau|du an\b"
)
# Marks of the office's own budget, whose forms name the state's too; only a document of the province outweighs them.
_OWN = linear(
    r"thong tu (?:so )?(?:61/2017|90/2018)|\bchuong:? ?\d{3}\b|don vi du toan|"
    r"(?:thu|chi|du toan|quyet toan|ngan sach)[^\n]{0,80} cua (?:van phong|co quan|chi cuc|trung tam|thanh tra|don vi|"
    r"vp)\b"
)
_PROVINCE = linear(r"ngan sach dia phuong|nsdp|\d{2}/ck-?nsnn|hoi dong nhan dan|hdnd|can doi ngan")
_ASKED = linear(
    r"ngan sach (?:dia phuong|tinh|nha nuoc|cap tinh)|nsdp|\d{2}/ck-?nsnn|hoi dong nhan dan|hdnd|can doi ngan"
)
_TITLE_OF_LAW = linear(r"^[ \t]*(?:THÔNG TƯ|NGHỊ ĐỊNH|LUẬT|CHỈ THỊ)\b", re.MULTILINE)
_LAW_NAME = linear(r"\W*(?:tt|thong[-_ ]?tu|nd|nghi[-_ ]?dinh|luat|chi[-_ ]?thi)[-_ ]?(?:so[-_ ]?)?\d")
_OF_OURS = linear(r"(?<!theo )(?<!theo_)(?<!theo-)yeu[-_ ]?cau")
_COVERING = linear(
    r"\W*(?:cong[-_ ]?van|cv|vb|van[-_ ]?ban|tra[-_ ]?loi|phuc[-_ ]?dap|thong[-_ ]?bao|tb|to[-_ ]?trinh)\b|\d+[-_.]?stc"
)
_ROW = linear(r"(?<![\d.,])\d[\d.,]{0,20}(?: {1,3}-?\d[\d.,]{0,20}){2,}")
# A text without any of these names no sum of money.
_MONEY = (
    "tỷ", "ty", "triệu", "trieu", "nghìn", "nghin", "ngàn", "ngan", "trđ", "trd", "tr.đ", "tr.d", "đồng", "dong",
    "vnđ", "vnd", "0đ", "0d", "0 đ", "0 d",
)  # fmt: skip
_UNIT = linear(r"\b(?:ty|trieu|nghin|ngan) dong\b|(?:don vi|dvt)[^\n]{0,15}(?:ty|trieu|nghin)")
_BUDGET_SUM = linear(r"\b(?:thu|chi|du toan|quyet toan|ngan sach)\b")


def sort_out(attached: Attachment, plain: bool = False) -> File:
    """Return the sort of `attached`; for a letter also its words."""
    text = attached.text[:MAX_READ]
    name = fold(attached.name)
    if not attached.scanned and faulty(text):  # encrypted, broken or a bomb, also in an archive: a person must look
        return File(attached.name, Sort.UNREAD)
    seen = "" if text.startswith(MARK) else text
    if sentences.is_ours(seen):
        return File(attached.name, Sort.FORM)
    if _LAW_NAME.match(name) or _TITLE_OF_LAW.search(seen[:_HEAD]):
        return File(attached.name, Sort.LAW)
    said, appended = sentences.letter_in(seen)
    if said:
        return File(
            attached.name, Sort.LETTER, sentences.sentences(said, plain), _is_table(appended) or _is_table(said)
        )
    if _is_unasked(name, seen):
        return File(attached.name, Sort.UNASKED)
    if _is_table(seen):
        return File(attached.name, Sort.DATA, numbers=True)
    head = f"{name}\n{fold(seen[:_HEAD])}"
    if _FORM.search(head) or _OF_OURS.search(name):
        return File(attached.name, Sort.FORM)
    of_budget = bool(_BUDGET.search(head)) and not _COVERING.match(name)
    if attached.media_type in _SHEETS and seen.strip():  # never a letter, but perhaps about another matter
        of_budget = bool(_BUDGET.search(f"{name}\n{fold(seen)}") or _CELL.search(seen))
        return File(attached.name, Sort.DATA if of_budget else Sort.OTHER)
    if attached.media_type in _NOTHING:
        return File(attached.name, Sort.UNREAD)
    if not seen.strip():
        return File(attached.name, Sort.TITLED if of_budget else Sort.OTHER)
    if of_budget:
        return File(attached.name, Sort.DATA)
    return File(attached.name, Sort.LETTER, sentences.sentences(seen[:_LETTER], plain))


def _is_unasked(name: str, text: str) -> bool:
    """Return True for a document of another matter; the budget of the province may name one too."""
    head = f"{name}\n{fold(text[:_HEAD])}"
    if _OWN.search(head):
        return not _PROVINCE.search(head)
    return bool(_UNASKED.search(head)) and not _ASKED.search(head)


def figures(text: str) -> str:
    """Return budget figures in `text` (of `sentences`): two sums, one named budget sum, or rows of a table; or ""."""
    if not any(map(text.__contains__, _MONEY)):
        return ""
    found = _sums(text)
    if len(found) >= 2 and _BUDGET_SUM.search(fold(text)):
        return ", ".join(found[:3])
    if named := find(phrases("item"), text):
        return named
    rows = _ROW.findall(text)
    numbers = rows if len(rows) > 1 else _NUMBER.findall(text)
    shown = len(rows) > 1 or len(numbers) >= _NUMBERS
    return numbers[0] if shown and _UNIT.search(folded := fold(text)) and _BUDGET_SUM.search(folded) else ""


def sums(text: str) -> int:
    """Return how many sums of money `text`, of `sentences`, has."""
    return len(_sums(text))


def _sums(text: str) -> list[str]:
    (figure,) = compiled(phrases("figure"), text.isascii())
    return figure.findall(text)


def _is_table(text: str) -> bool:
    """Return True if `text` has a table of budget numbers; the number and date of a letter do not count."""
    if not _BUDGET_SUM.search(fold(text[:_HEAD])):
        return False
    return sum(1 for _ in zip(range(_NUMBERS), _NUMBER.finditer(text), strict=False)) >= _NUMBERS
