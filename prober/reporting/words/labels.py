"""Hold the words of the report and of Datasette in both languages, once, so that all pages use the same."""

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from prober.domain.agency import PLACE, Term
from prober.domain.correspondence import AUTOMATIC, REFUSALS, SUBSTANTIVE, Event, SendState
from prober.domain.finding import Failure
from prober.domain.indicator import INDICATORS
from prober.domain.question_history import QuestionState
from prober.domain.search_protocol import Carried, LookMark, Outcome, ProtocolStep
from prober.domain.world import World


class Text(NamedTuple):
    """One text in both languages."""

    vi: str
    en: str


LANGUAGES = ("both", "vi", "en")


class Units(NamedTuple):
    """The terms of a study: what its rows and their sites are called, and whom the letters go to."""

    who: Text  # the many who answer, with {} for their number
    many: Text
    one: Text
    site: Text
    sites: Text
    asked: Text
    all_asked: Text


# What a study without words of its own calls a place that has a portal, and the portal.
_PLACES = Text("Địa phương", "Place"), Text("địa phương", "places")
_PORTALS = Text("Cổng thông tin", "Portal"), Text("cổng thông tin", "portals")
_AGENCIES = Text("Cơ quan được hỏi", "Agency asked"), Text("cơ quan", "agencies")


def units(kinds: Collection[str], terms: Collection[Term] = ()) -> Units:
    """Return what the rows of a frame with agencies of `kinds` are called: the study's places, if it has portals.

    `terms` are the study's own words; a kind without any is called by its name.

    >>> units(["finance", "portal"]).many.en, units(["commune"]).many.en, units(["council", "ministry"]).many.en
    ('places', 'communes', 'agencies')
    >>> units(["commune"], [Term("kind", "commune", "xã", "commune", "xã", "communes")]).who.vi
    '{} xã'
    """
    if "portal" in kinds:
        one, many = _called(PLACE, terms) or _PLACES
        site, sites = _called("portal", terms) or _PORTALS
        departments = sorted(set(kinds) - {"portal"})
        asked, all_asked = _AGENCIES if len(departments) > 1 else (site, sites)
        if len(departments) == 1:
            asked, all_asked = _called(departments[0], terms) or _named(departments[0])
        who = _counted(many)
        return Units(who._replace(vi=f"Chính quyền {who.vi}"), many, one, site, sites, asked, all_asked)
    asked, all_asked = _AGENCIES
    one, many = Text("Cơ quan", "Agency"), all_asked
    if len(kinds) == 1:
        (name,) = kinds
        if called := _called(name, terms):
            one, many = asked, all_asked = called
        else:
            one, many = _named(name)
    return Units(
        who=_counted(many),
        many=many,
        one=one,
        site=Text("Trang thông tin", "Site"),
        sites=Text("trang thông tin", "sites"),
        asked=asked,
        all_asked=all_asked,
    )


def _called(kind: str, terms: Collection[Term]) -> tuple[Text, Text] | None:
    """Return what the study calls one and many agencies of a kind; the one as a title begins."""
    for term in terms:
        if (term.what, term.name) == ("kind", kind):
            one = (text[:1].upper() + text[1:] for text in (term.one_vi, term.one_en))
            return Text(*one), Text(term.many_vi, term.many_en)
    return None


def _named(kind: str) -> tuple[Text, Text]:
    """Return what one and many agencies of a kind are called that has no words of the study."""
    return Text(kind.capitalize(), kind.capitalize()), Text(kind, _plural(kind))


def _counted(many: Text) -> Text:
    """Return the words for many, with {} before them for their number."""
    return Text(*(f"{{}} {text.replace('{', '{{').replace('}', '}}')}" for text in many))


def _plural(name: str) -> str:
    return f"{name.removesuffix('y')}ies" if name.endswith(("cy", "ry", "ty")) else f"{name}s"


def frame(name: str, terms: Collection[Term] = ()) -> Text:
    """Return the title of a list of agencies; its name where the study has none."""
    titles = (Text(term.one_vi, term.one_en) for term in terms if (term.what, term.name) == ("frame", name))
    return next(titles, Text(name, name))


