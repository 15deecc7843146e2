"""Tell which archived pages hold what citizens wrote, or what belongs to persons: docs/conduct.md, "Archived pages".

Such a page is shown and published only where `[publish] archives` says so. It is judged anew by the detectors of today,
not by what a crawl stored: that keeps each thing once, on the page that shows it best, and no person's address at all.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from prober.detectors.body import Body
from prober.detectors.email.address_classes import PRIVATE
from prober.detectors.email.email_detector import emails
from prober.detectors.questions.threads import threads
from prober.domain.archive import Restriction
from prober.domain.pages.page import Page
from prober.studies.packs import languages, words
from prober.text.words import Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class TelephoneWords:
    """Hold the numbers of telephones, from the packs: patterns for text as written."""

    TABLE: ClassVar = "telephones"
    mobile: re.Pattern[str]  # people have them, offices have landlines


@cache
def mobile() -> re.Pattern[str]:
    """Return the pattern of mobile numbers of the countries of all packs: what is not shown is no loss abroad."""
    return words(Vocabulary(languages())).table(TelephoneWords).mobile


def restrictions(page: Page, body: Body) -> tuple[Restriction, ...]:
    """Return what a page holds, its hidden lines included; a document is a page of its lines."""
    found = []
    if threads(page, body):
        found.append(Restriction.THREADS)
    told = any(mobile().search(block.text) for block in page.blocks)
    if told or any(finding.category in PRIVATE for finding in emails(page, body)):
        found.append(Restriction.PERSONAL)
    return tuple(found)
