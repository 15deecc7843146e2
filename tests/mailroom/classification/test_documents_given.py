"""What a reply says of each document that was asked for, and the class that follows."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailroom.classification import rules
from mailroom.mime import parser
from prober.domain.correspondence import Attachment, Event, Reply, Said
from prober.domain.requested_documents import requested
from prober.studies.packs import words
from prober.text.words import NamedDocument, Vocabulary
from tests.languages import VI, VIETNAMESE

ASKED = (
    requested("Quyết toán ngân sách địa phương năm 2018 (các biểu mẫu từ 62/CK-NSNN đến 68/CK-NSNN)", VI),
    requested("Tình hình thực hiện dự toán ngân sách địa phương năm 2019 (biểu 59/CK-NSNN đến 61/CK-NSNN)", VI),
    requested("Dự toán ngân sách địa phương năm 2020 (các biểu mẫu từ 46/CK-NSNN đến 58/CK-NSNN)", VI),
)
ROWS = "\n".join(f"{n}\tThu {n}\t{12345 + 137 * n}\t{22345 + 177 * n}" for n in range(8))
G, R, P, E, N = "given", "refused", "promised", "elsewhere", "not mentioned"


def table(head: str) -> Attachment:
    text = f"{head}\nĐơn vị: triệu đồng\n{ROWS}"
    return Attachment("a.xlsx", "a.xlsx", "application/octet-stream", "application/octet-stream", 9, "", text)


QT, TH, DT, OLD, FORM = (
    table(head)
    for head in (
        "QUYẾT TOÁN NGÂN SÁCH ĐỊA PHƯƠNG NĂM 2018", "THỰC HIỆN DỰ TOÁN NGÂN SÁCH ĐỊA PHƯƠNG NĂM 2019",
        "DỰ TOÁN NGÂN SÁCH ĐỊA PHƯƠNG NĂM 2020", "QUYẾT TOÁN NGÂN SÁCH ĐỊA PHƯƠNG NĂM 2015",
        "Biểu số 62/CK-NSNN\nCân đối ngân sách, tổng thu",
    )
)  # fmt: skip
COLUMNS = table(
    "DỰ TOÁN NGÂN SÁCH ĐỊA PHƯƠNG NĂM 2020\nSTT\tNội dung\tDự toán năm 2019\tƯớc thực hiện 2019\tDự toán năm 2020"
)

EXPLAINED, MONTH, DISTRICT, OWN = (
    table(head)
    for head in (
        "THUYẾT MINH DỰ TOÁN NGÂN SÁCH ĐỊA PHƯƠNG NĂM 2020\nTheo quyết toán năm 2018, ước thực hiện năm 2019 thu 9 tỷ",
        "THU NGÂN SÁCH NHÀ NƯỚC THÁNG 3 NĂM 2020", "QUYẾT TOÁN NGÂN SÁCH HUYỆN A NĂM 2018",
        "DỰ TOÁN THU, CHI NGÂN SÁCH NHÀ NƯỚC NĂM 2020 CỦA VĂN PHÒNG SỞ\nTheo Thông tư 61/2017/TT-BTC",
    )
)  # fmt: skip

COLUMN_OF_EACH = "Chào nhóm, mình dán thẳng số vào thư.\n" + "\n".join(
    f"{title}\nSTT Chỉ tiêu Triệu đồng\n"
    + "\n".join(f"{n} {name} {n + 2}.{480 + n}.{213 + n}" for n, name in enumerate(("Tổng thu", "Dư", "Tổng chi"), 1))
    for title in (
        "Bảng 1 - Quyết toán ngân sách tỉnh 2018",
        "Bảng 2 - Dự toán ngân sách tỉnh 2020, theo nghị quyết tháng 12/2019",
        "Bảng 3 - Thực hiện dự toán cả năm 2019",
    )
)  # fmt: skip

EXPECTED = table(
    "Biểu số 46/CK-NSNN\nCÂN ĐỐI NGÂN SÁCH ĐỊA PHƯƠNG NĂM 2020\n(Dự toán đã được quyết định)\nƯỚC TH 2019\nDỰ TOÁN"
)
OWN_ROWS = table("DỰ TOÁN THU, CHI NGÂN SÁCH NĂM 2020 CỦA VĂN PHÒNG SỞ\n1\tChi từ nguồn NSĐP\t12345\t22345")
OLD_FORM = table("QUYẾT TOÁN NGÂN SÁCH ĐỊA PHƯƠNG NĂM 2016 - Biểu số 62/CK-NSNN")
PROGRAMME = replace(OLD_FORM, text="CHƯƠNG TRÌNH\nHội nghị tập huấn công khai ngân sách năm 2020\n8h00: đón đại biểu")


QT_NAMED, TH_NAMED, DT_NAMED = (
    replace(file, name=name) for file, name in ((QT, "bieu 62.xlsx"), (TH, "bieu 59.xlsx"), (DT, "bieu 46.xlsx"))
)
SHEETS = table("1\nQUYẾT TOÁN NĂM 2018\n2\nTÌNH HÌNH THỰC HIỆN NĂM 2019\n3\nDỰ TOÁN NĂM 2020")


def text_file(name: str, text: str) -> Attachment:
    return replace(QT, name=name, text=text, media_type="application/pdf")


NO_NUMBERS = text_file(
    "Danh sach bieu.docx", "Biểu 46: dự toán năm 2020\nBiểu 59: thực hiện năm 2019\nBiểu 62: quyết toán 2018"
)
BLANK = text_file("Bieu.xlsx", "Biểu số 62/CK-NSNN QUYẾT TOÁN NGÂN SÁCH ĐỊA PHƯƠNG NĂM ...\nTổng thu\nTổng chi")
OTHER_OWNER, COMMUNE, FUNDS = (
    table(head)
    for head in (
        "DỰ TOÁN THU CHI NGÂN SÁCH NĂM 2020 - CHI CỤC THỦY LỢI", "UBND XÃ TÂN HÒA - QUYẾT TOÁN NGÂN SÁCH NĂM 2018",
        "QUYẾT TOÁN KINH PHÍ HOẠT ĐỘNG NĂM 2018 - SỞ TÀI CHÍNH",
    )
)  # fmt: skip
OTHER_FORM = table("DỰ TOÁN NGÂN SÁCH NĂM 2020 - Biểu số 81/CK-NSNN")
ECONOMY = text_file("BC.docx", "BÁO CÁO\nTình hình kinh tế - xã hội quý I\nThu ngân sách 2.140 tỷ đồng")
REFUSES = text_file(
    "Tra loi quyet toan 2018.docx",
    "SỞ TÀI CHÍNH - Số 77/STC\nTài liệu thuộc trường hợp tại Điều 6 Luật Tiếp cận thông tin.\nSở từ chối cung cấp.",
)
SCAN_A, SCAN_B, SCAN_C = (replace(QT, name=f"{n}.pdf", text="[prober: scanned]", scanned=True) for n in (12, 13, 14))
PICTURE = replace(QT, name="YC quyet toan 2018 (dau den).pdf", text="[prober: scanned]", scanned=True)
GUIDE = text_file(
    "Huong dan.docx", "Bộ biểu quyết toán 2018, thực hiện 2019, dự toán 2020: https://stc.gov.test/ck/bo-bieu-2018-2020"
)
LESSON = text_file("tap huan.docx", "HƯỚNG DẪN LẬP BIỂU CÔNG KHAI\nBiểu số 62/CK-NSNN: cột 1 ghi số thứ tự (mẫu trống)")
MIXED = text_file(
    "655.pdf",
    "Kính gửi: Nhóm khảo sát\n1. Quyết toán 2018 và dự toán 2020: đã niêm yết trên http://stc.tinh.gov.test\n"
    f"2. Tình hình thực hiện năm 2019 như sau:\nĐơn vị: triệu đồng\n{ROWS}\nNơi nhận:\n- Như trên",
)
GUIDE_WORDS = "Nhóm mở tệp để xem đường dẫn."


def letter(text: str, *files: Attachment) -> Reply:
    raw = f"From: vanthu@stc.tinh.gov.test\nTo: khao-sat@prober.test\nReferences: <a@prober.test>\n\n{text}\n"
    return replace(parser.parse(raw.encode()), attachments=files)


@pytest.mark.parametrize(
    ("text", "files", "event", "states"),
    [
        ("Sở gửi nhóm tài liệu.", (QT, TH, DT), Event.FULL, (G, G, G)),
        ("Sở gửi nhóm tài liệu.", (QT,), Event.PARTIAL, (G, N, N)),
        ("Gửi nhóm các biểu.", (FORM, TH), Event.PARTIAL, (G, G, N)),
        ("Sở gửi quyết toán, còn dự toán 2020 tuần sau gửi.", (QT,), Event.PARTIAL, (G, N, P)),
        ("Sở gửi dự toán. Quyết toán 2018 là tài liệu mật, không cung cấp.", (DT,), Event.PARTIAL, (R, N, G)),
        ("Sở gửi quyết toán. Hai báo cáo kia nhóm hỏi Văn phòng HĐND nhé.", (QT,), Event.PARTIAL, (G, E, E)),
        ("Gửi nhóm quyết toán năm 2015.", (OLD,), Event.OTHER, (N, N, N)),
        ("Quyết toán thu ngân sách năm 2018 là 14.567.890 triệu đồng.", (), Event.PARTIAL, (G, N, N)),
        ("Nhóm xem tại https://stc.gov.test/qt2018.pdf và https://stc.gov.test/dt2020.pdf", (), Event.LINK, (G, N, G)),
        ("Sở gửi biểu dự toán.", (COLUMNS,), Event.PARTIAL, (N, N, G)),
        ("Sở gửi dự toán. Tài liệu còn lại là văn bản nội bộ, Sở không cung cấp.", (DT,), Event.PARTIAL, (R, R, G)),
        ("gui nhom qt 2018. 2 file con lai tuan sau gui not nhe", (QT,), Event.PARTIAL, (G, P, P)),
        ("Please find attached the 2020 budget. The other two reports are not yet available.", (DT,), Event.PARTIAL,
         (R, R, G)),
        ("Đã nhận được thư. Khi lãnh đạo có ý kiến Sở sẽ gửi các báo cáo này.", (), Event.HUMAN_ACK, (P, P, P)),
        ("Sở gửi thuyết minh.", (EXPLAINED,), Event.PARTIAL, (N, N, G)),
        ("Gửi nhóm số liệu.", (MONTH,), Event.UNCLEAR, (N, N, N)),
        ("Gửi nhóm quyết toán 2018.", (DISTRICT,), Event.OTHER, (N, N, N)),
        ("Sở gửi dự toán.", (OWN,), Event.OTHER, (N, N, N)),
        ("Tài liệu số 1 và số 2 là tài liệu mật, Sở không cung cấp. Tài liệu số 3 gửi kèm.", (DT,), Event.PARTIAL,
         (R, R, G)),
        ("The first document is attached. The second and third have not been approved yet.", (QT,), Event.PARTIAL,
         (G, R, R)),
        ("Sở gửi số liệu năm 2018 và 2020, riêng năm 2019 chưa tổng hợp xong.", (QT, DT), Event.PARTIAL, (G, R, G)),
        ("Xin gửi quyết toán 2018. Số liệu còn lại chưa có, khi có Phòng sẽ gửi.", (QT,), Event.PARTIAL, (G, P, P)),
        ("Quyết toán 2018 tại http://stc.gov.test/a.pdf. Dự toán 2020 gửi kèm. Thực hiện 2019 tháng sau mới có.", (DT,),
         Event.PARTIAL, (G, P, G)),
        ("Dự toán 2020, quyết toán 2018 nhóm liên hệ HĐND tỉnh. Sở gửi báo cáo thực hiện 2019.", (TH,), Event.PARTIAL,
         (E, G, E)),
        ("Các số liệu đã có trên trang https://stc.gov.test/cong-khai, mời nhóm tải về.", (), Event.OTHER, (E, E, E)),
        ("Số liệu ngân sách đã được đăng tải trên cổng thông tin điện tử của tỉnh.", (), Event.OTHER, (E, E, E)),
        ("Sở xin mời nhóm dự họp.", (), Event.OTHER, (N, N, N)),
        ("Các tài liệu thuộc danh mục mật nên Sở từ chối cung cấp, trừ dự toán 2020 gửi kèm.", (DT,), Event.PARTIAL,
         (R, R, G)),
        ("Sở không cung cấp các tài liệu này.", (), Event.REFUSAL, (R, R, R)),
        ("Xin gia hạn đến ngày 20/5/2020.", (), Event.EXTENSION, (N, N, N)),
        ("Xin gia hạn đến ngày 20/5/2020 để tổng hợp các báo cáo.", (), Event.EXTENSION, (P, P, P)),
        ("Đã nhận được thư.", (), Event.HUMAN_ACK, (N, N, N)),
        ("Dự toán 2020: Sở gửi theo thư này. Riêng quyết toán năm 2018 Sở sẽ gửi sau khi được phê chuẩn.", (DT,),
         Event.PARTIAL, (P, N, G)),
        ("Chuyển Nhóm, phòng Ngân sách làm xong rồi.", (QT, TH, DT), Event.FULL, (G, G, G)),
        ("Cả ba file nằm trong thư này, mở ra mà xem, đừng hỏi đi hỏi lại nữa.", (QT, TH, DT), Event.FULL, (G, G, G)),
        ("Em mới tìm được báo cáo thực hiện 2019, 2 cái kia để em hỏi lại.", (TH,), Event.PARTIAL, (N, G, N)),
        ("Cho hỏi các bạn lấy số liệu này để làm gì?", (), Event.ASKS_PURPOSE, (N, N, N)),
        ("Đề nghị ông thực hiện đúng thủ tục, điền phiếu theo mẫu số 01a rồi gửi lại.", (), Event.ASKS_FORM, (N, N, N)),
        ("Đề nghị Nhóm nói rõ cần biểu nào, của toàn tỉnh hay cấp tỉnh.", (), Event.ASKS_PURPOSE, (N, N, N)),
        ("Gửi nhóm các biểu.", (OLD_FORM,), Event.OTHER, (N, N, N)),
        ("Báo chí có nêu tổng chi ngân sách tỉnh 2018 là 14.987 tỷ đồng. Nhóm lấy số liệu nhằm mục đích gì?", (),
         Event.ASKS_PURPOSE, (N, N, N)),
        ("Quyết toán 2018 là tài liệu mật, Sở từ chối cung cấp.\nThực hiện 2019: https://stc.gov.test/th2019.xlsx\n"
         "Dự toán 2020: https://stc.gov.test/dt2020.xlsx", (), Event.PARTIAL, (R, G, G)),
        ("Dự toán 2020 xem tại https://stc.gov.test/ngan-sach-dia-phuong/cong-khai/dutoan2020.pdf\n"
         "Quyết toán 2018 và thực hiện 2019: Sở không cung cấp cho cá nhân.", (), Event.PARTIAL, (R, R, G)),
        ("Văn phòng UBND tỉnh thực hiện việc này, Sở không lưu giữ. Nhóm liên hệ Văn phòng UBND tỉnh nhé.", (),
         Event.TRANSFER_AWAY, (E, E, E)),
        ("Gửi nhóm báo cáo thu chi tháng 3/2020.", (MONTH,), Event.UNCLEAR, (N, N, N)),
        ("Mời nhóm dự Hội nghị tập huấn công khai ngân sách năm 2020. Tài liệu gửi kèm.", (PROGRAMME,), Event.OTHER,
         (N, N, N)),
        # What shows a document of the request needs no words that give it.
        ("Chúc nhóm làm tốt.", (QT, TH, DT), Event.FULL, (G, G, G)),
        ("FYI", (QT_NAMED, DT_NAMED), Event.PARTIAL, (G, N, G)),
        ("Sheet 1, 2, 3 nhé.", (SHEETS,), Event.FULL, (G, G, G)),
        ("Không mở được thì báo, Sở gửi bản in qua bưu điện.", (QT, TH, DT), Event.FULL, (G, G, G)),
        ("Gửi thực hiện 2019. Còn hai báo cáo kia đề nghị nhóm liên hệ trực tiếp Văn phòng HĐND tỉnh.", (TH,),
         Event.PARTIAL, (E, G, E)),
        ("(1) và (3): xem tệp. (2): sẽ bổ sung.", (QT, DT), Event.PARTIAL, (G, P, G)),
        ("QT 2018 -> https://bit.ly/a1\nTH 2019 -> https://bit.ly/b2\nDT 2020 -> https://bit.ly/c3", (), Event.LINK,
         (G, G, G)),
        ("mục 1 -> https://stc.gov.test/ns/a\nmục 3 -> https://stc.gov.test/ns/c", (), Event.LINK,
         (G, N, G)),
        ("All reports are online: http://stc.gov.test/tab/7/QuyetToan2018.aspx (settlement)", (), Event.LINK,
         (G, N, N)),
        ("Quyết toán 2018: stc.gov.test/ck/qt2018.pdf", (), Event.LINK, (G, N, N)),
        ("Dự toán 2020: https://stc.gov.test/dt2020.pdf. Quyết toán 2018 tuần sau tải lên tiếp.", (), Event.PARTIAL,
         (P, N, G)),
        ("Biểu 62 - Quyết toán năm 2018 (đơn vị: triệu đồng)\nTổng thu 12.983.441 11.402.000\n"
         "Tổng chi 12.710.006 11.350.000\nBiểu 46 - Dự toán năm 2020\nTổng thu 13.771.000 13.000.000", (),
         Event.PARTIAL, (G, N, G)),
        (GUIDE_WORDS, (GUIDE,), Event.LINK, (G, G, G)),
        # What only looks like one.
        ("Sở gửi nhóm dự toán.", (OTHER_OWNER,), Event.OTHER, (N, N, N)),
        ("Sở gửi nhóm quyết toán.", (COMMUNE,), Event.OTHER, (N, N, N)),
        ("Sở gửi nhóm quyết toán.", (FUNDS,), Event.OTHER, (N, N, N)),
        ("Sở gửi nhóm dự toán.", (OTHER_FORM,), Event.OTHER, (N, N, N)),
        ("Sở gửi nhóm báo cáo.", (ECONOMY,), Event.OTHER, (N, N, N)),
        ("Gửi nhóm biểu mẫu trống.", (BLANK,), Event.UNCLEAR, (N, N, N)),
        ("Nhóm cần biểu tổng hợp hay chi tiết? Gửi kèm danh sách biểu.", (NO_NUMBERS,), Event.ASKS_PURPOSE, (N, N, N)),
        ("Xem tệp.", (REFUSES,), Event.REFUSAL_REASONED, (R, R, R)),
        ("Nhận rồi nhé, chụp lại để nhóm biết.", (PICTURE,), Event.HUMAN_ACK, (N, N, N)),
        ("Gửi nhầm thư, nhóm bỏ qua thư này.", (QT,), Event.UNCLEAR, (N, N, N)),
        ("Gửi nhóm dự toán của tỉnh bạn làm ví dụ.", (DT,), Event.UNCLEAR, (N, N, N)),
        ("Thư của nhóm nêu tổng thu năm 2018 là 12.983 tỷ đồng, tổng chi 12.710 tỷ đồng. Sở đã nhận.", (),
         Event.HUMAN_ACK, (N, N, N)),
        ("Quyết toán 2018 (12.983 tỷ đồng) và dự toán 2020 (13.771 tỷ đồng) đang in, tuần tới mới gửi đủ được.", (),
         Event.EXTENSION, (P, P, P)),
        ("Quyết toán 2016: https://stc.gov.test/2016/qt.pdf", (), Event.OTHER, (N, N, N)),
        ("Năm 2016 tổng thu 9.100 tỷ đồng, tổng chi 9.000 tỷ đồng.", (), Event.UNCLEAR, (N, N, N)),
        ("Quyết toán 2018 là tài liệu mật, Sở không cung cấp theo Luật Bảo vệ bí mật nhà nước.", (),
         Event.REFUSAL_REASONED, (R, N, N)),
        ("Văn thư chuyển phòng Ngân sách xử lý.", (), Event.TRANSFER_INSIDE, (N, N, N)),
        ("Giao phòng Ngân sách chuẩn bị 3 bộ biểu gửi cho nhóm.", (), Event.TRANSFER_INSIDE, (P, P, P)),
        ("Sở xin phép lùi hai nội dung 2019, 2020 đến trước ngày 20/5. Quyết toán 2018 gửi kèm.", (QT,),
         Event.PARTIAL, (G, P, P)),
        ("Gửi nhóm số liệu thực hiện năm 2019.\nThu: 14.230 tỷ đồng\nChi: 13.980 tỷ đồng", (),
         Event.PARTIAL, (N, G, N)),
        ("Nhóm mở https://drive.test/file/d/1xPq8820aZ/view (Quyết toán 2018)", (), Event.LINK, (G, N, N)),
        ("Mời mở https://stc.tinh.gov.test/cong-khai-ngan-sach, chọn Quyết toán năm 2018.", (), Event.LINK, (G, N, N)),
        ("Tài liệu 2020: https://stc.tinh.gov.test/2020/DT_B46-B58.pdf", (), Event.LINK, (N, N, G)),
        ("Năm 2019 thu đạt trên 61 nghìn tỷ đồng, dự toán 2020 là 62 nghìn tỷ đồng. Các báo cáo sẽ gửi sau.", (),
         Event.HUMAN_ACK, (P, P, P)),
        ("Sở có đủ cả ba bộ, nhóm gửi giấy giới thiệu thì Sở gửi ngay.", (), Event.ASKS_FORM, (P, P, P)),
        ("Đừng gửi thư cho Sở nữa, Sở không cung cấp gì.", (), Event.OBJECTION, (R, R, R)),
        ("Sở sẽ trả lời bằng văn bản. Xin đừng gửi thư nhắc nữa.", (), Event.HUMAN_ACK, (N, N, N)),
        ("Email này của Sở Tài nguyên. Bạn gửi nhầm rồi, tôi chuyển tiếp sang Sở Tài chính.", (),
         Event.TRANSFER_AWAY, (N, N, N)),
        ("Thư đã vào sổ số 2204. Nhóm tra tình trạng tại https://qlvb.tinh.gov.test/tracuu?so=2204", (),
         Event.HUMAN_ACK, (N, N, N)),
        ('Kính gửi nhóm Điều 15 Luật NSNN: "Quyết toán được phê chuẩn phải công khai chậm nhất 30 ngày."', (),
         Event.UNCLEAR, (N, N, N)),
        ("Trần Văn A\nTrưởng phòng Quản lý ngân sách\nT: 0256 000 333", (), Event.EMPTY, (N, N, N)),
        ("1. Gửi kèm.\n2. Đang trình UBND tỉnh ký, có sẽ gửi.\n3. Đề nghị liên hệ Văn phòng HĐND tỉnh.", (QT,),
         Event.PARTIAL, (G, P, E)),
        ("- Có, gửi kèm.\n- Không cung cấp.\n- Hỏi bên Kho bạc nhé.", (QT,), Event.PARTIAL, (G, R, E)),
        ("1. Gửi kèm.\n2. Không cung cấp.", (QT,), Event.PARTIAL, (G, N, N)),  # fewer items than documents
        ("Hai bảng đầu có trong file, bảng thứ ba xong em gửi bổ sung.", (QT, TH), Event.PARTIAL, (G, G, P)),
        ("Sở từ chối cung cấp theo điểm b khoản 1 Điều 28, do các tài liệu đã được công khai.", (),
         Event.REFUSAL_REASONED, (R, R, R)),
        ("Dự toán 2020 thì UBND tỉnh đang ký lại quyết định công bố, xong sẽ chuyển.", (TH,), Event.PARTIAL,
         (N, G, P)),
        ("Nhóm tải tại:\nhttps://stc.tinh.gov.test/documents/20182/0/QT+2018.pdf/a1b2", (), Event.LINK, (G, N, N)),
        ("Có số liệu quyết toán năm 2018 tại\nhttps://stc.tinh.gov.test/Default.aspx?tabid=8&ItemID=2207", (),
         Event.LINK, (G, N, N)),
        ("Nhóm cần biểu 62 hay biểu 64? Ví dụ danh mục ở https://stc.tinh.gov.test/danh-muc.xls", (),
         Event.ASKS_PURPOSE, (N, N, N)),
        ("Link https://stc.tinh.gov.test/upload/qt2018.pdf là biểu nhóm cần hay nhóm cần bản chi tiết?", (),
         Event.ASKS_PURPOSE, (N, N, N)),
        ("Đã nhận thư. Thu 12.000 tỷ đồng, chi 13.000 tỷ đồng năm ngoái. Sở đang nghiên cứu trả lời.", (),
         Event.HUMAN_ACK, (N, N, N)),
        ("Dạ, lần lượt là quyết toán 2018, thực hiện 2019, dự toán 2020 ạ.", (SCAN_A, SCAN_B, SCAN_C), Event.FULL,
         (G, G, G)),
        ("Dạ, quyết toán 2018, thực hiện 2019, dự toán 2020 ạ.", (SCAN_A, SCAN_B), Event.UNCLEAR, (N, N, N)),
        ("Thư của nhóm Sở đã làm công văn chuyển Ủy ban tỉnh xử lý.", (), Event.TRANSFER_AWAY, (E, E, E)),
        ("Đề nghị nhóm làm việc với Văn phòng HĐND tỉnh, cơ quan phê chuẩn và lưu nghị quyết.", (),
         Event.TRANSFER_AWAY, (E, E, E)),
        ("Nội dung thư sẽ được báo cáo Ban Giám đốc trong buổi giao ban thứ Hai.", (), Event.HUMAN_ACK, (N, N, N)),
        ("Tui đang kiếm cho mấy bạn đó, kiếm được tui gửi qua mail.", (), Event.HUMAN_ACK, (P, P, P)),
        ("Ý kiến của lãnh đạo: không thực hiện.", (), Event.REFUSAL, (R, R, R)),
        ("Sở chỉ cung cấp báo cáo quyết toán, dự toán cho các cơ quan có thẩm quyền.", (), Event.REFUSAL, (R, R, R)),
        ("Yêu cầu của nhóm vượt quá khả năng đáp ứng của cơ quan theo khoản 1 Điều 28.", (),
         Event.REFUSAL_REASONED, (R, R, R)),
        ("Em in thư đưa chị trưởng phòng Ngân sách rồi.", (), Event.TRANSFER_INSIDE, (N, N, N)),
        ("Nhóm đừng gửi đi gửi lại, chị có thư rồi, để chị gọi nói chuyện cho nhanh.", (), Event.OTHER, (N, N, N)),
        ("Phòng gửi nhóm số liệu công khai theo biểu mẫu TT 343.", (OLD,), Event.OTHER, (N, N, N)),
        ("Phiếu đã được chuyển. Xem https://hoidap.tinh.gov.test/ticket/55120", (), Event.UNCLEAR, (N, N, N)),
        ("Đơn vị tỷ đồng:\nQuyết toán 2018: thu 12.450.120; chi 12.105.300\nNăm 2019 thực hiện: thu 13.002.445; "
         "chi 12.880.001\nDự toán 2020: thu 13.500.000; chi 13.450.000", (), Event.FULL, (G, G, G)),
        ("Về giá đất bồi thường, Sở trả lời như sau: theo quyết định của tỉnh.", (), Event.OTHER, (N, N, N)),
        ("Số thực hiện năm 2019 (tỷ đồng):\n- Tổng thu: 4.212, đạt 118% dự toán\n- Thu nội địa: 3.901\n"
         "- Tổng chi: 12.870\n- Chi đầu tư: 2.954", (), Event.PARTIAL, (N, G, N)),
        ("Số quyết toán 2018 (triệu đồng):\nThu | 15.230.111\nChi | 14.980.222\nBội chi | 120.000", (),
         Event.PARTIAL, (G, N, N)),
        ("so lieu quyet toan 2018: thu 15.230.111 trieu dong, chi 14.980.222 trieu dong", (), Event.PARTIAL,
         (G, N, N)),
        ("Nghị quyết HĐND về phân bổ ngân sách năm nay kèm đây.", (SCAN_A,), Event.PARTIAL, (N, N, G)),
        ("Quyết toán: https://stc.tinh.gov.test/vb/qt-ngan-sach-2018.pdf", (), Event.LINK, (G, N, N)),
        ("Bộ tài liệu ở Drive:\nhttps://drive.google.com/drive/folders/1A2b3C4d5E6f. Nhóm\ntải nhé.", (), Event.LINK,
         (G, G, G)),
        ("Phúc đáp thư đề nghị cung cấp quyết toán 2018,\nSở gửi công văn trả lời.", (SCAN_A,), Event.UNCLEAR,
         (N, N, N)),
        ("Gửi nhóm quyết toán 2018. Mọi vướng mắc về dự toán 2020 liên hệ Phòng Ngân sách.", (QT,), Event.PARTIAL,
         (G, N, N)),
        ("Gửi nhóm đủ bộ theo yêu cầu, bản scan dấu đỏ.", (SCAN_A, SCAN_B, SCAN_C), Event.FULL, (G, G, G)),
        ("Có dự toán đây, quyết toán thì bên Kế hoạch Đầu tư ôm.", (DT,), Event.PARTIAL, (E, N, G)),
        ("Sở gửi văn bản.", (MIXED,), Event.PARTIAL, (E, G, E)),
        ("Ba nội dung đã đưa lên cổng https://tinh.gov.test rồi. Nhóm lấy số liệu này để làm gì?", (),
         Event.ASKS_PURPOSE, (E, E, E)),
        ("Gửi nhóm dự toán, quyết toán 2018 sếp em không cho ra ngoài, anh chị đừng chờ.", (DT,), Event.PARTIAL,
         (R, N, G)),
        ("Sở chép biểu vào thư vì tệp quá nặng.\nBiểu số 63/CK-NSNN - QUYẾT TOÁN THU NĂM 2018\n"
         "1 Thu nội địa 1726881 1792112 103.8\n2 Thu từ dầu thô 3701133 4315293 116.6", (), Event.PARTIAL, (G, N, N)),
        ("Cả ba tài liệu nằm ở trang https://stc.tinh.gov.test/cong-khai-ngan-sach", (), Event.LINK, (G, G, G)),
        ("Cả ba tài liệu nằm ở trang https://stc.tinh.gov.test/gioi-thieu-chung", (), Event.OTHER, (E, E, E)),
        ("dự toán 2020: bit.ly/dt20 ; quyết toán 2018: bit.ly/qt18", (), Event.LINK, (G, N, G)),
        ("Bộ tài liệu: https://cloud.tinh.test/s/aB3xQ8820aZ", (), Event.LINK, (G, G, G)),
        ("Gửi nhóm biểu quyết toán. Báo cáo quý IV là tài liệu nội bộ, không cung cấp.", (QT,), Event.PARTIAL,
         (G, R, N)),
        ("Có quyết toán 2018 kèm đây. Hai nội dung sau Sở đang rà soát.", (QT,), Event.PARTIAL, (G, P, P)),
        ("Sở gửi quyết toán. Dự toán 2020 thì nhóm đợi thêm.", (QT,), Event.PARTIAL, (G, N, P)),
        ("Gửi quyết toán. Dự toán 2020 chưa công bố.", (QT,), Event.PARTIAL, (G, N, R)),
        ("Xin lùi hạn trả lời đến 25/3/2020 vì dự toán 2020 chưa in kịp.", (), Event.EXTENSION, (N, N, P)),
        # Several documents, of which a letter says several things.
        ("Hai nội dung trước Sở không cung cấp; riêng nội dung cuối, tuần sau Sở gửi.", (), Event.REFUSAL, (R, R, P)),
        ("Quyết toán 2018: Sở từ chối cung cấp theo Điều 6 Luật Tiếp cận thông tin. Thực hiện 2019 đề nghị nhóm hỏi "
         "Cục Thống kê. Dự toán 2020 Sở sẽ gửi sau khi in xong.", (), Event.REFUSAL_REASONED, (R, E, P)),
        ("Quyết toán thì giám đốc không chịu đưa. Dự toán 2020 chờ chị vài hôm, chị gửi.", (), Event.REFUSAL,
         (R, N, P)),
        ("Cả ba báo cáo mỗi thứ một nơi. Quyết toán 2018 phải hỏi Kho bạc Nhà nước. Thực hiện 2019 thì tuần sau "
         "chúng tôi gửi.", (), Event.TRANSFER_AWAY, (E, P, E)),
        ("Phần thứ nhất: gửi kèm.\nPhần thứ hai: Sở không đồng ý cung cấp.\nPhần thứ ba: nằm ở Văn phòng HĐND tỉnh, "
         "xin liên hệ bên đó.", (QT,), Event.PARTIAL, (G, R, E)),
        ("Câu 1: em đính kèm.\nCâu 2: số này đang chỉnh lý quyết toán nên bên em xin phép không cung cấp.\nCâu 3: tuần "
         "sau duyệt xong em gửi.", (QT,), Event.PARTIAL, (G, R, P)),
        ("File thứ hai đây. File thứ nhất tháng sau. File thứ ba xin lấy ở Văn phòng HĐND tỉnh.", (TH,), Event.PARTIAL,
         (P, G, E)),
        ("Thứ hai, Sở không cung cấp dự toán 2020. Thứ ba, thực hiện 2019 gửi kèm.", (TH,), Event.PARTIAL, (N, G, R)),
        ("Số thực hiện gửi kèm. Hai mục còn lại bên em không có, Kho bạc giữ, anh chị hỏi bên đó nha.", (TH,),
         Event.PARTIAL, (E, G, E)),
        ("Thu năm 2019 vượt dự toán. Sở đã công khai theo quy định. Sở gửi tình hình thực hiện năm 2019; biểu dự toán "
         "2020 sẽ được chuyển sau ngày 2/4.", (TH,), Event.PARTIAL, (N, G, P)),
        ("Xin lùi hạn trả lời tới 2/4. Khi đó Sở gửi quyết toán 2018. Dự toán 2020 thì trang chủ của tỉnh có.", (),
         Event.EXTENSION, (P, N, E)),
        ("Nhóm xin số liệu để làm luận văn hay dự án? Trả lời xong là em gửi cả ba bộ.", (), Event.ASKS_PURPOSE,
         (P, P, P)),
        ("Nhóm điền mẫu 01a rồi ký tên. Có đủ thì Sở mới vào sổ.", (), Event.ASKS_FORM, (N, N, N)),
        ("Gửi nhóm số của huyện: dự toán ngân sách huyện năm 2020 thu 512 tỷ đồng, chi 512 tỷ đồng.", (),
         Event.OTHER, (N, N, N)),
        ("Chào nhóm, email tới hộp thư của em rồi nha.", (), Event.HUMAN_ACK, (N, N, N)),
        ("Kết quả khảo sát dùng làm gì, có đăng báo không? Mong nhóm nói rõ mục đích.", (), Event.ASKS_PURPOSE,
         (N, N, N)),
        ("Dự toán được cấp có thẩm quyền quyết định phải được công khai. Sở xin nêu các quy định để nhóm biết.", (),
         Event.OTHER, (N, N, N)),
        ("Gửi biểu dự toán.", (EXPECTED,), Event.PARTIAL, (N, N, G)),
        ("Gửi biểu dự toán.", (OWN_ROWS,), Event.OTHER, (N, N, N)),
        ("Gửi nhóm quyết toán 2018. Thực hiện 2019 đang tổng hợp, là tài liệu nội bộ theo Điều 6 nên không cung cấp.",
         (QT,), Event.PARTIAL, (G, R, N)),
        ("Sở gửi quyết toán 2018; dự toán 2020 do Kiểm toán nhà nước giữ, theo Điều 28 Sở không được phép đưa ra.",
         (QT,), Event.PARTIAL, (G, N, R)),
        ("Quyết toán 2018 là tài liệu mật, Sở từ chối cung cấp. Dự toán 2020: xin nhóm gõ cửa Văn phòng HĐND tỉnh.", (),
         Event.REFUSAL_REASONED, (R, N, E)),
        ("Thời hạn trả lời được gia hạn đến 20/4. Quyết toán 2018 Sở sẽ gửi khi đó. Dự toán 2020 do Văn phòng HĐND "
         "tỉnh lưu, đề nghị hỏi Văn phòng HĐND.", (), Event.EXTENSION, (P, N, E)),
        ("Thuc hien 2019: thu 4.310 ty, chi 4.122 ty. 2 cai con lai (QT18, DT20) chieu mai em gui nhe.", (),
         Event.PARTIAL, (P, G, P)),
        ("Trong mục Công khai, trang https://stc.tinh.test/cong-khai/bo-ba-2020.html gồm đúng thứ nhóm hỏi: quyết toán "
         "2018, thực hiện 2019, dự toán 2020.", (), Event.LINK, (G, G, G)),
        ("Hôm trước chúng tôi có trả lời là các tài liệu thuộc loại mật, không cung cấp. Trả lời như vậy là sai, nay "
         "Sở gửi đủ.", (QT, TH, DT), Event.FULL, (G, G, G)),
        ("Tôi phụ trách địa bàn huyện nên gửi nhóm số của huyện.", (OTHER_FORM,), Event.OTHER, (N, N, N)),
        ("Xin gửi nhóm tài liệu tập huấn hướng dẫn các xã điền mẫu công khai.", (LESSON,), Event.OTHER, (N, N, N)),
        ("Nhóm tham khảo kế hoạch phát triển trung hạn: https://stc.gov.test/tep/ke-hoach.pdf", (), Event.UNCLEAR,
         (N, N, N)),
        ("Mời nhóm xem danh bạ cơ quan https://stc.gov.test/tep/danh-ba.pdf", (), Event.OTHER, (N, N, N)),
        ("Báo cáo tài chính của trung tâm: https://stc.gov.test/tep/bctc.pdf", (), Event.OTHER, (N, N, N)),
        ("Anh chị bấm vào link này xem nhé: https://stc.gov.test/tep/3rd.zip", (), Event.LINK, (G, G, G)),
        ("Thứ nhóm hỏi nằm cả trong đây: https://stc.gov.test/tep/3rd.zip", (), Event.LINK, (G, G, G)),
        ("Ba bộ để ở https://stc.gov.test/tep/\nqt2018.pdf\nhttps://stc.gov.test/tep/\nth2019.pdf\n"
         "https://stc.gov.test/tep/\ndt2020.pdf", (), Event.LINK, (G, G, G)),
        ("Ba bộ tải ở đây:\n<https://stc.gov.test/tep/\nqt2018.pdf>\n<https://stc.gov.test/tep/\nth2019.pdf>\n"
         "<https://stc.gov.test/tep/\ndt2020.pdf>", (), Event.LINK, (G, G, G)),
        ("Thư của nhóm đã đến, đã vào sổ công văn đến số 215, còn chờ ý kiến giám đốc. Lần sau nhóm gửi về hộp thư "
         "chung của Sở, email này là của riêng tôi.", (), Event.HUMAN_ACK, (N, N, N)),
        ("Có gì anh chị gọi văn phòng mình trong giờ làm việc nói chuyện cho tiện.", (), Event.OTHER, (N, N, N)),
        ("Thực hiện 2019 em sẽ gửi sau. Dự toán 2020 có bản trình và bản đã duyệt, anh chị cho em biết cần bản nào.",
         (), Event.ASKS_PURPOSE, (N, P, N)),
        ("Sở xin lùi hạn trả lời hai báo cáo đến ngày 20/4. Dự toán 2020 thì Sở không giữ, nhóm hỏi Văn phòng HĐND "
         "tỉnh.", (), Event.EXTENSION, (P, P, E)),
        ("Gửi nhóm, file bị chặn nên em gõ lại:\nQuyết toán ngân sách địa phương năm 2018 (triệu đồng)\n"
         "I. Tổng thu ..... 12.305.118\n1. Thu điều tiết ..... 8.119.200\n2. Thu bổ sung ..... 3.902.700\n"
         "3. Thu kết dư ..... 103.218\n4. Thu chuyển nguồn ..... 180.000\nII. Tổng chi ..... 12.011.402\n"
         "1. Chi đầu tư ..... 4.110.003\n2. Chi thường xuyên ..... 7.101.399\n3. Chi khác ..... 800.000\n"
         "III. Kết dư ..... 293.716\n\n"
         "Dự toán 2020 anh chị liên hệ Văn phòng UBND tỉnh, bên đó mới có bản đóng dấu.", (), Event.PARTIAL,
         (G, N, E)),
        ("Quyết toán 2018 do Kho bạc Nhà nước lập nên Sở từ chối cung cấp. Dự toán 2020 tuần sau Sở gửi.", (),
         Event.REFUSAL, (R, N, P)),
        ("Sở gửi hai tệp thực hiện 2019. Quyết toán 2018 do Kho bạc Nhà nước giữ, nhóm hỏi bên đó.", (TH,),
         Event.PARTIAL, (E, G, N)),
        ("Thực hiện 2019 nhóm xem trên cổng của tỉnh. Còn dự toán 2020 thì nhóm phải gửi giấy giới thiệu.", (),
         Event.ASKS_FORM, (N, E, N)),
        ("Nhóm cần bản trình hay bản đã duyệt, đề nghị nói rõ. Quyết toán 2018 thì cổng của tỉnh tinhnha.gov.test có "
         "sẵn.", (), Event.ASKS_PURPOSE, (E, N, N)),
        ("Sở gia hạn trả lời đến 20/4 đối với quyết toán 2018. Dự toán 2020 không thuộc diện gia hạn vì đã đăng trên "
         "cổng của tỉnh.", (), Event.EXTENSION, (P, N, E)),
        ("Ý kiến giám đốc: mục 1 không cung cấp; mục 3 giao phòng ngân sách, gửi trong tháng.", (), Event.REFUSAL,
         (R, N, P)),
        ("1. Quyết toán 2018: em đính kèm.\n2. Năm 2019 (tỷ đồng): tổng thu 3.911,2, tổng chi 8.204,6, trong đó đầu tư "
         "2.310,5.", (QT,), Event.PARTIAL, (G, G, N)),
        ("Sở đang dồn người cho gói hỗ trợ doanh nghiệp nên xin lùi hạn tới 2/4, lúc đó gửi quyết toán 2018.", (),
         Event.EXTENSION, (P, N, N)),
        ("Tôi xem thư rồi, khỏi cần gửi bản giấy nhé.", (), Event.HUMAN_ACK, (N, N, N)),
        ("Khi nào có dịp về tỉnh, mời các bạn ghé cơ quan chơi.", (), Event.OTHER, (N, N, N)),
    ],
)  # fmt: skip
def test_each_document_has_a_state_and_full_means_all(
    text: str, files: tuple[Attachment, ...], event: Event, states: tuple[str, ...]
) -> None:
    reply = letter(text, *files)
    said = rules.classify(reply, [], rules.RuleContext(matched=True, asked=ASKED, vocabulary=VIETNAMESE))
    assert said.event == event
    assert (
        tuple(state.said for state in rules.documents(said.event, ASKED, rules.signals_of(reply, VIETNAMESE))) == states
    )


def test_a_system_that_encloses_what_was_asked_for_brings_the_answer() -> None:
    text = "Hồ sơ số 2020.0413: đã có kết quả.\nCung cấp các báo cáo (tệp đính kèm).\nVui lòng không trả lời thư này."
    reply = letter(text, QT, TH, DT)
    known = rules.RuleContext(matched=True, asked=ASKED, vocabulary=VIETNAMESE)
    assert rules.classify(reply, [], known).event == Event.FULL
    strange = letter(text, table("BẢNG THU CHI NGÂN SÁCH"))
    assert rules.classify(strange, [], known).rule == "unclear.automatic_answer"


def test_each_answer_between_the_lines_of_our_letter_is_of_the_line_above() -> None:
    text = (
        "> 1. Quyết toán ngân sách tỉnh năm 2018\nCái này Sở không cung cấp, thanh tra đang làm việc tại tỉnh.\n"
        "> 2. Tình hình thực hiện quý IV và cả năm 2019\nCó đây, xem tệp.\n"
        "> 3. Dự toán ngân sách tỉnh năm 2020\nCuối tháng này gửi sau.\n\nTráng"
    )
    reply = letter(text, TH)
    said = rules.documents(Event.PARTIAL, ASKED, rules.signals_of(reply, VIETNAMESE))
    assert [state.said for state in said] == [R, G, P]


def test_without_knowing_what_was_asked_nothing_is_said_of_documents() -> None:
    reply = letter("Sở gửi nhóm tài liệu.", QT)
    assert rules.classify(reply, [], rules.RuleContext(matched=True, vocabulary=VIETNAMESE)).event == Event.FULL
    assert rules.documents(Event.FULL, (), rules.signals_of(reply, VIETNAMESE)) == ()


PRICES = NamedDocument("Bảng giá các loại đất của tỉnh năm 2020", ("bảng giá đất", "giá các loại đất"))
PLANS = NamedDocument("Kế hoạch lựa chọn nhà thầu năm 2020", ("mua sắm", "lựa chọn nhà thầu"))
PRICE_TABLE = text_file("bang-gia-dat-2020.pdf", "BẢNG GIÁ ĐẤT NĂM 2020\nĐường Hùng Vương 2.500\nĐường Lê Lợi 1.800")


@pytest.mark.parametrize(
    ("document", "text", "files", "event", "states"),
    [
        (PRICES, "Sở gửi kèm bảng giá đất.", (PRICE_TABLE,), Event.FULL, (G,)),
        (PRICES, "Sở gửi kèm tài liệu.", (replace(PRICE_TABLE, name="BangGiaDat.pdf"),), Event.FULL, (G,)),
        (PRICES, "Sở gửi kèm bảng giá đất năm 2015.", (text_file("gia-dat-2015.pdf", "BẢNG GIÁ ĐẤT NĂM 2015"),),
         Event.OTHER, (N,)),
        (PRICES, "Bảng giá đất là tài liệu mật, sở từ chối cung cấp.", (), Event.REFUSAL_REASONED, (R,)),
        (PLANS, "Sở gửi kèm danh sách gói thầu.", (text_file("mua sam 2020.pdf", "MUA SẮM NĂM 2020\n12 gói thầu"),),
         Event.FULL, (G,)),
    ],
)  # fmt: skip
def test_documents_that_are_no_budget_are_told_by_the_words_of_the_study(
    document: NamedDocument, text: str, files: tuple[Attachment, ...], event: Event, states: tuple[str, ...]
) -> None:
    vocabulary = replace(VIETNAMESE, documents=(document,))
    asked, reply = (requested(document.title, words(vocabulary)),), letter(text, *files)
    said = rules.classify(reply, [], rules.RuleContext(matched=True, asked=asked, vocabulary=vocabulary))
    told = rules.documents(said.event, asked, rules.signals_of(reply, vocabulary))
    assert (said.event, tuple(state.said for state in told)) == (event, states)


def test_without_its_words_a_table_of_prices_is_of_another_matter() -> None:
    asked = (requested("Bảng giá các loại đất của tỉnh năm 2020", VI),)
    reply = letter("Sở gửi kèm bảng giá đất.", PRICE_TABLE)
    said = rules.classify(reply, [], rules.RuleContext(matched=True, asked=asked, vocabulary=VIETNAMESE))
    assert said.event == Event.OTHER


TWELVE = {
    "en": (
        "Register of interests", "List of vacant homes", "Gritting routes", "Allotment waiting list",
        "Street lighting schedule", "Tree inspection log", "Parking permits issued", "Licensed premises",
        "Food hygiene inspections", "Pothole repairs", "Library opening hours", "Members' allowances",
    ),
    "vi": (
        "Danh sách nhà trống", "Nhật ký kiểm tra cây xanh", "Lịch chiếu sáng đường phố", "Sổ cấp phép đỗ xe",
        "Danh mục cơ sở được cấp phép", "Biên bản kiểm tra bếp ăn", "Sổ sửa chữa ổ gà", "Lịch mở cửa thư viện",
        "Bảng phụ cấp đại biểu", "Danh sách chờ thuê đất", "Sơ đồ rải muối", "Sổ kê khai lợi ích",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "many", "text", "promised"),
    [
        ("en", 5, "Items 1 to 3 and 5 will follow next week.", {1, 2, 3, 5}),
        ("en", 12, "Documents 2, 4 and 10-12 will follow next week.", {2, 4, 10, 11, 12}),
        ("en", 12, "The tenth document will follow next week.", {10}),
        ("en", 5, "The fifth document will follow next week.", {5}),
        ("en", 5, "Items 1, 2 and 4 will follow next week.", {1, 2, 4}),
        ("vi", 5, "Tuần sau Sở gửi mục 2 đến 4.", {2, 3, 4}),
        ("vi", 12, "Tuần sau Sở gửi tài liệu số 1, 10 và 12.", {1, 10, 12}),
        ("vi", 5, "Tài liệu thứ năm tuần sau Sở gửi.", {5}),
        ("vi", 12, "Tài liệu thứ mười hai tuần sau Sở gửi.", {12}),
    ],
)
def test_a_letter_names_any_of_many_documents_by_its_number(
    language: str, many: int, text: str, promised: set[int]
) -> None:
    vocabulary = Vocabulary((language,))
    asked = tuple(requested(title, words(vocabulary)) for title in TWELVE[language][:many])
    reply = letter(text)
    said = rules.documents(Event.EXTENSION, asked, rules.signals_of(reply, vocabulary))
    assert {at for at, state in enumerate(said, start=1) if state.said == P} == promised


@pytest.mark.parametrize(
    ("page", "said"),
    [("Hướng dẫn thủ tục yêu cầu cung cấp thông tin", ""), ("Các báo cáo quyết toán, dự toán", "elsewhere")],
)
def test_a_page_about_how_to_ask_tells_of_no_document(page: str, said: str) -> None:
    reply = letter(f"{page} được công khai trên Cổng thông tin điện tử của tỉnh: https://lamson.gov.vn/trang-tin")
    asked = tuple(requested(title, VI) for title in TWELVE["vi"][:2])
    told = rules.documents(Event.OTHER, asked, rules.signals_of(reply, VIETNAMESE))
    assert {state.said for state in told} == {Said(said) if said else Said.NOTHING}


@pytest.mark.parametrize(
    ("text", "event", "states"),
    [
        # Who asks may promise by name, or say where a document is; what is asked says nothing.
        ("Nhóm điền giúp phiếu, thêm bản chụp căn cước. Nhận được là bên em chuyển ngay quyết toán 18 và dự toán 20. "
         "Còn số thực hiện 2019 anh chị xin Kho bạc.", Event.ASKS_FORM, (P, E, P)),
        ("Nhóm xin số liệu để làm gì vậy? Trả lời xong là em gửi liền cả quyết toán 2018, thực hiện 2019 và dự toán "
         "2020 nha.", Event.ASKS_PURPOSE, (P, P, P)),
        ("Nhóm nói rõ giúp: dự toán 2020 lấy theo nghị quyết hồi tháng 12 hay bản điều chỉnh?", Event.ASKS_PURPOSE,
         (N, N, N)),
        # A day in the next sentence, or in a name, promises nothing once something else is said; nor a past one.
        ("Nhóm điền vào mẫu kèm theo rồi ký. Quyết toán 2018 đã được niêm yết trên trang của Sở. Bộ phận nghỉ thứ "
         "bảy và chủ nhật.", Event.ASKS_FORM, (E, N, N)),
        ("Hai tài liệu 2018 và 2020 cơ quan xin không gửi; tài liệu 2019 thì các bác xem trên báo của tỉnh.\n"
         "Cháu Ngọc Mai", Event.REFUSAL, (R, E, R)),
        ("Quyết toán 2018, dự toán 2020 thuộc trường hợp từ chối quy định tại điểm d khoản 1 Điều 28; thực hiện 2019 "
         "đề nghị theo dõi tại trang thông tin điện tử của Sở.", Event.REFUSAL_REASONED, (R, E, R)),
    ],
)  # fmt: skip
def test_what_a_letter_promises_by_name(text: str, event: Event, states: tuple[str, ...]) -> None:
    assert classed_with_states(letter(text)) == (event, states)


def test_an_archive_of_other_years_gives_nothing() -> None:
    archive = text_file(
        "luu.zip",
        "a.xlsx\nBiểu số 62/CK-NSNN\nCÂN ĐỐI NGÂN SÁCH ĐỊA PHƯƠNG NĂM 2015 (QUYẾT TOÁN)\nTổng thu NSĐP\t7110334\n"
        "b.xlsx\nBiểu số 46/CK-NSNN\nCÂN ĐỐI NGÂN SÁCH ĐỊA PHƯƠNG NĂM 2017 (DỰ TOÁN)\nTổng chi NSĐP\t8110334",
    )
    event, states = classed_with_states(letter("Gửi nhóm mấy biểu tôi tìm được trong kho.", archive))
    assert event == Event.OTHER and set(states) == {N}


def test_heads_of_columns_name_no_document_below_the_number_of_a_form() -> None:
    rows = "\n".join(f"{n} Khoản {n} {912345 + n} {922345 + n} 101.2" for n in range(1, 9))
    text = (
        "Quyết toán 2018 tôi dán thẳng bảng vào thư; hai nội dung còn lại theo hai tệp đính kèm.\n\n"
        f"Biểu số 62/CK-NSNN - Cân đối ngân sách địa phương năm 2018\n\nĐVT: triệu đồng\n\n"
        f"STT Nội dung Dự toán Quyết toán So sánh (%)\n\n{rows}"
    )
    assert classed_with_states(letter(text, DT, TH)) == (Event.FULL, (G, G, G))


@pytest.mark.parametrize(
    ("address", "text", "event", "states"),
    [
        ("kbnn@lamson.test", "Sở Tài chính nhờ Kho bạc trả lời phần số thực hiện. Lũy kế năm 2019 (tỷ đồng):\n\n"
         "  Thu NSNN trên địa bàn ........ 4.211,7\n\n  Chi NSĐP ..................... 9.036,9\n\n"
         "     - chi đầu tư .......  3.110,4\n\nQuyết toán 2018 với dự toán 2020 Kho bạc không giữ, quý vị hỏi thẳng "
         "Sở Tài chính.", Event.PARTIAL, (E, G, E)),
        ("kbnn@lamson.test", "Sở Tài chính chuyển sang Kho bạc thư của Nhóm. Thông tin về quyết toán năm 2018 không "
         "thuộc trách nhiệm cung cấp của KBNN theo điểm c khoản 1 Điều 28 Luật Tiếp cận thông tin nên KBNN từ chối. Số "
         "thực hiện 2019 Nhóm lấy lại bên Sở Tài chính.", Event.REFUSAL_REASONED, (R, E, N)),
        ("vpub@lamson.test", "Văn phòng UBND tỉnh thông báo: thư của Nhóm gửi nhầm vào hộp thư Văn phòng. Văn phòng đã "
         "chuyển nguyên văn sang Sở Tài chính để xem xét.", Event.TRANSFER_AWAY, (N, N, N)),
    ],
)  # fmt: skip
def test_another_body_means_itself(address: str, text: str, event: Event, states: tuple[str, ...]) -> None:
    assert classed_with_states(replace(letter(text), from_address=address)) == (event, states)


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("Sáng nay tôi thấy ba thư giống hệt nhau. Đừng gửi lặp nữa kẻo đầy hộp. Thư tôi đã nhận được và đang làm.",
         Event.HUMAN_ACK),
        ("Đề nghị gạch địa chỉ này khỏi danh sách và đừng gửi vào đây nữa.", Event.OBJECTION),
    ],
)  # fmt: skip
def test_who_wants_the_same_letter_once_objects_to_none(text: str, event: Event) -> None:
    assert classed_with_states(letter(text))[0] == event


@pytest.mark.parametrize(
    ("text", "files", "event", "states"),
    [
        # What the office itself gives and has not given is promised,
        ("Nhóm lấy số liệu này để làm gì? Xong câu đó dự toán 2020 em gửi ngay.", (), Event.ASKS_PURPOSE, (N, N, P)),
        ("Bac can quyet toan cap tinh hay gom ca huyen? Du toan 2020 thi lat chi ve chi goi cho.", (),
         Event.ASKS_PURPOSE, (N, N, P)),
        ("Gửi nhóm quyết toán 2018. Riêng năm 2020 còn sửa tên mấy đơn vị, chốt rồi tôi email bổ sung.", (QT,),
         Event.PARTIAL, (G, N, P)),
        # what stands where everybody may read it is elsewhere,
        ("Nhóm dùng số liệu vào việc gì? Số thực hiện 2019 đang dán ở bảng tin trụ sở.", (), Event.ASKS_PURPOSE,
         (N, E, N)),
        ("Sở xin gia hạn thêm 10 ngày, đến hạn sẽ gửi quyết toán 2018. Dự toán 2020 nhóm xem trong Công báo tỉnh. Sở "
         "cũng đang rà soát danh mục thông tin công khai, xong trong quý II.", (), Event.EXTENSION, (P, N, E)),
        # and what was given, or is told of another matter, changes neither.
        ("Tài liệu dự toán 2020 đã được cung cấp hai lần cho nhóm vào ngày 15/01, áp dụng điểm d khoản 1 Điều 28 Sở từ "
         "chối cung cấp. Tài liệu quyết toán 2018 để tại phòng đọc, mở cửa chiều thứ ba. Sở đã rút kinh nghiệm để công "
         "dân khỏi phải hỏi nhiều lần, đồng thời giao Sở Thông tin và Truyền thông kiểm tra hộp thư.", (),
         Event.REFUSAL_REASONED, (E, N, R)),
        ("Dự toán 2020 anh mở trang Bộ Tài chính mà lấy. Hai loại kia Sở tôi không cấp cho cá nhân hay nhóm nào cả.",
         (),
         Event.REFUSAL, (R, R, E)),
        ("Từ nay đừng viết cho tôi nữa, tôi không quan tâm loại thư này.", (), Event.OBJECTION, (N, N, N)),
        ("Tôi không phụ trách. Đề nghị từ nay thôi, không gửi cho cá nhân tôi nữa.", (), Event.OBJECTION, (N, N, N)),
        ("Bữa nào ghé tỉnh thì vào phòng tôi uống nước rồi nói chuyện.", (), Event.OTHER, (N, N, N)),
        ("Thông tư 343 quy định cấp tỉnh phải dùng các mẫu biểu đánh số liên tục, đầu đề ghi rõ năm. Gửi bạn tài liệu "
         "tập huấn.", (PROGRAMME,), Event.OTHER, (N, N, N)),
        ("Thư của quý vị đã được ghi sổ, đọc được đầy đủ.", (), Event.HUMAN_ACK, (N, N, N)),
        ("Thư của nhóm đã để trong hồ sơ trình của phòng Ngân sách, anh Khoa bên đó giữ việc này.", (),
         Event.TRANSFER_INSIDE, (N, N, N)),
        ("Tôi đọc mà chưa hiểu nhóm xin cấp tỉnh không thôi hay tính cả huyện. Nói lại giúp.", (), Event.ASKS_PURPOSE,
         (N, N, N)),
        ("Quyết toán 2018 với thực hiện 2019 thì bên Kho bạc người ta chốt, anh xin bên đó mới chuẩn.", (),
         Event.TRANSFER_AWAY, (E, E, N)),
        ("Việc này không phải tôi. Tôi đã đẩy thư sang cho em Vân ngân sách rồi nhé.", (), Event.TRANSFER_INSIDE,
         (N, N, N)),
        ("Chúng tôi là Sở Y tế, thư của quý vị lạc sang đây. Chúng tôi đã gửi chuyển tiếp cho Sở Tài chính.", (),
         Event.TRANSFER_AWAY, (N, N, N)),
        ("Quyết toán 2018 em xin chịu, sếp không ký. Dự toán 2020 mai kia họp xong em gửi liền.", (), Event.REFUSAL,
         (R, N, P)),
        # A file is counted among files; the year beside it says of what it is.
        ("Trung tâm gửi hộ hai file bên dưới. File thứ hai (năm 2020) còn đang ký số, ký xong Trung tâm chuyển nốt.",
         (QT, TH), Event.PARTIAL, (G, G, P)),
        # Some are enclosed, and of each other one the letter says what becomes of it.
        ("Phòng trao nhóm bảng đi cùng thư. Dự toán 2020 chậm nhất ngày 27/3 phòng sẽ chuyển. Quyết toán 2018 thì xin "
         "từ chối vì thuộc danh mục bí mật nhà nước.", (TH_NAMED,), Event.PARTIAL, (R, G, P)),
        ("Số 2018 gửi trong file. Dự toán 2020 thì lãnh đạo dặn là không giao.", (QT,), Event.PARTIAL, (G, N, R)),
        # "Including a part" names no other document.
        ("Quyết toán 2018 phòng sẽ chuyển đến nhóm trước ngày 20/3. Về dự toán 2020, hồ sơ gồm cả khoản mật; theo "
         "Điều 6 Luật Tiếp cận thông tin, Sở không thể cung cấp.", (), Event.REFUSAL_REASONED, (P, N, R)),
        # A column of amounts below the title of each document; the day of a resolution is no month of the budget.
        (COLUMN_OF_EACH, (), Event.FULL, (G, G, G)),
        (COLUMN_OF_EACH.replace("2018", "2016"), (), Event.PARTIAL, (N, G, G)),
        # An address that names documents is no home page, whatever else the letter says has gone elsewhere.
        ("Mục giá đất đã chuyển qua Sở Tài nguyên. Ba tập nhóm hỏi chúng tôi xếp chung ở một trang: "
         "https://stc.tinh.gov.test/?muc=ck&xem=qt2018-dt2020-th2019", (), Event.LINK, (G, G, G)),
        # Who has the copy with a seal is asked for it, not we; another mailbox is no objection.
        ("Hai báo cáo chưa kịp, lãnh đạo Sở thống nhất lùi ngày trả kết quả sang 10/4. Riêng dự toán 2020, nhóm "
         "liên hệ Văn phòng HĐND tỉnh là nơi đang giữ bản có dấu.", (), Event.EXTENSION, (P, P, E)),
        ("Phải có công văn giấy của cơ quan thì bên em mới trình. Lần sau gửi vào hộp văn thư, đừng gửi hộp riêng của "
         "em.", (), Event.ASKS_FORM, (N, N, N)),
        ("Bữa ni tui mới kiếm ra cấy dự toán, gửi eng trước. Hai cấy tê để tui lục thêm.", (DT,), Event.PARTIAL,
         (P, P, G)),
        # A link is what its address, its label, or the sentence before it says.
        ("Quyết toán 18, dự toán 20, quý 4/19 ở đây: "
         "https://stc.tinh.gov.test/ck/quyet-toan-2018-du-toan-2020-quy-iv-2019", (), Event.LINK, (G, G, G)),
        ("Lớp tin do Văn phòng Sở phụ trách. Các biểu quyết toán năm 2018 và dự toán năm 2020 nằm cùng một trang, địa "
         "chỉ https://ngansach.test/du-lieu/ckns-2018-2019-2020 (không cần tài khoản).", (), Event.LINK, (G, N, G)),
        ("Quyết toán và dự toán đã đăng tại https://ngansach.test/cong-khai?qt=2018&dt=2020 từ tháng 1.", (),
         Event.LINK,
         (G, N, G)),
        ("Quyết toán 2018 chưa đăng ở địa chỉ https://ngansach.test/du-lieu/ckns-2018-2019-2020 (không tài khoản).",
         (), Event.UNCLEAR, (N, N, N)),
    ],
)  # fmt: skip
def test_who_gives_when_and_where(
    text: str, files: tuple[Attachment, ...], event: Event, states: tuple[str, ...]
) -> None:
    assert classed_with_states(letter(text, *files)) == (event, states)


ROWS_BELOW = (
    "Quyết toán 2018 thì nhóm qua Văn phòng HĐND xin. Dự toán 2020 mình chép (tr.đ):\n"
    "  Tổng thu ............. 9.214.880\n    - nội địa .......... 3.912.400\n  Tổng chi ............. 9.301.180\n"
    "Còn thực hiện 2019, chỉnh lý xong mình gửi tiếp."
)
OF_ANOTHER = table("UBND TỈNH HẢI VÂN\t\tBiểu số 62/CK-NSNN\nQUYẾT TOÁN NGÂN SÁCH ĐỊA PHƯƠNG NĂM 2018")


@pytest.mark.parametrize(
    ("text", "files", "event", "states"),
    [
        # The letter's own date tells a year, or a day to come.
        ("Năm mười tám thì nhóm sang Kiểm toán mà hỏi;\nnăm hai mươi chờ tôi ít bữa;\nsố năm ngoái thì đây.", (TH,),
         Event.PARTIAL, (E, G, P)),
        ("Mục (3): xong, kèm đây. Mục (1) và (2): đang lấy chữ ký, dự kiến chuyển trước 20/3/2020.", (DT,),
         Event.PARTIAL, (P, P, G)),
        # Bare numbers within the forms of one document name it.
        ("Phòng xuất được 59-61 và 46 đến 50 (xem tệp).", (TH, DT), Event.PARTIAL, (N, G, G)),
        ("Tập 59-60-61 gắn liền thư này; tập 62 tới 68 dò xong Sở gửi tiếp.", (TH,), Event.PARTIAL, (P, G, N)),
        # A refusal by name of one document takes back none that a file shows.
        ("- Hồ sơ quyết toán 2018: đã trích xuất, đính tại đây dạng PDF.\n- Tài liệu dự toán 2020: Sở từ chối vì có "
         "phần thuộc danh mục bí mật nhà nước.", (QT,), Event.PARTIAL, (G, N, R)),
        ("Sở từ chối cung cấp quyết toán 2018 vì thuộc danh mục bí mật nhà nước.", (QT,), Event.UNCLEAR, (N, N, N)),
        # A few rows below the title of a document are its figures.
        (ROWS_BELOW, (), Event.PARTIAL, (E, P, G)),
        (ROWS_BELOW.replace("Dự toán 2020 mình chép", "Giá vật liệu mình chép"), (), Event.TRANSFER_AWAY, (E, P, N)),
        # An address is what any number in it, its line, its brackets, or the line beside a shared folder says.
        ("Mời nhóm đọc theo các liên kết https://stc.a.gov.vn.test/?gd=27&tc=5511 (quyết toán ngân sách tỉnh 2018) và "
         "https://stc.a.gov.vn.test/?gd=27&tc=5630 (dự toán ngân sách tỉnh 2020).", (), Event.LINK, (G, N, G)),
        ("tải: https://tep.test/s/a1b2c3d4 (quyết toán)\ntải: https://tep.test/s/e5f6a7b8 (dự toán)", (), Event.LINK,
         (G, N, G)),
        ("Hộp thư chỉ cho gửi 5 MB nên tôi để trên mây: https://drive.google.com.test/drive/folders/1Xo7pL\n"
         "Bên trong có ba thư mục: QT 2018, DT 2020, TH 2019.", (), Event.LINK, (G, G, G)),
        ("Hộp thư chỉ cho gửi 5 MB nên tôi để trên mây: https://drive.google.com.test/drive/folders/1Xo7pL\n"
         "QT 2018 sẽ chép lên sau.", (), Event.UNCLEAR, (N, N, N)),
        ("Hai báo cáo ở hai link: https://stc.a.gov.test/vb/bc-quyet-toan-ngan-sach-2018 và "
         "https://stc.a.gov.test/vb/nq-du-toan-ngan-sach-2020", (), Event.LINK, (G, N, G)),
        ("Link tải: https://1drv.ms.test/f/s!AbCdEf — trong đó gồm quyết toán 2018, dự toán 2020, thực hiện 2019.", (),
         Event.LINK, (G, G, G)),
        ("Quyết toán 2018 để tại\nhttps://vp.a.test/share/f/9QmT2018 (tải thẳng, không cần mật khẩu).\n"
         "Thực hiện 2019 gắn ở thư.", (TH,), Event.PARTIAL, (G, G, N)),
        # A site that is only named, and a newspaper, are elsewhere.
        ("a) Quyết toán 2018: Sở không cung cấp.\nb) Dự toán 2020: tra trên cổng tỉnh www.a.test.\n"
         "c) Thực hiện 2019: trang a.test có rồi.", (), Event.REFUSAL, (R, E, E)),
        ("Quyết toán 2018 thì Sở xin phép không đưa. Còn số 2019 thì báo Hải Vân có đăng hôm Tết.", (), Event.REFUSAL,
         (R, E, N)),
        ("Phòng xin kéo dài thời hạn đến 06/4/2020. Đến hạn đó phòng sẽ chuyển quyết toán 2018 và dự toán 2020. Số "
         "thực hiện 2019 nằm bên Cục Thuế tỉnh, đề nghị nhóm trao đổi với họ.", (), Event.EXTENSION, (P, E, P)),
        # Another division holds one; the rest is not told of.
        ("Phần quyết toán 2018 do phòng khác giữ, có sẽ gửi liền. Thực hiện 2019 đây.", (TH,), Event.PARTIAL,
         (P, G, N)),
        ("Trong ba tập mới có tập này; hai tập kia ở nhà in, chừng nào về em chuyển.", (DT,), Event.PARTIAL, (P, P, G)),
        ("Sở chỉ được phép đưa ra quyết toán 2018; dự toán 2020 thì không.", (QT,), Event.PARTIAL, (G, N, R)),
        ("- Dự toán 2020: từ chối, căn cứ điểm đ khoản 1 Điều 28 Luật Tiếp cận thông tin;\n- Quyết toán 2018: "
         "sẽ chuyển trong tuần tới;\n- Thực hiện 2019: đề nghị hỏi Cục Thống kê tỉnh.", (),
         Event.REFUSAL_REASONED, (P, E, R)),
        # What is asked for, and what the letter promises beside it.
        ("Để có cơ sở báo cáo lãnh đạo, đề nghị nhóm nêu rõ số liệu sẽ được đưa vào ấn phẩm nào.", (),
         Event.ASKS_PURPOSE, (N, N, N)),
        ("Về quyết toán 2018, chị cần hỏi lại: nhóm lấy cấp tỉnh hay toàn địa phương?\nThực hiện 2019 chị sẽ gửi, chờ "
         "chị xin ý kiến xong.", (), Event.ASKS_PURPOSE, (N, P, N)),
        ("Ban ranh thi ghe phong 305 uong nuoc, minh noi chuyen truc tiep chu viet thu dai lam.", (), Event.OTHER,
         (N, N, N)),
        ("Gửi nhóm tập này.", (LESSON,), Event.OTHER, (N, N, N)),
        # The figures of another province are none of this one's.
        ("Em gửi nhóm số liệu của tỉnh bạn để đối chiếu ạ.\nNgát, Sở Tài chính Lam Sơn", (OF_ANOTHER,), Event.OTHER,
         (N, N, N)),
    ],
)  # fmt: skip
def test_evidence_and_the_date_of_the_letter(
    text: str, files: tuple[Attachment, ...], event: Event, states: tuple[str, ...]
) -> None:
    assert classed_with_states(replace(letter(text, *files), date=datetime(2020, 3, 12, tzinfo=UTC))) == (event, states)


def test_a_colleagues_answer_that_is_passed_on() -> None:
    reply = letter(
        "Chuyển nhóm câu trả lời của phòng.\n\n---------- Thư đã chuyển tiếp ----------\n"
        "Từ: Quyết <quyet@stc.tinh.gov.test>\nNgày: 14:02, 4 thg 3, 2020\nChủ đề: xin số liệu\n"
        "Đến: <vanthu@stc.tinh.gov.test>\n\n"
        "+ Quyết toán 2018 lấy tệp này.\n+ Dự toán 2020 bảo họ đợi.\n+ Thực hiện 2019 không cung cấp.", QT
    )  # fmt: skip
    assert classed_with_states(replace(reply, subject="Fwd: xin số liệu")) == (Event.PARTIAL, (G, R, P))


def test_a_letter_that_is_forwarded_to_a_colleague() -> None:
    reply = replace(letter("A Thắng phòng Ngân sách nhận thư này xử lý nhé.\nQuyên"), subject="Fwd: xin số liệu")
    assert classed_with_states(reply) == (Event.TRANSFER_INSIDE, (N, N, N))


def classed_with_states(reply: Reply) -> tuple[Event, tuple[str, ...]]:
    signals = rules.signals_of(reply, VIETNAMESE)
    context = rules.RuleContext(matched=True, asked=ASKED, vocabulary=VIETNAMESE)
    event = rules.classify(reply, [], context, signals).event
    return event, tuple(state.said for state in rules.documents(event, ASKED, signals))
