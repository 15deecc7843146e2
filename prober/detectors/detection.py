"""Run all detectors on a page: a pure function from a page and its public body to findings."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from prober.detectors.access import VERSION as ACCESS_VERSION
from prober.detectors.access import access
from prober.detectors.body import Body
from prober.detectors.budget.budget_section import VERSION as BUDGET_VERSION
from prober.detectors.budget.budget_section import budget
from prober.detectors.email.address_classes import VERSION as EMAILS_VERSION
from prober.detectors.email.address_classes import department
from prober.detectors.email.email_detector import emails
from prober.detectors.questions.qa_section import VERSION as QA_VERSION
from prober.detectors.questions.qa_section import qa
from prober.detectors.social import VERSION as SOCIAL_VERSION
from prober.detectors.social import social
from prober.detectors.web_form import VERSION as FORM_VERSION
from prober.detectors.web_form import web_forms
from prober.domain.finding import Finding
from prober.domain.page import Page

Detector = Callable[[Page, Body], list[Finding]]

# In the order in which a person looks: a place to ask, an address to write to, what else is offered.
DETECTORS: tuple[Detector, ...] = (qa, emails, access, web_forms, social, budget)
# By the name in a finding. Raise a version when a rule changes what is found; docs/scores.json must then be written
# again, or a test fails.
VERSIONS: Mapping[str, str] = MappingProxyType(
    {
        "qa": QA_VERSION, "emails": EMAILS_VERSION, "access": ACCESS_VERSION, "web_form": FORM_VERSION,
        "social": SOCIAL_VERSION, "budget": BUDGET_VERSION,
    }
)  # fmt: skip


def detect(page: Page, body: Body) -> list[Finding]:
    """Return all findings of one page.

    A page with an error status proves nothing, even if it shows the site's menu. Nor does a page of a department's own
    site (sotaichinh.camau.gov.vn) say anything about the province's portal.
    """
    if page.status >= 400 or (body.kind == "portal" and department(page.host.partition(".")[0], page.words)):
        return []
    return [finding for detector in DETECTORS for finding in detector(page, body)]
