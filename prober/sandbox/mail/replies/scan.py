"""Make a signed and scanned official letter as a PDF: the picture of a page, with recognised text below it.

Written by hand, since a PDF library that can set Vietnamese comes with fonts larger than the whole sandbox.
"""

import random
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

_WIDTH, _HEIGHT = 595, 842  # A4 in points
_GRAIN = 4  # points per pixel of the scan
_LEADING = 17


def official_letter(words: Mapping[str, Any]) -> bytes:
    """Return the letter that hands over three reports. `words` are those of the reply texts."""
    lines = (
        f"UBND {words['tinh']}".upper(),
        "SỞ TÀI CHÍNH",
        f"Số: {words['so_hieu']}/STC-QLNS",
        "V/v cung cấp thông tin về ngân sách địa phương",
        f"{words['noi']}, ngày {words['ngay']}",
        f"Kính gửi: {words['nguoi_gui']}",
        f"Phúc đáp đề nghị của Quý đơn vị ngày {words['ngay_thu']}, {words['so']} cung cấp thông tin như sau:",
        f"1. Quyết toán ngân sách địa phương năm 2018: tổng thu {words['thu_2018']} tỷ đồng,",
        f"tổng chi {words['chi_2018']} tỷ đồng.",
        f"2. Thực hiện dự toán năm 2019: tổng thu {words['thu_2019']} tỷ đồng, đạt {words['ty_le']}% dự toán.",
        f"3. Dự toán năm 2020: tổng thu {words['thu_2020']} tỷ đồng, tổng chi {words['chi_2020']} tỷ đồng.",
        "Trân trọng./.",
        "Nơi nhận: Như trên; Lưu: VT, QLNS.",
        "KT. GIÁM ĐỐC",
        "PHÓ GIÁM ĐỐC",
        "(Đã ký)",
        "Văn bản mô phỏng của thế giới thử nghiệm.",
    )
    return _pdf(lines, int(words["so_hieu"]))


def _pdf(lines: Sequence[str], seed: int) -> bytes:
    """Return a PDF of one page: the scan as an image, `lines` as invisible text (rendering mode 3), as after OCR."""
    letters = sorted(set("".join(lines)))
    codes = {letter: number for number, letter in enumerate(letters, 1)}
    content = [f"q {_WIDTH} 0 0 {_HEIGHT} 0 0 cm /Scan Do Q BT /F1 11 Tf 3 Tr {_LEADING} TL 60 {_HEIGHT - 80} Td"]
    content += [f"<{''.join(f'{codes[letter]:04X}' for letter in line)}> Tj T*" for line in lines]
    columns, rows = _WIDTH // _GRAIN, _HEIGHT // _GRAIN
    image = f"/Type /XObject /Subtype /Image /Width {columns} /Height {rows} /ColorSpace /DeviceRGB /BitsPerComponent 8"
    return _file(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] /Contents 4 0 R"
            " /Resources << /Font << /F1 6 0 R >> /XObject << /Scan 5 0 R >> >> >>",
            _stream("", " ".join([*content, "ET"]).encode("ascii")),
            _stream(image, _picture(tuple(len(line) for line in lines), seed)),
            "<< /Type /Font /Subtype /Type0 /BaseFont /TimesNewRomanPSMT /Encoding /Identity-H"
            " /DescendantFonts [7 0 R] /ToUnicode 8 0 R >>",
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /TimesNewRomanPSMT /DW 500"
            " /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 9 0 R >>",
            _stream("", _to_unicode(codes)),
            "<< /Type /FontDescriptor /FontName /TimesNewRomanPSMT /Flags 4 /FontBBox [0 -250 1000 900]"
            " /ItalicAngle 0 /Ascent 900 /Descent -250 /CapHeight 700 /StemV 80 >>",
        ]
    )


def _file(objects: Sequence[str | bytes]) -> bytes:
    """Return the numbered objects, with the table of their positions."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    starts = []
    for number, item in enumerate(objects, 1):
        starts.append(len(out))
        body = item if isinstance(item, bytes) else item.encode("ascii")
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{start:010} 00000 n \n".encode() for start in starts)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out)


def _stream(entries: str, data: bytes) -> bytes:
    packed = zlib.compress(data)
    head = f"<< {entries} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n"
    return head.encode("ascii") + packed + b"\nendstream"


def _to_unicode(codes: Mapping[str, int]) -> bytes:
    pairs = [f"<{code:04X}> <{letter.encode('utf-16-be').hex().upper()}>" for letter, code in codes.items()]
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]  # the format allows 100 per block
    maps = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <FFFF> endcodespacerange\n{maps}\nendcmap end end\n"
    ).encode("ascii")


@lru_cache(maxsize=8)
def _picture(lengths: tuple[int, ...], seed: int) -> bytes:
    """Return a picture like a bad scan: grainy paper, one grey bar for each line of text, a round red stamp."""
    draw = random.Random(seed)
    columns, rows = _WIDTH // _GRAIN, _HEIGHT // _GRAIN
    pixels = bytearray()
    for row in range(rows):
        line, within = divmod(row * _GRAIN - 72, _LEADING)
        ink_until = 15 + lengths[line] * 5.2 / _GRAIN if 0 <= line < len(lengths) and within < 9 else 0
        for column in range(columns):
            paper = 226 + draw.randrange(18)
            distance = ((column - 98) ** 2 + (row - 88) ** 2) ** 0.5
            if 12 < distance < 14:
                pixels += bytes((200, 60, 60))
            elif 15 <= column < ink_until and draw.random() < 0.8:
                pixels += bytes((90, 90, 96))
            else:
                pixels += bytes((paper, paper, paper - 6))
    return bytes(pixels)
