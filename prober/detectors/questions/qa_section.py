"""Find the Q&A section, with the level 0–5 that its page shows (docs/reference/wording.md#levels).

0 none · 1 a label, a dead link or an empty shell · 2 published questions and answers, or an FAQ, without a form ·
3 a form without published answers · 4 both · 5 both, and an answer in the twelve months before the page was fetched.

The level is decided by the page itself, never by a menu label: a link alone is level 1, a candidate for the crawler.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import ClassVar

from prober.detectors.articles import is_article
from prober.detectors.body import Body
from prober.detectors.email.other_bodies import ANOTHER, whose
from prober.detectors.link_promises import LinkPromises, leads_home, named_in_frame, promises, urlsplit_path
from prober.detectors.questions.threads import own_threads, status_dates, status_rows, threads
from prober.detectors.web_form import ask_form, embedded_form, forms, in_frame
from prober.domain.finding import Finding, State
from prober.domain.hostnames import bare, host_of, registrable
from prober.domain.indicator import Kind
from prober.domain.pages.elements import Link, address
from prober.domain.pages.page import Block, Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import fold, key
from prober.text.words import FORMLESS, Words

VERSION = "16"
CANDIDATE = 0.5  # promise from which a link or heading names a Q&A section
DEAD_LINK = "dead_link"  # a label that leads nowhere, or back to the home page
ACTIVE = timedelta(days=365)
MOST_CANDIDATES = 12
MANY_QUESTIONS = 10  # lines that ask, which make a page named for dialogue of any kind a Q&A section
_FEW_ANSWERS = 2  # on a page that is titled by letters of any kind, which make it a section
MANY_ANSWERS = 3  # below a heading that names questions, which make a section of a part of a page
MANY_BOXES = 3  # a page with so many h1 uses them as headings of boxes
_TITLE_PARTS = linear(r"\s(?:[|–—»>-]|::)\s|(?<!\s)\s*[|»>]\s*|[|»>]\s*")
_LONGEST_END = 6  # words of a name behind that of the site
_TERM = linear(r":\s*[\"“«][^\"“”«»]*[\"”»]")  # what was searched for, in the heading of the results
_SEARCH = linear(r"[?&](?:q|s|key|keywords?|search\w*|tu-?khoa|text|query)=", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class SectionWords:
    """Hold the words of a Q&A section, from the packs."""

    TABLE: ClassVar = "qa_section"
    faq: re.Pattern[str]
    procedures: re.Pattern[str]
    budget: re.Pattern[str]
    empty: re.Pattern[str]
    login: re.Pattern[str]
    province_host: re.Pattern[str]  # a department that links there has no section of its own
    chatbot: re.Pattern[str]
    question_line: re.Pattern[str]
    answers: tuple[str, ...]  # without one of these nothing is answered
    published: tuple[str, ...]  # names answers below a heading
    asking: tuple[str, ...]  # in a line that asks without a question mark
    login_hints: tuple[str, ...]  # without one of these no login is asked for
    login_labels: tuple[str, ...]  # in the label of a link that leads to a login


def _marks(page: Page) -> SectionWords:
    return page.words.table(SectionWords)


def qa(page: Page, body: Body) -> list[Finding]:
    """Return the page's own section, if it is one, and the sections to which it links, as candidates of level 1."""
    found = _own_section(page, body)
    own = {finding.value for finding in found}
    found += [
        finding for finding in _candidates(page, body) if finding.value not in own or finding.category != "general"
    ]
    return found


def _own_section(page: Page, body: Body) -> list[Finding]:
    heading = _heading(page) or _heading_of_answers(page, body)
    if heading is None and not any(word in page.folded for word in _marks(page).answers):
        return []
    form = ask_form(page) is not None or (heading is not None and _asks_otherwise(page))
    published = own_threads(page, body)
    others = len(published) < len(threads(page, body))  # lines of the page may be theirs
    answered = [thread for thread in published if thread.answered]
    marked = [thread for thread in answered if thread.marked]
    if (heading is None and not (form and marked) or _is_news(page, heading)) and len(marked) < 3:
        return []
    rows, lines = (0, 0) if others else (status_rows(page), question_lines(page))
    named = fold(f"{page.title} {heading[0]} {urlsplit_path(page.url)}") if heading else fold(page.title)
    shown = len(answered) or rows
    seen = [found for thread in answered if (found := thread.answered_on or thread.asked_on)]
    dated = seen or (() if others else status_dates(page))
    newest = max((found for found in dated if found <= page.fetched_at.date()), default=None)
    level = _level(form, shown, lines, newest, page.fetched_at.date())
    login = level < 3 and _asks_for_login(page)
    scope = _scope(_marks(page), named, form)
    # "hoidap.camau.gov.vn" is the province's, "hoidap.stc.camau.gov.vn" is not.
    provinces = body.department is not None and _marks(page).province_host.fullmatch(_below_domain(page.host))
    category = "delegated" if provinces else "login" if login and level < 2 else scope
    detail = {
        "form": form,
        "published": shown,
        "newest": newest.isoformat() if newest else "",
        "requires_login": login,
        "scope": scope,
        "empty": not shown and bool(_marks(page).empty.search(page.folded)),
    }
    sure = 0.6 if level < 2 else 0.8 if heading is None else 0.95
    return [_finding(page, category, level, sure, heading or (page.title, None), detail)]


