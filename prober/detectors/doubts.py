"""Hold open what a page may show: marks at which a person would stop, where no detector decided.

An absence rests on the shape of the pages that were read, not on a list of names. Where a page has the shape of what is
looked for under a name that nobody thought of, the finding `undecided` keeps the verdict unknown, and the page is its
evidence. A doubt never makes anything present.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from selectolax.lexbor import LexborNode

from prober.detectors.access import AccessWords
from prober.detectors.articles import is_article
from prober.detectors.body import Body
from prober.detectors.budget.budget_section import titled_papers
from prober.detectors.declared_words import NOT_ENOUGH, unread
from prober.detectors.email.address_classes import AddressWords
from prober.detectors.email.address_finder import contact_page
from prober.detectors.email.deobfuscation import AddressReader
from prober.detectors.link_promises import FRAME, is_file, promises
from prober.detectors.questions.qa_section import SectionWords, question_lines
from prober.detectors.questions.thread_dates import DateWords, dates
from prober.detectors.questions.threads import status_rows, threads
from prober.detectors.social import ChannelWords, is_platform, normalise, undecided_channels
from prober.detectors.unopened_links import is_nobodys, promised_elsewhere, unopened
from prober.detectors.web_form import AREA, FormWords, form_services, forms, in_chat, in_frame, inserters, text_areas
from prober.domain.elements import Link, leads_nowhere
from prober.domain.finding import EMPTY, NOTHING, UNDECIDED, Finding, State
from prober.domain.hostnames import host_of
from prober.domain.indicator import BY_KIND, OWN_QA, Kind
from prober.domain.page import Block, Page, css_path, heads_links
from prober.text.patterns import linear
from prober.text.vietnamese import fold, key
from prober.text.words import FORMLESS

VERSION = "17"
_QUESTIONS = 3  # lines that ask, which make a list of questions
_ENTRIES = 3  # short lines with a date, which make a list of letters
_SECTION = 2  # published questions and answers, or a form: level of a Q&A section (prober.domain.coverage)
_LONGEST_LINE = 200  # characters
_LONGEST_NAME = 120  # characters of a heading or label
_BEFORE_NAME = 2  # most words of a heading before the name of the section in it; a headline has more
_LINES, _FORM = 2, 1000  # fields of one line in a form, and characters of it
_ASKED = 2  # lines that ask in a post that is named for questions
_PAPERS = 2  # documents of the budget at which a person would stop; one belongs to a piece of news
_PARTS = 2  # kinds of parts of a section, which no piece of news has
_SAID = 0.25  # promise of "Công khai - Minh bạch"
_HEADS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption", "summary"))
_SIGN = linear(r"[@＠﹫]")
_NAMED = 0.45  # promise of a label that names the thing
_SURE, _SHORT = 0.9, 4  # the same of one in a text, and its words
_CLICKED = "button, [role=button], a[data-toggle], a[data-bs-toggle], a[data-target], a[onclick], input[type=button]"
_CHOICE = "select[onchange]"  # the field of the questions, which are shown after it was chosen
_PLACE_FOR_MORE = f"{_CHOICE}, div:empty, ul:empty, ol:empty, table:empty, tbody:empty, section:empty"
# Places that are empty on many pages, and frames that show something else than questions.
_HELPER = linear(
    r"(?i)fb-root|google|translate|toast|scroll|top|banner|slide|load|modal|popup|overlay|clear|chat|ads?\b"
)
_SHOWN = linear(r"(?i)google\.[a-z.]{2,6}/maps|maps\.|youtu|facebook\.|vimeo|zalo\.")
_ADDRESS = linear(r"https?://[\w./@%?=&+~-]{8,200}")
_NETWORKS = ("facebook.com", "fb.com", "zalo.me", "youtube.com", "tiktok.com")  # faster than to look at each script
_FOOT = 'footer, [id*="footer" i], [class*="footer" i]'
_LITTLE = 80  # characters in the main part of a page that shows a picture instead of words
# Links that a letter begins with.
_LETTER = 'a[href$=".vcf" i], a[class*="mail" i], a > [class*="envelope" i], a[onclick*="lto:" i]'
_SHELL = '[id*="form" i]:empty, [class*="form" i]:empty, iframe[src*="form" i]'


@dataclass(frozen=True, slots=True, eq=False)
class DoubtWords:
    """Hold the words at which a person would stop, from the packs."""

    TABLE: ClassVar = "doubts"
    nearly_address: re.Pattern[str]  # after a label "E-mail:", what an address may be written with
    address_label: re.Pattern[str]  # such a label at the end of a line
    shows_address: re.Pattern[str]  # what a reader presses to see an address
    channel: re.Pattern[str]  # a line that names a channel and has no link
    access: re.Pattern[str]  # names the publicity of information in words of its own
    trouble: re.Pattern[str]  # an error in words, in place of what a page shows
    schedule: re.Pattern[str]  # the beginning of the name of a list of days to come, such as those of receptions
    writes: re.Pattern[str]  # ids and classes of a form to write to the body that only a script fills


class DoubtMark(NamedTuple):
    """A reason for doubt: its code, the words of the page, and their element."""

    code: str
    words: str
    node: LexborNode | None = None


def doubts(page: Page, body: Body, found: Sequence[Finding]) -> list[Finding]:
    """Return one finding for each kind of which `found`, what the detectors say of the page, decides nothing."""
    marked = {one.kind: (*MARKS.get(one.kind, (_declared,)), _elsewhere) for one in body.sought if not one.measured}
    return [
        Finding(
            kind, UNDECIDED, "", State.NOT_SEEN, 0, 0.2, mark.words[:300],
            css_path(mark.node) if mark.node is not None else "", page.url, "doubts", VERSION, {"mark": mark.code},
        )
        for kind, marks in marked.items()
        if not _decided(kind, found)
        and (mark := next((mark for of in marks for mark in of(page, body, kind, found)), None)) is not None
    ]  # fmt: skip


def _decided(kind: str, found: Sequence[Finding]) -> bool:
    """Return True if a finding of the page counts, or says whose the page is if it is not the body's."""
    for finding in found:
        if finding.kind != kind:
            continue
        if kind == Kind.QA:
            here = not finding.detail.get("href")
            if here and (finding.level >= _SECTION or finding.category not in OWN_QA):
                return True
        elif finding.state == State.NOT_SEEN or _counts(kind, finding):
            return True
    return False


