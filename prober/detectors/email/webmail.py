"""Find links to the staff's web mail: labelled like a contact ("Thư điện tử công vụ"), but of no use to citizens."""

import re
from functools import lru_cache

from prober.detectors.body import Body
from prober.detectors.email.address_classes import VERSION
from prober.domain.finding import Finding, Kind, State
from prober.domain.hostnames import host_of
from prober.domain.page import Page
from prober.text.vietnamese import key

_HOST = re.compile(r"^(?:web)?mail\d?\.|^email\.|^owa\.|^mailbox\.|^zimbra\.|^thudientu\.|^hopthu\.|^congvu\.")
_PATH = re.compile(r"/(?:owa|zimbra|roundcube|webmail|exchange|mail)(?:/|$)", re.IGNORECASE)
_LABEL = re.compile(
    r"\b(?:thư điện tử|e?mail công vụ|hộp thư công vụ|thư công vụ|web ?mail|hệ thống (?:thư|mail)|e ?mail)\b"
)


def webmail_logins(page: Page, body: Body) -> list[Finding]:
    """Return one finding per mail server to which the page links."""
    found: dict[str, Finding] = {}
    for link in page.links:
        if not _may_lead_to_mail(link.url) or "@" in link.href or link.dead or not link.url.startswith("http"):
            continue
        host = host_of(link.url)
        if _HOST.search(host) or (len(link.text) < 60 and _PATH.search(link.url) and _LABEL.search(key(link.text))):
            found.setdefault(
                host,
                Finding(
                    Kind.EMAIL, "webmail_login", link.url, State.PRESENT, 0, 0.1, link.text[:300], "", page.url,
                    "emails", VERSION, {"place": link.place},
                ),
            )  # fmt: skip
    return list(found.values())


@lru_cache(maxsize=8192)
def _may_lead_to_mail(url: str) -> bool:
    return bool(_HOST.search(host_of(url)) or _PATH.search(url))
