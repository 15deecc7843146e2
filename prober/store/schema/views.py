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
    return f"Indicator {column[4:]} of this study: found, not_found or not_seen."


_TABLES = {table.name: table for table in RESULTS_TABLES}
_UNREAD = "1 if the outcome rests on a reply that no person has read: on the rules alone (docs/method.md)."
_UNSURE = "1 if that reply has another class by the second opinion, as has every other that says the same."
_UNCONFIRMED = (
    "Start of the scan that first missed what is shown as found, while it waits for a second look; else empty."
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
            "n": "Agencies looked at or asked; those not seen stay in.",
            "share": "k / n.",
            "low": "Lower end of Wilson's 95 % interval.",
            "high": "Upper end of Wilson's 95 % interval.",
            "not_found": "Of n, those where it was not found: the search protocol was carried out, or it was reached "
            "and did not answer.",
            "confirmed": "Of these, those of which a person has said that it is absent; empty for requests.",
            "not_seen": "Of n, those that could not be seen or reached.",
            "corrected": "The share as corrected by a random sample that people read; empty where there is none "
            "(docs/method.md).",
            "corrected_low": "Lower end of its 95 % interval.",
            "corrected_high": "Upper end of it.",
            "bound_low": "The lower end if none of what was not seen had it.",
            "bound_high": "The upper end if all that was not seen had it.",
            "drawn": "Drawn rows with a person's answer in force.",
            "k_confirmed": "Of k, those of which a person has said that it is present.",
            "second_look": "Of n, those found or not seen that one look has missed and that wait for a second "
            "(docs/method.md); empty for requests.",
            "k_second_look": "Of k, these: they count until the second look.",
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
            "has_qa": "Q&A section of level 2 or more: found, not_found or not_seen.",
            "qa_level": "Highest level of the Q&A section, 0 to 5.",
            "has_email": "Official contact email: found, not_found or not_seen.",
            "qa_and_email": "Both of them.",
            "contact_email": "The official address seen with the highest confidence.",
            "has_social": "Official social channel: found, not_found or not_seen.",
            "social_platforms": "Platforms of these channels.",
            "ati_section": "Access-to-information section: found, not_found or not_seen.",
            "ati_regulation": "Internal regulation on providing information: found, not_found or not_seen.",
            "has_web_form": "Form to write to the agency: found, not_found or not_seen.",
            "budget_section": "Budget section with documents, on the site or, of a portal, on that of a department.",
            "budget_types": "How many of the seven compulsory budget documents were seen there, 0 to 7.",
            "budget_newest": "Date of the newest of them, as the site prints it.",
            "asked": "1 if a request to it, or to the department of a portal, was sent or tried.",
            "answered": "found: a substantive answer in time; not_found: none; not_seen: never arrived, or not asked.",
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
            "second_look_since": _UNCONFIRMED,
            "second_look": "Indicators of `headline` that one look has missed here and that wait for a second, "
            "separated by commas.",
            "confirmed": "Indicators of `headline` whose state here a person has confirmed, separated by commas.",
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
            "answered": "found: a substantive answer in time; not_found: none; not_seen: never arrived, or never left.",
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
        "proposal",
        "What the machine says of each agency and question, beside the newest decision of a person that is in force.",
        "Máy kết luận gì về từng cơ quan và câu hỏi, bên cạnh quyết định gần nhất còn hiệu lực của người xem.",
        ("decision", "verdict", "agency"),
        {
            "subject": "The agency.",
            "question": "The question (an indicator).",
            "answer": "What the machine says: found, not_found or not_seen: the verdict in use.",
            "score": "Confidence of the best proof, 0 to 1; empty where nothing was found.",
            "sure": "1 if that is 0.75 or more.",
            "reasons": "Why the machine says so, as reasons.",
            "evidence": "The best proof (`observation`); empty where nothing was found.",
            "made_by": "Detector with its version; protocol where nothing was found.",
            "made_at": "End of the visit on which it rests.",
            "decided": "What a person said, while that is in force: present, absent or cannot_tell; else empty.",
            "decided_by": "Who said so.",
            "decided_at": "When.",
            "confirmed": "1 if a person has said present or absent, and that is in force.",
            "waits": "1 if it waits for a person: not found or not seen, or found though a person called it absent.",
            "last_answer": "What a person said last, in force or not.",
            "last_by": "Who said that.",
            "last_at": "When.",
        },
        facets=("question", "answer", "decided", "waits"),
        key=("subject", "question"),
    ),
    View(
        "search_evidence",
        "The record of the search protocol: how each site was searched, step by step, and every address asked for.",
        "Biên bản tìm kiếm: từng bước đã làm trên mỗi trang, và mọi địa chỉ đã mở.",
        ("search_step", "visit", "agency"),
        {
            "agency_kind": "Kind of the agency.",
            "scan": "Scan in which it was searched.",
            "looked_at": "End of that visit.",
        },
        facets=("agency_kind", "step", "outcome"),
        key=("frame", "agency_kind", "agency", "scan", "position"),
    ),
    View(
        "not_seen",
        "One row per agency that was visited: what could not be seen of its site and why, and what the visit cost.",
        "Mỗi dòng một cơ quan đã xem: những gì chưa xem được và vì sao, và lần xem tốn bao nhiêu.",
        ("visit", "agency"),
        {
            "not_seen": "Questions that could not be answered, because what may show it could not be seen.",
            "reason": "Why, as reasons.",
            "last_seen_at": "Start of the last scan that knew any of it, too long ago to be used; or empty.",
            "last_seen_days": "Nights from that scan to the newest visit.",
            "kept": "Questions whose verdict in use is older than this visit.",
            "seen_at": "Scan of the oldest of these.",
            "age_days": "Nights from that scan to this visit.",
            "frozen_since": "Newest date on the site, where that was more than 90 days ago at the visit.",
        },
        facets=("frame", "kind", "outcome", "failure", "technology"),
        units={"seconds": "second"},
        key=("frame", "kind", "agency"),
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
            "second_look_since": _UNCONFIRMED,
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
            "called_absent": "1 if it was found, and a person had called it absent before.",
        },
        facets=("what", "cause", "kind"),
    ),
    View(
        "disputes",
        "What the crawl found and a person disputes, with the reason; it still counts until the rule is mended.",
        "Những phát hiện bị người xem phản bác, kèm lý do; vẫn được tính cho tới khi quy tắc được sửa.",
        ("finding", "observation", "agency"),
        {
            "finding": "The finding.",
            "reason": "Why it is disputed.",
            "reviewer": "Initials of the person.",
            "reviewed_at": "When.",
            "page_url": "Page on which it was seen last.",
        },
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
        "The verdict in use of each agency and kind: the newest that is known and believed, for at most 30 days; and "
        "what a person says of it.",
        "Kết luận đang dùng của từng cơ quan về từng loại: mới nhất, đáng tin, không quá 30 ngày; và người xem nói gì.",
        ("verdict",),
        {
            "seen_at": "Start of the scan that saw it; empty where nothing was ever known.",
            "age_days": "Nights from that scan to the newest visit of the agency.",
            "stale": "1 if a newer visit could not confirm it.",
            "second_look_since": _UNCONFIRMED,
            "answer": "The state, with a person's decision in force above it.",
            "decided": "What that person said: present, absent or cannot_tell; empty where no decision is in force.",
            "decision": "Row of that decision.",
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
