"""Run all detectors on a page: a pure function from a page and its public body to findings."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pkgutil import resolve_name
from types import MappingProxyType

from prober.detectors.access import VERSION as ACCESS_VERSION
from prober.detectors.access import access
from prober.detectors.body import Body
from prober.detectors.budget.budget_section import VERSION as BUDGET_VERSION
from prober.detectors.budget.budget_section import budget
from prober.detectors.declared_words import declared_words
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
from prober.domain.indicator import BY_KIND, Indicator, Kind, names
from prober.domain.pages.page import Page

Detector = Callable[[Page, Body], list[Finding]]

# In the order in which a person looks: a place to ask, an address to write to, what else is offered.
DETECTORS: Mapping[str, Detector] = MappingProxyType(
    {
        Kind.QA: qa, Kind.EMAIL: emails, Kind.ACCESS: access, Kind.WEB_FORM: web_forms, Kind.SOCIAL: social,
        Kind.BUDGET: budget,
    }
)  # fmt: skip
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
    if page.status >= 400 or (body.departments and department(page.host.partition(".")[0], page.words)):
        return []
    kinds, own = names(body.sought), [one for one in body.sought if one.kind not in BY_KIND]
    found = [finding for kind, detector in DETECTORS.items() if kind in kinds for finding in detector(page, body)]
    found += [finding for one in own for finding in _of_study(one, page, body)]
    return found


def _of_study(indicator: Indicator, page: Page, body: Body) -> list[Finding]:
    """Return what is found by the words that a study declares, or by the function of a package."""
    if not indicator.detector:
        return declared_words(indicator, page)
    detector: Detector = resolve_name(indicator.detector)
    # Whatever a stranger's function says: findings of its own indicator, on this page.
    return [
        replace(found, kind=indicator.kind, page_url=page.url, snippet=found.snippet[:300])
        for found in detector(page, body)
    ]