def _counts(kind: str, finding: Finding) -> bool:
    if kind not in BY_KIND:
        return finding.category != NOT_ENOUGH
    counted = BY_KIND[kind].counted
    return not finding.detail.get("candidate") and (counted is None or finding.category in counted)


def _questions(page: Page, body: Body, kind: str, found: Sequence[Finding]) -> Iterator[DoubtMark]:
    """Yield marks of a section of questions under another name: answers, several lines that ask, letters with dates."""
    if any(map(promises(page).is_contest, _names(page))):
        return
    if is_article(page):
        section = any(promises(page).text_of(Kind.QA, text) >= _NAMED for text in _names(page))
        if section and question_lines(page) >= _ASKED:  # of questions and answers, not of what happened
            yield DoubtMark("questions", page.title)
        return
    answered = [thread.marked for thread in threads(page, body) if thread.answered]
    if any(answered) or max(len(answered), status_rows(page)) > 1:  # one without marks is any sentence with "answered"
        yield DoubtMark("answers", page.title)
    if question_lines(page) >= _QUESTIONS:
        yield DoubtMark("questions", page.title)
    named = next((text for text in _names(page) if promises(page).text_of(Kind.QA, text) >= FORMLESS), "")
    asks = not page.words.table(DoubtWords).schedule.match(fold(named))
    if named and asks and not page.words.table(FormWords).draft.search(fold(named)):
        said = page.words.table(DateWords)
        lines = (words for block, words in _main(page) if len(words) < _LONGEST_LINE)
        if sum(any(True for _ in dates(words, said)) for words in lines) >= _ENTRIES:
            yield DoubtMark("letters", named)


