"""Declare the indicators of a site: what is looked for, what proves it, and what it is called.

Everything that asks "which indicators?" goes over the declarations of the study. INDICATORS are those of POBI.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prober.text.patterns import linear
from prober.text.words import LinkWords

Words = tuple[str, str]  # in Vietnamese and in English


class Kind:
    """The names of POBI's indicators. A name is what the databases hold; a study may look for others (`Indicator`)."""

    QA = "qa"
    EMAIL = "email"
    SOCIAL = "social"
    ACCESS = "access"
    WEB_FORM = "web_form"
    BUDGET = "budget"


# Classes of an address that a person would report as the body's own contact, strongest first. Freemail counts where the
# site itself announces it; a person's own address, a vendor's or a hidden one never does.
OFFICIAL = ("agency_role", "unit_role", "portal_editor", "freemail")
# A section of the agency's own. `delegated` is on another body's site, `chatbot` is a machine, `login` is closed.
OWN_QA = frozenset({"general", "budget", "admin_procedures", "faq"})
# A search box and a login are forms too, but a citizen cannot write a question into them.
WRITABLE_FORM = frozenset({"contact", "ask"})
# The seven documents of a province's budget that must be published each year, in the order of the year (State Budget
# Law 83/2015/QH13, article 15; Circular 343/2016/TT-BTC).
BUDGET_TYPES = ("draft", "approved", "first_quarter", "half_year", "nine_months", "year", "settlement")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the view `headline`, counted from a state in a column of the view `participation`."""

    name: str
    column: str
    kinds: tuple[str, ...]  # the indicators whose verdicts prove it
    label: Words  # of a portal and its departments
    own: Words = ("", "")  # of a site that stands for itself; where it differs
    least: int = 0  # least level of a Q&A section
    languages: tuple[str, ...] = ()  # of the studies whose law knows such a thing; (): all


@dataclass(frozen=True, slots=True)
class PageWords:
    """By which words a page is recognised as what is looked for (prober.detectors.declared_words).

    Words, never patterns: each stands for itself, with or without its accents.
    """

    headings: tuple[str, ...] = ()  # of the page, besides the words of links; what begins so may be long
    must: tuple[str, ...] = ()  # all of these
    one_of: tuple[str, ...] = ()  # at least one, if there are any
    must_not: tuple[str, ...] = ()  # none of these
    form: bool = False  # a form to write into does instead of `one_of`
    telephone: bool = False  # a telephone number does instead of `one_of`
    file: bool = False  # a link to a file does instead of `one_of`


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. Categories of findings that are named nowhere here never count.

    `proof` is the code of the reason "found" (prober.domain.reason) and its words, in which {category} stands for
    those of the category. Single values of `compared` categories are compared between scans: a crawl opens only some
    pages of a Q&A section and only some forms, so only their verdict is compared. Other things on a page (a vendor's
    address, a search box) are stored but never compared, since the coverage rule does not promise to find all of them.
    """

    kind: str  # its name
    name: Words
    proof: tuple[str, Words]
    counted: frozenset[str] | None  # one of these categories proves it; None: any category
    settled: tuple[frozenset[str], ...] = ()  # one category of each is all that more pages could add; (): never settled
    compared: tuple[str, ...] = ()
    categories: Mapping[str, Words] = field(default_factory=dict)  # category → its words
    figures: tuple[Figure, ...] = ()  # those that stand in this place of the view `headline`
    source: str = "prober"  # where its rule comes from, with a version if that is not this program
    links: LinkWords | None = None  # by which a person would look for it; None: those of the language pack
    page: PageWords | None = None  # by which a page is recognised; None: by a detector
    detector: str = ""  # "package.module:function", called with a page and its public body; "": in detectors.detection
    # "package.module:function", called once with what a visit holds of the site (portal_review.site_seen); the
    # coverage rule does not hold for it, and no page is opened for it.
    measured: str = ""
    column: str = ""  # with its state in the view `participation`
    leveled: bool = False  # its level has a column too
    of_departments: bool = False  # the sites of departments count as well as the portal that they belong to

    def __hash__(self) -> int:
        return hash((self.kind, self.source))


