"""Find contact addresses in the text of a document to which a contact page links."""

import re
from dataclasses import replace
from datetime import datetime
from html import escape

from prober.detectors.body import Body
from prober.detectors.email.deobfuscation import plain
from prober.detectors.email.email_detector import emails
from prober.domain.finding import Finding
from prober.domain.page import Page
from prober.text.vietnamese import nfc

LONGEST_NAME = 80


def document_emails(text: str, name: str, url: str, fetched_at: datetime, body: Body) -> list[Finding]:
    """Return what the rules for pages find in `text`, line by line. `name` is the contact page's name of the document.

    A list of mailboxes is part of the contact page that offers it, so its lines are read like those of such a page:
    classes and confidences are those of `emails`. There is no selector, because a document has no elements.
    """
    lines = "<br>".join(escape(line) for line in nfc(text).splitlines())
    head = f"<title>Liên hệ: {escape(name[:LONGEST_NAME])}</title>"
    page = Page(url, 200, f"{head}<p>{lines}</p>", fetched_at)
    return [replace(finding, selector="", snippet=_alone(finding)) for finding in emails(page, body)]


def _alone(finding: Finding) -> str:
    """Return the line of a finding without other addresses: a row of a directory may name a person after a unit."""
    line = finding.snippet
    for other in plain(line):
        if other != finding.value:
            line = re.sub(re.escape(other), f"…@{other.partition('@')[2]}", line, flags=re.IGNORECASE)
    return line
