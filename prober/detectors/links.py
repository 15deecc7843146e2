"""How strongly a link promises what we look for. The frontier follows the best promise first.

The text decides before the address, and the address before the place: a menu label is what a person reads, while
addresses may be numbers, click counters, or have lost their accented letters (reference page on the registry,
"Slugs made by dropping accented letters"). A promise is never a finding; the page behind it is.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from prober.detectors.body import Body, governmental, host_of, registrable
from prober.finding import Kind
from prober.page import Link, Page
from prober.vietnamese import accented, fold, key, slugs

STRONG, MEDIUM, WEAK = 1.0, 0.6, 0.3

# Labels by strength: the tables of the reference page on wording, a1, a3 and a4. Keys, so with accents and single blanks.
QA_LABELS: dict[str, float] = {
    **dict.fromkeys(
        ("hỏi đáp", "hỏi và đáp", "giải đáp", "trả lời công dân", "trả lời bạn đọc", "trả lời người dân", "công dân hỏi", "bạn hỏi",
         "đặt câu hỏi", "gửi câu hỏi", "câu hỏi và trả lời", "câu hỏi câu trả lời", "hỏi trả lời", "hỏi và trả lời",
         "hộp thư hỏi đáp", "người dân hỏi", "trả lời câu hỏi", "câu hỏi của bạn", "danh sách câu hỏi", "hỏi đáp trực tuyến",
         "q&a", "questions and answers", "question and answer", "questions&answers", "question&answer", "ask a question", "ask us",
         "send a question", "ask question", "citizen questions"),
        STRONG,
    ),
    **dict.fromkeys(
        ("đối thoại", "giao lưu trực tuyến", "ý kiến công dân", "ý kiến cử tri", "ý kiến người dân", "tiếp nhận ý kiến", "góp ý",
         "phản ánh kiến nghị", "phản ánh và kiến nghị", "kiến nghị phản ánh", "kiến nghị", "pakn", "tương tác", "kênh tiếp nhận",
         "doanh nghiệp hỏi", "câu hỏi", "trả lời cử tri", "trả lời kiến nghị", "thắc mắc", "công dân", "feedback",
         "discussion", "diễn đàn", "tư vấn", "trao đổi"),
        MEDIUM * 0.8,
    ),
    **dict.fromkeys(
        ("câu hỏi thường gặp", "hỏi đáp thường gặp", "các câu hỏi thường gặp", "faq", "faqs", "frequently asked questions"), MEDIUM
    ),
    **dict.fromkeys(
        ("đường dây nóng", "hotline", "tiếp công dân", "lịch tiếp dân", "lấy ý kiến", "dự thảo văn bản", "tổng đài"), WEAK * 0.5
    ),
}  # fmt: skip
CONTACT_LABELS: dict[str, float] = {
    **dict.fromkeys(("liên hệ", "thông tin liên hệ", "địa chỉ liên hệ", "contact", "contact us", "contacts", "liên lạc"), STRONG),
    **dict.fromkeys(("danh bạ", "thư điện tử", "đường dây nóng", "hotline", "directory", "địa chỉ", "đầu mối liên hệ"), MEDIUM),
    **dict.fromkeys(
        ("giới thiệu", "sơ đồ tổ chức", "cơ cấu tổ chức", "bộ máy", "tổ chức bộ máy", "lãnh đạo", "phòng ban", "about", "about us",
         "introduction", "organization", "chức năng nhiệm vụ", "english", "tiếng anh", "ban biên tập"),
        WEAK,
    ),
}  # fmt: skip
ACCESS_LABELS: dict[str, float] = {
    **dict.fromkeys(
        ("tiếp cận thông tin", "quyền tiếp cận thông tin", "cung cấp thông tin", "yêu cầu cung cấp thông tin",
         "access to information", "information access", "freedom of information"),
        STRONG,
    ),
    **dict.fromkeys(("thông tin được công khai", "danh mục thông tin", "thông tin phải công khai", "phiếu yêu cầu"), MEDIUM),
    **dict.fromkeys(("công khai thông tin", "công khai minh bạch", "công khai", "công bố thông tin"), WEAK),
}  # fmt: skip
FORM_LABELS: dict[str, float] = {
    **dict.fromkeys(
        ("gửi câu hỏi", "đặt câu hỏi", "góp ý", "liên hệ", "hòm thư góp ý", "hộp thư góp ý", "gửi ý kiến", "phản ánh kiến nghị",
         "contact", "contact us", "feedback"),
        MEDIUM,
    ),
}  # fmt: skip
SOCIAL_LABELS: dict[str, float] = {
    **dict.fromkeys(
        ("fanpage", "mạng xã hội", "trang facebook", "kênh youtube", "zalo oa", "theo dõi chúng tôi"), WEAK
    ),
}
DEPARTMENT_LABELS = (
    "sở ban ngành", "các sở ban ngành", "sở ngành", "các sở ngành", "đơn vị trực thuộc", "cơ quan chuyên môn", "các cơ quan chuyên môn",
    "các đơn vị", "sở ban ngành huyện thị", "hệ thống chính trị", "liên kết website", "departments", "cơ quan đơn vị",
    "các sở", "tổ chức bộ máy", "cơ cấu tổ chức", "sơ đồ tổ chức",
)  # fmt: skip
LABELS: dict[Kind, dict[str, float]] = {
    Kind.QA: QA_LABELS,
    Kind.EMAIL: CONTACT_LABELS,
    Kind.ACCESS: ACCESS_LABELS,
    Kind.WEB_FORM: FORM_LABELS,
    Kind.SOCIAL: SOCIAL_LABELS,
}
# Slugs that are not made from a Vietnamese label.
_EXTRA_SLUGS: dict[Kind, dict[str, float]] = {
    Kind.QA: {
        "hoidap": STRONG, "hoi-dap": STRONG, "faq": MEDIUM, "faqs": MEDIUM, "qa": STRONG, "qna": STRONG, "question": MEDIUM,
        "questions": MEDIUM, "question-answers": STRONG, "question-answer": STRONG, "questionanswers": STRONG, "portalhoidapportlet": STRONG,
        "discussion-question": STRONG, "cau-hoi": MEDIUM, "cauhoi": MEDIUM, "gui-cau-hoi": STRONG, "dat-cau-hoi": STRONG,
        "gop-y": WEAK, "gopy": WEAK, "phan-anh-kien-nghi": WEAK, "pakn": WEAK, "traloi": WEAK, "giai-dap": STRONG, "doi-thoai": WEAK,
        "traodoi-hoidap": STRONG,
    },
    Kind.EMAIL: {"lien-he": STRONG, "lienhe": STRONG, "contact": STRONG, "contactus": STRONG, "danh-ba": MEDIUM, "danhba": MEDIUM,
                 "gioi-thieu": WEAK, "en": WEAK},
    Kind.ACCESS: {"tiep-can-thong-tin": STRONG, "tiepcanthongtin": STRONG, "cung-cap-thong-tin": STRONG, "cungcapthongtin": STRONG,
                  "tctt": WEAK},
    Kind.WEB_FORM: {"lien-he": MEDIUM, "lienhe": MEDIUM, "contact": MEDIUM, "gop-y": MEDIUM, "gopy": MEDIUM, "feedback": MEDIUM},
    Kind.SOCIAL: {},
}  # fmt: skip
_PLACE_FACTOR = {
    "menu": 1.0,
    "header": 1.0,
    "footer": 0.95,
    "main": 0.85,
    "aside": 0.9,
    "frame": 0.9,
    "refresh": 1.0,
    "select": 0.5,
}
# National systems that answer for everyone: a link to them is not the body's own section (a2).
_DELEGATED_HOST = re.compile(
    r"^(?:dichvucong|dvc|dichvucongquocgia|motcua|pakn|nguoidan|doanhnghiep|kiennghi|hoidap|1022|tongdai)\.|chinhphu\.vn$"
)
_NATIONAL_HOST = re.compile(r"(?:^|\.)(?:chinhphu\.vn|dichvucong\.gov\.vn|quochoi\.vn|moj\.gov\.vn|mof\.gov\.vn)$")
_CHATBOT = re.compile(r"\b(?:chat ?bot|trợ lý ảo|tro ly ao|virtual assistant)\b")
_LONGEST_LABEL = 9  # words; longer texts are headlines
_SKIP = re.compile(r"^(?:mailto|tel|javascript|data|skype|zalo|sms|whatsapp):", re.IGNORECASE)
_FILE = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z|jpe?g|png|gif|mp[34]|avi|wmv|exe|apk|css|js|ico|svg|xml|rss)$",
    re.IGNORECASE,
)


Promise = tuple[Kind, float]


def _phrases(tables: dict[Kind, dict[str, float]]) -> dict[str, list[Promise]]:
    """Label → what it promises. Found by looking up runs of words: fifty times faster than one pattern of all labels."""
    found: dict[str, list[Promise]] = {}
    for kind, labels in tables.items():
        for label, weight in labels.items():
            found.setdefault(label, []).append((kind, weight))
    return found


_PLAIN = _phrases(LABELS)
_FOLDED = _phrases({kind: {fold(label): weight for label, weight in labels.items()} for kind, labels in LABELS.items()})
_LONGEST_RUN = max(label.count(" ") for label in _PLAIN) + 1
_DEPARTMENTS = frozenset(DEPARTMENT_LABELS) | frozenset(map(fold, DEPARTMENT_LABELS))


def _runs(words: list[str], joint: str) -> Iterator[str]:
    """Every run of up to _LONGEST_RUN words."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + _LONGEST_RUN, len(words)) + 1):
            yield joint.join(words[start:end])


