"""Write a filled slip as DOCX, for the office to copy from; small, and the same bytes for the same slip.

It never contains the number of an identity paper: only the PDF does, and this copy says so.
"""

import zipfile
from functools import cache
from io import BytesIO

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

from prober.campaign.letters.request_slip import FilledSlip, SlipRow

FONT = "Times New Roman"
SIZE = 11  # points
TEXT_WIDTH = 16.5  # cm
SIGNER_LEFT = 6.5  # cm
# Parts of python-docx's empty document that a slip does not use: 30 of its 36 kB.
UNUSED = ("stylesWithEffects", "thumbnail", "customXml", "theme", "webSettings", "fontTable", "numbering", "docProps")
KEPT_STYLES = ("Normal", "Default Paragraph Font", "Normal Table", "No List")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a ZIP file can hold; the true one would differ on each run


def docx(form: FilledSlip) -> bytes:
    """Return `form` as a DOCX file. Raises ValueError for a character that XML cannot contain."""
    document = Document(BytesIO(_paper()))
    for line in form.annex:
        _centred(document, line, size=9, left=8)
    for line in form.nation:
        _centred(document, line, bold=True)
    _centred(document, form.title, bold=True, size=15, before=14)
    _centred(document, form.about, size=11)
    _centred(document, form.addressee, bold=True, before=8, after=8)
    for row in form.rows:
        _row(document, row, form.on_pdf)
    _centred(document, form.date_line, left=SIGNER_LEFT, before=12)
    _centred(document, form.signer[0], bold=True, left=SIGNER_LEFT)
    _centred(document, form.signer[1], left=SIGNER_LEFT, after=40)
    _centred(document, form.signed_by, bold=True, left=SIGNER_LEFT)
    _paragraph(document, form.footer, size=9).paragraph_format.space_before = Pt(12)
    return _settled(_saved(document))


def _row(document: DocumentObject, row: SlipRow, on_pdf: str) -> None:
    value = on_pdf if row.identity else row.value
    paragraph = _paragraph(document, f"{row.label} {value or ''}".strip())
    layout = paragraph.paragraph_format
    layout.left_indent = Cm(0.6 * row.level)
    if value == "":
        layout.tab_stops.add_tab_stop(Cm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
        paragraph.add_run("\t").font.size = Pt(SIZE)


def _paragraph(document: DocumentObject, text: str, bold: bool = False, size: int = SIZE) -> Paragraph:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(2)
    run = paragraph.add_run(text)
    run.bold = bold or None
    run.font.size = Pt(size)
    return paragraph


def _centred(
    document: DocumentObject,
    text: str,
    bold: bool = False,
    size: int = SIZE,
    left: float = 0,
    before: int = 0,
    after: int = 2,
) -> None:
    """Add a centred paragraph: `size`, `before` and `after` in points, `left` in centimetres."""
    layout = _paragraph(document, text, bold, size).paragraph_format
    layout.alignment = WD_ALIGN_PARAGRAPH.CENTER
    layout.keep_with_next = True  # keeps the signature block on one page
    layout.left_indent, layout.space_before, layout.space_after = Cm(left), Pt(before), Pt(after)


@cache
def _paper() -> bytes:
    """Return an empty document with paper and font set, without the parts and styles that a slip does not use."""
    document = Document()
    for package in (document.part.package, document.part):
        for key, relation in list(package.rels.items()):
            if any(word in str(relation.reltype) for word in UNUSED) or "-properties" in str(relation.reltype):
                del package.rels[key]
    styles = document.styles.element
    for style in styles.findall(qn("w:style")):
        if style.find(qn("w:name")).get(qn("w:val")) not in KEPT_STYLES:
            styles.remove(style)
    styles.remove(styles.find(qn("w:latentStyles")))
    fonts = styles.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:rFonts')}")
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.5), Cm(2)
    section.top_margin = section.bottom_margin = Cm(1.8)
    return _saved(document)


def _saved(document: DocumentObject) -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _settled(data: bytes) -> bytes:
    """Return the same ZIP file with fixed times in place of the time at which it was made."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as settled:
        for item in made.infolist():
            settled.writestr(zipfile.ZipInfo(item.filename, EPOCH), made.read(item), zipfile.ZIP_DEFLATED)
    return out.getvalue()
