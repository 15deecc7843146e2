"""Assign a role to each site: technology, Q&A level, form of its mail address, and misbehaviour.

The tables are the world's design and are read by people; the draw in `roles` fills in what no table fixes.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit

from prober.domain.agency import Agency
from prober.sandbox.sites.obfuscations import DISGUISES

# Technologies of the portals, as in docs/reference/registry.md#technologies where it knows one; finance departments of
# a province often run another.
PORTAL_TECHNOLOGY: Mapping[str, str] = {
    slug: technology
    for technology, slugs in {
        "liferay": "dong-thap tien-giang bac-giang bac-ninh dak-lak da-nang lao-cai vinh-long tra-vinh",
        "sharepoint": "quang-ninh lam-dong gia-lai ho-chi-minh hung-yen nghe-an",
        "portal-pages": "dien-bien thanh-hoa ninh-thuan nam-dinh ha-tinh quang-ngai",
        "dotnetnuke": "thua-thien-hue binh-duong long-an tay-ninh binh-phuoc vinh-phuc",
        "websphere": "ca-mau can-tho an-giang kien-giang",
        "drupal": "phu-tho yen-bai soc-trang hau-giang dak-nong",
        "nukeviet": "binh-dinh hoa-binh cao-bang bac-kan quang-nam ninh-binh",
        "joomla": "hai-duong thai-binh tuyen-quang bac-lieu khanh-hoa",
        "wordpress": "lai-chau son-la quang-tri lang-son",
        "spa": "thai-nguyen hai-phong",
        "vendor": "ha-noi ha-giang quang-binh ba-ria-vung-tau dong-nai kon-tum ben-tre binh-thuan phu-yen ha-nam",
    }.items()
    for slug in slugs.split()
}
FINANCE_TECHNOLOGY: Mapping[str, str] = {
    "stc-an-giang": "sharepoint",
    "stc-dong-nai": "vendor",
    "stc-quang-ninh": "sharepoint",
    "stc-lam-dong": "sharepoint",
    "stc-thai-binh": "spa",
    "stc-long-an": "dotnetnuke",
}

# Misbehaviour by site, and why it is in the world. A site may appear more than once.
MISBEHAVIOUR: Mapping[str, tuple[str, str]] = {
    "challenge": ("hoa-binh", "a script sets a cookie and reloads; HTTP 200, no content: hidden, not absent"),
    "delegated": ("phu-yen", "the only Hỏi đáp leads to another body's portal: no section of its own"),
    "js-only": ("thai-nguyen hai-phong stc-thai-binh", "an empty shell until scripts have run"),
    "frames": ("ha-giang", "a frameset without one link of its own"),
    "postback": ("hung-yen", "the menu is javascript:__doPostBack; only the site map has addresses"),
    "click-counter": ("cao-bang", "the menu leads to a counter, /dem?b=…, which redirects to the page"),
    "jsessionid": ("tra-vinh", ";jsessionid= in every link"),
    "phpsessid": ("bac-kan", "PHPSESSID= in every link"),
    "calendar": ("ben-tre", "a calendar without first and last month"),
    "soft-404": ("dong-nai stc-kien-giang", "every unknown path is HTTP 200 with a polite page"),
    "slow": ("kon-tum stc-cao-bang", "seconds before the first byte, body in drips"),
    "reset-pages": ("nghe-an", "the document list resets the connection"),
    "dead-first-address": ("thua-thien-hue stc-tay-ninh", "registry's first address has no DNS; the alternative works"),
    "bad-tls-http-works": ("bac-lieu stc-lang-son", "expired certificate on https, the same site on http"),
    "incomplete-chain": ("bac-giang stc-ninh-binh", "the server leaves out who issued its certificate"),
    "www-only": ("lang-son", "certificate of another host on the bare name, right one on www"),
    "windows-1258": ("thai-binh", "combining tone marks in a legacy encoding"),
    "nfd": ("son-la stc-quang-nam", "every letter decomposed"),
    "dropped-letters": ("ha-noi hai-duong", "slugs without their accented letters: hoi-ap, tin-t-c"),
    "frozen": ("ha-nam", "nothing new for five months"),
    "abandoned": ("stc-hai-phong", "nothing new for two and a half years: what is not there may have moved away"),
    "five-megabytes": ("quang-nam", "a gazette page of more than 5 MB"),
    "bomb": ("gia-lai", "a page of a few KB that inflates to 64 MB"),
    "redirect-chain": ("quang-ninh dien-bien", "http, https, www, start page: three hops"),
    "meta-refresh": ("an-giang can-tho", "the start page is a meta refresh"),
    "http-500": ("binh-phuoc", "documents and search answer 500"),
    "malformed-header": ("ca-mau", "the work schedule sends a header line that no grammar allows"),
    "login-label": ("quang-tri stc-bac-giang", "asking needs an account"),
    "empty-module": ("stc-dong-thap stc-yen-bai", "a Q&A module that says Đang cập nhật"),
    "chatbot": ("vinh-long stc-da-nang ba-ria-vung-tau", "a chat button that is no Q&A section"),
    "iframe-qa": ("da-nang", "the section is framed from a sub-host of the province"),
    "entity-links": ("khanh-hoa", "every href written in character entities"),
    "no-charset": ("cao-bang stc-hau-giang", "text/html without charset in header or page"),
    "base-href": ("binh-dinh vinh-phuc", "relative links that only a base element makes right"),
    "block-page": ("stc-bac-lieu", "a firewall's block page with status 200"),
    "dead-dns": ("stc-ha-nam", "the registry's only address has no DNS; its portal's list of departments has another"),
    "bad-tls": ("stc-phu-yen", "self-signed certificate, nothing on http"),
    "reset": ("stc-gia-lai", "every request is reset"),
    "frozen-server": ("stc-soc-trang", "the server accepts and never answers"),
    "long-archive": ("can-tho lao-cai", "twelve pages of published questions"),
    "search-links": ("phu-tho stc-an-giang", "tags that lead to results of the site's search"),
    "two-pages": ("stc-dien-bien", "a start page and a contact page, and no more: what is not there is absent"),
    "forbids-unknown": ("stc-hoa-binh", "every unknown path is HTTP 403, as if it were closed"),
    "rate-limited": ("stc-quang-binh", "requests that follow each other too fast are answered 429, Retry-After: 1"),
    "closed": ("stc-thua-thien-hue", "a notice at every address, with status 200 and no link: closed, not absent"),
    "social-traps": ("hai-phong quang-nam khanh-hoa lam-dong long-an yen-bai", "plugins and pages of other bodies"),
}
# Sites that cannot be seen from outside; the operator of the world confirmed the address by telephone.
UNREACHABLE: Mapping[str, str] = {
    "block-page": "blocked",
    "dead-dns": "dns",
    "bad-tls": "tls",
    "reset": "reset",
    "frozen-server": "timeout",
    "closed": "closed",
}

# Social channels as in the source article's list; other sites have none.
SOCIALS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "ca-mau": (
        ("facebook", "https://www.facebook.com/ctttcamau-mo-phong"),
        ("youtube", "https://www.youtube.com/channel/UCcamau-mo-phong"),
    ),
    "dong-thap": (
        ("facebook", "https://www.facebook.com/cttdongthap-mo-phong"),
        ("zalo", "https://zalo.me/congdongthap-mo-phong"),
        ("youtube", "https://www.youtube.com/c/congdongthap-mo-phong"),
    ),
    "bac-ninh": (("facebook", "https://www.facebook.com/congbacninh-mo-phong"),),
    "tien-giang": (("facebook", "https://www.facebook.com/congtiengiang-mo-phong"),),
    "ninh-binh": (("facebook", "https://www.facebook.com/congninhbinh-mo-phong"),),
}
# The small world, which tests crawl: none of its sites asks for a longer delay than the demo's own.
SMALL = ("ca-mau", "dong-thap", "bac-ninh", "tien-giang", "ninh-binh", "phu-yen")

# Disguises of addresses that are fixed for a site; the others take the disguises in turn.
FIXED_DISGUISE: Mapping[str, str] = {
    "lao-cai": "cloudflare",
    "vinh-phuc": "cloudflare",
    "thai-nguyen": "plain",
    "hai-phong": "paren-at",
    "stc-thai-binh": "plain",
    "thai-binh": "plain",
    "hai-duong": "joomla-cloak",
    "khanh-hoa": "joomla-cloak",
    "phu-yen": "plain",
    "bac-ninh": "mailto",
    "dong-thap": "bracket-a",
    "ca-mau": "editor-footer",
    "tien-giang": "image-alt",
    "ninh-binh": "english-only",
    "ha-giang": "contact-only",
    "binh-duong": "pdf-list",
    "quang-ngai": "docx-list",
    "stc-dien-bien": "plain",
}
FINANCE_FREEMAIL = ("stc-binh-phuoc", "stc-dak-nong", "stc-ha-giang")
_OFFICES = ("vanphongubnd", "ubnd", "vpubnd", "vanthu.ubnd", "thongtin", "congttdt")
_EDITORS = ("banbientap", "bbt.portal", "congthongtin")
_FINANCE = ("sotaichinh", "stc", "vanphong.stc", "vanthu.stc", "vp.sotaichinh", "stc.vanthu")
# Level of the Q&A section by position in the draw: 61 portals with 2 or more.
_LEVELS = (5,) * 29 + (4,) * 17 + (3,) * 7 + (2,) * 8
_FINANCE_LEVELS = (5,) * 11 + (4,) * 9 + (3,) * 4 + (2,) * 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One site of the world with all decisions about it."""

    agency: Agency  # with `url` and `alt_urls` under gov.test
    technology: str
    host: str  # the host that serves the site
    first_host: str  # host of agency.url; differs from `host` where that address is dead or redirects
    domain: str  # domain of its mail
    level: int  # level of its Q&A section; 1 = label or empty section only, 0 = nothing
    disguise: str
    official: str
    editor: str = ""
    access: str = ""  # "full", "section" (no regulation), "" (none)
    regulation: str = ""
    web_form: bool = False
    socials: tuple[tuple[str, str], ...] = ()
    quirks: frozenset[str] = frozenset()
    crawl_delay: float = 0.0
    robots: str = "disallow"  # "disallow", "none" (404)
    answered_on: date | None = None  # the last of the days on which all its questions were answered; None: drawn

    @property
    def slug(self) -> str:
        return self.agency.slug

    @property
    def portal(self) -> bool:
        return self.agency.kind == "portal"

    @property
    def list_suffix(self) -> str:
        """Return the format of the document that lists its mailboxes: "pdf", "docx" or "" where there is none."""
        name, _, kind = self.disguise.partition("-")
        return name if kind == "list" else ""

    @property
    def lost_letters(self) -> str:
        """Return the letters that its slugs lose: none, "đ", or "all" with marks."""
        if "dropped-letters" not in self.quirks:
            return ""
        return "all" if self.technology == "joomla" else "đ"

    @property
    def hidden(self) -> str:
        """Return why the site cannot be seen at the registry's addresses, or ""."""
        if "challenge" in self.quirks:
            return "challenge"
        return next((why for quirk, why in UNREACHABLE.items() if quirk in self.quirks), "")


