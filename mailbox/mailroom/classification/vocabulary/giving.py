"""List phrases by which offices give the documents, all of them or a part.

They count only if the office itself gives now: clauses that deny, put off, set a condition or ask us for something are
left out before (`given_now`).
"""

import re

from mailroom.classification.vocabulary.parties import READER
from prober.text.phrases import compiled, without

Patterns = tuple[re.Pattern[str], ...]

_DATA = (
    r"(?:file|tài liệu|bản (?:scan|chụp|mềm|sao|điện tử|excel)|số liệu|dữ liệu|biểu\b|bảng|phụ lục|quyết định|báo cáo|"
    r"thông tin|nghị quyết|dự toán|quyết toán|tình hình (?:thực hiện|thu|chi)|thuyết minh|danh mục|hồ sơ|\bbc\b|"
    r"\bqt\b|\bdt\b)"
)
_NAMED_DATA = (
    r"(?:tài liệu|số liệu|dữ liệu|biểu\b|bảng (?:số|tổng|biểu|cân|thu|chi)|phụ lục|báo cáo|nghị quyết|dự toán|"
    r"quyết toán|tình hình (?:thực hiện|thu|chi)|thuyết minh)"
)
# A document or figures by name, or what holds them.
GIVES = (
    rf"\b(?:gửi|chuyển|cung cấp|kèm theo|đính kèm|gửi kèm|kèm)\b[^\n]{{0,80}} {_DATA}",
    rf"{_DATA}[^\n]{{0,80}}(?:(?:gửi kèm|kèm theo|đính kèm)(?! công văn| văn bản)|kèm đây|(?:trong|ở|theo|như|"
    r"xem) (?:các )?file|file (?:kèm|đính)|bên dưới)",
    r"(?:gửi|đính kèm|kèm)\b[^\n]{0,40}(?:\d+|hai|ba|các|mấy|những|đủ) (?:file|tài liệu|văn bản|biểu)",
)
# For a file that the rules cannot judge, only these count.
GIVES_BY_NAME = (
    rf"\b(?:gửi|chuyển|cung cấp|kèm theo|đính kèm|gửi kèm|kèm)\b[^\n]{{0,80}} {_NAMED_DATA}",
    rf"{_NAMED_DATA}[^\n]{{0,80}}(?:(?:gửi kèm|kèm theo|đính kèm)(?! công văn| văn bản)|kèm đây|(?:trong|ở|theo|như|"
    r"xem) (?:các )?file|file (?:kèm|đính)|bên dưới)",
)
# Words that only point at a file.
POINTS_AT_FILE = (
    r"(?:xem|mở|tải|theo|trong|như|có|kèm|đây|gửi)\b[^\n]{0,30}\bfile\b",
    r"\bfile\b[^\n]{0,30}(?:\brồi\b|đây|\bnè\b|nhé|\bnha\b|ạ)",
    r"(?:gửi|chuyển)(?: \w+){0,4} (?:ạ|nhé|nha|nè|đây|rồi)\b",
    r"(?:trân trọng|kính|xin) (?:gửi|chuyển)\b",
    r"(?:gửi kèm|đính kèm|kèm theo)",
    r"\b(?:có|giữ|còn|tìm được|xin được) (?:\w+ ){0,4}?(?:dự toán|quyết toán|số liệu|báo cáo|biểu|bảng)",
)
# Words that announce figures; they count only together with figures.
SAYS_FIGURES = (
    r"(?:cung cấp|trả lời|thông tin|báo cáo|phản hồi|có ý kiến|trao đổi|thông báo)[^\n]{0,220}(?:như sau|cụ thể|"
    r"sau đây|dưới đây|\bsau:)",
    r"(?:tổng (?:thu|chi|dự toán|quyết toán|số)|dự toán|quyết toán|thu ngân sách|"
    r"chi ngân sách)[^\n]{0,120}\d[\d.,]{0,30} ?(?:tỷ|triệu|đồng|nghìn|đ\b)",
    r"\b(?:thu|chi)\b[^\n]{0,60}\d[\d.,]{0,30} ?(?:tỷ|triệu|đồng|nghìn)",
    rf"\b(?:gửi|cung cấp)\b[^\n]{{0,60}} {_DATA}",
    r"(?:theo|như|ở|trong|xem|là) (?:bảng|biểu)(?: \w+){0,3} (?:dưới|sau|này)\b",
)
# All that was asked is given: what else the letter says of refusals and time is of the past, or of other matters.
ALL = (
    r"\b(?:gửi|cung cấp|chuyển|kèm)\b[^\n]{0,60}\b(?:đầy đủ|trọn bộ|toàn bộ|tất cả|đủ (?:cả )?(?:\d+|hai|ba|bốn|"
    r"các))\b",
)
# Words beside a table or sums: the office has these figures and shows them.
HAS_FIGURES = (
    r"\b(?:có|xin|gửi|đây là|lấy được|là)\b[^\n]{0,80}(?:như sau|sau đây|dưới đây|ở dưới|sau ạ)",
    r"(?:số liệu|dự toán|quyết toán|thu|chi|ngân sách)\b[^\n]{0,80}(?:như sau|sau đây|dưới đây|: ?$)",
)
# A named sum of the budget: one is enough, while of other figures (a fee) two are needed. A round one ("over 25,000
# billion") does not count: it is only mentioned.
ITEM = (
    r"(?:tổng (?:số )?(?:thu|chi)|dự toán|quyết toán|thu ngân sách|chi ngân sách|"
    r"cân đối ngân sách)[^;\n]{0,120}?(?<!hơn )(?<!khoảng )(?<!gần )(?<!chừng )(?<!cả )"
    r"(?<![\d.,])\d[\d.,]{0,30} ?(?:tỷ|triệu|nghìn)(?: đồng)?",
)

