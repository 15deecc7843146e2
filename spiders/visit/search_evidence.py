"""Write down how a visit searched for what it did not find, address by address, from the log of the visit. Pure."""

from collections.abc import Iterator

from prober.domain.finding import Failure
from prober.domain.search_record import Outcome, Part, SearchRecord, SearchStep, in_order
from prober.domain.visit import PageRecord
from spiders.visit.step import Step
from spiders.visit.visit_log import VisitLog

MOST_UNOPENED = 20  # candidates without an answer that are named; the others are counted
_PARTS = {
    "home": Part.HOME, "menu": Part.LINK, "footer": Part.LINK, "link": Part.LINK, "sitemap": Part.LINK,
    "slug": Part.USUAL_PATH, "search": Part.SEARCH, "probe": Part.MADE_UP, "document": Part.LINK,
}  # fmt: skip  # pages of a list of questions and addresses from replies are no part of the search


def search_record(log: VisitLog, home: str, missed: frozenset[str]) -> SearchRecord:
    """Return how `missed`, the kinds that are not present, were looked for. `home` is "" if none was reached."""
    if not missed:
        return SearchRecord()
    pages = ((page, step) for url, page in log.pages.items() if (step := log.steps.get(url)))
    taken = [found for page, step in pages if (found := _step(log, page, step, missed))]
    return SearchRecord(in_order([*taken, *_places(log, home), *_unopened(log, missed)]))


def _step(log: VisitLog, page: PageRecord, step: Step, missed: frozenset[str]) -> SearchStep | None:
    """Return what was met at one address; None for an address that was not opened for anything missed."""
    part = _PARTS.get(step.found_by)
    if part is None:
        return None
    promised = frozenset(step.promises)
    if step.found_by == "sitemap" and (step.place or promised == frozenset(log.kinds)):
        part = Part.SITEMAP
    sought = log.candidates.get(step.origin) or log.guessed.get(step.origin) or promised
    outcome, failure = _met(log, page, step)
    if part == Part.LINK and not sought & missed:
        if outcome not in (Outcome.READ, Outcome.FAILED):
            return None
        part = Part.PAGE
    elif part in (Part.USUAL_PATH, Part.SEARCH) and not sought & missed:
        return None
    everything = part in (Part.HOME, Part.SITEMAP, Part.MADE_UP, Part.PAGE) or missed <= sought
    return SearchStep(
        part, page.url, outcome, () if everything else tuple(kind for kind in log.kinds if kind in sought & missed),
        step.found_by if part == Part.LINK else "", page.status, failure, page.location,
        log.counts.get((part, page.url)),
    )  # fmt: skip


def _met(log: VisitLog, page: PageRecord, step: Step) -> tuple[Outcome, Failure | None]:
    """Return what was met at an address, and why it could not be read; what the coverage rule leaves open is FAILED."""
    left_open = log.undecided.get(step.origin, (step, None))[1] or log.failed.get(step.origin, (None,))[0]
    if page.url in log.alike or (page.failure == Failure.HTTP_4XX and not left_open):
        return Outcome.MISSING, page.failure
    if page.location or page.failure == Failure.MOVED:
        return Outcome.REDIRECTED, page.failure
    failure = page.failure or left_open
    return Outcome.FAILED if failure else Outcome.READ, failure


def _places(log: VisitLog, home: str) -> Iterator[SearchStep]:
    """Yield the menu and the footer of the home page with the links counted there."""
    for part in (Part.MENU, Part.FOOTER):
        if (count := log.counts.get((part, home))) is not None:
            yield SearchStep(part, home, Outcome.READ, count=count)


def _unopened(log: VisitLog, missed: frozenset[str]) -> Iterator[SearchStep]:
    """Yield the candidates for `missed` that were never asked for: the first by name, the rest as a number."""
    never = [url for url, kinds in log.candidates.items() if kinds & missed and url not in log.pages]
    for url in never[:MOST_UNOPENED]:
        kinds = log.candidates[url] & missed
        yield SearchStep(
            Part.LINK, url, Outcome.UNOPENED,
            () if missed <= kinds else tuple(kind for kind in log.kinds if kind in kinds),
        )  # fmt: skip
    if len(never) > MOST_UNOPENED:
        yield SearchStep(Part.LINK, "", Outcome.UNOPENED, count=len(never) - MOST_UNOPENED)
