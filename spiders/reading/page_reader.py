"""Read a page into a PageReading. Pure: the same bytes give the same value."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborNode

from prober.detectors.body import Body
from prober.detectors.departments import department_sites, of_another
from prober.detectors.detection import detect
from prober.detectors.link_promises import FRAME, LinkPromises, among_sections
from prober.detectors.look_list import looks
from prober.detectors.page_state.freshness import page_dates
from prober.detectors.page_state.obstacles import loading_blocks, needs_browser, obstacle, soft_404, writes_words
from prober.detectors.page_state.protections import described
from prober.detectors.questions.qa_section import ACTIVE, qa
from prober.detectors.questions.threads import own_threads, status_dates
from prober.detectors.web_form import in_frame
from prober.domain.finding import Finding
from prober.domain.hostnames import host_of
from prober.domain.indicator import Kind
from prober.domain.pages.elements import LONGEST_URL, Link, read_link, view
from prober.domain.pages.link_names import LONGEST_LABEL
from prober.domain.pages.page import RELATIONS, Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import decode
from prober.text.words import Words
from spiders.reading.document_offers import offers
from spiders.reading.page_reading import LinkReading, PageReading, PageSource, Pagination, Purpose, section_here
from spiders.reading.pagination import next_of_few, read_pagination
from spiders.reading.platforms import recognise
from spiders.reading.site_marks import site_marks, without_numbers

LINKS = 5_000  # most links of one page that are kept
LONGEST_TEXT = 400  # characters of a link's text that are kept; a longer one promises nothing
_MOST_CLICKED = 100  # elements with promising words that only a script opens, of one page
# Scripts that request data and use the answer, on a page that looks complete; a visitor counter does not match.
_ASKS = linear(r"\bfetch\(|\bXMLHttpRequest\b|\$\.(?:ajax|get|getJSON|post)\(|\baxios\b|\)\.load\(['\"]")
_READS = linear(
    r"\bresponse(?:Text|XML)?\b|\.json\(|\.then\(|\bawait\b|\.done\(|\bsuccess\b|\)\.load\(['\"]|"
    r"\$\.(?:get|getJSON|post)\((?:(?!\$\.(?:get|getJSON|post)\()[^;])*?(?:\bfunction\b|=>)"
)
_ASKING = ("fetch(", "XMLHttpRequest", "$.ajax(", "$.get(", "$.getJSON(", "$.post(", "axios", ").load(")
_BETWEEN_WORDS = linear(r"[-_/.]+")  # of a path
_ADDRESS = linear(r"(?:https?://)?[\w.-]{4,100}/[^\s<>\"']{1,300}")  # of a page, in a text
_DECLARED = linear(r"""(?i)<([^<>]{1,500})>[^<>]{0,200}?;\s{0,9}rel\s{0,9}=\s{0,9}["']?([\w :/.-]{1,100})""")
_MACHINE = linear(r"(?i)https?://(?:[^/?#@]{0,100}@)?(?:[\d.]{7,15}|\[[\da-f:.]+\]|[\w-]+)(?::\d*)?(?:[/?#]|$)")
_OTHERS = 5  # a page with more links of its own does not only forward its reader
_CLICKED = 'button, input[type="button" i], [role="link"], [role="button"], [role="menuitem"], [onclick], select'


def read_page(source: PageSource, body: Body) -> PageReading:
    """Return what a visit to the public body `body` needs to know of a page."""
    content, url, status, headers, fetched_at, rendered, purpose = source
    html = content if isinstance(content, str) else decode(content, headers.get("content-type", ""))
    page, home = Page(url, status, html, fetched_at, rendered, body.words), purpose == Purpose.HOME
    met = obstacle(page, headers, home) or of_another(page, body, home)
    why, loads, writes = needs_browser(page), not rendered and loads_data(page), writes_words(page)
    state = PageReading(
        url, status, rendered, page.title, len(page.text), text_mark(page), soft_404(page),
        met, described(met, page, headers) if met else "", why, loads,
        render_mark(page, why) if why or loads or writes else "", writes_words=writes, read_on=fetched_at.date(),
    )  # fmt: skip
    if met or status >= 400 or purpose == Purpose.STATE:
        return state
    if purpose == Purpose.QUESTIONS:
        return _questions(state, page, body, qa(page, body), always=True)
    links = (*_links(page, headers.get("link", ""), home), *_clicked(page))
    state = replace(state, links=links, refresh=_refresh(page))
    if purpose == Purpose.LINKS:
        return state
    found = detect(page, body)
    seen = _questions(state, page, body, found)
    return replace(
        seen, dates=page_dates(page), site=site_marks(page, body), looks=looks(page, body, found),
        sites=tuple(department_sites(page, body)), offers=tuple(offers(page)),
        platform=recognise(page).name if home else "", following="" if seen.in_section else next_of_few(page),
    )  # fmt: skip


