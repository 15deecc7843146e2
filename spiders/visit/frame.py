"""Tell what a page shows of its own from what the pages of its site repeat: menu, header and footer. Pure.

They are known by what other pages repeat, whatever markup they are made of. (A frame is elsewhere a list of agencies.)
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from prober.domain.hostnames import host_of
from prober.domain.indicator import WRITABLE_FORM, Kind
from prober.text.patterns import linear
from prober.text.vietnamese import key
from spiders.reading.page_reading import PageReading
from spiders.visit.urls import is_page, page_key

DOOR = 2  # most pages to which a home page leads that is a door alone, or a choice of languages
_END_OF_NAME = linear(r"\s[|–—»-]\s")
_IN_FILE = linear(r"\w[./\\_][^\W\d]")


@dataclass(frozen=True)
class Frame:
    """What the home page shows, and other pages may repeat."""

    lines: Counter[str] = field(default_factory=Counter)
    labels: tuple[str, ...] = ()  # words of its links, longest first
    linked: Mapping[str, str] = field(default_factory=dict)  # pages to which it leads, by their keys → the words
    at: str = ""  # its own
    name: str = ""  # before the name of the site
    forms: frozenset[str] = frozenset()  # by which one writes to the office; their purposes

    @classmethod
    def of(cls, home: PageReading) -> "Frame":
        labels = sorted({key(link.text) for link in home.links if link.text}, key=len, reverse=True)
        linked = {page_key(link.url): key(link.text) for link in home.links}
        return cls(Counter(home.lines), tuple(labels), linked, page_key(home.url), name(home), forms(home))

    @cached_property
    def door(self) -> bool:
        """True if the home page leads to hardly any page of its site: it does not show the frame."""
        return len({known for known in self.linked if _host(known) == _host(self.at)} - {self.at}) <= DOOR

    def widened(self, page: PageReading) -> "Frame":
        """Return the frame with what the next page shows, as long as nothing more than a door was seen."""
        if not self.door:
            return self
        more = Frame.of(page)
        labels = sorted({*self.labels, *more.labels}, key=len, reverse=True)
        return replace(self, lines=self.lines | more.lines, labels=tuple(labels), linked={**more.linked, **self.linked})

    def own(self, page: PageReading) -> tuple[str, ...]:
        """Return the lines of a page that the home page lacks."""
        shown = Counter(page.lines).items()
        return tuple([line for line, times in shown for _ in range(times - self.lines.get(line, 0))])

    def own_words(self, page: PageReading) -> tuple[str, ...]:
        """Return the words of these lines without the page's title, labels of links and names of files.

        Headings and the way to a page are made of labels, and name the section in the place of which a notice stands.
        """
        text = "  ".join(("", *(key(_without_files(line)) for line in self.own(page)), ""))
        for label in (key(page.title), *self.labels):
            if label:
                text = text.replace(f" {label} ", " ")
        return tuple(text.split())

    def says_empty(self, page: PageReading) -> bool:
        """Return True if a page says that it is empty, and not a part of it that the home page shows too."""
        return any(line not in self.lines for line in page.site.empty)

    def repeated(self, page: PageReading) -> bool:
        """Return True if a page leads where the home page does, and not to the home page alone."""
        return any(page_key(link.url) in self.linked.keys() - {self.at} for link in page.links)

    def leads_on(self, page: PageReading, pages: int = 1) -> bool:
        """Return True if the page leads to others, so many at least, to which the home page does not."""
        known = {*self.linked, self.at, page_key(page.url)}
        links = {page_key(link.url) for link in page.links if not link.scripted and is_page(link.url)}
        return len(links - known) >= pages


def forms(page: PageReading) -> frozenset[str]:
    """Return the purposes of the forms of a page by which one writes to the office."""
    return WRITABLE_FORM & {found.category for found in page.findings if found.kind == Kind.WEB_FORM}


def name(page: PageReading) -> str:
    """Return the words of a page's title before the name of its site."""
    return key(_END_OF_NAME.split(page.title)[0])


def _without_files(line: str) -> str:
    """Return a line without what a program may name in a message: a word with a dot or a slash before a letter."""
    return " ".join(word for word in line.split() if "@" in word or not _IN_FILE.search(word))


def _host(page: str) -> str:
    return host_of(f"http://{page}")
