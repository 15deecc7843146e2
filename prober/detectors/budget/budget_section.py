"""Find the budget section of a site, and which of the seven compulsory documents it has.

State Budget Law 83/2015/QH13, article 15, and Circular 343/2016/TT-BTC (docs/reference/law.md#budget). A label alone is
no publication: a section without a document is `empty_section`. Documents without a section are one: `documents`. The
budget of the department's own office ("công khai tài chính"), prices, public assets, districts and communes are other
things (docs/reference/wording.md#budget).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import chain, islice, takewhile
from typing import Literal

from selectolax.lexbor import LexborNode

from prober.detectors.articles import is_article
from prober.detectors.body import Body
from prober.detectors.budget.budget_documents import OWN_OFFICE, BudgetWords, Paper, paper
from prober.detectors.link_promises import is_file, named_in_frame, promises
from prober.detectors.questions.thread_dates import DateWords, dates
from prober.domain.finding import EMPTY, Finding, State
from prober.domain.indicator import BUDGET_TYPES, Kind
from prober.domain.pages.elements import Link, absolute, address
from prober.domain.pages.page import Block, Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import caught

VERSION = "14"
_ROW = frozenset(("tr", "li", "article"))
_HEADS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_FILES_BELOW = 3  # most files of one document below its title
_LINES_OF_ENTRY = 4  # of an entry below its title: its number, its date, who gave it, its file
_LONGEST_ROW = 1500  # characters of a row of a list; a longer element is the whole list
_LONGEST_TITLE = 400
LEAST_YEARS = 2  # budgets of so many years outside a section are a publication; one among other files may be anything
_FILE_IN_SCRIPT = linear(r"""['"]([^'"<>]+\.(?:pdf|docx?|xlsx?|zip|rar|7z))['"]""", re.IGNORECASE)
_DOWNLOAD = linear(
    r"/documents/\d+/|download|/(?:upload|attachment|dinhkem|tai-?ve)|"
    r"/document_library/get_file|/linkclick\.aspx\?(?:[^#]{0,200}&)?fileticket=|"
    r"//(?:drive|docs)\.google\.com/(?:file|open|uc|document|spreadsheets)|//1drv\.ms/|//www\.dropbox\.com/s",
    re.IGNORECASE,
)
_CONFIRMS = 0.6
_SAID = 0.25  # promise of a name that speaks of the budget, or of what is published
_PAPERS = 2  # documents that make a list under such a name a section; one belongs to anything
_BETWEEN_NAMES = linear(r"\s[|–—»>-]\s|::")  # in a title, that of the page and that of the site


@dataclass(frozen=True)
class ListedDocument:
    """Hold one document as its list shows it."""

    block: Block
    paper: Paper
    url: str
    file: bool
    published: date | None
    number: str


def _said(page: Page) -> BudgetWords:
    return page.words.table(BudgetWords)


def budget(page: Page, body: Body) -> list[Finding]:
    """Return the section and the documents that the page shows; of each document type and year only the newest."""
    if not _said(page).trigger.search(page.folded):
        return []
    headed = _heading(page)
    titled = _document_named(page, body) if headed is None else None
    named = headed is not None or promises(page).path_of(Kind.BUDGET, page.url) >= 0.9 or _is_titled(page)
    read = _entries(page, body)
    mostly = _mostly(page, body)
    entries = [
        entry
        for entry in read
        if named or entry in mostly or _stands_alone(_said(page), entry) or (titled and _is_provinces(page, entry))
    ]
    if not any(entry.file for entry in entries) and (block := headed or titled):
        entries += _attached(page, body, block)
    own = [entry for entry in entries if entry.paper.type == OWN_OFFICE]
    papers = [entry for entry in entries if entry.paper.type != OWN_OFFICE]
    found = [*_documents(page, papers)]
    if headed is not None or (named and papers):
        found.insert(0, _section(page, headed, papers, own))
    elif titled is not None and (papers or page.tree.css_first("table") is not None):
        found.insert(0, _section(page, titled, papers, own))
    elif len(years := _years(page, body, papers)) >= LEAST_YEARS:
        found.append(_unsectioned(page, years))
    elif len({entry.url for entry in mostly}) >= _PAPERS and _speaks(page):
        found.insert(0, _section(page, None, papers, own))
    elif own:
        found.append(_finding(page, OWN_OFFICE, page.url, 0.7, own[0].block.text, own[0].block, {}))
    return found


@lru_cache(maxsize=1)  # asked for by several detectors
def _entries(page: Page, body: Body) -> tuple[ListedDocument, ...]:
    return tuple(_Reader(page, body).entries()) if _said(page).trigger.search(page.folded) else ()


def _mostly(page: Page, body: Body) -> tuple[ListedDocument, ...]:
    """Return the documents of the province's budget of a page most of whose files, or else of whose links, they are.

    That they are the province's, title or form says. Files of other quarters and of changes, which have no type, are
    among them. Pages count if one of them is titled as a document is: by its number, or as a publication.
    """
    said, typed = _said(page), BUDGET_TYPES
    its = [each for each in _entries(page, body) if each.paper.form or said.whose.search(fold(each.block.text))]
    its = [each for each in its if each.paper.type in typed or (each.file and each.paper.year and not each.paper.type)]
    files = tuple(each for each in its if each.file)
    if len(files) > _files(page) / 2:
        return files
    linked = {link.url for link in page.links if link.place == "main" and not link.dead}
    titled = any(each.file or each.number or said.alone.match(fold(each.block.text)) for each in its)
    return tuple(its) if titled and len({each.url for each in its}) > len(linked) / 2 else ()


def _files(page: Page) -> int:
    """Return the number of files to which the text of a page links."""
    return len({link.url for link in page.links if link.place == "main" and not link.dead and _is_file(link.url)})


def _years(page: Page, body: Body, papers: list[ListedDocument]) -> dict[int, str]:
    """Return budget year → title of the files on a page that is no section; several may be links of one line."""
    said = _said(page)
    years = {entry.paper.year: entry.block.text for entry in papers if entry.paper.year}
    for link in page.links:
        if said.link.search(link.text.lower()) and said.publication.match(fold(link.text)) and _is_file(link.url):
            known = paper(link.text, said, body.province_vi or body.name_vi)
            if known is not None and known.type != OWN_OFFICE and known.year:
                years.setdefault(known.year, link.text)
    return years


def _unsectioned(page: Page, years: Mapping[int, str]) -> Finding:
    """Return the finding of a page that is no section but links to the budgets of several years, as home pages do."""
    detail = {"years": sorted(years)}
    return _finding(page, "documents", page.url, 0.6, years[max(years)], None, detail)


def _is_file(url: str) -> bool:
    return is_file(url) or _DOWNLOAD.search(url) is not None


def _heading(page: Page) -> Block | None:
    """Return the heading that names this page a budget section, or None; a headline that mentions the budget is none.

    An h2 or h3 names the page only if its title or address agrees, because a site map has every section as a heading.
    """
    agreed = (
        any(_calls(page, name) for name in _names(page)) or promises(page).path_of(Kind.BUDGET, page.url) >= _CONFIRMS
    )
    tags = ("h1", "h2", "h3") if agreed else ("h1",)
    headings = (block for block in page.headings if block.tag in tags and block.place in ("main", "header"))
    return next((block for block in headings if _calls(page, block.text)), None)


def _document_named(page: Page, body: Body) -> Block | None:
    """Return the heading that names a page one document of the province's budget, as that of a quarter; or None.

    That it is the province's, the heading says or a line of the text, or the number of its form.
    """
    said, province = _said(page), body.province_vi or body.name_vi
    for block in page.headings:
        words = fold(block.text)
        linked = _links_in(block.node)  # the title of another page, in a list
        if block.tag in _HEADS and block.place in ("main", "header") and not linked and said.titled.match(words):
            known = paper(block.text, said, province)
            told = said.told.search(words) or said.not_a_section.search(words)
            if known and known.type != OWN_OFFICE and not told and _whose(page, body):
                return block
    return None


@lru_cache(maxsize=1)  # of the same page
def _whose(page: Page, body: Body) -> str:
    """Return the number of the province's form that a page shows, else the words that say whose its budget is."""
    said, province = _said(page), body.province_vi or body.name_vi
    lines = [(b.text, words) for b, words in zip(page.blocks, page.folded_lines, strict=True) if b.place == "main"]
    forms = (known.form for text, words in lines if said.form.search(words) and (known := paper(text, said, province)))
    told = (found[0] for _, words in lines if (found := said.whose.search(words)))
    return next(chain(filter(None, forms), told), "")


