"""Classify the domain of an address: the body's own, free mail, a vendor's, another public body's, any other."""

from dataclasses import dataclass

from prober.detectors.body import Body
from prober.domain.hostnames import FREE_MAIL, governmental, registrable
from prober.domain.page import Page
from prober.text.words import NO_WORDS, Words

VENDORS = frozenset(
    ("vnpt.vn", "vnpt.com.vn", "vnptit.vn", "viettel.com.vn", "viettelidc.com.vn", "fpt.com", "fpt.com.vn",
     "tandan.com.vn", "unitech.vn",
     "unitech.com.vn", "vinades.vn", "nukeviet.vn", "bkav.com", "bkav.com.vn", "cmc.com.vn", "misa.com.vn",
     "misa.vn", "savis.vn",
     "mobifone.vn", "pavietnam.vn", "matbao.com", "matbao.net", "nhanhoa.com", "joomla.org", "wordpress.org",
     "drupal.org", "liferay.com",
     "dnnsoftware.com", "microsoft.com", "vietek.com.vn", "sweetsoft.vn", "trangweb.vn", "dnict.vn",
     "hinet.com.vn", "vccorp.vn")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """Hold what the rules need to know about the page of a sighting."""

    body: Body
    contact: bool  # the page is the contact page
    asked: frozenset[int]  # numbers of the blocks that belong to published questions and answers
    article: bool  # the page is a news article
    own: frozenset[str]  # domains that count as the body's own
    directory: bool = False  # the page lists the mailboxes of many departments
    boxes: frozenset[int] = frozenset()  # numbers of the blocks in a box headed "Liên hệ"
    crowd: bool = False  # the main part lists so many addresses of the own domain that it is a directory
    page: Page | None = None  # the page itself, for the entry around an address
    words: Words = NO_WORDS  # those of the page
    others: frozenset[str] = frozenset()  # addresses beside which another body is named
    signed: frozenset[str] = frozenset()  # addresses in lines that begin with the body's name
    framed: bool = False  # the page's frame or contact box announces an address of the body's own domain


def relation(domain: str, setting: Setting) -> str:
    """Return "own", "free", "vendor", "public" (another public body) or "foreign"."""
    body, base = setting.body, registrable(domain)
    if body.owns(domain) or base in setting.own or domain in setting.own:
        return "own"
    if base in FREE_MAIL:
        return "free"
    if base in VENDORS:
        return "vendor"
    label = base.split(".")[0].replace("-", "")
    # sctyenbai.gov.vn is not under yenbai.gov.vn, but named after the province; each counts as own on the other's site.
    if governmental(domain) and any(
        min(len(mark), len(label)) >= 5 and (mark in label or label in mark) for mark in body.marks
    ):
        return "own"
    if body.department and base in body.department.mail_domains:
        return "own"
    return "public" if governmental(domain) else "foreign"