def _empty_section(page: Page, body: Body, kind: str, found: Sequence[Finding]) -> Iterator[DoubtMark]:
    """Yield what a page that is named for questions has in their place, if it shows none and does not say so."""
    if not _names_questions(found) or page.words.table(SectionWords).empty.search(page.folded):
        return
    yield from _wordless(page, body)
    for link in page.links:
        if link.place == "main" and (link.scripted or is_file(link.url)):
            yield DoubtMark("entries", link.text or page.title)
    for node in page.tree.css(_PLACE_FOR_MORE if "<script" in page.html.lower() else _CHOICE):
        kept = node.tag == "select" or any(name == "id" or name.startswith("data-") for name in node.attributes)
        if kept and not _HELPER.search(f"{node.attributes.get('id') or ''} {node.attributes.get('class') or ''}"):
            yield DoubtMark("empty", page.title, node)
    yield from _clicked(page, kind)
    yield DoubtMark(NOTHING, page.title or page.url)


def _empty(page: Page, body: Body, kind: str, found: Sequence[Finding]) -> Iterator[DoubtMark]:
    """Yield the same of a page that is named for the budget, or for access to information."""
    named = any(finding.kind == kind and finding.category == EMPTY for finding in found)
    if named and not page.words.table(SectionWords).empty.search(page.folded):
        yield from _wordless(page, body)
        yield DoubtMark(NOTHING, page.title or page.url)


def _papers(page: Page, body: Body, kind: str, found: Sequence[Finding]) -> Iterator[DoubtMark]:
    """Yield documents of the province's budget that stand among others, on a page of any name: several, not the same.

    They are files, or pages that are titled as such documents.
    """
    papers = titled_papers(page, body)
    if len({(one.paper.type, one.paper.year) for one in papers}) >= _PAPERS:
        yield DoubtMark("papers", papers[0].block.text, papers[0].block.node)


def _wordless(page: Page, body: Body) -> Iterator[DoubtMark]:
    """Yield what a page that is named for the thing shows and no words can be read of: a frame, a picture alone."""
    yield from (DoubtMark("frame", link.url) for link in _frames(page, body))
    if sum(len(block.text) for block, _ in _main(page) if block.tag not in _HEADS) < _LITTLE:
        for picture in page.tree.css("img"):
            if not in_frame(picture):
                yield DoubtMark("picture", page.title or page.url, picture)


def _address(page: Page, body: Body, kind: str, found: Sequence[Finding]) -> Iterator[DoubtMark]:
    """Yield lines of the frame or of a contact page that nearly are an address."""
    marks, contact = page.words.table(DoubtWords), contact_page(page)
    vendor, addresses = page.words.table(AddressWords).vendor_words, page.words.made(AddressReader).addresses
    for block, words in zip(page.blocks, page.folded_lines, strict=True):
        if block.hidden or len(words) > _LONGEST_LINE or not (contact or block.place in ("footer", "header")):
            continue
        nearly = _SIGN.search(block.text) or marks.nearly_address.search(words)
        if nearly and not addresses(block.text) and not vendor.search(words):
            yield DoubtMark("address", block.text, block.node)
    yield from _labels(page, contact)
    if contact:
        yield from _wordless(page, body)
        yield from (
            DoubtMark("click", words, node) for words, node in _openers(page) if marks.shows_address.search(fold(words))
        )
    for node in page.tree.css(_FOOT):
        if not node.text().strip() and node.css_first("img") is not None:
            yield DoubtMark("picture", page.title or page.url, node)
    for node in page.tree.css(_LETTER):
        if not contact and not in_frame(node):  # beside a piece of news: to pass it on
            continue
        link = node if node.tag == "a" else node.parent
        href = (link.attributes.get("href") or "").strip() if link is not None and link.tag == "a" else "/"
        if href.lower().endswith(".vcf") or leads_nowhere(href) or href[:11].lower() == "javascript:":
            yield DoubtMark("letter", " ".join((link or node).text().split()) or href, node)
    if contact and _shows_nothing(page):
        yield DoubtMark(NOTHING, page.title or page.url)