def _is_news(page: Page, heading: tuple[str, Block | None] | None) -> bool:
    """Return True for a piece of news with a heading like "Hỏi đáp về …", and no form to ask."""
    if heading is None or ask_form(page) is not None or named_in_frame(page):
        return False
    named = _own_title(page, heading[0])
    return is_article(page) or (named.count(" ") > 6 and not promises(page).names_section(named))


def _asks_otherwise(page: Page) -> bool:
    """Return True if a page named as Q&A has a contact form in its main part, or one of a form service in a frame."""
    return embedded_form(page) or any(form.purpose == "contact" and not in_frame(form.node) for form in forms(page))


def _finding(
    page: Page, category: str, level: int, sure: float, heading: tuple[str, Block | None], detail: dict[str, object]
) -> Finding:
    snippet, block = heading
    selector = css_path(block.node) if block is not None else ""
    return Finding(
        Kind.QA, category, page.url, State.FOUND, level, sure, snippet[:300], selector, page.url,
        "qa", VERSION, detail,
    )  # fmt: skip


def _level(form: bool, answers: int, questions: int, newest: date | None, today: date) -> int:
    """Return the level 1–5 of a section.

    `answers` counts published answers; `questions` counts lines that look like questions, whose answers may be on their
    own pages.
    """
    if form and answers:
        return 5 if newest and newest >= today - ACTIVE else 4
    if form:
        return 3
    return 2 if answers or questions >= 3 else 1


def _scope(marks: SectionWords, named: str, form: bool) -> str:
    if marks.faq.search(named) and not form:
        return "faq"
    if marks.procedures.search(named):
        return "admin_procedures"
    return "budget" if marks.budget.search(named) else "general"


def _heading(page: Page) -> tuple[str, Block | None] | None:
    """Return the words that name the page a Q&A page, and their block if any: title, heading, or address."""
    if _promise(page, title := _own_title(page, page.title)) >= CANDIDATE:
        return title, None  # the rest of the title may be a question and the name of its author
    # Boxes on a home page have headings (h3 and below, or an h1 each as in Liferay); only the page's own one counts.
    boxes = sum(block.tag == "h1" for block in page.headings) >= MANY_BOXES
    for block in page.headings:
        own = (
            block.tag in ("h1", "h2") and block.place in ("main", "header") and _promise(page, block.text) >= CANDIDATE
        )
        if own and (
            ask_form(page)
            or not boxes
            and (block.tag == "h1" or any(word in page.folded for word in _marks(page).published))
        ):
            return block.text, block
    if _promise_of_path(page, page.url) >= CANDIDATE:
        return page.title or page.url, None
    if ask_form(page):
        for block in page.blocks:
            if block.place == "main" and len(block.text) < 60 and _promise(page, block.text) >= CANDIDATE:
                return block.text, block
    if _promise(page, title) >= FORMLESS and question_lines(page) >= MANY_QUESTIONS:
        return title, None
    return None


def _heading_of_answers(page: Page, body: Body) -> tuple[str, Block | None] | None:
    """Return what names a page that answers questions: a title for letters of any kind, or a heading further down.

    A page of "ý kiến công dân" is a section where it shows answers; below a heading on a page of another name there
    are several.
    """
    title = _own_title(page, page.title)
    if _promise(page, title) >= FORMLESS and max(_answers(page, body, marked=True), status_rows(page)) >= _FEW_ANSWERS:
        return title, None
    heads = (block for block in page.headings if block.tag in ("h2", "h3") and block.place == "main")
    named = next((block for block in heads if _promise(page, block.text) >= CANDIDATE), None)
    if named is None or _answers(page, body) < MANY_ANSWERS:
        return None
    return named.text, named


def _answers(page: Page, body: Body, *, marked: bool = False) -> int:
    return sum(thread.answered and (thread.marked or not marked) for thread in own_threads(page, body))


def _promise(page: Page, text: str) -> float:
    return promises(page).text_of(Kind.QA, _TERM.sub("", text))