class Mark(NamedTuple):
    """The words that mark data which say nothing about real agencies, from short to long."""

    tag: Text
    data: Text
    warning: Text

    @property
    def title(self) -> str:
        """The mark before a title, in both languages."""
        return f"[{self.tag.vi} · {self.tag.en}] "


MARKS = {
    World.SANDBOX: Mark(
        Text("Mô phỏng", "Simulated"),
        Text("Dữ liệu mô phỏng", "Simulated data"),
        Text(
            "Dữ liệu mô phỏng: cổng thông tin, cơ quan và thư từ trên trang này đều do máy tạo ra để thử công cụ. "
            "Không con số nào nói về một cơ quan có thật.",
            "Simulated data: the portals, agencies and letters on this page were made by a machine to try the "
            "instrument. No figure says anything about a real agency.",
        ),
    ),
    World.REHEARSAL: Mark(
        Text("Diễn tập", "Rehearsal"),
        Text("Dữ liệu diễn tập", "Rehearsal data"),
        Text(
            "Dữ liệu diễn tập: các trang và hộp thư trên trang này là máy chủ thử nghiệm, được dựng để chạy thử khảo "
            "sát. Không con số nào nói về một cơ quan có thật.",
            "Rehearsal data: the sites and mailboxes on this page are test servers, set up to try a study. "
            "No figure says anything about a real agency.",
        ),
    ),
}

STATES = {
    "found": Text("tìm thấy", "found"),
    "not_found": Text("không tìm thấy", "not found"),
    "not_seen": Text("chưa xem được", "not seen"),
}
# What only a person says.
DECIDED = {
    "present": Text("có, đã có người xác nhận", "present (by a person)"),
    "absent": Text("không có, đã có người xác nhận", "absent (by a person)"),
    "cannot_tell": Text("đã có người xem, chưa kết luận được", "cannot tell (by a person)"),
}
PROTOCOL = {
    ProtocolStep.HOME: Text("Trang chủ", "Home page"),
    ProtocolStep.SITE: Text("Có phải trang của cơ quan không", "Is it a site of the body"),
    ProtocolStep.LINKS: Text("Liên kết mang tên nội dung cần tìm", "Links named for what is sought"),
    ProtocolStep.SITEMAPS: Text("Sơ đồ trang", "Site maps"),
    ProtocolStep.USUAL_PATHS: Text("Đường dẫn quen dùng", "Usual paths"),
    ProtocolStep.SEARCH: Text("Ô tìm kiếm của trang", "The site's own search"),
    ProtocolStep.SECTIONS: Text("Chuyên mục có tên chung chung", "Sections of vague names"),
    ProtocolStep.LANGUAGE: Text("Bản tiếng Việt", "Vietnamese pages"),
    ProtocolStep.BROWSER: Text("Mở bằng trình duyệt", "Pages opened in a browser"),
    ProtocolStep.ONCE_MORE: Text("Mở lại lần nữa", "Asked once more"),
}
CARRIED = {
    Carried.DONE: Text("đã làm", "done"),
    Carried.NOTHING: Text("đã làm, không có gì ở đó", "done, nothing there"),
    Carried.NOT_NEEDED: Text("không cần, đã tìm thấy đủ", "not needed, all was found before"),
    Carried.NOT_DONE: Text("chưa làm được", "not done"),
}
OUTCOMES = {
    Outcome.READ: Text("đã đọc", "read"),
    Outcome.MISSING: Text("không có trang này", "no such page"),
    Outcome.REDIRECTED: Text("chuyển sang địa chỉ khác", "leads to another address"),
    Outcome.FAILED: Text("không đọc được", "could not be read"),
    Outcome.UNOPENED: Text("chưa mở", "not opened"),
}
LOOK_MARKS = {
    LookMark.QUESTIONS_NAMED: Text("mục mang tên hỏi đáp nhưng không thấy câu hỏi", "named for questions, shows none"),
    LookMark.CONTACT_NAMED: Text("mục liên hệ nhưng không thấy địa chỉ thư", "named for contact, shows no address"),
    LookMark.FREE_MAIL: Text(
        "địa chỉ thư miễn phí mà cơ quan tự nêu là của mình", "free mail that the body calls its own"
    ),
    LookMark.PICTURED_ADDRESS: Text("hình ảnh ở chỗ ghi địa chỉ", "a picture where an address belongs"),
    LookMark.HIDDEN_ADDRESS: Text(
        "có địa chỉ nhưng không đọc được, hoặc là của cá nhân", "an address unread, or a person's"
    ),
    LookMark.NAMED_UNREAD: Text(
        "liên kết của trình đơn không mở được hoặc trống", "a menu link that failed or is empty"
    ),
    LookMark.SCRIPT_ONLY: Text("chỉ mở được bằng mã lệnh", "only a script opens it"),
    LookMark.OTHER_HOST: Text("tên miền con chưa vào được", "a sub-domain that was not reached"),
    LookMark.ACCOUNT: Text("tài khoản mạng xã hội chưa chắc của cơ quan", "an account that may not be the body's"),
    LookMark.NOTHING_NEWER: Text(
        "nhiều năm không có tin mới, có thể đã chuyển", "nothing new for years, may have moved"
    ),
}

