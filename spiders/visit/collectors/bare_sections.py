"""Leave a section open whose page shows next to nothing besides what the home page shows too. Pure.

Menus and footers are known by what other pages repeat, whatever markup they are made of. What is left is the section's
own: a picture alone, a message of the software, or nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from prober.domain.finding import Failure
from prober.domain.indicator import WRITABLE_FORM, Kind
from prober.domain.reason import Reason
from prober.text.patterns import linear
from prober.text.vietnamese import key
from spiders.reading.page_reading import PageReading
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.urls import is_page, page_key

_END_OF_NAME = linear(r"\s[|–—»-]\s")
LITTLE = 80  # characters of its own; a section that shows something has more
# What a page of few words may well lack: an office may have a telephone alone.
_IN_FEW_WORDS = frozenset({Kind.EMAIL, Kind.WEB_FORM, Kind.SOCIAL})
_IN_A_FORM = _IN_FEW_WORDS | {Kind.QA}  # what a page may be for that shows a form alone


@dataclass(frozen=True, slots=True)
class Frame:
    """What the home page shows, and other pages may repeat."""

    lines: Counter[str] = field(default_factory=Counter)
    labels: tuple[str, ...] = ()  # words of its links, longest first
    linked: Mapping[str, str] = field(default_factory=dict)  # pages to which it leads, by their keys → the words
    at: str = ""  # its own
    forms: frozenset[str] = frozenset()  # by which one writes to the office; their purposes

    @classmethod
    def of(cls, home: PageReading) -> "Frame":
        labels = sorted({key(link.text) for link in home.links if link.text}, key=len, reverse=True)
        linked = {page_key(link.url): key(link.text) for link in home.links}
        return cls(Counter(home.lines), tuple(labels), linked, page_key(home.url), _forms(home))

    def own(self, page: PageReading) -> tuple[str, ...]:
        """Return the lines of a page that the home page lacks."""
        return tuple((Counter(page.lines) - self.lines).elements())

    def repeated(self, page: PageReading) -> bool:
        """Return True if a page leads where the home page does, and not to the home page alone."""
        return any(page_key(link.url) in self.linked.keys() - {self.at} for link in page.links)

    def leads_on(self, page: PageReading) -> bool:
        """Return True if the page leads to another one to which the home page does not."""
        known = {*self.linked, page_key(page.url)}
        return any(is_page(link.url) and page_key(link.url) not in known for link in page.links if not link.scripted)


class BareSections(Collector):
    """Compare each candidate with the home page. One that says that it is empty has shown what it has."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._frame = Frame()
        self._home = ""  # its name

    def note(self, seen: SeenPage) -> None:
        """Leave open what a candidate was opened for, if it shows nothing of it and leads no further."""
        step, page, log = replace(seen.step, guess=False), seen.page, self._state.log  # also where it is rendered later
        if step.found_by == "home":
            self._frame, self._home = Frame.of(page), _name(page)
            return
        kinds = log.candidates.get(step.origin, frozenset())
        if not kinds or kinds >= frozenset(log.kinds) or step.origin in log.failed:
            return
        if page.lines and self._is_bare(page, kinds):
            log.fail(step, Failure.EMPTY_AFTER_RENDER, Reason("nothing_of_its_own"))
        elif step.named and self._is_another(page, step.named):  # entries of a list may have the name of their list
            log.fail(step, Failure.CLOSED, Reason("shows_another", title=page.title[:80]))

    def _is_bare(self, page: PageReading, kinds: Collection[str]) -> bool:
        own = self._frame.own(page)
        if sum(map(len, own)) >= LITTLE or page.site.empty or self._frame.leads_on(page):
            return False
        if _IN_A_FORM.issuperset(kinds) and _forms(page) - self._frame.forms:
            return False
        if not _IN_FEW_WORDS.issuperset(kinds) or page.site.trouble:
            return True
        return not any(unnamed(own, (*self._frame.labels, key(page.title))))

    def _is_another(self, page: PageReading, kinds: Collection[str]) -> bool:
        """Return True for a page under the name by which the home page links another one, for nothing of `kinds`."""
        name = _name(page)
        if (
            name == self._home
            or name not in self._frame.linked.values()
            or name == self._frame.linked.get(page_key(page.url))
        ):
            return False
        return not any(kind in kinds for kind, _ in self._state.links.text(name))


def _forms(page: PageReading) -> frozenset[str]:
    return WRITABLE_FORM & {found.category for found in page.findings if found.kind == Kind.WEB_FORM}


def _name(page: PageReading) -> str:
    """Return the words of a page's title before the name of its site."""
    return key(_END_OF_NAME.split(page.title)[0])


def unnamed(lines: Iterable[str], labels: Collection[str]) -> Iterator[str]:
    """Yield the words of lines that are not made of labels alone, as headings and the way to a page are.

    >>> list(unnamed(["Trang chủ » Liên hệ", "LIÊN HỆ", "Điện thoại: 0203.1"], ["trang chủ", "liên hệ"]))
    ['điện thoại 0203 1']
    """
    for line in lines:
        words = key(line)
        while words and (label := next((one for one in labels if f"{words} ".startswith(f"{one} ")), "")):
            words = words[len(label) + 1 :]
        if words:
            yield words