def _labels(page: Page, contact: bool) -> Iterator[DoubtMark]:
    """Yield labels in the frame or on a contact page, outside forms, behind which an address is missing."""
    label, empty = page.words.table(DoubtWords).address_label, page.words.table(SectionWords).empty
    addresses = page.words.made(AddressReader).addresses
    lines = list(zip(page.blocks, page.folded_lines, strict=True))
    for (block, words), (after, told) in zip(lines, (*lines[1:], (None, "")), strict=False):
        if block.hidden or not (contact or block.place in ("footer", "header")) or not label.search(words):
            continue
        given = after is not None and (addresses(after.text) or empty.search(told))
        pictured = block.node.css_first("img, svg") is not None
        if not (given or pictured or block.tag == "label" or _within(block.node, "form")):
            yield DoubtMark("label", block.text, block.node)


def _shows_nothing(page: Page) -> bool:
    """Return True if the main part of a page holds no words but its headings, or an error in place of what it shows."""
    said = " ".join(words for block, words in _main(page) if block.tag not in _HEADS)
    if not said:
        return page.tree.css_first("iframe, main img, article img") is None
    return len(said) < _LITTLE and page.words.table(DoubtWords).trouble.search(said) is not None


def _channel(page: Page, body: Body, kind: str, found: Sequence[Finding]) -> Iterator[DoubtMark]:
    """Yield links to channels whose owner nothing shows, and lines that name a channel without a link."""
    contact = contact_page(page)
    for link in undecided_channels(page, body, contact):
        yield DoubtMark("channel", link.text or link.url)
    label = page.words.table(ChannelWords).label
    yield from (
        DoubtMark("channel", text) for text, framed in unopened(page, body) if framed and label.search(key(text))
    )
    yield from (DoubtMark("channel", link.text) for link in page.links if _leads_to_channel(page, link))
    marks = page.words.table(DoubtWords)
    for block, words in zip(page.blocks, page.folded_lines, strict=True):
        shown = not block.hidden and (contact or block.place in ("footer", "header"))
        if shown and len(words) < _LONGEST_NAME and marks.channel.search(words):
            yield DoubtMark("channel", block.text, block.node)
    yield from _scanned(page, contact)
    yield from _unshown_channels(page)


def _scanned(page: Page, contact: bool) -> Iterator[DoubtMark]:
    """Yield pictures of a code to scan that name a channel."""
    label = page.words.table(ChannelWords).label
    for node in page.tree.css('img[alt*="qr" i]'):
        said = node.attributes["alt"] or ""
        if (contact or in_frame(node)) and label.search(key(said)):
            yield DoubtMark("channel", said, node)


def _unshown_channels(page: Page) -> Iterator[DoubtMark]:
    """Yield channels that a page names for its scripts alone. What it says to search engines may be about its maker."""
    if not any(map(page.html.__contains__, _NETWORKS)):
        return
    for node in page.tree.css('script:not([src]):not([type="application/ld+json" i])'):
        for address in _ADDRESS.findall(node.text().replace("\\/", "/")):
            if is_platform(address) and normalise(Link(address, "", "main", address)) is not None:
                yield DoubtMark("channel", address, node)


def _leads_to_channel(page: Page, link: Link) -> bool:
    """Return True for a link named after a platform alone that leads through a page of the site's own."""
    if link.place not in FRAME or host_of(link.url) != page.host or link.dead or link.scripted:
        return False
    return page.words.table(ChannelWords).label.fullmatch(key(link.text)) is not None