# Where a published question was at the last visit that could decide it.
QUESTIONS = {
    QuestionState.LISTED: Text("còn đăng", "still listed"),
    QuestionState.MISSING: Text("không thấy, chờ xem lại", "not there: to be looked at again"),
    QuestionState.VANISHED: Text("đã bị gỡ", "removed"),
    QuestionState.UNREACHED: Text("chưa xem được: nằm ngoài phần đã đọc", "not seen: beyond the part that was read"),
}
KINDS = {indicator.kind: Text(*indicator.name) for indicator in INDICATORS}
EVERYTHING = Text("mọi mục", "everything")

LEVELS = (
    Text("không có gì", "nothing"),
    Text("chỉ có nhãn", "a label only"),
    Text("có hỏi đáp đã đăng, không có biểu mẫu", "published answers, no form"),
    Text("có biểu mẫu, chưa đăng câu trả lời", "a form, no published answers"),
    Text("có biểu mẫu và câu trả lời", "a form and published answers"),
    Text("có câu trả lời trong 12 tháng qua", "answers within the last 12 months"),
)
# The states of the map of levels, from a form with answers down to nothing.
BY_LEVEL = {
    **{
        f"level-{level}": Text(f"mức {level}: {LEVELS[level].vi}", f"level {level}: {LEVELS[level].en}")
        for level in range(len(LEVELS) - 1, -1, -1)
    },
    "not_seen": Text("chưa xem được", "not seen"),
}
CHANGED = {
    "changed": Text("trang đã thay đổi", "the site changed"),
    "same": Text("không thay đổi", "no change"),
    "not_seen": Text("lần gần nhất chưa xem được", "not seen the last time"),
}

EVENTS = {
    Event.FULL: Text("Cung cấp đầy đủ thông tin", "Full information"),
    Event.PARTIAL: Text("Cung cấp một phần thông tin", "Partial information"),
    Event.LINK: Text("Chỉ dẫn đúng tài liệu đã công khai", "Link to the published document"),
    Event.REFUSAL_REASONED: Text("Từ chối, có nêu căn cứ", "Refusal with a legal reason"),
    Event.REFUSAL: Text("Từ chối, không nêu căn cứ", "Refusal without a reason"),
    Event.TRANSFER_INSIDE: Text("Chuyển trong cơ quan", "Passed on inside"),
    Event.TRANSFER_AWAY: Text("Chuyển cơ quan khác", "Passed on to another body"),
    Event.EXTENSION: Text("Báo gia hạn", "Notice of a longer time limit"),
    Event.ASKS_FORM: Text("Yêu cầu phiếu mẫu hoặc giấy tờ", "Asks for the formal form or identity"),
    Event.ASKS_PURPOSE: Text("Hỏi mục đích", "Asks for the purpose"),
    Event.HUMAN_ACK: Text("Báo đã nhận, do người viết", "Receipt written by a person"),
    Event.AUTO_ACK: Text("Trả lời tự động", "Automatic reply"),
    Event.BOUNCE: Text("Thư không đến nơi", "Not delivered"),
    Event.OBJECTION: Text("Phản đối khảo sát", "Objects to the survey"),
    Event.ABUSE: Text("Báo cáo thư rác", "Abuse report"),
    Event.READ_RECEIPT: Text("Báo đã đọc", "Read receipt"),
    Event.CALENDAR: Text("Lời mời lịch", "Calendar message"),
    Event.OWN_COPY: Text("Thư của chính chúng tôi", "Letter of our own"),
    Event.OTHER: Text("Nội dung khác", "Something else"),
    Event.BY_VOICE: Text("Trao đổi qua điện thoại hoặc trực tiếp", "By telephone or in person"),
    Event.SPAM: Text("Thư rác", "Spam"),
    Event.EMPTY: Text("Thư trống", "Empty message"),
    Event.UNCLEAR: Text("Chưa rõ, cần người đọc", "Unclear, a person must read it"),
}
# Of n: what a headline says of those that are not in k, and the heads of these columns. `confirmed` are of not_found.
REST = {
    "not_found": Text("Không tìm thấy", "Not found"),
    "confirmed": Text("Có người xác nhận", "Confirmed"),
    "not_seen": Text("Chưa xem được", "Not seen"),
    "second_look": Text("Chờ xem lại", "Waiting"),
}
SILENCE = Text("Im lặng", "Silence")
NOT_ASKED = Text("Chưa gửi yêu cầu", "Not asked")

