"""Classify an address: the body's own mailbox, a person's, a vendor's, a citizen's, another body's.

Ordered rules look at one sighting and its page; the first that applies decides. Only the classes of OFFICIAL may be
reported as the body's contact or proposed as a recipient. Rules: docs/reference/wording.md#address-classes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from prober.detectors.body import Body
from prober.detectors.body_names import BodyWords, begins_name, holds_words
from prober.detectors.email.address_finder import Sighting
from prober.detectors.email.mail_domains import Setting, places, relation
from prober.detectors.email.other_bodies import in_office, of_site
from prober.detectors.email.person_names import name_like, office_like
from prober.detectors.email.staff_entries import names_a_person, spelled_by_a_name
from prober.domain.hostnames import registrable
from prober.text.patterns import linear
from prober.text.vietnamese import fold, key
from prober.text.words import Words

VERSION = "31"  # of the detector "emails"; docs/scores.json holds its scores
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
    """Return the class of an address."""
    return next((found for rule in RULES if (found := rule(sighting, setting))), "other_body")


def labelled(sighting: Sighting, setting: Setting) -> bool:
    """Return True if a word for "e-mail" comes right before the address."""
    return bool(_marks(setting).mail_words.search(key(fold(sighting.before[-90:]))))


def announced(sighting: Sighting, setting: Setting) -> bool:
    """Return True for an address in the frame of a page or in a box headed "Liên hệ"."""
    return sighting.framed or sighting.index in setting.boxes


def department(local: str, words: Words) -> bool:
    """Return True if a local part names a department of a province, by initials ("sxd") or in words ("soxaydung")."""
    return bool(words.table(AddressWords).department_name.match(local))


def _citizen(sighting: Sighting, setting: Setting) -> str:
    written = sighting.index in setting.asked and relation(sighting.domain, setting) in ("free", "foreign")
    return "citizen" if written else ""


def _example(sighting: Sighting, setting: Setting) -> str:
    told = _marks(setting).example_words.search(fold(sighting.before[-40:]).rstrip())
    made_up = (
        _EXAMPLE_DOMAIN.match(sighting.domain)
        or _EXAMPLE_LOCAL.match(sighting.local)
        or (told and not _spelled(sighting, setting))  # "Lê Hữu Đảng:" is no form ("dạng:")
    )
    return "example" if made_up and not _begins_with_name(sighting.local, setting) else ""


def _retired(sighting: Sighting, setting: Setting) -> str:
    """Recognise an address of which the page says that it is out of use."""
    marks, after = _marks(setting), sighting.line.lower().partition(sighting.address)[2][:80]
    return (
        "other_body" if marks.retired_before.search(_said(sighting)) or marks.retired_after.match(fold(after)) else ""
    )


def _said(sighting: Sighting) -> str:
    return fold(sighting.before[-40:]).rstrip(" :")


def _vendor(sighting: Sighting, setting: Setting) -> str:
    kind, its = relation(sighting.domain, setting), setting.body.department
    credited = _marks(setting).vendor_words.search(fold(f"{sighting.before} {sighting.line[:160]}"))
    shared = its is not None and registrable(sighting.domain) in its.mail_domains  # its ministry makes sites too
    return "vendor" if kind == "vendor" or (credited and (kind in ("foreign", "free") or shared)) else ""


def _foreign(sighting: Sighting, setting: Setting) -> str:
    """Classify an address at another domain as another body's, unless the page announces it as its own contact.

    A portal run by its ministry or parent shows that body's mailbox in its "Liên hệ" box, or in a footer that has no
    other address. For a department only its own address counts, or one that names it and its province: its footer may
    be copied from another province's.
    """
    kind, body = _kind(sighting, setting), setting.body
    if kind not in ("public", "foreign"):
        return ""
    alone = sighting.place == "footer" and not setting.framed
    contact = in_office(sighting, setting.page.words) or (sighting.card and labelled(sighting, setting))
    above = kind == "public" and contact and (alone or sighting.index in setting.boxes)
    its = (above and sighting.address not in setting.others) or _named_after_body(sighting, setting)
    if its and (body.department is None or _of_this_department(sighting.local, body)):
        return _role(sighting, setting) or "agency_role"
    return "other_body"


def _kind(sighting: Sighting, setting: Setting) -> str:
    """Return the relation of an address to the body: its own if it stands behind the body's name, whatever its domain.

    Of a department its name is not enough: a footer may be copied from another province's.
    """
    kind = relation(sighting.domain, setting)
    told = sighting.address in setting.signed and (sighting.framed or not setting.article)
    return "own" if told and kind in ("public", "foreign") and setting.body.department is None else kind


def _named_after_body(sighting: Sighting, setting: Setting) -> bool:
    """Return True for an address of another domain that a page announces, with the body's name before or in its domain.

    Schools and hospitals have addresses of their own domain, or of their ministry's.
    """
    site = registrable(sighting.domain).split(".")[0]
    return (
        (setting.contact or announced(sighting, setting))
        and (
            begins_name(site, setting.called, setting.page.words)
            or _begins_with_name(sighting.local, setting)
            or (labelled(sighting, setting) and _of_name(sighting.local, setting))
        )
        and not setting.article
    )


def _of_this_department(local: str, body: Body) -> bool:
    """Return True for a mailbox that names a department and the place with which its name ends: sotaichinh.hue@…"""
    name, marks = _SEPARATOR.sub("", local), body.department.marks if body.department else ()
    rest = {cut for end in places(body) for cut in (name.removeprefix(end), name.removesuffix(end))} - {name}
    return any(mark in left for left in rest for mark in marks)


def _begins_with_name(local: str, setting: Setting) -> bool:
    """Return True for a mailbox that is the body's name from its beginning on, such as "ashfordtowncouncil"."""
    return begins_name(local, setting.called, setting.page.words)