def _access(page: Page, body: Body, kind: str, found: Sequence[Finding]) -> Iterator[DoubtMark]:
    """Yield parts of a section that stand alone, and what is named for it without being one."""
    parts = [finding for finding in found if finding.kind == Kind.ACCESS and finding.category != "section"]
    if any(part.category == EMPTY for part in parts) or (
        is_article(page) and len({part.category for part in parts}) < _PARTS
    ):
        return
    for part in parts:
        yield DoubtMark("part", part.snippet)
    marks, own = page.words.table(AccessWords), page.words.table(DoubtWords).access
    for block, words in zip(page.blocks, page.folded_lines, strict=True):
        name = own.search(words) if block.tag in _HEADS and len(words) < _LONGEST_NAME else None
        if name and words[: name.start()].count(" ") <= _BEFORE_NAME and not marks.press.search(words):
            yield DoubtMark("heading", block.text, block.node)
    for link in page.links:
        words = fold(link.text) if len(link.text) < _LONGEST_LINE and is_file(link.url) else ""
        if words and (marks.regulation.search(words) or marks.list.search(words) or marks.form.search(words)):
            yield DoubtMark("document", link.text)
    if any(promises(page).text_of(Kind.ACCESS, text) >= _SAID for text in _names(page)):
        for block, words in _main(page):
            said = any(mark.search(words) for mark in (marks.focal, marks.regulation, marks.list, marks.form))
            if said and not marks.press.search(words):
                yield DoubtMark("words", block.text, block.node)


def _form(page: Page, body: Body, kind: str, found: Sequence[Finding]) -> Iterator[DoubtMark]:
    """Yield text areas of unknown purpose, and places that a script or a service fills."""
    areas = text_areas(page)
    told = {area.mem_id for form in forms(page) for area in form.node.css(AREA)} if areas else set()
    for area in areas:
        if area.mem_id not in told and not _hidden(area):
            yield DoubtMark("text_area", area.attributes.get("placeholder") or page.title, area)
    about = any(promises(page).text_of(kind, name) >= _NAMED for name in _names(page)) or contact_page(page)
    yield from _fields(page)
    for link in form_services(page) if not about else (*form_services(page), *_frames(page, body)):
        if link.place == "frame" or about or promises(page).text_of(kind, link.text) >= _NAMED:
            yield DoubtMark("form_service", link.text or page.title)
    yield from _clicked(page, kind)
    if _names_questions(found):  # the form to ask is in the frame that has the questions
        yield from (DoubtMark("frame", link.url) for link in _frames(page, body))
    if not areas and ((about and _shows_nothing(page)) or _closes_questions(page, found)):
        yield DoubtMark(NOTHING, page.title or page.url)
    for node in page.tree.css("template") if about else ():
        if any(part.css_first(AREA) is not None for part in node.template_fragments()):
            yield DoubtMark("shell", page.title or page.url, node)
    for node in inserters(page) if about else ():
        if not _SHOWN.search(node.text()):
            yield DoubtMark("shell", page.title or page.url, node)
    writes = page.words.table(DoubtWords).writes
    for node in page.tree.css(_SHELL):
        named = " ".join(node.attributes.get(name) or "" for name in ("id", "class", "src") if node.tag != "i")
        if writes.search(fold(named)):
            yield DoubtMark("shell", named, node)


def _closes_questions(page: Page, found: Sequence[Finding]) -> bool:
    """Return True for a page that is named for questions and says that something failed, or is closed for a time.

    The form to ask may be there at another time, as the questions may.
    """
    trouble = page.words.table(DoubtWords).trouble
    return _names_questions(found) and any(trouble.search(words) for _, words in _main(page))


def _names_questions(found: Sequence[Finding]) -> bool:
    """Return True if the page is named for questions, and shows none."""
    own = [one for one in found if one.kind == Kind.QA and not one.detail.get("href")]
    return any(one.page_url == one.value for one in own) and all(one.level < _SECTION for one in own)


def _frames(page: Page, body: Body) -> Iterator[Link]:
    """Yield frames of which nobody knows what they show."""
    framed = (link for link in page.links if link.place == "frame" and not _SHOWN.search(link.url))
    yield from (link for link in framed if is_nobodys(page, body, link.url))