VISITS = {
    "seen": Text("xem được đầy đủ", "seen"),
    "partial": Text("xem được một phần", "seen in part"),
    "unreachable": Text("không vào được", "not reached"),
}
WHATS = {
    "appeared": Text("xuất hiện", "appeared"),
    "vanished": Text("biến mất", "vanished"),
    "verdict": Text("đổi kết luận", "verdict changed"),
    "level": Text("đổi mức", "level changed"),
}
LOOKS = {  # visits that report a change (prober.store.reading.province_record)
    "before": Text("trước đó", "before"),
    "after": Text("lần đầu thấy khác", "first seen changed"),
    "second": Text("xem lại", "second look"),
    "now": Text("hiện nay", "now"),
}
CAUSES = {
    "site": Text("trang đã thay đổi", "the site changed"),
    "detector": Text("bộ nhận dạng của chúng tôi đã thay đổi", "our detector changed"),
    "reachability": Text("không xem được trang", "the site could not be seen"),
    "second_look": Text("chờ xem lại lần thứ hai", "waits for a second look"),
    "withdrawn": Text("xem lại thì vẫn còn", "withdrawn: a second look found it there"),
}
CALLED_ABSENT = Text("trước đó có người kết luận là không có", "a person had called it absent")
# Indicator → its column in `participation`, and the head above it in the table of all.
COLUMNS = {
    "qa": ("has_qa", Text("Hỏi đáp (mức)", "Q&A (level)")),
    "email": ("has_email", Text("Thư điện tử", "Email")),
    "social": ("has_social", Text("Mạng xã hội", "Social")),
    "access": ("ati_section", Text("Tiếp cận thông tin", "Access section")),
    "regulation": ("ati_regulation", Text("Quy chế", "Regulation")),
    "budget": ("budget_section", Text("Ngân sách (trên 7)", "Budget (of 7)")),
}
AGENCY_KINDS = {
    "portal": Text("Cổng thông tin điện tử", "Portal"),
}
SENDING = {
    SendState.PLANNED: Text("được duyệt để gửi", "approved for sending"),
    SendState.SENDING: Text("đang gửi", "being sent"),
    SendState.ACCEPTED: Text("máy chủ thư đã nhận", "accepted by the mail server"),
    SendState.REFUSED: Text("máy chủ thư từ chối", "refused by the mail server"),
    SendState.DEFERRED: Text("sẽ thử gửi lại", "to be tried again"),
    SendState.UNCERTAIN: Text("chưa chắc đã gửi", "not certain to have been sent"),
    SendState.CANCELLED: Text("đã hủy", "cancelled"),
}
LINKS_FOUND = {
    "there": Text("mở được", "there"),
    "gone": Text("không còn", "gone"),
    "unknown": Text("không đọc được", "could not be read"),
    "not checked": Text("chưa mở thử", "not opened yet"),
}
STEPS = {
    "request": Text("Yêu cầu", "Request"),
    "reminder": Text("Thư nhắc", "Reminder"),
    "follow-up": Text("Thư tiếp theo", "Follow-up"),
}
DEADLINES_MET = {
    "yes": Text("đúng hạn", "met"),
    "no": Text("quá hạn", "missed"),
    "open": Text("chưa tới hạn", "still open"),
    "unknown": Text("không kết luận được", "cannot be said"),
}

