"""A covering letter says little: what the enclosed công văn says after "Kính gửi" decides, not its head or name."""

from dataclasses import replace
from email.message import EmailMessage

import pytest

from mailroom.classification import rules
from mailroom.mime import parser
from prober.documents.readers import SCANNED
from prober.domain.correspondence import Attachment
from tests.languages import VIETNAMESE

HEAD = """UBND TỈNH CÀ MAU
SỞ TÀI CHÍNH
Số: 712/STC-QLNS
V/v cung cấp thông tin ngân sách
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Cà Mau, ngày 18 tháng 5 năm 2020
Kính gửi: Nhóm khảo sát
Sở Tài chính nhận được thư điện tử ngày 12/5/2020 của Nhóm đề nghị cung cấp dự toán năm 2020,
quyết toán năm 2018, báo cáo thực hiện ngân sách và danh mục tài liệu công khai.
"""
FOOT = "\nNơi nhận:\n- Như trên;\n- UBND tỉnh (b/c);\nKT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC\n(Đã ký)\n"
FIGURES = (
    "Sở Tài chính cung cấp thông tin như sau:\n1. Dự toán năm 2020: tổng thu 8.120 tỷ đồng, tổng chi 13.450 tỷ đồng.\n"
)
APPENDIX = "Phụ lục I\nDỰ TOÁN NGÂN SÁCH NĂM 2020\n" + "\n".join(
    f"Mục {n}\n{12_345 + n}.{n}67" for n in range(100, 110)
)
LETTERS = {
    "2. Quyết toán năm 2018: tổng thu 17.300 tỷ đồng, tổng chi 16.980 tỷ đồng.": "F1",
    "2. Quyết toán năm 2018: đề nghị Nhóm liên hệ Văn phòng HĐND tỉnh.\n3. Báo cáo quý I: chưa tổng hợp xong.": "P1",
    "Các tài liệu đã được công khai tại https://stc.ca-mau.gov.test/ck/du-toan-2020.pdf, đề nghị Nhóm truy cập.": "L1",
    "Các tài liệu đã được công khai theo quy định trên Cổng thông tin điện tử của Sở, đề nghị Nhóm truy cập.": "O1",
    "Sở có ý kiến như sau:\n1. Dự toán do HĐND tỉnh quyết định.\n2. Đề nghị Nhóm liên hệ Văn phòng UBND tỉnh.": "T2",
    "Nội dung trên không thuộc thẩm quyền của Sở Tài chính. Sở Tài chính trả lời để Nhóm được biết./.": "T2",
    "Về việc này, Sở Tài chính chưa có cơ sở để cung cấp thông tin theo đề nghị của Nhóm.": "R2",
    "Các tài liệu trên thuộc độ Mật, Sở không cung cấp (gửi kèm Quyết định để Nhóm biết).": "R1",
    "Sở từ chối cung cấp theo điểm đ khoản 1 Điều 28 Luật Tiếp cận thông tin. Nhóm có quyền khiếu nại đến UBND.": "R1",
    "Sở đề nghị Nhóm cho biết mục đích, phạm vi sử dụng các số liệu trên: công trình nào, do đơn vị nào chủ trì.": "Q2",
    "Đề nghị Nhóm lập Phiếu yêu cầu theo mẫu số 01a và gửi Sở qua đường bưu điện hoặc trực tiếp.": "Q1",
    "Do phải tổng hợp từ nhiều đơn vị, Sở gia hạn đến ngày 15/6/2020. Khi đó Sở sẽ gửi dự toán, quyết toán.": "X1",
    "Sở đã giao Phòng Quản lý ngân sách nghiên cứu, tham mưu trả lời Nhóm.": "T1",
    "Sở đang xem xét, sẽ trả lời Nhóm trong thời gian sớm nhất.": "A2",
    "Sở Tài chính gửi Nhóm các phụ lục kèm theo công văn này./.": "UN",  # there is no appendix
}


def event(text: str, *files: Attachment) -> str:
    message = EmailMessage()
    message["From"] = "vanthu@stc.ca-mau.gov.test"
    message["Subject"] = "V/v cung cấp thông tin"
    message.set_content(text)
    reply = replace(parser.parse(message.as_bytes()), attachments=files)
    return rules.classify(reply, [], rules.RuleContext(matched=True, vocabulary=VIETNAMESE)).event.value


def enclosed(name: str, text: str) -> Attachment:
    return Attachment(name, name, "application/pdf", "", 9, "", text, scanned=text == SCANNED)


@pytest.mark.parametrize("words", LETTERS)
@pytest.mark.parametrize("name", ["712.STC.pdf", "Cong van tra loi du toan, quyet toan ngan sach.docx"])
def test_what_the_letter_says_decides(words: str, name: str) -> None:
    given = FIGURES if LETTERS[words] in ("F1", "P1") else ""
    assert event("Văn thư Sở kính gửi Nhóm văn bản.", enclosed(name, HEAD + given + words + FOOT)) == LETTERS[words]


def test_tables_behind_the_signature_are_given() -> None:
    letter = HEAD + "Sở Tài chính gửi Nhóm các phụ lục kèm theo công văn này./." + FOOT + APPENDIX
    assert event("Gửi Nhóm.", enclosed("712.pdf", letter)) == "F1"


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("Gửi ông công văn trả lời (file scan đính kèm).", "712-STC.pdf", "UN"),
        ("Kính gửi ông văn bản số 712/STC-QLNS về việc cung cấp thông tin ngân sách.", "712 ngan sach.pdf", "UN"),
        ("Sở Tài chính trả lời ông tại văn bản đính kèm.", "img001.pdf", "UN"),
        ("Sở Tài chính gửi ông dự toán, quyết toán và báo cáo (bản scan đính kèm).", "tai lieu.pdf", "F1"),
    ],
)
def test_of_a_picture_the_words_beside_it_decide(text: str, name: str, wanted: str) -> None:
    assert event(text, enclosed(name, SCANNED)) == wanted


def test_a_report_to_somebody_else_is_a_document_and_no_letter() -> None:
    report = "BÁO CÁO\nThực hiện ngân sách năm 2019\nKính gửi: UBND tỉnh\nTổng thu 5.100 tỷ đồng. Chưa đáp ứng yêu cầu."
    assert event("Gửi anh báo cáo, dự toán và quyết toán ạ.", enclosed("BC 2019.docx", report)) == "F1"