def _is_provinces(page: Page, entry: ListedDocument) -> bool:
    says = entry.paper.form or _said(page).whose.search(fold(entry.block.text))
    return bool(says) and entry.paper.type != OWN_OFFICE


def _attached(page: Page, body: Body, block: Block) -> Iterator[ListedDocument]:
    """Yield the document that a page is, of which `block` is the name: its files have no name, or that of a file."""
    said = _said(page)
    known, whose = paper(block.text, said, body.province_vi or body.name_vi), _whose(page, body)
    if known is None or not known.year or not whose or not (known.type or said.execution.search(fold(block.text))):
        return
    files = {link.url: link for link in page.links if link.place == "main" and not link.dead and _is_file(link.url)}
    if known.type == OWN_OFFICE or len(files) > _FILES_BELOW:
        return
    lines = [line.text for line in page.blocks if line.place == "main"]
    for link in files.values():
        beside = next((line for line in lines if link.text and link.text in line), link.text)
        if _names_nothing(said, beside.replace(link.text, " ")) and (
            " " not in link.text or _names_nothing(said, link.text)
        ):
            form = whose if "/" in whose else ""
            yield ListedDocument(block, Paper(known.type, known.year, known.form or form), link.url, True, None, "")


def _names_nothing(said: BudgetWords, text: str) -> bool:
    return not any(map(str.isalpha, said.attached.sub(" ", fold(text))))


