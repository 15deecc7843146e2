"""What a page offers to a citizen: functions from a page and its body to findings, and nothing else."""

from collections.abc import Callable

from prober.detectors.access import access
from prober.detectors.body import Body
from prober.detectors.budget import budget
from prober.detectors.emails import emails
from prober.detectors.qa import qa
from prober.detectors.social import social
from prober.detectors.threads import Thread, threads
from prober.detectors.web_form import web_forms
from prober.finding import OFFICIAL, Finding
from prober.page import Page

Detector = Callable[[Page, Body], list[Finding]]

# In the order in which a person looks: is there a place to ask, whom to write to, what else is offered.
DETECTORS: tuple[Detector, ...] = (qa, emails, access, web_forms, social, budget)

__all__ = ["DETECTORS", "OFFICIAL", "Body", "Detector", "Thread", "detect", "threads"]


def detect(page: Page, body: Body) -> list[Finding]:
    """All findings of one page. A page with an error status proves nothing, however much menu it has."""
    if page.status >= 400:
        return []
    return [finding for detector in DETECTORS for finding in detector(page, body)]
