"""Read a page into a PageReading. Pure: the same bytes give the same value."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urlsplit

from prober.detectors.body import Body
from prober.detectors.departments import department_sites, list_promise, of_another
from prober.detectors.detection import detect
from prober.detectors.link_promises import FRAME, LinkPromises, among_sections
from prober.detectors.page_state.freshness import page_dates
from prober.detectors.page_state.obstacles import loading_blocks, needs_browser, obstacle, soft_404
from prober.detectors.page_state.protections import described
from prober.detectors.questions.qa_section import ACTIVE, qa
from prober.detectors.questions.threads import own_threads, status_dates
from prober.domain.elements import LONGEST_URL, Link, read_link, view
from prober.domain.finding import Failure, Finding
from prober.domain.hostnames import host_of
from prober.domain.indicator import Kind
from prober.domain.page import RELATIONS, Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import decode
from prober.text.words import Words
from spiders.reading.document_offers import offers
from spiders.reading.page_reading import (
    LINE,
    LinkReading,
    PageReading,
    PageSource,
    Pagination,
    Purpose,
    section_here,
)
from spiders.reading.pagination import next_of_few, read_pagination
from spiders.reading.platforms import recognise
from spiders.reading.site_marks import site_marks, without_numbers
from spiders.reading.unfilled import waits_for_script
from spiders.reading.unlinked import in_parameters, named_in_scripts, pictured, unlinked

LINKS = 5_000  # most links of one page that are kept
MOST_LINES = 400  # of a page that may have none of its own
LONGEST_TEXT = 400  # characters of a link's text that are kept; a longer one promises nothing
# Scripts that request data and use the answer, on a page that looks complete; a visitor counter does not match.
_ASKS = linear(r"\bfetch\(|\bXMLHttpRequest\b|\$\.(?:ajax|get|getJSON|post)\(|\baxios\b|\)\.load\(['\"]")
_ASKING = ("fetch(", "XMLHttpRequest", "$.ajax(", "$.get(", "$.getJSON(", "$.post(", "axios", ").load(")
# Every form of _READS has one of these.
_READING = ("response", ".json(", ".then(", "await", ".done(", "success", ").load(", "$.get", "$.post(")
_BETWEEN_WORDS = linear(r"[-_/.]+")  # of a path
_READS = linear(
    r"\bresponse(?:Text|XML)?\b|\.json\(|\.then\(|\bawait\b|\.done\(|\bsuccess\b|\)\.load\(['\"]|"
    r"\$\.(?:get|getJSON|post)\((?:(?!\$\.(?:get|getJSON|post)\()[^;])*?(?:\bfunction\b|=>)"
)
_ADDRESS = linear(r"(?:https?://)?[\w.-]{4,100}/[^\s<>\"']{1,300}")  # of a page, in a text
_DECLARED = linear(r"""<([^<>]{1,500})>[^<>]{0,200}?;\s{0,9}rel\s{0,9}=\s{0,9}["']?([\w :/.-]{1,100})""", re.IGNORECASE)
_MACHINE = linear(r"(?i)https?://(?:[^/?#@]{0,100}@)?(?:[\d.]{7,15}|\[[\da-f:.]+\]|[\w-]+)(?::\d*)?(?:[/?#]|$)")
_PLACE = linear(r"[\w-]{1,100}")  # on a page, by its name
_OTHERS = 5  # a page with more links of its own does not only forward its reader


