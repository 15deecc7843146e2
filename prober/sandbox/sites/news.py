"""Build the pages of news: start page, lists, articles, and addresses of other bodies in articles."""

from typing import Any
from urllib.parse import quote

from prober.sandbox.sites.content import PER_PAGE, Article
from prober.sandbox.sites.layout import headline_of
from prober.sandbox.sites.site import Key, Site

Values = dict[str, Any]


def _lead(site: Site, article: Article, full: bool = False) -> Values:
    body = site.content.body(article)
    return headline_of(site, article) | {"lead": body[0] if full else body[0][:180] + "…"}


def home(site: Site, key: Key, query: str) -> tuple[str, Values]:
    articles = site.content.articles
    blocks = [
        {
            "label": label,
            "href": site.link("category", n),
            "entries": [_lead(site, a) for a in site.content.of_category(n)[:4]],
        }
        for n, (_, label) in enumerate(site.content.categories[:4])
    ]
    shown = [] if "iframe-qa" in site.role.quirks else site.content.questions[:4]
    questions = [
        {"title": q.title, "href": site.link("question", q.number), "day": f"{q.asked:%d/%m/%Y}"} for q in shown
    ]
    return "home", {
        "title": "Trang chủ",
        "lead": _lead(site, articles[0], True),
        "running": [headline_of(site, a) for a in articles[1:5]],
        "blocks": blocks,
        "questions": questions,
        "tags": _tags(site) if "search-links" in site.role.quirks else [],
        "qa": {"label": site.qa_label, "href": site.link("qa") if questions else ""},
    }


def _tags(site: Site) -> list[Values]:
    """Return links to the site's search by word, as tag clouds do."""
    search = site.link("search")
    mark = "&" if "?" in search else "?"
    words = ("ngân sách", "giao thông nông thôn", "cải cách hành chính")
    return [{"label": word, "href": f"{search}{mark}q={quote(word)}"} for word in words]


def category(site: Site, key: Key, query: str) -> tuple[str, Values]:
    articles = site.content.of_category(key.n)
    shown = articles[(key.page - 1) * PER_PAGE : key.page * PER_PAGE]
    pages = [site.link("category", key.n, page) for page in range(1, -(-len(articles) // PER_PAGE) + 1)]
    label = site.content.categories[key.n][1]
    entries = [_lead(site, article) for article in shown]
    return "listing", {"title": label, "entries": entries, "pages": pages, "current": key.page}


def article(site: Site, key: Key, query: str) -> tuple[str, Values]:
    told = next(a for a in site.content.articles if a.number == key.n)
    body = site.content.body(told)
    related = [a for a in site.content.of_category(told.category) if a.number != told.number][:6]
    return "article", {
        **headline_of(site, told),
        "lead": body[0],
        "paragraphs": body[1:],
        "caption": f"Ảnh minh họa: {told.title}",
        "print": site.link("print", told.number),
        "share": quote(site.origin + site.link("article", told.number), safe=""),
        "note": _note(site, told.number),
        "author": "Ban Biên tập",
        "related": [headline_of(site, a) for a in related],
        "video": f"https://www.youtube.com/embed/mp{told.number}" if told.number % 9 == 0 else "",
    }


def _note(site: Site, number: int) -> str:
    """Return a sentence with the address of another body, in every fourth article; else ""."""
    if number % 4:
        return ""
    return (
        f"Bài, ảnh cộng tác xin gửi về tòa soạn Báo {site.content.place.name}: {newspaper(site)}.",
        "Mọi chi tiết xin liên hệ Ban Quản lý dự án, Bộ Kế hoạch và Đầu tư, email: duan@mpi.gov.test.",
    )[number // 4 % 2]


def newspaper(site: Site) -> str:
    return f"toasoan@bao{site.role.agency.province.replace('-', '')}.test"
