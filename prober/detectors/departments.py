"""Find the links of a body's site to the sites of its departments; know the home page of another department.

The body's site is the only authority on their addresses: the registry's addresses are partly guesses
(docs/reference/registry.md#url-patterns), departments move, and one in ten is not where its name suggests. A link found
here is a proposal; a person accepts it. A server with many sites may show the wrong one at an address.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import ClassVar
from urllib.parse import urlsplit

from prober.detectors.body import Body
from prober.detectors.link_promises import FILE, promises
from prober.domain.finding import Failure
from prober.domain.hostnames import bare, governmental, host_of
from prober.domain.pages.elements import Link
from prober.domain.pages.page import Page
from prober.domain.visit import SiteLink
from prober.text.patterns import linear
from prober.text.vietnamese import accented, fold, key, line
from prober.text.words import Department, Words

LEAST = 0.3  # below this a link only mentions the department
_LONGEST = 9  # words; longer texts are headlines
_PLACES = 2  # of title, banner and footer, in which a site is called after its department
_SITE_NAME = 'meta[property="og:site_name"]'


@dataclass(frozen=True, slots=True, eq=False)
class DepartmentWords:
    """Hold what stands around the name of a department, from the packs."""

    TABLE: ClassVar = "departments"
    frame: frozenset[str]  # words that may come before it in a link to its site: "Trang thông tin điện tử Sở …"
    territory: re.Pattern[str]  # what comes between its name and that of its place
    name: re.Pattern[str]  # its first words, with accents; of none whose site may be its successor's by now
    another: re.Pattern[str]  # begins the name of another body, in lower case
    part: re.Pattern[str]  # begins that of a part of a body, such as a center
    rank: re.Pattern[str]  # begins that of a department, before its field
    below: re.Pattern[str]  # in the name of an office below the province


def department_sites(page: Page, body: Body) -> list[SiteLink]:
    """Return the links of a page that may lead to the site of a department of the body whose page it is.

    Empty for a body without departments: a department also links to the departments of other provinces.
    """
    found, marks = [], page.words.table(DepartmentWords)
    for department in body.departments:
        its_name = _finder(department)
        for link in page.links:
            if name := its_name(link.text):
                confidence = round(_named(name, body, marks) * _placed(link, page, body), 2)
                if confidence >= LEAST:
                    found.append(SiteLink(link.url, page.url, line(link.text), confidence, department.kind))
    return found


@cache
def _finder(department: Department) -> Callable[[str], re.Match[str] | None]:
    """Return what finds the name of a department in a label without accents.

    It finds none in a headline, nor if accents make other words (sổ, số).
    """
    names = linear(rf"\b(?:{'|'.join(re.escape(fold(called)) for called in department.called)})\b")

    @lru_cache(maxsize=8192)
    def its_name(text: str) -> re.Match[str] | None:
        words = key(text)
        headline = words.count(" ") >= _LONGEST
        if headline or (accented(words) and not any(called in words for called in department.called)):
            return None
        return names.search(fold(words))

    return its_name


def _named(name: re.Match[str], body: Body, marks: DepartmentWords) -> float:
    """Return how surely a link's words are only the department's `name`, 0.0 to 1.0; 0.0 for another province's."""
    places = (fold(key(place)) for place in (body.province_vi, body.province_en) if place)
    own = {marks.territory.sub("", place, count=1) for place in places}
    own |= {"".join(word[0] for word in place.split()) for place in own}
    before, rest = name.string[: name.start()].strip(), name.string[name.end() :].strip()
    territory = marks.territory.match(rest)
    if territory:
        rest = rest[territory.end() :]
        if rest and rest not in own:
            return 0.0
    framed = all(word in marks.frame or word.isdigit() for word in before.split()) or before in own
    return 1.0 if framed and (not rest or rest in own) else 0.4


def _placed(link: Link, page: Page, body: Body) -> float:
    """Return how likely the address of a link is that of a department's own site, 0.0 to 1.0."""
    host = host_of(link.url)
    if link.dead or not governmental(host) or promises(page).delegated(host):  # a malformed address has the host ""
        return 0.0
    parts = urlsplit(link.url)
    if parts.scheme not in ("http", "https") or FILE.search(parts.path):
        return 0.0
    if bare(host) == bare(page.host):
        # Some departments have their site on the portal's host, but most such pages only describe the department.
        return 0.5 if len(parts.path) > 1 else 0.0
    return 1.0 if body.owns(host) else 0.6


def of_another(page: Page, body: Body, home: bool) -> Failure | None:
    """Return MOVED for a home page that is called after another department, and nowhere names that which is sought.

    A link to another host names no owner. Of a body that is no department this is not decided.
    """
    if not home or body.department is None:
        return None
    elsewhere = {link.text for link in page.links if host_of(link.url) != page.host}
    lines = (page.title, *(block.text for block in page.blocks if block.text not in elsewhere))
    if any(called in line.lower() for line in lines for called in body.department.called):
        return None
    name = page.words.table(DepartmentWords).name
    named = ({found[0].lower() for said in place if (found := name.search(said))} for place in _places(page))
    return Failure.MOVED if max(Counter(chain.from_iterable(named)).values(), default=0) >= _PLACES else None


@lru_cache(maxsize=4096)  # for each question of a list
def is_others(unit: str, body: Body, words: Words) -> bool:
    """Return True if the unit that answers a question is none of the department whose pages are read.

    Portals show the questions to all departments on the site of each. Of a body that is no department all are its own.
    """
    if body.department is None:
        return False
    marks, said, called = words.table(DepartmentWords), unit.lower().strip(), body.department.called
    if marks.below.search(said):
        return True
    fields = [marks.rank.sub("", name, count=1) for name in called if marks.rank.match(name)]
    own = any(name in said for name in called) or fold(said) in body.department.marks
    within = marks.part.match(said) is not None and any(field in said for field in fields)
    return not own and not within and marks.another.match(said) is not None


def _places(page: Page) -> Iterator[tuple[str, ...]]:
    """Yield what a page says in its title, in its banner and in its footer."""
    yield (page.title, *(node.attributes.get("content") or "" for node in page.tree.css(_SITE_NAME)))
    yield tuple(block.text for block in page.blocks if block.tag == "h1" or block.place == "header")
    yield tuple(block.text for block in page.blocks if block.place == "footer")
