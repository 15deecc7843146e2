"""Classify an address: the body's own mailbox, a person's, a vendor's, a citizen's, another body's.

Ordered rules look at one sighting and its page; the first that applies decides. Only the classes of OFFICIAL may be
reported as the body's contact or proposed as a recipient. Rules: docs/reference/wording.md#address-classes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from prober.detectors.body_names import BodyWords, begins_name, holds_words
from prober.detectors.email.address_finder import UNSEEN, Sighting
from prober.detectors.email.mail_domains import Setting, places, relation
from prober.detectors.email.other_bodies import in_office, of_site
from prober.detectors.email.person_names import name_like, office_like
from prober.detectors.email.staff_entries import named_unit, names_a_person, spelled_by_a_name
from prober.domain.hostnames import registrable
from prober.text.patterns import linear
from prober.text.vietnamese import fold, key
from prober.text.words import Words

VERSION = "30"  # of the detector "emails"; docs/scores.json holds its scores
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
    technical_before: re.Pattern[str]  # right before an address: it is for troubles with the site
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
    return setting.page.words.table(AddressWords)


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
    """Classify an address that no reader sees, so no contact. A person's is not kept."""
    if sighting.trick not in UNSEEN or sighting.trick == "form field":
        return ""
    named = relation(sighting.domain, setting) == "free" and name_like(sighting.local, setting.page.words)
    return "person" if named else "hidden"


def _example(sighting: Sighting, setting: Setting) -> str:
    if _begins_with_name(sighting.local, setting):
        return ""
    made_up = (
        sighting.trick == "form field"
        or _EXAMPLE_DOMAIN.match(sighting.domain)
        or _EXAMPLE_LOCAL.match(sighting.local)
        or (
            _marks(setting).example_words.search(fold(sighting.before[-40:]).rstrip())
            and not _spelled(sighting, setting)  # "Lê Hữu Đảng:" is no form ("dạng:")
        )
    )
    return "example" if made_up else ""


def _citizen(sighting: Sighting, setting: Setting) -> str:
    if sighting.index not in setting.asked:
        return ""
    return "citizen" if relation(sighting.domain, setting) in ("free", "foreign") else ""


def _vendor(sighting: Sighting, setting: Setting) -> str:
    domain, its = sighting.domain, setting.body.department
    kind = relation(domain, setting)
    if kind == "vendor":
        return "vendor"
    credited = _marks(setting).vendor_words.search(fold(f"{sighting.before} {sighting.line[:160]}"))
    shared = its is not None and registrable(domain) in its.mail_domains  # its ministry makes sites too
    return "vendor" if credited and (kind in ("foreign", "free") or shared) else ""


def _foreign(sighting: Sighting, setting: Setting) -> str:
    """Classify an address at another domain as another body's, unless the page announces it as its own contact.

    A portal run by its ministry or parent shows that body's mailbox in its "Liên hệ" box, or in a footer that has no
    other address. For a department only its own address counts, or one that names it and its province: its footer may
    be copied from another province's.
    """
    kind = _kind(sighting, setting)
    if kind not in ("public", "foreign"):
        return ""
    alone = sighting.place == "footer" and not setting.framed
    contact = in_office(sighting, setting.page.words) or (sighting.card and labelled(sighting, setting))
    above = kind == "public" and contact and (alone or sighting.index in setting.boxes)
    its = (above and sighting.address not in setting.others) or _named_after_body(sighting, setting)
    if its and (setting.body.department is None or _of_this_department(sighting.local, setting)):
        return _role(sighting, setting) or "agency_role"
    return "other_body"


def _kind(sighting: Sighting, setting: Setting) -> str:
    """Return the relation of an address to the body: its own if it stands behind the body's name, whatever its domain.

    Of a department its name is not enough: a footer may be copied from another province's.
    """
    kind = relation(sighting.domain, setting)
    told = sighting.address in setting.signed and (sighting.framed or not setting.article)
    return "own" if told and kind in ("public", "foreign") and setting.body.department is None else kind


def announced(sighting: Sighting, setting: Setting) -> bool:
    """Return True for an address in the frame of a page or in a box headed "Liên hệ"."""
    return sighting.framed or sighting.index in setting.boxes


def _named_after_body(sighting: Sighting, setting: Setting) -> bool:
    """Return True for an address of another domain that a page announces, with the body's name before or in its domain.

    Schools and hospitals have addresses of their own domain, or of their ministry's.
    """
    if setting.article or not (setting.contact or announced(sighting, setting)):
        return False
    site = registrable(sighting.domain).split(".")[0]
    return (
        begins_name(site, setting.called, setting.page.words)
        or _begins_with_name(sighting.local, setting)
        or (labelled(sighting, setting) and _of_name(sighting.local, setting))
    )


def _of_this_department(local: str, setting: Setting) -> bool:
    """Return True for a mailbox that names a department and the place with which its name ends: sotaichinh.hue@…"""
    name, department = _SEPARATOR.sub("", local), setting.body.department
    rest = {cut for end in places(setting.body) for cut in (name.removeprefix(end), name.removesuffix(end))} - {name}
    return department is not None and any(mark in left for left in rest for mark in department.marks)