def _is_titled(page: Page) -> bool:
    """Return True for a page without a heading that its title names, and that the menu or footer links."""
    return named_in_frame(page) and any(_calls(page, name) for name in _names(page))


def _names(page: Page) -> list[str]:
    """Return the parts of the title, of which one names the page and others its site, in either order."""
    return _BETWEEN_NAMES.split(page.title)


def _speaks(page: Page) -> bool:
    """Return True if the name of a page, which is no piece of news, speaks of the budget or of what is published: its
    title, a heading, or the words by which its site links it."""
    path = page.url
    heads = (block.text for block in page.headings if block.place in ("main", "header"))
    links = (link.text for link in page.links if link.place != "main" and address(link.url) == path)
    said = (promises(page).text_of(Kind.BUDGET, name) >= _SAID for name in (*_names(page), *heads, *links))
    return any(said) and not is_article(page)


def _calls(page: Page, text: str) -> bool:
    sure = promises(page).text_of(Kind.BUDGET, text) >= _CONFIRMS
    return sure and not _said(page).not_a_section.search(fold(text))


def _stands_alone(said: BudgetWords, entry: ListedDocument) -> bool:
    """Return True if an entry counts outside a section: a file with a form number, or titled as a publication."""
    return entry.file and bool(entry.paper.form or said.alone.match(fold(entry.block.text)))


def _section(page: Page, block: Block | None, papers: list[ListedDocument], own: list[ListedDocument]) -> Finding:
    newest = max((entry.published for entry in papers if entry.published), default=None)
    detail = {"documents": len(papers), "newest": newest.isoformat() if newest else ""}
    category = "section" if papers else OWN_OFFICE if own else EMPTY
    snippet = block.text if block is not None else page.title
    return _finding(page, category, page.url, 0.9 if block else 0.7, snippet, block, detail)


