"""Find the budget content of a letter: figures in its words, tables and documents among its files, and their titles.

A covering letter, a form or a regulation is no budget content, whatever its name. Nor is a file that cannot be read.
The picture of a text (a scan) is a document like any other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import ClassVar

from mailroom.classification import sentences
from prober.documents.media_types import XLSX
from prober.documents.notes import MARK, faulty
from prober.domain.correspondence import Attachment, Reply
from prober.domain.requested_documents import (
    ESTIMATE,
    EXECUTION,
    SETTLEMENT,
    DocumentMarks,
    forms,
    names_document,
    pairs,
    years,
)
from prober.studies.packs import PhraseTable
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Words, caught, compiled, find


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
class BudgetFile:
    name: str
    sort: Sort
    words: str = ""  # the text of a letter, as `sentences` returns it
    numbers: bool = False  # it contains a table of numbers
    appended: str = ""  # to a letter, if that contains a table
    slip: bool = False  # a form for requests
    guide: bool = False


MAX_READ = 60_000  # characters of each text that are read
_NUMBERS = 8  # so many numbers of a thousand and more make a table
_FEW = 4  # so many amounts in two rows are a table in a letter
_NAMED = 3  # so many beside words of the budget
_AMOUNT = linear(r"(?<![\d/.,])[1-9](?:\d{0,2}(?:[.,]\d{3}){1,4}|\d{4,11})(?![\d/.,])")
_NUMBER = linear(r"(?<![\d/.])[1-9](?:\d{0,2}(?:[.,]\d{3})+|\d{4,})(?![\d/])")
_WORDS = linear(r"[^\W\d_]{2,}")
_PLAIN = linear(r"[a-z]+")
_HEAD = 400
_LETTER = 6_000  # characters of a letter without a head
_NOTHING = ("application/ms-tnef", "application/x-msdownload")
_SHEETS = (XLSX, "text/csv")
_BETWEEN_WORDS = linear(r"[-_.]+")
_TABLES = (".xlsx", ".xls", ".ods", ".csv", ".zip", ".rar", ".7z")  # a law is a text
_NAMED_ROW = linear(
    r"[^\n]{0,160}[^\W\d_][^\d\n]{0,60}\s((?:[1-9]\d{0,2})(?:[.,]\d{3}){1,4}(?:,\d{1,3})?)\s{0,4}[^\W\d_.]{0,6}[.]?[^\W\d_.]{0,6}"
)  # a name, one amount, and perhaps its unit
_TITLED_ROWS = 3  # so many below the title of a document are its table
_TITLE_WORDS = 8  # most of a line between a title and its rows
_ROW = linear(r"(?<![\d.,])\d[\d.,]{0,20}(?: {1,3}-?\d[\d.,]{0,20}){2,}")
_BETWEEN_CELLS = linear(r"\t|\||  +")
_ENDS_IN_NUMBERS = linear(
    r"(?<![\d/.,])(?!(?:19|20)\d\d(?![\d.,]))\d[\d.,]{3,20}[\s\d.,%-]{0,80}$"
)  # a row ends in them
_MEMBER = linear(r"\S.{0,200}\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|rtf|txt|csv|zip|rar|7z)")
_TOP = 400  # characters in which a file says what it is, where its kind is not known
_TITLE = 6  # words of a title that may end like a sentence
_CELLS = linear(r"\t|[^\d\s],\S|,[^\d\s]")  # of a row
_SENTENCE = linear(r"[.?!]\s*$")


@dataclass(frozen=True, slots=True, eq=False)
class DocumentWords:
    """Hold the words by which files show what they are, from the packs. They meet folded text but where said."""

    TABLE: ClassVar = "documents"
    cell: re.Pattern[str]  # a cell of a table of what is asked for; elsewhere its words may be names
    form: re.Pattern[str]
    slip: re.Pattern[str]  # among forms, that of a request
    guide: re.Pattern[str]  # among forms, what tells how something is done
    budget: re.Pattern[str]  # what is asked for
    # Names and titles of what nobody asked for, although it has sums or words of the budget: the office's own budget
    # (circulars 61/2017 and 90/2018), reports on the economy, papers of the office's bookkeeping, laws.
    unasked: re.Pattern[str]
    # Marks of the office's own budget, whose forms name the state's too; a document of the province outweighs them.
    own: re.Pattern[str]
    # Whose budget a file is, unless the province's: a body in its name or in a line in capitals.
    of_budget: re.Pattern[str]
    owner: re.Pattern[str]
    province: re.Pattern[str]
    asked: re.Pattern[str]
    title_of_law: re.Pattern[str]  # as written
    law_name: re.Pattern[str]
    of_ours: re.Pattern[str]
    rules_link: re.Pattern[
        str
    ]  # in an address, as written: of the forms and rules of requests, and who hears complaints
    covering: re.Pattern[str]
    money: tuple[str, ...]  # a text without any of these names no sum of money
    unit: re.Pattern[str]
    budget_sum: re.Pattern[str]


@dataclass(frozen=True, slots=True, eq=False)
class PlaceWords:
    """Hold how papers and letters name an office's place, from the packs: patterns for text as written."""

    TABLE: ClassVar = "office_place"
    of_paper: re.Pattern[str]  # catches the place in the head of a paper
    of_office: re.Pattern[str]  # catches the place behind the name of an office that was asked
    merged: re.Pattern[str]  # words of places that are one now: a paper may name the former one


