"""What a row of the table is, and the few ways in which most defects are made of an honest site."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.system.servers.department import ALL, Department, Pages, serve
from tests.system.servers.wire import Answer, Reply, Request, Site

PRESENT, ABSENT, UNKNOWN = "found", "not_found", "not_seen"
Make = Callable[[Department], Site]
When = Callable[[Request], bool]

# Expectation → the verdicts that are allowed for a kind that the site offers, and for one that it does not.
READ = ({PRESENT}, {ABSENT, UNKNOWN})  # as a browser would
PARTLY = ({PRESENT, UNKNOWN}, {ABSENT, UNKNOWN})  # what is hidden is never called absent
SHUT = ({UNKNOWN}, {UNKNOWN})  # nothing was seen of it
PROVED = ({PRESENT}, {ABSENT})  # nothing is hidden, so that nothing is left open
Expectation = tuple[set[str], set[str]]


@dataclass(frozen=True)
class Row:
    name: str  # the site's host is NAME.gov.test
    defect: str
    make: Make
    expect: Expectation
    there: frozenset[str] = ALL
    but: Mapping[str, set[str]] = field(default_factory=dict)  # kind → allowed, where it differs
    never: str = ""  # a pattern of addresses that must not be asked for
    missed: frozenset[str] = frozenset()  # kinds that are there, and that the protocol ends as not found for

    @property
    def host(self) -> str:
        return f"{self.name}.gov.test"

    @property
    def site(self) -> Site:
        return self.make(Department(self.host, self.there))

    def allowed(self, kind: str) -> set[str]:
        its = self.but.get(kind) or self.expect[0 if kind in self.there else 1]
        return its | {ABSENT} if kind in self.missed else its


def front(body: str | bytes, status: int = 200, **more: object) -> Make:
    """Nothing but a home page; every other address is not found."""
    return lambda office: serve({"/": Reply(body, status, **more)})  # type: ignore[arg-type]


def every(answer: Answer) -> Make:
    """One answer at every address."""
    return lambda office: lambda request: answer


def changed(pages: Callable[[Department], Pages]) -> Make:
    """An honest site with other pages at some addresses."""
    return lambda office: serve(office.pages() | pages(office))


def refused(answer: Answer, when: When) -> Make:
    """An honest site that gives `answer` to some requests."""

    def make(office: Department) -> Site:
        site = serve(office.pages())
        return lambda request: answer if when(request) else site(request)

    return make


def elsewhere(answer: Answer | Callable[[Department], Answer]) -> Make:
    """An honest site with its own way to say that there is no such page."""
    return lambda office: serve(office.pages(), answer(office) if callable(answer) else answer)


def at(*paths: str) -> When:
    return lambda request: request.path in paths


def rewritten(change: Callable[[str, Department], str]) -> Make:
    """An honest site whose pages of HTML went through `change`."""

    def make(office: Department) -> Site:
        pages = office.pages()
        for path, page in pages.items():
            if isinstance(page, Reply) and isinstance(page.body, str) and page.type.startswith("text/html"):
                pages[path] = Reply(change(page.body, office), page.status, page.headers, page.type)
        return serve(pages)

    return make


SECTION_PATHS = ("/hoi-dap", "/cong-khai-ngan-sach", "/tiep-can-thong-tin")
to_sections = at(*SECTION_PATHS)
