"""Find the access-to-information section of a site, and its parts.

The parts are the internal regulation, the focal point, the list of information and the request form: Law on Access to
Information 104/2016/QH13, articles 17–19, 24 and 33–34. The regulation on speaking to the press ("quy chế phát ngôn và
cung cấp thông tin cho báo chí") is another thing and never counts (docs/reference/wording.md#access-to-information).
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from prober.detectors.articles import is_article
from prober.detectors.body import Body
from prober.detectors.email.address_finder import sightings
from prober.detectors.email.person_names import name_like
from prober.detectors.link_promises import (
    FILE,
    LinkPromises,
    is_file,
    leads_home,
    named_in_frame,
    promises,
    urlsplit_path,
)
from prober.detectors.questions.qa_section import SectionWords
from prober.detectors.questions.thread_dates import DateWords, dates
from prober.domain.finding import EMPTY, Finding, State
from prober.domain.hostnames import host_of, registrable
from prober.domain.indicator import Kind
from prober.domain.pages.elements import address
from prober.domain.pages.page import Block, Page, css_path
from prober.text.vietnamese import fold
from prober.text.words import caught

VERSION = "11"
_LINES = 8  # lines from the words "đầu mối" on, in which its telephone or address is searched
_LINKED = 0.5
_PARTS = 2  # kinds of parts, which a page shows that is the section by its contents
_MOST = 3  # the same, of which a page shows a section whatever the page is called
_SAID = 0.25  # promise of a label such as "Công khai - Minh bạch"
_LITTLE = 80  # characters of a text; a section that shows one has more
_MANY = 3  # links to other pages, which make a list


@dataclass(frozen=True, slots=True, eq=False)
class AccessWords:
    """Hold the words of an access-to-information section, from the packs."""

    TABLE: ClassVar = "access"
    trigger: re.Pattern[str]
    press: re.Pattern[str]
    # Links that mention access to information and lead elsewhere: news, the law itself, or one matter only
    # ("cung cấp thông tin giá đất").
    elsewhere: re.Pattern[str]
    event: re.Pattern[str]  # what happened: such a headline names no section
    regulation: re.Pattern[str]
    decision: re.Pattern[str]
    focal: re.Pattern[str]
    list: re.Pattern[str]
    form: re.Pattern[str]
    # A number ends with its line, because the next line may begin with another number.
    telephone: re.Pattern[str]
    unit: re.Pattern[str]
    focal_hints: tuple[str, ...]  # without one of these there is no focal point


def _marks(page: Page) -> AccessWords:
    return page.words.table(AccessWords)


def access(page: Page, body: Body) -> list[Finding]:
    """Return a finding for each part that the page shows. A link to the section is a candidate with confidence 0.4."""
    if not _marks(page).trigger.search(page.folded):
        return list(_linked(page))  # what only an image or an address names
    parts = [*_regulation(page), *_focal_point(page), *_listed(page)]
    found = [*(list(_section(page, parts)) or _section_of(page, parts)), *parts]
    values = {finding.value for finding in found if finding.category in ("section", EMPTY)}
    found += [finding for finding in _linked(page) if finding.value not in values]
    return found


def _section(page: Page, parts: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the page if its heading, title, address or menu names it as the section.

    One that shows neither a part nor a file rests on its name: whether its text is its own, other pages tell.
    """
    links = promises(page)
    heads = [block for block in page.headings if block.tag in ("h1", "h2") and block.place in ("main", "header")]
    named = next(
        (
            block
            for block in heads
            if links.text_of(Kind.ACCESS, block.text) >= _LINKED and not _tells(page, block.text)
        ),
        None,
    )
    title = page.title.split(" | ")[0].split(" - ")[0]
    own = named is not None or (links.text_of(Kind.ACCESS, title) >= _LINKED and not _tells(page, title))
    if own or (links.path_of(Kind.ACCESS, page.url) >= _LINKED and not _tells(page, title)):
        snippet = named.text if named is not None else page.title
        called = {title, snippet}
        files = (link.place == "main" and is_file(link.url) for link in page.links)
        shown = any(part.snippet not in called for part in parts) or any(files)
        category = "section" if shown or _says_something(page, called) else EMPTY
        detail = {"named": True} if category == "section" and not shown else {}
        yield _finding(page, category, page.url, 0.9 if own else 0.7, snippet, named, detail)


