"""Describe every view of views.sql and its columns; a column that comes from a table keeps the table's text."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prober.domain.indicator import is_name
from prober.store.schema.results_tables import RESULTS_TABLES


@dataclass(frozen=True, slots=True)
class View:
    """One view: the meaning of a row, the tables whose column texts it inherits (first match wins), its own columns.

    A published snapshot has the rows of a view with a `key` as a table: of those that take long and read the present.
    """

    name: str
    about: str
    about_vi: str
    inherits: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    facets: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()

    def texts(self, columns: list[str]) -> dict[str, str]:
        """Return the meaning of each of `columns`, in their order. Raises KeyError for an undocumented one."""
        inherited = {c.name: c.about for table in reversed(self.inherits) for c in _TABLES[table].columns}
        own = {**inherited, **self.columns}
        return {name: own.get(name) or _of_study(name) for name in columns}


def _of_study(column: str) -> str:
    """Return the meaning of the state of an indicator that a study has declared. Raises KeyError for anything else."""
    if not column.startswith("has_") or not is_name(column[4:]):
        raise KeyError(column)
    return f"Indicator {column[4:]} of this study: present, absent or unknown."


_TABLES = {table.name: table for table in RESULTS_TABLES}
_UNREAD = "1 if the outcome rests on a reply that no person has read: on the rules alone (docs/method.md)."
_UNSURE = "1 if that reply has another class by the second opinion, as has every other that says the same."
_UNCONFIRMED = (
    "Start of the scan that first missed what is shown as present, while no second look has confirmed that; else empty."
)
_HUMAN_UNREAD = "1 if a person wrote by the rules' word, and no person has read any such message."

VIEWS = (
    View(
        "headline",
        "One row per indicator: how many of how many, with a 95 % Wilson interval.",
        "Mỗi dòng một chỉ số: bao nhiêu trên tổng số, kèm khoảng tin cậy Wilson 95 %.",
        ("agency",),
        {
            "position": "Its place among the indicators, as the pages print them.",
            "indicator": "Name of the indicator.",
            "label_en": "The indicator in English.",
            "label_vi": "The indicator in Vietnamese.",
            "k": "Agencies of which it is true.",
            "n": "Agencies looked at or asked; unknown ones stay in.",
            "share": "k / n.",
            "low": "Lower end of Wilson's 95 % interval.",
            "high": "Upper end of Wilson's 95 % interval.",
            "not_found": "Of n, those of which it is not true: searched everywhere, or reached without an answer.",
            "not_seen": "Of n, those that could not be seen or reached; never counted as absent elsewhere.",
            "unconfirmed": "Of n, those present or unknown that one look has missed and that wait for a second "
            "(docs/method.md); empty for requests.",
            "k_unconfirmed": "Of k, these: they count until the second look.",
            "reference": "Name of the earlier survey that it is compared with, where that has a number.",
            "reference_k": "The same number in that survey.",
            "reference_n": "Its denominator.",
            "unread": "Of n, those that rest on a reply which no person has read (docs/method.md); empty for portals.",
            "k_unread": "Of k, these: they are counted by the rules alone.",
            "unsure": "Of the unread, those on which rules and second opinion differ (docs/method.md); else empty.",
            "k_unsure": "Of k, these.",
        },
        facets=("frame",),
        key=("frame", "position"),
    ),
    View(
        "participation",
        "One row per agency: what its site offers and what it did itself. In a frame of portals one row per place: "
        "what its portal offers and what the department asked did.",
        "Mỗi dòng một cơ quan: trang có gì và cơ quan đã làm gì. Với danh sách có cổng thông tin: mỗi dòng một địa "
        "phương, cổng thông tin có gì và cơ quan được hỏi đã làm gì.",
        ("agency", "request"),
        {
            "kind": "Kind of the agency whose site it is: portal, or that of the agencies of a frame without portals.",
            "has_qa": "Q&A section of level 2 or more: present, absent or unknown.",
            "qa_level": "Highest level of the Q&A section, 0 to 5.",
            "has_email": "Official contact email: present, absent or unknown.",
            "qa_and_email": "Both of them.",
            "contact_email": "The official address seen with the highest confidence.",
            "has_social": "Official social channel: present, absent or unknown.",
            "social_platforms": "Platforms of these channels.",
            "ati_section": "Access-to-information section: present, absent or unknown.",
            "ati_regulation": "Internal regulation on providing information: present, absent or unknown.",
            "has_web_form": "Form to write to the agency: present, absent or unknown.",
            "budget_section": "Budget section with documents, on the site or, of a portal, on that of a department.",
            "budget_types": "How many of the seven compulsory budget documents were seen there, 0 to 7.",
            "budget_newest": "Date of the newest of them, as the site prints it.",
            "asked": "1 if a request to it, or to the department of a portal, was sent or tried.",
            "answered": "present: a substantive answer in time; absent: none; unknown: never arrived, or not asked.",
            "first_human_reply_hours": "Hours to the first message written by a person.",
            "working_days": "Working days to that message, first day not counted.",
            "first_answer_hours": "Hours to the first substantive answer.",
            "first_answer_working_days": "Working days to that answer.",
            "on_time": "The law's lenient deadline was met: yes, no, open, or unknown (as where nothing arrived).",
            "portal_seen": "seen, partial or unreachable, in the newest visit.",
            "portal_failure": "Why the portal was not fully seen in the newest visit.",
            "portal_suspect": "What of the newest visit stayed below the floors of the registry, as reasons; it is not "
            "counted.",
            "seen_at": "Start of the scan of the oldest verdict in use; empty where none is.",
            "age_days": "Nights from that scan to the newest visit, at most 30; missing where no verdict is in use.",
            "stale": "1 if a verdict in use is older than the newest visit, which could not confirm it.",
            "unconfirmed_since": _UNCONFIRMED,
            "unconfirmed": "Indicators of `headline` that one look has missed here and that wait for a second, "
            "separated by commas.",
            "portal_url": "Address of the portal in the registry.",
            "portal": "The portal (agency), or the agency itself.",
            "finance": "The agency asked: the department of a portal, or the agency itself.",
            "request": "The request sent to it.",
            "unread": _UNREAD,
            "unsure": _UNSURE,
            "human_unread": _HUMAN_UNREAD,
        },
        facets=("region", "has_qa", "has_email", "outcome"),
        units={"first_human_reply_hours": "hour", "first_answer_hours": "hour"},
        key=("frame", "province"),
    ),
    View(
        "reply_times",
        "One row per request: when it was accepted, and how long each kind of message took.",
        "Mỗi dòng một yêu cầu: nhận lúc nào, mỗi loại phản hồi mất bao lâu.",
        ("request", "agency"),
        {
            "request": "The request.",
            "agency": "The agency asked.",
            "first_automatic_hours": "Hours to the first automatic reply.",
            "first_human_hours": "Hours to the first message written by a person.",
            "first_human_working_days": "Working days to that message.",
            "first_substantive_hours": "Hours to the first message with information asked for.",
            "first_substantive_working_days": "Working days to that message.",
            "first_substantive_net_hours": "Of these hours, those in which the request did not wait for us.",
            "first_substantive_net_working_days": "Of these working days, those in which it did not wait for us.",
            "answered_after_reminder": "1 if such a message came after the reminder.",
            "messages": "Messages matched to the request.",
            "censored": "1 if no person has written: the time is only known to be longer than the time watched.",
            "watched_hours": "Hours from acceptance to the end of the waiting time, or to the close of the campaign or "
            "the last run where that came before it.",
            "answered": "present: a substantive answer in time; absent: none; unknown: never arrived, or never left.",
            "unread": _UNREAD,
            "unsure": _UNSURE,
            "human_unread": _HUMAN_UNREAD,
        },
        facets=("campaign", "region", "outcome", "delivered", "unread"),
        units=dict.fromkeys(
            ("first_human_hours", "first_substantive_hours", "first_substantive_net_hours", "paused_hours")
            + ("watched_hours",),
            "hour",
        ),
        key=("request",),
    ),
    View(
        "coverage",
        "One row per agency: how much of its site the newest visit saw, at what cost.",
        "Mỗi dòng một cơ quan: lần xem gần nhất thấy được bao nhiêu, tốn bao nhiêu.",
        ("visit", "agency"),
        {
            "incomplete": "What was not found, and may be on a page that was not seen.",
            "kept": "Kinds whose verdict in use is older than this visit.",
            "seen_at": "Scan of the oldest of these.",
            "age_days": "Nights from that scan to this visit.",
            "frozen_since": "Newest date on the site, where that was more than 90 days ago at the visit.",
        },
        facets=("frame", "kind", "outcome", "failure", "technology"),
        units={"seconds": "second"},
        key=("frame", "kind", "agency"),
    ),
    View(
        "search_evidence",
        "Why something is said not to be there, or what could not be seen: every address where it was looked for.",
        "Vì sao kết luận là không có, hoặc chưa thấy được gì: mọi địa chỉ đã tìm và kết quả tại đó.",
        ("search_step", "visit", "agency", "verdict"),
        {
            "agency_kind": "Kind of the agency.",
            "kind": "What was looked for.",
            "state": "absent or unknown: the verdict in use.",
            "scan": "Scan in which it was looked for.",
            "looked_at": "End of that visit.",
        },
        facets=("agency_kind", "kind", "state", "part", "outcome"),
        key=("frame", "agency_kind", "agency", "kind", "position"),
    ),
    View(
        "gaps",
        "What could not be seen: agencies with a verdict left unknown, and why.",
        "Những gì chưa thấy: cơ quan còn kết luận “không rõ”, và lý do.",
        ("visit", "agency", "verdict"),
        {
            "agency_kind": "Kind of the agency.",
            "not_seen": "What stayed unknown.",
            "reason": "Why, as reasons.",
            "seen_at": "Start of the last scan that knew any of it, too long ago to be used; empty where none did.",
            "age_days": "Nights from that scan to the newest visit.",
        },
        facets=("frame", "agency_kind", "failure"),
        key=("agency",),
    ),
    View(
        "proof",
        "Every newest verdict with its best proof: words, page, hash, WARC record.",
        "Mọi kết luận mới nhất kèm bằng chứng tốt nhất: lời trên trang, trang, mã băm, bản lưu WARC.",
        ("verdict", "observation", "finding", "page", "agency"),
        {
            "id": "Number of the verdict.",
            "seen_at": "Start of the scan that saw it; empty where nothing was ever known.",
            "age_days": "Nights from that scan to the newest visit of the agency.",
            "stale": "1 if a newer visit could not confirm it.",
            "unconfirmed_since": _UNCONFIRMED,
            "agency_kind": "Kind of the agency.",
            "page_url": "Page on which it was seen.",
            "page_title": "Title of that page.",
            "page_sha256": "Hash of that page as received.",
            "warc_path": "File that holds the page as received.",
            "warc_offset": "Offset of its record in that file.",
            "screenshot_path": "Picture of the rendered page.",
        },
        facets=("agency_kind", "kind", "state"),
        key=("frame", "agency", "kind"),
    ),
    View(
        "changes",
        "What appeared, vanished or changed between two scans, newest first.",
        "Những gì xuất hiện, biến mất hoặc thay đổi giữa hai lần quét, mới nhất trước.",
        ("change", "finding", "agency"),
        {
            "at": "Start of the visit that saw it first.",
            "second_at": "Start of the visit whose second look confirmed or withdrew it; empty where there is none.",
            "told_at": "When it was known: the second look, or the first where none was needed.",
        },
        facets=("what", "cause", "kind"),
    ),
    View(
        "disputes",
        "What the crawl found and a person disputes, with the reason; it still counts until the rule is mended.",
        "Những phát hiện bị người xem phản bác, kèm lý do; vẫn được tính cho tới khi quy tắc được sửa.",
        ("finding_review", "finding", "observation", "agency"),
        {"finding": "The finding.", "page_url": "Page on which it was seen last."},
        facets=("kind", "reviewer"),
    ),
    View(
        "campaign_progress",
        "One row per campaign: where its letters stand. The states add up to planned.",
        "Mỗi dòng một đợt gửi: các thư đang ở đâu. Các trạng thái cộng lại bằng số dự kiến.",
        ("campaign",),
        {
            "campaign": "The campaign.",
            "planned": "Letters of the campaign.",
            "accepted": "Accepted by the mail server.",
            "refused": "Refused by the mail server.",
            "deferred": "To be tried again.",
            "uncertain": "Not known whether it left; never sent again blindly.",
            "cancelled": "Cancelled before it was sent.",
            "waiting": "Not sent yet.",
            "undelivered": "Came back, or was refused.",
            "answered": "Substantive answers inside the waiting time.",
            "complete": "Requests whose answers inside the waiting time give every document.",
            "silent": "Reached, and nothing came.",
            "unread": "Requests whose outcome rests on a reply that no person has read.",
        },
    ),
    View(
        "nightly",
        "Every command that changed the database, newest first.",
        "Mọi lệnh đã thay đổi cơ sở dữ liệu, mới nhất trước.",
        ("run",),
        {"run": "Number of the run."},
        facets=("command", "status"),
    ),
    View(
        "as_of",
        "The last moment of which the database knows anything.",
        "Thời điểm cuối cùng mà cơ sở dữ liệu ghi nhận.",
        columns={"at": "That moment."},
    ),
    View(
        "qa_activity",
        "One row per agency with a Q&A section: how active it is, over a sample of its published questions.",
        "Mỗi dòng một cơ quan có chuyên mục Hỏi đáp: mức độ hoạt động, tính trên một mẫu câu hỏi đã đăng.",
        ("visit", "agency"),
        {
            "agency": "The agency.",
            "qa_level": "Level of its section, 0 to 5.",
            "sampled": "Questions read.",
            "about": "Of about so many published; empty where neither the list nor its pager tells.",
            "answered": "Of the questions read, those with a published answer.",
            "share_answered": "answered / sampled.",
            "median_days": "Median days from question to answer, where both dates are printed.",
            "timed": "Questions of which both dates are printed.",
            "newest_answer": "Date of the newest answer read.",
            "newest_question": "Date of the newest question read.",
            "budget_questions": "Of the questions read, those about the budget.",
            "stale": "1 if a newer visit could not confirm the section.",
        },
        facets=("region", "qa_level", "stale"),
        units={"median_days": "day"},
        key=("frame", "kind", "agency"),
    ),
    View(
        "question_waits",
        "One row per published question that was followed from night to night: how long until an answer was published.",
        "Mỗi dòng một câu hỏi đã đăng được theo dõi qua từng đêm: bao lâu thì có câu trả lời công khai.",
        ("qa_thread", "agency"),
        {
            "agency": "The agency.",
            "thread": "The question (`qa_thread`).",
            "started_on": "Day on which it was asked: as printed, else that of the first visit that saw it; empty if "
            "that was the first visit to its list.",
            "ended_on": "Day of the answer: as printed, else that of the first visit that saw it; empty if there is "
            "none, or nobody knows when it came.",
            "watched_until": "Day of the last visit that saw the question.",
            "days": "Days from question to published answer; empty where one end is not known.",
            "watched_days": "Days that a question without an answer was watched.",
        },
        facets=("state", "answered", "topic"),
        units={"days": "day", "watched_days": "day"},
        key=("thread",),
    ),
    View(
        "scan_page",
        "Every page in every scan that saw it.",
        "Mọi trang trong từng đợt quét.",
        ("page",),
        {"scan": "The scan.", "fetched_at": "When; between first and last, the end of the visit."},
        facets=("status", "failure", "rendered"),
    ),
    View(
        "scan_observation",
        "Every observation in every scan that made it.",
        "Mọi lần ghi nhận trong từng đợt quét.",
        ("observation",),
        {"scan": "The scan."},
        facets=("state",),
    ),
    View(
        "latest_page",
        "Every page of the newest visit of each agency.",
        "Mọi trang của lần xem gần nhất của từng cơ quan.",
        ("page",),
        {
            "agency_label": "The agency, in the language of the list.",
            "scan": "The scan.",
            "fetched_at": "When it was fetched last.",
        },
        facets=("status", "failure", "rendered"),
        key=("id",),
    ),
    View(
        "latest_observation",
        "Everything seen in the visit on which each agency's verdicts rest.",
        "Mọi thứ thấy được trong lần xem làm căn cứ cho kết luận về từng cơ quan.",
        ("observation", "finding", "page"),
        {
            "agency_label": "The agency, in the language of the list.",
            "page_url": "Page on which it was seen.",
            "fetched_at": "When that page was fetched last.",
            "scan": "The scan on which the verdict rests.",
        },
        facets=("kind", "category", "state"),
        key=("id",),
    ),
    View(
        "latest_verdict",
        "The verdict in use of each agency and kind: the newest that is known and believed, for at most 30 days.",
        "Kết luận đang dùng của từng cơ quan về từng loại: mới nhất, đáng tin, không quá 30 ngày.",
        ("verdict",),
        {
            "seen_at": "Start of the scan that saw it; empty where nothing was ever known.",
            "age_days": "Nights from that scan to the newest visit of the agency.",
            "stale": "1 if a newer visit could not confirm it.",
            "unconfirmed_since": _UNCONFIRMED,
        },
        facets=("kind", "state"),
        key=("agency", "kind"),
    ),
    View(
        "latest_visit",
        "The newest visit of each agency.",
        "Lần xem gần nhất của từng cơ quan.",
        ("visit",),
        facets=("outcome", "failure"),
    ),
    View(
        "answer_links",
        "One row per address named in a reply: where it leads by its shape, and what the crawler saw there.",
        "Mỗi dòng một địa chỉ nêu trong thư trả lời: trỏ tới đâu, và khi mở ra thấy gì.",
        ("reply_link", "reply", "request", "link_check", "page"),
        {
            "link": "Row of `reply_link`.",
            "agency": "The agency that named it.",
            "name_vi": "The agency, in the language of the list.",
            "found": "there; gone; unknown: it could not be read; not checked: no visit has looked yet.",
            "sha256": "Hash of what came.",
            "checked_at": "When the crawler looked.",
            "checks": "Scans that have looked.",
        },
        facets=("target", "site", "found", "event"),
    ),
    View(
        "latest_campaign",
        "The campaign that `participation` and `headline` show, per frame and kind.",
        "Đợt gửi mà `participation` và `headline` thể hiện, theo danh mục và loại cơ quan.",
        ("campaign",),
        {
            "campaign": "The newest campaign of which a letter has left.",
            "shown": "1 if its answers are those of the frame in `participation`, where that has portals: one to "
            "departments before one to portals, then the newest.",
        },
    ),
)
