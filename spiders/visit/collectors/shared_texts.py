"""Learn where a site shows one page in the place of several: a notice, a wall, or its home page. Pure."""

from prober.domain.finding import Failure
from spiders.visit.collectors.collector import Collector, SeenPage, VisitState
from spiders.visit.step import Step


class SharedTexts(Collector):
    """Leave a section open whose page is not its own.

    What a menu or a sitemap promises was not seen where the page shows the same as the home page, the same as a page
    that was promised for something else, nothing at all, or a login. Two addresses of one section may well show one
    page: that is the section.
    """

    def __init__(self, state: VisitState) -> None:
        self._state = state
        self._shown: dict[str, list[Step]] = {}  # mark of a text → the home page and the candidates that show it

    def note(self, seen: SeenPage) -> None:
        """Compare a candidate with the pages read before it."""
        step, page, log = seen.step, seen.page, self._state.log
        kinds = log.candidates.get(step.origin)
        if step.found_by != "home" and (not kinds or step.guess):
            return
        known = self._shown.setdefault(page.text_mark, [])
        if step.origin in log.failed:  # why it was not fully read says more
            pass
        elif kinds and not page.text_length:
            log.fail(step, Failure.EMPTY_AFTER_RENDER, "a blank page")
        elif kinds and page.site.login:
            log.fail(step, Failure.CLOSED, "asks for a login")
        elif kinds:
            others = [other for other in known if not kinds & log.candidates.get(other.origin, frozenset())]
            for alike in (step, *others) if others else ():
                if alike.found_by != "home":
                    log.fail(
                        alike, Failure.CLOSED, f"shows what stands at {(others[0] if alike is step else step).url}"
                    )
        known.append(step)
