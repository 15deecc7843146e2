"""Answer requests to every host of the embedded world, by scheme and certificate."""

from datetime import date, datetime
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlsplit

from prober.sandbox.http.encodings import html, redirect
from prober.sandbox.http.site_messages import Fault, Request, Response, Web
from prober.sandbox.plot.site_changes import changed, site_changes
from prober.sandbox.plot.site_roles import SMALL, Role, roles
from prober.sandbox.plot.truth import agency_row, later_facts, truth
from prober.sandbox.sites.content import content, with_questions_of
from prober.sandbox.sites.layout import ENVIRONMENT
from prober.sandbox.sites.other_hosts import neighbour
from prober.sandbox.sites.site import Key, Site
from prober.sandbox.sites.site_answers import Answering
from prober.studies.folder import packaged

_FAULTS = {"dns": Fault.DNS, "reset": Fault.RESET, "timeout": Fault.TIMEOUT}


class Portals:
    """The sites of one seed, as a Web. A site is built at the first request to it."""

    def __init__(self, seed: int, small: bool, now: datetime) -> None:
        self._seed = seed
        self._now = now
        every = roles(packaged("pobi-2019").agencies_of("2019"), seed)
        self._roles = {slug: role for slug, role in every.items() if not small or role.agency.province in SMALL}
        drawn = site_changes(every, seed, now.date())
        self._changes = {slug: change for slug, change in drawn.items() if slug in self._roles}
        self._by_host = {role.host: role for role in self._roles.values()}
        self._aliases = {alias: role for role in self._roles.values() for alias in _aliases(role)}
        self._answering: dict[tuple[str, bool], Answering] = {}  # by slug, and whether its change shows

    def respond(self, request: Request) -> Response | Fault:
        """Return the answer to one request; a fault where HTTP is not reached."""
        host = request.host.lower().partition(":")[0]
        if host in self._aliases:
            return self._alias(self._aliases[host], host, request)
        role = self._by_host.get(host)
        if role is None:
            return neighbour(host, request.target.partition("?")[0], self._provinces) or Fault.DNS
        day = request.at.date()
        role = changed(role, self._changes.get(role.slug), day)
        fault = self._below_http(role, request.scheme)
        if fault is not None:
            return fault
        if request.scheme == "http" and self.site(role.slug).origin.startswith("https"):
            return redirect(f"https://{role.first_host if 'redirect-chain' in role.quirks else host}{request.target}")
        if "block-page" in role.quirks:
            return _bare("block-page.html")
        if "challenge" in role.quirks:
            return _bare("challenge.html")
        if "closed" in role.quirks:
            return _bare("closed.html")
        if "redirect-chain" in role.quirks and request.target == "/":
            return redirect(self.site(role.slug).addresses[Key("home")], 302)
        return self.answering(role.slug, day).respond(request)

    def certificate(self, host: str) -> str | Fault:
        """Return the certificate or fault of a TLS handshake with `host`."""
        host = host.lower()
        role = self._by_host.get(host) or self._aliases.get(host)
        if role is None:
            return "good" if neighbour(host, "/", self._provinces) else Fault.DNS
        if role.host != host:
            return _alias_certificate(role, host)
        if fault := _fault(role):
            return fault
        if "bad-tls" in role.quirks:
            return "self-signed"
        return "expired" if "bad-tls-http-works" in role.quirks else _good_certificate(role)

    def agencies(self) -> list[dict[str, Any]]:
        return [agency_row(role, self._now) for role in self._roles.values()]

    def truth(self) -> dict[str, Any]:
        """Return what is there on the first day, and under `later` what is other from which day on."""
        known = truth(self._seed, [self.site(slug) for slug in self._roles])
        return known | {"later": later_facts(self._changes.values(), self.site)}

    def site(self, slug: str, day: date | None = None) -> Site:
        """Return the site of one agency on a day, or on the first one, for inspection and tests."""
        return self.answering(slug, day).site

    def answering(self, slug: str, day: date | None = None) -> Answering:
        change = self._changes.get(slug)
        key = slug, bool(change and day and change.shows(day))
        if key not in self._answering:
            role = self._roles[slug]
            said = content(role, self._seed, self._now.date())
            if day and key[1]:
                role = changed(role, change, day)
                said = with_questions_of(role, said, self._seed)
            finance = self._roles[f"stc-{role.agency.province}"]
            self._answering[key] = Answering(Site(role, said, f"https://{finance.host}"), self._seed)
        return self._answering[key]

    @cached_property
    def _provinces(self) -> dict[str, Site]:
        """Return domain → portal, for the other hosts of the province."""
        return {role.domain: self.site(role.slug) for role in self._roles.values() if role.portal}

    def _below_http(self, role: Role, scheme: str) -> Fault | None:
        if fault := _fault(role):
            return fault
        return Fault.REFUSED if "bad-tls" in role.quirks and scheme == "http" else None

    def _alias(self, role: Role, host: str, request: Request) -> Response | Fault:
        """Answer under another name of a site: dead, or a redirect towards it."""
        if role.hidden in _FAULTS or ("dead-first-address" in role.quirks and host == role.first_host):
            return _FAULTS.get(role.hidden, Fault.DNS)
        if "redirect-chain" in role.quirks and request.scheme == "http":
            return redirect(f"https://{host}{request.target}")
        return redirect(f"{self.site(role.slug).origin}{request.target}")


def _bare(template: str) -> Response:
    """Return a firewall's block page, a cookie challenge or a notice: status 200, and nothing of the site."""
    return html(ENVIRONMENT.get_template(template).render().encode(), frozenset())


def _fault(role: Role) -> Fault | None:
    """Return the fault of every request to the site's own host; None where only the registry's name is dead."""
    return None if "dead-dns" in role.quirks else _FAULTS.get(role.hidden)


def _aliases(role: Role) -> list[str]:
    """Return the other names of a site: with and without www, the registry's first, its working alternatives."""
    bare = role.host.removeprefix("www.")
    names = {bare, f"www.{bare}", role.first_host}
    if role.portal:  # alternatives of a portal lead to it; those of departments are guesses and do not exist
        names |= {urlsplit(url).hostname or "" for url in role.agency.alt_urls}
    return sorted(names - {role.host})


def _alias_certificate(role: Role, host: str) -> str | Fault:
    if role.hidden in _FAULTS or ("dead-first-address" in role.quirks and host == role.first_host):
        return _FAULTS.get(role.hidden, Fault.DNS)
    if "bad-tls" in role.quirks or "bad-tls-http-works" in role.quirks:
        return "expired"
    return "wrong-host" if "www-only" in role.quirks else _good_certificate(role)


def _good_certificate(role: Role) -> str:
    return "incomplete" if "incomplete-chain" in role.quirks else "good"


@cache  # what it holds follows from these three; the sites that it has built serve whoever asks again
def build(seed: int, small: bool, now: datetime) -> Web:
    """Return the web of the world at the simulated time `now`."""
    return Portals(seed, small, now)
