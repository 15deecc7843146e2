"""Letters in words that no plain phrase knows: what is denied, who is turned to, how long it takes."""

from dataclasses import replace

import pytest

from mailroom.classification import rules
from mailroom.mime import parser
from prober.domain.correspondence import Attachment, Reply
from tests.languages import VIETNAMESE

SLIP = "Mẫu số 01a\nPHIẾU YÊU CẦU CUNG CẤP THÔNG TIN\nKính gửi: ……\nHọ tên: ……"


def letter(text: str) -> Reply:
    raw = f"From: vanthu@stc.tinh.gov.test\nTo: khao-sat@prober.test\nReferences: <a@prober.test>\n\n{text}\n"
    return parser.parse(raw.encode())


def said(reply: Reply) -> str:
    return rules.classify(reply, [], rules.RuleContext(matched=True, vocabulary=VIETNAMESE)).event.value


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ("R2", "Xin lỗi, phía Sở chưa sẵn sàng chia sẻ những số liệu này, mong các bạn hiểu cho."),
        ("R2", "cai nay so khong dua dau ban oi"),
        ("R2", "Chúng tôi không có nghĩa vụ làm việc đó."),
        ("R2", "Số liệu kiểu này giữ để dùng trong cơ quan thôi."),
        ("T1", "Em bên một cửa thôi, việc này em đẩy qua QLNS rồi nha."),
        ("T1", "E Hương xem và trả lời hộ anh nhé."),
        ("T2", "Cái này UBND tỉnh công bố. Nhóm gõ cửa Văn phòng UBND nhé."),
        ("T2", "Muốn có bản chính thức thì làm việc với Thường trực HĐND tỉnh."),
        ("T2", "Số liệu nêu trên Kho bạc Nhà nước tỉnh là nơi khóa sổ, các bạn nên xin ở đó."),
        ("X1", "Anh chị ráng đợi em tới giữa tháng tư, giờ chưa làm kịp."),
        ("X1", "Cho chị mượn thêm tuần nữa, đang cuối quý bận quá."),
        ("X1", "Sở xin phép phản hồi muộn."),
        ("Q2", "Nói rõ bạn cần những biểu nào."),
        ("Q2", "Cả tỉnh hay riêng khối sở ngành ạ?"),
        ("Q2", "Cho xin tên đầy đủ của nhóm."),
        ("OB", "Yêu cầu không quấy rối hộp thư công vụ này thêm lần nào nữa."),
        ("O1", "Chuyện này dài lắm, em cứ bấm số 0919 000 111 gặp anh."),
        ("O1", "Nhóm tự tra trên website Sở giúp nhé."),
        ("R2", "Bên anh muốn giúp nhưng cơ chế không cho."),
        ("R2", "Việc này nằm ngoài kế hoạch công tác của Sở."),
        ("T1", "Thư này thuộc phần chị Nga."),
        ("T2", "Việc này do người phát ngôn của UBND tỉnh đảm nhiệm."),
        ("X1", "Thời hạn 15 ngày làm việc không đủ cho Sở."),
        ("X1", "Hết cách ly chúng tôi soạn gửi."),
        ("Q2", "Quyết toán cấp tỉnh hay toàn địa phương, nhóm nói cho rõ."),
        ("OB", "Đề nghị chấm dứt các thư tương tự."),
        ("A2", "Số đến: 452, ngày 03/3/2020."),
        ("A2", "Cảm ơn anh đã nhắc, tôi đã thúc phòng nghiệp vụ."),
        ("A2", "Vâng, tôi biết rồi, hôm nào có kết quả tôi nhắn."),
        ("X1", "Mong nhóm gia thêm cho Sở chục ngày, tài liệu nằm rải rác các phòng."),
        ("X1", "Bên chị đang làm báo cáo quý gấp, sang tuần chị mới ngó tới được."),
        ("Q2", "Trước khi xử lý, Sở cần được biết mục tiêu của cuộc khảo sát."),
        ("R2", "Anh em bàn rồi, thôi bạn tìm nguồn khác nhé."),
        ("O1", "Đây là mail Sở Y tế, bạn coi lại địa chỉ."),
        ("T1", "Muốn hỏi ngân sách thì gọi cô Liên, trưởng phòng NS."),
        ("A2", "Đã trình LĐ."),
        ("A2", "Thư tới đúng hộp thư của Sở rồi, Sở xin ghi nhận."),
        ("A2", "Tôi nhận đươcj thư rôì nhé."),
        ("R2", "Rất tiếc, Sở khoong thể đáp ứng đề nghị của nhóm."),
        ("R1", "Luật số 104/2016/QH13 chỉ cho công dân quyền đó nên Sở sẽ không cung cấp."),
        ("O1", "Tôi trích nguyên văn để các bạn nắm: công khai trong 30 ngày."),
        ("O1", "Viết thư bất tiện. Anh gọi cho tôi số 0211 000 486."),
        # The same words of another matter.
        ("A2", "Không cần gửi bản cứng đâu, mail là được rồi, bên em đang xử lý."),
        ("A2", "Anh xem mail rồi đấy, để họp giao ban xong anh tính."),
        ("UN", "Gọi cho tôi theo số 0912 xxx xxx."),
        ("UN", "Hôm trước mình gửi rồi mà, bạn không nhận được à?"),
    ],
)
def test_weak_phrases_decide_where_no_plainer_one_does(event: str, text: str) -> None:
    assert said(letter(text)) == event


