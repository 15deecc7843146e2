"""Published questions and answers: what was asked when, and whether, when and by which unit it was answered.

A thread is found by its markers ("Câu hỏi:", "Người gửi", "Trả lời:", "Đã trả lời"), never by the shape of a system.
Names and contacts of the citizens are read past and not kept.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urljoin

from prober.detectors.body import Body
from prober.detectors.thread_tables import rows
from prober.page import Block, Page
from prober.vietnamese import fold

_QUESTION = re.compile(
    r"^(?:noi dung )?(?:cau )?hoi(?: so)?(?: \d+)?\s*[:?.)]|^(?:nguoi (?:hoi|gui)|ho (?:va )?ten nguoi (?:hoi|"
    r"gui)|ngay (?:hoi|gui)(?: cau hoi)?|"
    r"cong dan hoi|ban doc hoi|question)\s*:|^cau hoi(?: \d+)?$|^q\s*[:.]"
)
_ANSWER = re.compile(
    r"^(?:noi dung |cau )?tra loi\s*(?:(?:\([^)]{1,40}\)\s*)?[:.]|cau hoi\b|$)|^(?:dap|answer|a)\s*:|"
    r"^(?:don vi|co quan|phong|nguoi|so|ngay) tra loi|"
    r"^y kien tra loi|^phan hoi\s*:|\btra loi nhu sau\s*:?"
)
_ANSWER_HINT = re.compile(r"loi|dap|hoi|ans|^a")  # cheap: most lines of a page hold none
_ANSWERED = re.compile(r"\bda (?:duoc )?(?:tra loi|giai dap|phan hoi|xu ly)\b")
_PENDING = re.compile(r"\b(?:chua|dang cho|cho) (?:duoc )?(?:tra loi|xu ly|phan hoi)\b|\bdang xu ly\b")
_DATED = re.compile(
    r"(?<!\d)(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4})(?!\d)|ngay (\d{1,2}) thang (\d{1,2}) nam (\d{4})|"
    r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)"
)
_ASKED_LABEL = re.compile(r"ngay (?:hoi|gui|dang|tao)|gui (?:luc|ngay)|hoi ngay")
_ANSWERED_LABEL = re.compile(r"ngay (?:tra loi|giai dap|phan hoi)|tra loi (?:luc|ngay)")
_UNIT = re.compile(r"(?:đơn vị|cơ quan|phòng)\s+trả lời\s*:\s*(.{3,100}?)(?:\s[-–|;]\s|\n|$)", re.IGNORECASE)
_UNIT_IN = re.compile(
    r"((?:Sở|Phòng|Ban|Chi cục|Ủy ban|UBND|Văn phòng|Trung tâm|Cục|Bảo hiểm)\s[^.,:;()]{3,80}?)\s+(?:trả lời|"
    r"có ý kiến|xin trả lời)"
)
_BUDGET = re.compile(
    r"\b(?:ngan sach|du toan|quyet toan|cong khai tai chinh|thu chi|chi tieu cong|dau tu cong|von dau tu|"
    r"cong khai ngan sach)\b"
)
_PERSONAL = re.compile(
    r"^(?:nguoi (?:hoi|gui)|ho (?:va )?ten|dia chi|(?:so )?dien thoai|e-?mail|thu dien tu|gioi tinh|nam sinh)\b"
)
_STATUS_ROW = re.compile(r"\btrang thai\b|\bda tra loi\b|\bchua tra loi\b|\bdang xu ly\b")
_HEADING_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "dt", "summary"))
_FORM_TAGS = frozenset(("label", "button", "legend"))
_Line = tuple[Block, str]
# Enough to decide on; archives go on for thousands.
MOST_THREADS = 200


@dataclass(frozen=True, slots=True)
class Thread:
    """One published question. Dates are those printed on the page; `key` is a hash of the question's text."""

    asked_on: date | None
    answered_on: date | None
    answered: bool
    unit: str
    topic: str  # "budget" or "other"
    url: str
    key: str


def threads(page: Page, body: Body) -> list[Thread]:
    """The threads printed on a page, in its order, each once."""
    found = {thread.key: thread for thread in _tabled(page)}
    for segment in _segments(page):
        thread = _thread(page, segment)
        if thread is not None:
            found.setdefault(thread.key, thread)
        if len(found) >= MOST_THREADS:
            break
    return list(found.values())


def thread_blocks(page: Page) -> frozenset[int]:
    """Numbers of the blocks that belong to published questions and answers: what stands there is not a contact."""
    position = {id(block): number for number, block in enumerate(page.blocks)}
    return frozenset(position[id(block)] for segment in _segments(page) for block in segment.blocks)


def _tabled(page: Page) -> Iterator[Thread]:
    for row in rows(page):
        question = fold(row.question)
        if len(question) >= 8:
            url = (
                urljoin(page.base, row.link) if row.link and not row.link.startswith(("#", "javascript:")) else page.url
            )
            topic = "budget" if _BUDGET.search(question) else "other"
            yield Thread(row.asked_on, row.answered_on, row.answered, row.unit[:100], topic, url, _key(question))