def _slug_table() -> dict[str, list[tuple[Kind, float, bool]]]:
    """Slug → (kind, weight, whether it must be a whole path step)."""
    table: dict[str, list[tuple[Kind, float, bool]]] = {}
    for kind, labels in LABELS.items():
        for label, weight in labels.items():
            for position, slug in enumerate(slugs(label)):
                if weight > WEAK or position < 2:
                    # Only the sound spellings may be part of a longer step: "hi-p" in "dich-vu-hi-p-tac" is chance.
                    table.setdefault(slug, []).append((kind, weight * (1.0 if position < 3 else 0.7), position > 2))
    for kind, extra in _EXTRA_SLUGS.items():
        for slug, weight in extra.items():
            table.setdefault(slug, []).append((kind, weight, len(slug) < 5))
    return table


_SLUGS = _slug_table()
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def score_link(link: Link, page: Page) -> list[tuple[Kind, float]]:
    """What a link promises, each in 0..1; empty for dead links, files, mail and telephone links, and headlines' chance words.

    `page` tells own hosts from foreign ones: a foreign government host keeps a fifth of its promise (a delegated
    section is worth a row, not a visit), any other foreign host has none.
    """
    if link.dead or _SKIP.match(link.href) or link.href.startswith("#"):
        return []
    path = urlsplit_path(link.url)
    if _FILE.search(path):
        return []
    scores = dict(text_promises(link.text))
    for kind, score in slug_promises(path):
        scores[kind] = max(scores.get(kind, 0.0), score * 0.9)
    factor = _PLACE_FACTOR.get(link.place, 0.85) * _host_factor(host_of(link.url), page.host)
    return [(kind, round(score * factor, 3)) for kind, score in scores.items() if score * factor >= 0.05]


