"""Find links that lead where no page is opened, and what their words promise.

Such are a file, a host that is nobody's, and the page of a department in a system that many bodies share.
"""

from collections.abc import Mapping
from functools import lru_cache

from prober.detectors.body import Body
from prober.detectors.body_names import begins_name, names
from prober.detectors.email.other_bodies import ANOTHER, whose
from prober.detectors.link_promises import FRAME, is_file, promises, urlsplit_path
from prober.detectors.social import is_platform
from prober.domain.hostnames import host_of, registrable
from prober.domain.page import Page


@lru_cache(maxsize=1)  # for each kind of the same page
def promised_elsewhere(page: Page, body: Body) -> tuple[tuple[str, bool, Mapping[str, float]], ...]:
    """Return the words of links that lead where no page is opened, whether in the frame, and what they promise.

    One that promises nothing is left out. A link of a department that names another body leads to what is that body's
    ("Hỏi đáp với UBND tỉnh").
    """
    links, department = promises(page), body.department is not None
    return tuple(
        (text, framed, dict(said))
        for text, framed in unopened(page, body)
        if (said := links.text(text)) and not (department and whose(text.lower(), page, body) == ANOTHER)
    )


@lru_cache(maxsize=1)  # for each kind of the same page
def unopened(page: Page, body: Body) -> tuple[tuple[str, bool], ...]:
    """Return the words of links that lead to a file, to a host that is nobody's, or to the body's page on the site of
    another, and whether they are in the frame.

    Of the links in the text only those of the home page.
    """
    at_home = urlsplit_path(page.url) in ("", "/")
    named = (link for link in page.links if link.text and link.url.startswith("http") and not link.dead)
    return tuple(
        (link.text, link.place in FRAME)
        for link in named
        if (link.place in FRAME or at_home)
        and (is_nobodys(page, body, link.url) or is_file(link.url) or _hosted(page, body, link.url))
    )


def _hosted(page: Page, body: Body, url: str) -> bool:
    """Return True for an address on another site that names this body, a department: its page in a common system."""
    if body.department is None or host_of(url) == page.host:
        return False
    called = names(page.title, body, page.words)
    return any(begins_name(part, called, page.words) for part in urlsplit_path(url).split("/") if part)


def is_nobodys(page: Page, body: Body, url: str) -> bool:
    """Return True for an address on a host that is not known to be the body's, another public body's or a platform's.

    Such is an address without a name, a builder of sites, a form service. What is on another public body's host is that
    body's.
    """
    host = host_of(url)
    if not host or host == page.host or registrable(host) == registrable(page.host):
        return False
    return not (promises(page).is_public(host, body) or is_platform(url))