SIGNED = "\n\nTrân trọng./.\n\nNguyễn Văn An\nChuyên viên Phòng Quản lý ngân sách\nSở Tài chính\nĐT: 0216 3 888 000"
CONTACT = "\nMọi thông tin cần trao đổi thêm, xin liên hệ ông Bình, Phòng Quản lý ngân sách, điện thoại 0912 345 678."


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ("R2", f"khong dong y cung cap dau nhe{SIGNED}"),  # a signature has its accents whoever typed above it
        ("Q1", f"ban gui cong van giay ve so nhe{SIGNED}"),
        ("A2", f"We have received your request and will reply within 15 working days.{SIGNED}"),
        ("O1", f"Chúc nhóm nghiên cứu thành công!{SIGNED}"),
        ("L1", f"Chào nhóm,\nhttps://stc.tinh.gov.test/uploads/2020/cong-khai.zip{SIGNED}"),
        ("O1", f"Bạn gửi nhầm địa chỉ rồi, đây là email cá nhân.{CONTACT}"),
        # The opening of a letter recites what it answers.
        ("R2", "Phúc đáp thư của Quý Nhóm đề nghị cung cấp số liệu quyết toán năm 2018,\nSở không cung cấp được."),
        ("A2", "Phúc đáp thư của Quý Nhóm đề nghị gửi dự toán theo biểu mẫu,\nSở sẽ nghiên cứu và trả lời sau."),
        # A program broke the lines.
        ("T2", "Sở đã có Công văn số 812/STC-NS chuyển yêu cầu của ông đến\nUBND tỉnh xem xét, trả lời."),
        ("X1", "Hồ sơ có quyết toán 2018 (12.983 tỷ đồng), dự toán 2020\n(13.771 tỷ đồng) đang in, tuần tới mới gửi."),
    ],
)
def test_what_stands_around_a_message_does_not_change_its_class(event: str, text: str) -> None:
    assert said(letter(text)) == event


def test_an_empty_form_for_requests_asks_for_it() -> None:
    reply = letter("Sở gửi nhóm mẫu để làm theo.")
    slip = Attachment("Mau.docx", "Mau.docx", "application/x", "", 9, "", SLIP)
    assert said(replace(reply, attachments=(slip,))) == "Q1"
    other = replace(slip, text="QUY CHẾ\nĐiều 1. Phạm vi")
    assert said(replace(reply, attachments=(other,))) == "UN"
