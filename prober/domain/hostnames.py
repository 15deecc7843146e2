"""Find the registered domain of a host or mail address, by the public suffix list that comes with publicsuffixlist.

"The last two labels" would make one body of all agencies under gov.vn. tldextract, which comes with Scrapy, gives the
same, but loads an HTTP client: a sixth of the processor time in which a child process of a crawl starts.
"""

from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from prober.text.patterns import linear

_AFTER_HOST = linear(r"[/?#:]")  # what may stand behind a host where somebody mistyped an address
_PRIVATE = "===BEGIN PRIVATE DOMAINS==="  # in the list, before suffixes of companies such as blogspot.com

MAIL_ADDRESS = linear(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")  # in running text
# What may be an address of a person wherever it stands: none is published that is not known to be an office's.
ANY_ADDRESS = linear(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
# Registrable domains of mailboxes open to everybody: an address there does not tell to whom it belongs.
# The names by which countries call the domain of their public bodies (gov.vn, gov.uk, govt.nz, gouv.fr, gob.mx, go.kr).
_GOVERNMENTAL = linear(
    r"\w\.(?:(?:gov|govt|gouv|gob|go|gub)\.[a-z]{2}(?:\.test)?|gov|gov\.test|(?:chinhphu|egov)\.vn|chinhphu\.test)$|"
    r"^(?:chinhphu|egov)\.vn$|^chinhphu\.test$"
)
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
