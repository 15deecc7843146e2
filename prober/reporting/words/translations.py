"""Words of machines in both languages: categories, signals, heads of tables, the reasons that the crawler writes.

results.db holds them in English, as the rules print them. What is not known here stands as it is: it is better read in
the wrong language than not at all.
"""

import re
from collections.abc import Callable

from prober.reporting.words import labels
from prober.reporting.words.labels import Text

CATEGORIES = {
    "agency_role": Text("hộp thư cơ quan", "mailbox of the office"),
    "unit_role": Text("hộp thư đơn vị", "mailbox of a unit"),
    "portal_editor": Text("ban biên tập cổng", "editors of the portal"),
    "freemail": Text("hộp thư miễn phí", "free mailbox"),
    "citizen": Text("địa chỉ của người dân", "address of a citizen"),
    "vendor": Text("địa chỉ của nhà thầu", "address of a vendor"),
    "other_body": Text("cơ quan khác", "another body"),
    "person": Text("địa chỉ cá nhân", "address of a person"),
    "hidden": Text("địa chỉ ẩn", "hidden address"),
    "example": Text("địa chỉ ví dụ", "example address"),
    "webmail_login": Text("trang đăng nhập thư", "webmail login"),
    "document": Text("danh bạ chưa đọc được", "directory that was not read"),
    "general": Text("hỏi đáp chung", "general questions"),
    "budget": Text("ngân sách", "budget"),
    "admin_procedures": Text("thủ tục hành chính", "administrative procedures"),
    "faq": Text("câu hỏi thường gặp", "frequently asked questions"),
    "delegated": Text("chuyên mục của cơ quan khác", "section of another body"),
    "chatbot": Text("hộp chat tự động", "chat window"),
    "login": Text("chỉ sau khi đăng nhập", "only after login"),
    "section": Text("chuyên mục", "section"),
    "empty_section": Text("chuyên mục trống", "empty section"),
    "own_office": Text("ngân sách của chính cơ quan", "budget of the office itself"),
    "list": Text("danh mục thông tin", "list of information"),
    "regulation": Text("quy chế", "regulation"),
    "focal_point": Text("đầu mối cung cấp thông tin", "focal point"),
    "request_form": Text("mẫu phiếu yêu cầu", "request form"),
    "ask": Text("biểu mẫu gửi câu hỏi", "form to ask"),
    "contact": Text("biểu mẫu liên hệ", "contact form"),
    "search": Text("ô tìm kiếm", "search box"),
    "event": Text("sự kiện có ngày", "dated event"),
    "facebook": Text("Facebook", "Facebook"),
    "youtube": Text("YouTube", "YouTube"),
    "zalo": Text("Zalo", "Zalo"),
    "tiktok": Text("TikTok", "TikTok"),
    "twitter": Text("X (Twitter)", "X (Twitter)"),
    "instagram": Text("Instagram", "Instagram"),
}
STATUSES = {
    "draft": Text("bản nháp", "draft"),
    "approved": Text("đã duyệt", "approved"),
    "paused": Text("tạm dừng", "paused"),
    "closed": Text("đã kết thúc", "closed"),
    "running": Text("đang chạy", "running"),
    "complete": Text("hoàn tất", "complete"),
    "interrupted": Text("bị ngắt, sẽ chạy tiếp", "interrupted, to be resumed"),
}
WORLDS = {"sandbox": Text("mô phỏng", "simulated"), "live": Text("thật", "real")}
DEADLINES = {
    "notice": Text("hạn thông báo", "notice due"),
    "late_strict": Text("hạn chặt, chỉ để so sánh", "strict bound, for comparison"),
    "late_lenient": Text("hạn trả lời theo luật", "answer due by law"),
    "outside_any_extension": Text("hạn cuối nếu có gia hạn", "last day with any extension"),
}
NO_LEGAL_CLOCK = Text(
    "Thư yêu cầu thiếu yếu tố luật định nên không làm hạn luật bắt đầu; các hạn trên chỉ để so sánh.",
    "The request lacks what the law asks for and starts no legal clock; these days are for comparison.",
)
# Words of the tables of prober.reporting.tables.indicators and prober.reporting.tables.reply_tables.
TREATMENTS = {
    "excluded": Text("bỏ ra ngoài", "left out"),
    "all absent": Text("đều không có", "all absent"),
    "all present": Text("đều có", "all present"),
}
FIRST_MESSAGES = {
    "human": Text("do người viết", "written by a person"),
    "substantive": Text("có thông tin", "with information"),
}
CLOCKS = {"hours": Text("giờ", "hours"), "working_days": Text("ngày làm việc", "working days")}
FATES = {
    "answered": Text("có trả lời", "answered"),
    "refused": Text("từ chối", "refused"),
    "passed on": Text("chuyển nơi khác", "passed on"),
    "asks for more": Text("đòi thêm giấy tờ hoặc lý do", "asks for more"),
    "not delivered": Text("thư không đến nơi", "not delivered"),
}
BOARDS = {
    "region": Text("Sở Tài chính trả lời, theo vùng", "Departments of Finance that answered, by region"),
    "technology": Text(
        "Cổng có mục Hỏi đáp nhận câu hỏi, theo công nghệ",
        "Portals with a Q&A section that takes questions, by technology",
    ),
    "sections": Text("Câu hỏi có trả lời, trong số đã đọc", "Questions that were answered, of those read"),
}
HEADS = {
    "region": Text("Vùng", "Region"),
    "technology": Text("Công nghệ", "Technology"),
    "sections": Text("Chuyên mục của", "Section of"),
}
NOT_KNOWN = Text("(không rõ)", "(not known)")
SIGNALS = {
    "token address": "địa chỉ trả lời có mã",
    "token address retyped": "địa chỉ có mã, gõ lại",
    "references": "tham chiếu thư gửi",
    "embedded message-id": "mã thư gửi trong nội dung",
    "subject tag": "mã trong tiêu đề",
    "text tag": "mã trong nội dung",
    "tag retyped": "mã gõ lại",
    "sender address": "địa chỉ người gửi",
    "sender domain": "tên miền người gửi",
    "subject": "tiêu đề",
    "quotes our letter": "trích thư gửi",
    "quotes our letter to it": "trích đúng thư gửi cơ quan này",
}
_FOUND = {
    "official address": "địa chỉ chính thức",
    "official channel": "kênh chính thức",
    "access-to-information section": "chuyên mục tiếp cận thông tin",
    "form that citizens can write into": "biểu mẫu người dân điền được",
    "budget publication": "công khai ngân sách",
}
_PLACES = {
    "menu": "trình đơn",
    "footer": "chân trang",
    "sitemap": "sơ đồ trang",
    "slugs": "đường dẫn quen dùng",
    "search": "tìm kiếm",
}