INDICATORS = (
    Indicator(
        Kind.QA,
        ("Hỏi đáp", "Q&A section"),
        ("own_section", ("chuyên mục riêng, mức {level}", "own section, level {level}")),
        OWN_QA,
        categories={
            "general": ("hỏi đáp chung", "general questions"),
            "budget": ("ngân sách", "budget"),
            "admin_procedures": ("thủ tục hành chính", "administrative procedures"),
            "faq": ("câu hỏi thường gặp", "frequently asked questions"),
            "delegated": ("chuyên mục của cơ quan khác", "section of another body"),
            "chatbot": ("hộp chat tự động", "chat window"),
            "login": ("chỉ sau khi đăng nhập", "only after login"),
            "event": ("sự kiện có ngày", "dated event"),
            "dead_link": ("liên kết không dẫn đến đâu", "link that leads nowhere"),
        },
        figures=(
            Figure(
                "qa_and_email",
                "qa_and_email",
                (Kind.QA, Kind.EMAIL),
                (
                    "Cổng có chuyên mục Hỏi đáp và địa chỉ thư điện tử liên hệ",
                    "Portal has a Q&A section and a contact email",
                ),
                (
                    "Trang có chuyên mục Hỏi đáp và địa chỉ thư điện tử liên hệ",
                    "Site has a Q&A section and a contact email",
                ),
            ),
            Figure(
                "qa",
                "has_qa",
                (Kind.QA,),
                ("Cổng có chuyên mục Hỏi đáp", "Portal has a Q&A section"),
                ("Trang có chuyên mục Hỏi đáp", "Site has a Q&A section"),
            ),
            Figure(
                "qa_form",
                "has_qa",
                (Kind.QA,),
                (
                    "Chuyên mục Hỏi đáp nhận câu hỏi (mức 3 trở lên)",
                    "Q&A section takes questions (level 3 or more)",
                ),
                least=3,
            ),
        ),
        column="has_qa",
        leveled=True,
    ),
    Indicator(
        Kind.EMAIL,
        ("Thư điện tử", "Contact email"),
        ("official_address", ("địa chỉ chính thức: {category}", "official address, {category}")),
        frozenset(OFFICIAL),
        compared=OFFICIAL,
        categories={
            "agency_role": ("hộp thư cơ quan", "mailbox of the office"),
            "unit_role": ("hộp thư đơn vị", "mailbox of a unit"),
            "portal_editor": ("ban biên tập cổng", "editors of the portal"),
            "freemail": ("hộp thư miễn phí", "free mailbox"),
            "citizen": ("địa chỉ của người dân", "address of a citizen"),
            "vendor": ("địa chỉ của nhà thầu", "address of a vendor"),
            "other_body": ("cơ quan khác", "another body"),
            "person": ("địa chỉ cá nhân", "address of a person"),
            "hidden": ("địa chỉ ẩn", "hidden address"),
            "example": ("địa chỉ ví dụ", "example address"),
            "webmail_login": ("trang đăng nhập thư", "webmail login"),
            "document": ("danh bạ chưa đọc được", "directory that was not read"),
        },
        figures=(
            Figure(
                "email",
                "has_email",
                (Kind.EMAIL,),
                ("Cổng có địa chỉ thư điện tử liên hệ", "Portal shows a contact email"),
                ("Trang có địa chỉ thư điện tử liên hệ", "Site shows a contact email"),
            ),
        ),
        column="has_email",
    ),
    Indicator(
        Kind.SOCIAL,
        ("Mạng xã hội", "Social channels"),
        ("official_channel", ("kênh chính thức: {category}", "official channel, {category}")),
        None,
        compared=("facebook", "youtube", "zalo", "tiktok", "twitter", "instagram"),
        categories={
            "facebook": ("Facebook", "Facebook"),
            "youtube": ("YouTube", "YouTube"),
            "zalo": ("Zalo", "Zalo"),
            "tiktok": ("TikTok", "TikTok"),
            "twitter": ("X (Twitter)", "X (Twitter)"),
            "instagram": ("Instagram", "Instagram"),
        },
        figures=(
            Figure(
                "social",
                "has_social",
                (Kind.SOCIAL,),
                ("Cổng dẫn tới kênh mạng xã hội chính thức", "Portal links an official social channel"),
                ("Trang dẫn tới kênh mạng xã hội chính thức", "Site links an official social channel"),
            ),
        ),
        column="has_social",
    ),
    Indicator(
        Kind.ACCESS,
        ("Tiếp cận thông tin", "Access to information"),
        (
            "access_section",
            ("chuyên mục tiếp cận thông tin: {category}", "access-to-information section, {category}"),
        ),
        frozenset({"section"}),
        settled=(frozenset({"section"}), frozenset({"regulation"}), frozenset({"focal_point"})),
        compared=("regulation", "focal_point"),
        categories={
            "section": ("chuyên mục", "section"),
            "empty_section": ("chuyên mục trống", "empty section"),
            "list": ("danh mục thông tin", "list of information"),
            "regulation": ("quy chế", "regulation"),
            "focal_point": ("đầu mối cung cấp thông tin", "focal point"),
            "request_form": ("mẫu phiếu yêu cầu", "request form"),
        },
        figures=(
            Figure(
                "access",
                "ati_section",
                (Kind.ACCESS,),
                ("Cổng có chuyên mục Tiếp cận thông tin", "Portal has an access-to-information section"),
                ("Trang có chuyên mục Tiếp cận thông tin", "Site has an access-to-information section"),
            ),
            Figure(
                "regulation",
                "ati_regulation",
                (Kind.ACCESS,),
                (
                    "Có công bố quy chế nội bộ về cung cấp thông tin",
                    "Internal regulation on providing information is published",
                ),
                languages=("vi",),
            ),
        ),
        column="ati_section",
    ),
    Indicator(
        Kind.WEB_FORM,
        ("Biểu mẫu", "Web form"),
        (
            "writable_form",
            ("biểu mẫu người dân điền được: {category}", "form that citizens can write into, {category}"),
        ),
        WRITABLE_FORM,
        settled=(WRITABLE_FORM,),
        categories={
            "ask": ("biểu mẫu gửi câu hỏi", "form to ask"),
            "contact": ("biểu mẫu liên hệ", "contact form"),
            "search": ("ô tìm kiếm", "search box"),
            "comment": ("ô bình luận dưới bài viết", "comments on an article"),
            "consultation": ("góp ý dự thảo", "opinions on a draft"),
        },
        column="has_web_form",
    ),
    Indicator(
        Kind.BUDGET,
        ("Công khai ngân sách", "Budget publication"),
        ("budget_publication", ("công khai ngân sách: {category}", "budget publication, {category}")),
        # A label without a document is no publication, nor is the budget of the agency's own office.
        frozenset({"section", "documents"}),
        settled=tuple(frozenset({category}) for category in ("section", *BUDGET_TYPES)),
        categories={
            "section": ("chuyên mục", "section"),
            "empty_section": ("chuyên mục trống", "empty section"),
            "own_office": ("ngân sách của chính cơ quan", "budget of the office itself"),
            "documents": ("tài liệu ngân sách ngoài chuyên mục", "budget documents outside a section"),
        },
        figures=(
            Figure(
                "budget",
                "budget_section",
                (Kind.BUDGET,),
                (
                    "Có chuyên mục công khai ngân sách kèm tài liệu, trên cổng hoặc trang của Sở Tài chính",
                    "Budget section with documents, on the portal or the finance department's site",
                ),
                ("Có chuyên mục công khai ngân sách kèm tài liệu", "Budget section with documents"),
            ),
        ),
        column="budget_section",
        of_departments=True,
    ),
)
BY_KIND = {indicator.kind: indicator for indicator in INDICATORS}


