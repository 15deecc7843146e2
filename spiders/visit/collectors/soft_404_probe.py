"""What a site shows at an address that does not exist, where it does not say 404: asked once, when it matters. Pure."""

import hashlib
import re
from urllib.parse import urljoin, urlsplit

from prober.domain.page.page import Page
from spiders.visit.link_candidates import EVERYTHING, text_mark
from spiders.visit.step import Step, StepResult

FOUND_BY = "probe"
GUESSED = frozenset({"slug", "sitemap"})  # asked for although nothing on the site leads there


class Soft404Probe:
    """The fingerprint of one host's soft 404.

    An address that nobody links to was guessed, and is answered by a page. Before that page is believed, a made-up
    address beside it is asked for: a site that shows the same there has no such page.
    """

    def __init__(self) -> None:
        self._mark: str | None = None  # None: not asked yet; "": such addresses are answered as they should be
        self._waiting: list[tuple[Step, StepResult]] = []
        self._texts: dict[str, str] = {}  # mark of a guessed page's text → its address

    def holds(self, step: Step, answer: StepResult) -> bool:
        """Whether the answer to a guess has to wait until the fingerprint is known."""
        if self._mark is not None or not step.guess or step.found_by not in GUESSED:
            return False
        self._waiting.append((step, answer))
        return True

    def probe(self) -> Step | None:
        """The made-up address to ask for, once; None while nothing waits."""
        if len(self._waiting) != 1:
            return None
        guessed = self._waiting[0][0].url
        return Step(made_up(guessed), FOUND_BY, EVERYTHING, depth=1, guess=True)

    def learn(self, page: Page | None) -> list[tuple[Step, StepResult]]:
        """Take the page shown at the made-up address, None where none was; the answers that waited for it."""
        self._mark = text_mark(page) if page else ""
        waiting, self._waiting = self._waiting, []
        return waiting

    def shown(self, page: Page) -> bool:
        """Whether `page`, at a guessed address, shows what stands at a made-up one, or at another guessed one."""
        mark = text_mark(page)
        return mark == self._mark or self._texts.setdefault(mark, page.url) != page.url


def made_up(url: str) -> str:
    """An address beside `url` that nobody has, the same one each time.

    >>> made_up("http://x.gov.vn/Pages/HoiDap.aspx")
    'http://x.gov.vn/Pages/khong-co-trang-eeb55368.aspx'
    """
    suffix = re.search(r"\.\w{2,5}$", urlsplit(url).path)
    name = hashlib.sha256(urlsplit(url).netloc.encode()).hexdigest()[:8]
    return urljoin(url, f"khong-co-trang-{name}{suffix[0] if suffix else ''}")
