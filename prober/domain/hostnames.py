"""Say whose a host is: its registered domain, the host group that shares one delay, the scope of an agency's site.

The registered domain is found by the public suffix list that comes with publicsuffixlist: "the last two labels" would
make one body of all agencies under gov.vn. tldextract, which comes with Scrapy, gives the same, but loads an HTTP
client: a sixth of the processor time in which a child process of a crawl starts.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from prober.domain.agency import Agency
from prober.text.patterns import linear

_AFTER_HOST = linear(r"[/?#:]")  # what may stand behind a host where somebody mistyped an address
_PRIVATE = "===BEGIN PRIVATE DOMAINS==="  # in the list, before suffixes of companies such as blogspot.com

MAIL_ADDRESS = linear(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")  # in running text
# What may be an address of a person wherever it stands: none is published that is not known to be an office's.
ANY_ADDRESS = linear(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
# The names by which countries call the domain of their public bodies (gov.vn, gov.uk, govt.nz, gouv.fr, gob.mx, go.kr).
_GOVERNMENTAL = linear(
    r"\w\.(?:(?:gov|govt|gouv|gob|go|gub)\.[a-z]{2}(?:\.test)?|gov|gov\.test|(?:chinhphu|egov)\.vn|chinhphu\.test)$|"
    r"^(?:chinhphu|egov)\.vn$|^chinhphu\.test$"
)
# Registrable domains of mailboxes open to everybody: an address there does not tell to whom it belongs.
FREE_MAIL = frozenset((
    "gmail.com", "yahoo.com", "yahoo.com.vn", "ymail.com", "hotmail.com", "outlook.com", "outlook.com.vn", "live.com",
    "icloud.com", "aol.com", "proton.me", "protonmail.com", "mail.com", "mail.ru", "yandex.com", "zoho.com",
    "gmail.test", "yahoo.test", "outlook.test",
    # mail of the access providers, which offices got with the line
    "vnn.vn", "fpt.vn", "saigonnet.vn", "netnam.vn", "viettel.vn",
))  # fmt: skip


@lru_cache(maxsize=1024)
def registrable(host: str) -> str:
    """Return the registrable domain of `host`; `host` in lower case where it has none (an address, "localhost").

    >>> registrable("stc.camau.gov.vn"), registrable("WWW.camau.gov.test."), registrable("gov.vn")
    ('camau.gov.vn', 'camau.gov.test', 'gov.vn')
    """
    host = host.lower().rstrip(".")
    return _below_suffix(host) or host


def mail_domain(address: str) -> str:
    """Return the registrable domain of a mail address.

    >>> mail_domain("stc@sotaichinh.camau.gov.vn"), mail_domain("x@tphcm.gov.vn"), mail_domain("an@gmail.com")
    ('camau.gov.vn', 'tphcm.gov.vn', 'gmail.com')
    """
    return registrable(address.rpartition("@")[2].strip("."))


@lru_cache(maxsize=1024)
def known_suffix(domain: str) -> bool:
    """Return True if `domain` is a name below a public suffix: "camau.gov.vn" yes, "gov.vn" or "a.b" no."""
    return bool(_below_suffix(domain))


def _below_suffix(host: str) -> str:
    """Return the public suffix of `host` and the label before it; "" if it has no known suffix, or is one."""
    plain = _AFTER_HOST.split(host.rpartition("@")[2])[0].strip(".").lower()
    return (_suffixes().privatesuffix(plain) or "") if "." in plain else ""


@cache
def _suffixes() -> PublicSuffixList:
    """Return the bundled list, never downloaded; gov.test is a suffix of the embedded world as gov.vn of Vietnam."""
    text = files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text(encoding="utf-8")
    lines = text.partition(_PRIVATE)[0].splitlines()
    rules = [*(line for line in lines if line and not line.startswith("//")), "test", "gov.test"]
    rules += [rule.encode("idna").decode("ascii") for rule in rules if not rule.isascii()]
    # The library would encode every rule: most of what it takes to load, for the two in a hundred that need it.
    return PublicSuffixList(rules, accept_unknown=False, accept_encoded_idn=False)


# The form of most addresses: a lower-case name and no port. Parsing it is as cheap as a cache, and takes no memory.
_PLAIN = linear(r"https?://([a-z0-9.-]+)(?<!\.)(?:[/?#]|$)")


@lru_cache(maxsize=4096)  # of each link of a page, several times
def host_of(url: str) -> str:
    """Return the host of `url` in lower case; "" where there is none or the URL is malformed, its port included.

    >>> host_of("http://CaMau.gov.vn./x"), host_of("http://[::1"), host_of("http://camau.gov.vn:99999/")
    ('camau.gov.vn', '', '')
    """
    if plain := _PLAIN.match(url):
        return plain[1]
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".").lower() if parts.port != 0 else ""
    except ValueError:
        return ""
    return host if host.isprintable() and not any(map(str.isspace, host)) else ""


def bare(host: str) -> str:
    """Return a host without a leading www.: the same site to a visitor."""
    return host.removeprefix("www.")


def site_of(url: str) -> str:
    """Return what makes two addresses the same site: host without www., path and query; neither scheme nor last slash.

    >>> site_of("http://www.camau.gov.vn/So/stc/") == site_of("https://camau.gov.vn/So/stc")
    True
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{bare(host_of(url))}{parts.path.rstrip('/')}?{parts.query}"


