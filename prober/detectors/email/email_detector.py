"""Find the contact addresses of a page, decoded and classified, each with a confidence; official ones first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import ClassVar, NamedTuple

from prober.detectors.body import Body
from prober.detectors.email.address_classes import (
    PRIVATE,
    VERSION,
    announced,
    classify,
    department,
    labelled,
)
from prober.detectors.email.address_finder import Sighting, contact_page, sightings
from prober.detectors.email.deobfuscation import plain
from prober.detectors.email.mail_domains import Setting, relation, vendors
from prober.detectors.email.other_bodies import names_another, of_site, signed
from prober.detectors.questions.threads import thread_blocks
from prober.domain.finding import Finding, State
from prober.domain.hostnames import FREE_MAIL, governmental, host_of, registrable
from prober.domain.indicator import OFFICIAL, Kind
from prober.domain.pages.page import Page, css_path
from prober.text.patterns import linear
from prober.text.vietnamese import key, line, nfc
from prober.text.words import Words

BOX = 6  # lines of a contact box: name, address, telephones, address of the mailbox
CROWD = 10  # from so many addresses of the own domain in the main part on, it is a directory of staff or units
MANY_DEPARTMENTS = 3  # from so many departments' addresses on, it is a directory and not the portal's operators
_RANK = {
    name: position
    for position, name in enumerate((*OFFICIAL, "person", "technical", "other_body", "vendor", "citizen", "example"))
}
LONGEST_NAME = 80
_MAIL_PATH = linear(r"/(?:owa|zimbra|roundcube|webmail|exchange|mail)(?:/|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class MailWords:
    """Hold the words of contact boxes and web mail, from the packs."""

    TABLE: ClassVar = "email_detector"
    contact_heads: tuple[str, ...]
    # Links to the staff's mail server are labelled like a contact ("Thư điện tử công vụ") and of no use outside.
    mail_host: re.Pattern[str]
    mail_label: re.Pattern[str]
    contact_title: tuple[str, ...]  # of a page that lists contacts


def _marks(page: Page) -> MailWords:
    return page.words.table(MailWords)


class ShownAddresses(NamedTuple):
    """Hold what is known of the addresses of a page."""

    setting: Setting
    classed: Mapping[str, tuple[str, Sighting]]  # address → its class, and the sighting that shows it best


def emails(page: Page, body: Body) -> list[Finding]:
    """Return one finding per address, proved by its best sighting. Addresses of persons and citizens are not kept."""
    setting, classed = read_addresses(page, body)
    # A free mailbox does not take the place of one at the body's own domain.
    official = any(category in OFFICIAL and category != "freemail" for category, _ in classed.values())
    found: list[Finding] = []
    for category, sighting in classed.values():
        finding = _finding(page, setting, sighting, _settled(category, official))
        # Without their addresses persons cannot be told apart: one stands for all.
        if category not in PRIVATE or all(other.category != category for other in found):
            found.append(finding)
    return sorted(found, key=lambda finding: -finding.confidence) + _webmail_logins(page)


@lru_cache(maxsize=1)  # for the findings and for the look list of the same page
def read_addresses(page: Page, body: Body) -> ShownAddresses:
    """Return the addresses that a page shows, each with its class."""
    seen = sightings(page)
    setting = _setting(page, body, seen)
    classed = _classed(seen, setting)
    if not any(category in OFFICIAL or category == "technical" for category, _ in classed.values()):
        # A page has the address of the body above in its frame, or as its contact, where its own has none.
        others = setting.others.intersection(one.address for one in seen if not _may_be_its(one, setting))
        if others != setting.others:
            setting = replace(setting, others=others)
            classed = _classed(seen, setting)
    return ShownAddresses(setting, classed)


def _may_be_its(sighting: Sighting, setting: Setting) -> bool:
    """Return True for an address that a page announces as a contact; on a department's, for one with its mark."""
    its, shown = setting.body.department, setting.contact or announced(sighting, setting)
    return shown and (its is None or any(mark in sighting.local for mark in its.marks))


def _classed(seen: Sequence[Sighting], setting: Setting) -> dict[str, tuple[str, Sighting]]:
    """Return the best class of each address: that in the footer is not a citizen's by its copy in a thread."""
    classed: dict[str, tuple[str, Sighting]] = {}
    for sighting in seen:
        category, held = classify(sighting, setting), classed.get(sighting.address)
        if held is None or _RANK.get(category, 9) < _RANK.get(held[0], 9):
            classed[sighting.address] = (category, sighting)
    return classed


def _settled(category: str, official: bool) -> str:
    """Return the final class: webmaster@ and admin@ run the site and are its contact only if there is no other."""
    if category == "technical":
        return "vendor" if official else "portal_editor"
    return category


def _setting(page: Page, body: Body, seen: list[Sighting]) -> Setting:
    contact, boxes = contact_page(page), _contact_boxes(page)
    article = not contact and any(block.tag == "h1" and block.text.count(" ") > 8 for block in page.headings)
    home = set() if body.own_domains else {registrable(page.host)}
    if home and _numeric(page.host):
        home = _likely_own(seen, boxes, contact, page.words)
    named = {one.address for one in seen if department(one.local, page.words) and not of_site(one.address, page, body)}
    setting = Setting(
        page, body, contact, article, thread_blocks(page), boxes, frozenset(home), len(named) >= MANY_DEPARTMENTS
    )
    others = {sighting.address for sighting in seen if names_another(sighting, page, body)}
    its = {sighting.address for sighting in seen if signed(sighting, page, body)}
    own = [sighting for sighting in seen if relation(sighting.domain, setting) == "own"]
    return replace(
        setting,
        framed=any(announced(sighting, setting) for sighting in own if sighting.address not in others),
        crowd=len({sighting.address for sighting in own if sighting.place == "main"}) >= CROWD,
        others=frozenset(others),
        signed=frozenset(its - others),
    )