def read_page(source: PageSource, body: Body) -> PageReading:
    """Return what a visit to the public body `body` needs to know of a page."""
    content, url, status, headers, fetched_at, rendered, purpose = source
    html = content if isinstance(content, str) else decode(content, headers.get("content-type", ""))
    page = Page(url, status, html, fetched_at, rendered, body.words)
    home, why = purpose == Purpose.HOME, needs_browser(page)
    met = _obstacle(page, body, headers, home)
    written = named_in_scripts(page) if home else ()
    loads = not rendered and (loads_data(page) or (home and (bool(written) or waits_for_script(page))))
    state = PageReading(
        url, status, rendered, page.title, len(page.text), text_mark(page), soft_404(page),
        met, described(met, page, headers) if met else "", why, loads,
        render_mark(page, why) if why or loads else "", read_on=fetched_at.date(),
    )  # fmt: skip
    if met or status >= 400 or purpose == Purpose.STATE:
        return state
    if purpose == Purpose.QUESTIONS:
        return _questions(state, page, body, qa(page, body), always=True)
    pictures = pictured(page) if home else ()
    links = (*pictures, *_links(page, body, headers.get("link", ""), home), *unlinked(page, home), *written)
    state = replace(state, links=links, refresh=_refresh(page))
    if purpose == Purpose.LINKS:
        return state
    seen = _questions(state, page, body, detect(page, body))
    return replace(
        seen, dates=page_dates(page), site=site_marks(page, body, home), lines=_lines(page, home),
        sites=tuple(department_sites(page, body)), offers=tuple(offers(page)),
        platform=recognise(page).name if home else "", following="" if seen.in_section else next_of_few(page),
    )  # fmt: skip


def _obstacle(page: Page, body: Body, headers: Mapping[str, str], home: bool) -> Failure | None:
    """Return what stands between a reader and the site of the body; None if nothing does."""
    return obstacle(page, headers, home) or (Failure.MOVED if home and of_another(page, body) else None)