def _documents(page: Page, papers: list[ListedDocument]) -> Iterator[Finding]:
    newest: dict[tuple[str, int], ListedDocument] = {}
    for entry in papers:
        identity = (entry.paper.type, entry.paper.year)
        known = newest.get(identity)
        if entry.paper.type in BUDGET_TYPES and (
            known is None or (entry.published or date.min) > (known.published or date.min)
        ):
            newest[identity] = entry
    for (kind, year), entry in newest.items():
        detail = {
            "url": entry.url, "form": entry.paper.form, "number": entry.number,
            "published": entry.published.isoformat() if entry.published else "",
        }  # fmt: skip
        yield _finding(page, kind, str(year or ""), 0.9 if year else 0.6, entry.block.text, entry.block, detail)


class _Reader:
    """Read the lists of documents on one page."""

    def __init__(self, page: Page, body: Body) -> None:
        self.page = page
        self._said = _said(page)
        self._province = body.province_vi or body.name_vi
        self._known: dict[int, list[tuple[Block, LexborNode]]] = {}
        self._called = {fold(name).strip() for name in _names(page)}

    @cached_property
    def _links(self) -> dict[str, Link]:
        return {link.href: link for link in self.page.links}

    def entries(self) -> Iterator[ListedDocument]:
        """Yield an entry for every row of the page that names a budget document and has a link."""
        rows: dict[int, ListedDocument] = {}
        for entry, row in self._lines():
            known = rows.get(row.mem_id)
            # Number, date and title are columns of one row; the longest is the title.
            if known is None or len(entry.block.text) > len(known.block.text):
                rows[row.mem_id] = entry
        yield from rows.values()

    def _lines(self) -> Iterator[tuple[ListedDocument, LexborNode]]:
        for block, row in self._titles():
            listed = block.tag in _HEADS and bool(_links_in(block.node))  # the head of an entry is none of the page
            placed = block.place in ("main", "aside") or (listed and block.place == "header")
            if not placed or len(block.text) > _LONGEST_TITLE or block.tag == "h1":
                continue
            known = paper(block.text, self._said, self._province)
            if known is None or not (known.type or known.year or fold(block.text) not in self._called):
                continue  # the name of the page itself, beside a link
            titled = known.type in BUDGET_TYPES and not _links_in(row)
            url, is_file = self._below(row) if titled else self._target(row)
            if url:
                text = " ".join(row.text(separator=" ").split())
                when = [day for day, *_ in dates(fold(text), self.page.words.table(DateWords))]
                if not known.form:
                    known = self._with_form(known, text)
                number = self._said.number.search(text)
                entry = ListedDocument(
                    block, known, url, is_file, max(when, default=None), caught(number) if number else ""
                )
                yield entry, row

    def _titles(self) -> Iterator[tuple[Block, LexborNode]]:
        """Yield each line that may name a document, with its row; of a row that links several, each link instead."""
        for block, words in zip(self.page.blocks, self.page.folded_lines, strict=True):
            if self._said.document.search(words):
                row = _row(block.node)
                yield from self._linked(row, block) or [(block, row)]

    def _linked(self, row: LexborNode, block: Block) -> list[tuple[Block, LexborNode]]:
        """Return the links of a row whose texts name different documents with their years; [] if there are no two."""
        links = row.css("a[href]")
        if len(links) < 2 or row.mem_id in self._known:
            return self._known.get(row.mem_id, [])
        named = [(" ".join(link.text(separator=" ").split()), link) for link in links]
        papers = {text: paper(text, self._said, self._province) for text, _ in named}
        dated = {text: (known.type, known.year) for text, known in papers.items() if known is not None and known.year}
        several = len(set(dated.values())) > 1
        found = [(block._replace(text=text, node=link), link) for text, link in named if several and text in dated]
        return self._known.setdefault(row.mem_id, found)

    def _with_form(self, known: Paper, row: str) -> Paper:
        """Return the document with the form number that `row` names, which often has a column of its own."""
        form = paper(row, self._said, self._province)
        return Paper(known.type, known.year, form.form) if form is not None else known

    def _below(self, title: LexborNode) -> tuple[str, bool]:
        """Return the same for a title without a link: that of the file below it, or of the post, or above it.

        Below it, behind the number and the date of an entry, stands the part that it opens, with a file alone, or the
        link of a post. Above it stands the link of a number, by which lists of decisions name their files.
        """
        lines = islice(_siblings(title, "next"), _LINES_OF_ENTRY if title.tag in _HEADS else 1)
        part = next(filter(_links_in, takewhile(lambda line: line.tag not in _HEADS, lines)), None)
        if part is None or _links_in(part) > _FILES_BELOW:
            return self._numbered(title)
        if paper(" ".join(part.text(separator=" ").split()), self._said, self._province) is not None:
            return "", False  # it names its documents itself
        url, is_file = self._target(part)
        leads_on = title.tag in _HEADS and _links_in(part) == 1  # "Xem thêm" below the title of a post
        return (url, is_file) if is_file or leads_on else ("", False)

    def _numbered(self, title: LexborNode) -> tuple[str, bool]:
        """Return the same for the number right above a title, if that is a link."""
        above = next(_siblings(title, "prev"), None)
        if above is None or _links_in(above) != 1 or not self._said.number.fullmatch(above.text().strip()):
            return "", False
        return self._target(above)

    def _target(self, row: LexborNode) -> tuple[str, bool]:
        """Return the address to which a row leads, its file or else its page, and whether it is a file.

        The address is "" for a row without a link, and for one with a link to the page itself, as in a menu.
        """
        named = ((node.attributes.get("href") or "").strip() for node in row.css("a[href]"))
        links = [link for href in named if (link := self._links.get(href)) and not link.dead]
        for link in links:
            if _is_file(link.url):
                return link.url, True
        script = _FILE_IN_SCRIPT.search(row.html or "")
        if script:
            return absolute(self.page.base, script[1]), True
        if any(link.url == self.page.url for link in links):
            return "", False
        return (links[0].url, False) if links and links[0].url.startswith("http") else ("", False)