def sort_out(attached: Attachment, table: PhraseTable, plain: bool = False) -> BudgetFile:
    """Return the sort of `attached`; for a letter also its words."""
    text, marks = attached.text[:MAX_READ], table.words.table(DocumentWords)
    name = fold(attached.name)
    if not attached.scanned and faulty(text):  # encrypted, broken or a bomb, also in an archive: a person must look
        return BudgetFile(attached.name, Sort.UNREAD)
    seen = "" if text.startswith(MARK) else text
    if sentences.is_ours(seen, table):
        return BudgetFile(attached.name, Sort.FORM)
    if (marks.law_name.match(name) and not name.endswith(_TABLES)) or marks.title_of_law.search(seen[:_HEAD]):
        return BudgetFile(attached.name, Sort.LAW)
    said, appended = sentences.letter_in(seen, table)
    if said:
        appended = appended if _is_table(appended, marks) else ""
        return BudgetFile(
            attached.name,
            Sort.LETTER,
            sentences.sentences(said, table, plain),
            bool(appended) or _is_table(said, marks),
            appended,
        )
    text_file = seen.strip() and attached.media_type not in _SHEETS
    if text_file and marks.covering.match(name) and not _is_table(seen, marks):
        return BudgetFile(attached.name, Sort.LETTER, sentences.sentences(seen[:_LETTER], table, plain))
    if _is_unasked(name, seen, marks):
        return BudgetFile(attached.name, Sort.UNASKED)
    if _is_table(seen, marks):
        return BudgetFile(attached.name, Sort.DATA, numbers=True)
    head = f"{name}\n{fold(seen[:_HEAD])}"
    if marks.form.search(head) or marks.of_ours.search(name):
        slip, guide = bool(marks.slip.search(head)), bool(marks.guide.search(head))
        return BudgetFile(attached.name, Sort.FORM, slip=slip, guide=guide)
    of_budget = bool(marks.budget.search(head)) and not marks.covering.match(name)
    if attached.media_type in _SHEETS and seen.strip():  # never a letter, but perhaps about another matter
        of_budget = bool(marks.budget.search(f"{name}\n{fold(seen)}") or marks.cell.search(seen))
        return BudgetFile(attached.name, Sort.DATA if of_budget else Sort.OTHER)
    if attached.media_type in _NOTHING:
        return BudgetFile(attached.name, Sort.UNREAD)
    if not seen.strip():
        return BudgetFile(attached.name, Sort.TITLED if of_budget else Sort.OTHER)
    if of_budget:
        return BudgetFile(attached.name, Sort.DATA)
    return BudgetFile(attached.name, Sort.LETTER, sentences.sentences(seen[:_LETTER], table, plain))


def of_others(name: str) -> BudgetFile:
    """Return a file of an office that was not asked."""
    return BudgetFile(name, Sort.UNASKED)


def own_places(reply: Reply, words: Words) -> frozenset[str]:
    """Return the places of the office that answers, each in letters alone: "khanhhoa"; none where it names none.

    They are read from the letter to it, quoted below the reply, and from the reply itself.
    """
    known = words.table(PlaceWords)
    text = f"{reply.full_text[:MAX_READ]}\n{reply.text[:MAX_READ]}"
    if known.merged.search(text):
        return frozenset()
    return frozenset(filter(None, (_letters(caught(found)) for found in known.of_office.finditer(text))))


def is_of_another_place(paper: str, places: frozenset[str], domain: str, words: Words) -> bool:
    """Return True if the head of a paper names one place, which is neither of `places` nor in the sender's domain."""
    found = {_letters(caught(match)) for match in words.table(PlaceWords).of_paper.finditer(paper[:_HEAD])} - {""}
    if len(found) != 1 or not places:
        return False
    (place,) = found
    return place not in _letters(domain) and not any(name in place or place in name for name in places)


