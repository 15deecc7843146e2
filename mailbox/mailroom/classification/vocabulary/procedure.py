"""List phrases about the procedure: objections, forms, purpose, later dates, receipt, publication.

Sources: docs/reference/wording.md#reply-classes; law 104/2016/QH13, articles 23 to 31; decree 13/2018, forms 01 to 06.
"""

from mailroom.classification.vocabulary.parties import ASK, YOU

# Papers that prove the identity of a requester: a letter that mentions them asks for them.
IDENTITY = r"giấy giới thiệu|con dấu|dấu đỏ|\b(?:cccd|cmnd|cmt)\b|căn cước|mẫu (?:số )?0?1 ?[ab]?\b"
_PAPER = (
    rf"(?:{IDENTITY}|phiếu (?:yêu cầu|đề nghị|theo)|mẫu (?:phiếu|đơn)|biểu mẫu (?:yêu cầu|đề nghị)|theo mẫu|cái mẫu|"
    r"công văn(?! (?:số|trả lời|này|trên|của (?:sở|quý|ông|bà|nhóm|anh)))|văn bản (?:chính thức|giấy|có|đề nghị|"
    r"yêu cầu|hợp lệ|gốc|giới thiệu|của (?:cơ quan|tổ chức|đơn vị|trường))|"
    r"giấy tờ|bản giấy|bản cứng|thư giấy|đóng dấu(?! mật)|có dấu(?! mật)|ký tên|ký số|chữ ký|số chứng minh\b|"
    r"chứng minh (?:nhân dân|thư)|hộ chiếu|danh tính|nhân thân)"
)
# A future time. "This year" and "the second quarter" may also describe the documents; they count only with other cues.
TIME = (
    r"(?:ngày mai|\bmai\b|\bmốt\b|(?:tuần|tháng) (?:sau|tới|này|\d)|(?:đầu|giữa|cuối|sang|hết) (?:tuần|tháng|quý|năm)|"
    r"thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])\b)"
)
_SOON = (
    rf"(?:{TIME}|(?:quý|năm) (?:sau|tới|này|\d)|(?:tuần|tháng|quý|năm) (?:i{{1,3}}\b|iv\b)|"
    r"trong (?:tuần|tháng|quý|năm))"
)
_ANSWERS = r"(?:gửi|trả lời|cung cấp|phản hồi|trả kết quả|có (?:văn bản|kết quả|số liệu)|xong|giải quyết)"

# What the office itself does not send is no objection to our letters; nor is a copy on paper that it does not need.
_NOT_WE = "".join(rf"(?<!\b{name} )" for name in ("sở", "phòng", "tôi", "mình", "em", "bên này", "văn thư", "cơ quan"))
OBJECTION = (
    rf"{_NOT_WE}(?:không|đừng) (?:tiếp tục |nên |được )?(?:gửi|email|viết)(?: (?:thêm|các|những|bất kỳ|lại|cho|thư|"
    rf"email|"
    r"mail|tin nhắn|yêu cầu|văn bản|nội dung|dạng|kiểu)){1,3}(?: [\w-]+){0,6}? ?(?:nữa|này|tương tự|như vậy|"
    r"như thế|(?:đến|tới|vào) (?:hộp thư|địa chỉ|cơ quan|sở|đây))",
    rf"(?:đừng|(?:{YOU}|đề nghị|yêu cầu|vui lòng|mong|xin|^|\n)[^\n]{{0,20}} ?{_NOT_WE}không|^không) (?:gửi|email|"
    rf"nhắn|viết|"
    r"làm phiền|hỏi|liên lạc|liên hệ)(?: \w+){0,10} (?:nữa|hoài|vào đây|thêm)\b",
    r"đừng (?:có )?gửi\b(?! (?:\w+ )?(?:bản giấy|bản cứng|giấy|kèm|file|công văn|qua|bằng))",
    r"(?:ngừng|ngưng|dừng|chấm dứt|thôi) (?:ngay )?(?:việc )?gửi\b",
    r"báo công an",
    r"(?:xóa|loại|gỡ|bỏ|rút)(?<!đã gỡ)(?<!đã xóa)[^\n]{0,60}(?:ra )?khỏi danh sách(?! (?:chặn|đen))",
    r"thôi gửi\b",
    r"không (?:muốn|có nhu cầu|đồng ý)(?: tiếp tục)? (?:nhận|tham gia)[^\n]{0,30}(?:thư|email|khảo sát)",
    r"phản đối (?:việc )?(?:gửi|khảo sát)",
    r"(?:không|đừng) (?:được )?(?:làm phiền|quấy rầy)",
    r"(?:gửi|thư|email|nhắn|hỏi|nhóm|khảo sát)\b[^\n]{0,40}phiền (?:lắm|quá|phức)",
    r"phiền (?:lắm|quá|phức)\b[^\n]{0,60}(?:đừng|thôi|ngừng|dừng)\b",
    r"gửi (?:hoài|mãi|nhiều quá)",
    r"hủy đăng ký",
    r"không cần gửi (?:thư|email|yêu cầu|khảo sát)\b[^\n]{0,30}(?:nữa|này)\b",
    r"không có nhu cầu (?:nhận|với)",
    r"gửi nữa (?:là |thì )?(?:tôi|mình|chúng tôi)",
    r"(?:báo|đừng|thôi|là) (?:cáo )?spam",
    r"\bchặn (?:thư|email)",
)

