"""Find third parties that follow the readers of a page: scripts, pixels and frames of services that count or profile.

A tracker is recognised by its host; one on a host of the public body itself is none. A link to such a service loads
nothing. What a script of the page loads later is seen where its address stands in the script.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prober.detectors.body import Body
from prober.domain.finding import Finding, State
from prober.domain.hostnames import host_of
from prober.domain.pages.elements import absolute
from prober.domain.pages.page import Page, css_path
from prober.text.patterns import linear

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

VERSION = "1"
_KIND = "trackers"
_MOST = 50  # of one page
# Services that count visits, profile readers or serve advertising; hosts below them count too. Sources: the categories
# "analytics", "advertising" and "social" of public lists of trackers, as far as portals of Vietnam use them.
HOSTS = (
    "google-analytics.com", "googletagmanager.com", "doubleclick.net", "googlesyndication.com",
    "googleadservices.com", "adservice.google.com", "analytics.google.com",
    "connect.facebook.net", "clarity.ms", "bat.bing.com", "hotjar.com", "hotjar.io", "mouseflow.com", "fullstory.com",
    "mc.yandex.ru", "metrika.yandex.ru", "hm.baidu.com", "cnzz.com", "histats.com", "statcounter.com", "amung.us",
    "flagcounter.com", "supercounters.com", "freecounterstat.com", "clustrmaps.com", "revolvermaps.com",
    "addthis.com", "addtoany.com", "sharethis.com", "quantserve.com", "scorecardresearch.com", "chartbeat.com",
    "segment.com", "segment.io", "mixpanel.com", "amplitude.com", "matomo.cloud", "piwik.pro", "newrelic.com",
    "nr-data.net", "cloudflareinsights.com", "analytics.tiktok.com", "ads-twitter.com", "analytics.twitter.com",
    "platform.twitter.com", "px.ads.linkedin.com", "snap.licdn.com", "disqus.com", "criteo.com", "criteo.net",
    "taboola.com", "outbrain.com", "admicro.vn", "adtima.vn", "zaloapp.com", "eclick.vn", "coccoc.com", "ants.vn",
    "gemius.pl", "alexametrics.com", "w3counter.com", "extreme-dm.com", "webtrends.com", "omtrdc.net", "adnxs.com",
    "onesignal.com", "pushwoosh.com", "subiz.com", "tawk.to",
)  # fmt: skip
# A pixel of a service whose host serves other things too.
_PIXEL = linear(r"^https?://(?:www\.)?facebook\.com/(?:tr\b|plugins/)", re.IGNORECASE)
_ADDRESS = linear(r"(?:https?:)?//[a-z0-9.-]{4,100}\.[a-z]{2,10}(?=[/?'\"\\])", re.IGNORECASE)
_COMMENT = linear(r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/|(?:^|[\s;{}])//[^\n]*")
_LOADS = "script[src], img[src], iframe[src], link[href], embed[src], source[src]"
_LOADED_LINKS = frozenset({"stylesheet", "preload", "modulepreload"})


def trackers(page: Page, body: Body) -> list[Finding]:
    """Return each third party that follows readers of the page, once."""
    found: dict[str, Finding] = {}
    for url, node in _loaded(page):
        host = host_of(url)
        service = next((known for known in HOSTS if host == known or host.endswith(f".{known}")), "")
        service = service or ("facebook.com" if _PIXEL.match(url) else "")
        if service and service not in found and not body.owns(host) and len(found) < _MOST:
            found[service] = Finding(
                _KIND, "page", service, State.FOUND, 0, 0.9, url[:300], css_path(node), page.url, "trackers", VERSION
            )
    return list(found.values())


def _loaded(page: Page) -> Iterator[tuple[str, "LexborNode"]]:
    """Yield the addresses that a page loads, and those that its scripts name."""
    for node in page.tree.css(_LOADS):
        rel = frozenset((node.attributes.get("rel") or "").lower().split())
        if node.tag != "link" or rel & _LOADED_LINKS:
            address = (node.attributes.get("src") or node.attributes.get("href") or "").strip()
            yield absolute(page.base, address), node
    for node in page.tree.css("script:not([src])"):
        if (node.attributes.get("type") or "").lower() in ("", "text/javascript", "module", "application/javascript"):
            text = _COMMENT.sub(" ", node.text().replace("https://", "https:\0").replace("http://", "http:\0"))
            text = text.replace("\0", "//").lower()
            for address in _ADDRESS.findall(text):
                yield absolute(page.base, address), node
            # Older snippets put the address together from its parts.
            yield from ((f"https://{host}/", node) for host in HOSTS if f"{host}/" in text)
