"""Classify an address: the body's own mailbox, a person's, a vendor's, a citizen's, another body's.

Ordered rules look at one sighting and its page; the first that applies decides. Only the classes of OFFICIAL may be
reported as the body's contact or proposed as a recipient. Rules: docs/reference/wording.md#address-classes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from prober.detectors.body_names import begins_name, holds_words, names_of
from prober.detectors.email.address_finder import UNSEEN, Sighting
from prober.detectors.email.mail_domains import Setting, relation
from prober.detectors.email.other_bodies import in_office, of_site
from prober.detectors.email.person_names import name_like, office_like
from prober.detectors.email.staff_entries import names_a_person, spelled_by_a_name
from prober.domain.hostnames import registrable
from prober.text.patterns import linear
from prober.text.vietnamese import fold, key
from prober.text.words import Words

VERSION = "22"  # of the detector "emails"; docs/scores.json holds its scores
PRIVATE = ("person", "citizen")  # their addresses are never stored

_EXAMPLE_DOMAIN = linear(
    r"^(?:example|domain|yourdomain|your-domain|company|yourcompany|email|sample|test|abc|xyz|tencongty|"
    r"tenmien|site|mail)"
    r"\.(?:com|org|net|vn|com\.vn|test|gov\.vn(?<!example\.gov\.vn))$"
)
_EXAMPLE_LOCAL = linear(
    r"^(?:example|abc|xyz|ten|name|username|yourname|your\.?name|user|email|youremail|tencuaban|tenban|"
    r"someone|test|vidu|ban|xxx+|123)$"
)
_SEPARATOR = linear(r"[._-]")
_VOWEL = linear(r"[aeiouy]")


@dataclass(frozen=True, slots=True, eq=False)
class AddressWords:
    """Hold the words around addresses and in them, from the packs."""

    TABLE: ClassVar = "address_classes"
    vendor_words: re.Pattern[str]
    mail_words: re.Pattern[str]
    example_words: re.Pattern[str]
    asker: re.Pattern[str]
    # With accents: without them "địa chỉ" is "chị". Streets have "Ông" and "bà" in their names.
    titles: re.Pattern[str]
    # What a mailbox is called: the words and initials of offices in the part before the sign, a pattern for each role.
    editor_name: re.Pattern[str]
    technical_name: re.Pattern[str]
    agency_name: re.Pattern[str]
    unit_name: re.Pattern[str]
    # Mailboxes of the province's other bodies, copied to the pages of its departments.
    province_name: re.Pattern[str]
    department_name: re.Pattern[str]
    media_name: re.Pattern[str]
    # Words before and after an address that say that nobody reads it any more.
    retired_before: re.Pattern[str]
    retired_after: re.Pattern[str]


def _marks(setting: Setting) -> AddressWords:
    return setting.words.table(AddressWords)


def classify(sighting: Sighting, setting: Setting) -> str:
    """Return the class of one readable address."""
    for rule in RULES:
        if found := rule(sighting, setting):
            return found
    return "other_body"


def labelled(sighting: Sighting, setting: Setting) -> bool:
    """Return True if a word for "e-mail" comes right before the address."""
    return bool(_marks(setting).mail_words.search(key(fold(sighting.before[-90:]))))


def _hidden(sighting: Sighting, setting: Setting) -> str:
    """Classify an address that no reader sees, so no contact. A citizen's or a person's one is not kept."""
    if sighting.trick not in UNSEEN or sighting.trick == "form field":
        return ""
    local, _, domain = sighting.address.partition("@")
    if _citizen(sighting, setting) == "citizen":
        return "citizen"
    return "person" if relation(domain, setting) == "free" and name_like(local, setting.words) else "hidden"


def _example(sighting: Sighting, setting: Setting) -> str:
    local, _, domain = sighting.address.partition("@")
    if _begins_with_name(local, setting):
        return ""
    made_up = _EXAMPLE_DOMAIN.match(domain) or _EXAMPLE_LOCAL.match(local) or sighting.trick == "form field"
    return "example" if made_up or _marks(setting).example_words.search(fold(sighting.before[-40:]).rstrip()) else ""


def _citizen(sighting: Sighting, setting: Setting) -> str:
    if sighting.index not in setting.asked:
        return ""
    kind = relation(sighting.address.partition("@")[2], setting)
    if kind in ("free", "foreign"):
        return "citizen"
    return "other_body" if kind != "own" else ""


def _vendor(sighting: Sighting, setting: Setting) -> str:
    domain, its = sighting.address.partition("@")[2], setting.body.department
    kind = relation(domain, setting)
    if kind == "vendor":
        return "vendor"
    credited = _marks(setting).vendor_words.search(fold(f"{sighting.before} {sighting.line[:160]}"))
    shared = its is not None and registrable(domain) in its.mail_domains  # its ministry makes sites too
    return "vendor" if credited and (kind in ("foreign", "free") or shared) else ""


def _foreign(sighting: Sighting, setting: Setting) -> str:
    """Classify an address at another domain as another body's, unless the page announces it as its own contact.

    A portal run by its ministry or parent shows that body's mailbox in its "Liên hệ" box, or in a footer that has no
    other address. For a department only its own address counts: its footer may be copied from another province's.
    """
    kind = _kind(sighting, setting)
    if kind not in ("public", "foreign"):
        return ""
    boxed, office = sighting.index in setting.boxes, in_office(sighting, setting.words)
    if setting.body.department is None and _named_after_body(sighting, setting):
        return _role(sighting, setting) or "agency_role"
    alone = sighting.place == "footer" and not setting.framed
    if (
        kind == "public"
        and not setting.body.department
        and sighting.address not in setting.others
        and (sighting.card or office)
        and (labelled(sighting, setting) or office)
        and (boxed or alone)
    ):
        return _role(sighting, setting) or "agency_role"
    return "other_body"


def _kind(sighting: Sighting, setting: Setting) -> str:
    """Return the relation of an address to the body: its own if it stands behind the body's name, whatever its domain.

    Of a department its name is not enough: a footer may be copied from another province's.
    """
    kind = relation(sighting.address.partition("@")[2], setting)
    framed = sighting.place in ("footer", "header") or not setting.article
    its = framed and sighting.address in setting.signed and setting.body.department is None
    return "own" if its and kind in ("public", "foreign") else kind


def _named_after_body(sighting: Sighting, setting: Setting) -> bool:
    """Return True for an address of another domain that a page announces, with the body's name before or in its domain.

    Schools and hospitals have addresses of their own domain, or of their ministry's.
    """
    local, _, domain = sighting.address.partition("@")
    announced = setting.contact or sighting.place in ("footer", "header") or sighting.index in setting.boxes
    if setting.page is None or setting.article or not announced:
        return False
    called = names_of(setting.page, setting.body)
    return (
        begins_name(registrable(domain).split(".")[0], called, setting.words)
        or _begins_with_name(local, setting)
        or (labelled(sighting, setting) and holds_words(local, called, setting.words))
    )


def _begins_with_name(local: str, setting: Setting) -> bool:
    """Return True for a mailbox that is the body's name from its beginning on, such as "ashfordtowncouncil"."""
    return setting.page is not None and begins_name(local, names_of(setting.page, setting.body), setting.words)


