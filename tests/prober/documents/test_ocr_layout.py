"""Words of a scan in lines, and tables by what stands in columns."""

import pytest

from prober.documents.ocr import OcrWord, laid_out

HIGH = 30


def words(*lines: tuple[int, list[tuple[int, str]]], askew: float = 0.0) -> list[OcrWord]:
    """Lines at their tops, each piece at its left; a piece is a block of its own, as tesseract finds them."""
    found = []
    for number, (top, pieces) in enumerate(lines):
        for left, text in pieces:
            at = left
            for word in text.split():
                found.append(OcrWord(0, left, 0, number, at, int(top + askew * at), 15 * len(word), HIGH, 90.0, word))
                at += 15 * len(word) + 12
    return sorted(found, key=lambda word: (word.block, word.line, word.left))


HEAD = (100, [(100, "UBND TỈNH CÀ MAU"), (900, "CỘNG HÒA XÃ HỘI")]), (150, [(100, "SỞ TÀI CHÍNH"), (900, "Độc lập")])
ROWS = [
    (400 + 60 * number, [(100, str(number)), (250, name), (700, "8.535.002"), (1000, "9.104.227")])
    for number, name in enumerate(["Tổng thu", "Thu nội địa", "Bổ sung", "Tổng chi"])
]
TWO = [(400 + 60 * number, [(100, name), (700, "8.535")]) for number, name in enumerate(["Thu", "Chi", "Vay"])]
PROSE = [(100 + 60 * n, [(100, "Sở Tài chính gửi dự toán ngân sách năm 2020 theo yêu cầu.")]) for n in range(5)]


@pytest.mark.parametrize("askew", [0.0, 0.007, -0.007], ids=["straight", "left", "right"])
def test_a_table_is_rows_with_tabs(askew: float) -> None:
    layout = laid_out(words(*HEAD, *ROWS, (800, [(100, "Nơi nhận: như trên")]), askew=askew))
    assert layout.tables == ((4, 4),)
    lines = layout.text.split("\n")
    assert [line for line in lines if "\t" in line][3] == "3\tTổng chi\t8.535.002\t9.104.227"
    assert "Nơi nhận: như trên" in lines and "UBND TỈNH CÀ MAU" in lines


def test_two_columns_are_a_table_if_the_last_are_numbers() -> None:
    assert laid_out(words(*TWO)).tables == ((3, 2),)
    assert laid_out(words(*TWO)).text == "Thu\t8.535\nChi\t8.535\nVay\t8.535"


@pytest.mark.parametrize("lines", [HEAD, PROSE, ROWS[:2], [*ROWS[:2], *PROSE[:1]], []])
def test_what_is_no_table(lines: list[tuple[int, list[tuple[int, str]]]]) -> None:
    assert laid_out(words(*lines)).tables == ()


def test_pages_are_laid_out_by_themselves() -> None:
    first = words(*ROWS)
    second = [OcrWord(1, *[getattr(word, name) for name in OcrWord.__struct_fields__[1:]]) for word in first]
    assert laid_out([*first, *second]).tables == ((4, 4), (4, 4))
    assert len(laid_out([*first, *second]).text.replace("\n\n", "\n").split("\n")) == 8