def _contact_boxes(page: Page) -> frozenset[int]:
    """Return the numbers of the blocks right after a heading "Liên hệ", in a box or on the contact page itself."""
    called = _marks(page).contact_heads
    heads = [number for number, words in enumerate(page.folded_lines) if words in called]
    return frozenset(number for head in heads for number in range(head + 1, head + 1 + BOX))


def _likely_own(seen: list[Sighting], boxes: frozenset[int], contact: bool, words: Words) -> set[str]:
    """Return the likely own domains of a site without one (a local copy): those of addresses in frame or contact box.

    If there are none, those of its mail links. Government domains exclude others: another domain in a public body's
    footer is the vendor's.
    """
    framed, linked = set(), set()
    for sighting in seen:
        domain = registrable(sighting.domain)
        if not domain or domain in FREE_MAIL or domain in vendors(words):
            continue
        if contact or sighting.index in boxes or sighting.place in ("footer", "header", "aside"):
            framed.add(domain)
        elif sighting.trick == "mailto":
            linked.add(domain)
    found = framed or linked
    return {domain for domain in found if governmental(domain)} or found


def _numeric(host: str) -> bool:
    return not host or host == "localhost" or host.replace(".", "").isdigit() or ":" in host


def _finding(page: Page, setting: Setting, sighting: Sighting, category: str) -> Finding:
    private = category in PRIVATE
    return Finding(
        Kind.EMAIL, category, "" if private else sighting.address, State.FOUND, 0,
        confidence(sighting, setting, category),
        f"…@{sighting.domain}" if private else line(sighting.line)[:300],
        _selector(page, sighting), page.url, "emails", VERSION,
        {"trick": sighting.trick, "place": sighting.place, "domain": relation(sighting.domain, setting)},
    )  # fmt: skip


def _selector(page: Page, sighting: Sighting) -> str:
    return sighting.selector or (css_path(page.blocks[sighting.index].node) if sighting.index >= 0 else "")


def confidence(sighting: Sighting, setting: Setting, category: str) -> float:
    """Return the confidence by place, label and domain; at most 0.3 for an address that is not official.

    Contact page 0.35 or footer and header 0.25, elsewhere 0.1; a label before it 0.2; the body's own domain 0.3, free
    mail 0.1; a role in the local part 0.15.
    """
    if category not in OFFICIAL:
        return 0.1 if category == "example" else 0.3
    place = 0.35 if setting.contact else 0.25 if sighting.framed else 0.1
    label = 0.2 if labelled(sighting, setting) or sighting.trick == "mailto" else 0.0
    domain = {"own": 0.3, "free": 0.1}.get(relation(sighting.domain, setting), 0.0)
    role = 0.15 if category != "freemail" else 0.05
    return round(min(place + label + domain + role, 1.0), 2)


def _webmail_logins(page: Page) -> list[Finding]:
    """Return one finding per mail server to which the page links."""
    found: dict[str, Finding] = {}
    for link in page.links:
        if _leads_to_mail(page.words, link.url) and "@" not in link.href and not link.dead:
            host, marks = host_of(link.url), _marks(page)
            labelled = len(link.text) < 60 and _MAIL_PATH.search(link.url) and marks.mail_label.search(key(link.text))
            if host not in found and (labelled or marks.mail_host.search(host)):
                found[host] = Finding(
                    Kind.EMAIL, "webmail_login", link.url, State.FOUND, 0, 0.1, link.text[:300], "", page.url,
                    "emails", VERSION, {"place": link.place},
                )  # fmt: skip
    return list(found.values())


@lru_cache(maxsize=8192)
def _leads_to_mail(words: Words, url: str) -> bool:
    marks = words.table(MailWords)
    return url.startswith("http") and bool(marks.mail_host.search(host_of(url)) or _MAIL_PATH.search(url))


def document_emails(text: str, name: str, url: str, fetched_at: datetime, body: Body) -> list[Finding]:
    """Return what the rules for pages find in `text`, line by line. `name` is the contact page's name of the document.

    A list of mailboxes is part of the contact page that offers it, so its lines are read like those of such a page:
    classes and confidences are those of `emails`. There is no selector, because a document has no elements.
    """
    lines = "<br>".join(escape(line) for line in nfc(text).splitlines())
    titles = body.words.table(MailWords).contact_title
    head = f"<title>{titles[0]}: {escape(name[:LONGEST_NAME])}</title>"
    page = Page(url, 200, f"{head}<p>{lines}</p>", fetched_at, words=body.words)
    return [replace(finding, selector="", snippet=_alone(finding)) for finding in emails(page, body)]


def _alone(finding: Finding) -> str:
    """Return the line of a finding without other addresses: a row of a directory may name a person after a unit."""
    line = finding.snippet
    for other in plain(line):
        if other != finding.value:
            line = re.sub(re.escape(other), f"…@{other.partition('@')[2]}", line, flags=re.IGNORECASE)
    return line
