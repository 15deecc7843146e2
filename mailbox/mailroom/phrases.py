"""What Vietnamese offices write when they answer, ask back, pass on, refuse or put off: phrases as data.

Patterns are read against text in lower case with one spelling of tones (automatic.normal); `[^.\\n]` keeps a phrase
within its sentence. Text without accents is read against the same patterns without accents, so none may use an
upper-case escape.
Sources: reference page on wording, b1; law 104/2016/QH13, articles 23 to 31; decree 13/2018, forms 01 to 06.
"""

_US = r"(?:quý|ông|bà|anh|chị|bạn|nhóm|đơn vị|tổ chức|cơ quan|người yêu cầu)"
_ASK = r"(?:đề nghị|vui lòng|yêu cầu|kính mong|mong|xin|mời|cần|phải|hãy|hướng dẫn|rất mong)"
_OTHER_BODY = (
    r"(?:kho bạc|kbnn|văn phòng (?:ubnd|ủy ban)|vp ?ubnd|ubnd|ủy ban nhân dân|hđnd|hội đồng nhân dân|"
    r"cục (?:thuế|thống kê|hải quan)|chi cục|"
    r"sở (?!tài chính)(?:kế hoạch|kh&đt|nội vụ|thông tin|tư pháp|xây dựng|công thương|giao thông|y tế|giáo dục|"
    r"tài nguyên|nông nghiệp|lao động|văn hóa)|"
    r"bộ (?:tài chính|kế hoạch|nội vụ)|thanh tra (?:tỉnh|chính phủ)|ban (?:quản lý|tiếp công dân)|"
    r"cổng (?:thông tin|dịch vụ)[^.\n]{0,20}(?:chính phủ|quốc gia)|trung tâm (?:hành chính|phục vụ))"
)

