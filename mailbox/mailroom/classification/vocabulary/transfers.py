"""List phrases by which offices pass a letter on, to another body or inside their own."""

from mailroom.classification.vocabulary.parties import ASK, DIVISION, OTHER_BODY, PERSON, YOU

# Another body that has the documents, or is responsible for them.
_HAS = (
    r"(?:quản lý|lưu\b|lưu giữ|nắm|giữ|có (?:đầy đủ|số liệu|mà)|tạo ra|chủ trì|theo dõi|phụ trách|tổng hợp|làm\b|"
    r"cung cấp|mới (?:có|nắm|biết|công bố|trả lời|cung cấp)|là (?:cơ quan |đơn vị )?đầu mối|trả lời|chịu trách nhiệm)"
)
# Another body passes the department's answer on to us: it only delivers it and does not have the documents.
_PASSES_ON = r" (?:chuyển|gửi) (?:\w+ ){0,4}?(?:nội dung|văn bản|công văn|thư|ý kiến|câu) (?:trả lời|phúc đáp|cung cấp)"
_WITH_PERMISSION = r"(?![^\n]{0,60}(?:cho phép|đồng ý|phê duyệt|phê chuẩn|xin ý kiến|cho ý kiến|chấp thuận|xin phép))"
BODY = (OTHER_BODY,)
# We are referred, or our letter is passed, to another body …
AWAY = (
    rf"(?:{ASK}|{YOU})[^\n]{{0,120}}(?:liên hệ|liên lạc|gửi|làm việc|hỏi|xin(?! ý kiến| chủ trương)|gặp|trao đổi|"
    rf"đề nghị)[^\n]{{0,40}} {OTHER_BODY}{_WITH_PERMISSION}",
    rf"(?:{ASK}|{YOU})[^\n]{{0,120}} (?:qua|sang)(?: bên| chỗ)? {OTHER_BODY}{_WITH_PERMISSION}",
    rf"(?:liên hệ|liên lạc|hỏi|xin|lấy|qua|sang|gửi)(?: \w+){{0,3}} {OTHER_BODY}[^\n]{{0,20}} (?:mà|để|nhé|nha|ạ|"
    r"giúp|hỏi|lấy|xin)\b",
    rf"\bchuyển[^\n]{{0,100}}? {OTHER_BODY}{_WITH_PERMISSION}",
)
# Our letter was sent to the wrong office, or, in English, another office is responsible.
MISDIRECTED = (
    r"(?:nhầm|không phải)[^\n]{0,80}(?:hỏi|liên hệ|gửi (?:lại|sang|qua|đến|tới|cho))(?: \w+){0,3} (?:sở|bên|"
    r"cơ quan)\b",
    r"(?:nhầm|không phải)[^\n]{0,120}\n[^\n]{0,40}(?:hỏi|liên hệ|gửi (?:lại|sang|qua|đến|tới|cho))(?: \w+){0,3} sở\b",
    r"đây là (?:hộp thư|email|địa chỉ|số)(?: \w+)? của (?!sở tài chính|phòng|văn phòng|bộ phận|cá nhân|tôi|em|"
    r"mình)\w+",
)
# … or another body has the documents.
HELD = (
    r"thuộc (?:về )?(?:thẩm quyền|chức năng|trách nhiệm|phạm vi|lĩnh vực|nhiệm vụ)[^\n]{0,60}(?:của |cho |"
    rf"là )?{OTHER_BODY}",
    r"(?:thẩm quyền|đầu mối|trách nhiệm|(?:đơn vị|cơ quan|nơi) (?:\w+ ){1,4}?)[^\n]{0,60}(?:là|của|do|"
    rf"thuộc)(?: của)? {OTHER_BODY}{_WITH_PERMISSION}",
    rf"(?:do|thuộc|là của|bên|có|phần|thì) {OTHER_BODY}[^\n]{{0,60}}(?:{_HAS}|ban hành|phát hành|thông qua|"
    rf"quyết định|trình|công bố|phát ngôn){_WITH_PERMISSION}",
    rf"{OTHER_BODY}(?:(?! sở\b| em\b| mình\b| bên\b| chúng|{_PASSES_ON})[^\n,;]){{0,40}}? (?:họ |mới |đang |sẽ |"
    rf"là (?:cơ quan |nơi |đơn vị )?)?{_HAS}\b{_WITH_PERMISSION}",
)
# A refusal names other bodies too, for complaints.
COMPLAINT = (
    r"khiếu nại",
    r"khởi kiện",
    r"tố cáo",
)
NOT_OURS = (
    r"không (?:thuộc|nằm trong|phải)(?: \w+){0,3} (?:thẩm quyền|chức năng|nhiệm vụ|lĩnh vực|phạm vi quản lý|"
    r"trách nhiệm|phạm vi, )",
    r"không phải (?:là )?(?:việc |số liệu |phần )?(?:của |do )?(?:bên |sở )?(?:mình|em|tôi|sở tài chính|"
    r"chúng tôi)[^\n]{0,20}(?:làm|quản lý|phụ trách|nha|nhé|ạ|$)",
    r"không (?:phải )?do (?:sở|cơ quan|đơn vị|chúng tôi|bên \w+|phòng)[^\n]{0,30}(?:quản lý|lưu giữ|nắm giữ|"
    r"tạo ra|ban hành|theo dõi|phụ trách|làm)",
    r"(?:sở|bên \w+|phòng|chúng tôi|cơ quan)[^\n]{0,20} không (?:làm|quản lý|phụ trách|theo dõi|"
    r"tổng hợp) (?:mảng|phần|việc|số|cái|mấy|nội dung|các|này)",
)
INSIDE = (
    rf"(?:chuyển|phân công|giao|phân|bút phê|chỉ đạo|nhờ|\bcc)\b[^\n]{{0,100}}?(?:{DIVISION}|ban giám đốc)",
    rf"{DIVISION}(?: \w+){{0,6}}? (?:sẽ |đang |để |được giao |chủ trì )?(?:xử lý|xem xét|tham mưu|nghiên cứu|"
    r"trả lời|liên hệ|phụ trách|theo dõi|thụ lý|chủ trì)",
    rf"(?:gửi|chuyển|nhờ|phân công|giao)(?: cho)? (?:{PERSON}|em\b)[^\n]{{0,80}}(?:xem|xử lý|giải quyết|nghiên cứu|"
    r"tham mưu|phản hồi|trả lời|kiểm tra|liên hệ|phụ trách|chỉ đạo)",
    r"(?:liên hệ|làm việc|trao đổi|hỏi|gặp|gửi email)(?: trực tiếp| thẳng)?(?: với| tới| đến| qua|"
    rf" cho)? (?:{DIVISION}|{PERSON})",
    r"(?:^|\n)@?\w+(?: \w+)?: ?(?:em|anh|chị)\b[^\n]{0,20}(?:xử lý|xem|trả lời|giải quyết|kiểm tra)",
    rf"{PERSON}[^\n]{{0,30}} (?:xử lý|giải quyết|nghiên cứu|tham mưu|trả lời|phản hồi)(?: giúp| nhé| nha| ạ|"
    rf" trường hợp|"
    r" bạn đọc|, trả lời)",
    rf"\bchuyển(?: cho| sang| qua)? {PERSON}(?= (?:rồi|nhé|nha|xử lý|ạ|ở|bên|phòng|phụ|để)\b|[,.;]|$)",
    r"(?:đề nghị|giao|chuyển|yêu cầu|nhờ)\b(?! (?:\w+ ){1,2}(?:chuyên môn|nghiệp vụ))[^\n]{0,60}(?:tham mưu|"
    r"dự thảo (?:văn bản )?trả lời)",
    rf"(?:báo cáo|trình|báo)(?: cho)? {DIVISION}",
    rf"\b(?:này|việc) (?:là )?(?:thuộc|của) (?:về )?{DIVISION}",
    rf"{PERSON}[^\n]{{0,30}} (?:phụ trách|sẽ (?:làm việc|trả lời|liên hệ))",
    r"\b(?:trả lời|phản hồi|xử lý|hướng dẫn|giúp)(?: cho)? (?:bạn|anh|chị|ông|bà|nhóm|người) này\b",
    rf"{YOU} (?:\w+ ){{0,2}}(?:viết|email|nhắn)(?: thư| tin)? (?:cho|tới|đến) (?:{DIVISION}|{PERSON})",
)
# A contact for further questions: it ends many letters and is no transfer.
CONTACT = (
    r"(?:mọi (?:thắc mắc|thông tin|vấn đề|chi tiết|ý kiến|vướng mắc)|nếu (?!trên|tại|ở|trong|rõ|số|ra)|"
    r"trường hợp (?:cần|có|chưa|không|vướng)|thắc mắc|vướng mắc|(?:biết|trao đổi) (?:thêm )?chi tiết|"
    r"chi tiết (?:xin|liên|vui)|có gì|cần (?:thêm|trao đổi)|thông tin liên hệ|hỗ trợ|không rõ|chưa rõ)",
)