# The refusing or missing part of a letter that also gives something.
PARTIAL = (
    r"(?:\b(?:riêng|còn|đối với|phần)|(?:^|\n)[^\w\n]*(?:\d[^\w\n]+)?(?:về|với))\b[^\n]{0,120}\b(?:chưa|không|hiện nay|"
    r"hiện đang|đang (?:trong|tổng hợp|rà soát|chờ|in|trình|làm|hoàn)|sẽ|thuộc|chờ|hỏi|để sau)\b",
    r"(?:có|được|còn) mỗi\b",
    r"(?:mới chỉ|mới có|chỉ (?:có|còn|cung cấp|gửi được|tìm|được)|một phần|cung cấp (?:được )?một số|"
    r"gửi (?:\w+ )?một số|gửi (?:\w+ )?(?:trước|tạm))\b",
    r"chưa (?:được )?(?:có|up|đưa|cập nhật|phê duyệt|phê chuẩn|công khai|công bố|thông qua|hoàn thành|xong|lập|"
    r"xây dựng|ban hành|tổng hợp|quyết toán|đăng|in|gửi|cung cấp)\b",
    r"\b(?:dự toán|quyết toán|báo cáo|số liệu|danh mục|biểu|file|năm \d+|quý \w+)(?: \w+){0,4} (?:thôi|trước)\b",
    r"(?:mấy|những|các) \w+ kia\b",
    r"(?:mấy|những|các) (?:\w+ ){1,2}khác\b[^\n]{0,60}\b(?:không|chưa|chờ|đợi|phải)\b",
    r"chỉ giữ\b",
    r"chưa ký",
    r"(?:dự toán|quyết toán|báo cáo|danh mục)(?: \w+){0,2} (?:bên|ở|hỏi) (?:kho|sở|ubnd|hđnd|phòng|văn phòng|cục)",
    r"sẽ (?:\w+ )?bổ sung",
    r"xem (?:trên|ở) (?:cổng|website)",
    r"(?:phần|nội dung|tài liệu|số) còn lại",
    r"\b(?:dự toán|quyết toán|báo cáo|danh mục|cái|mấy|văn bản|tài liệu|số liệu)\b[^\n]{0,60}(?:không (?:có|giữ|còn|"
    r"phát hành|công bố|công khai|cung cấp|gửi|lưu|scan|chụp|sao)|phòng khác|bên khác|đang (?:\w+ ){0,2}(?:in|trình|"
    r"chờ|tổng hợp|rà soát|làm|hoàn thiện|kiểm toán)|\bchờ\b(?! (?:nó |file )?(?:tải|mở|load)\b)|hỏi (?:bên|phòng|"
    r"qua|kho|sở)|gửi sau|bổ sung sau)",
    r"\b(?:khi nào|xong|sau)\b[^\n]{0,40}(?:gửi|cung cấp) (?:\w+ )?(?:tiếp|sau|bổ sung|nốt)",
    r"(?:gửi|bổ sung|cung cấp) (?:sau|tiếp|nốt)\b",
    r"(?:dự toán|quyết toán|báo cáo|danh mục)(?:(?!https?:)[^\n]){0,40}đề nghị (?:\w+ ){0,3}(?:liên hệ|xem|hỏi|gửi|chờ|"
    r"tra cứu|điền|khai thác|truy cập|tham khảo)",
    r"thất lạc",
    r"(?:không tìm|tìm không|không kiếm|kiếm không) (?:thấy|ra|được)\b",
)
GREETING = (r"(?:^|\n)(?:kính chào|xin chào|chào)\b[^\n]{0,80}$",)
FIGURE = (
    r"\d[\d.,]{0,30} ?(?:tỷ|triệu|nghìn tỷ|ngàn tỷ|tr\.?đ|trđ)\b|"
    r"\d{1,3}(?:[.,]\d{3}){2,} ?(?:đồng|đ|vnđ|vnd)\b"
)