def _letters(text: str) -> str:
    return "".join(_PLAIN.findall(fold(text)))


def _is_unasked(name: str, text: str, marks: DocumentWords) -> bool:
    """Return True for a document of another matter; the budget of the province may name one too."""
    head = f"{name}\n{fold(text[:_HEAD])}"
    if _is_anothers(name, text, marks):  # rows with amounts may say from which budget an office has its money
        return not marks.province.search("\n".join(line for line in head.split("\n") if not _NUMBER.search(line)))
    return bool(marks.unasked.search(head)) and not marks.asked.search(head)


def _is_anothers(name: str, text: str, marks: DocumentWords) -> bool:
    """Return True for the budget of another body than the one that was asked about."""
    head = f"{name}\n{fold(text[:_HEAD])}"
    title = (
        _BETWEEN_WORDS.sub(" ", name) + "\n" + "\n".join(line for line in text[:_HEAD].split("\n") if line.isupper())
    )
    title = fold(title)
    of_owner = marks.of_budget.search(head) and marks.owner.search(title) and not marks.asked.search(title)
    return bool(of_owner or marks.own.search(head))


def figures(text: str, table: PhraseTable) -> str:
    """Return budget figures in `text` (of `sentences`): two sums, one named budget sum, or rows of a table; or ""."""
    marks = table.words.table(DocumentWords)
    if not any(map(text.__contains__, marks.money)):
        return ""
    found = _sums(text, table)
    if len(found) >= 2 and marks.budget_sum.search(fold(text)):
        return ", ".join(found[:3])
    if named := find(table.of("item"), text):
        return named
    rows = _ROW.findall(text)
    numbers = rows if len(rows) > 1 else _NUMBER.findall(text)
    shown = len(rows) > 1 or len(numbers) >= _NUMBERS
    if not shown:
        numbers = [
            number
            for line in text.split("\n")
            if marks.budget_sum.search(fold(line))
            for number in _NUMBER.findall(line)
        ]
        shown = len(numbers) >= _NAMED
    return numbers[0] if shown and marks.unit.search(folded := fold(text)) and marks.budget_sum.search(folded) else ""


def table_in(text: str, said: Words) -> str:
    """Return the first row of a table of large numbers in `text`, of `sentences`; "" if there is none.

    Below the title of a document fewer rows are a table.
    """
    rows = [found[0] for line in text.split("\n") if len(found := _AMOUNT.findall(line)) > 1]
    numbers = _AMOUNT.findall(text)
    if len(numbers) >= _FEW and len(rows) > 1:
        return numbers[0]
    column = [row[1] for line in text.split("\n") if (row := _NAMED_ROW.fullmatch(line))]
    return column[0] if len(column) >= _NUMBERS else _rows_below_title(text, said)


def _rows_below_title(text: str, said: Words) -> str:
    """Return the first amount of the rows, each with one, that stand below the title of a document; else ""."""
    found: list[str] | None = None
    for line in text.split("\n"):
        row = _NAMED_ROW.fullmatch(line)
        if row and found is not None:
            found.append(row[1])
            if len(found) >= _TITLED_ROWS:
                return found[0]
        elif not row and not line.rstrip().endswith(".") and pairs(line, said):
            found = []
        elif len(line.split()) > _TITLE_WORDS:
            found = None
    return ""


def rows_below(lines: list[str], said: Words) -> tuple[tuple[str, str], ...]:
    """Return what names each row of a table, with "": the row, if it names a document and a year, or the line above.

    Below the number of a form its title goes on, and the heads of columns name other documents.
    """
    found: dict[str, None] = {}
    heading, by_form = "", False
    for line in lines:
        numbers = _NUMBER.search(line)
        if not numbers and names_document(line, said) and (not by_form or forms(line, said)):
            heading, by_form = line, bool(forms(line, said))
        elif numbers and (name := line if pairs(line, said) else heading):
            found[name], by_form = None, False
    return tuple((line, "") for line in found)


def sums_below(lines: list[str], table: PhraseTable) -> tuple[tuple[str, str], ...]:
    """Return each line with sums of money, and the last line of words above it that has none: no heads of columns."""
    found, heading = [], ""
    for line in lines:
        if _sums(line, table) or _has_unit(line, table):
            found.append((line, heading))
        elif len(_WORDS.findall(line)) > 1:
            heading = line
    return tuple(found)