def _begins_with_name(local: str, setting: Setting) -> bool:
    """Return True for a mailbox that is the body's name from its beginning on, such as "ashfordtowncouncil"."""
    return begins_name(local, setting.called, setting.page.words)


def _of_name(local: str, setting: Setting) -> bool:
    """Return True for a mailbox that is made of words of the body's name, such as "phuongtanan"."""
    return holds_words(local, setting.called, setting.page.words)


def _retired(sighting: Sighting, setting: Setting) -> str:
    """Recognise an address of which the page says that it is out of use."""
    marks, after = _marks(setting), sighting.line.lower().partition(sighting.address)[2][:80]
    before = fold(sighting.before[-40:]).rstrip(" :")
    return "other_body" if marks.retired_before.search(before) or marks.retired_after.match(fold(after)) else ""


def department(local: str, words: Words) -> bool:
    """Return True if a local part names a department of a province, by initials ("sxd") or in words ("soxaydung")."""
    return bool(words.table(AddressWords).department_name.match(local))


def _sibling(sighting: Sighting, setting: Setting) -> str:
    """Recognise another body at the same domain: one named beside the address, or in the mailbox."""
    local, body = sighting.local, setting.body
    provincial = body.department or body.departments  # whose newspaper and broadcaster are known
    media = provincial and _marks(setting).media_name.match(local.replace(".", ""))
    return "other_body" if sighting.address in setting.others or media or _of_department(sighting, setting) else ""


def _of_department(sighting: Sighting, setting: Setting) -> bool:
    """Return True for the province's mailboxes on a department's site, or one of a list of departments.

    A single department in a footer runs the portal ("Cơ quan thường trực") and is its contact; many are a directory.
    """
    local = sighting.local
    marked = any(mark in local for one in setting.body.vocabulary.departments for mark in one.marks)
    if setting.body.department:
        its = _marks(setting).province_name.match(local) or department(local, setting.page.words)
        return not marked and bool(its)
    if of_site(sighting.address, setting.page, setting.body):
        return False
    named = marked or department(local, setting.page.words)
    # An address mentioned in passing, "Hồ sơ gửi về Sở Nội vụ (sonoivu@…)", on a site that has its own contact; in an
    # article that is any address.
    passing = setting.framed and not setting.contact and not sighting.card and sighting.place == "main"
    return (named and setting.directory) or (passing and (named or setting.article))


def _free(sighting: Sighting, setting: Setting) -> str:
    """Classify a free mailbox; the body's only if announced, in the footer or on the contact page with a label."""
    local, words = sighting.local, setting.page.words
    if relation(sighting.domain, setting) != "free":
        return ""
    if _asked(sighting, setting):
        return "citizen"
    shown = sighting.framed or sighting.place == "aside" or setting.contact or sighting.card
    told = labelled(sighting, setting)
    if (shown or told) and not setting.article and (_role(sighting, setting) or _marked(local, setting)):
        return "freemail"
    named = name_like(local, words) and not _begins_with_name(local, setting)
    if named or (_titled(sighting, setting, 120) and not office_like(local, words)):
        return "person"
    its = sighting.address in setting.signed or (shown and told)
    return "freemail" if its and not setting.article else "citizen"


def _asked(sighting: Sighting, setting: Setting) -> bool:
    """Return True if the words before an address say that a citizen asks."""
    return bool(_marks(setting).asker.search(fold(sighting.before[-120:])))


def _titled(sighting: Sighting, setting: Setting, near: int) -> bool:
    """Return True if a person's title stands in the `near` characters before an address, behind the address before."""
    return bool(_marks(setting).titles.search(key(sighting.before[-near:].rpartition("@")[2])))


def _technical(sighting: Sighting, setting: Setting) -> str:
    marks, before = _marks(setting), fold(sighting.before[-40:]).rstrip(" :")
    told = marks.technical_before.search(before) or marks.technical_name.match(sighting.local)
    return "technical" if told else ""


def _role(sighting: Sighting, setting: Setting) -> str:
    return "" if _may_be_a_person(sighting, setting) else _office(sighting.local, setting)


def _may_be_a_person(sighting: Sighting, setting: Setting) -> bool:
    """Return True for a mailbox that looks like a person's, and is not made of the name of the unit beside it."""
    unit = sighting.index >= 0 and named_unit(setting.page, sighting.index, sighting.local)
    return _like_a_person(sighting.local, setting) and not unit


def _office(local: str, setting: Setting) -> str:
    """Return whose a mailbox is by the words and initials of offices in it; "" without any."""
    marks = _marks(setting)
    if marks.editor_name.search(local):
        return "portal_editor"
    if marks.agency_name.match(local):
        return "agency_role"
    return "unit_role" if marks.unit_name.search(local) else ""