def _questions(
    reading: PageReading, page: Page, body: Body, found: Sequence[Finding], always: bool = False
) -> PageReading:
    """Return `reading` with the findings, and the questions of a page of a Q&A section; `always`, of any page."""
    inside = section_here(page.url, found)
    rows = tuple(thread_rows(page, body)) if inside or always else ()
    return replace(
        reading, findings=tuple(found), in_section=inside, questions=rows,
        pagination=read_pagination(page) if rows else Pagination(),
        same_until=_same_until(page, found, rows) if inside or rows else date.max,
    )  # fmt: skip


def _same_until(page: Page, findings: Sequence[Finding], rows: Sequence[Mapping[str, Any]]) -> date:
    """Return the last day on which a page of questions gives the same findings as today.

    An active section is one no longer a year after its newest answer, and a date to come may become its newest.
    """
    today = page.fetched_at.date()
    newest = (f.detail.get("newest") for f in findings if f.kind == Kind.QA and f.level == 5)
    ends = [date.fromisoformat(day) + ACTIVE for day in newest if day]
    told = [date.fromisoformat(row[name]) for row in rows for name in ("asked_on", "answered_on") if row[name]]
    to_come = [day - timedelta(days=1) for day in (*told, *status_dates(page)) if day > today]
    return min((*ends, *to_come), default=date.max)


def thread_rows(page: Page, body: Body) -> Iterator[dict[str, Any]]:
    """Yield the rows of qa_thread for a page, without names and texts, and without those of other departments."""
    for thread in own_threads(page, body):
        yield {
            "url": thread.url, "key": thread.key, "asked_on": thread.asked_on and thread.asked_on.isoformat(),
            "answered_on": thread.answered_on and thread.answered_on.isoformat(),
            "answered": int(thread.answered), "unit": thread.unit, "topic": thread.topic, "page": page.url,
        }  # fmt: skip


def _links(page: Page, header: str, home: bool) -> tuple[LinkReading, ...]:
    host, words, here = page.host, page.words, page.url.partition("#")[0]
    found: dict[tuple[str, str], LinkReading] = {}
    listed = among_sections(page) if home else frozenset()
    for written in (*page.links, *_written(page), *_declared(page.url, header)):
        scripted = _opens_nothing(written, host) or (written.scripted and "#" not in written.url)
        link = written._replace(url=here, href="javascript:") if scripted else written
        if (link.url, link.text) not in found and (read := _link(link, host, words, written in listed)):
            found[link.url, link.text] = read
            if len(found) >= LINKS:
                break
    return tuple(found.values())


def _written(page: Page) -> Iterator[Link]:
    """Yield addresses of the page's own host that stand in its text, with the words before them."""
    for block in page.blocks:
        if page.host in block.text and (found := _ADDRESS.search(block.text)) and page.host in found[0]:
            address = found[0] if found[0].startswith("http") else f"http://{found[0]}"
            yield read_link(page.url, address, block.text.replace(found[0], " ").strip(" :"), block.place)


def _declared(url: str, header: str) -> Iterator[Link]:
    """Yield the sitemap and the sections of the site that the header `Link` of an answer names."""
    for declared in _DECLARED.finditer(header[:LONGEST_URL]):
        for name in sorted(RELATIONS.union(("sitemap",)).intersection(declared[2].lower().split()))[:1]:
            yield read_link(url, declared[1], "", "sitemap" if name == "sitemap" else "header", rel=name)