def _fields(page: Page) -> Iterator[DoubtMark]:
    """Yield forms of single lines in which one asks for a text, and whose purpose no detector knows."""
    known = {form.node.mem_id for form in forms(page)}
    for node in page.tree.css("form"):
        lines = node.css("input[type=text], input:not([type]), input[type=email], input[type=tel]")
        if node.mem_id in known or len(lines) < _LINES:
            continue
        named = (line.attributes.get("placeholder") or "" for line in lines)
        words = fold(" ".join([node.text(separator=" "), *named]))
        if len(words) < _FORM and page.words.table(FormWords).field_text.search(words):
            yield DoubtMark("fields", words, node)


def _hidden(node: LexborNode) -> bool:
    return "hidden" in node.attributes or "display:none" in (node.attributes.get("style") or "").replace(" ", "")


def _names(page: Page) -> Iterator[str]:
    """Yield what names a page: the parts of its title, and its own headings."""
    yield page.title.split(" | ")[0].split(" - ")[0]
    for block in page.blocks:
        if block.tag in ("h1", "h2") and block.place in ("main", "header") and len(block.text) < _LONGEST_NAME:
            yield block.text


def _main(page: Page) -> Iterator[tuple[Block, str]]:
    return (pair for pair in zip(page.blocks, page.folded_lines, strict=True) if pair[0].place == "main")


def _elsewhere(page: Page, body: Body, kind: str, found: Sequence[Finding]) -> Iterator[DoubtMark]:
    """Yield links by which the frame of the site names the thing, and which lead where no page is opened.

    So do links in the text of its home page with few words; a file of the budget is a document there.
    """
    sought = (kind, Kind.QA) if kind == Kind.WEB_FORM else (kind,)  # questions have a form too
    for text, framed, said in promised_elsewhere(page, body):
        least = _NAMED if framed else _SURE if kind != Kind.BUDGET and text.count(" ") < _SHORT else math.inf
        if any(said.get(named, 0.0) >= least for named in sought):
            yield DoubtMark("elsewhere", text)


def _declared(page: Page, body: Body, kind: str, found: Sequence[Finding]) -> Iterator[DoubtMark]:
    """Yield what a page shows under the name of a study's own indicator and no words can be read of."""
    indicator = next(one for one in body.sought if one.kind == kind)
    if not indicator.detector:
        for words, node in unread(indicator, page):
            yield DoubtMark("unread", words, node)


def _clicked(page: Page, kind: str) -> Iterator[DoubtMark]:
    """Yield what a reader clicks to write, where only a script knows what opens."""
    for words, node in _openers(page):
        if promises(page).text_of(kind, words) >= _NAMED and not in_chat(page, node):
            yield DoubtMark("click", words, node)


def _openers(page: Page) -> Iterator[tuple[str, LexborNode]]:
    """Yield the words and the element of what a reader clicks and only a script opens, outside forms and menus."""
    for node in page.tree.css(_CLICKED):
        words = " ".join(node.text(separator=" ").split()) or node.attributes.get("title") or ""
        leads = not leads_nowhere(node.attributes.get("href") or "") or opens_menu(node)
        if 0 < len(words) < _LONGEST_NAME and not leads and not _within(node, "form"):
            yield words, node


def opens_menu(node: LexborNode) -> bool:
    """Return True for what opens a menu in it or beside it."""
    opens = " ".join(node.attributes.get(name) or "" for name in ("data-toggle", "data-bs-toggle", "class"))
    return "dropdown" in opens or "collapse" in opens or heads_links(node)


def _within(node: LexborNode, tag: str) -> bool:
    above = node.parent
    while above is not None and above.tag not in (tag, "body"):
        above = above.parent
    return above is not None and above.tag == tag


Marks = Callable[[Page, Body, str, Sequence[Finding]], Iterator[DoubtMark]]
MARKS: Mapping[str, tuple[Marks, ...]] = MappingProxyType(
    {
        Kind.QA: (_questions, _empty_section), Kind.EMAIL: (_address,), Kind.SOCIAL: (_channel,),
        Kind.ACCESS: (_access, _empty), Kind.WEB_FORM: (_form,), Kind.BUDGET: (_empty, _papers),
    }
)  # fmt: skip