def _own_title(page: Page, title: str) -> str:
    """Return the part of a title that names the page: before the name of the site, or after it (DotNetNuke, Joomla)."""
    first, *rest = _TITLE_PARTS.split(title)
    after = bool(rest) and rest[-1].count(" ") < _LONGEST_END and _promise(page, rest[-1]) > _promise(page, first)
    return rest[-1] if after else first


def _promise_of_path(page: Page, url: str) -> float:
    if _SEARCH.search(url):  # words in a search address are search terms, no name of the page
        return 0.0
    return promises(page).path_of(Kind.QA, url)


def _asks_for_login(page: Page) -> bool:
    """Return True if the main part says that asking needs a login; a login link in the header does not mean that."""
    if not any(hint in page.folded for hint in _marks(page).login_hints):
        return False
    lines = zip(page.blocks, page.folded_lines, strict=True)
    return any(block.place == "main" and _marks(page).login.search(words) is not None for block, words in lines)


@lru_cache(maxsize=1)  # asked for twice for the same page
def question_lines(page: Page) -> int:
    """Return the number of lines in the main part, or of links there, that look like a citizen's question."""
    lines, marks = zip(page.blocks, page.folded_lines, strict=True), _marks(page)
    asked = sum(1 for block, words in lines if block.place == "main" and _asks(marks, words))
    topics = {link.url for link in page.links if link.place == "main" and link.text.endswith("?") and not link.dead}
    return max(asked, len(topics))


def _asks(marks: SectionWords, words: str) -> bool:
    if not words.endswith("?") and not any(word in words for word in marks.asking):
        return False
    shortest = 5 if words.endswith("?") else 20
    return shortest < len(words) < 400 and bool(marks.question_line.search(words))


def _candidates(page: Page, body: Body) -> list[Finding]:
    found: dict[tuple[str, str], Finding] = {}
    for link in page.links:
        category = _link_category(page, body, link)
        dead = bool(category) and (link.dead or leads_home(link, page))
        # A dead link "FAQs" is left from the theme of the site.
        if not category or (category == "faq" and dead):
            continue
        if dead and category != "chatbot":
            category = DEAD_LINK
        value = address(link.url) if not dead else page.url
        detail = {"href": link.href, "place": link.place, "dead": dead}
        finding = Finding(
            Kind.QA,
            category,
            value,
            State.FOUND,
            1,
            0.2 if dead else 0.4,
            link.text[:300],
            "",
            page.url,
            "qa",
            VERSION,
            detail,
        )
        found.setdefault((category, value), finding)
        if len(found) >= MOST_CANDIDATES:
            break
    return list(found.values())


def _link_category(page: Page, body: Body, link: Link) -> str:
    label = promises(page).section_label(link) if link.heading else link.text
    category = _category_of_text(page.words, label)
    if not category or category == "chatbot":
        return category
    if link.place == "main" and _is_headline(promises(page), label):
        return ""
    return "delegated" if not link.dead and _elsewhere(page, body, host_of(link.url), label) else category


def _elsewhere(page: Page, body: Body, host: str, label: str) -> bool:
    """Return True if a section at `host` is another body's, by its address or by its label.

    hoidap.<province> is the portal's, not a department's; "Hỏi đáp của thành phố" is not a ward's.
    """
    if not host or bare(host) == bare(page.host):
        return False
    if whose(label.lower(), page, body) == ANOTHER:
        return True
    if host.endswith(f".{bare(page.host)}") and _below_domain(bare(page.host)):
        return False
    own = not body.department and registrable(host) == registrable(page.host)
    return promises(page).delegated(host) or not own


def _below_domain(host: str) -> str:
    """Return the labels of a host before its registrable domain, with the dot: "www.stc." of "www.stc.camau.gov.vn"."""
    return host.removesuffix(registrable(host))


@lru_cache(maxsize=8192)
def _category_of_text(said: Words, text: str) -> str:
    """Return the category of the section that a label names, or ""."""
    words, marks = _label(text), said.table(SectionWords)
    if words and len(words) < 60 and marks.chatbot.search(words):
        return "chatbot"
    if said.made(LinkPromises).text_of(Kind.QA, text) < CANDIDATE or any(word in words for word in marks.login_labels):
        return ""
    return "faq" if marks.faq.search(words) else "admin_procedures" if marks.procedures.search(words) else "general"


def _label(text: str) -> str:
    return fold(key(text))


def _is_headline(links: LinkPromises, text: str) -> bool:
    """Return True for the title of an article or a question, as "Hỏi đáp về mức đóng bảo hiểm y tế mới"."""
    return text.rstrip().endswith(("?", "…", "...")) or (_label(text).count(" ") > 6 and not links.names_section(text))