def _tells(page: Page, name: str) -> bool:
    """Return True for a name that is of the press rules, or a headline of what happened."""
    words = fold(name)
    return any(mark.search(words) for mark in (_marks(page).press, _marks(page).event))


def _says_something(page: Page, called: Collection[str]) -> bool:
    """Return True if a page that is named as the section has a text, or a list, that is about it.

    A line that says that there is nothing yet is none, nor is a list of news in which nothing is named for it.
    """
    links, marks, empty = promises(page), _marks(page), page.words.table(SectionWords).empty
    entries = {link.text: link.url for link in page.links if link.place == "main" and not link.dead}
    told = [
        _without(called, block.text)
        for block, words in zip(page.blocks, page.folded_lines, strict=True)
        if block.place == "main" and entries.get(block.text) != page.url and not empty.search(words)
    ]
    if any(marks.trigger.search(fold(text)) or links.text_of(Kind.ACCESS, text) for text in told):
        return True
    return len(entries) < _MANY and sum(map(len, told)) >= _LITTLE


def _without(called: Collection[str], text: str) -> str:
    """Return a line without what the page is called, as it stands in the way to it and in messages."""
    for name in filter(None, called):
        text = text.replace(name, " ")
    return text.strip()


def _section_of(page: Page, parts: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the page as the section by its contents: several parts on a page that the site names, or that says so."""
    if len({part.category for part in parts}) < _PARTS:
        return
    links = promises(page)
    names = (page.title, *(block.text for block in page.blocks if block.tag in ("h1", "h2")))
    said = any(links.text_of(Kind.ACCESS, name) >= _SAID for name in names) or links.path_of(Kind.ACCESS, page.url)
    if named_in_frame(page) or said or _below_heading(page, parts):
        yield _finding(page, "section", page.url, 0.7, parts[0].snippet, None, {"by": "parts"})


def _below_heading(page: Page, parts: Sequence[Finding]) -> bool:
    """Return True if a heading in the text of a page, which is no piece of news, names the section, and most parts
    stand there."""
    heads = (block.text for block in page.headings if block.place == "main" and not block.hidden)
    named = any(promises(page).text_of(Kind.ACCESS, head) >= _LINKED for head in heads)
    return named and len({part.category for part in parts}) >= _MOST and not is_article(page)


def _regulation(page: Page) -> Iterator[Finding]:
    seen, blocks, marks, said = set(), page.blocks, _marks(page), page.words.table(DateWords)
    for index, (block, words) in enumerate(zip(blocks, page.folded_lines, strict=True)):
        if block.place == "menu" or not marks.regulation.search(words) or marks.press.search(words):
            continue
        around = "\n".join(
            near.text for near in blocks[max(0, index - 2) : index + 3] if not marks.press.search(fold(near.text))
        )
        number = marks.decision.search(block.text) or marks.decision.search(around)
        value = caught(number) if number else ""
        if value in seen:
            continue
        seen.add(value)
        when = dates(words, said) or dates(fold(around), said)
        detail = {"number": value, "date": when[0][0].isoformat() if when else ""}
        yield _finding(page, "regulation", value, 0.9 if number else 0.4, block.text, block, detail)


def _focal_point(page: Page) -> Iterator[Finding]:
    blocks = page.blocks
    marks = _marks(page)
    if not any(hint in page.folded for hint in marks.focal_hints):
        return
    lines = enumerate(page.folded_lines)
    named = [i for i, words in lines if blocks[i].place != "menu" and marks.focal.search(words)]
    # An introduction mentions the focal point too; its heading is the line nearest before a number or address.
    near = min(((steps, i) for i in named if (steps := _steps_to_contact(page, i)) is not None), default=None)
    if near is None:
        return
    index = near[1]
    block = blocks[index]
    text = "\n".join(_lines_after(page, index))
    unit = marks.unit.search(text)
    # A person's own mailbox is not kept, only that there is one.
    mail = next(
        (address for _, address in _mails_after(page, index) if not name_like(address.partition("@")[0], page.words)),
        "",
    )
    phone = _phone(page, text)
    detail = {"unit": " ".join(unit[0].split()) if unit else "", "phone": phone, "email": mail}
    yield _finding(page, "focal_point", mail or phone, 0.8, block.text, block, detail)


def _steps_to_contact(page: Page, index: int) -> int | None:
    """Return the number of lines from line `index` to the first telephone or address; None if there is none."""
    steps = [found - index for found, _ in _mails_after(page, index)]
    steps += [step for step, line in enumerate(_lines_after(page, index)) if _phone(page, line)]
    return min(steps, default=None)


def _lines_after(page: Page, index: int) -> list[str]:
    """Return line `index` and the next lines in the same place of the page, which may give the contact."""
    place = page.blocks[index].place
    return [near.text for near in page.blocks[index : index + _LINES] if near.place == place]


def _mails_after(page: Page, index: int) -> list[tuple[int, str]]:
    """Return the addresses from line `index` on, each with the number of its line."""
    return [(s.index, s.address) for s in sightings(page) if index <= s.index < index + _LINES and s.address]


def _phone(page: Page, text: str) -> str:
    after = _marks(page).telephone.search(text)
    return " ".join(caught(after).split()).rstrip("-. (") if after else ""


def _listed(page: Page) -> Iterator[Finding]:
    for category, mark in (("list", _marks(page).list), ("request_form", _marks(page).form)):
        if not mark.search(page.folded):
            continue
        for block, words in zip(page.blocks, page.folded_lines, strict=True):
            if block.place != "menu" and len(words) < 400 and mark.search(words):
                target = next(
                    (
                        link
                        for link in page.links
                        if link.text and link.text in block.text and not link.dead and mark.search(fold(link.text))
                    ),
                    None,
                )
                yield _finding(page, category, target.url if target else page.url, 0.7, block.text, block, {})
                break


def _linked(page: Page) -> Iterator[Finding]:
    """Yield candidates: links within the site to a section, not to its documents and not to the press rules."""
    seen = set()
    links, marks = promises(page), _marks(page)
    others = (marks.press, marks.list, marks.form, marks.elsewhere, marks.event)
    for link in page.links:
        label = links.section_label(link) if link.heading else link.text
        if (
            not _names_access(links, label, link.url)
            or link.dead
            or not link.url.startswith("http")
            or link.url in seen
        ):
            continue
        words, path = fold(label), urlsplit_path(link.url)
        if any(mark.search(words) for mark in others) or FILE.search(path):
            continue
        if leads_home(link, page):
            continue
        if registrable(host_of(link.url)) == registrable(page.host):
            seen.add(link.url)
            detail = {"href": link.href, "place": link.place, "candidate": True}
            yield _finding(page, "section", address(link.url), 0.4, link.text, None, detail)


def _names_access(links: LinkPromises, label: str, url: str) -> bool:
    """Return True if a label names the section, or says "publicity" and its address names it."""
    said = links.text_of(Kind.ACCESS, label)
    return said >= _LINKED or (said >= _SAID and links.path_of(Kind.ACCESS, url) >= _LINKED)


def _finding(
    page: Page, category: str, value: str, sure: float, snippet: str, block: Block | None, detail: Mapping[str, object]
) -> Finding:
    selector = css_path(block.node) if block is not None else ""
    return Finding(
        Kind.ACCESS,
        category,
        value,
        State.FOUND,
        0,
        sure,
        snippet[:300],
        selector,
        page.url,
        "access",
        VERSION,
        detail,
    )
