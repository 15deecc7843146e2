"""Read tables that list questions, one thread a row: columns "Câu hỏi", "Ngày gửi", "Ngày trả lời", "Trạng thái"."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from selectolax.lexbor import LexborNode

from prober.domain.page import Page
from prober.text.patterns import linear
from prober.text.vietnamese import fold

# Column → words of its heading; the first that matches takes the column.
_COLUMNS = (
    ("answered_on", linear(r"ngay (?:tra loi|giai dap|phan hoi)")),
    ("asked_on", linear(r"ngay (?:gui|hoi|dang|tao|dat)|thoi gian")),
    ("unit", linear(r"(?:don vi|co quan|phong|noi|nguoi) (?:tra loi|xu ly|giai dap)")),
    ("status", linear(r"trang thai|tinh trang|ket qua")),
    (
        "answer",
        linear(r"^(?:noi dung |cau |y kien )?(?:tra loi|giai dap|dap|phan hoi)(?: cau hoi)?$|^(?:cau )?dap an$"),
    ),
    ("question", linear(r"cau hoi|tieu de|noi dung|chu de")),
)
_QUESTION = dict(_COLUMNS)["question"]
MOST_TABLES = 100
MOST_NESTED = 20  # a table with more tables in it is the layout of a page; deep nesting would take too much time
ANSWERED = linear(r"\bda (?:duoc )?(?:tra loi|giai dap|phan hoi|xu ly)\b")
_PENDING = linear(r"\b(?:chua|dang|cho)\b")
_SHORT_ANSWER = 3  # characters: "-", "x"
_WAITING = 40  # characters of "Chưa trả lời", "Đang chờ đơn vị xử lý"
_DATE = linear(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one row; `link` is the address of the thread's own page as written, or ""."""

    question: str
    asked_on: date | None
    answered_on: date | None
    answered: bool
    unit: str
    link: str


def rows(page: Page) -> list[Row]:
    """Return the rows of every table of the page whose headings are those of a list of questions."""
    return [row for _, found in _listed(page) for row in found]


@lru_cache(maxsize=1)  # asked for several times for the same page
def cells(page: Page) -> frozenset[int]:
    """Return the memory ids of all elements inside such tables, which must not be read as running text."""
    return frozenset(node.mem_id for table, _ in _listed(page) for node in table.traverse())


@lru_cache(maxsize=1)  # asked for several times for the same page
def _listed(page: Page) -> list[tuple[LexborNode, list[Row]]]:
    """Return the tables that list questions, each with its rows."""
    some = "cau hoi" in page.folded or "tra loi" in page.folded
    tables = page.tree.css("table")[:MOST_TABLES] if some else []
    return [(table, found) for table in tables if (found := list(_rows(table)))]


def _rows(table: LexborNode) -> Iterator[Row]:
    lines = table.css("tr")
    if len(table.css("table")) > MOST_NESTED or len(lines) < 2 or not _QUESTION.search(fold(_text(lines[0]))):
        return
    columns = _columns([_text(cell) for cell in lines[0].css("th, td")])
    # Any table may have a question column; with an answer, its date, a status or a unit it is a list of threads.
    if "question" not in columns or not columns.keys() & {"answer", "answered_on", "status", "unit"}:
        return
    for line in lines[1:]:
        row = line.css("td")
        if len(row) <= max(columns.values()):
            continue
        texts = {name: _text(row[position]) for name, position in columns.items()}
        answered_on = _date(texts.get("answered_on", ""))
        status = fold(texts.get("status", ""))
        answered = bool(ANSWERED.search(status)) if status else answered_on is not None or _answers(texts)
        link = row[columns["question"]].css_first("a[href]")
        href = (link.attributes.get("href") or "") if link is not None else ""
        yield Row(
            texts["question"], _date(texts.get("asked_on", "")), answered_on, answered, texts.get("unit", ""), href
        )


def _answers(texts: dict[str, str]) -> bool:
    """Return True if a row gives an answer in words, and not that there is none yet."""
    answer = fold(texts.get("answer", ""))
    return len(answer) > _SHORT_ANSWER and not (len(answer) < _WAITING and _PENDING.search(answer))


def _columns(heads: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, head in enumerate(heads):
        words = fold(head)
        name = next((name for name, mark in _COLUMNS if mark.search(words) and name not in found), "")
        if name and len(words) < 60:
            found[name] = position
    return found


def _text(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ").split())


def _date(text: str) -> date | None:
    match = _DATE.search(text)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None
