"""The one typeface of every PDF, with all Vietnamese letters, embedded."""

from functools import cache

import font_source_serif_pro  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD, FIXED = "Slip", "Slip-Bold", "Courier"  # FIXED: one of the fonts that every reader of PDF has


@cache
def registered() -> TTFont:
    """Register both fonts with the library, once in the life of the process; the plain one."""
    files = font_source_serif_pro.font_files_ttf
    plain, bold = (
        TTFont(name, files[file], asciiReadable=False)
        for name, file in ((PLAIN, "SourceSerifPro"), (BOLD, "SourceSerifProBold"))
    )
    pdfmetrics.registerFont(bold)
    pdfmetrics.registerFont(plain)
    return plain


def without_glyph(text: str) -> list[str]:
    """The characters of `text` that the typeface does not have: each would be an empty box on paper."""
    return [char for char in sorted(set(text)) if ord(char) not in registered().face.charToGlyph]