def quirks_of(slug: str) -> frozenset[str]:
    return frozenset(name for name, (slugs, _) in MISBEHAVIOUR.items() if slug in slugs.split())


def under_test(url: str) -> str:
    """Return the address in the embedded world, with a host of its own where the registry gives only a path."""
    parts = urlsplit(url.replace(".gov.vn", ".gov.test"))
    host = parts.hostname or ""
    if parts.path.strip("/"):
        last = [piece for piece in parts.path.split("/") if piece in ("stc", "sotaichinh")]
        host = f"{last[0] if last else 'stc'}.{host.removeprefix('www.').removeprefix('w3.')}"
    return f"{parts.scheme}://{host}"


def roles(agencies: tuple[Agency, ...], seed: int) -> dict[str, Role]:
    """Return one role per agency, by slug. The same seed gives the same world."""
    rng = random.Random(f"cast:{seed}")
    levels = _levels(agencies, rng)
    cast = {}
    for position, agency in enumerate(agencies):
        cast[agency.slug] = _role(agency, levels[agency.slug], position, random.Random(f"{seed}:{agency.slug}"))
    return cast


def _levels(agencies: tuple[Agency, ...], rng: random.Random) -> dict[str, int]:
    """Return Q&A levels, random except where a misbehaviour fixes them."""
    fixed = {"phu-yen": 1, "hoa-binh": 5, "quang-tri": 2, "da-nang": 5, "stc-bac-giang": 1, "stc-da-nang": 0}
    fixed |= dict.fromkeys(MISBEHAVIOUR["empty-module"][0].split(), 1)
    drawn = {"portal": list(_LEVELS), "finance": list(_FINANCE_LEVELS)}
    drawn["portal"].remove(fixed["quang-tri"])
    drawn["portal"].remove(fixed["da-nang"])
    levels: dict[str, int] = {}
    for kind, pool in drawn.items():
        slugs = [agency.slug for agency in agencies if agency.kind == kind and agency.slug not in fixed]
        pool += [0] * (len(slugs) - len(pool))
        rng.shuffle(pool)
        levels |= dict(zip(slugs, pool, strict=True))
    return levels | fixed