def _person(sighting: Sighting, setting: Setting) -> str:
    local = sighting.local
    if _may_be_a_person(sighting, setting):
        return "person"
    # A row of a staff list: a title before the address, and a local part that may be a name. In a footer the title is
    # that of the person responsible, and the address after it is the office's.
    may_be = local.isalpha() and len(local) < 12 and _VOWEL.search(local) and not office_like(local, setting.page.words)
    its = sighting.framed or _its_name(local, setting)
    return "person" if may_be and not its and _titled(sighting, setting, 80) else ""


def _staff(sighting: Sighting, setting: Setting) -> str:
    """Recognise the mailbox of a person who is named in its entry, whatever the mailbox is called.

    In a frame only if it is made of that name: there a name is that of the person who answers for the site.
    """
    local, words = sighting.local, setting.page.words
    if sighting.index < 0 or _kind(sighting, setting) not in ("own", "free"):
        return ""
    if _spelled(sighting, setting):
        return "" if _its_name(local, setting) else "person"
    if sighting.framed or _marked(local, setting) or office_like(local, words) or _of_a_department(local, words):
        return ""
    if _its_name(local, setting) or named_unit(setting.page, sighting.index, local):
        return ""
    return "person" if names_a_person(setting.page, sighting.index) else ""


def _spelled(sighting: Sighting, setting: Setting) -> bool:
    """Return True for a mailbox of the body, or a free one, that is made of a name beside it. A citizen's is none."""
    kind, local = _kind(sighting, setting), sighting.local
    if sighting.index < 0 or kind not in ("own", "free") or (kind == "free" and _asked(sighting, setting)):
        return False
    office, beside = _office(local.partition(".")[0], setting), frozenset((*setting.body.marks, _site(setting)))
    return spelled_by_a_name(setting.page, sighting.index, local, bool(office), beside)


def _its_name(local: str, setting: Setting) -> bool:
    """Return True for a mailbox that is called like the body or its site."""
    return local == _site(setting) or _of_name(local, setting)


def _site(setting: Setting) -> str:
    return setting.page.host.removeprefix("www.").partition(".")[0]


def _marked(local: str, setting: Setting) -> bool:
    """Return True if a local part has the name of the body or of its province in it."""
    return any(mark in local.replace(".", "") for mark in setting.body.marks if len(mark) > 4)


def _of_a_department(local: str, words: Words) -> bool:
    """Return True for "syt" and "khtc.syt": a department's initials, a unit's before them, whoever is named beside."""
    unit, _, office = local.rpartition(".")
    return department(local, words) or (bool(unit) and department(office, words) and not name_like(unit, words))


def _like_a_person(local: str, setting: Setting) -> bool:
    """Return True if a local part looks like a person's name, and is not that of the site or of the body.

    Communes are called as persons are: tanan@camau.gov.vn, on tanan.camau.gov.vn, is the ward's, and so are
    xatanan@camau.gov.vn and motcua.tanan@…, not hungnv.tanan@…, where the page is titled "Ủy ban nhân dân xã Tân An".
    """
    words, site = setting.page.words, _site(setting)
    rest = [piece for piece in _SEPARATOR.split(local) if piece != site]
    # "hanhdt.tanan" is a person's, "tanan", "tanan.vp" and "phuong.tanan" are not.
    beside = len(rest) == 1 and site in _SEPARATOR.split(local) and rest[0] not in words.table(BodyWords).ranks
    called = len(site) > 4 and site in local.replace(".", "")
    if (called and not (beside and name_like(rest[0], words))) or not name_like(local, words):
        return False
    *before, name = _SEPARATOR.split(local)
    unit = ".".join(before)
    office = _office(unit, setting) in ("agency_role", "unit_role") and not name_like(unit, words)
    return not (_of_name(local, setting) or (office and _of_name(name, setting)))


def announced_as_office(sighting: Sighting, setting: Setting) -> bool:
    """Return True if a page announces an address as its body's contact and names no person with it.

    Of a mailbox there whose name may be a person's, nobody can tell whose it is.
    """
    shown = setting.contact or announced(sighting, setting)
    own = relation(sighting.domain, setting) == "own"
    if not (shown and own and labelled(sighting, setting)) or sighting.index < 0:
        return False
    return not _titled(sighting, setting, 80) and not names_a_person(setting.page, sighting.index)


def _own(sighting: Sighting, setting: Setting) -> str:
    """Classify the rest: a unit's mailbox; in a directory another body's, as it may be a district's or a person's."""
    if any(mark in sighting.local.replace(".", "") for mark in setting.body.marks):
        return "agency_role"
    return "other_body" if setting.crowd and sighting.place == "main" else "unit_role"


RULES: tuple[Callable[[Sighting, Setting], str], ...] = (
    _citizen,  # first: a citizen may write from anywhere, and is not kept
    _hidden,  # no reader sees it, whatever it is
    _example,
    _retired,
    _vendor,
    _foreign,
    _staff,  # before the roles: many a name has the letters of a role in it
    _sibling,
    _free,
    _technical,
    _role,  # a role in the local part outweighs the name of the person who answers for it
    _person,
    _own,
)