def _questions(
    reading: PageReading, page: Page, body: Body, found: Iterable[Finding], always: bool = False
) -> PageReading:
    """Return `reading` with the findings, and the questions of a page of a Q&A section; `always`, of any page."""
    findings = tuple(found)
    inside = section_here(page.url, findings)
    rows = tuple(thread_rows(page, body)) if inside or always else ()
    pages = read_pagination(page) if rows else Pagination()
    return replace(
        reading, findings=findings, in_section=inside, questions=rows, pagination=pages,
        same_until=_same_until(page, findings, rows) if inside or rows else date.max,
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


def _lines(page: Page, home: bool) -> tuple[str, ...]:
    few = home or len(page.blocks) <= MOST_LINES
    return tuple(block.text[:LINE] for block in page.blocks) if few else ()


def _links(page: Page, body: Body, header: str, home: bool) -> tuple[LinkReading, ...]:
    lists, host, words, here = bool(body.departments), page.host, page.words, page.url.partition("#")[0]
    found: dict[tuple[str, str], LinkReading] = {}
    listed = among_sections(page) if home else frozenset()
    every = (*page.links, *_divided(page), *_written(page), *in_parameters(page), *_declared(page.url, header))
    for written in every:
        link = written
        if _opens_nothing(written, host) or (written.scripted and "#" not in written.url):
            link = written._replace(url=here, href="javascript:")
        elif "#" in written.url and _leads_to_no_place(page, written, here):
            link = written._replace(href="javascript:")
        if (link.url, link.text) not in found and (read := _link(link, host, lists, words, written in listed)):
            found[link.url, link.text] = read
            if len(found) >= LINKS:
                break
    return tuple(found.values())


def _divided(page: Page) -> Iterator[Link]:
    """Yield links whose name stands in two that follow each other, if together they promise more: "Công khai",
    "ngân sách"."""
    promised = page.words.made(LinkPromises)
    for link, after in pairwise(page.links):
        if link.url == after.url and link.text and after.text and not link.dead:
            whole = f"{link.text} {after.text}"
            said = max((weight for part in (link, after) for _, weight in promised.text(part.text)), default=0.0)
            if any(weight > said for _, weight in promised.text(whole)):
                yield link._replace(text=whole)


def _written(page: Page) -> Iterator[Link]:
    """Yield addresses of the page's own host that stand in its text, with the words before them."""
    for block in page.blocks:
        if page.host in block.text and (found := _ADDRESS.search(block.text)) and page.host in found[0]:
            address = found[0] if found[0].startswith("http") else f"http://{found[0]}"
            yield read_link(page.url, address, block.text.replace(found[0], " ").strip(" :"), block.place)


def _declared(url: str, header: str) -> Iterator[Link]:
    """Yield the sitemap and the sections of the site that the header `Link` of an answer names."""
    for declared in _DECLARED.finditer(header[:LONGEST_URL]) if header else ():
        relations = RELATIONS.union(("sitemap",)).intersection(declared[2].lower().split())
        for name in sorted(relations)[:1]:
            yield read_link(url, declared[1], "", "sitemap" if name == "sitemap" else "header", rel=name)


def _leads_to_no_place(page: Page, link: Link, here: str) -> bool:
    """Return True for a link to a place of this page that is not there: a script shows something under this name."""
    at, _, name = link.url.partition("#")
    if at != here or not _PLACE.fullmatch(name) or link.dead or link.place == "frame":
        return False
    place = page.tree.css_first(f'[id="{name}"], [name="{name}"]')
    return place is None and page.tree.css_first("script") is not None


def _opens_nothing(link: Link, host: str) -> bool:
    """Return True if the address of a link is no page that can be asked for: of another protocol, of a machine without
    a public name, or longer than any."""
    if not link.url.startswith("http"):
        return link.url.startswith(("ftp:", "file:"))
    if link.url.partition("://")[2].startswith(f"{host}/") and len(link.url) <= LONGEST_URL:  # most links, and faster
        return False
    return len(link.url) > LONGEST_URL or (_MACHINE.match(link.url) is not None and host_of(link.url) != host)


@lru_cache(maxsize=32768)  # the menus of a site are on each of its pages
def _link(link: Link, host: str, lists: bool, words: Words, listed: bool) -> LinkReading | None:
    """Return what is read of a link on a page of `host`, or None if it cannot lead to a page."""
    if not link.url.startswith("http") or len(link.url) > LONGEST_URL or not host_of(link.url):
        return None
    promised = words.made(LinkPromises)
    if link.dead or link.scripted:
        said = tuple(promised.text(link.text, listed or link.place in FRAME)) if link.scripted else ()
        text = link.text[:LONGEST_TEXT]  # a view of an application is a page of the site, whatever its name
        return (
            LinkReading(link.url, text, link.place, link.rel, said, scripted=True) if said or view(link.url) else None
        )
    return LinkReading(
        link.url, link.text[:LONGEST_TEXT], link.place, link.rel, tuple(promised.link(link, host, listed)),
        bool(promised.text(link.text)), list_promise(link, words) if lists else 0.0, link.scripted,
    )  # fmt: skip


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
    text = page.text
    path = urlsplit(page.url).path
    words = _BETWEEN_WORDS.sub(" ", unquote(path)).strip()
    for own in sorted({page.url, path, unquote(path), path.strip("/"), words}, key=len, reverse=True):
        text = text.replace(own, "") if len(own) > 1 else text
    return hashlib.sha256(without_numbers(text)).hexdigest()


def loads_data(page: Page) -> bool:
    """Return True if inline scripts of the page request data from the server and use the answer."""
    if not _may_ask(page.html):  # true for most, and faster than looking at each script
        return False
    scripts = (node.text() for node in page.tree.css("script:not([src])"))
    return any(_may_ask(script) and _ASKS.search(script) and _reads(script) for script in scripts)


def _may_ask(text: str) -> bool:
    return any(map(text.__contains__, _ASKING))


def _reads(script: str) -> bool:
    return any(map(script.__contains__, _READING)) and _READS.search(script) is not None


def render_mark(page: Page, why: str) -> str:
    """Return the mark of a page's kind: the reason `why` to render it, and a hash of its scripts and loading blocks."""
    scripts = {_path(src) for node in page.tree.css("script[src]") if (src := node.attributes["src"])}
    where = [css_path(block.node) for block in loading_blocks(page)]
    told = "\n".join((*sorted(scripts), *where))
    return f"{why or 'scripts that load data'}, {hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _path(src: str) -> str:
    try:
        return urlsplit(src.strip()).path
    except ValueError:
        return ""
