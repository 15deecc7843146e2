"""Collect what a visit gathers besides findings, one collector per module; define their order."""

from collections.abc import Iterable

from spiders.visit.collectors.collector import Collector, VisitState
from spiders.visit.collectors.deferred_renders import DeferredRenders
from spiders.visit.collectors.department_links import DepartmentLinks
from spiders.visit.collectors.links_from_replies import LinksFromReplies
from spiders.visit.collectors.qa_archive import QaArchive
from spiders.visit.render_policy import RenderPolicy


def collectors(
    state: VisitState, policy: RenderPolicy, strategy: Collector, documents: Collector, departments_sought: bool,
    named: Iterable[str],
) -> tuple[tuple[Collector, ...], tuple[Collector, ...]]:  # fmt: skip
    """Return (collectors on which verdicts depend, additional collectors), each in the order in which they are asked.

    `departments_sought` is an argument of DepartmentLinks, `named` of LinksFromReplies.
    """
    return (
        (DepartmentLinks(state, departments_sought), documents, strategy, DeferredRenders(state, policy)),
        (QaArchive(state), LinksFromReplies(state, named)),
    )