def category(code: str) -> Text:
    """Return what kind of thing a finding is."""
    return CATEGORIES.get(code, Text(code, code))


def signals(reasons: str) -> Text:
    """Return what ties a message to its request; `reasons` as in `reply.match_reason`.

    >>> signals("token address, references")
    Text(vi='địa chỉ trả lời có mã, tham chiếu thư gửi', en='token address, references')
    """
    return Text(", ".join(map(_signal, reasons.split(", "))), reasons)


def _signal(words: str) -> str:
    return f"người chọn: {words[3:]}" if words.startswith("by ") else SIGNALS.get(words, words)


def reason(words: str) -> Text:
    """Why a verdict is what it is, or why a visit is not believed; parts that are not known stay as they are.

    >>> reason("sitemap and search not tried; 2 of 3 candidates not opened").vi
    'chưa xem sơ đồ trang, tìm kiếm; chưa mở 2 trong 3 trang khả nghi'
    >>> reason("dns: stc.x.test: no address").en
    'the name does not resolve: stc.x.test: no address'
    """
    parts = [_part(part) for part in words.split("; ")]
    return Text("; ".join(part.vi for part in parts), "; ".join(part.en for part in parts))


def _part(words: str) -> Text:
    code, colon, detail = words.partition(": ")
    if code in labels.FAILURES:
        label = labels.failure(code)[0]
        return Text(f"{label.vi}{colon}{detail}", f"{label.en}{colon}{detail}")
    for pattern, said in _REASONS:
        if found := pattern.fullmatch(words):
            return Text(said(found), words)
    return Text(words, words)


def _categories(codes: str) -> str:
    return ", ".join(category(code).vi for code in codes.split(", "))


def _places(names: str) -> str:
    return ", ".join(_PLACES.get(name, name) for name in names.split(" and "))


_REASONS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), said)
    for pattern, said in {
        r"own section, level (\d)": lambda m: f"chuyên mục riêng, mức {m[1]}",
        r"(official address|official channel|access-to-information section|form that citizens can write into|"
        r"budget publication), (\w+)": lambda m: f"{_FOUND[m[1]]}: {category(m[2]).vi}",
        "looked everywhere the coverage rule names": lambda _: "đã tìm ở mọi nơi mà quy tắc bao phủ nêu",
        "a label without content": lambda _: "chỉ có nhãn, không có nội dung",
        "only (.+) found": lambda m: f"chỉ thấy: {_categories(m[1])}",
        "(.+) not tried": lambda m: f"chưa xem {_places(m[1])}",
        r"(\d+) of (\d+) candidates not opened": lambda m: f"chưa mở {m[1]} trong {m[2]} trang khả nghi",
        r"(\d+) pages blocked or closed by robots\.txt": lambda m: f"{m[1]} trang bị chặn hoặc bị robots.txt đóng",
        r"a list of addresses was not read: (.*)": lambda m: f"chưa đọc được danh bạ: {m[1]}",
        r"an address is shown but cannot be read: (.*)": lambda m: f"có địa chỉ nhưng không đọc được: {m[1]}",
        r"not believed: (.*)": lambda m: f"không dùng: {reason(m[1]).vi}",
        r"last known (\d+) days before, too long ago": lambda m: f"lần cuối biết được cách đó {m[1]} ngày, đã quá lâu",
        r"(\w+) (\d+), expected (\d+) or more": lambda m: f"{m[1]}: {m[2]}, lẽ ra ít nhất {m[3]}",
        r"(\w+) changed on (\d+) of (\d+) sites in one night": lambda m: (
            f"{m[1]} thay đổi trên {m[2]} trong {m[3]} trang chỉ trong một đêm"
        ),
        r"nothing that was read is newer than (.*)": lambda m: f"không có gì mới hơn ngày {m[1]}",
    }.items()
)