def governmental(host: str) -> bool:
    """Return True if `host` is below a domain that a country, or the embedded world, keeps for its public bodies.

    >>> [governmental(host) for host in ("camau.gov.vn", "a.gov.vn.test", "etat.gouv.fr", "gov.uk", "egov.com")]
    [True, True, True, False, False]
    """
    return _GOVERNMENTAL.search(host) is not None


def group(host: str) -> str:
    """Return the host group of `host`, its registrable domain: hosts under it have one operator and share one delay.

    >>> group("sotaichinh.camau.gov.vn"), group("www.camau.gov.test"), group("127.0.0.1")
    ('camau.gov.vn', 'camau.gov.test', '127.0.0.1')
    """
    return registrable(host)


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the web that is one agency's site.

    `hosts` are its own (without www.), `group` its registrable domain, `others` the hosts of other agencies under the
    same domain: a province and its departments share a domain, and content on a department's host is not the
    province's. `prefix` is the path of an agency whose site is on another agency's host.
    """

    hosts: frozenset[str]
    group: str
    others: frozenset[str] = field(default=frozenset())
    prefix: str = ""

    def own(self, url: str) -> bool:
        """Return True for an address on a host of the agency itself, below its `prefix`."""
        return bare(host_of(url)) in self.hosts and (not self.prefix or urlsplit(url).path.startswith(self.prefix))

    def with_host(self, host: str) -> "Scope":
        """Return the scope with one more host of the agency: the one that its address redirects to."""
        return replace(self, hosts=self.hosts | {bare(host)})

    def near(self, url: str) -> bool:
        """Return True for an address on the agency's domain, not on another agency's host: it may be fetched."""
        if self.own(url):
            return True
        host = host_of(url)
        return bool(host) and not self.prefix and group(host) == self.group and bare(host) not in self.others


def scope(agency: Agency, others: Iterable[Agency]) -> Scope:
    """Return the scope of `agency` in a registry with `others` (which may contain it, and other frames)."""
    hosts = frozenset(bare(host_of(url)) for url in (agency.url, *agency.alt_urls)) - {""}
    neighbours = frozenset(
        bare(host_of(url))
        for other in others
        if other.frame == agency.frame and other.id != agency.id
        for url in (other.url, *other.alt_urls)
    )
    shared = hosts & neighbours
    path = urlsplit(agency.url).path.rstrip("/")
    prefix = path if shared and path and path.count("/") <= 3 and "." not in path.rpartition("/")[2] else ""
    return Scope(hosts, group(host_of(agency.url)), neighbours - hosts, prefix)


class GroupIndex:
    """A registry indexed by host group: `scope` needs only agencies that share a domain, and registries may be long."""

    def __init__(self, registry: Iterable[Agency]) -> None:
        self._by_group: dict[str, tuple[Agency, ...]] = {}
        for agency in registry:
            for name in groups(agency):
                self._by_group[name] = (*self._by_group.get(name, ()), agency)

    def of(self, agency: Agency) -> list[Agency]:
        """Return every agency with an address in one of the host groups of `agency`, itself included."""
        found = {other.id: other for name in groups(agency) for other in self._by_group.get(name, ())}
        return list(found.values())


def groups(agency: Agency) -> set[str]:
    """Return the host groups of an agency's addresses."""
    return {group(host_of(url)) for url in (agency.url, *agency.alt_urls)}


def politeness_groups(agencies: Iterable[Agency]) -> list[tuple[Agency, ...]]:
    """Return the agencies in groups that one process must visit: two with a common host group are in one.

    They are in the order of their first agencies. An agency with addresses in two host groups joins these.
    """
    found: dict[str, list[Agency]] = {}  # host group → the politeness group that it is part of
    for agency in agencies:
        names = groups(agency)
        joined = {id(held): held for name in sorted(names) if (held := found.get(name))}
        first, *others = joined.values() or ([],)
        for other in others:
            first += other
            names |= set().union(*map(groups, other))
        first.append(agency)
        found |= dict.fromkeys(names, first)
    different = {id(members): members for members in found.values()}
    return [tuple(members) for members in different.values()]


def shard_of(members: Iterable[Agency], shards: int) -> int:
    """Return the shard, 0 to `shards` - 1, of a politeness group: by a hash that is the same in every process."""
    name = min(name for agency in members for name in groups(agency))
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % shards


def split(agencies: Iterable[Agency], shards: int) -> list[tuple[Agency, ...]]:
    """Return the agencies of each shard, by politeness groups; a shard may have none."""
    parts: list[list[Agency]] = [[] for _ in range(shards)]
    for members in politeness_groups(agencies):
        parts[shard_of(members, shards)] += members
    return [tuple(part) for part in parts]
