"""Say how each table and view is shown: its title in both languages, and of many columns those that come first.

A reader sees at most FIRST columns, in this order; every other one is one link away, and CSV and JSON have them all.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from prober.reporting.words.labels import Text
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.store.schema.views import VIEWS

FIRST = 12
MANY = 2_000  # agencies, from which on lists are long
# Tables and views with several rows for each agency. Where these are many, a page shows the first rows alone: their
# number, and how many are alike, would take longer to count than a reader waits. What is filtered is counted.
SEVERAL = frozenset(
    {
        "latest_observation", "latest_page", "latest_verdict", "observation", "page", "proof", "question_waits",
        "scan_observation", "scan_page", "search_evidence", "search_step", "verdict", "finding", "qa_thread",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableLook:
    """The title of a table or view, and the columns that come first; none where all of them are shown."""

    title: Text
    first: tuple[str, ...] = ()


def _look(vi: str, en: str, first: str = "") -> TableLook:
    return TableLook(Text(vi, en), tuple(first.split()))


LOOKS = {
    "indicator": _look("Các chỉ tiêu", "Indicators"),
    "term": _look("Từ ngữ của khảo sát", "Words of the study"),
    "agency": _look(
        "Danh bạ cơ quan", "Agencies", "name_vi kind frame province region url url_confidence request_email code note"
    ),
    "agency_successor": _look("Cơ quan kế thừa", "Successors of agencies"),
    "request_address": _look("Địa chỉ gửi yêu cầu", "Addresses for requests"),
    "scan": _look(
        "Các đợt quét", "Scans",
        "id world frame kinds status started_at finished_at agencies version suspect believed",
    ),
    "search_record": _look("Bản ghi quy trình tìm kiếm", "Records of the search protocol"),
    "search_step": _look("Các bước của quy trình tìm kiếm", "Steps of the search protocol"),
    "visit": _look(
        "Các lượt truy cập", "Visits",
        "agency scan outcome failure failure_detail pages rendered requests technology newest_on seconds suspect",
    ),
    "look_list": _look("Chỗ nên xem trước", "Where to look first"),
    "page": _look(
        "Các trang đã đọc", "Pages read",
        "agency url title status failure fetched_at last_fetched_at found_by rendered bytes visit last_visit",
    ),
    "evidence": _look("Bằng chứng đã lưu", "Stored evidence"),
    "finding": _look("Các phát hiện", "Findings"),
    "observation": _look(
        "Các lần ghi nhận", "Observations",
        "id finding visit last_visit state level confidence snippet page detector warc",
    ),
    "verdict": _look("Các kết luận", "Verdicts"),
    "change": _look("Thay đổi giữa các đợt quét", "Changes between scans"),
    "qa_thread": _look(
        "Câu hỏi đã đăng", "Published questions",
        "agency topic unit asked_on answered_on answered state url first_seen_at last_seen_at",
    ),
    "site_proposal": _look("Địa chỉ trang được đề xuất", "Proposed addresses of sites"),
    "decision": _look(
        "Kết luận của người xem", "What people said",
        "subject question answer coder role proposed draw decided_at note undone_at holds_until",
    ),
    "draw": _look("Các lần chọn ngẫu nhiên", "Random samples"),
    "drawn": _look("Dòng được chọn ngẫu nhiên", "Rows of random samples"),
    "corrected_share": _look("Tỷ lệ đã hiệu chỉnh", "Corrected shares"),
    "link_check": _look("Địa chỉ nêu trong thư, đã mở", "Addresses named in replies, opened"),
    "campaign": _look(
        "Các đợt khảo sát", "Campaigns",
        "id title status frame kind regime approved_by approved_at closed_at waiting_working_days "
        "reminder_working_days sender",
    ),
    "legal_requirement": _look("Yêu cầu của luật đối với thư", "What the law asks of a request"),
    "request": _look(
        "Các yêu cầu đã gửi", "Requests",
        "agency campaign state accepted_at delivered outcome replied reminded_at to_address legally_valid "
        "waiting_ends_at",
    ),
    "reply": _look(
        "Các thư trả lời", "Replies",
        "request received_at event human substantive hours working_days after_reminder sender_class proof "
        "decided_by attachments",
    ),
    "reply_document": _look("Tài liệu nói tới trong thư trả lời", "Documents of replies"),
    "reply_link": _look("Địa chỉ nêu trong thư trả lời", "Addresses named in replies"),
    "request_event": _look("Diễn biến của các yêu cầu", "Events of requests"),
    "deadline": _look(
        "Thời hạn theo luật", "Deadlines",
        "request rule law article due_on extended_to met elapsed_working_days paused_working_days met_unpaused "
        "confidence",
    ),
    "coding": _look("Mã hóa của người đọc", "Codings"),
    "coding_item": _look("Chất lượng từng tài liệu", "Quality of each document"),
    "run": _look("Các lần chạy", "Runs"),
    "run_step": _look("Các bước của từng đêm", "Steps of nights"),
    "reference_result": _look("Kết quả của khảo sát trước", "Results of earlier surveys"),
    "other_survey": _look("Khảo sát của người khác", "Surveys of others"),
    "private_database": _look("Cơ sở dữ liệu riêng", "The private database"),
    "field": _look("Ý nghĩa các cột", "Meaning of columns"),
    "headline": _look(
        "Kết quả chính", "Headline",
        "label_vi label_en k n share low high not_found confirmed not_seen corrected unread"
    ),
    "participation": _look(
        "Từng nơi, từng cơ quan", "Place by place",
        "province_vi region has_qa qa_level has_email outcome answered first_answer_hours first_answer_working_days "
        "on_time ati_section budget_types",
    ),
    "reply_times": _look(
        "Thời gian trả lời", "Reply times",
        "name_vi region accepted_at delivered outcome first_human_hours first_human_working_days "
        "first_substantive_hours first_substantive_working_days answered_after_reminder messages unread",
    ),
    "not_seen": _look(
        "Điều chưa xem được", "What could not be seen",
        "name_vi kind outcome failure not_seen reason failure_detail kept pages rendered technology newest_on",
    ),
    "proposal": _look(
        "Máy đề xuất, người kết luận", "What the machine proposes and people say",
        "subject question answer score sure reasons decided decided_by decided_at confirmed waits scan",
    ),
    "search_evidence": _look(
        "Đã tìm thế nào", "How it was looked for",
        "name_vi step outcome url words status failure location count reason looked_at",
    ),
    "proof": _look(
        "Kết luận và bằng chứng", "Verdicts with their proof",
        "name_vi kind state level value snippet page_url fetched_at confidence reason warc_path page_sha256",
    ),
    "changes": _look(
        "Những thay đổi", "Changes", "at name_vi kind what cause before after value from_scan to_scan told_at"
    ),
    "disputes": _look("Phát hiện bị phản bác", "Disputed findings"),
    "campaign_progress": _look(
        "Tiến độ các đợt khảo sát", "Progress of campaigns",
        "title status planned accepted refused deferred uncertain cancelled waiting undelivered answered silent",
    ),
    "nightly": _look("Nhật ký các lần chạy", "Runs, newest first"),
    "as_of": _look("Dữ liệu tới lúc nào", "As of"),
    "qa_activity": _look(
        "Mức độ hoạt động của chuyên mục Hỏi đáp", "Activity of Q&A sections",
        "name_vi region qa_level sampled about answered share_answered median_days newest_answer newest_question "
        "budget_questions stale",
    ),
    "question_waits": _look(
        "Câu hỏi đã đăng chờ bao lâu", "Waits of published questions",
        "name_vi topic state answered started_on ended_on days watched_until watched_days url",
    ),
    "scan_page": _look(
        "Các trang của từng đợt quét", "Pages of each scan",
        "agency scan url title status failure fetched_at found_by rendered bytes",
    ),
    "scan_observation": _look(
        "Các lần ghi nhận của từng đợt quét", "Observations of each scan",
        "id finding scan state level confidence snippet page detector warc",
    ),
    "latest_page": _look(
        "Các trang của lần xem gần nhất", "Pages of the newest visits",
        "agency_label url title status failure fetched_at found_by rendered bytes scan",
    ),
    "latest_observation": _look(
        "Những gì đang thấy", "What is seen now",
        "agency_label kind category value state level snippet page_url fetched_at confidence warc",
    ),
    "latest_verdict": _look("Kết luận đang dùng", "Verdicts in use"),
    "latest_visit": _look(
        "Lần xem gần nhất", "Newest visits",
        "agency scan outcome failure failure_detail pages rendered requests technology newest_on seconds suspect",
    ),
    "answer_links": _look(
        "Địa chỉ trong thư trả lời dẫn tới đâu", "Where the addresses in replies lead",
        "name_vi event received_at url target site file_type found status title checked_at",
    ),
    "latest_campaign": _look("Đợt khảo sát đang hiển thị", "Campaign shown"),
}  # fmt: skip


def title(name: str) -> str:
    """Return the title of a table or view: its name, and what it holds in both languages."""
    look = LOOKS.get(name)
    return f"{name}: {look.title.vi} – {look.title.en}" if look else name


def titles() -> dict[str, Text]:
    """Return name → title of every table and view that a reader may download, views first: most want those."""
    views = {view.name: LOOKS[view.name].title for view in VIEWS}
    return views | {table.name: LOOKS[table.name].title for table in RESULTS_TABLES}


# Columns that come first of the indicators that not every study looks for.
_INDICATORS = {
    "has_qa": "qa",
    "qa_level": "qa",
    "has_email": "email",
    "ati_section": "access",
    "budget_types": "budget",
}


def shown(name: str, columns: Sequence[str], everything: bool, sought: Collection[str]) -> list[int]:
    """Return the places of the columns that a page shows, in its order: all of them, or those that come first.

    Of indicators that the study does not look for, which are not in `sought`, no column comes first.

    >>> shown("as_of", ["at"], False, ()), shown("latest_campaign", ["a", "b"], True, ())
    ([0], [0, 1])
    >>> shown("participation", ["region", "has_qa", "budget_types"], False, ["qa"])
    [0, 1]
    """
    first = LOOKS[name].first if name in LOOKS else ()
    found = [
        columns.index(column) for column in first if column in columns and _INDICATORS.get(column) in (None, *sought)
    ]
    return [*range(len(columns))] if everything or not found else found
