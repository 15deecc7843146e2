"""Find the access-to-information section of a site, and its parts.

The parts are the internal regulation, the focal point, the list of information and the request form: Law on Access to
Information 104/2016/QH13, articles 17–19, 24 and 33–34. The regulation on speaking to the press ("quy chế phát ngôn và
cung cấp thông tin cho báo chí") is another thing and never counts (docs/reference/wording.md#access-to-information).
"""

import re
from collections.abc import Iterator, Mapping

from prober.detectors.body import Body
from prober.detectors.email.address_finder import sightings
from prober.detectors.email.person_names import name_like
from prober.detectors.link_promises import FILE, leads_home, promises, urlsplit_path
from prober.detectors.questions.thread_dates import dates
from prober.domain.finding import Finding, State
from prober.domain.hostnames import host_of, registrable
from prober.domain.indicator import Kind
from prober.domain.page import Block, Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import fold

VERSION = "4"
_TRIGGER = linear(
    r"tiep can thong tin|cung cap thong tin|thong tin (?:phai |duoc )?(?:duoc )?cong khai|access to information"
)
_PRESS = linear(r"bao chi|phat ngon")
# Links that mention access to information and lead elsewhere: news, the law itself, or one matter only ("cung cấp thông
# tin giá đất").
_ELSEWHERE = linear(
    r"tap huan|hoi nghi|tuyen truyen|cuoc thi|quan triet|luat tiep can thong tin (?:so |nam )?\d|"
    r"cung cap thong tin (?!theo|cho (?:cong dan|to chuc|nguoi dan|ca nhan)|cua|thuoc|cong dan|va)[a-z]"
)
_REGULATION = linear(
    r"quy che[^.\n]{0,80}cung cap thong tin|quy che[^.\n]{0,60}tiep can thong tin|"
    r"quy dinh[^.\n]{0,50}cung cap thong tin (?:cho cong dan|theo yeu cau)"
)
_DECISION = linear(r"(?<![\w/])(\d{1,5}(?:/\d{4})?/QĐ-[A-ZĐa-z&-]{2,20})")
_FOCAL = linear(
    r"dau moi (?:cung cap|tiep nhan|tiep can)|(?:don vi|bo phan|can bo|nguoi) (?:dau moi|lam dau moi|"
    r"phu trach cung cap thong tin)|dau moi[^.\n]{0,40}thong tin"
)
_LIST = linear(r"danh muc (?:cac )?thong tin (?:phai |duoc |cong dan )|danh muc thong tin[^.\n]{0,30}cong khai")
_FORM = linear(r"phieu yeu cau cung cap thong tin|mau (?:so )?0?1[ab]\b|mau phieu yeu cau")
# A number ends with its line, because the next line may begin with another number.
_TELEPHONE = linear(
    r"(?:điện thoại|đt|tel|phone|số máy)[^\d(+]{0,12}([\d(+](?:[^\S\n]|[\d().+-]){6,20})", re.IGNORECASE
)
_LINES = 8  # lines from the words "đầu mối" on, in which its telephone or address is searched
_UNIT = linear(r"(?:Văn phòng|Phòng|Sở|Ban|Bộ phận|Thanh tra|Trung tâm|UBND|Ủy ban)[^.,;:()\n]{2,80}")
_LINKED = 0.5


def access(page: Page, body: Body) -> list[Finding]:
    """Return a finding for each part that the page shows. A link to the section is a candidate with confidence 0.4."""
    if not _TRIGGER.search(page.folded):
        return []
    found = [*_section(page), *_regulation(page), *_focal_point(page), *_listed(page)]
    values = {finding.value for finding in found if finding.category == "section"}
    found += [finding for finding in _linked(page) if finding.value not in values]
    return found


def _section(page: Page) -> Iterator[Finding]:
    links = promises(page)
    heads = [block for block in page.blocks if block.tag in ("h1", "h2") and block.place in ("main", "header")]
    named = next(
        (
            block
            for block in heads
            if links.text_of(Kind.ACCESS, block.text) >= _LINKED and not _PRESS.search(fold(block.text))
        ),
        None,
    )
    title = page.title.split(" | ")[0].split(" - ")[0]
    own = named is not None or (links.text_of(Kind.ACCESS, title) >= _LINKED and not _PRESS.search(fold(title)))
    if own or links.path_of(Kind.ACCESS, page.url) >= _LINKED:
        snippet = named.text if named is not None else page.title
        yield _finding(page, "section", page.url.partition("#")[0], 0.9 if own else 0.7, snippet, named, {})


