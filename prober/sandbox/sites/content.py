"""Draw the content of one site from the seed: articles, questions, documents, whatever its technology."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from prober.sandbox.plot.corpus import SiteNames, headline, paragraphs, place, slots, texts
from prober.sandbox.plot.site_roles import Role
from prober.sandbox.sites.slugs import slug_of

CATEGORIES = {
    True: ("Tin tức - Sự kiện", "Chỉ đạo điều hành", "Kinh tế - Xã hội", "Văn hóa - Du lịch", "Thông báo"),
    False: ("Tin hoạt động", "Tin tài chính - ngân sách", "Quản lý giá - công sản", "Thông báo"),
}
PER_CATEGORY = 14
PER_PAGE = 7
QUESTIONS_PER_PAGE = 8
LONG_ARCHIVE = 12 * QUESTIONS_PER_PAGE - 3  # questions; the last page is not full
# Age in days of the newest text on a site that is no longer kept up.
SILENT_DAYS = {"frozen": 150, "abandoned": 900}


@dataclass(frozen=True, slots=True)
class Article:
    number: int
    topic: str
    title: str
    slug: str
    published: date
    category: int
    views: int


@dataclass(frozen=True, slots=True)
class Question:
    number: int
    title: str
    slug: str
    asker: str  # initials only
    unit: str
    asked: date
    answered: date | None
    ask: str
    answer: str


@dataclass(frozen=True, slots=True)
class SiteDocument:
    number: int
    code: str
    title: str
    issued: date
    slug: str


@dataclass(frozen=True, slots=True)
class Content:
    place: SiteNames
    today: date
    categories: tuple[tuple[str, str], ...]  # (slug, label)
    articles: tuple[Article, ...]
    questions: tuple[Question, ...]
    documents: tuple[SiteDocument, ...]
    budget: tuple[SiteDocument, ...]

    def of_category(self, number: int) -> list[Article]:
        return [article for article in self.articles if article.category == number]

    def body(self, article: Article) -> list[str]:
        rng = random.Random(f"{self.place.slug}:{article.number}:{article.title}")
        return paragraphs(self.place, article.topic, rng, article.published)


@cache
def content(role: Role, seed: int, today: date) -> Content:
    """Return everything that the site of `role` publishes on the simulated day `today`."""
    rng = random.Random(f"{seed}:{role.slug}:content")
    at = place(role.agency.province, role.agency.province_vi, role.agency.region)
    labels = CATEGORIES[role.portal]
    until = today - timedelta(days=next((SILENT_DAYS[quirk] for quirk in SILENT_DAYS if quirk in role.quirks), 0))
    return Content(
        place=at,
        today=today,
        categories=tuple((slug_of(label, role.lost_letters), label) for label in labels),
        articles=_articles(role, at, rng, until, len(labels)),
        questions=_questions(role, at, rng, until),
        documents=_documents(role, at, rng, until),
        budget=() if role.portal or "two-pages" in role.quirks else _budget(at, until),
    )


def with_questions_of(role: Role, said: Content, seed: int) -> Content:
    """Return the content of a site with the questions that it publishes in a changed role, and all else as it was."""
    return replace(said, questions=content(role, seed, said.today).questions)


def _articles(role: Role, at: SiteNames, rng: random.Random, today: date, categories: int) -> tuple[Article, ...]:
    newest = today - timedelta(days=1)
    seen: set[str] = set()
    slugs: set[str] = set()
    articles = []
    start = rng.randint(2_000, 60_000)
    for position in range(categories * PER_CATEGORY):
        published = newest - timedelta(days=position // 2 + rng.randint(0, 1))
        topic, title = headline(at, rng, published)
        while title in seen:
            topic, title = headline(at, rng, published)
        seen.add(title)
        number = start - position * 3
        slug = slug_of(title, role.lost_letters)[:70].strip("-")
        slug = slug if slug not in slugs else f"{slug}-{number}"
        slugs.add(slug)
        articles.append(Article(number, topic, title, slug, published, position % categories, rng.randint(40, 4_000)))
    return tuple(articles)


def _questions(role: Role, at: SiteNames, rng: random.Random, today: date) -> tuple[Question, ...]:
    """Draw published questions, with the newest answer by level: 5 within a year, 4 and 2 older, 3 none."""
    if role.level not in (2, 4, 5):
        return ()
    newest = rng.randint(6, 120) if role.level == 5 else rng.randint(420, 900)
    pool = texts("questions")["question"]
    units = texts("bodies")["finance_units"]
    start = rng.randint(100, 4_000)
    made, seen = [], set()
    published = rng.randint(18, 30)
    if "long-archive" in role.quirks:
        published = LONG_ARCHIVE
    for position in range(published):
        entry = pool[position % len(pool)]
        words = slots(at, rng, today - timedelta(days=newest)) | {"don_vi": entry["unit"]}
        title = entry["title"].format(**words)
        title = title if title not in seen else f"{title} (đợt {words['quy']}, lần {position})"
        seen.add(title)
        asked = today - timedelta(days=newest + position * rng.randint(9, 16) + 7)
        # The first question is answered: its date decides the level. About one in eight of the others waits.
        waiting = position > 0 and rng.random() < 0.12 and not role.answered_on
        answered = None if waiting else asked + timedelta(days=7 if position == 0 else rng.randint(3, 24))
        if role.answered_on:
            answered = role.answered_on - timedelta(days=position % 3)
        answer = "" if waiting else entry["answer"].format(**words)
        made.append(
            Question(
                start - position,
                title,
                f"{slug_of(title, role.lost_letters)[:60]}-{start - position}",
                _initials(rng),
                entry["unit"] if role.portal else rng.choice(units),
                asked,
                answered,
                entry["ask"].format(**words),
                answer,
            )  # fmt: skip
        )
    return tuple(made)


def _initials(rng: random.Random) -> str:
    return ".".join(rng.choice("ABCDHKLMNPQTV") for _ in range(3))


def _documents(role: Role, at: SiteNames, rng: random.Random, today: date) -> tuple[SiteDocument, ...]:
    titles = texts("bodies")["legal_documents"]
    office = "UBND" if role.portal else "STC"
    made = []
    for position, title in enumerate(titles):
        issued = today - timedelta(days=position * 9 + rng.randint(1, 8))
        code = f"{rng.randint(40, 2_900)}/{rng.choice(('QĐ', 'KH', 'CV'))}-{office}"
        words = title.format(**slots(at, rng, issued))
        made.append(
            SiteDocument(500 - position, code, words, issued, f"{slug_of(words)[:50].strip('-')}-{500 - position}")
        )
    return tuple(made)


def _budget(at: SiteNames, today: date) -> tuple[SiteDocument, ...]:
    """Return the seven document types of two years; of this year only those due by today."""
    made = []
    for year in range(today.year, today.year - 3, -1):
        for position, (slug, title) in enumerate(texts("bodies")["budget_documents"]):
            issued = _issued(position, year)
            if issued <= today and (year > today.year - 2 or slug == "quyet-toan"):
                words = title.format(tinh=at.full, nam=year)
                form = f"{_FORMS[position]}/CK-NSNN"
                made.append(SiteDocument(year * 10 + position, form, words, issued, f"{slug}-{year}"))
    return tuple(made)


# The first form of each of the seven types in Circular 343/2016/TT-BTC.
_FORMS = (33, 46, 59, 59, 59, 59, 62)


def _issued(position: int, year: int) -> date:
    """Return the customary date of one of the seven types, within the terms of Circular 343/2016/TT-BTC."""
    days = (
        (year - 1, 11, 28),
        (year, 1, 14),
        (year, 4, 10),
        (year, 7, 12),
        (year, 10, 11),
        (year + 1, 2, 20),
        (year + 1, 12, 30),
    )
    return date(*days[position])
