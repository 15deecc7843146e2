"""A document as PDF: A4, text that can be searched and copied, the same bytes for the same document."""

from collections.abc import Iterator
from html import escape
from io import BytesIO

from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, TableStyle

from prober.campaign.letters.typeface import BOLD, PLAIN, without_glyph
from prober.campaign.preregistration.paper import Paper, Table, Verbatim

MARGIN = 56
WIDTH = A4[0] - 2 * MARGIN
GAP = 10  # between two columns
WIDEST = 190  # of a column that shares the page with others
_RULE = Color(0.75, 0.75, 0.75)
_BODY = ParagraphStyle("body", fontName=PLAIN, fontSize=10, leading=13.5, spaceAfter=6)
_TITLE = ParagraphStyle("title", parent=_BODY, fontName=BOLD, fontSize=16, leading=20, spaceAfter=12)
_HEADING = ParagraphStyle(
    "heading", parent=_BODY, fontName=BOLD, fontSize=12, leading=16, spaceBefore=10, keepWithNext=1
)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=8.5, leading=11, spaceAfter=0, splitLongWords=1)
_HEAD = ParagraphStyle("head", parent=_CELL, fontName=BOLD)
_LETTER = ParagraphStyle("letter", parent=_BODY, fontSize=8.5, leading=11, leftIndent=10, spaceAfter=0)


def pdf(paper: Paper) -> bytes:
    """`paper` on A4. Raises ValueError for a character that the typeface does not have."""
    for char in without_glyph("".join(_texts(paper))):
        raise ValueError(f"the typeface has no character U+{ord(char):04X}, so the document would not show it")
    out = BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=paper.title, author="", creator="prober", lang="vi-VN", invariant=1,
    )  # fmt: skip
    document.build(list(_flowables(paper)), onFirstPage=_numbered, onLaterPages=_numbered)
    return out.getvalue()


def _flowables(paper: Paper) -> Iterator[Flowable]:
    yield Paragraph(escape(paper.title), _TITLE)
    for section in paper.sections:
        yield Paragraph(escape(section.title), _HEADING)
        for part in section.parts:
            if isinstance(part, Table):
                yield _table(part)
            elif isinstance(part, Verbatim):
                yield from (Paragraph(escape(line) or "&nbsp;", _LETTER) for line in part.text.rstrip().split("\n"))
            else:
                yield Paragraph(escape(part), _BODY)


def _table(part: Table) -> LongTable:
    cells = [[Paragraph(escape(cell), _HEAD) for cell in part.header]]
    cells += [[Paragraph(escape(cell), _CELL) for cell in row] for row in part.rows]
    style = TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ]
    )
    return LongTable(cells, colWidths=_widths(part), repeatRows=1, style=style, spaceAfter=8, hAlign="LEFT")


def _widths(part: Table) -> list[float]:
    """The page shared out: to each column its widest word, and what is left by how much more its widest cell wants."""
    columns = list(zip(part.header, *part.rows, strict=True))
    least = [min(WIDEST, max(_wide(word) for cell in column for word in cell.split() or [""])) for column in columns]
    wanted = [min(WIDEST, max(map(_wide, column))) for column in columns]
    spare, more = WIDTH - sum(least), [want - need for want, need in zip(wanted, least, strict=True)]
    if spare < sum(more):
        return [need + spare * extra / sum(more) for need, extra in zip(least, more, strict=True)]
    full = [want >= WIDEST for want in wanted]
    left = (spare - sum(more)) / max(1, sum(full))
    return [want + left * is_full for want, is_full in zip(wanted, full, strict=True)]


def _wide(text: str) -> float:
    return float(pdfmetrics.stringWidth(text, BOLD, _CELL.fontSize)) + GAP


def _numbered(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont(PLAIN, 8.5)
    canvas.drawRightString(A4[0] - MARGIN, MARGIN / 2, str(document.page))


def _texts(paper: Paper) -> Iterator[str]:
    yield paper.title
    for section in paper.sections:
        yield section.title
        for part in section.parts:
            if isinstance(part, Table):
                yield from (cell for row in (part.header, *part.rows) for cell in row)
            else:
                yield (part.text if isinstance(part, Verbatim) else part).replace("\n", "")