OBJECTION = (
    r"(?:không|đừng) (?:tiếp tục )?gửi (?:thêm |các |những |bất kỳ |lại )?(?:thư|email|e-mail|mail|tin nhắn|"
    r"yêu cầu|văn bản|nội dung|dạng)(?: [\w-]+){0,5}? ?(?:nữa|này|tương tự|như vậy|như thế|đến (?:hộp thư|"
    r"địa chỉ|cơ quan|sở)|tới (?:hộp thư|địa chỉ|sở|cơ quan)|vào (?:hộp thư|địa chỉ))",
    r"(?:ngừng|dừng|chấm dứt|thôi) (?:ngay )?(?:việc )?gửi (?:thư|email|e-mail|mail|yêu cầu|tin|các|những|đến|tới)",
    r"(?:xóa|loại|gỡ|bỏ|rút)[^.\n]{0,60}(?:ra )?khỏi danh sách",
    r"không (?:muốn|có nhu cầu|đồng ý)(?: tiếp tục)? (?:nhận|tham gia)[^.\n]{0,30}(?:thư|email|e-mail|khảo sát|mail)",
    r"phản đối (?:việc )?(?:gửi|khảo sát)",
)
REFUSAL = (
    r"từ chối (?:việc )?(?:cung cấp|yêu cầu|giải quyết|trả lời)",
    r"(?:không|chưa) (?:thể |được phép |có cơ sở |có căn cứ |đủ (?:điều kiện|cơ sở|căn cứ) |có thể |được |"
    r"có trách nhiệm |có nghĩa vụ |đồng ý |tiến hành |xem xét )(?:để )?(?:việc )?(?:cung cấp|tiếp cận|đáp ứng|"
    r"giải quyết)",
    r"không cung cấp (?:được |các |những |bất kỳ ){0,2}(?:thông tin|tài liệu|số liệu|theo|cho|nội dung)",
    r"không thuộc (?:phạm vi|trường hợp|diện|đối tượng|danh mục|loại)(?: thông tin|"
    r" được)?[^.\n]{0,50}(?:cung cấp|công khai|tiếp cận)",
    r"(?:không (?:thể |có thể )?|chưa (?:thể )?)(?:đáp ứng|thực hiện)(?: được)? (?:yêu cầu|đề nghị)",
    r"thông báo (?:về việc )?từ chối",
    r"(?:sở|cơ quan|chúng tôi|đơn vị|phòng|bên (?:mình|em|tôi))(?: \w+){0,3} không (?:cung cấp|gửi|"
    r"chia sẻ)(?: được)?\s*(?:[.;,!\n]|$)",
    r"không (?:đồng ý|cho phép|cho|được phép|có chủ trương|có thẩm quyền|muốn|tiện)(?: \w+){0,3} (?:gửi|cung cấp|"
    r"chia sẻ|tiết lộ|đưa)\b",
    r"không (?:gửi|chia sẻ|tiết lộ|phổ biến)(?: được| ra)? (?:số liệu|tài liệu|thông tin|nội dung)",
)
REASON = (
    r"bí mật (?:nhà nước|công tác|kinh doanh|đời tư)|thuộc danh mục (?:bí )?mật|tài liệu mật|độ mật",
    r"(?:khoản \d+,? |điểm [a-eđ],? ?)?(?:khoản \d+,? )?điều (?:6|7|28|11|23)\b",
    r"luật (?:tiếp cận thông tin|bảo vệ bí mật|ngân sách|lưu trữ)|nghị định (?:số )?\d+|thông tư (?:số )?\d+|"
    r"quy chế (?:số )?",
    r"(?:đã|được) cung cấp (?:hai|2|02) lần|vượt quá khả năng|ảnh hưởng (?:đến|tới) hoạt động bình thường",
)
AWAY = (
    r"không (?:thuộc|nằm trong|phải)(?: \w+){0,3} (?:thẩm quyền|chức năng|nhiệm vụ|lĩnh vực|phạm vi quản lý|"
    r"trách nhiệm|phạm vi, )",
    rf"thuộc (?:thẩm quyền|chức năng|trách nhiệm|phạm vi|lĩnh vực|nhiệm vụ)[^.\n]{{0,60}} (?:của )?{_OTHER_BODY}",
    rf"{_ASK}[^.\n]{{0,120}}(?:liên hệ|gửi|gởi|làm việc|hỏi)[^.\n]{{0,40}} {_OTHER_BODY}",
    rf"(?:đã |được |xin |sẽ )?chuyển[^.\n]{{0,100}}(?:đến|tới|sang|cho|qua) {_OTHER_BODY}",
    rf"{_US}[^.\n]{{0,40}}(?:liên hệ|hỏi|làm việc|gửi (?:yêu cầu|thư|đơn|phiếu|văn bản))[^.\n]{{0,40}} {_OTHER_BODY}",
    rf"(?:do|thuộc|là của) {_OTHER_BODY}[^.\n]{{0,60}}(?:quản lý|lưu giữ|nắm giữ|tạo ra|chủ trì|ban hành|theo dõi|"
    rf"phụ trách|làm đầu mối)",
    r"không (?:phải )?do (?:sở|cơ quan|đơn vị|chúng tôi)[^.\n]{0,30}(?:quản lý|lưu giữ|nắm giữ|tạo ra|ban hành|"
    r"theo dõi|phụ trách)",
)
FORM = (
    rf"{_ASK}[^.\n]{{0,160}}(?:phiếu (?:yêu cầu|đề nghị)|mẫu (?:số )?0?1 ?[ab]?\b|biểu mẫu|theo mẫu)",
    r"(?:điền|gửi lại|bổ sung|hoàn thiện|sử dụng|làm theo|nộp|lập)[^.\n]{0,80}(?:phiếu (?:yêu cầu|đề nghị)|"
    r"mẫu (?:số )?0?1 ?[ab]?\b|theo mẫu)",
    rf"(?:{_ASK}|bổ sung|thiếu|chưa có|kèm)[^.\n]{{0,120}}(?:cmnd|cccd|căn cước|chứng minh (?:nhân dân|thư)|"
    rf"hộ chiếu|giấy tờ tùy thân|giấy giới thiệu|danh tính|nhân thân)",
    rf"(?:{_ASK}|bổ sung|chỉ (?:tiếp nhận|giải quyết|cung cấp|trả lời))[^.\n]{{0,140}}(?:(?:công văn|"
    rf"văn bản)(?: \w+){{0,4}} (?:chính thức|có dấu|đóng dấu|bản giấy|có chữ ký|giấy|hợp lệ)|văn bản giấy|"
    rf"bản giấy|có (?:đóng )?dấu|ký tên,? đóng dấu|chữ ký số)",
    rf"{_ASK}[^.\n]{{0,80}}(?:gửi|có|ban hành) (?:công văn|văn bản)\b",
    rf"{_ASK}[^.\n]{{0,80}}(?:đến|tới|liên hệ|làm việc|nộp|gửi)[^.\n]{{0,30}}trực tiếp",
    rf"{_ASK}[^.\n]{{0,80}}trực tiếp[^.\n]{{0,40}}(?:trụ sở|bộ phận một cửa|văn phòng sở|tại sở|cơ quan|bộ phận tiếp)",
    r"(?:mẫu|phiếu|biểu mẫu|đơn (?!vị))[^.\n]{0,80}(?:điền|kê khai|ký (?:tên|và|xác nhận)|ghi đầy đủ)",
    r"(?:điền|kê khai|ký)[^.\n]{0,60}(?:gửi|chuyển|nộp) lại",
    rf"{_US}[^.\n]{{0,40}}(?:phải|cần) (?:có|gửi|kèm)[^.\n]{{0,30}}(?:công văn|văn bản|giấy giới thiệu|đơn (?!vị))",
    r"(?:khi|phải|cần) có[^.\n]{0,20}(?:giấy giới thiệu|(?:công văn|văn bản) (?:giới thiệu|đề nghị|yêu cầu))",
    r"(?:mang|đem|cầm|xuất trình|nộp|kèm)[^.\n]{0,60}(?:giấy giới thiệu|cccd|căn cước|cmnd|chứng minh|hộ chiếu)",
    r"không (?:giải quyết|tiếp nhận|nhận|xử lý|trả lời)[^.\n]{0,40}(?:qua|bằng) (?:thư điện tử|email|e-mail|mail)",
    rf"{_ASK}[^.\n]{{0,60}}(?:đến|tới|lên) (?:trụ sở|bộ phận (?:một cửa|tiếp nhận)|phòng tiếp|sở|cơ quan)[^.\n]{{0,80}}"
    rf"(?:để (?:được|nhận|xem|đọc|làm)|làm việc|hướng dẫn)",
    r"(?:yêu cầu|phiếu|đơn|thư)[^.\n]{0,40}(?:chưa|không) (?:hợp lệ|đúng (?:mẫu|quy định)|đủ (?:thông tin|"
    r"nội dung|thành phần))",
)
PURPOSE = (
    r"(?:cho (?:chúng tôi |sở |biết )?(?:biết|hỏi)|nêu|làm|ghi|nói|giải thích|xác nhận|thông tin)(?: cụ thể|"
    r" rõ| thêm)?[^.\n]{0,60}mục đích",
    r"mục đích[^.?\n]{0,60}(?:là gì|làm gì|như thế nào|vào việc gì|gì\?|\?)",
    r"(?:cho (?:biết|hỏi)|xin hỏi|nêu rõ|là)[^.\n]{0,60}(?:đơn vị|cơ quan|tổ chức|ai|nhóm)[^.\n]{0,20}(?:nào|"
    r"là ai|gì\b|công tác|\?)",
    rf"{_US}[^.\n]{{0,30}}(?:là ai|thuộc (?:đơn vị|cơ quan|tổ chức) nào|đang công tác (?:tại|ở) đâu|đại diện cho ai)",
    r"(?:cung cấp|dùng|sử dụng)[^.\n]{0,60}(?:để làm gì|vào việc gì|cho việc gì|nhằm mục đích gì)",
    r"(?:làm rõ|nêu rõ|cho biết rõ|chưa nêu rõ|chưa rõ) (?:thêm )?(?:mục đích|lý do)",
    rf"{_US}[^.\n?]{{0,60}}(?:của|thuộc|ở|bên|từ|là)[^.\n?]{{0,40}}(?:nào|đâu|ai)\b[^.\n?]{{0,15}}\?",
    r"(?:giải trình|làm rõ|nêu rõ|cho biết)[^.\n]{0,40}(?:việc|dự kiến|nhu cầu) (?:sử dụng|dùng|khai thác)",
    r"(?:phục vụ|sử dụng|dùng|lấy|xin|cần)[^.\n?]{0,60}(?:việc|công việc|mục tiêu|nghiên cứu|để làm|vào việc)"
    r"[^.\n?]{0,20}(?:gì|nào)\b",
)
EXTENSION = (
    r"(?:thông báo|xin|đề nghị)? ?gia hạn(?: thêm| thời| việc| giải| trả|\b)",
    r"(?:cần|xin|có) thêm (?:một (?:ít|số|khoảng) )?thời gian",
    r"kéo dài (?:thêm )?thời (?:gian|hạn)",
    r"thời hạn (?:giải quyết|trả lời|cung cấp|xử lý)[^.\n]{0,60}(?:là|:|trước|đến|\d)",
    r"(?:sẽ|dự kiến|cam kết)[^.\n]{0,80}(?:cung cấp|trả lời|gửi|phản hồi|thông báo)[^.\n]{0,80}(?:trước ngày|"
    r"chậm nhất|vào ngày|trong (?:vòng|thời hạn|thời gian) \d|trong \d+ ngày|ngày \d{1,2}[/.-]\d|sau (?:khi|"
    r"ngày))",
    r"phiếu giải quyết",
    r"thêm (?:khoảng )?(?:\d+|vài|mấy|ít|một vài) (?:ngày|tuần|tháng|hôm)",
    r"\b(?:hoãn|lùi)(?: lại)? (?:đến|sang|tới|thời|ngày|việc|lịch)\b",
    r"\bsẽ\b[^.\n]{0,60}(?:gửi|trả lời|cung cấp|phản hồi|có (?:văn bản|kết quả|số liệu))[^.\n]{0,60}"
    r"(?:(?:trong|vào|đầu|giữa|cuối|sang) (?:tuần|tháng|quý)|tuần (?:sau|tới)|tháng (?:sau|tới|\d))",
    r"(?:đầu|giữa|cuối|trong|sang) (?:tuần|tháng|quý) (?:sau|tới|này|\d)[^.\n]{0,60}\bsẽ\b",
)
INSIDE = (
    r"chuyển[^.\n]{0,100}(?:đến|tới|cho|sang|qua|về|xuống|,)? ?(?:phòng (?!chuyên môn|liên quan|ban|nghiệp vụ|"
    r"của)\w+ \w+|văn phòng sở|thanh tra sở|bộ phận (?!chuyên môn|liên quan|nghiệp vụ)\w+ \w+|ban giám đốc|"
    r"lãnh đạo sở|chuyên viên)",
    r"(?:phòng (?!chuyên môn|liên quan|ban|nghiệp vụ)\w+ \w+(?: \w+)?|bộ phận \w+ \w+) (?:sẽ |đang |"
    r"để )?(?:xử lý|xem xét|tham mưu|nghiên cứu|trả lời|liên hệ|phụ trách)",
    r"(?:gửi|chuyển|nhờ) (?:anh|chị|a\.|c\.|đ/c|đồng chí|em|cô|chú|bác|các (?:anh|chị))\b[^.\n]{0,80}"
    r"(?:xem|xử lý|giải quyết|nghiên cứu|tham mưu|phản hồi|trả lời|kiểm tra|liên hệ)",
    r"(?:liên hệ|làm việc|trao đổi|hỏi|gặp)(?: trực tiếp)?(?: với| tới| đến| qua)? (?:phòng (?!chuyên môn|"
    r"liên quan)\w+ \w+|văn phòng sở|bộ phận \w+|anh|chị|đ/c|đồng chí|chuyên viên)\b",
    r"(?:giao|phân công|báo cáo)(?: cho)? (?:phòng (?!chuyên môn|liên quan|nghiệp vụ)\w+|văn phòng sở|thanh tra sở)",
)
# Whom to ask if something is not clear: the closing of any letter, and no transfer.
CONTACT = (r"(?:mọi|nếu|khi|trường hợp|thắc mắc|vướng mắc|chi tiết|cần (?:thêm|trao đổi)|thông tin liên hệ|hỗ trợ)\b",)
ACKNOWLEDGED = (
    r"(?:đã|xin|có|vừa) (?:tiếp nhận|nhận được|ghi nhận|nhận (?:thư|email|yêu cầu|văn bản|đơn|phiếu|mail))",
    r"(?:giấy|phiếu) (?:tiếp nhận|biên nhận|hẹn)",
    r"sẽ (?:sớm |kịp thời |cố gắng )?(?:trả lời|phản hồi|xem xét|nghiên cứu|xử lý|liên hệ|báo cáo|kiểm tra|"
    r"thông báo|tổng hợp|cung cấp|gửi)",
    r"đang (?:được )?(?:xem xét|xử lý|tổng hợp|rà soát|nghiên cứu|trình|tham mưu|kiểm tra)",
    r"chuyển (?:đến |tới |cho )?(?:phòng|bộ phận|đơn vị) (?:chuyên môn|nghiệp vụ|liên quan)",
    r"\bnhận\b[^.\n]{0,30}\brồi\b|\bnhận (?:được )?(?:đủ|xong|ạ)\b|\b(?:vừa|mới) nhận\b",
    r"xác nhận (?:đã )?(?:nhận|tiếp nhận)|\bghi nhận\b",
    r"\bvào sổ\b|(?:trình|báo cáo|xin ý kiến|chuyển|chờ|đợi)[^.\n]{0,20}(?:lãnh đạo|giám đốc|sếp|ban giám đốc)\b",
    r"\b(?:chờ|đợi)\b[^.\n]{0,40}(?:duyệt|ký|ý kiến|chỉ đạo)",
    r"(?:báo|nhắn|trả lời|thông tin|phản hồi) lại\b[^.\n]{0,20}\bsau\b",
    r"\bok\b[^.\n]{0,20}(?:nhận|đã)|^\s*(?:đã nhận|sở đã nhận|nhận được)",
)
PUBLISHED = (
    r"\b(?:công khai|đăng tải|đăng|công bố|niêm yết|cập nhật|đưa lên)\b[^.\n]{0,160}(?:\b(?:tại|trên|ở|theo|qua|"
    r"địa chỉ|đường (?:dẫn|link)|link|website|cổng|trang)\b|:)",
    r"(?:tra cứu|truy cập|xem|tải|tham khảo|khai thác|vào|theo|tại)[^.\n]{0,80}(?:đường (?:dẫn|link)|địa chỉ|"
    r"link|liên kết|website|cổng thông tin|trang thông tin|trang web)",
    r"(?:xem|truy cập|vào|tải|tra cứu|tham khảo)[^.\n]{0,60}(?:https?://|www\.)",
    r"(?:đường dẫn|đường link|link|liên kết)(?: \w+){0,6} ?(?:sau|đây|dưới|:)",
)
# Verbs of giving, with the subject close by. Sentences about the future, a condition or a refusal are left out before.
_THINGS = (
    r"(?:file|tệp|tài liệu|bản (?:scan|chụp|mềm|sao|điện tử|excel)|số liệu|biểu|bảng|quyết định|báo cáo|"
    r"thông tin|nghị quyết|dự toán|quyết toán)"
)
GIVES = (
    r"(?:cung cấp|trả lời|phúc đáp|thông tin|báo cáo|phản hồi|có ý kiến|trao đổi)[^\n]{0,220}(?:như sau|cụ thể|"
    r"sau đây|dưới đây)",
    rf"(?:gửi|chuyển|cung cấp|kèm theo|đính kèm)[^.\n]{{0,80}} {_THINGS}",
    rf"{_THINGS}[^.\n]{{0,60}}(?:gửi kèm|kèm theo|đính kèm|trong (?:file|tệp))",
    r"(?:tổng (?:thu|chi|dự toán|quyết toán|số)|dự toán|quyết toán|thu ngân sách|"
    r"chi ngân sách)[^.\n]{0,120}\d[\d.,]{0,30} ?(?:tỷ|triệu|đồng|nghìn)",
    r"\b(?:thu|chi)\b[^.\n]{0,60}\d[\d.,]{0,30} ?(?:tỷ|triệu|đồng|nghìn)",
    r"(?:gửi|đính kèm|kèm)[^.\n]{0,40}(?:\d+|hai|ba|các|mấy|những|đủ) (?:file|tệp|tài liệu|văn bản|biểu)",
)
NOT_NOW = (
    r"\bsẽ\b|\bnếu\b|để được|trước khi|sau khi|khi có|khi nhận được|chưa thể|không thể|từ chối|dự kiến",
    rf"(?:đề nghị|vui lòng|yêu cầu|mời|hãy|kính mong|rất mong|mong) (?:{_US}[^.\n]{{0,30}} ?)?(?:gửi|cung cấp|"
    rf"điền|bổ sung|nêu|cho biết|liên hệ|làm)",
)
# The refusing or missing part of a letter that also gives something.
PARTIAL = (
    r"(?:riêng|còn|đối với|về|với)[^.\n]{0,120}(?:chưa|không|hiện nay|hiện đang|đang (?:trong|tổng hợp|rà soát|"
    r"chờ)|sẽ|thuộc)",
    r"(?:mới chỉ|mới có|chỉ (?:có|cung cấp|cung cấp được|gửi được)|một phần|một số (?:tài liệu|nội dung|thông tin))",
    r"(?:chưa (?:có|được (?:phê duyệt|phê chuẩn|công khai|tổng hợp|thông qua|quyết toán)|phê duyệt|hoàn thành|"
    r"tổng hợp|quyết toán))",
)
# A sum of the budget that is named: one of them is substance, where other figures (a fee) must be two.
ITEM = (
    r"(?:tổng (?:số )?(?:thu|chi)|dự toán|quyết toán|thu ngân sách|chi ngân sách|cân đối ngân sách)[^.;\n]{0,120}"
    r"\d[\d.,]{0,30} ?(?:tỷ|triệu|nghìn) ?(?:đồng)?",
)
FIGURE = r"\d[\d.,]{0,30} ?(?:tỷ|triệu|nghìn tỷ|nghìn đồng|đồng|trđ|vnđ|vnd)\b"
GREETING = (r"^(?:kính gửi|kính chào|xin chào|chào)[^.\n]{0,80}$",)