def _opens_nothing(link: Link, host: str) -> bool:
    """Return True if the address of a link is no page that can be asked for: of another protocol, of a machine without
    a public name, or longer than any."""
    if not link.url.startswith("http"):
        return link.url.startswith(("ftp:", "file:"))
    if link.url.partition("://")[2].startswith(f"{host}/") and len(link.url) <= LONGEST_URL:  # most links, and faster
        return False
    return len(link.url) > LONGEST_URL or (_MACHINE.match(link.url) is not None and host_of(link.url) != host)


@lru_cache(maxsize=32768)  # the menus of a site are on each of its pages
def _link(link: Link, host: str, words: Words, listed: bool) -> LinkReading | None:
    """Return what is read of a link on a page of `host`, or None if it cannot lead to a page."""
    if not link.url.startswith("http") or len(link.url) > LONGEST_URL or not host_of(link.url):
        return None
    promised, text = words.made(LinkPromises), link.text[:LONGEST_TEXT]
    if link.dead or link.scripted:
        said = tuple(promised.text(link.text, listed or link.place in FRAME)) if link.scripted else ()
        named = said or view(link.url)  # a view of an application is a page of the site, whatever its name
        return LinkReading(link.url, text, link.place, link.rel, said, scripted=True) if named else None
    promises = tuple(promised.link(link, host, listed))
    return LinkReading(link.url, text, link.place, link.rel, promises, bool(promised.text(link.text)))


def _clicked(page: Page) -> Iterator[LinkReading]:
    """Yield what is named by buttons and choices outside forms, and no link of the page: only a script opens it."""
    promised = page.words.made(LinkPromises)
    linked = {link.text.lower() for link in page.links if not link.dead and not link.scripted}
    choices = (part for node in page.tree.css(_CLICKED) for part in (node.css("option") or (node,)))
    for node in islice(choices, _MOST_CLICKED):
        text = " ".join((node.text(separator=" ") or node.attributes.get("value") or "").split())
        said = promised.text(text, listed=True) if text.count(" ") < LONGEST_LABEL else ()
        if said and text.lower() not in linked and not _in_form(node):
            linked.add(text.lower())
            place = "select" if node.tag == "option" else "menu" if in_frame(node) else "main"
            yield LinkReading(page.url.partition("#")[0], text, place, promises=tuple(said), scripted=True)


def _in_form(node: LexborNode) -> bool:
    above = node.parent
    while above is not None and above.tag != "form":
        above = above.parent
    return above is not None and above.css_first("textarea, input:not([type=hidden i])") is not None


def _refresh(page: Page) -> str:
    """Return the address to which a page without content of its own forwards, or ""."""
    target = next((link.url for link in page.links if link.place == "refresh"), "")
    others = [link for link in page.links if link.place != "refresh" and not link.dead] if target else []
    return target if len(others) <= _OTHERS else ""


def text_mark(page: Page) -> str:
    """Return a hash of the visible text without its numbers and the page's own address, which error pages repeat,
    also as words: "/hoi-dap" as "hoi dap".

    It is equal for all pages with the same text.
    """
    text, path = page.text, urlsplit(page.url).path
    words = _BETWEEN_WORDS.sub(" ", unquote(path)).strip()
    for own in sorted({page.url, path, unquote(path), path.strip("/"), words}, key=len, reverse=True):
        text = text.replace(own, "") if len(own) > 1 else text
    return hashlib.sha256(without_numbers(text)).hexdigest()


def loads_data(page: Page) -> bool:
    """Return True if an inline script of the page requests data from the server and uses the answer."""
    if not any(map(page.html.__contains__, _ASKING)):  # true for most, and faster than looking at each script
        return False
    scripts = (node.text() for node in page.tree.css("script:not([src])"))
    return any(_ASKS.search(script) and _READS.search(script) for script in scripts)


def render_mark(page: Page, why: str) -> str:
    """Return the mark of a page's kind: the reason `why` to render it, and a hash of its scripts and loading blocks."""
    scripts = {(node.attributes["src"] or "").partition("?")[0].strip() for node in page.tree.css("script[src]")}
    where = [css_path(block.node) for block in loading_blocks(page)]
    told = "\n".join((*sorted(scripts), *where))
    return f"{why or 'scripts that load data'}, {hashlib.sha256(told.encode()).hexdigest()[:12]}"
