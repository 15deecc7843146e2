"""List phrases by which offices refuse, plainly or politely, and their grounds."""

from prober.text.patterns import linear

_NO = r"(?:không|chưa)"
_MAY = (
    r"(?:thể|có thể|được phép|được|có cơ sở|có căn cứ|đủ (?:điều kiện|cơ sở|căn cứ)|có trách nhiệm|có nghĩa vụ|"
    r"có quyền|"
    r"có chức năng|có nhiệm vụ|có thẩm quyền|có chủ trương|có điều kiện|đồng ý|nhất trí|chấp thuận|cho phép|cho|"
    r"muốn|tiện|dám|tiến hành|xem xét|"
    r"thống nhất|tham gia[^\n]{0,20} nên không)"
)
_GRANT = (
    r"(?:cung cấp|gửi|chia sẻ|đáp ứng|giải quyết|hỗ trợ|giúp|tiết lộ|phổ biến|cho|đưa|phục vụ|trả lời|tiếp cận|cấp|"
    r"thực hiện|"
    r"công bố|đem|làm)\b"
)
# "Not by this way", "not at once": not a refusal, because it may be done otherwise.
_OTHERWISE = (
    r"(?! (?:được )?(?:theo đường|qua|bằng|(?:lại )?(?:vào )?(?:thư|email|tin nhắn|hộp thư|địa chỉ)\b|lại|kèm|"
    r"bản giấy|bản cứng|giấy|ngay|kịp|sớm|liền|đủ|nhầm|cho (?:đúng|kịp)|"
    r"công văn|phiếu|số cm|số cc|đến|tới|vào))"
)
REFUSAL = (
    r"từ chối (?:việc )?(?:cung cấp|yêu cầu|giải quyết|trả lời)",
    r"\b(?:xin|phải|đành|nên|sở|chúng tôi|bị) (?:phép )?(?:được )?từ chối",
    r"thông báo (?:về việc )?từ chối",
    rf"{_NO} (?!được (?:trả lời|giải quyết|phục vụ|hỗ trợ)){_MAY}(?: \w+){{0,4}}? {_GRANT}{_OTHERWISE}",
    r"\bkhông(?<!bạn không)(?<!ông không)(?<!bà không)(?<!anh không)(?<!chị không)(?<!nhóm không)(?<!vui lòng "
    rf"không) (?:cung cấp|gửi|chia sẻ|tiết lộ|phổ biến|đáp ứng|giải quyết|hỗ trợ|công bố|"
    rf"trả lời(?!(?<=xin không trả lời)[.!) ]*(?:\n|$)))\b{_OTHERWISE}",
    rf"\bchưa (?:cung cấp|hỗ trợ|đáp ứng)\b{_OTHERWISE}",
    rf"{_NO} (?:công khai|công bố)(?: \w+){{0,2}} được\b",
    r"(?<!bị )\b(?:xin )?trả lại (?:\w+ )?(?:thư|văn bản|công văn|đơn|hồ sơ|yêu cầu)\b[^\n]{0,60}(?:vì|do|không|"
    r"chưa)\b",
    rf"(?:cung cấp|gửi|chia sẻ|hỗ trợ|giúp|đáp ứng|cho|đưa)(?: \w+){{0,3}} (?:thì |là )?{_NO} được\b",
    rf"{_NO} (?:gửi|cho|đưa|cung cấp|chia sẻ|hỗ trợ|giúp|đáp ứng)(?: \w+){{0,3}} được\b",
    rf"{_NO} (?:được )?(?:\w+ ){{0,6}}?(?:chấp thuận|chấp nhận|đồng ý|nhất trí|cho phép|thống nhất)\b(?! nhận)",
    r"không (?:được )?(?:\w+ ){0,3}?duyệt\b",
    r"không được[^\n]{0,40}thông qua",
    r"xin phép (?:được )?không\b",
    r"(?:\bsếp|lãnh đạo|giám đốc)[^\n]{0,20}(?:bảo|nói|không cho) (?:là )?(?:không|thôi)\b",
    r"không được đâu",
    r"không có (?:thời gian|người|ai)(?: \w+){0,3} (?:làm|soạn|tổng hợp|tìm|lục|cung cấp|scan)\b",
    r"không cho (?:ra|lấy|phép|được)",
    r"không thuộc (?:các )?(?:phạm vi|trường hợp|diện|đối tượng|danh mục|loại)[^\n]{0,60}(?:cung cấp|công khai|"
    r"tiếp cận|điều \d)",
    r"không nằm trong (?:phạm vi|danh mục|diện)[^\n]{0,60}(?:cung cấp|công khai|tiếp cận)",
    r"chỉ (?:được )?(?:cung cấp|cấp|phục vụ|gửi|dùng|lưu hành|phổ biến)(?: \w+){0,3} (?:cho|trong|"
    r"nội bộ)\b[^\n]{0,40}(?:cơ quan|đơn vị|nội bộ|cấp trên|nhà nước|lãnh đạo)",
    r"(?:không|chưa) (?:gửi|chia sẻ|tiết lộ|phổ biến|công khai|đưa|cho)(?: được)?[^\n]{0,40} ra (?:ngoài|bên ngoài)",
    r"công dân không được tiếp cận",
    r"ngoài khả năng (?:của|hỗ trợ|đáp ứng|cung cấp)",
)
# "Not once more": a refusal if a legal ground is cited (it is published, or was given twice), otherwise a referral.
AGAIN = (rf"{_NO} (?:tiếp tục )?(?:cung cấp|gửi|trả lời) lại\b(?! (?:biên nhận|giấy|phiếu|thư|email))",)
FIRMLY = linear(r"(?:\w+ ){0,3}(?:từ chối|tu choi)|thông báo|decline")
# Failing mail, not a refusing office.
TROUBLE = (
    r"bị trả (?:lại|về)",
    r"báo lỗi",
    r"bị lỗi",
    r"sự cố",
    r"quá dung lượng",
    r"máy chủ",
    r"không mở được",
    r"không (?:gửi|nhận) được (?:thư|email|mã|báo cáo)",
    r"user unknown",
    r"undeliver",
    r"\b550\b",
    r"(?:thư|email|file|\blink|hệ thống)(?: \w+){0,3} không (?:gửi|nhận|mở|đọc|vào|tải|xem) được",
)
IF = (
    r"\bnếu (?!trên|tại|ở|trong|rõ|số|ra)",
    r"(?:^|(?<=, ))(?:trong )?trường hợp (?:(?:một )?phần|tài liệu|thông tin|có|chưa|không|cần|cơ quan|ông|bà|anh|chị|"
    r"bạn|nhóm)\b",
)
# Regret together with a denial in any words; used after all plain phrases.
REGRET = (
    rf"(?:rất tiếc|đáng tiếc|tiếc là|thông cảm|thứ lỗi|lượng thứ|sự chia sẻ)[^\n]{{0,120}}\b{_NO} (?!(?:quên|sao)\b)",
    rf"\b{_NO} [^\n]{{0,120}}\n?[^\n]{{0,40}}(?:rất tiếc|thông cảm|thứ lỗi|lượng thứ|"
    r"sự chia sẻ)(?![^\n]{0,20}(?:chờ|đợi))",
    r"(?:không|chưa) (?:có|lưu giữ|lưu|nắm|giữ) (?:\w+ )?(?:số liệu|tài liệu|thông tin|báo cáo|danh mục|mấy thứ)",
    r"(?:mật|nội bộ)\b[^\n]{0,60}thông cảm",
)
REASON = (
    r"bí mật (?:nhà nước|công tác|kinh doanh|đời tư)",
    r"thuộc danh mục (?:bí )?mật",
    r"(?:tài liệu|số liệu|văn bản|dấu|độ|thông tin) mật\b",
    r"bảo mật (?:thông tin|nhà nước|số liệu)",
    r"quy định (?:về )?bảo mật",
    r"(?:khoản \d+,? |điểm [a-eđ],? ?)?(?:khoản \d+,? )?điều (?:5|6|7|28|11|17|23)\b",
    r"luật (?:tiếp cận thông tin|tctt|bảo vệ bí mật|ngân sách|lưu trữ|báo chí)",
    r"nghị định (?:số )?\d+",
    r"thông tư (?:số )?\d+",
    r"quy chế\b",
    r"(?:đã|được) cung cấp (?:hai|2|02) lần",
    r"vượt quá khả năng",
    r"ảnh hưởng (?:đến|tới) (?:các )?hoạt động bình thường",
    r"(?:tài liệu|văn bản|thông tin|số liệu|lưu hành|dùng|họp) nội bộ",
    r"công dân không được tiếp cận",
)