def _retired(sighting: Sighting, setting: Setting) -> str:
    """Recognise an address of which the page says that it is out of use."""
    marks, after = _marks(setting), sighting.line.lower().partition(sighting.address)[2][:80]
    before = fold(sighting.before[-40:]).rstrip(" :")
    return "other_body" if marks.retired_before.search(before) or marks.retired_after.match(fold(after)) else ""


def department(local: str, words: Words) -> bool:
    """Return True if a local part names a department of a province, by initials ("sxd") or in words ("soxaydung")."""
    return bool(words.table(AddressWords).department_name.match(local))


def _another(sighting: Sighting, setting: Setting) -> str:
    return "other_body" if sighting.address in setting.others else ""


def _sibling(sighting: Sighting, setting: Setting) -> str:
    """Recognise another body under the same domain: the province's mailboxes on a department's site, or one of a list.

    A single department in a footer runs the portal ("Cơ quan thường trực") and is its contact; many are a directory.
    """
    local = sighting.address.partition("@")[0]
    marked = any(mark in local for one in setting.body.vocabulary.departments for mark in one.marks)
    if setting.body.department:
        return (
            "other_body"
            if not marked and (_marks(setting).province_name.match(local) or department(local, setting.words))
            else ""
        )
    if setting.page is not None and of_site(sighting.address, setting.page, setting.body):
        return ""
    named = marked or department(local, setting.words)
    # An address mentioned in passing, "Hồ sơ gửi về Sở Nội vụ (sonoivu@…)", on a site that has its own contact; in an
    # article that is any address.
    passing = setting.framed and not setting.contact and not sighting.card and sighting.place == "main"
    return "other_body" if (named and setting.directory) or (passing and (named or setting.article)) else ""