# Words of things not given, not now, or not by the office: their clause is left out. A condition leaves out all that
# follows it too.
_NOT_GIVEN = (
    r"\b(?:huyện|ngành|xã|địa phương|kho bạc|cục \w+|sở (?!tài chính|gửi|xin|cung)\w+|họ) (?:\w+ ){0,2}(?:gửi|"
    r"cung cấp|chuyển)\b",
    r"\bđợi\b",
    r"\bqua (?:đường )?(?:zalo|viber|messenger|facebook|fax|bưu điện)\b",
    r"\b(?:sẽ|không|chưa|đừng|từ chối|dự kiến|mới được|hẹn)\b",
    rf"(?:đề nghị|vui lòng|yêu cầu|mời|hãy|kính mong|rất mong|mong|nhờ|cần|phải) (?:{READER}[^\n]{{0,30}}? ?)?(?:gửi|"
    r"cung cấp|điền|bổ sung|nêu|cho|liên hệ|làm|chuyển)",
    rf"\b{READER} (?:đã |có |vui lòng |hãy |cần |phải |nên |cứ |có thể )*(?:gửi|cung cấp|chuyển)\b(?! {READER}| em)",
    r"\b(?:will|would|not|cannot|unable)\b",
)
_CONDITION = (
    r"\b(?:nếu (?!trên|tại|ở|trong|rõ|số|ra)|(?:để được|trước khi|sau khi|khi (?:có|nào|nhận|ông|bà|anh|chị|bạn|"
    r"nhóm)|trường hợp|muốn|giả sử|thì mới)\b)",
    r"\b(?:if|once|when|after)\b",
)
# Nouns that contain words of giving but mean none.
_NAMED = (
    r"(?:yêu cầu|đề nghị|việc|về|v/v|quy chế|quy định|luật|phiếu|hình thức|thời gian|thời hạn|trách nhiệm|"
    r"thẩm quyền|văn bản|mẫu|đơn|thủ tục|đầu mối|được|chi phí|nội dung|kế hoạch|có thể) (?:về |việc )*(?:cung cấp|"
    r"tiếp cận)(?: các| những)?(?: thông tin| số liệu| tài liệu)?",
    r"(?:gửi kèm|kèm theo|đính kèm) (?:công văn|văn bản|thư) này là[^\n]*",
    r"\b(?:công văn|văn bản|phiếu|thông báo|giấy|quy chế|(?<!biểu )mẫu)\b[^,:\n]*?(?=[,:\n]| cùng | và | kèm |$)",
)


def given_now(text: str) -> str:
    """Return `text`, of `sentences`, without the clauses that give nothing.

    >>> given_now("em gửi anh dự toán, còn quyết toán sẽ gửi sau\\nkhi có phiếu, sở cung cấp số liệu")
    'em gửi anh dự toán'
    """
    plain = text.isascii()
    denied, conditions = compiled(_NOT_GIVEN, plain), compiled(_CONDITION, plain)
    text = without(_NAMED, text)
    kept = (_free(sentence, denied, conditions) for sentence in text.split("\n"))
    return "\n".join(filter(None, kept))


def _free(sentence: str, denied: Patterns, conditions: Patterns) -> str:
    """Return the clauses of `sentence` that come before any condition and are not denied."""
    starts = [found.start() for pattern in conditions if (found := pattern.search(sentence))]
    if starts:
        sentence = sentence[: max(sentence.rfind(mark, 0, min(starts)) for mark in (",", "(")) + 1]
    if not any(pattern.search(sentence) for pattern in denied):
        return sentence.rstrip(",( ") if starts else sentence
    clauses = re.split(r",(?!\d)|\((?! ?kèm| ?theo)| (?:còn|nhưng|riêng) ", sentence)
    return ",".join(clause for clause in clauses if not any(pattern.search(clause) for pattern in denied)).rstrip(", ")
