"""List names of parties in letters, as pieces of phrases: the reader, a division or a person, other bodies."""

_READERS = r"ông|bà|anh|chị|bạn|nhóm"
# Asked to do something, the reader may also be called a body (YOU); having done it, only a reader (READER).
YOU = rf"\b(?:quý (?:{_READERS}|vị|cơ quan|đơn vị|tổ chức|khách)|{_READERS}|đơn vị|tổ chức|người yêu cầu|công dân)\b"
READER = rf"(?:quý \w+|{_READERS})"
ASK = (
    r"\b(?:đề nghị(?! (?:của|này|trên|nêu|cung cấp thông tin (?:của|ngày)))|vui lòng|kính mong|mong|xin|mời|"
    r"(?<!không )cần(?! cứ)|phải|hãy|"
    rf"hướng dẫn|yêu cầu (?={YOU}|phải|có|bổ sung|gửi|làm|nộp))\b"
)
DIVISION = (
    r"(?:phòng (?!rồi\b|để\b|xem\b|xin\b|cho\b|nên\b|và\b|trả\b|duyệt\b|sau\b|chuyên môn|liên quan|ban\b|nghiệp vụ|"
    r"chức năng|của|này|khác|họp|chống|thì|tài chính (?:- |"
    r"và )?(?:kế hoạch|huyện)|\d)\w+|văn phòng sở|"
    r"thanh tra sở|bộ phận (?!chuyên môn|liên quan|nghiệp vụ|tiếp nhận|một cửa|văn thư)\w+)(?: \w+)?"
)
PERSON = (
    r"\b(?:(?:anh |chị |[ac]\. ?|[ac] |[đo]/c |đồng chí |cô |chú |bác |(?:bạn|em) (?=\w+ (?:bên|phòng|ở)\b))(?!em\b|"
    r"nhé|ạ|nha|các|đã|đang|sẽ|chị\b|làm|xem|gửi|vui|cần|hỏi|"
    r"vào|tải|bổ|điền|có|cho|là\b|cá nhân|văn bản|công văn|tài liệu|số liệu|file|quy chế|báo cáo|dự toán|quyết toán|"
    r"bảng|biểu|phiếu|mẫu|danh (?:bạ|sách|mục))\w+|chuyên viên|trưởng phòng|phó phòng|tp \w+)"
)

# Public bodies other than a department of finance.
_DEPARTMENTS = (
    r"kế hoạch|kh ?& ?đt|khđt|kh-đt|khdt|nội vụ|thông tin|tt ?& ?tt|tttt|tư pháp|xây dựng|công thương|giao thông|gtvt|"
    r"y tế|giáo dục|gd ?& ?đt|gdđt|tài nguyên|tn ?& ?mt|tnmt|nông nghiệp|nn ?& ?ptnt|lao động|lđtb|văn hóa|khoa học|"
    r"kh ?& ?cn|ngoại vụ|du lịch"
)
OTHER_BODY = (
    r"\b(?<!họp )(?<!phiên )(?:kho bạc|kbnn|văn phòng (?:ubnd|ủy ban|hđnd|hội đồng|đoàn|tỉnh ủy|chính phủ)|"
    r"vp ?(?:ubnd|hđnd)|ubnd|"
    r"ủy ban(?! nhân dân tỉnh \w+ sở)|hđnd|hội đồng nhân dân|đoàn (?:đbqh|đại biểu)|"
    r"(?:tổng )?cục (?:thuế|thống kê|hải quan|quản lý)|chi cục|cơ quan thuế|bên thuế|hải quan|thống kê tỉnh|kiểm toán|"
    rf"sở (?:{_DEPARTMENTS})|bộ (?:tài chính|kế hoạch|nội vụ|công an|thông tin)|thanh tra (?:tỉnh|chính phủ)|"
    r"ban (?:quản lý|tiếp công dân|tuyên giáo|nội chính|kinh tế|dân tộc)|bảo hiểm xã hội|công an|ngân hàng nhà nước|"
    r"cổng (?:thông tin|dịch vụ)[^\n]{0,20}(?:chính phủ|quốc gia)|trung tâm (?:hành chính|phục vụ|thông tin|lưu trữ|"
    r"tin học)|"
    r"phòng tài chính (?:- |và )?(?:kế hoạch|huyện|thành phố)|"
    r"(?:cơ quan|đơn vị|nơi|cấp|bên|chỗ) (?:có thẩm quyền|khác)|(?:hai|mấy|các) nơi đó)"
)