def rules_mark(sought: Iterable[Indicator]) -> str:
    """Return the names of indicators with the sources of their rules: what other rules read must be read again."""
    return "; ".join(f"{one.kind} {one.source}" for one in sought)


def names(sought: Iterable[Indicator]) -> tuple[str, ...]:
    """Return the names of indicators, in their order."""
    return tuple(indicator.kind for indicator in sought)


# The reason "found" of an indicator that a study declares itself, and the categories of what its words find.
DECLARED = ("declared", ("thấy trên trang: {category}", "seen on a page: {category}"))
DECLARED_CATEGORIES: Mapping[str, Words] = {
    "page": ("có đủ lời đã khai báo", "page with the declared words"),
    "not_enough": (
        "chỉ có tên gọi, không có nội dung đã khai báo",
        "page of that name without the declared words",
    ),
}
# The reasons of an indicator that is measured of the whole site, and the categories of its results.
MEASURED = ("measured", ("đo được: {category}", "measured: {category}"))
NOT_MEASURED = ("not_measured", ("không đo được: {category}", "not measured: {category}"))
MEASURED_CATEGORIES: Mapping[str, Words] = {
    "https_enforced": ("chỉ truy cập qua https, có HSTS", "https alone, with HSTS"),
    "plain_http": ("trang chủ mở qua http", "home page over http"),
    "bad_certificate": ("chứng thư không hợp lệ", "certificate not valid"),
    "no_hsts": ("không có tiêu đề HSTS", "no HSTS header"),
    "https_not_enforced": ("http không chuyển sang https", "http does not lead to https"),
    "told_missing": ("báo không có trang (404)", "told as missing (404)"),
    "missing_told_in_words_only": (
        "chỉ báo bằng lời, mã trạng thái là 200", "told in words only, with the status of a page"
    ),
    "missing_shown_as_page": ("địa chỉ không có vẫn mở ra trang", "a page is shown where there is none"),
    "missing_told_otherwise": ("báo bằng mã khác 404", "told by another status than 404"),
    "title_found": ("tìm thấy tiêu đề", "the title is found"),
    "title_not_found": ("không tìm thấy tiêu đề", "the title is not found"),
    "title_listed_anyway": ("hỏi gì cũng hiện như nhau", "listed whatever is asked for"),
    "search_fails": ("chức năng tìm kiếm không hoạt động", "the search does not work"),
    "file_with_contact": ("có tệp với địa chỉ liên hệ", "file with a contact"),
    "no_file": ("không có tệp", "no such file"),
    "file_without_contact": ("tệp không có địa chỉ liên hệ", "file without a contact"),
    "file_without_expiry": ("tệp không ghi thời hạn", "file without a day of expiry"),
    "file_expired": ("tệp đã hết hạn", "file has expired"),
    "made_for_small_screens": ("xem được trên màn hình nhỏ", "made for small screens"),
    "not_for_small_screens": ("không dành cho màn hình nhỏ", "not made for small screens"),
    "no_serious_violation": ("không có lỗi nghiêm trọng", "no serious fault"),
    "serious_violations": ("có lỗi nghiêm trọng", "serious faults"),
    "not_shown_by_a_browser": ("không có trình duyệt để xem", "no browser showed it"),
    "links_tell": ("liên kết nói rõ dẫn đến đâu", "links say where they lead"),
    "links_do_not_tell": ("nhiều liên kết không nói rõ", "many links do not say where they lead"),
    "site_not_seen": ("không xem được trang", "the site was not seen"),
    "not_asked": ("chưa hỏi", "not asked"),
    "no_answer": ("không có câu trả lời dùng được", "no answer that decides"),
    "no_search_link": ("trang không dẫn tới tìm kiếm bằng liên kết", "no link to a search"),
    "redirect_not_followed": ("chuyển hướng, chưa theo", "a redirect that was not followed"),
}  # fmt: skip
# Names that a column or a line of the tables has already.
RESERVED = frozenset({*(figure.name for one in INDICATORS for figure in one.figures), "replied", "human"})
_NAME = linear(r"[a-z][a-z0-9_]{1,39}")


def is_name(text: str) -> bool:
    """Return True if an indicator that is none of POBI's can have this name.

    >>> is_name("complaints"), is_name("Complaints"), is_name("regulation")
    (True, False, False)
    """
    return _NAME.fullmatch(text) is not None and text not in RESERVED | BY_KIND.keys()


def column_of(name: str) -> str:
    """Return the column of the view `participation` with the state of an indicator."""
    return BY_KIND[name].column if name in BY_KIND else f"has_{name}"


def figures_of(name: str, label: Words) -> tuple[Figure, ...]:
    """Return the lines of the view `headline` of an indicator; of one that is none of POBI's one line, its label."""
    return BY_KIND[name].figures if name in BY_KIND else (Figure(name, column_of(name), (name,), label),)
