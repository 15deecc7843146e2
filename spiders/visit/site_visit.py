"""Visit one agency's site: decide what to open next, and read each result. Pure.

The caller gets steps from `next_step` and passes each result to `take`, until there is no next step. No network, clock
or database is used: the same results always give the same steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from prober.detectors.body import Body
from prober.domain.agency import Agency
from prober.domain.coverage import Coverage, SiteAge
from prober.domain.finding import Failure
from prober.domain.hostnames import Scope, host_of
from prober.domain.reason import Detail, Reason, Reasons, observed
from prober.domain.visit import SearchRecord, for_now
from spiders.reading.page_reading import PageReading, PageSource, Purpose
from spiders.visit.application_views import ApplicationViews
from spiders.visit.collectors.bare_sections import BareSections
from spiders.visit.collectors.collector import Collector, SeenPage, SiteFrame, VisitState
from spiders.visit.collectors.contact_documents import ContactDocuments
from spiders.visit.collectors.department_links import DepartmentLinks
from spiders.visit.collectors.inner_pages import InnerPages, SharedTexts
from spiders.visit.collectors.last_answer import FOUND_BY as STILL_THERE
from spiders.visit.collectors.last_answer import LastAnswer
from spiders.visit.collectors.links_from_replies import FOUND_BY as REPLY
from spiders.visit.collectors.links_from_replies import LinksFromReplies
from spiders.visit.collectors.notices import Notices
from spiders.visit.collectors.print_view import PrintView
from spiders.visit.collectors.qa_archive import FOUND_BY as ARCHIVE
from spiders.visit.collectors.qa_archive import QaArchive
from spiders.visit.collectors.rendering import DeferredRenders, RenderPolicy, still_empty
from spiders.visit.collectors.site_measures import FOUND_BY as MEASURE
from spiders.visit.collectors.site_measures import TITLE, SiteMeasures
from spiders.visit.collectors.site_menu import SiteMenu
from spiders.visit.collectors.site_search import FOUND_BY as SEARCH
from spiders.visit.collectors.soft_404_probe import FOUND_BY as PROBE
from spiders.visit.collectors.soft_404_probe import Soft404Probe
from spiders.visit.link_candidates import SITEMAP, SitemapSource, everything, redirected, refresh_target
from spiders.visit.step import StepResult, VisitStep
from spiders.visit.strategy import Strategy
from spiders.visit.urls import idle_parameters, page_key, without
from spiders.visit.visit_log import FEED, search_record

# What the pages of a step are read for, by how it was found.
_PURPOSES = {
    "home": Purpose.HOME, ARCHIVE: Purpose.QUESTIONS, SEARCH: Purpose.LINKS, PROBE: Purpose.STATE, REPLY: Purpose.STATE,
    MEASURE: Purpose.STATE, TITLE: Purpose.LINKS, STILL_THERE: Purpose.STATE,
}  # fmt: skip
# Most texts of a page with and without a parameter that changes nothing, as it shows the hour or the news.
_ONE_PAGE = 2
HOPELESS = Reason("browser_failed_before")


class SiteVisit:
    """The visit to one agency's site, step by step."""

    def __init__(
        self, agency: Agency, scope: Scope, body: Body, pages: int, seconds: float, departments_sought: bool = False,
        rendered_before: Mapping[str, bool] | None = None, named: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.agency = agency
        self.state = state = VisitState(body, scope)
        self.age = SiteAge()
        self._budget = (pages, seconds)
        self._policy = policy = RenderPolicy(rendered_before or {})
        self._probe = Soft404Probe(state, policy)
        views = ApplicationViews(state, policy)
        self._strategy = Strategy(state, agency, views)
        self._documents = ContactDocuments(state)
        self._inner = InnerPages(state)
        menu = SiteMenu(state)
        self._deferred = DeferredRenders(state, policy, menu)
        searching = (DepartmentLinks(state, departments_sought), self._documents, self._strategy, self._deferred)
        printed, last, notices = PrintView(state), LastAnswer(state), Notices(state)
        self._unseen = (self._inner, menu, notices, last)  # which tell why no site was seen
        # In the order in which they are asked for the next step: those on which verdicts depend, then the others.
        self._searching: tuple[Collector, ...] = (*searching, self._probe, self._inner, views, printed, last)
        self._measures = SiteMeasures(state)
        self._adding: tuple[Collector, ...] = (QaArchive(state), LinksFromReplies(state, named))
        self._collectors = (
            self._measures, self._probe, last, *self._adding, *searching, views, self._inner, printed,
            SharedTexts(state), BareSections(state), notices, menu,
        )  # fmt: skip
        self._home_repeated = False
        self._out_of: Reason | None = None
        self._looked = False  # True once no place is left where a verdict could change

    def next_step(self, seconds: float) -> VisitStep | None:
        """Return the step to take after `seconds` of visiting; None when the visit is over."""
        if not self.state.home:
            return self._strategy.next_step()
        pages, limit = self._budget
        if self.state.log.asked >= pages or seconds > limit:
            if not self._looked:
                self._out_of = (
                    Reason("pages_used_up", pages=pages)
                    if self.state.log.asked >= pages
                    else Reason("seconds_used_up", seconds=f"{limit:g}")
                )
            return self._measures.next_step()  # a few requests of its own, whatever the site's size
        step = _first(self._searching)
        self._looked = step is None
        return step or self._measures.next_step() or _first(self._adding)

    def source(self, step: VisitStep) -> StepResult:
        """Return the result as received that `step` is to be rendered from."""
        return self.state.unrendered[step.url]

    @property
    def to_audit(self) -> StepResult | None:
        """The home page as it was read last, if the study has its markup judged in a browser."""
        return self._measures.home if self.state.home else None

    def audited(self, broken: Sequence[Sequence[Any]]) -> None:
        """Learn what the browser found on the home page: rows of `Violation`."""
        self._measures.audited(broken)

    def sitemap_source(self, step: VisitStep, result: StepResult) -> SitemapSource | None:
        """Return what the sitemap of `step` is to be read from before `take`; None if the result is none.

        Where reading it gives nothing, the result may be a page (`page_source`).
        """
        return None if step.found_by == REPLY else self._strategy.sitemap_source(step, result)

    def linked_from(self, step: VisitStep) -> str:
        """Return the page on which the link of `step` was seen; "" where no link led to it."""
        return self._strategy.linked_from(step.origin)

    def document_name(self, step: VisitStep) -> str:
        """Return what the site calls the document of `step`."""
        return self._documents.name(step)

    def take(self, step: VisitStep, result: StepResult) -> None:
        """Learn from the result of `step`, with the reading of its page (`page_source`) or sitemap."""
        state = self.state
        state.log.asked += not step.render
        state.log.bytes += len(result.body)
        state.sitemaps += [url for url in result.sitemaps if url not in state.sitemaps]
        if not any(collector.take(step, result) for collector in self._collectors):
            self._arrived(step, result)
        while state.released:
            self._read(*state.released.pop(0))
        state.best.doubt(state.log.unread())
        self._drop_idle()

    def report(self) -> dict[str, Any]:
        """Return the findings and collected values, as fields of prober.domain.visit.VisitResult."""
        state, log = self.state, self.state.log
        fields: dict[str, Any] = {
            "agency": self.agency.id, "final_url": state.home, "technology": state.platform.name if state.home else "",
            "requests": log.requests, "bytes": log.bytes, "pages": tuple(log.pages.values()),
            "tls": "; ".join(log.trust.values()), "newest_on": self.age.newest,
        }  # fmt: skip
        for collector in self._collectors:
            fields |= collector.report()
        return fields

    def coverage(self) -> Coverage:
        """Return the coverage of the visit for the kinds that it did not settle, and for each of them."""
        wanted = self.state.best.wanted()
        unseen = next((why for collector in self._unseen if (why := collector.missing())[0]), (None, ()))
        kinds = {kind: self._coverage(frozenset({kind}), unseen) for kind in wanted} if self.state.home else {}
        return replace(self._coverage(wanted, unseen), kinds=kinds)

    def _coverage(self, wanted: frozenset[str], unseen: tuple[Failure | None, Reasons]) -> Coverage:
        """Return the coverage for `wanted`; `unseen` is why no site was seen, which is so for every kind."""
        seen = self.state.log.coverage(wanted, self.state.home, *self._strategy.tried(wanted))
        left = not seen.complete or self._strategy.waits(wanted) or self._deferred.waits or self._inner.waits(wanted)
        if self._out_of and wanted and left and not seen.failure:
            seen = replace(seen, failure=Failure.BUDGET, detail=(self._out_of,))
        missing, detail = unseen
        if missing and wanted and seen.failure not in (Failure.EMPTY_AFTER_RENDER, Failure.BUDGET):
            return replace(seen, menu=False, footer=False, failure=missing, detail=detail)
        return seen

    def search_record(self, missed: frozenset[str]) -> SearchRecord:
        """Return how `missed`, the kinds that are not present, were looked for."""
        return search_record(self.state.log, self.state.home, missed)

    def outcome(self, coverage: Coverage) -> str:
        """Return seen, partial or unreachable."""
        if not self.state.home:
            return "unreachable"
        return "seen" if coverage.complete or not self.state.best.wanted() else "partial"

    def _arrived(self, step: VisitStep, result: StepResult) -> None:
        """Process a result that no collector has taken."""
        if result.failure:
            self._fail(step, result, result.failure, result.detail)
        elif result.location:
            self._redirect(step, result)
        elif result.html or result.is_html or result.status >= 400:
            self._read(step, result)
        elif result.packed and result.declared.startswith("text/"):
            self._fail(step, result, Failure.UNREADABLE, Reason("compressed_twice"))
        elif step.place == SITEMAP:
            self._fail(step, result, Failure.UNREADABLE, Reason("no_sitemap"))
        elif step.named or (result.declared.endswith("json") and step.place != FEED):
            # Data is no page that a reader sees, nor a file: what should stand there was not seen.
            self._fail(step, result, Failure.UNREADABLE, Reason("no_page_but", what=result.declared or "?"))
        else:
            self.state.log.record(step, result, None)
            self._close(step, Reason("no_page_but", what=result.declared or "?"))

    def _read(self, step: VisitStep, result: StepResult) -> None:
        page = result.reading
        assert page is not None
        if self._missing(step, page):
            self.state.log.record(step, result, Failure.HTTP_4XX, page.title)
            self.state.best.drop(step.origin)
            self.state.frontier.gone(step.url)
            self._close(step, Reason("not_there", status=result.status))
            self.state.log.leads_nowhere(step)
            return
        if page.obstacle:
            if page.obstacle is not Failure.BLOCKED or not self._probe.holds_refusal(step, page, result):
                self._fail(step, result, page.obstacle, page.obstacle_detail)
            return
        if self._probe.holds(step, result):
            return
        source = self.state.unrendered.get(step.url)
        self._keep(step, result, page)
        if source is not None and source.reading and page.rendered and source.url == step.url:
            self.state.log.rendered(step.url, *self._policy.learn(source.reading, page))
        if not page.rendered and self._policy.wants(page):
            self.state.unrendered[step.url] = result
            shown = replace(step, promises=everything(self.state.kinds), render=True, attempt=1)
            if self._policy.hopeless:
                self._fail(shown.once_more(), result, Failure.EMPTY_AFTER_RENDER, HOPELESS)
            else:
                self.state.frontier.again(shown)
        elif not self.state.home and (target := refresh_target(page, self.state.scope, step.chain)):
            self.state.frontier.again(VisitStep(target, "home", chain=(*step.chain, step.url)))
            return
        elif step.found_by != ARCHIVE and step.guess and self._probe.shown(step, page):
            self.state.log.alike.add(step.url)
            self.state.log.done(step)
        else:
            if page.rendered and still_empty(page):
                self.state.log.fail(replace(step, guess=False), Failure.EMPTY_AFTER_RENDER, Reason("still_empty"))
            elif not result.cut:
                self.state.log.done(step)
            self._look(step, page, result)
        if step.found_by == "home":
            self.state.reach_home(page)

    def _missing(self, step: VisitStep, page: PageReading) -> bool:
        """Return True if there is no page at the address of `step`; a search without results says so too, and is."""
        if step.found_by in ("home", SEARCH):
            return page.status in (404, 410)
        return page.soft_404

    def _look(self, step: VisitStep, page: PageReading, result: StepResult) -> None:
        """Keep the findings of a page that no collector has read, and pass it to all collectors."""
        state = self.state
        self._learn_views(step, page)
        if any(collector.read(step, page) for collector in self._collectors):
            return
        if step.found_by == "home" or state.scope.own(page.url):
            self.age.note(page.dates, result.fetched_at.date(), step.found_by == "home")
        found = [finding for finding in page.findings if finding.kind not in self._measures.kinds]
        for kind in {finding.kind for finding in state.best.add(found)}:
            if step.found_by != "home":
                state.frontier.learn(kind, page.url)
        seen = SeenPage(step, page, result)
        if step.found_by == "home":
            state.frame = SiteFrame.of(page)
        for collector in self._collectors:
            collector.note(seen)
        state.frame = state.frame.widened(page)

    def _keep(self, step: VisitStep, result: StepResult, page: PageReading) -> None:
        """Record a page that was read, and hold its result until it is clear whether a finding is based on it."""
        self.state.log.record(step, result, result.cut, page.title)
        if result.cut:
            self.state.log.fail(step, result.cut, Reason("first_bytes", bytes=len(result.body)))
        if page.rendered and step.url in self.state.held:
            result = result.proved_by(self.state.held[step.url])
        self.state.hold(step, result)
        self.state.unrendered.pop(step.url, None)

    def _redirect(self, step: VisitStep, result: StepResult) -> None:
        target, refused = redirected(step, result.location, self.state.scope, "set-cookie" in result.headers)
        if refused:
            self._fail(step, result, refused.failure, refused.detail)
            named = step.origin in self.state.log.candidates and refused.failure == Failure.MOVED
            if named and not self.state.links.is_public(host_of(target), self.state.body):
                self.state.log.fail(step, Failure.MOVED, refused.detail)  # a name inside its network: it was not seen
            return
        self.state.log.record(step, result, None)
        self._learn_same(step, step.url, target)
        if step.found_by == "home" or page_key(target) == page_key(step.url) or self.state.frontier.mark(target):
            self.state.frontier.again(step.moved(target))
        elif (known := self.state.log.pages.get(target)) and known.failure and not known.missing:
            self.state.log.fail(step, known.failure, Reason("leads_to", url=target))
        elif step.origin in self.state.log.candidates and page_key(target) == page_key(self.state.home):
            self.state.log.fail(step, Failure.CLOSED, Reason("leads_home", url=target))
        else:
            if known and known.missing:
                self.state.best.drop(step.origin)
            self.state.log.leads_to_known(step, target)

    def _learn_views(self, step: VisitStep, page: PageReading) -> None:
        """Learn from two addresses with one text that the parameters by which they differ change nothing."""
        first = self.state.texts.setdefault(page.text_mark, page.url)
        if first != page.url:
            self._learn_same(step, page.url, first)
            self._learn_same(step, first, page.url)

    def _learn_same(self, step: VisitStep, url: str, other: str) -> None:
        """Learn that parameters change nothing, unless pages with other texts differ in these alone.

        What a site shows for words that it lacks says nothing of what it shows for others.
        """
        idle = idle_parameters(url, other)
        plain = [page_key(without(read, idle)) for read in self.state.texts.values()] if idle else []
        alike = page_key(without(url, idle))
        if step.found_by == SEARCH or plain.count(alike) > _ONE_PAGE:
            return
        for known in self.state.frontier.learn_same(url, other):
            self.state.log.done(known)

    def _fail(self, step: VisitStep, result: StepResult, failure: Failure, detail: Detail) -> None:
        """Handle a step without a page: for home try the next address, for others try once more if it may help."""
        if step.render and step.attempt == 1 and step.url in self.state.unrendered:
            self.state.frontier.again(step.once_more())
            return
        source = self.state.unrendered.pop(step.url, None)
        if source is not None and source.reading:
            # The browser failed: the source is read instead, and may be incomplete.
            self._policy.failed += 1
            self.state.log.fail(step, failure, detail)
            if source.url == step.url:
                self._look(step, source.reading, source)
            else:  # of a view, the source is that of its application
                self.state.log.record(step, result, failure)
            return
        self.state.log.record(step, result, failure)
        if not self.state.home:
            self.state.log.home_failures.append((failure, observed(detail, step.url)))
            if for_now(result.status, failure) and not self._home_repeated:
                self._home_repeated = True
                self.state.frontier.again(step.once_more())
        elif failure == Failure.MOVED:
            self.state.best.drop(step.origin)  # the link leads to another body's section
            self.state.log.done(step)
        elif step.may_be_repeated(result.status, failure):
            self.state.frontier.again(step.once_more())
        else:
            self.state.log.fail(step, failure, detail)

    def _close(self, step: VisitStep, detail: Detail) -> None:
        """Record that there is no page: this settles a candidate; for the home page it is a failure."""
        if not self.state.home:
            self.state.log.home_failures.append((Failure.HTTP_4XX, observed(detail, step.url)))
        self.state.log.done(step)

    def _drop_idle(self) -> None:
        """Drop the results of pages without findings, except those that wait for the browser."""
        proving = self.state.best.proving_pages().union(*(collector.kept() for collector in self._collectors))
        for url in [url for url in self.state.held if url not in proving and url not in self.state.unrendered]:
            del self.state.held[url]


def page_source(step: VisitStep, result: StepResult) -> PageSource | None:
    """Return what the page of `step` is to be read from before `take`; None if the result is no page."""
    if result.failure or result.location or not (result.html or result.is_html or result.status >= 400):
        return None
    purpose = _PURPOSES.get(step.found_by, Purpose.PAGE)
    return PageSource(
        result.html or result.body, step.url, result.status, result.headers, result.fetched_at, bool(result.html),
        purpose,
    )  # fmt: skip


def _first(collectors: Sequence[Collector]) -> VisitStep | None:
    """Return the step of the first collector that has one, or None."""
    return next((step for collector in collectors if (step := collector.next_step())), None)