@lru_cache(maxsize=8192)
def text_promises(text: str) -> tuple[tuple[Kind, float], ...]:
    """What a label promises. Long texts are headlines: they keep a quarter, and only of strong labels."""
    if not text or len(text) > 400:
        return ()
    words = key(text)
    if _CHATBOT.search(words):
        return ()
    parts = words.split(" ")
    scores: dict[Kind, float] = {}
    for table, run_of in ((_PLAIN, parts), (_FOLDED, [] if accented(words) else parts)):
        for run in _runs(run_of, " "):
            for kind, weight in table.get(run, ()):
                scores[kind] = max(scores.get(kind, 0.0), weight)
    factor = 1.0 if len(parts) <= _LONGEST_LABEL else 0.25
    return tuple((kind, weight * factor) for kind, weight in scores.items())


@lru_cache(maxsize=8192)
def slug_promises(path: str) -> tuple[tuple[Kind, float], ...]:
    """What the steps of a path promise; the last steps count like the first, long steps (articles) a quarter."""
    scores: dict[Kind, float] = {}
    for step in path.split("/"):
        name = _CAMEL.sub("-", unquote(step).rsplit(".", 1)[0] if "." in step[-6:] else unquote(step))
        slug = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")
        if not slug:
            continue
        factor = 0.25 if slug.count("-") >= _LONGEST_LABEL - 2 else 1.0
        for run in _runs(slug.split("-"), "-"):
            for kind, weight, only_whole in _SLUGS.get(run, ()):
                if run == slug or not only_whole:
                    scores[kind] = max(scores.get(kind, 0.0), weight * factor)
    return tuple(scores.items())


def promises_departments(link: Link) -> float:
    """How strongly a link promises the list of a province's departments (where the finance site's address stands)."""
    words = key(link.text)
    if not words or words.count(" ") >= _LONGEST_LABEL:
        return 0.0
    hit = any(run in _DEPARTMENTS for run in _runs(words.split(" "), " "))
    return _PLACE_FACTOR.get(link.place, 0.85) if hit else 0.0


def finance_sites(page: Page, body: Body) -> list[Link]:
    """Links of a page that lead to the site of the province's Department of Finance, the registry's proposals."""
    found = []
    for link in page.links:
        words = key(link.text)
        named = "sở tài chính" in words or words == "so tai chinh" or "department of finance" in words
        if named and words.count(" ") < 8 and not link.dead and not _SKIP.match(link.href):
            host = host_of(link.url)
            if body.owns(host) and (host != page.host or len(urlsplit_path(link.url)) > 1):
                found.append(link)
    return found


def delegated(host: str) -> bool:
    """Whether `host` is a national or provincial system that answers for many bodies (public service portal, 1022 …)."""
    return bool(_DELEGATED_HOST.search(host) or _NATIONAL_HOST.search(host))


def urlsplit_path(url: str) -> str:
    """Path of `url`, with the query words that name a page in some systems (`?module=hoidap`); "" for a broken one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    query = "/".join(re.split(r"[=&;]", parts.query)) if 0 < len(parts.query) < 300 else ""
    return f"{parts.path}/{query}" if query else parts.path


def _host_factor(host: str, own: str) -> float:
    if not host or host == own or _kin(host, own):
        return 0.4 if delegated(host) and host != own else 1.0
    return 0.2 if governmental(host) else 0.0


@lru_cache(maxsize=4096)
def _kin(host: str, own: str) -> bool:

    return registrable(host) == registrable(own)