def _role(agency: Agency, level: int, position: int, rng: random.Random) -> Role:
    quirks = quirks_of(agency.slug)
    portal = agency.kind == "portal"
    alts = tuple(dict.fromkeys(under_test(url) for url in agency.alt_urls))
    url = under_test(agency.url)
    first = urlsplit(url).hostname or ""
    host = first
    if "dead-first-address" in quirks:
        host = urlsplit(alts[0]).hostname or ""
    elif "dead-dns" in quirks:
        host = first.replace("stc.", "sotaichinh.", 1)
    elif quirks & {"www-only", "redirect-chain"}:
        host = f"www.{first.removeprefix('www.')}"
    domain = _mail_domain(first if portal else host)
    disguise = FIXED_DISGUISE.get(agency.slug) or DISGUISES[position % len(DISGUISES)]
    number = rng.randint(180, 2900)
    access = rng.choices(("full", "section", ""), (5, 2, 3))[0]
    signature = "QĐ-UBND" if portal else "QĐ-STC"
    bare = "two-pages" in quirks
    return Role(
        agency=_placed(agency, url, alts),
        technology=_technology(agency, rng),
        host=host,
        first_host=first,
        domain=domain,
        level=0 if bare else level,
        disguise=disguise,
        official=_official(agency, domain, rng),
        editor=_editor(portal, disguise, domain, rng),
        access="" if bare else access,
        regulation=f"{number}/{signature}" if access == "full" and not bare else "",
        web_form=(level >= 3 or rng.random() < 0.6) and not bare,
        socials=SOCIALS.get(agency.slug, ()),
        quirks=quirks,
        crawl_delay=min(rng.choices((0.0, 0.25, 0.5), (6, 3, 1))[0], 0.25 if agency.province in SMALL else 0.5),
        robots="none" if rng.random() < 0.15 else "disallow",
    )


