"""List words of advertising; the few of the spam rule (`machine_mail.spam`) are part of the whole list."""

import re

from prober.text.patterns import linear

_PLAIN = (
    r"khuyến m[ãạ]i|giảm giá|trúng thưởng|vay (?:vốn|tiền|tín chấp|nhanh|tiêu dùng|online)|lãi suất|giải ngân|"
    r"chiết khấu|quảng cáo|bán hóa đơn|tư vấn miễn phí|zalo|cá cược|casino|nhà cái|lô đề|tăng (?:like|follow)|"
    r"dịch vụ (?:seo|kế toán|quảng cáo)|bất động sản|đầu tư sinh lời|báo giá|ưu đãi"
)
_PLAIN_ENGLISH = r"lottery|winner|inheritance|crypto|bitcoin|viagra|loan offer"
# Two of these make an advertisement of any letter.
PLAIN = linear(rf"\b(?:{_PLAIN}|{_PLAIN_ENGLISH}|unsubscribe here)\b", re.IGNORECASE)
# All words of advertising, as phrases.
ADVERT = (
    rf"(?:{_PLAIN}|giảm (?:ngay|\d+ ?%)|nhận quà|quà tặng|khách hàng|quý khách|hotline|giá rẻ|giá gốc|giá cạnh tranh|"
    r"miễn phí|dùng thử|học phí|chiêu sinh|khai giảng|khóa (?:học|bồi dưỡng)|đăng ký (?:ngay|học|tham gia)|khoản vay|"
    r"thế chấp|nhận tiền|tín dụng|giao (?:hàng|tận)|công ty (?:chúng tôi|cổ phần|tnhh)|chuyên (?:cung cấp|bán|nhận)|"
    r"đặt (?:vé|hàng|phòng)|tour|sim số|bán (?:sim|hàng)|fanpage|căn hộ|sinh lời|lợi nhuận|bấm (?:ngay|vào)|nhấn vào|"
    r"chúc mừng bạn|tài khoản của (?:bạn|quý khách)|xác nhận (?:\w+ )?tài khoản|tránh bị (?:khóa|xóa)|"
    r"vượt quá dung lượng|nâng cấp (?:hộp thư|tài khoản|dung lượng)|hộp thư của bạn|"
    r"chào hàng|số lượng có hạn|lương cao|hoa hồng|cổ phiếu|tiền ảo|nhà phân phối)",
    rf"\b(?:{_PLAIN_ENGLISH}|loans?|interest|discount|offer|investment|seo|congratulations|unsubscribe|special price|"
    r"apply now|guest post|backlink|buy now|free trial|verify your|upgrade your|quota|click here|dear friend|"
    r"beneficiary|million dollars|usd|purchase order|supplier|manufacturer|wholesale)\b",
)
# Words that occur in advertisements and elsewhere.
OFFERED = (
    r"(?:dịch vụ (?!công)|phần mềm|sản phẩm|bảo hành|lắp đặt|thi công|thiết kế|hội thảo|tuyển dụng|đơn hàng|"
    r"xác minh|đăng ký tại|liên hệ để (?:nhận|được))",
)