def _key(question: str) -> str:
    return hashlib.sha256(re.sub(r"\W+", " ", question).strip().encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Segment:
    blocks: tuple[Block, ...]
    folded: tuple[str, ...]
    answer: int  # position of the first answer mark, -1 where there is none


def _segments(page: Page) -> list[_Segment]:
    cached: list[_Segment] | None = page.__dict__.get("_qa_segments")
    if cached is None:
        cached = (
            list(_split(page)) if "tra loi" in page.folded or "dap:" in page.folded or "answer" in page.folded else []
        )
        page.__dict__["_qa_segments"] = cached  # Page caches what it derives in the same way
    return cached


def _split(page: Page) -> Iterator[_Segment]:
    """Cut the main text into threads, each from its question to the line before the next question.

    A mark that comes again ("Người gửi" after "Người gửi") opens the next thread even where the last has no answer; a
    question without a mark reaches back from its answer, as far as the last thread's end.
    """
    current: list[_Line] = []
    marks: set[str] = set()
    answer = -1
    for block, words in zip(page.blocks, page.folded_lines, strict=True):
        if block.place in ("footer", "menu", "aside") or block.tag == "th":
            continue
        mark = _QUESTION.search(words[:80])
        name = mark[0].strip(" :.?)0123456789") if mark else ""
        # A form for asking follows the last thread of many pages; its labels are no question.
        form = block.tag in _FORM_TAGS and len(words) < 60
        heading = block.tag in _HEADING_TAGS and answer >= 0 and len(words) < 400
        if form or heading or (name and (answer >= 0 or name in marks)):
            opening = current[-1:] if name and current and current[-1][0].tag in _HEADING_TAGS else []
            if answer >= 0 or marks:
                yield _made(current[: len(current) - len(opening)], answer)
            current, marks, answer = opening, set(), -1
        if form:
            continue
        if name:
            current = current if marks else current[-1:]
            marks.add(name)
        current.append((block, words))
        if (
            answer < 0
            and _ANSWER_HINT.search(words)
            and _ANSWER.search(words[:200])
            and not _PENDING.search(words[:200])
        ):
            current, answer = _near(current, len(current) - 1)
    if answer >= 0 or marks:
        yield _made(current, answer)


def _near(current: list[_Line], answer: int) -> tuple[list[_Line], int]:
    """The question of an answer stands right before it; what is further up belongs to something else."""
    start = max(0, answer - 12)
    return current[start:], answer - start


def _made(current: list[_Line], answer: int) -> _Segment:
    kept = current[: max(answer, 0) + 60]
    return _Segment(tuple(block for block, _ in kept), tuple(words for _, words in kept), answer)


def _thread(page: Page, segment: _Segment) -> Thread | None:
    head = segment.folded[: segment.answer] if segment.answer >= 0 else segment.folded
    asked_words = [words for words in head if not _PERSONAL.search(words)]
    question = " ".join(asked_words)[-1500:]
    if len(question) < 8:
        return None
    asked, answered = _dates(segment)
    text = "\n".join(block.text for block in segment.blocks[max(segment.answer, 0) :])[:3000]
    folded = " ".join(segment.folded)[:4000]
    answered_here = (segment.answer >= 0 or bool(_ANSWERED.search(folded))) and not _PENDING.search(folded)
    unit = _UNIT.search("\n".join(block.text for block in segment.blocks)[:6000]) or _UNIT_IN.search(text)
    return Thread(
        asked, answered, answered_here,
        " ".join(unit[1].split())[:100] if unit else "",
        "budget" if _BUDGET.search(question) else "other", page.url,
_key(question),
    )  # fmt: skip


def _dates(segment: _Segment) -> tuple[date | None, date | None]:
    asked = answered = None
    for number, words in enumerate(segment.folded):
        for found, start in dates(words):
            label = words[max(0, start - 40) : start]
            if _ANSWERED_LABEL.search(label):
                answered = answered or found
            elif _ASKED_LABEL.search(label):
                asked = asked or found
            elif number < segment.answer or segment.answer < 0:
                asked = asked or (found if len(words) < 120 else None)
            elif len(words) < 80:
                answered = answered or found
    return asked, answered


def dates(folded: str) -> list[tuple[date, int]]:
    """(date, position) of every valid date written in folded Vietnamese text: 31/12/2019, "ngay 5 thang 3 nam 2020"."""
    found = []
    for match in _DATED.finditer(folded):
        day, month, year = (int(part) for part in match.groups() if part)
        if match[7]:
            day, year = year, day
        try:
            found.append((date(year, month, day), match.start()))
        except ValueError:
            continue
    return found


def status_rows(page: Page) -> int:
    """Rows of a list that say whether a question was answered ("Đã trả lời")."""
    lines = zip(page.blocks, page.folded_lines, strict=True)
    return sum(1 for block, words in lines if _shows_status(block, words))


def status_dates(page: Page) -> list[date]:
    """The dates in such rows: those of their questions or answers."""
    lines = zip(page.blocks, page.folded_lines, strict=True)
    return [found for block, words in lines if _shows_status(block, words) for found, _ in dates(words)]


def _shows_status(block: Block, words: str) -> bool:
    return block.place not in ("menu", "footer", "aside") and len(words) < 200 and bool(_ANSWERED.search(words))
