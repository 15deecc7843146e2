"""List weak phrases, which decide the class of a letter only if it has no plainer phrase of any class.

None of them makes an answer, and each needs a cue that hardly occurs in letters of another class.
"""

from mailroom.classification.vocabulary.parties import OTHER_BODY
from mailroom.classification.vocabulary.procedure import IDENTITY, TIME
from prober.domain.correspondence import Event

SECRET = (
    r"bí mật nhà nước",
    r"(?:tài liệu|số liệu|thông tin|văn bản|là|đóng dấu|có độ|độ|thuộc loại) mật\b",
    r"công dân không được tiếp cận",
    r"(?:trường hợp|theo|tại|căn cứ)[^\n]{0,60}(?:điều 6|điều 7|điều 28)\b",
)
PAPERS = (
    IDENTITY,
    r"(?:phải|cần|chưa|không|thiếu|nhóm|bạn)\b[^\n]{0,20}\bký số\b",
    r"(?:đến|tới|lên|qua|nộp|ra|gặp)\b[^\n]{0,40}(?:một cửa|tiếp công dân)",
    r"nộp (?:lại|hồ sơ|đơn)",
    r"trục liên thông",
    r"xác nhận[^\n]{0,20}(?:địa phương|phường|\bxã\b|cơ quan|trường|đơn\b)",
    r"(?:không|chưa) (?:có |kèm |gửi )+(?:theo )?(?:phiếu|mẫu|đơn)\b",
    r"ủy quyền",
    r"email[^\n]{0,20}không có giá trị",
)
BODY = (
    r"(?:hỏi|liên hệ|liên lạc|lên|sang|qua|tới|đến|xin(?! ý kiến)|lấy(?! ý kiến)|gặp|"
    rf"tìm)(?: \w+){{0,4}} {OTHER_BODY}",
    r"(?:địa chỉ|hộp thư|email|đây)[^\n]{0,15} (?:là )?(?:của|thuộc) (?:sở (?!tài chính)|phòng tài chính|cục|"
    r"chi cục|trung tâm|ủy ban|ubnd|huyện|công ty)",
    rf"\b(?:là của|do|thuộc|về bên|về|nằm ở|nằm bên) {OTHER_BODY}",
)
WHO = (
    r"\b(?:là ai|ai đó|của ai|ở đâu|bên nào|làm gì|chi vậy|mục đích|để viết|học viên|sinh viên|nhà báo|công tác|"
    r"tư cách)\b[^\n]{0,40}\?",
)
# Which documents are meant, or in which form.
WHICH = (
    r"\b(?:nhóm|bạn|anh|chị|ông|bà|quý \w+)\b[^\n]{0,40}\b(?:cần|lấy|muốn|xin|hỏi)\b[^\n]{0,100}\b(?:hay|hoặc|nào|"
    r"gì)\b[^\n]{0,60}\?",
)
LATER = (
    r"\b(?:xin|hẹn|(?:chờ|đợi) (?:đến|qua|hết)|để|dự kiến|khoảng|chắc|chậm|trễ|lùi|kéo dài|mới|sẽ|chưa|bận|"
    rf"cố gắng)\b[^\n]{{0,80}}{TIME}",
    r"\b(?:xin|hẹn|dự kiến|khoảng|chắc|chậm|trễ|chậm nhất)\b[^\n]{0,40}(?:ngày \d{1,2}[/.]\d|tháng \d)",
    rf"{TIME}[^\n]{{0,40}}\b(?:sẽ|mới (?:gửi|có|trả|xong|làm))\b",
    r"(?:tuần|tháng) (?:sau|tới)[^\n]{0,10}(?:nhé|nha|ạ)",
    r"(?:\d{1,9}|ít|vài|mấy) (?:ngày|tuần|hôm|bữa) nữa",
    r"\b(?:sau|ngoài|qua) (?:ngày |mùng )?\d{1,2}\b[^\n]{0,20} (?:nhắc|hỏi|liên hệ|viết|gửi) lại",
    r"(?:bữa|hôm|khi|lúc) nào (?:rảnh|xong|có)\b",
    r"(?:qua|sau|hết|xong) (?:lễ|tết|kỳ|đợt|dịp|mùa|họp)\b",
)
PASSED = (
    r"\b(?:chuyển|giao|phân|phê|phân công)\b[^\n]{0,60}\b(?:qlns|ngân sách|thanh tra|văn phòng|phụ trách|"
    r"chuyên viên|phòng (?!chuyên|nghiệp|liên|ban)\w+)\b[^\n]{0,60}\b(?:xử lý|trả lời|giải quyết|nghiên cứu|"
    r"liên hệ|rồi)\b",
    r"\b(?:division|section) (?:will|of)\b",
)
DENIED = (
    r"\bkhông (?!nhận|mở|đọc|thấy)(?:\w+ ){1,3}được\b(?! (?:nhận|gửi lại|thư|email|file))",
    r"\bthôi\b[^\n]{0,30}thông cảm",
    r"nhạy cảm",
    r"(?:^|\n)(?:dạ )?không[.! ]*(?:$|\n)",
    r"\bem chịu\b",
    r"\bkhông được (?:anh|chị|bạn|em|đâu|ạ|nha|nhé)\b",
    r"không giúp",
    r"(?:không|chưa) (?:phù hợp|khả thi)",
    r"không xem xét",
    r"không được phép",
    r"không cần thiết",
    r"(?:\bsếp|lãnh đạo|giám đốc|thủ trưởng)[^\n]{0,20} (?:không|chưa) (?:cho|ký|đồng ý)\b",
    r"\bthua\b[^\n]{0,10}\b(?:bạn|anh|chị|em)",
)

RULE = "hint."  # begins the name of every rule that rests on one of them
PHRASES = (
    (Event.REFUSAL_REASONED, "secret", SECRET),
    (Event.ASKS_FORM, "papers", PAPERS),
    (Event.TRANSFER_AWAY, "body", BODY),
    (Event.ASKS_PURPOSE, "who", WHO),
    (Event.ASKS_PURPOSE, "which", WHICH),
    (Event.EXTENSION, "later", LATER),
    (Event.TRANSFER_INSIDE, "passed", PASSED),
    (Event.REFUSAL, "denied", DENIED),
)