def _placed(agency: Agency, url: str, alts: tuple[str, ...]) -> Agency:
    return replace(agency, url=url, alt_urls=tuple(alt for alt in alts if alt != url))


def _mail_domain(host: str) -> str:
    """Return the province's own domain: the three last labels, since gov.test is a suffix as gov.vn is."""
    return ".".join(host.split(".")[-3:])


def _technology(agency: Agency, rng: random.Random) -> str:
    if agency.kind == "portal":
        return PORTAL_TECHNOLOGY[agency.slug]
    served = sorted(set(PORTAL_TECHNOLOGY.values()) - {"spa"})
    drawn = rng.choice(served)
    return FINANCE_TECHNOLOGY.get(agency.slug, drawn)


def _official(agency: Agency, domain: str, rng: random.Random) -> str:
    if agency.slug in FINANCE_FREEMAIL:
        return f"stc.{agency.province.replace('-', '')}@gmail.test"
    return f"{rng.choice(_OFFICES if agency.kind == 'portal' else _FINANCE)}@{domain}"


def _editor(portal: bool, disguise: str, domain: str, rng: random.Random) -> str:
    """Return the editorial board's address in plain text, only where the office's own is easy to read too."""
    drawn, wanted = rng.choice(_EDITORS), rng.random() < 0.5
    if disguise == "editor-footer":
        return f"{drawn}@{domain}"
    return f"{drawn}@{domain}" if portal and wanted and disguise in ("plain", "mailto", "entities") else ""