def _media(sighting: Sighting, setting: Setting) -> str:
    """Recognise the province's newspaper and broadcaster, to which its portal links."""
    local = sighting.address.partition("@")[0].replace(".", "")
    body = setting.body
    provincial = body.department or body.departments
    return "other_body" if provincial and _marks(setting).media_name.match(local) else ""


def _free(sighting: Sighting, setting: Setting) -> str:
    """Classify a free mailbox; the body's only if announced, in the footer or on the contact page with a label."""
    local, _, domain = sighting.address.partition("@")
    if relation(domain, setting) != "free":
        return ""
    around = fold(f"{sighting.before[-120:]}")
    if _marks(setting).asker.search(around):
        return "citizen"
    role = _role(sighting, setting)
    marked = _marked(local, setting)
    its = sighting.address in setting.signed
    announced = sighting.place in ("footer", "header", "aside") or setting.contact or sighting.card
    if (role or marked) and (announced or labelled(sighting, setting)) and not setting.article:
        return "freemail"
    if (name_like(local, setting.words) and not _begins_with_name(local, setting)) or (
        _marks(setting).titles.search(key(sighting.before[-120:])) and not office_like(local, setting.words)
    ):
        return "person"
    return "freemail" if (its or announced and labelled(sighting, setting)) and not setting.article else "citizen"


def _technical(sighting: Sighting, setting: Setting) -> str:
    return "technical" if _marks(setting).technical_name.match(sighting.address.partition("@")[0]) else ""


def _role(sighting: Sighting, setting: Setting) -> str:
    local = sighting.address.partition("@")[0]
    if _like_a_person(local, setting):
        return ""
    if _marks(setting).editor_name.search(local):
        return "portal_editor"
    if _marks(setting).agency_name.match(local):
        return "agency_role"
    return "unit_role" if _marks(setting).unit_name.search(local) else ""


def _person(sighting: Sighting, setting: Setting) -> str:
    local = sighting.address.partition("@")[0]
    if _like_a_person(local, setting):
        return "person"
    # A row of a staff list: a title before the address, and a local part that may be a name. In a footer the title is
    # that of the person responsible, and the address after it is the office's.
    framed = sighting.place in ("footer", "header") or office_like(local, setting.words)
    titled = not framed and _marks(setting).titles.search(key(sighting.before[-80:]))
    return "person" if titled and local.isalpha() and len(local) < 12 and _VOWEL.search(local) else ""