def _siblings(node: LexborNode, way: Literal["next", "prev"]) -> Iterator[LexborNode]:
    """Yield the elements that stand beside `node`, the nearest first."""
    while (node := getattr(node, way)) is not None:
        if not node.tag.startswith(("-", "_")):
            yield node


def _links_in(node: LexborNode) -> int:
    return len(node.css("a[href]"))


def _row(node: LexborNode) -> LexborNode:
    """Return the row of the list that contains `node`; the node itself if there is none near."""
    best, step = node, node
    for _ in range(5):
        if step.tag in _ROW:
            return step
        if step.parent is None or _is_list(step.parent, node):
            return best
        step = step.parent
        if step.tag in ("p", "dd", "td", "h3", "h4"):
            best = step
    return best


def _is_list(element: LexborNode, title: LexborNode) -> bool:
    """Return True for an element that is no row, but a whole list: by its length, or by more headings like `title`."""
    several = title.tag in _HEADS and len(element.css(title.tag)) > 1
    return several or len(element.text()) > _LONGEST_ROW


def _finding(
    page: Page, category: str, value: str, sure: float, snippet: str, block: Block | None, detail: Mapping[str, object]
) -> Finding:
    selector = css_path(block.node) if block is not None else ""
    return Finding(
        Kind.BUDGET, category, value, State.FOUND, 0, sure, snippet[:300], selector, page.url, "budget", VERSION,
        detail,
    )  # fmt: skip
