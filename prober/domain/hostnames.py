"""Find the registered domain of a host or mail address, by the public suffix list that comes with tldextract.

"The last two labels" would make one body of all agencies under gov.vn.
"""

from functools import lru_cache
from urllib.parse import urlsplit

from tldextract import TLDExtract

from prober.text.patterns import linear

# The bundled list, never downloaded. gov.test is the public suffix of the embedded world, as gov.vn is of Vietnam.
_suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None, extra_suffixes=("test", "gov.test"))

MAIL_ADDRESS = linear(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")  # in running text
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
    return _suffixes.extract_str(host).top_domain_under_public_suffix or host


def mail_domain(address: str) -> str:
    """Return the registrable domain of a mail address.

    >>> mail_domain("stc@sotaichinh.camau.gov.vn"), mail_domain("x@tphcm.gov.vn"), mail_domain("an@gmail.com")
    ('camau.gov.vn', 'tphcm.gov.vn', 'gmail.com')
    """
    return registrable(address.rpartition("@")[2].strip("."))


@lru_cache(maxsize=1024)
def known_suffix(domain: str) -> bool:
    """Return True if `domain` is a name below a public suffix: "camau.gov.vn" yes, "gov.vn" or "a.b" no."""
    parts = _suffixes.extract_str(domain)
    return bool(parts.suffix and parts.domain)


# The form of most addresses: a lower-case name and no port. Parsing it is as cheap as a cache, and takes no memory.
_PLAIN = linear(r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?:[/?#]|$)")


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
    """Return True if `host` belongs to a public body of Vietnam (or of the embedded world)."""
    return f".{host}".endswith((".gov.vn", ".gov.test", ".chinhphu.vn", ".egov.vn"))