def _regulation(page: Page) -> Iterator[Finding]:
    seen = set()
    blocks = page.blocks
    for index, (block, words) in enumerate(zip(blocks, page.folded_lines, strict=True)):
        if block.place == "menu" or not _REGULATION.search(words) or _PRESS.search(words):
            continue
        around = "\n".join(
            near.text for near in blocks[max(0, index - 2) : index + 3] if not _PRESS.search(fold(near.text))
        )
        number = _DECISION.search(block.text) or _DECISION.search(around)
        value = number[1] if number else ""
        if value in seen:
            continue
        seen.add(value)
        when = dates(words) or dates(fold(around))
        detail = {"number": value, "date": when[0][0].isoformat() if when else ""}
        yield _finding(page, "regulation", value, 0.9 if number else 0.4, block.text, block, detail)


def _focal_point(page: Page) -> Iterator[Finding]:
    blocks = page.blocks
    if "dau moi" not in page.folded and "phu trach cung cap" not in page.folded:
        return
    named = [i for i, words in enumerate(page.folded_lines) if blocks[i].place != "menu" and _FOCAL.search(words)]
    # An introduction mentions the focal point too; its heading is the line nearest before a number or address.
    near = min(((steps, i) for i in named if (steps := _steps_to_contact(page, i)) is not None), default=None)
    if near is None:
        return
    index = near[1]
    block = blocks[index]
    text = "\n".join(_lines_after(page, index))
    unit = _UNIT.search(text)
    # A person's own mailbox is not kept, only that there is one.
    mail = next((address for _, address in _mails_after(page, index) if not name_like(address.partition("@")[0])), "")
    phone = _phone(text)
    detail = {"unit": " ".join(unit[0].split()) if unit else "", "phone": phone, "email": mail}
    yield _finding(page, "focal_point", mail or phone, 0.8, block.text, block, detail)


def _steps_to_contact(page: Page, index: int) -> int | None:
    """Return the number of lines from line `index` to the first telephone or address; None if there is none."""
    steps = [found - index for found, _ in _mails_after(page, index)]
    steps += [step for step, line in enumerate(_lines_after(page, index)) if _phone(line)]
    return min(steps, default=None)


def _lines_after(page: Page, index: int) -> list[str]:
    """Return line `index` and the next lines in the same place of the page, which may give the contact."""
    place = page.blocks[index].place
    return [near.text for near in page.blocks[index : index + _LINES] if near.place == place]


def _mails_after(page: Page, index: int) -> list[tuple[int, str]]:
    """Return the addresses from line `index` on, each with the number of its line."""
    return [(s.index, s.address) for s in sightings(page) if index <= s.index < index + _LINES and s.address]


def _phone(text: str) -> str:
    after = _TELEPHONE.search(text)
    return " ".join(after[1].split()).rstrip("-. (") if after else ""


def _listed(page: Page) -> Iterator[Finding]:
    for category, mark in (("list", _LIST), ("request_form", _FORM)):
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
    links = promises(page)
    for link in page.links:
        label = links.section_label(link) if link.heading else link.text
        if (
            link.dead
            or links.text_of(Kind.ACCESS, label) < _LINKED
            or not link.url.startswith("http")
            or link.url in seen
        ):
            continue
        words, path = fold(label), urlsplit_path(link.url)
        if any(mark.search(words) for mark in (_PRESS, _LIST, _FORM, _ELSEWHERE)) or FILE.search(path):
            continue
        if leads_home(link, page):
            continue
        if registrable(host_of(link.url)) == registrable(page.host):
            seen.add(link.url)
            detail = {"href": link.href, "place": link.place, "candidate": True}
            yield _finding(page, "section", link.url.partition("#")[0], 0.4, link.text, None, detail)


def _finding(
    page: Page, category: str, value: str, sure: float, snippet: str, block: Block | None, detail: Mapping[str, object]
) -> Finding:
    selector = css_path(block.node) if block is not None else ""
    return Finding(
        Kind.ACCESS,
        category,
        value,
        State.PRESENT,
        0,
        sure,
        snippet[:300],
        selector,
        page.url,
        "access",
        VERSION,
        detail,
    )