def _has_unit(line: str, table: PhraseTable) -> bool:
    """Return True for a line that names the unit of its numbers once: "2019 (tỷ đồng): thu 4.862,7; chi 10.418,9"."""
    marks, plain = table.words.table(DocumentWords), fold(line)
    return len(_NUMBER.findall(line)) >= _NAMED and bool(marks.unit.search(plain) and marks.budget_sum.search(plain))


def _sums(text: str, table: PhraseTable) -> list[str]:
    (figure,) = compiled(table.of("figure"), text.isascii())
    return figure.findall(text)


def _is_table(text: str, marks: DocumentWords) -> bool:
    """Return True if `text` has a table of budget numbers; the number and date of a letter do not count."""
    if not marks.budget_sum.search(fold(text[:_HEAD])):
        return False
    return sum(1 for _ in zip(range(_NUMBERS), _NUMBER.finditer(text), strict=False)) >= _NUMBERS


def titles(text: str, said: Words) -> str:
    """Return the headings of each table and document in a file; else its text without column heads.

    A heading is in capitals, has the number of a form, or follows the name of a sort of paper ("NGHỊ QUYẾT"). A table
    of one year compares it with the years before, and so does its explanation: they name other documents than they are.
    Where a heading names a year and no kind, the columns of that year tell it. Where nothing else names a document, all
    of the text is returned.
    """
    found = [title for rows in _tables(text, said) if (title := _title(rows, said))]
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
        if is_row(line):
            lines = lines[:-1] if line[0].isdigit() else lines  # a row without heads above it
            break
    return "\n".join(line for line in lines if len(line.split()) <= _TITLE or not _SENTENCE.search(line))


def is_row(line: str) -> bool:
    return bool(_CELLS.search(line))


def _tables(text: str, said: Words) -> Iterator[list[list[str]]]:
    """Yield the rows of each table or document of a file, in cells.

    One begins with a member of an archive, or with a line of its own in capitals, or that names a document, below rows
    of numbers.
    """
    rows: list[list[str]] = []
    below = False  # rows of numbers
    for line in text.split("\n"):
        cells = [cell for cell in _BETWEEN_CELLS.split(line) if cell.strip()]
        alone = len(cells) == 1 and not _ENDS_IN_NUMBERS.search(line)
        if _MEMBER.fullmatch(line) or (below and alone and _begins(cells[0], said)):
            yield rows
            rows, below = [], False
        below = below or bool(_ENDS_IN_NUMBERS.search(line))
        rows.append(cells)
    yield rows


def _begins(line: str, said: Words) -> bool:
    return _is_heading(line, said) or (line[0].isupper() and bool(pairs(line, said)))


def _is_heading(cell: str, said: Words) -> bool:
    """Return True for a line in capitals, and for one that begins with the number of a form: "Mẫu biểu số 62"."""
    marks, plain = said.table(DocumentMarks), fold(cell.strip())
    found = None if cell.isupper() else marks.form.search(plain)
    return cell.isupper() or (found is not None and plain[: found.start()].strip() in {"", *marks.before_form})


def _title(rows: list[list[str]], said: Words) -> str:
    """Return what names the document that a table is; "" if nothing does."""
    marks = said.table(DocumentMarks)
    alone = {
        row[0] for row in rows if len(row) == 1 and row[0].isupper() and not marks.expected.match(fold(row[0]))
    }  # a heading, in the words of a column
    cells = [cell for row in rows for cell in row]
    folded = {cell: " ".join(fold(cell).split()) for cell in cells if cell not in alone}
    columns = [cell for cell, plain in folded.items() if marks.column.fullmatch(plain)]
    undated = [cell for cell, plain in folded.items() if marks.undated_column.fullmatch(plain)]
    named = [cell for cell in cells if cell not in columns]
    lines = [" ".join(row) for row in rows]
    subjects = [
        after
        for line, after in pairwise(lines)
        if marks.sort_of_paper.fullmatch(fold(line).strip()) and pairs(after, said)
    ]
    headings = [cell for cell in named if _is_heading(cell, said)]
    of_year = _of_year(headings, columns + undated, said)
    for kept in ("\n".join((*headings, *subjects)), of_year, "\n".join(named)):
        if pairs(kept, said) or forms(kept, said):
            return kept
    return ""


def _of_year(headings: list[str], columns: list[str], said: Words) -> str:
    """Return the column that tells the kind of a table whose headings name a year only: what was done before a plan."""
    year = next((year for heading in headings for year in years(heading, said)), 0)
    dated = [column if years(column, said) else f"{column} {year}" for column in columns] if year else []
    for kind in (SETTLEMENT, EXECUTION, ESTIMATE):
        if found := next((column for column in dated if (kind, year) in pairs(column, said)), ""):
            return found
    return ""