def _staff(sighting: Sighting, setting: Setting) -> str:
    """Recognise the mailbox of a person who is named in its entry, whatever the mailbox is called.

    In a frame only if it is made of that name: there a name is that of the person who answers for the site.
    """
    local = sighting.address.partition("@")[0]
    if setting.page is None or sighting.index < 0:
        return ""
    kind, marks = _kind(sighting, setting), _marks(setting)
    if kind not in ("own", "free") or _marked(local, setting):
        return ""
    first = local.partition(".")[0]
    office = bool(marks.agency_name.match(first) or marks.unit_name.search(first) or marks.editor_name.search(first))
    asked = kind == "free" and marks.asker.search(fold(sighting.before[-120:]))  # a citizen's
    if (
        not asked
        and not office_like(first, setting.words)
        and spelled_by_a_name(setting.page, sighting.index, local, office)
    ):
        return "" if holds_words(local, names_of(setting.page, setting.body), setting.words) else "person"
    if office_like(local, setting.words) or department(local, setting.words) or _unit_of_department(local, setting):
        return ""
    framed = sighting.place in ("footer", "header")
    return "person" if not framed and names_a_person(setting.page, sighting.index) else ""


def _marked(local: str, setting: Setting) -> bool:
    """Return True if a local part has the name of the body or of its province in it."""
    return any(mark in local.replace(".", "") for mark in setting.body.marks if len(mark) > 4)


def _unit_of_department(local: str, setting: Setting) -> bool:
    """Return True for "khtc.syt": a unit's initials and the department's, whoever is named beside it."""
    unit, _, office = local.rpartition(".")
    return bool(unit) and department(office, setting.words) and not name_like(unit, setting.words)


def _like_a_person(local: str, setting: Setting) -> bool:
    """Return True if a local part looks like a person's name, and is not that of the site or of the body.

    Communes are called as persons are: tanan@camau.gov.vn, on tanan.camau.gov.vn, is the ward's, and so is
    xatanan@camau.gov.vn wherever the page is titled "Ủy ban nhân dân xã Tân An".
    """
    site = setting.page.host.removeprefix("www.").partition(".")[0] if setting.page else ""
    named = len(site) > 4 and site in local.replace(".", "")
    if named or not name_like(local, setting.words):
        return False
    return setting.page is None or not _made_of_name(local, setting, names_of(setting.page, setting.body))


def _made_of_name(local: str, setting: Setting, called: tuple[tuple[str, ...], ...]) -> bool:
    """Return True if a mailbox is the body's name, or a unit and that name: "motcua.tanan", but not "hungnv.tanan"."""
    if holds_words(local, called, setting.words):
        return True
    *before, name = _SEPARATOR.split(local)
    unit, marks = ".".join(before), _marks(setting)
    office = marks.agency_name.match(unit) or marks.unit_name.search(unit)
    return bool(office) and not name_like(unit, setting.words) and holds_words(name, called, setting.words)


def announced_as_office(sighting: Sighting, setting: Setting) -> bool:
    """Return True if a page announces an address as its body's contact and names no person with it.

    Of a mailbox there whose name may be a person's, nobody can tell whose it is.
    """
    framed = setting.contact or sighting.place in ("footer", "header") or sighting.index in setting.boxes
    own = relation(sighting.address.partition("@")[2], setting) == "own"
    if not (framed and own and labelled(sighting, setting)) or setting.page is None or sighting.index < 0:
        return False
    titled = _marks(setting).titles.search(key(sighting.before[-80:]))
    return not titled and not names_a_person(setting.page, sighting.index)


def _own(sighting: Sighting, setting: Setting) -> str:
    """Classify the rest: a unit's mailbox; in a directory another body's, as it may be a district's or a person's."""
    if any(mark in sighting.address.partition("@")[0].replace(".", "") for mark in setting.body.marks):
        return "agency_role"
    return "other_body" if setting.crowd and sighting.place == "main" else "unit_role"


RULES: tuple[Callable[[Sighting, Setting], str], ...] = (
    _hidden,  # first: no reader sees it, whatever it is
    _example,
    _retired,
    _citizen,  # before the domain rules: a citizen may write from anywhere
    _vendor,
    _foreign,
    _staff,  # before the roles: many a name has the letters of a role in it
    _another,
    _sibling,
    _media,
    _free,
    _technical,
    _role,  # a role in the local part outweighs the name of the person who answers for it
    _person,
    _own,
)
