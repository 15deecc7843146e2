"""Classify the domain of an address: the body's own, free mail, a vendor's, another public body's, any other."""

from dataclasses import dataclass
from typing import ClassVar

from prober.detectors.body import Body
from prober.detectors.body_names import names_of
from prober.domain.hostnames import FREE_MAIL, governmental, registrable
from prober.domain.pages.page import Page
from prober.text.vietnamese import fold
from prober.text.words import Words

# Makers of systems that sites of every country run on; those of one country are words of its pack.
_MAKERS = frozenset(
    ("joomla.org", "wordpress.org", "drupal.org", "liferay.com", "dnnsoftware.com", "microsoft.com")
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class MailDomainWords:
    """Hold the domains of those who build sites for public bodies, from the packs."""

    TABLE: ClassVar = "mail_domains"
    vendors: frozenset[str]
    unfinished: frozenset[str]  # ends of domains that here are none: "gov" for "gov.vn", where it is not the US


def unfinished(address: str, words: Words) -> bool:
    """Return True if the domain of an address breaks off before its country."""
    known = words.table(MailDomainWords).unfinished if MailDomainWords.TABLE in words.tables else frozenset()
    return address.rpartition(".")[2] in known


def vendors(words: Words) -> frozenset[str]:
    """Return the domains of those who made the site or its system: none of them is the body's."""
    return words.made(_vendors)


def _vendors(words: Words) -> frozenset[str]:
    known = words.table(MailDomainWords).vendors if MailDomainWords.TABLE in words.tables else frozenset()
    return _MAKERS | known


@dataclass(frozen=True, slots=True)
class Setting:
    """Hold what the rules need to know about the page of a sighting."""

    page: Page
    body: Body
    contact: bool  # the page is the contact page
    article: bool  # the page is a news article
    asked: frozenset[int]  # numbers of the blocks that belong to published questions and answers
    boxes: frozenset[int]  # numbers of the blocks in a box headed "Liên hệ"
    own: frozenset[str]  # domains that count as the body's own
    directory: bool  # the page lists the mailboxes of many departments
    crowd: bool = False  # the main part lists so many addresses of the own domain that it is a directory
    framed: bool = False  # the page's frame or contact box announces an address of the body's own domain
    others: frozenset[str] = frozenset()  # addresses beside which another body is named
    signed: frozenset[str] = frozenset()  # addresses in lines that begin with the body's name

    @property
    def called(self) -> tuple[tuple[str, ...], ...]:
        """Return the names of the body on the page."""
        return names_of(self.page, self.body)


def relation(domain: str, setting: Setting) -> str:
    """Return "own", "free", "vendor", "public" (another public body) or "foreign"."""
    body, base = setting.body, registrable(domain)
    if body.owns(domain) or base in setting.own or domain in setting.own:
        return "own"
    if base in FREE_MAIL:
        return "free"
    if base in vendors(setting.page.words):
        return "vendor"
    label = base.split(".")[0].replace("-", "")
    # sctyenbai.gov.vn is not under yenbai.gov.vn, but named after the province; each counts as own on the other's site.
    if governmental(domain) and any(
        mark == label or (min(len(mark), len(label)) >= 5 and (mark in label or label in mark)) for mark in body.marks
    ):
        return "own"
    if body.department and base in body.department.mail_domains:
        return "own"
    if governmental(domain):
        # hue.gov.vn is that of "Sở Tài chính thành phố Huế": not every list names the province.
        return "own" if label in places(body) else "public"
    return "foreign"


def places(body: Body) -> frozenset[str]:
    """Return the ends of a body's province, or of its name where the list names none: "kontum" and "tum".

    They are folded, written as one, and have three letters at least. What the department is called is no place.
    """
    words = fold(body.province_vi or body.name_vi).split()
    ends = ("".join(words[at:]) for at in range(len(words)))
    marks = body.department.marks if body.department else ()
    return frozenset(end for end in ends if len(end) > 2 and not any(mark in end for mark in marks))