def _of_name(local: str, setting: Setting) -> bool:
    """Return True for a mailbox that is made of words of the body's name, such as "phuongtanan"."""
    return holds_words(local, setting.called, setting.page.words)


def _sibling(sighting: Sighting, setting: Setting) -> str:
    """Recognise another body at the same domain: one named beside the address, or in the mailbox.

    A single department in a portal's footer runs it ("Cơ quan thường trực") and is its contact; many are a directory.
    An address mentioned in passing, "Hồ sơ gửi về Sở Nội vụ (sonoivu@…)", is none beside the site's own contact; in an
    article that is any address.
    """
    local, body, marks = sighting.local, setting.body, _marks(setting)
    marked = any(mark in local for one in body.vocabulary.departments for mark in one.marks)
    named = marked or department(local, setting.page.words)
    if sighting.address in setting.others:
        return "other_body"
    if body.department:
        its = marks.province_name.match(local) or marks.media_name.match(local) or named
        return "other_body" if its and not marked else ""
    if of_site(sighting.address, setting.page, body):
        return ""
    passing = setting.framed and not setting.contact and not sighting.card and sighting.place == "main"
    media = body.departments and marks.media_name.match(local.replace(".", ""))
    theirs = media or (named and setting.directory) or (passing and (named or setting.article))
    return "other_body" if theirs else ""


def _staff(sighting: Sighting, setting: Setting) -> str:
    """Recognise the mailbox of a person who is named in its entry, whatever the mailbox is called.

    In a frame only if it is made of that name: there a name is that of the person who answers for the site.
    """
    local, words = sighting.local, setting.page.words
    its = local == _site(setting) or _of_name(local, setting)
    if its or sighting.index < 0 or _kind(sighting, setting) not in ("own", "free"):
        return ""
    if _spelled(sighting, setting):
        return "person"
    unit, _, office = local.rpartition(".")  # "khtc.syt": a department's initials, a unit's before them
    of_office = department(local, words) or (unit and department(office, words) and not name_like(unit, words))
    if sighting.framed or of_office or _marked(local, setting) or office_like(local, words):
        return ""
    return "person" if names_a_person(setting.page, sighting.index) else ""


def _spelled(sighting: Sighting, setting: Setting) -> bool:
    """Return True for a mailbox of the body, or a free one, that is made of a name beside it. A citizen's is none."""
    kind = _kind(sighting, setting)
    if sighting.index < 0 or kind not in ("own", "free") or (kind == "free" and _asked(sighting, setting)):
        return False
    beside = frozenset((*setting.body.marks, _site(setting)))
    return spelled_by_a_name(setting.page, sighting.index, sighting.local, beside)


def _site(setting: Setting) -> str:
    return setting.page.host.removeprefix("www.").partition(".")[0]


