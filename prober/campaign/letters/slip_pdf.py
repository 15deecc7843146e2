"""Write a filled slip as PDF: A4, one embedded font with all Vietnamese letters, the same bytes for the same slip."""

from collections.abc import Iterator
from functools import cache
from io import BytesIO

import font_source_serif_pro  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from prober.campaign.letters.identity_number import BLANK
from prober.campaign.letters.request_slip import FilledSlip, SlipRow

PLAIN, BOLD, FIXED = "Slip", "Slip-Bold", "Courier"  # FIXED: a standard font of every PDF reader
SIZE, LEADING = 11, 15.5
LEFT, RIGHT, TOP, BOTTOM = 70, A4[0] - 55, A4[1] - 50, 55
INDENT = 16
SIGNER = RIGHT - 125  # middle of the signature block: its widest line ends at the margin


@cache
def registered() -> TTFont:
    """Register both fonts with the library, once in the life of the process; return the plain one."""
    files = font_source_serif_pro.font_files_ttf
    plain, bold = (
        TTFont(name, files[file], asciiReadable=False)
        for name, file in ((PLAIN, "SourceSerifPro"), (BOLD, "SourceSerifProBold"))
    )
    pdfmetrics.registerFont(bold)
    pdfmetrics.registerFont(plain)
    return plain


def pdf(form: FilledSlip) -> bytes:
    """Return `form` as a PDF file.

    Raises ValueError for a character that the font does not have, or if the text already contains the blank for the
    number of an identity paper, so that its place would not be unique.
    """
    _shown(form)
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, lang="vi-VN")
    canvas.setTitle(f"{form.title} ({form.name})")
    canvas.setAuthor(form.signed_by)
    canvas.setCreator("prober")
    canvas.setSubject(form.about)
    canvas.setPageCompression(
        0
    )  # so that the number can be written where it belongs; see prober.campaign.letters.identity_number
    sheet = _Sheet(canvas)
    sheet.head(form)
    for row in form.rows:
        sheet.row(row)
    sheet.foot(form)
    canvas.showPage()
    canvas.setPageCompression(1)  # the fonts, written now
    canvas.save()
    data = out.getvalue()
    places = sum(row.identity for row in form.rows)
    if data.count(BLANK.encode()) != places:
        raise ValueError(f"a value holds {BLANK!r}, which marks the place of the number of an identity paper")
    return data


class _Sheet:
    """A canvas with the position of the next line."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.y = TOP

    def head(self, form: FilledSlip) -> None:
        for line in form.annex:
            self._centred(line, PLAIN, 8.5, RIGHT - 110, 11)
        self._down(8)
        self._centred(form.nation[0], BOLD, 12, A4[0] / 2, LEADING)
        self._centred(form.nation[1], BOLD, 12, A4[0] / 2, 5)
        width = pdfmetrics.stringWidth(form.nation[1], BOLD, 12)
        self.canvas.line(A4[0] / 2 - width / 2, self.y, A4[0] / 2 + width / 2, self.y)
        self._down(30)
        self._centred(form.title, BOLD, 14, A4[0] / 2, 16)
        self._centred(form.about, PLAIN, 10, A4[0] / 2, 24)
        for line in _wrapped(form.addressee, BOLD, SIZE, RIGHT - LEFT - 80):
            self._centred(line, BOLD, SIZE, A4[0] / 2, LEADING)
        self._down(6)

    def row(self, row: SlipRow) -> None:
        left = LEFT + INDENT * row.level
        if row.identity:
            self._line(row.label, left)
            width = pdfmetrics.stringWidth(f"{row.label} ", PLAIN, SIZE)
            self.canvas.setFont(FIXED, SIZE)
            self.canvas.drawString(left + width, self.y, BLANK)
            self._down(LEADING)
            return
        for line in _wrapped(f"{row.label} {row.value or ''}".strip(), PLAIN, SIZE, RIGHT - left):
            self._line(line, left)
            if row.value == "":
                self._dots(left + pdfmetrics.stringWidth(f"{line} ", PLAIN, SIZE))
            self._down(LEADING)

    def foot(self, form: FilledSlip) -> None:
        self._room(8 * LEADING)
        self._down(LEADING)
        self._centred(form.date_line, PLAIN, SIZE, SIGNER, LEADING)
        self._centred(form.signer[0], BOLD, SIZE, SIGNER, LEADING)
        self._centred(form.signer[1], PLAIN, 10, SIGNER, 4 * LEADING)
        for line in _wrapped(form.signed_by, BOLD, SIZE, 220):
            self._centred(line, BOLD, SIZE, SIGNER, LEADING)
        self._down(LEADING)
        self.canvas.setFont(PLAIN, 8.5)
        self.canvas.drawString(LEFT, BOTTOM - 15, form.footer)

    def _line(self, text: str, left: float) -> None:
        self._room(LEADING)
        self.canvas.setFont(PLAIN, SIZE)
        self.canvas.drawString(left, self.y, text)

    def _centred(self, text: str, font: str, size: float, middle: float, down: float) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawCentredString(middle, self.y, text)
        self._down(down)

    def _dots(self, left: float) -> None:
        step = pdfmetrics.stringWidth(".", PLAIN, SIZE)
        self.canvas.drawString(left, self.y, "." * max(3, int((RIGHT - left) / step)))

    def _down(self, points: float) -> None:
        self.y -= points

    def _room(self, points: float) -> None:
        if self.y - points < BOTTOM:
            self.canvas.showPage()
            self.y = TOP


def _wrapped(text: str, font: str, size: float, width: float) -> Iterator[str]:
    """Yield `text` in lines no wider than `width`; a single word that is wider is cut."""
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if pdfmetrics.stringWidth(longer, font, size) <= width:
            line = longer
            continue
        if line:
            yield line
        line = word
        while pdfmetrics.stringWidth(line, font, size) > width:
            fits = next(n for n in range(len(line), 0, -1) if pdfmetrics.stringWidth(line[:n], font, size) <= width)
            yield line[:fits]
            line = line[fits:]
    yield line


def _shown(form: FilledSlip) -> None:
    """Raise ValueError for a character that the font does not have: it would be an empty box on paper."""
    texts = [form.addressee, form.signed_by, *(f"{row.label}{row.value or ''}" for row in form.rows)]
    for char in sorted(set("".join(texts))):
        if ord(char) not in registered().face.charToGlyph:
            raise ValueError(f"form {form.name} cannot show the character U+{ord(char):04X}")
