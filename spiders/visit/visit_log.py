"""The books of one visit: which pages were asked for, which candidates were opened, and why others were not. Pure."""

from collections import Counter
from dataclasses import dataclass, field, replace

from prober.domain.evidence import digest
from prober.domain.finding import Failure, Kind
from prober.domain.page.link import absolute
from prober.domain.visit import Coverage, PageRecord
from spiders.visit.fetch_result import Answer
from spiders.visit.frontier import Step

CLOSED = frozenset({Failure.BLOCKED, Failure.CHALLENGE, Failure.CAPTCHA, Failure.ROBOTS})
# An answer says more about a site than none: which of several addresses' failures is told, best first.
_TELLING = (
    Failure.CHALLENGE, Failure.CAPTCHA, Failure.BLOCKED, Failure.ROBOTS, Failure.MOVED, Failure.EMPTY_AFTER_RENDER,
    Failure.HTTP_5XX, Failure.HTTP_4XX, Failure.TLS, Failure.TIMEOUT, Failure.REFUSED, Failure.DNS,
)  # fmt: skip


_EVERYTHING = frozenset(Kind)
LOCATION = 2000  # characters of a redirect's target that are kept


@dataclass(slots=True)
class Ledger:
    """`candidates` maps the address of a promising link to what it promised."""

    pages: dict[str, PageRecord] = field(default_factory=dict)
    candidates: dict[str, frozenset[Kind]] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    failed: dict[str, tuple[Failure, str]] = field(default_factory=dict)
    home_failures: list[tuple[Failure, str]] = field(default_factory=list)
    trust: dict[str, str] = field(default_factory=dict)  # host → what it took to trust its certificate
    asked: int = 0  # pages asked for, whatever came: what the budget counts
    requests: int = 0
    bytes: int = 0

    def record(self, step: Step, answer: Answer, failure: Failure | None, title: str = "") -> None:
        """One page row; what is learned later about an address (rendered, second attempt) replaces the row."""
        content = answer.html.encode() or answer.body
        self.pages[step.url] = PageRecord(
            step.url, answer.status, failure, title, answer.fetched_at, bool(answer.html), len(content),
            digest(content) if content else "", step.found_by,
            absolute(step.url, answer.location)[:LOCATION] if answer.location else "",
        )  # fmt: skip

    def trusted(self, host: str, note: str) -> None:
        """`host` was read over TLS; `note` says what that took, "" for nothing."""
        if note:
            self.trust[host] = note

    def rendered(self, url: str, mark: str, gain: bool) -> None:
        """What the browser's work on a page was good for (spiders.visit.render_policy)."""
        self.pages[url] = replace(self.pages[url], render_mark=mark, render_gain=gain)

    def candidate(self, url: str, kinds: frozenset[Kind]) -> None:
        self.candidates[url] = kinds

    def done(self, step: Step) -> None:
        """`step` was opened, or turned out to lead nowhere: either way nothing is left to look at there."""
        self.opened.add(identity(step))
        self.failed.pop(identity(step), None)

    def fail(self, step: Step, failure: Failure, detail: str) -> None:
        """`step` could not be looked at. A guessed address that fails proves nothing and counts against nobody."""
        if not step.guess:
            self.failed[identity(step)] = (failure, detail)

    def led_to(self, kind: Kind) -> bool:
        """Whether a candidate for `kind` was opened; a site map, which promises everything, is none."""
        return any(kind in kinds < _EVERYTHING and url in self.opened for url, kinds in self.candidates.items())

    def home_failure(self) -> tuple[Failure, str]:
        """The most telling reason why no address of the agency showed a home page."""
        return min(self.home_failures, key=lambda met: _TELLING.index(met[0]) if met[0] in _TELLING else len(_TELLING))

    def coverage(
        self, wanted: frozenset[Kind], home: str, out_of: str, sitemap: bool, slugs: bool, search: bool
    ) -> Coverage:
        """What the visit covers with regard to `wanted`, the kinds on which it has not settled.

        `home` is the address of the home page, or "" where none was reached; `out_of` the budget that ran out, or "".
        """
        if not home:
            failure, detail = self.home_failure() if self.home_failures else (Failure.REFUSED, "no address")
            blocked = sum(1 for met, _ in self.home_failures if met in CLOSED)
            return Coverage(blocked=blocked, failure=failure, detail=detail)
        candidates = {url for url, kinds in self.candidates.items() if kinds & wanted}
        failed = {url: met for url, met in self.failed.items() if url in candidates or url == home}
        blocked = sum(1 for met, _ in failed.values() if met in CLOSED)
        worst, why = self._worst(failed, out_of, bool(wanted))
        whole = home not in failed
        return Coverage(
            menu=whole, footer=whole, sitemap=sitemap, slugs=slugs, search=search, candidates=len(candidates),
            opened=len(candidates & self.opened), blocked=blocked, failure=worst, detail=why,
        )  # fmt: skip

    @staticmethod
    def _worst(failed: dict[str, tuple[Failure, str]], out_of: str, wanting: bool) -> tuple[Failure | None, str]:
        if failed:
            counted = Counter(failure for failure, _ in failed.values())
            failure = min(counted, key=lambda met: (-counted[met], met))
            url, detail = next((url, detail) for url, (met, detail) in failed.items() if met == failure)
            return failure, f"{url}: {detail}"
        if out_of and wanting:
            return Failure.BUDGET, f"the budget of {out_of} was used up"
        return None, ""


def identity(step: Step) -> str:
    """The address under which a step was planned: redirects keep it the same candidate."""
    return step.chain[0] if step.chain else step.url