def _free(sighting: Sighting, setting: Setting) -> str:
    """Classify a free mailbox: the body's if its own site announces it, under a label or with the body's name in it."""
    local, words = sighting.local, setting.page.words
    if relation(sighting.domain, setting) != "free":
        return ""
    if _asked(sighting, setting):
        return "citizen"
    shown = sighting.framed or sighting.place == "aside" or setting.contact or sighting.card
    told, own = labelled(sighting, setting), not setting.article
    if own and shown and (_role(sighting, setting) or _marked(local, setting)):
        return "freemail"
    titled = _titled(sighting, setting, 120) and not office_like(local, words)
    if titled or (name_like(local, words) and not _begins_with_name(local, setting)):
        return "person"
    return "freemail" if own and (sighting.address in setting.signed or (shown and told)) else "citizen"


def _marked(local: str, setting: Setting) -> bool:
    """Return True if a local part has the name of the body or of its province in it."""
    return any(mark in local.replace(".", "") for mark in setting.body.marks if len(mark) > 4)


def _asked(sighting: Sighting, setting: Setting) -> bool:
    """Return True if the words before an address say that a citizen asks."""
    return bool(_marks(setting).asker.search(fold(sighting.before[-120:])))


def _titled(sighting: Sighting, setting: Setting, near: int) -> bool:
    """Return True if a person's title stands in the `near` characters before an address, behind the address before."""
    return bool(_marks(setting).titles.search(key(sighting.before[-near:].rpartition("@")[2])))


def _technical(sighting: Sighting, setting: Setting) -> str:
    marks = _marks(setting)
    told = marks.technical_before.search(_said(sighting)) or marks.technical_name.match(sighting.local)
    return "technical" if told else ""


def _role(sighting: Sighting, setting: Setting) -> str:
    return "" if _like_a_person(sighting.local, setting) else _office(sighting.local, setting)


def _office(local: str, setting: Setting) -> str:
    """Return whose a mailbox is by the words and initials of offices in it; "" without any."""
    marks = _marks(setting)
    if marks.editor_name.search(local):
        return "portal_editor"
    return "agency_role" if marks.agency_name.match(local) else "unit_role" if marks.unit_name.search(local) else ""


def _person(sighting: Sighting, setting: Setting) -> str:
    """Recognise a person's mailbox by its form, or by a title before what may be a name.

    In a footer the title is that of the person responsible, and the address after it is the office's.
    """
    local = sighting.local
    may_be = local.isalpha() and len(local) < 12 and not office_like(local, setting.page.words)
    its = sighting.framed or local == _site(setting) or _of_name(local, setting)
    titled = may_be and not its and _titled(sighting, setting, 80)
    return "person" if titled or _like_a_person(local, setting) else ""


def _like_a_person(local: str, setting: Setting) -> bool:
    """Return True if a local part looks like a person's name, and is not that of the site or of the body.

    Communes are called as persons are: tanan@camau.gov.vn, on tanan.camau.gov.vn, is the ward's, and so are
    xatanan@camau.gov.vn and motcua.tanan@…, not hungnv.tanan@…, where the page is titled "Ủy ban nhân dân xã Tân An".
    """
    words, site = setting.page.words, _site(setting)
    *before, last = _SEPARATOR.split(local)
    rest = [piece for piece in (*before, last) if piece != site]
    # "hanhdt.tanan" is a person's, "tanan", "tanan.vp" and "phuong.tanan" are not.
    beside = len(rest) == len(before) == 1 and rest[0] not in words.table(BodyWords).ranks
    called = len(site) > 4 and site in local.replace(".", "") and not (beside and name_like(rest[0], words))
    if called or not name_like(local, words):
        return False
    unit = ".".join(before)
    office = _office(unit, setting) in ("agency_role", "unit_role") and not name_like(unit, words)
    return not (_of_name(local, setting) or (office and _of_name(last, setting)))


def _own(sighting: Sighting, setting: Setting) -> str:
    """Classify the rest: a unit's mailbox; in a directory another body's, as it may be a district's or a person's."""
    if any(mark in sighting.local.replace(".", "") for mark in setting.body.marks):
        return "agency_role"
    return "other_body" if setting.crowd and sighting.place == "main" else "unit_role"


RULES: tuple[Callable[[Sighting, Setting], str], ...] = (
    _citizen,  # first: a citizen may write from anywhere, and is not kept
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