# Papers that the office itself sends.
OWN_PAPER = (
    r"(?:\bsở|chúng tôi|\bem|\bmình|phòng|văn thư) (?!chỉ)(?:\w+ ){0,3}?(?:đã |sẽ |xin )?(?:gửi|"
    r"trả lời)\b[^\n]{0,40}(?:bưu điện|bản giấy|bản cứng|công văn|văn bản)",
    r"bản (?:giấy|cứng)(?: \w+){0,3} gửi",
    r"công văn số[^\n]{0,40} gửi",
    rf"^(?:xin |kính )?(?:gửi kèm|đính kèm|kèm theo|gửi {YOU}(?: \w+)?)(?: đây| file| bản){{0,2}} (?:công văn|"
    r"văn bản)\b",
)

FORM = (
    rf"(?:{ASK}|{YOU})[^\n]{{0,160}}?\b(?:làm|gửi|nộp|điền|ghi|cung cấp|bổ sung|mang|đem|cầm|chụp|viết|có|kèm|lập|"
    rf"hoàn thiện|xuất trình|xin|sử dụng|thực hiện|theo|cho (?:em|mình|sở|chúng tôi))\b[^\n]{{0,100}}{_PAPER}",
    r"(?:phải có|(?<!không )cần|phải|muốn|chỉ (?:nhận|tiếp nhận|giải quyết|cung cấp|cấp|gửi|trả lời|làm việc|xử lý)|"
    r"còn thiếu|thiếu|chưa có|không có|điền|bổ sung|hoàn thiện|làm theo|nộp|ghi|kèm|(?:khi|"
    rf"nếu) có)\b[^\n]{{0,100}}{_PAPER}",
    r"(?:làm|viết|nộp|lập|có) (?:cái |lá |một )?đơn\b(?! vị)",
    r"(?:điền|kê khai|khai|ghi|hoàn thiện)\b[^\n]{0,60}biểu mẫu",
    r"(?:mẫu|phiếu|biểu mẫu|đơn (?!vị))[^\n]{0,80}(?:điền|kê khai|ký (?:tên|và|xác nhận|rồi)|ghi đầy đủ|ghi rõ)",
    r"(?:điền|kê khai|ký(?! tự| hiệu)|làm lại)\b[^\n]{0,60}(?:gửi|chuyển|nộp) (?:lại|qua)",
    r"(?:^|\n)(?:\w+ ){0,2}gửi\b[^\n]{0,40}(?:giấy giới thiệu|cccd|căn cước|cmnd|hộ chiếu)",
    r"(?:mang|đem|cầm|xuất trình|nộp)[^\n]{0,60}(?:giấy tờ|giấy giới thiệu|cccd|căn cước|cmnd|chứng minh|hộ chiếu)",
    r"\b(?:gửi|nộp|bằng)(?<!không gửi)\b[^\n]{0,60}(?:(?:đường |qua )?bưu điện(?! \d)|bộ phận (?:một cửa|"
    r"tiếp nhận)|dịch vụ công|phục vụ hành chính)",
    r"không (?:giải quyết|tiếp nhận|nhận|xử lý|trả lời|tính|được tính)[^\n]{0,50}(?:qua|bằng|gửi|"
    r"theo) (?:qua )?email",
    r"email[^\n]{0,30} không (?:nhận|tiếp nhận|giải quyết|xử lý|có giá trị|đủ căn cứ|được tính|được xem)",
    rf"(?:{ASK}|{YOU})[^\n]{{0,80}}(?:đến|tới|lên|ghé|qua|liên hệ|làm việc|nộp|gửi|"
    r"gặp)[^\n]{0,30}trực tiếp(?! (?:phòng|với|anh|chị|đ/c|đồng chí|cho|số|yêu cầu))",
    rf"(?:{ASK}|{YOU})[^\n]{{0,60}} (?:đến|tới|lên|ghé|qua)(?: gặp| trực tiếp)? (?:trụ sở|bộ phận (?:một cửa|tiếp)|"
    r"phòng tiếp|phòng \d|sở(?: tài chính)?(?= (?:để|làm|gặp|trực|trao|lấy|nhận|xem)|[,.]|$)|cơ quan (?:để|làm|gặp))",
    r"trực tiếp[^\n]{0,40}(?:trụ sở|bộ phận (?:một cửa|tiếp)|văn phòng sở|tại sở|tại cơ quan)",
    r"\b(?:yêu cầu|phiếu|đơn|thư|hồ sơ|email)\b[^\n]{0,60}(?:(?:chưa|không|còn) (?:hợp lệ|đúng (?:mẫu|quy định|"
    r"thể thức)|đủ|đầy đủ|thiếu)|thiếu (?:thành phần|thông tin|nội dung))\b",
    r"bổ sung[^\n]{0,60}(?:họ (?:và )?tên|địa chỉ|nơi cư trú|thông tin (?:cá nhân|người yêu cầu|của người)|"
    r"số điện thoại)",
    r"(?:thực hiện|làm|theo) (?:đúng )?(?:theo )?(?:trình tự|thủ tục|trình tự, thủ tục)[^\n]{0,60}(?:nghị định|"
    r"luật|quy định)",
    r"đăng ký yêu cầu",
    r"(?:thủ tục|hồ sơ) tại (?:trụ sở|sở|bộ phận)",
    r"thư (?:của \w+ )?chưa có chữ ký",
)
PURPOSE = (
    r"(?:cho (?:\w+ ){0,3}biết|nêu|nói|giải thích|làm rõ|ghi|muốn biết|giải trình|xác nhận|thông tin|chưa|"
    r"hỏi)[^\n]{0,60}(?:mục đích|lý do (?:xin|cần|khai thác|yêu cầu|sử dụng)|lý do, )",
    r"(?:mục đích|lý do)[^?\n]{0,60}(?:là gì|làm gì|như thế nào|gì\b|\?)",
    r"(?:cung cấp|dùng|sử dụng|lấy|xin|cần|hỏi)\b[^\n]{0,60}(?:để làm gì|làm gì|làm chi\b|việc gì|cái gì|"
    r"mục đích (?:gì|nào)|nghiên cứu gì|công việc[^\n]{0,12} nào|vào đâu)",
    r"\b(?:là ai|ai (?:đây|vậy|thế|đó|gửi)|ở đâu (?:vậy|đó|ạ|thế))\b",
    r"(?<!bất kỳ )(?<!bất cứ )\b(?:đơn vị|cơ quan|tổ chức|trường|công ty|báo|bên|nhóm|dự án) nào\b(?! (?:quản lý|"
    r"giữ|có|khác|cũng|nắm|phụ trách))",
    r"\bdo (?:ai|tổ chức nào|đơn vị nào|cơ quan nào)\b",
    r"\bai (?:giới thiệu|cho|cử|bảo|chỉ|là người)\b[^\n]{0,60}(?:\?|\bvậy|\bthế|$)",
    r"giới thiệu (?:(?:rõ|thêm|sơ|qua|kỹ|một chút|về) ){1,3}(?:mình|bản thân|nhóm|đơn vị|tổ chức|người)",
    r"quý danh",
    r"\bbên đâu\b",
    r"\bai là (?:chủ|người|trưởng)",
    r"(?:biết|rõ|hiểu)(?: \w+){0,3} về (?:nhóm|bạn|ông|anh|chị|đơn vị)",
    r"chưa (?:rõ|biết|nắm rõ) (?:(?:quý )?(?:nhóm|bạn|ông|anh|đơn vị|tổ chức)|về (?:nhóm|đơn vị))",
    r"cung cấp (?:thêm )?thông tin về (?:nhóm|tổ chức|đơn vị|người)",
    r"tư cách pháp nhân[^\n]{0,20}(?:không|chưa|\?)",
    r"đại diện cho ai",
    r"(?:giải trình|làm rõ|nêu rõ|cho biết)[^\n]{0,60}(?:dự kiến|nhu cầu|việc) (?:sử dụng|dùng|khai thác)",
    r"(?:công bố|đăng|sử dụng) ở đâu\b",
    r"(?:dùng|phục vụ|lấy|làm)\b[^\n]{0,40} (?:đề tài|luận văn|báo chí|nghiên cứu|báo)\b[^\n]{0,20} (?:hay|"
    r"hoặc)\b[^\n]{0,30}(?:vậy|ạ|\?|thế|$)",
    rf"{YOU}[^\n]{{0,40}}\b(?:ở đâu|làm (?:ở )?đâu|bên nào|là ai|của ai|chỗ nào|học viên|sinh viên|nhà báo|"
    r"phóng viên)\b[^\n]{0,20}(?:\?|vậy|hả|thế|ạ|à|không|$)",
    r"cho biết[^\n]{0,20}danh tính",
    rf"{YOU}[^\n]{{0,30}}\b(?:về|cho|theo) (?:cái |việc )?(?:gì|ai)\b[^\n]{{0,20}}(?:\?|vậy|hả|thế|ạ|$)",
    r"công tác (?:ở|tại) đâu",
    r"cá nhân hay tổ chức",
    r"(?:của|là) ai\b[^\n]{0,20}(?:\?|,|vậy|thế)",
    r"ai cấp phép",
    r"nhà tài trợ nào",
    r"(?:làm rõ|cho biết|nêu)[^\n]{0,20}(?:tư cách|cơ sở pháp lý)",
    r"(?:xin|lấy|cần)\b[^\n]{0,40}(?:chi (?:vậy|thế|đó)|(?:để|làm) [^\n]{0,25}(?:hả|vậy|phải không)\b)",
)
ASKED = (r"[^\n]*\?",)
RECEIVED = (r"\b(?:đã|vừa|xin) (?:tiếp nhận|nhận được|nhận|ghi nhận)\b", r"\b(?:giấy|phiếu) (?:tiếp nhận|biên nhận)")
# The time that the law gives an office for its answer, as receipts name it.
_LAW = r"(?:quy định|luật|khoản \d|điều \d|nghị định)"
_DAYS = r"\d+ (?:\(?\w+\)? )?ngày(?: làm việc)?"
LEGAL_TIME = (
    rf"\b(?:sẽ|thời hạn|trong|tối đa|không quá|chậm nhất)\b[^\n.;]{{0,80}}\b{_DAYS}\b[^\n.;]{{0,80}}\b{_LAW}[^\n.;]*",
    rf"\b(?:theo|đúng) (?:đúng )?{_LAW}[^\n.;]{{0,100}}\b{_DAYS}[^\n.;]*",
)
EXTENSION = (
    r"gia hạn\b",
    r"thêm (?:một (?:ít|số|khoảng|chút) )?thời gian",
    r"kéo dài (?:thêm )?(?:thời (?:gian|hạn)|một|\d)",
    r"cần (?:có )?thời gian",
    r"(?:thời hạn|thời gian)(?:, địa điểm)? (?:giải quyết|trả lời|cung cấp|xử lý|trả kết quả)[^\n]{0,60}(?:là\b|"
    r":|trước|đến|\d)",
    r"(?:sẽ|dự kiến|cam kết|xin(?! thông báo)|hứa|hẹn|phấn đấu|cố gắng|được)\b(?:(?! đã )[^\n]){0,80}(?:cung cấp|"
    r"trả|gửi|phản hồi|thông báo|có kết quả)[^\n]{0,80}(?:trước (?:ngày|\d)|chậm nhất|muộn nhất|vào ngày|"
    r"trong (?:vòng|thời hạn|thời gian) \d+ (?:\(?\w+\)? )?(?:ngày|tuần|tháng)|trong \d+ ngày|ngày \d{1,2}[/.-]\d|"
    r"sau (?:khi (?!xem xét|nghiên cứu|"
    r"có ý kiến|lãnh đạo|xin ý kiến|kiểm tra)|ngày|kỳ họp))",
    r"phiếu giải quyết yêu cầu",
    r"chậm nhất (?:là |vào |đến )*(?:ngày )?\d",
    r"\bchậm (?:hơn |lại |thêm )?(?:khoảng )?\d+ (?:ngày|tuần)",
    r"thêm (?:khoảng |cho \w+ )?(?:\d+|vài|mấy|ít|một|hai|ba|năm|mười|một vài) (?:ngày|tuần|tháng|hôm|bữa)",
    r"\b(?:hoãn|lùi)(?: \w+)?(?: lại)? (?:đến|sang|tới|thời|ngày|việc|lịch|\d)",
    r"\b(?:khất|thư thư)\b",
    r"(?:trễ|lỡ|thất) hẹn",
    rf"\b(?:sẽ|mới|dự kiến|hẹn|hứa|tới|chờ)\b[^\n]{{0,80}}\b(?:{_ANSWERS}|có)\b[^\n]{{0,60}}{_SOON}",
    rf"{_SOON}[^\n]{{0,60}}\b(?:sẽ|mới)\b[^\n]{{0,40}}\b(?:{_ANSWERS}|có)",
    rf"{_SOON},?(?: \w+){{0,2}} (?:em|mình|tôi|anh|chị|sở|bên \w+|phòng|chúng tôi) (?:(?:sẽ|mới|có thể|xin|ráng|"
    rf"cố) )*{_ANSWERS}",
    rf"(?:hẹn|hứa|khoảng|dự kiến|chờ|đợi|đến)\b[^\n]{{0,40}}{_SOON}[^\n]{{0,40}}\b(?:có|xong|gửi|trả|là được)",
)
QUESTION = (
    r"\b(?:chưa|không|à|hả|vậy|chứ)(?: ạ| vậy| nhỉ)? ?\?",
    r"\b(?:đề nghị|vui lòng|mong|nhờ)\b[^\n]{0,40}xác nhận",
)
ACKNOWLEDGED = (
    r"(?:đã|xin|có|vừa) (?:tiếp nhận|nhận được|ghi nhận|nhận (?:thư|email|yêu cầu|văn bản|đơn|phiếu))",
    r"(?:giấy|phiếu) (?:tiếp nhận|biên nhận|hẹn)",
    r"sẽ (?:sớm |kịp thời |cố gắng |\w+ )?(?:trả lời|phản hồi|trao đổi|tham mưu|trình|xem|nghiên cứu|xử lý|liên hệ|"
    r"báo cáo|kiểm tra|thông báo|tổng hợp|cung cấp|gửi)",
    r"\bđang\b[^\n]{0,40}\b(?:xem|xử lý|tổng hợp|rà soát|nghiên cứu|trình|tham mưu|kiểm tra|làm|soạn|hỏi|"
    r"xin ý kiến|chuẩn bị|tập hợp|tìm|họp|gom|phối hợp|thu thập|thẩm định|sắp xếp)\b",
    r"chuyển (?:đến |tới |cho )?(?:phòng|bộ phận|đơn vị) (?:chuyên môn|nghiệp vụ|liên quan)",
    r"\b(?:nhận|thấy|đọc|xem)\b[^\n]{0,30}\brồi\b",
    r"\bnhận(?<!không nhận) (?:được|đủ|xong|ạ)\b(?! (?:thì|giúp))",
    r"\b(?:vừa|mới) nhận\b",
    r"xác nhận (?:đã )?(?:nhận|tiếp nhận)",
    r"\bghi nhận\b",
    r"đóng dấu đến",
    r"\bvào sổ\b",
    r"đăng ký (?:văn bản|công văn)",
    r"số đến \d",
    r"(?:mình|em|tôi|sở|bên \w+|vừa) nhận (?:email|thư)",
    r"(?:trình|báo cáo|xin ý kiến|chuyển|chờ|đợi|hỏi(?: lại)?)[^\n]{0,20}(?:lãnh đạo|giám đốc|\bsếp|ban giám đốc)\b",
    r"\b(?:chờ|đợi)\b[^\n]{0,40}(?:duyệt|ký|ý kiến|chỉ đạo)",
    r"khi nào [^\n]{0,40}(?:đồng ý|duyệt|ký)",
    r"(?:báo|nhắn|trả lời|thông tin|phản hồi)(?: lại| \w+)?\b[^\n]{0,20}\b(?:sau|lại)\b(?! (?:cho |giúp )?(?:em|mình|"
    r"tôi|sở)\b)",
    r"\bđể (?:em|mình|tôi|chị|anh|sở|bên \w+) (?:xem|hỏi|trình|báo|kiểm tra|tính|làm)",
    r"đã (?:đọc|xem|thấy|biết|nhận|đến nơi|tới|có thư)\b",
    r"(?:^|\n)(?:dạ|vâng)(?: \w+){0,2}[.! ]*(?:$|\n)",
    r"(?:^|\n)vâng\b(?! mặt)",
    r"nắm (?:được|rồi)",
    r"\bnote (?:lại|rồi|giúp)",
    r"\bmới (?:mở|thấy|đọc)\b",
    r"\bđể (?:chiều|mai|lát|tí|hôm)[^\n]{0,30}(?:báo cáo|trình|xem|hỏi)",
    r"đưa (?:lên|cho|qua)[^\n]{0,20}(?:giám đốc|\bsếp|lãnh đạo)",
    r"(?:xin|thông cảm) chờ",
    r"(?:chờ|đợi) (?:chút|tí|nhé|nghen)\b",
    r"\bok(?:e|ay|ie|i)?\b",
    r"(?:^|\n)(?:dạ )?(?:đã nhận|sở đã nhận|nhận được)",
    r"(?:xong|có gì|có kết quả)[^\n]{0,20} (?:báo|thông báo)",
)
_SITE = (
    r"(?:website|cổng (?:thông tin|ttđt|công khai|dịch vụ|của)|trang (?:thông tin|tin|ttđt|chủ|nhà|điện tử|của)|"
    r"trên mạng|lên mạng|"
    r"\bmục (?:công khai|tiếp cận|ngân sách|văn bản)|google|(?:đăng|trên) báo)"
)
PUBLISHED = (
    r"\b(?:công khai|đăng tải|đăng|công bố|niêm yết|cập nhật|đưa lên|có)\b[^\n]{0,160}(?:\b(?:tại|trên|ở|theo|"
    r"qua|địa chỉ|link|website|cổng|trang)\b|:)",
    r"\b(?:tra cứu|truy cập|xem|tải|tham khảo|khai thác|vào|theo|tại|bấm|lên|tìm|down)\b[^\n]{0,80}(?:địa chỉ|"
    r"\blink|website|cổng thông tin|\btrang\b|\bmục\b|\bdrive\b|tại đây|ở đây)",
    r"(?:xem|truy cập|vào|tải|tra cứu|tham khảo|mời|\bđây\b|\bnè\b)[^\n]{0,60}(?:https?://|www\.)",
    r"tại đây",
    r"\b(?:xem|tải|lấy|tra cứu|truy cập)\b[^\n]{0,30}\bdưới\b",
    r"(?:https?://|www\.)[^\n]{0,40}\b(?:xem|vào|tải|tra cứu)\b",
    r"\blink\b(?: \w+){0,10} ?(?:sau|đây|dưới|:|này|nè)",
    r"(?:dự toán|quyết toán|báo cáo|nghị quyết|quyết định|số liệu|danh mục|\bbiểu\b)[^\n.,?]{0,60}: ?(?:https?://|"
    r"www\.)",
)
# The documents can be looked up elsewhere. Used only for a letter of no other class.
ELSEWHERE = (
    r"\b(?:đã|được)(?: \w+){0,3}? (?:công khai(?<!khảo sát công khai)|đăng tải|đăng (?:trên|lên|ở|tại|báo)|"
    r"công bố|niêm yết)\b",
    r"\b(?:công khai(?<!khảo sát công khai)|đăng tải|công bố|niêm yết)\b[^\n]{0,80}(?:theo quy định|rồi|đầy đủ|"
    rf"trụ sở|{_SITE})",
    rf"\b(?:tra cứu|truy cập|xem|tải|tham khảo|khai thác|vào|tìm|lên|search)\b[^\n]{{0,80}}{_SITE}",
    rf"\b(?:trên|ở|trong) (?:\w+ )?{_SITE}[^\n]{{0,60}}\b(?:có|đủ|hết|đầy đủ|rồi)\b",
    rf"\b(?:đã|được|có|rồi|đủ|hết)\b[^\n]{{0,60}} trên {_SITE}",
)
# The office wants to talk instead of writing, or is not the one that was meant.
TELEPHONE = (r"\b(?:gọi|alo|điện cho)\b(?! lại)[^\n]{0,80}\b(?:để )?(?:trao đổi|nói chuyện|bàn|làm rõ)\b",)
WRONG_ADDRESS = (
    r"\bnhầm (?:địa chỉ|người|hộp thư|email|chỗ|nơi)\b",
    r"\b(?:đây|này) là (?:hộp thư|email|địa chỉ)(?: \w+)? (?:cá nhân|riêng)\b",
)
# Other business of an office: the letter was meant for another person.
OTHER_MATTER = (
    r"hồ sơ (?:xin|đề nghị) (?:giảm|cấp|thuê|miễn|hoàn|chuyển|vay|gia hạn)",
    r"tiền thuê đất",
    r"giấy phép (?:kinh doanh|xây dựng)",
    r"đơn xin (?:nghỉ|thôi|chuyển)",
    r"nâng (?:bậc )?lương",
    r"họp chi bộ",
    r"\b(?:mời|triệu tập|giấy mời)\b[^\n]{0,100}\b(?:dự|tham dự|tham gia) (?:\w+ )?(?:họp|hội nghị|cuộc họp|buổi lễ|lễ|"
    r"tập huấn|lớp|hội thảo|hội thi)\b",
    r"\bcông đoàn\b[^\n]{0,60}(?:phát động|tổ chức|thông báo)",
    r"hợp đồng thuê",
    r"lệ phí trước bạ",
    r"hồ sơ (?:đấu giá|đấu thầu|dự tuyển)",
)
OUR_MATTER = (
    r"ngân sách",
    r"dự toán",
    r"quyết toán",
    r"số liệu",
    r"thông tin",
    r"tài liệu",
    r"khảo sát",
)
# Decisions of persons, which no system makes by itself.
DECIDED = (
    r"bút phê",
    r"(?:lãnh đạo|giám đốc|chánh văn phòng|trưởng phòng)[^\n]{0,40}(?:giao|phân|duyệt|chỉ đạo|ký|phê)",
    r"ý kiến (?:của|trả lời của)",
)
