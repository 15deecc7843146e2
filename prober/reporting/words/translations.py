"""Hold the words for codes of results.db in both languages: categories, states of a scan or campaign, table heads."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

from prober.domain.indicator import DECLARED_CATEGORIES, INDICATORS, MEASURED_CATEGORIES
from prober.reporting.words.labels import Text

CATEGORIES = {
    code: Text(*words)
    for table in (DECLARED_CATEGORIES, MEASURED_CATEGORIES, *(indicator.categories for indicator in INDICATORS))
    for code, words in table.items()
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
WORLDS = {
    "sandbox": Text("mô phỏng", "simulated"),
    "rehearsal": Text("diễn tập", "rehearsal"),
    "live": Text("thật", "real"),
}
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
    "all not found": Text("coi như đều không tìm thấy", "all not found"),
    "all found": Text("coi như đều tìm thấy", "all found"),
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
ANSWERED_QUESTIONS = Text("Câu hỏi có trả lời, trong số đã đọc", "Questions that were answered, of those read")
HEADS = {
    "region": Text("Vùng", "Region"),
    "technology": Text("Công nghệ", "Technology"),
    "sections": Text("Chuyên mục của", "Section of"),
}
# Why a report has nothing to say.
NOTHING = {
    "no units": Text(
        "Danh mục này không có cơ quan nào được xét, nên không có bảng, tỷ lệ hay bản đồ. Hãy nạp danh sách "
        "(prober agencies import) rồi quét lại.",
        "This list has no agency that is considered, so there is no table, share or map. Import the list "
        "(prober agencies import) and crawl again.",
    ),
    "not crawled": Text(
        "Chưa quét trang nào (prober crawl), nên mọi kết luận về trang thông tin đều là “chưa xem được”.",
        "No site has been crawled yet (prober crawl), so every verdict on a site is “not seen”.",
    ),
    "not seen": Text(
        "Lần quét chưa đọc xong trang nào, nên mọi kết luận về trang thông tin đều là “chưa xem được”.",
        "The scan has not finished any site yet, so every verdict on a site is “not seen”.",
    ),
    "not asked": Text(
        "Chưa có đợt khảo sát nào (prober campaign), nên chưa có tỷ lệ hay thời gian trả lời.",
        "There is no campaign yet (prober campaign), so there are no shares or times of answers.",
    ),
    "not sent": Text(
        "Đợt khảo sát đã có, nhưng chưa thư nào được gửi, nên chưa có gì để tính về câu trả lời.",
        "There is a campaign, but none of its letters has been sent, so nothing can be counted of answers.",
    ),
    "still waited for": Text(
        "Thời gian chờ trả lời chưa hết: cơ quan ghi ở đây là im lặng vẫn có thể trả lời, và số cơ quan trả lời chưa "
        "phải là kết quả cuối cùng.",
        "The waiting time is not over: who is silent here may still answer, and how many answered is not final.",
    ),
}
NOT_KNOWN = Text("(chưa biết)", "(not known)")


def category(code: str) -> Text:
    """Return the words for the category of a finding."""
    return CATEGORIES.get(code, Text(code, code))


@cache
def of_schema() -> Mapping[str, str]:
    """Return English → Vietnamese for what the schema says of its tables and columns."""
    with (files("prober.store.schema") / "columns.vi.po").open("rb") as stored:
        return {str(message.id): str(message.string) for message in read_po(stored, abort_invalid=True) if message.id}
