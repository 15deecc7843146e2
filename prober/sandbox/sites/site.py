"""Represent one site: its pages, their addresses, and how a requested target is resolved."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode

from prober.sandbox.plot.corpus import texts
from prober.sandbox.plot.site_roles import Role
from prober.sandbox.sites.content import PER_PAGE, QUESTIONS_PER_PAGE, Content
from prober.sandbox.sites.slugs import slug_of
from prober.sandbox.sites.url_schemes import SCHEMES, written

# Parameters that never change what is shown.
_NOISE = ("PHPSESSID", "jsessionid", "sid", "utm_source", "utm_medium", "fbclid", "gclid", "p_p_auth")


class Key(NamedTuple):
    """A page of a site, whatever its address: kind, number of the item or list, page of the list."""

    kind: str
    n: int = 0
    page: int = 1


# Kind of a single page → label in the menu; the slug comes from the label.
LABELS = {
    "about": "Giới thiệu chung",
    "organisation": "Cơ cấu tổ chức",
    "departments": "Sở, ban, ngành",
    "documents": "Văn bản pháp luật",
    "budget": "Công khai ngân sách",
    "contact": "Liên hệ",
    "sitemap": "Sơ đồ cổng",
    "search": "Tìm kiếm",
    "schedule": "Lịch công tác",
    "procedures": "Thủ tục hành chính",
    "access": "Tiếp cận thông tin",
    "login": "Đăng nhập",
    "statistics": "Số liệu thống kê",
    "english": "English",
}
QA_LABELS = (
    "Hỏi đáp",
    "Hỏi - Đáp",
    "Hỏi đáp trực tuyến",
    "Công dân hỏi - Cơ quan trả lời",
    "Trả lời công dân",
    "Giải đáp thắc mắc",
)


@dataclass(frozen=True)
class Site:
    """A role with its content, and every address that it serves."""

    role: Role
    content: Content
    finance_url: str  # of the province's Department of Finance

    @property
    def qa_label(self) -> str:
        if self.role.level in (0, 1) or "dropped-letters" in self.role.quirks or "iframe-qa" in self.role.quirks:
            return "Hỏi đáp"
        return QA_LABELS[len(self.role.official + self.role.host) % len(QA_LABELS)]

    @property
    def name(self) -> str:
        if self.role.portal:
            return f"Cổng thông tin điện tử {self.content.place.full}"
        return self.body

    @property
    def body(self) -> str:
        """Return the body that answers for the site."""
        full = self.content.place.full
        return f"Ủy ban nhân dân {full}" if self.role.portal else f"Sở Tài chính {full}"

    @property
    def slogan(self) -> str:
        if self.role.portal:
            return "Công khai - Minh bạch - Phục vụ nhân dân"
        return f"Ủy ban nhân dân {self.content.place.full}"

    @property
    def origin(self) -> str:
        scheme = "http" if "bad-tls-http-works" in self.role.quirks else "https"
        return f"{scheme}://{self.role.host}"

    @property
    def phone(self) -> str:
        """Return a number of the exchange 3000, which only simulated bodies have."""
        code = int(self.role.agency.code)
        return f"0{code + 200}.3000.{100 + code}"

    @property
    def address(self) -> str:
        at, street = self.content.place, "Trung tâm hành chính" if self.role.portal else "Khu liên cơ quan"
        return f"{street} (mô phỏng), {at.seat}, {at.full}"

    @cached_property
    def vendor(self) -> dict[str, str]:
        every = texts("bodies")["vendors"]
        name, host, user = every[len(self.role.host) % len(every)]
        return {"name": name, "host": host, "mail": f"{user}@{host}"}

    @cached_property
    def neighbours(self) -> list[dict[str, Any]]:
        """Return the departments of the province with their sites, the Department of Finance at its real address."""
        made = []
        for code, label in texts("bodies")["departments"]:
            href = self.finance_url if code == "stc" else f"https://{code}.{self.role.domain}/"
            made.append({"label": label, "href": href, "children": [], "new": True})
        return made

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of single pages that exist here."""
        role = self.role
        if "two-pages" in role.quirks:
            return ("contact",)
        have = [
            "about",
            "organisation",
            "documents",
            "contact",
            "sitemap",
            "search",
            "schedule",
            "procedures",
            "english",
        ]
        have += ["departments", "statistics"] if role.portal else ["budget"]
        have += ["access"] if role.access else []
        have += ["login"] if "login-label" in role.quirks else []
        return tuple(have)

    @cached_property
    def addresses(self) -> dict[Key, str]:
        return dict(self._addresses())

    @cached_property
    def keys(self) -> dict[str, Key]:
        """Return canonical target → page."""
        return {canonical(target): key for key, target in self.addresses.items()}

    def link(self, kind: str, n: int = 0, page: int = 1) -> str:
        """Return the address in the form used in a page, with a session id where the site has one."""
        target = self.addresses[Key(kind, n, page)]
        if "jsessionid" in self.role.quirks:
            path, mark, query = target.partition("?")
            return f"{path};jsessionid={self.session}{mark}{query}"
        if "phpsessid" in self.role.quirks:
            return f"{target}{'&' if '?' in target else '?'}PHPSESSID={self.session.lower()[:26]}"
        return target

    @cached_property
    def session(self) -> str:
        digest = slug_of(self.role.host).encode().hex().upper()
        return (digest * 2)[:32]

    def find(self, target: str) -> Key | None:
        """Return the page of a requested target, or None."""
        wanted = canonical(target)
        if wanted in self.keys:
            return self.keys[wanted]
        path = wanted.partition("?")[0]
        return self.keys.get(path) or self.keys.get(path.rstrip("/")) or self.keys.get(f"{path}/")

    def _addresses(self) -> Iterator[tuple[Key, str]]:
        scheme, lost = SCHEMES[self.role.technology], self.role.lost_letters
        yield Key("home"), "/" if self.role.quirks & {"meta-refresh", "frames"} else scheme.home
        for kind in self.kinds:
            yield Key(kind), written(scheme.page, slug_of(LABELS[kind], lost) if kind != "english" else "en")
        if "two-pages" in self.role.quirks:
            return
        yield from self._lists("category", [slug for slug, _ in self.content.categories])
        for article in self.content.articles:
            section = self.content.categories[article.category][0]
            day = article.published
            yield (
                Key("article", article.number),
                written(scheme.article, article.slug, n=article.number, section=section, day=day),
            )
            yield Key("print", article.number), f"/in-bai/{article.number}"
        if self.role.level and "delegated" not in self.role.quirks:
            yield from self._questions(slug_of(self.qa_label, lost))
        for document in self.content.documents + self.content.budget:
            slug, day = document.slug, document.issued
            yield Key("pdf", document.number), written(scheme.file, slug, n=document.number, day=day)
        if self.role.regulation:
            yield Key("pdf", 1), written(scheme.file, "quy-che-cung-cap-thong-tin", n=1)
        if self.role.access:
            yield Key("pdf", 2), written(scheme.file, "mau-so-01a-phieu-yeu-cau-cung-cap-thong-tin", n=2)
        if self.role.list_suffix:
            path = written(scheme.file, "danh-ba-hop-thu-cong-vu", n=3, day=self.content.today)
            yield Key("mailboxes"), path.replace(".pdf", f".{self.role.list_suffix}")
        yield from self._extras()

    def _lists(self, kind: str, slugs: list[str]) -> Iterator[tuple[Key, str]]:
        scheme = SCHEMES[self.role.technology]
        for number, slug in enumerate(slugs):
            yield Key(kind, number), written(scheme.page, slug)
            for page in range(2, ceil(len(self.content.of_category(number)) / PER_PAGE) + 1):
                yield Key(kind, number, page), written(scheme.next, slug, page=page)

    def _questions(self, slug: str) -> Iterator[tuple[Key, str]]:
        scheme = SCHEMES[self.role.technology]
        yield Key("qa"), written(scheme.page, slug)
        if "iframe-qa" in self.role.quirks:  # the rest is on the framed host
            return
        for page in range(2, ceil(len(self.content.questions) / QUESTIONS_PER_PAGE) + 1):
            yield Key("qa", 0, page), written(scheme.next, slug, page=page)
        for question in self.content.questions:
            yield (
                Key("question", question.number),
                written(scheme.question, question.slug, n=question.number, section=slug),
            )
        if self.role.level >= 3:
            yield Key("ask"), written(scheme.page, slug_of("Gửi câu hỏi", self.role.lost_letters))

    def _extras(self) -> Iterator[tuple[Key, str]]:
        scheme = SCHEMES[self.role.technology]
        yield Key("rss"), "/rss/tin-moi.xml"
        if "meta-refresh" in self.role.quirks:
            yield Key("start"), scheme.home
        if "frames" in self.role.quirks:
            yield Key("frame-menu"), "/khung-tren.html"
            yield Key("frame-main"), "/khung-chinh.html"
        for quirk, slug in (("five-megabytes", "cong-bao-toan-van"), ("bomb", "du-lieu-mo")):
            if quirk in self.role.quirks:
                yield Key(quirk), written(scheme.page, slug)


def canonical(target: str) -> str:
    """Return path and query without session ids and tracking, parameters in order, percent-encoding undone."""
    path, _, query = target.partition("#")[0].partition("?")
    path = path.partition(";")[0]
    pairs = sorted((key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key not in _NOISE)
    return unquote(path) + (f"?{urlencode(pairs)}" if pairs else "")
