"""Walk one site by the search protocol: ask each step in its order what to open next, and learn from what came. Pure.

The caller gets addresses from `next_step` and passes each result to `take`, until there is none left. No network, clock
or database is used: the same results always make the same walk. The list of steps is the programme.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Protocol

from prober.detectors.body import Body
from prober.domain.agency import Agency
from prober.domain.finding import Failure, State
from prober.domain.hostnames import Scope, host_of
from prober.domain.indicator import Kind
from prober.domain.pages.page_dates import SiteAge
from prober.domain.reason import Detail, Reason, observed
from prober.domain.search_protocol import LookEntry, LookMark, Outcome, ProtocolStep, shortlist
from prober.domain.verdicts import Walk, first_failure, verdicts
from prober.domain.visit import for_now
from spiders.after_visit.after import AfterVisit
from spiders.after_visit.department_sites import DepartmentSites
from spiders.after_visit.links_from_replies import FOUND_BY as REPLY
from spiders.after_visit.links_from_replies import LinksFromReplies
from spiders.after_visit.qa_archive import FOUND_BY as ARCHIVE
from spiders.after_visit.qa_archive import QaArchive
from spiders.after_visit.site_measures import FOUND_BY as MEASURE
from spiders.after_visit.site_measures import TITLE, SiteMeasures
from spiders.reading.page_reading import PageReading, PageSource, Purpose
from spiders.visit.state import VisitState
from spiders.visit.step import SeenPage, StepResult, VisitStep
from spiders.visit.steps.contact_documents import ContactDocuments
from spiders.visit.steps.home_page import HomePage, IsSite, redirected, refresh_target
from spiders.visit.steps.named_links import NamedLinks
from spiders.visit.steps.rendering import Deferred, RenderPolicy, still_empty
from spiders.visit.steps.site_search import FOUND_BY as SEARCH
from spiders.visit.steps.site_search import SiteSearch
from spiders.visit.steps.sitemaps import Sitemaps, SitemapSource, sitemap_source
from spiders.visit.steps.usual_paths import FOUND_BY as PROBE
from spiders.visit.steps.usual_paths import UsualPaths
from spiders.visit.steps.vague_sections import OtherLanguage, VagueSections
from spiders.visit.urls import page_key

# What the pages of a step are read for, by how it was found.
_PURPOSES = {
    "home": Purpose.HOME, ARCHIVE: Purpose.QUESTIONS, SEARCH: Purpose.LINKS, PROBE: Purpose.STATE, REPLY: Purpose.STATE,
    MEASURE: Purpose.STATE, TITLE: Purpose.LINKS,
}  # fmt: skip
_LITTLE = 1  # characters of a page that shows a picture at most
_FORBIDDEN = 403
HOPELESS = Reason("browser_failed_before")


class WalkStep(Protocol):
    """One step of the protocol."""

    def next_address(self) -> VisitStep | None:
        """Return what this step opens next for what is missing; None if it has nothing left to open."""

    def learn(self, seen: SeenPage) -> None:
        """Learn from a page, whichever step opened it."""


class OnceMore:
    """Step 10: ask again, after everything else, for what timed out or was limited."""

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._waiting: list[VisitStep] = []

    def add(self, step: VisitStep) -> None:
        self._waiting.append(step)

    def next_address(self) -> VisitStep | None:
        missing = self._state.best.missing()
        while self._waiting and missing:
            step = self._waiting.pop(0)
            if not step.kinds or step.kinds & missing:
                return replace(step.once_more(), step=ProtocolStep.ONCE_MORE)
        return None

    def learn(self, seen: SeenPage) -> None:
        return


class SiteWalk:
    """The walk of one agency's site, address by address."""

    def __init__(
        self, agency: Agency, scope: Scope, body: Body, pages: int, seconds: float,
        rendered_before: Mapping[str, bool] | None = None, named: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.agency = agency
        self.state = state = VisitState(body, scope)
        self.age = SiteAge()
        self._budget = (pages, seconds)
        self._policy = policy = RenderPolicy(rendered_before or {})
        self._home, self._site, self._links = HomePage(state, agency), IsSite(state), NamedLinks(state)
        self._documents, self._sitemaps, self._paths = ContactDocuments(state), Sitemaps(state), UsualPaths(state)
        self._search, self._again = SiteSearch(state), OnceMore(state)
        self._steps: tuple[WalkStep, ...] = (
            self._home,  # 1. the registry's address and its variants
            self._site,  # 2. is it a site of the body?
            self._links,  # 3. links that are named for what is missing
            self._documents,  # with the lists of addresses that contact pages name
            self._sitemaps,  # 4.
            self._paths,  # 5. usual paths, after a made-up address
            self._search,  # 6. the site's own search
            VagueSections(state, self._site),  # 7. entries of the frame whose names tell nothing
            OtherLanguage(state),  # 8. the pages in the body's own language
            Deferred(state, policy),  # 9. the browser
            self._again,  # 10. once more what timed out or was limited
        )
        self._measures = SiteMeasures(state)
        after = (DepartmentSites(), QaArchive(state), LinksFromReplies(state, named))
        self._after: tuple[AfterVisit, ...] = (self._measures, *after)
        self._looks: list[LookEntry] = []
        self._walked = False  # True once no step has anything left to open

    def next_step(self, seconds: float) -> VisitStep | None:
        """Return the step to take after `seconds` of visiting; None when the visit is over."""
        pages, limit = self._budget
        if self.state.home and (self.state.record.asked >= pages or seconds > limit):
            if not self._walked and self.state.best.missing():
                self.state.record.out_of = (
                    Reason("pages_used_up", pages=pages)
                    if self.state.record.asked >= pages
                    else Reason("seconds_used_up", seconds=f"{limit:g}")
                )
            return self._measures.next_step()  # a few requests of its own, whatever the site's size
        for asked in self._steps[:1] if not self.state.home or self._site.stop else self._steps:
            if step := asked.next_address():
                return step
        self._walked = True
        if not self.state.home:
            return None
        return next((step for part in self._after if (step := part.next_step())), None)

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
        """Return what the sitemap of `step` is to be read from before `take`; None if the result is none."""
        return None if step.step is None else sitemap_source(step, result, self.state)

    def linked_from(self, step: VisitStep) -> str:
        """Return the page on which the link of `step` was seen; "" where no link led to it."""
        return self._links.linked_from(step.origin)

    def document_name(self, step: VisitStep) -> str:
        """Return what the site calls the document of `step`."""
        return self._documents.name(step)

    def take(self, step: VisitStep, result: StepResult) -> None:
        """Learn from the result of `step`, with the reading of its page (`page_source`) or sitemap."""
        state = self.state
        state.record.asked += not step.render
        state.record.bytes += len(result.body)
        state.sitemaps += [url for url in result.sitemaps if url not in state.sitemaps]
        taken = any(part.take(step, result) for part in self._after)
        if not taken and not self._documents.take(step, result) and not self._sitemaps.take(step, result):
            self._arrived(step, result)
        state.best.hold_open(state.record.unread_pages())
        self._drop_idle()

    def report(self) -> dict[str, Any]:
        """Return the findings and collected values, as fields of prober.domain.visit.VisitResult."""
        state, record = self.state, self.state.record
        fields: dict[str, Any] = {
            "agency": self.agency.id, "final_url": state.home, "technology": state.platform.name if state.home else "",
            "requests": record.requests, "bytes": record.bytes, "pages": tuple(record.pages.values()),
            "tls": "; ".join(record.trust.values()), "newest_on": self.age.newest,
        }  # fmt: skip
        for part in self._after:
            fields |= part.report()
        return fields | {"findings": state.best.findings}

    def concluded(self, today: date, failed: Reason | None = None) -> dict[str, Any]:
        """Return the verdicts, the record and the look list, as fields of VisitResult; `failed` is our own failure."""
        state, sought = self.state, self.state.body.sought
        self._documents.unopened()
        self._links.only_by_script()
        missing = state.best.missing()
        left = (*state.frontier.left(missing), *self._links.passed_over)
        no_site = self._site.failure() if missing and (self._site.stop or not state.record.out_of) else None
        walk = state.record.walk(state.home, no_site, left, state.kinds)
        walk = Walk(failed=failed) if failed else walk
        told = verdicts(state.best.findings, walk, today, sought)
        failure, detail = first_failure(told)
        unseen = any(one.state == State.NOT_SEEN and one.kind not in self._measures.kinds for one in told)
        return {
            "verdicts": told, "failure": failure, "failure_detail": detail,
            "record": state.record.protocol(walk, bool(missing)), "looks": self._look_list(missing, today),
            "outcome": "unreachable" if not state.home else "partial" if unseen else "seen",
        }  # fmt: skip

    def _look_list(self, missing: frozenset[str], today: date) -> tuple[LookEntry, ...]:
        """Return where a person should look first: for what was not found only, and whether the site is in use."""
        looks = [look for look in self._looks if not look.kinds or missing.intersection(look.kinds)]
        looks += (
            LookEntry(LookMark.SCRIPT_ONLY, step.url, step.words[:200], tuple(sorted(step.kinds)))
            for step in self._links.scripted.values()
        )
        asked = {host_of(url) for url in self.state.record.pages}
        looks += (
            LookEntry(LookMark.OTHER_HOST, url, words[:200])
            for host, (url, words) in self._links.hosts.items()
            if missing and host not in asked
        )
        if missing and self.age.abandoned(today):
            looks.append(LookEntry(LookMark.NOTHING_NEWER, self.state.home, f"{self.age.newest}"))
        return shortlist(looks)

    def _arrived(self, step: VisitStep, result: StepResult) -> None:
        """Process a result that is neither a sitemap nor a document."""
        if result.failure:
            self._fail(step, result, result.failure, result.detail)
        elif result.location:
            self._redirect(step, result)
        elif result.html or result.is_html or result.status >= 400:
            self._read(step, result)
        elif result.packed and result.declared.startswith("text/"):
            self._fail(step, result, Failure.UNREADABLE, Reason("compressed_twice"))
        elif step.listing and step.guess:
            self._gone(step, result)
        elif step.kinds or step.listing or not self.state.home:
            # Data is no page that a reader sees, nor a file: what should stand there was not seen.
            self._fail(step, result, Failure.UNREADABLE, Reason("no_page_but", what=result.declared or "?"))
        else:
            self.state.record.opened(step, result, Outcome.MISSING)

    def _read(self, step: VisitStep, result: StepResult) -> None:
        page = result.reading
        assert page is not None
        if step.found_by == PROBE:
            self._probed(step, result, page)
        elif self._is_missing(step, page):
            self._gone(step, result, page)
        elif step.step == ProtocolStep.USUAL_PATHS and not step.render and self._paths.is_nowhere(step, page):
            self._nowhere(step, result, page)
        elif page.obstacle:
            self._fail(step, result, page.obstacle, page.obstacle_detail)
        elif step.listing and step.guess:
            self._gone(step, result, page)
        elif step.listing:
            self._fail(step, result, Failure.UNREADABLE, Reason("no_sitemap"))
        else:
            self._show(step, result, page)

    def _show(self, step: VisitStep, result: StepResult, page: PageReading) -> None:
        """Record a page that was read, and show it in the browser if it looks unfinished."""
        state = self.state
        source = state.unrendered.get(step.url)
        self._keep(step, result, page)
        if source is not None and source.reading and page.rendered and source.url == step.url:
            self._learn_gain(step, source.reading, page)
        if not page.rendered and self._policy.wants(page):
            if not self._policy.hopeless:
                state.unrendered[step.url] = result
                self._then(replace(step, step=step.step and _shown(step), render=True, attempt=1))
                return
            state.record.fail(step, Failure.EMPTY_AFTER_RENDER, HOPELESS)
        if not state.home and (target := refresh_target(page, state.scope, step.chain)):
            self._home.first(replace(step.moved(target), render=False, attempt=1))
            return
        if step.found_by == "home":
            state.reach_home(page)
        self._judge(step, page)
        self._look(step, page, result, source)

    def _learn_gain(self, step: VisitStep, received: PageReading, shown: PageReading) -> None:
        """Learn what the browser showed more; a section that asked for it and shows no more was not seen."""
        mark, gain = self._policy.learn(received, shown)
        self.state.record.rendered(step.url, mark, gain)
        if received.needs_browser and not gain and step.found_by != "home" and not step.guess:
            self.state.record.fail(step, Failure.EMPTY_AFTER_RENDER, Reason("still_empty"))

    def _judge(self, step: VisitStep, page: PageReading) -> None:
        """Record as unread what shows nothing of its own where the site names a section."""
        record, first = self.state.record, self.state.texts.setdefault(page.text_mark, page.url)
        if step.guess or not step.kinds:
            return
        if page.rendered and still_empty(page):
            record.fail(step, Failure.EMPTY_AFTER_RENDER, Reason("still_empty"))
        elif step.found_by == "home":
            return
        elif page.text_length < _LITTLE and step.found_by != "link":
            record.fail(step, Failure.EMPTY_AFTER_RENDER, Reason("blank_page"))
        elif page.site.login or page.site.listing:
            why = Reason("asks_for_login") if page.site.login else Reason("lists_files")
            record.fail(step, Failure.CLOSED, why)
        elif first != page.url and first == self.state.home:  # what some sites show in place of a page that is gone
            record.missing(step)
            self._look_at(step)

    def _look(self, step: VisitStep, page: PageReading, result: StepResult, source: StepResult | None = None) -> None:
        """Keep the findings of a page, and let all steps learn from it."""
        state, seen = self.state, SeenPage(step, page, result, source or result)
        if step.found_by == SEARCH:
            if state.texts.get(page.text_mark) == state.home:
                self._search.drop()
            self._links.learn(seen)
            return
        if any(part.read(step, page) for part in self._after):
            return
        if step.found_by == "home" or state.scope.own(page.url):
            self.age.note(page.dates, result.fetched_at.date(), step.found_by == "home")
        found = [finding for finding in page.findings if finding.kind not in self._measures.kinds]
        for kind in {finding.kind for finding in state.best.add(found)}:
            if step.found_by != "home":
                state.frontier.learn(kind, page.url)
        self._looks += page.looks
        self._named_and_empty(step, page)
        for asked in self._steps:
            asked.learn(seen)
        for part in self._after:
            part.note(seen)

    def _named_and_empty(self, step: VisitStep, page: PageReading) -> None:
        """Mark a page that is named for questions, or for contact, and shows none."""
        shown = {finding.kind for finding in page.findings if finding.state == State.FOUND}
        for kind, mark in ((Kind.QA, LookMark.QUESTIONS_NAMED), (Kind.EMAIL, LookMark.CONTACT_NAMED)):
            named = step.step == ProtocolStep.LINKS and step.found_by not in ("home", "sitemap") and not step.guess
            if named and kind in step.kinds and kind not in shown:
                self._looks.append(LookEntry(mark, page.url, step.words[:200], (kind,)))

    def _keep(self, step: VisitStep, result: StepResult, page: PageReading) -> None:
        """Record a page that was read, and hold its result until it is clear whether a finding is based on it."""
        state = self.state
        count = len(page.links) if step.found_by in ("home", SEARCH) else None
        state.record.opened(step, result, Outcome.READ, result.cut, page.title, count)
        if result.cut:
            state.record.fail(step, result.cut, Reason("first_bytes", bytes=len(result.body)))
        if page.rendered and step.url in state.held:
            result = result.proved_by(state.held[step.url])
        state.hold(step, result)
        state.unrendered.pop(step.url, None)

    def _is_missing(self, step: VisitStep, page: PageReading) -> bool:
        """Return True if there is no page at the address of `step`; a search without results says so too, and is."""
        if step.found_by in ("home", SEARCH):
            return page.status in (404, 410)
        return page.soft_404

    def _gone(self, step: VisitStep, result: StepResult, page: PageReading | None = None) -> None:
        """Record that there is no page: no failure, but of the home page."""
        state = self.state
        failure = Failure.HTTP_4XX if page else None
        state.record.opened(step, result, Outcome.MISSING, failure, page.title if page else "")
        state.best.drop(step.origin)
        if not state.home:
            met = observed(Reason("not_there", status=result.status), step.url)
            state.record.home_failures.append((Failure.HTTP_4XX, met))
        else:
            self._look_at(step)

    def _probed(self, step: VisitStep, result: StepResult, page: PageReading) -> None:
        """Learn what the site answers at an address that does not exist, unless that is no answer for now."""
        if page.obstacle and result.status != _FORBIDDEN and (page.obstacle is not Failure.HTTP_4XX):
            self._fail(step, result, page.obstacle, page.obstacle_detail)
            return
        self.state.record.opened(step, result, Outcome.MISSING, Failure.HTTP_4XX, page.title)
        self._paths.told(result)
        if result.status == _FORBIDDEN:  # perhaps the answer to whatever it does not know, the usual sitemap too
            record = self.state.record
            refused = (record.steps[one.url] for one in record.refused.values())
            record.alike += [other for other in refused if record.pages[other.url].status == _FORBIDDEN]

    def _nowhere(self, step: VisitStep, result: StepResult, page: PageReading) -> None:
        """Record a usual path that is answered like the made-up address; a refusal may also be a ban."""
        if page.obstacle and page.obstacle is not Failure.HTTP_4XX:
            self.state.record.opened(step, result, Outcome.FAILED, page.obstacle, page.title)
            self.state.record.fail(step, page.obstacle, page.obstacle_detail)
            self.state.record.alike.append(step)
        else:
            self._gone(step, result, page)

    def _redirect(self, step: VisitStep, result: StepResult) -> None:
        state = self.state
        target, refused = redirected(step, result.location, state.scope, "set-cookie" in result.headers)
        if refused:
            self._fail(step, result, refused.failure, refused.detail)
            if refused.failure == Failure.MOVED and not state.links.is_public(host_of(target), state.body):
                state.record.fail(step, Failure.MOVED, refused.detail)  # a name inside its network: it was not seen
            return
        state.record.opened(step, result, Outcome.REDIRECTED)
        if step.found_by == PROBE:
            self._paths.told(result, target)
        elif step.guess and self._paths.leads_nowhere(target):
            state.record.missing(step)
        elif step.found_by == "home" or page_key(target) == page_key(step.url) or state.frontier.mark(target):
            self._then(step.moved(target))
        elif page_key(target) == page_key(state.home):
            if step.found_by == SEARCH:
                self._search.drop()
            state.record.missing(step)
            state.best.drop(step.origin)
            self._look_at(step)
        else:
            self._leads_to_known(step, target)

    def _leads_to_known(self, step: VisitStep, target: str) -> None:
        """Learn from a redirect to a page that was asked for before: what that left unseen, this does too."""
        record = self.state.record
        known = record.pages.get(target)
        if known and known.failure and not known.missing:
            record.fail(step, known.failure, Reason("leads_to", url=target))
        elif known and known.missing:
            self.state.best.drop(step.origin)

    def _look_at(self, step: VisitStep) -> None:
        """Mark a named page that was not reached."""
        if step.kinds and not step.guess:
            mark = LookMark.NAMED_UNREAD if self.state.scope.own(step.url) else LookMark.OTHER_HOST
            self._looks.append(LookEntry(mark, step.origin, step.words[:200], tuple(sorted(step.kinds))))

    def _then(self, step: VisitStep) -> None:
        """Take `step` next: it ends what was begun."""
        if step.found_by == "home":
            self._home.first(step)
        else:
            self.state.frontier.again(step)

    def _fail(self, step: VisitStep, result: StepResult, failure: Failure, detail: Detail) -> None:
        """Handle a step without a page: for home try the next address, for others try once more if it may help."""
        state = self.state
        source = state.unrendered.get(step.url) if step.render else None
        if source is not None and step.attempt == 1:
            self._then(step.once_more())
            return
        state.record.opened(step, result, Outcome.FAILED, failure)
        if source is not None and source.reading:
            self._without_browser(step, source, failure, detail)
        elif not state.home:
            state.record.home_failures.append((failure, observed(detail, step.url)))
            if for_now(result.status, failure) and step.attempt == 1:
                self._home.first(step.once_more())
        elif failure == Failure.MOVED:
            state.best.drop(step.origin)  # the link leads to another body's section
        else:
            state.record.fail(step, failure, detail)
            if step.may_be_repeated(result.status, failure) and step.step is not None:
                self._again.add(step)
            else:
                self._look_at(step)
        if step.found_by == SEARCH and failure == Failure.HTTP_4XX:
            self._search.drop()

    def _without_browser(self, step: VisitStep, source: StepResult, failure: Failure, detail: Detail) -> None:
        """Read the source of a page that the browser could not show; it may be incomplete."""
        state, page = self.state, source.reading
        assert page is not None
        del state.unrendered[step.url]
        self._policy.failed += 1
        if source.url == step.url:
            if step.found_by == "home":
                state.reach_home(page)
            state.record.page(step, source, source.cut, page.title)
            self._look(step, page, source)
        state.record.fail(replace(step, guess=False), failure, detail)

    def _drop_idle(self) -> None:
        """Drop the results of pages without findings, except those that wait for the browser."""
        state = self.state
        proving = state.best.proving_pages().union(self._documents.kept(), *(part.kept() for part in self._after))
        for url in [url for url in state.held if url not in proving and url not in state.unrendered]:
            del state.held[url]


def page_source(step: VisitStep, result: StepResult) -> PageSource | None:
    """Return what the page of `step` is to be read from before `take`; None if the result is no page."""
    if result.failure or result.location or not (result.html or result.is_html or result.status >= 400):
        return None
    purpose = _PURPOSES.get(step.found_by, Purpose.PAGE)
    return PageSource(
        result.html or result.body, step.url, result.status, result.headers, result.fetched_at, bool(result.html),
        purpose,
    )  # fmt: skip


def _shown(step: VisitStep) -> ProtocolStep:
    """Return the step of the protocol that shows a page: the home page belongs to step 1."""
    return ProtocolStep.HOME if step.found_by == "home" else ProtocolStep.BROWSER
