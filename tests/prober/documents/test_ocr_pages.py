"""Tables of scanned pages, drawn here and read by tesseract."""

import io

import font_source_serif_pro  # type: ignore[import-untyped]
import pytest
from PIL import Image, ImageDraw, ImageFont

from prober.documents import ocr
from prober.documents.media_types import PDF
from prober.documents.notes import note

DOTS = 200  # per inch
ROWS = (
    ("STT", "Nội dung", "Dự toán", "Quyết toán"), ("A", "Tổng nguồn thu", "8.535.002", "9.104.227"),
    ("I", "Thu nội địa", "4.120.000", "4.388.100"), ("II", "Thu bổ sung", "4.415.002", "4.716.127"),
    ("B", "Tổng chi", "8.500.000", "9.000.000"),
)  # fmt: skip
AT = (160, 280, 800, 1130, 1480)  # left sides of the columns, and the right side of the last


def form(ruled: bool) -> bytes:
    """A page with a letterhead in two columns and a table, laid on the glass a little askew."""
    sheet = Image.new("L", (1654, 2339), 255)
    draw, font = ImageDraw.Draw(sheet), ImageFont.truetype(font_source_serif_pro.font_files_ttf["SourceSerifPro"], 32)
    for left, top, text in (
        (160, 150, "UBND TỈNH BẮC NINH"), (900, 150, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        (160, 210, "SỞ TÀI CHÍNH"), (1000, 210, "Độc lập - Tự do - Hạnh phúc"),
        (160, 270, "Biểu số 46/CK-NSNN: Cân đối ngân sách địa phương năm 2020"),
        (160, 800, "Nơi nhận: như trên; lưu văn thư, phòng quản lý ngân sách."),
    ):  # fmt: skip
        draw.text((left, top), text, font=font, fill=0)
    for number, row in enumerate(ROWS):
        for left, text in zip(AT, row, strict=False):
            draw.text((left + 15, 410 + 60 * number), text, font=font, fill=0)
    for top in range(400, 701, 60) if ruled else ():
        draw.line((AT[0], top, AT[-1], top), fill=0, width=2)
    for left in AT if ruled else ():
        draw.line((left, 400, left, 700), fill=0, width=2)
    out = io.BytesIO()
    sheet.rotate(0.4, fillcolor=255).convert("1").save(out, "PDF", resolution=DOTS)
    return out.getvalue()


@pytest.mark.needs("tesseract", "pdftoppm")
@pytest.mark.parametrize("ruled", [True, False], ids=["with lines", "without lines"])
def test_a_table_on_a_scanned_page_is_recognised_as_one(ruled: bool) -> None:
    found = ocr.recognise(form(ruled), PDF, ("vi",))
    assert not found.fault
    lines = found.text.split("\n")
    assert lines[-1] == note("table", "5", "4")
    rows = [line.split("\t") for line in lines if "\t" in line]
    assert [row[2:] for row in rows] == [list(row[2:]) for row in ROWS]
    assert [line for line in lines if "SỞ TÀI CHÍNH" in line and "\t" not in line]