# The outcome of a request in seven groups, which the map shows. Order: as in the outcome table.
GROUPS = {
    "answered": Text("Có trả lời", "Answered"),
    "late": Text("Trả lời sau thời gian chờ", "Answered after the waiting time"),
    "refused": Text("Từ chối", "Refused"),
    "contact": Text("Có phản hồi, chưa có thông tin", "A person wrote, no information"),
    "automatic": Text("Chỉ có thư tự động", "Automatic mail only"),
    "silence": SILENCE,
    "undelivered": Text("Thư không đến hoặc chưa chắc đến nơi", "Not delivered, or not certain to be"),
    "unasked": NOT_ASKED,
}

FAILURES = {
    Failure.DNS: (
        Text("tên miền không phân giải được", "the name does not resolve"),
        Text("kiểm tra lại địa chỉ trong danh mục", "check the address in the registry"),
    ),
    Failure.TLS: (
        Text("chứng thư số không hợp lệ", "the certificate is not valid"),
        Text("báo cho cơ quan; không bỏ qua kiểm tra", "tell the agency; the check is not switched off"),
    ),
    Failure.REFUSED: (
        Text("máy chủ từ chối kết nối", "the server refused the connection"),
        Text("quét lại vào ngày khác", "scan again on another day"),
    ),
    Failure.TIMEOUT: (
        Text("máy chủ không trả lời kịp", "the server did not answer in time"),
        Text("quét lại vào ngày khác, hoặc tăng thời gian chờ", "scan again on another day, or raise the timeout"),
    ),
    Failure.HTTP_4XX: (
        Text("máy chủ báo lỗi 4xx", "the server answered 4xx"),
        Text("mở bằng trình duyệt và sửa địa chỉ nếu đã đổi", "open it in a browser; correct the address if it moved"),
    ),
    Failure.HTTP_5XX: (
        Text("máy chủ báo lỗi 5xx", "the server answered 5xx"),
        Text("quét lại vào ngày khác", "scan again on another day"),
    ),
    Failure.BLOCKED: (
        Text("bị chặn", "blocked"),
        Text("xin phép đơn vị vận hành; không tìm cách vượt", "ask the operator; it is not worked around"),
    ),
    Failure.CHALLENGE: (
        Text("trang xác minh trình duyệt thay cho nội dung", "a browser challenge instead of the site"),
        Text("người xem bằng trình duyệt rồi ghi nhận", "a person looks in a browser and codes it"),
    ),
    Failure.CAPTCHA: (
        Text("đòi mã CAPTCHA", "asks for a CAPTCHA"),
        Text("người xem bằng trình duyệt rồi ghi nhận", "a person looks in a browser and codes it"),
    ),
    Failure.ROBOTS: (
        Text("robots.txt không cho máy đọc", "closed to crawlers by robots.txt"),
        Text("người xem bằng trình duyệt rồi ghi nhận", "a person looks in a browser and codes it"),
    ),
    Failure.EMPTY_AFTER_RENDER: (
        Text("chỉ JavaScript mới cho xem", "shown by a script alone"),
        Text(
            "người mở trang rồi ghi nhận; nếu máy quét không có Chromium, hãy cài rồi quét lại",
            "look by hand and record it; where the crawler has no Chromium, install it and scan again",
        ),
    ),
    Failure.CLOSED: (
        Text(
            "chỉ có trang thông báo: trang tạm đóng, đang xây dựng hoặc chỉ dành cho người đăng nhập",
            "only a notice: the site is closed, under construction, or open to those who log in",
        ),
        Text("quét lại vào ngày khác", "scan again on another day"),
    ),
    Failure.NO_SITE: (
        Text(
            "địa chỉ chưa có trang thông tin nào: trang trống, trang mặc định hoặc trang báo lỗi",
            "there is no site at the address: a blank or default page, or an error",
        ),
        Text("mở bằng trình duyệt và kiểm tra lại địa chỉ", "open it in a browser and check the address"),
    ),
    Failure.BUDGET: (
        Text("hết số trang hoặc thời gian cho phép", "the budget of pages or time ran out"),
        Text("tăng ngân sách trang cho cơ quan này", "raise the page budget of this agency"),
    ),
    Failure.MOVED: (
        Text("địa chỉ dẫn tới cơ quan khác", "the address leads to another body"),
        Text("sửa địa chỉ trong danh mục", "correct the address in the registry"),
    ),
    Failure.UNREADABLE: (
        Text("trang hoặc tài liệu không đọc được", "a page or a document cannot be read"),
        Text("người mở ra xem rồi ghi nhận", "a person opens it and codes it"),
    ),
    Failure.UNLISTED: (
        Text("nằm ngoài phạm vi của buổi diễn tập", "outside the hosts of the rehearsal"),
        Text("thêm vào [rehearsal.hosts] rồi quét lại", "list it in [rehearsal.hosts] and scan again"),
    ),
    Failure.INTERNAL: (
        Text("lỗi của chính công cụ đo", "the prober itself failed"),
        Text("sửa lỗi ghi trong crawl.log rồi quét lại", "repair what crawl.log describes and scan again"),
    ),
}
NO_FAILURE = (
    Text("chưa làm hết quy trình", "the protocol was not carried out to its end"),
    Text("quét lại", "scan again"),
)


