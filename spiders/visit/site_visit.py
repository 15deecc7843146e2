"""The walk through one agency's site: what to open next, and what an answer means. Pure.

A SiteVisit is asked for the `next` step and told the answer (`take`), in turn, until there is no next step. It knows no
network, no clock and no database: the same answers always make the same walk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from prober.detectors import detect
from prober.detectors.body import Body
from prober.detectors.page_state.freshness import Freshness
from prober.detectors.page_state.obstacles import obstacle, soft_404
from prober.detectors.page_state.protections import described
from prober.detectors.questions.qa_section import qa
from prober.detectors.questions.threads import threads
from prober.domain.agency import Agency
from prober.domain.finding import Failure, Finding, Kind
from prober.domain.page.page import Page
from prober.domain.visit import Coverage
from spiders.download.fetch_errors import TRANSIENT
from spiders.download.host_groups import Scope
from spiders.platforms import recognise
from spiders.platforms.base import Platform
from spiders.platforms.generic import GENERIC
from spiders.visit.collectors import links_from_replies, qa_archive, site_search, soft_404_probe
from spiders.visit.collectors.contact_documents import ContactDocuments
from spiders.visit.collectors.department_links import DepartmentLinks
from spiders.visit.collectors.links_from_replies import LinksFromReplies
from spiders.visit.collectors.qa_archive import QaArchive
from spiders.visit.collectors.soft_404_probe import Soft404Probe
from spiders.visit.link_candidates import EVERYTHING, from_sitemap, is_sitemap, redirected, refresh_target, thread_row
from spiders.visit.render_policy import DeferredRenders, RenderPolicy
from spiders.visit.step import Step, StepResult
from spiders.visit.strategy import Strategy
from spiders.visit.urls import page_key
from spiders.visit.visit_log import BestFindings, VisitLog, section_here

SURE = 0.8  # pages that promise an address this surely are read before documents
HOPELESS = "the browser failed on the pages of this site that it was given before"


class SiteVisit:
    """One agency's site, step by step."""

    def __init__(
        self, agency: Agency, scope: Scope, body: Body, pages: int, seconds: float, departments_sought: bool = False,
        rendered_before: Mapping[str, bool] | None = None, named: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.agency = agency
        self.departments = DepartmentLinks(departments_sought)
        self.gathered = BestFindings()
        self.ledger = VisitLog()
        self.freshness = Freshness()
        self.archive = QaArchive()
        self.pointed = LinksFromReplies(named)
        self.platform: Platform = GENERIC
        self.home = ""  # its address: of the page itself nothing is needed later, and its tree would be large
        self.held: dict[str, StepResult] = {}  # answers that prove findings, or may
        self._body = body
        self._budget = (pages, seconds)
        self._route = Strategy(agency, scope, self.ledger)
        self._documents = ContactDocuments()
        self._predictor = RenderPolicy(rendered_before or {})
        self._doubts = DeferredRenders()
        self._missing = Soft404Probe()
        self._sources: dict[str, Page] = {}  # pages that wait for the browser, as received
        self._out_of = ""
        self._looked = False  # wherever a verdict could still change; what follows is only for the archive's sample

    def next(self, seconds: float) -> Step | None:
        """The step to take after `seconds` of visiting; None when the visit is over."""
        if not self.home:
            return self._route.to_home()
        wanted = self.gathered.wanted()
        pages, limit = self._budget
        if self.ledger.asked >= pages or seconds > limit:
            if not self._looked:
                self._out_of = f"{pages} pages" if self.ledger.asked >= pages else f"{limit:g} s"
            return None
        step = self.departments.next(self._route.frontier)
        if step is None and wanted:
            step = self._document(wanted) or self._route.best(wanted, self.home, self.platform) or self._doubt()
        self._looked = step is None
        return step or self.archive.next() or self.pointed.next(self.ledger)

    def _document(self, wanted: frozenset[Kind]) -> Step | None:
        """A document of a contact page, where no page waits that surely has an address."""
        if Kind.EMAIL not in wanted or self._route.frontier.promises(frozenset({Kind.EMAIL}), SURE):
            return None
        return self._documents.next()

    def _doubt(self) -> Step | None:
        """A page that was read as received, to be shown by the browser after all."""
        doubtful = self._doubts.next(self.gathered.findings)
        if doubtful is None or self._predictor.hopeless:
            return None
        step, self._sources[step.url], received = doubtful
        self._hold(step, received)
        return step

    def source(self, step: Step) -> str:
        """The page as received that `step` is to be rendered from."""
        return self._sources[step.url].html

    def take(self, step: Step, answer: StepResult) -> None:
        """Learn from the answer to `step`."""
        self.ledger.requests += answer.requests
        self.ledger.asked += not step.render
        self.ledger.bytes += len(answer.body)
        self._route.sitemaps += [url for url in answer.sitemaps if url not in self._route.sitemaps]
        if step.found_by == soft_404_probe.FOUND_BY:
            self._probed(step, answer)
        elif step.found_by == links_from_replies.FOUND_BY:
            self.pointed.take(step, answer, self._route.scope, self.ledger)
            self._hold(step, answer)
        elif answer.failure:
            self._fail(step, answer, answer.failure, answer.detail)
        elif answer.location:
            self._redirect(step, answer)
        elif answer.text is not None:
            self.gathered.add(self._documents.read(step, answer, self._body, self.ledger))
            self._hold(step, answer)
        elif is_sitemap(answer.body):
            self.ledger.record(step, answer, None, "sitemap")
            self._route.plan(from_sitemap(answer.body, answer.page(step.url), self._route.scope, self.gathered))
        elif answer.html or answer.is_html or answer.status >= 400:
            self._read(step, answer)
        else:
            self.ledger.record(step, answer, None)
            self._close(step, f"no page but {answer.headers.get('content-type', 'nothing')}")
        self._drop_idle()

    def coverage(self) -> Coverage:
        """What the visit covers, with regard to what it did not find."""
        wanted = self.gathered.wanted()
        return self.ledger.coverage(wanted, self.home, self._out_of, *self._route.tried(wanted))

    def findings(self) -> tuple[Finding, ...]:
        """What was found; and where a list of addresses was offered in vain, that nobody has read it."""
        missed = self._documents.missed(self.ledger) if Kind.EMAIL in self.gathered.wanted() else []
        return (*self.gathered.findings, *missed)

    def outcome(self, coverage: Coverage) -> str:
        """seen, partial or unreachable."""
        if not self.home:
            return "unreachable"
        return "seen" if coverage.complete or not self.gathered.wanted() else "partial"

    def _read(self, step: Step, answer: StepResult) -> None:
        page = answer.page(step.url)
        if soft_404(page) and (step.found_by != "home" or answer.status in (404, 410)):
            self.ledger.record(step, answer, Failure.HTTP_4XX, page.title)
            self._close(step, f"{answer.status} not found")
            return
        met = obstacle(page, answer.headers)
        if met:
            self._fail(step, answer, met, described(met, page, answer.headers))
            return
        if self._missing.holds(step, answer):
            if probe := self._missing.probe():
                self._route.frontier.again(probe)
            return
        source = self._sources.get(step.url)
        self._keep(step, answer, page)
        if source is not None and page.rendered:
            self.ledger.rendered(step.url, *self._predictor.learn(source, page, self._body))
        if not page.rendered and self._predictor.wants(page):
            self._sources[step.url] = page
            shown = replace(step, promises=EVERYTHING, render=True, attempt=1)
            if self._predictor.hopeless:
                self._fail(shown.once_more(), answer, Failure.EMPTY_AFTER_RENDER, HOPELESS)
            else:
                self._route.frontier.again(shown)
        elif not self.home and (target := refresh_target(page, self._route.scope, step.chain)):
            self._route.frontier.again(Step(target, "home", chain=(*step.chain, step.url)))
            return
        elif step.found_by == qa_archive.FOUND_BY or not (step.guess and self._missing.shown(page)):
            if not answer.cut:
                self.ledger.done(step)
            self._look(step, page, answer)
        if step.found_by == "home":
            self._adopt(page)

    def _look(self, step: Step, page: Page, received: StepResult | None = None) -> None:
        """Run the detectors on a page, and plan from its links."""
        if step.found_by == qa_archive.FOUND_BY:
            self._sample(step, page)
            return
        if step.found_by == site_search.FOUND_BY:  # results are a way to pages, not content of the site
            self._route.learn(page, step.depth, inside=False)
            return
        if step.found_by == "home" or self._route.scope.own(page.url):
            self.freshness.note(page, step.found_by == "home")
        found = detect(page, self._body)
        self._doubts.note(step, page, found, received)
        for kind in {finding.kind for finding in self.gathered.add(found)}:
            if step.found_by != "home":
                self._route.frontier.learn(kind, page.url)
        pages: frozenset[str] = frozenset()
        inside = section_here(page, found)
        if inside:
            rows = [thread_row(thread, page.url) for thread in threads(page, self._body)]
            self.gathered.add_threads(self.archive.opened(step.origin, rows))
            pages = self.archive.note(page, found, rows)
        self._route.learn(page, step.depth, inside, pages)
        self._documents.note(page, self._route.scope)
        self.departments.note(page, self._body, self._route.scope)

    def _probed(self, step: Step, answer: StepResult) -> None:
        """Whatever stands at a made-up address is not there; guesses that waited for it can now be judged."""
        html = answer.html or (answer.is_html and answer.status == 200 and not answer.location)
        page = answer.page(step.url) if html else None
        if page and not page.rendered and self._predictor.wants(page) and not self._predictor.hopeless:
            self._sources[step.url] = page  # the guesses will be compared as the browser shows them
            self._route.frontier.again(replace(step, render=True))
            return
        self._sources.pop(step.url, None)
        failure = answer.failure or Failure.HTTP_4XX
        self.ledger.record(step, answer, failure, page.title if page else "")
        for waiting, guessed in self._missing.learn(page):
            self._read(waiting, guessed)

    def _sample(self, step: Step, page: Page) -> None:
        """Read the questions of one page of the archive. Its links are those of the pages before it."""
        rows = [thread_row(thread, page.url) for thread in threads(page, self._body)]
        kept, found = self.archive.take(step.origin, page, qa(page, self._body), rows)
        self.gathered.add_threads(kept)
        self.gathered.add(found)

    def _adopt(self, page: Page) -> None:
        """`page` is the home page; a browser may show more of it later."""
        if not self.home:
            self._route.scope = self._route.scope.with_host(page.host)
            self._route.frontier.mark(page.url)
        self.home = page.url
        if self.platform is GENERIC:
            self.platform = recognise(page)

    def _keep(self, step: Step, answer: StepResult, page: Page) -> None:
        """Record a page that was read, and hold what was received until it is clear whether that proves anything."""
        self.ledger.record(step, answer, answer.cut, page.title)
        if answer.cut:
            self.ledger.fail(step, answer.cut, f"only the first {len(answer.body)} bytes were read")
        if page.rendered and step.url in self.held:
            answer = answer.proved_by(self.held[step.url])
        self._hold(step, answer)
        self._sources.pop(step.url, None)

    def _hold(self, step: Step, answer: StepResult) -> None:
        self.held[step.url] = answer.proof(self.ledger.pages[step.url].sha256)

    def _redirect(self, step: Step, answer: StepResult) -> None:
        target, refused = redirected(step, answer.location, self._route.scope)
        if refused:
            self._fail(step, answer, Failure.MOVED, refused)
            return
        self.ledger.record(step, answer, None)
        if step.found_by == "home" or page_key(target) == page_key(step.url) or self._route.frontier.mark(target):
            self._route.frontier.again(step.moved(target))
        else:
            self.ledger.done(step)  # a page that is known already

    def _fail(self, step: Step, answer: StepResult, failure: Failure, detail: str) -> None:
        """A step that brought no page. Home: try the next address; others: once more if that may help."""
        if step.render and step.attempt == 1 and step.url in self._sources:
            self._route.frontier.again(step.once_more())
            return
        page = self._sources.pop(step.url, None)
        if page is not None:
            # The browser failed: what the source shows is still true, but not all there is.
            self._predictor.failed += 1
            self.ledger.fail(step, failure, detail)
            self._look(step, page)
            return
        self.ledger.record(step, answer, failure)
        if not self.home:
            self.ledger.home_failures.append((failure, f"{step.url}: {detail}"))
        elif failure == Failure.MOVED:
            self.ledger.done(step)
        elif failure in TRANSIENT and step.attempt == 1 and not step.guess:
            self._route.frontier.again(step.once_more())
        else:
            self.ledger.fail(step, failure, detail)

    def _close(self, step: Step, detail: str) -> None:
        """Nothing is there. That settles a candidate; for a home page it is a failure."""
        if not self.home:
            self.ledger.home_failures.append((Failure.HTTP_4XX, f"{step.url}: {detail}"))
        self.ledger.done(step)

    def _drop_idle(self) -> None:
        """Forget the bytes of pages on which no finding rests, but not of those that wait for the browser."""
        proving = self.gathered.proving_pages() | self.pointed.kept
        if Kind.EMAIL in self.gathered.wanted():
            proving |= self._documents.kept(self.ledger)
        for url in [url for url in self.held if url not in proving and url not in self._sources]:
            del self.held[url]
