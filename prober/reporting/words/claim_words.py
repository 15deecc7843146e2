"""Hold the words by which an article names what is measured, and the words for what is wrong with a figure of it.

Words are in small letters, with one blank between words and signs (prober.reporting.article.number_mentions).
"""

from collections.abc import Mapping

from prober.reporting.words.labels import Text

Phrases = tuple[str, ...]
# Indicator of `headline` → words that name it.
INDICATORS: Mapping[str, Phrases] = {
    "qa": ("q & a", "hỏi đáp", "hỏi - đáp", "question and answer", "questions and answers"),
    "qa_form": ("takes questions", "take questions", "taking questions", "accepts questions", "accept questions",
                "nhận câu hỏi", "gửi câu hỏi"),
    "email": ("email address", "email addresses", "e - mail address", "contact email", "contact address",
              "địa chỉ thư", "thư điện tử liên hệ", "địa chỉ email", "địa chỉ liên hệ"),
    "social": ("social", "facebook", "mạng xã hội"),
    "access": ("access - to - information", "access to information section", "mục tiếp cận thông tin"),
    "regulation": ("internal regulation", "quy chế"),
    "budget": ("budget section", "budget sections", "publish their budget", "công khai ngân sách"),
    "human": ("written by a person", "people wrote", "a person wrote", "người viết", "any message"),
    "replied": ("answer", "answers", "answered", "reply", "replies", "replied", "respond", "responded", "trả lời"),
}  # fmt: skip
EMAIL: Phrases = (*INDICATORS["email"], "email", "e - mail", "thư điện tử")  # beside a Q&A section
OUTCOMES: Mapping[str, Phrases] = {
    "refused": ("refuse", "refused", "refusal", "refusals", "từ chối"),
    "silence": ("silence", "silent", "im lặng"),
    "undelivered": ("did not arrive", "not delivered", "undelivered", "bounced", "không tới", "không đến"),
    "automatic": ("automatic", "tự động"),
}
REACHED: Phrases = ("reached", "reach", "đến nơi", "tới nơi", "đã tới", "đã đến")
UNREACHABLE: Phrases = ("unreachable", "could not be opened", "không vào được")
NOT_SEEN: Phrases = ("not seen", "could not be seen", "unknown", "not known", "chưa xem được", "không rõ", "chưa rõ")
UNREAD: Phrases = ("unread", "nobody has read", "no person has read", "chưa ai đọc", "chưa có người đọc")
NOT_FOUND: Phrases = ("no", "not", "without", "lack", "lacks", "lacked", "none", "không")
SEEN: Phrases = (
    "known",
    "could be seen",
    "were seen",
    "reached",
    "biết được",
    "xem được",
    "đã tới",
    "tới nơi",
    "đến nơi",
)
ASKED: Phrases = ("asked", "được hỏi", "in all", "tất cả", "surveyed", "khảo sát")
CHANGE: Phrases = (
    "fell", "fall", "fallen", "falls", "rose", "rise", "risen", "drop", "dropped", "increase", "increased", "decrease",
    "decreased", "difference", "differs", "gap", "lower", "higher", "giảm", "tăng", "chênh lệch", "thấp hơn", "cao hơn",
)  # fmt: skip
DOWN: Phrases = (
    "fell",
    "fall",
    "fallen",
    "falls",
    "drop",
    "dropped",
    "decrease",
    "decreased",
    "lower",
    "giảm",
    "thấp hơn",
)
UP: Phrases = ("rose", "rise", "risen", "increase", "increased", "higher", "tăng", "cao hơn")
MEDIAN: Phrases = ("median", "trung vị")
MEAN: Phrases = ("mean", "average", "trung bình")
FIRST: Phrases = ("first", "fastest", "quickest", "earliest", "sớm nhất", "nhanh nhất", "đầu tiên")
LAST: Phrases = ("last", "slowest", "latest", "muộn nhất", "chậm nhất", "cuối cùng")
BOUNDS: Phrases = ("within", "in", "after", "by", "trong", "sau", "trong vòng")
MORE: Phrases = ("more than", "over", "above", "hơn", "trên")
LESS: Phrases = ("nearly", "almost", "less than", "under", "below", "gần", "chưa tới", "chưa đến", "dưới")
ABOUT: Phrases = ("about", "roughly", "around", "approximately", "some", "khoảng", "chừng")
INTERVAL: Phrases = ("interval", "ci", "khoảng tin cậy")
OFFICES: frozenset[str] = frozenset((
    "department", "departments", "portal", "portals", "province", "provinces", "office", "offices", "agency",
    "agencies", "council", "councils", "site", "sites", "cổng", "sở", "cơ", "quan", "tỉnh", "trang", "đơn",
))  # fmt: skip

# What is said of a figure of an article.
VERDICTS: Mapping[str, Text] = {
    "right": Text("đúng", "right"),
    "outdated": Text("đã cũ", "outdated"),
    "rounded": Text("làm tròn", "rounded"),
    "mistaken": Text("sai", "mistaken"),
    "not ours": Text("không phải của khảo sát", "not ours"),
}
WHY: Mapping[str, Text] = {
    "base": Text(
        "đó là tỷ lệ trong số xem được, không phải trong tất cả",
        "that is a share of those seen, not of all",
    ),
    "bound": Text("đó là mức cao nhất có thể", "that is the highest possible share"),
    "unit": Text("phải nói điểm phần trăm, không phải phần trăm", "say percentage points, not per cent"),
    "direction": Text("thay đổi theo chiều ngược lại", "it changed the other way"),
    "not-found-not-seen": Text("không tìm thấy không phải là chưa xem được", "not found is not the same as not seen"),
    "found-not-found": Text("tìm thấy và không tìm thấy bị lẫn", "found and not found are taken for each other"),
    "outcome": Text("đó là kết cục khác: {}", "that is another outcome: {}"),
    "indicator": Text("đó là chỉ số khác: {}", "that is another figure: {}"),
    "denominator": Text("mẫu số sai", "the denominator is another"),
    "interval": Text("khoảng tin cậy là {}", "the interval is {}"),
    "value": Text("không con số nào như vậy", "no figure is like that"),
    "past": Text("đúng vào ngày {}", "true on {}"),
}
