"""Whose page it is: what a detector must know to tell this body's own channels from everyone else's."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import urlsplit

from tldextract import TLDExtract

from prober.vietnamese import fold

# The bundled public-suffix list, never fetched. "gov.test" plays "gov.vn" in the embedded world.
_suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None, extra_suffixes=("test", "gov.test"))


@dataclass(frozen=True)
class Body:
    """A public body. `own_domains` are registrable domains, such as ("camau.gov.vn",); empty where none is known."""

    name_vi: str
    province_vi: str = ""
    province_en: str = ""
    kind: str = "portal"
    own_domains: tuple[str, ...] = ()

    def owns(self, host: str) -> bool:
        """Whether `host`, or the domain of an address, lies within one of the body's own domains."""
        host = host.lower().rstrip(".")
        return any(host == domain or host.endswith(f".{domain}") for domain in self.own_domains)

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """Folded names without blanks by which a channel can be known as this body's, longest first."""
        names = {fold(name).replace(" ", "") for name in (self.province_vi, self.province_en, self.name_vi)}
        names |= {domain.split(".")[0].replace("-", "") for domain in self.own_domains}
        return tuple(sorted((name for name in names if len(name) > 2), key=len, reverse=True))


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """The registrable domain of `host` by the public-suffix list; `host` itself where it has none (an IP, "localhost").

    "The last two labels" would make one body of all agencies under gov.vn.

    >>> registrable("stc.camau.gov.vn"), registrable("WWW.camau.gov.vn."), registrable("gov.vn")
    ('camau.gov.vn', 'camau.gov.vn', 'gov.vn')
    """
    host = host.lower().rstrip(".")
    return _suffixes(host).top_domain_under_public_suffix or host


@lru_cache(maxsize=4096)
def known_suffix(domain: str) -> bool:
    """Whether `domain` ends in a public suffix and has a name before it: "camau.gov.vn" yes, "gov.vn" or "a.b" no."""
    parts = _suffixes(domain)
    return bool(parts.suffix and parts.domain)


@lru_cache(maxsize=16384)
def host_of(url: str) -> str:
    """The lower-case host name of `url`, "" where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def governmental(host: str) -> bool:
    """Whether `host` belongs to some public body of Vietnam (or of the embedded world)."""
    return f".{host}".endswith((".gov.vn", ".gov.test", ".chinhphu.vn", ".egov.vn"))
