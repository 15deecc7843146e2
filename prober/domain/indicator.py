"""Declare the indicators of a site: what is looked for, what makes it present, and what it is called.

Everything that asks "which indicators?" goes over the declarations of the study. INDICATORS are those of POBI.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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
class Indicator:
    """One indicator. Categories of findings that are named nowhere here never count.

    `proof` is the code of the reason "present" (prober.domain.reason) and its words, in which {category} stands for
    those of the category. Single values of `compared` categories are compared between scans: a crawl opens only some
    pages of a Q&A section and only some forms, so only their verdict is compared. Other things on a page (a vendor's
    address, a search box) are stored but never compared, since the coverage rule does not promise to find all of them.
    """

    kind: str  # its name
    name: Words
    proof: tuple[str, Words]
    counted: frozenset[str] | None  # one of these categories makes it present; None: any category
    settled: tuple[frozenset[str], ...] = ()  # one category of each is all that more pages could add; (): never settled
    compared: tuple[str, ...] = ()
    categories: Mapping[str, Words] = field(default_factory=dict)  # category → its words
    # Indicators of the view `headline` that its verdicts prove → the column of the view `participation` with its state.
    figures: Mapping[str, str] = field(default_factory=dict)
    of_finance: bool = False  # the site of the Department of Finance counts as well as the portal


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
        figures={"qa_and_email": "qa_and_email", "qa": "has_qa", "qa_form": "has_qa"},
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
        figures={"qa_and_email": "qa_and_email", "email": "has_email"},
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
        figures={"social": "has_social"},
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
            "list": ("danh mục thông tin", "list of information"),
            "regulation": ("quy chế", "regulation"),
            "focal_point": ("đầu mối cung cấp thông tin", "focal point"),
            "request_form": ("mẫu phiếu yêu cầu", "request form"),
        },
        figures={"access": "ati_section", "regulation": "ati_regulation"},
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
        figures={"budget": "budget_section"},
        of_finance=True,
    ),
)
BY_KIND = {indicator.kind: indicator for indicator in INDICATORS}


def names(sought: Iterable[Indicator]) -> tuple[str, ...]:
    """Return the names of indicators, in their order."""
    return tuple(indicator.kind for indicator in sought)