def group(outcome: str, replied: bool, delivered: str) -> str:
    """Return the group of GROUPS of an outcome. Only a substantive answer inside the waiting time is an answer.

    >>> group("F1", True, "yes"), group("F1", False, "yes"), group("silence", False, "no"), group("Q1", False, "yes")
    ('answered', 'late', 'undelivered', 'contact')
    """
    if replied:
        return "answered"
    if outcome == "not asked":
        return "unasked"
    if outcome in SUBSTANTIVE:
        return "late"
    if outcome in REFUSALS:
        return "refused"
    if outcome == Event.BOUNCE or (delivered == "no" and outcome in ("silence", *AUTOMATIC)):
        return "undelivered"
    if outcome == "silence":
        return "silence"
    return "automatic" if outcome in AUTOMATIC else "contact"


def mark(world: str | None) -> Mark | None:
    """Return how data of `world` are marked; None for those of real agencies, and where there are none."""
    return MARKS.get(World(world)) if world else None


def agency_kind(kind: str, terms: Collection[Term]) -> Text:
    """Return the words for a kind of agency: those of the study, if it has any; a kind without words by its name."""
    called = _called(kind, terms)
    return called[0] if called else AGENCY_KINDS.get(kind) or Text(kind, kind)


def outcome(code: str) -> Text:
    """Return the words for a request's outcome; an unknown code unchanged."""
    if code == "silence":
        return SILENCE
    if code == "not asked":
        return NOT_ASKED
    return EVENTS[Event(code)] if code in Event._value2member_map_ else Text(code, code)


def failure(code: str | None) -> tuple[Text, Text]:
    """Return reason and remedy of a failure of a visit."""
    return FAILURES.get(Failure(code), NO_FAILURE) if code and code in Failure._value2member_map_ else NO_FAILURE


def kind(row: Mapping[str, Any]) -> Text:
    """Return what the indicator of a row is called; `kind_vi` and `kind_en` are the words of the study for its own."""
    return KINDS.get(row["kind"]) or Text(row["kind_vi"], row["kind_en"])


def kinds_of(row: Mapping[str, Any], column: str) -> tuple[Text, ...]:
    """Return the indicators that a column of a row of `not_seen` lists, or one word for everything that is sought."""
    names, sought = row[column].split(", "), json.loads(row["sought"])
    if column == "not_seen" and len(names) == len(sought):
        return (EVERYTHING,)
    return tuple(KINDS.get(name) or Text(*sought.get(name, (name, name))) for name in names)
