"""How agencies hide addresses from robots, and how each trick is undone: one function per trick, in one table.

Every function takes what is written and returns the addresses in it, lower-case; none raises. The order of DECODERS is
the order in which they are tried on a piece of text, plainest first, so that a piece that is plain stays plain.
Source of the tricks: docs/reference/wording.md#obfuscated-addresses.
"""

import codecs
import html
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote

from prober.domain.hostnames import known_suffix
from prober.text.line_cache import line_cache

_LOCAL = r"[A-Za-z0-9_](?:[A-Za-z0-9_%+'-]|\.(?=[A-Za-z0-9_]))*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
# A dash or a dotted line may lead up to the address, and letters may cling to its end: `_CLINGING` parts those first.
ADDRESS = re.compile(rf"(?<!\w){_LOCAL}@{_LABEL}(?:\.{_LABEL})+(?![\w@])")

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"))
# The sign itself in other dress; NFKC alone would also change Vietnamese punctuation, so only what matters is mapped.
_DRESSED = str.maketrans(
    {"﹫": "@", "。": ".", "․": ".", "‐": "-", "‑": "-", "\u00a0": " "}
    | {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width letters, digits and signs
)

_SPOKEN_AT = r"(?:a\s?-?\s?c[òo]ng|acòng|acong|a\s?móc|a\s?moc|ạt|at|a|@)"
_SPOKEN_DOT = r"(?:chấm|cham|dot|\.)"
_OPEN, _SHUT = r"[\[({<«]", r"[\])}>»]"
_AT = rf"\s?{_OPEN}\s*{_SPOKEN_AT}\s*{_SHUT}\s?|\s(?:a\s?-?\s?c[òo]ng|acòng|acong|a\s?móc)\s|\s?@\s?"
_DOT = rf"\s?{_OPEN}\s*{_SPOKEN_DOT}\s*{_SHUT}\s?|\s(?:chấm|cham|dot)\s|\s?\.(?=[A-Za-z0-9])"
# A bare " at " or "-at-" is English or a place name; it counts before a domain that only mail would have there.
_BARE_AT = r"\s+at\s+|-at-|_at_|\s*\|at\|\s*"
_SPOKEN = re.compile(
    # Dots are in _DOT and dashes in _LABEL; a second way to match them here would make a long line take minutes.
    rf"(?<![\w.+-])(?P<local>{_LABEL}(?:(?:{_DOT}|[_+]){_LABEL})*)(?:{_AT})(?P<domain>{_LABEL}(?:(?:{_DOT}){_LABEL})+)(?![\w@])",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"(?<![\w.+-])(?P<local>{_LOCAL})(?:{_BARE_AT})"
    rf"(?P<domain>{_LABEL}(?:(?:{_DOT}){_LABEL})*?(?:{_DOT})(?:gov(?:{_DOT})(?:vn|test)|gmail\.com|"
    rf"yahoo\.com(?:\.vn)?|gmail\.test))(?![\w@])",
    re.IGNORECASE,
)
_MAIL_LABEL = re.compile(r"mail|thư|contact|:\s*$", re.IGNORECASE)
_DOTS = re.compile(_DOT, re.IGNORECASE)
_COMMA = re.compile(r"(@[\w.-]+)[,;]\s?(?=vn\b|com\b|gov\b|test\b)|(@[\w.-]+\.gov)\s+(?=vn\b)", re.IGNORECASE)
_HEX = re.compile(r"(?:[0-9a-f]{2}){5,}", re.IGNORECASE)
# What follows an address without a blank. Nothing follows "gov.vn" in a name ("…gov.vnFax", "…gov.vn.Website"); behind
# other endings only another address ("…com.vnvanphong@…") or a capital ("…gmail.comĐT") shows where it ends.
_CLINGING = re.compile(
    r"(@[\w.-]{1,80}?\.gov\.(?:vn|test))(?=[\w.-]*\w)|"
    r"(?-i:(@[\w.-]{1,80}?\.(?:com\.vn|com|vn))(?=[A-Za-z][\w.-]*@|[-.]?[A-ZĐ][^\W\d_]))",
    re.IGNORECASE,
)
_GLUED_LABEL = re.compile(r"^e-?mail[-._:]+(?=\w)")
# Blanks about every dot, up to an ending that only an address has there: "stc @ camau . gov . vn".
_SPACED_OUT = re.compile(
    r"(?<=\w)\s{0,2}@\s{0,2}(\w[\w-]*(?:\s?\.\s?\w[\w-]*){0,3}?)\s?\.\s?(gov\s?\.\s?(?:vn|test)|com)\b",
    re.IGNORECASE,
)
TRIGGER = re.compile(
    r"[@＠﹫]|&#0*64;|&#x0*40;|&commat;|%40|a\s?-?\s?c[òo]ng\b|acong|a\s?móc|[\[({<«]\s*(?:a|at|ạt)\s*[\])}>»]|[-_\s|]at[-_\s|]|"
    r"(?:nv|tset)[.．](?:vog|moc)",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def clean(address: str) -> str:
    """`address` lower-case and stripped of what clings to it, "" if it is none: the domain must have a known suffix."""
    address = address.strip(" .,;:-'\"<>()[]").lower().removeprefix("mailto:")
    local, at, domain = address.rpartition("@")
    local = _GLUED_LABEL.sub("", local.strip(" .'%-"))
    if not (at and local and len(local) <= 64 and len(domain) <= 253 and known_suffix(domain)):
        return ""
    # "logo@2x.png"; and ".gov" alone is the United States, here always a "gov.vn" cut short by a typing error.
    # A name that begins with "www." is a site's: "mục 5 (a) www.camau.gov.vn".
    if domain.rsplit(".", 1)[-1] in _NO_ENDINGS or domain.startswith("www."):
        return ""
    return f"{local}@{domain}"


_NO_ENDINGS = frozenset(("gov", "png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "zip", "mov"))


@line_cache
def suspicious(text: str) -> bool:
    """Whether something in `text` looks like an address, or like one in hiding: worth a closer look."""
    return TRIGGER.search(text) is not None


def visible(text: str) -> str:
    """Text as the eye reads it: no invisible characters, full-width signs as plain ones."""
    if text.isascii():
        return text
    return text.translate(_INVISIBLE).translate(_DRESSED)


def plain(text: str) -> list[str]:
    """Addresses written out, also with a full-width sign or invisible characters in them, or run together.

    >>> plain("Email: stc＠camau．gov.vn, vp\\u200b@camau.gov.vn.")
    ['stc@camau.gov.vn', 'vp@camau.gov.vn']
    """
    text = _CLINGING.sub(lambda match: f"{match[0]} ", visible(text))
    return _cleaned(ADDRESS.findall(text))


def mistyped(text: str) -> list[str]:
    """A comma for the dot ("gov,vn"), blanks inside the domain or beside the sign.

    >>> mistyped("stc@camau.gov,vn"), mistyped("stc @camau.gov.vn"), mistyped("stc @ camau . gov . vn")
    (['stc@camau.gov.vn'], ['stc@camau.gov.vn'], ['stc@camau.gov.vn'])
    """
    text = visible(text)
    repaired = _COMMA.sub(lambda match: f"{match[1] or match[2]}.", text)
    repaired = _SPACED_OUT.sub(lambda match: "".join(f"@{match[1]}.{match[2]}".split()), repaired)
    repaired = re.sub(
        r"(?<=[A-Za-z0-9])\s{1,2}@\s{0,2}(?=[A-Za-z0-9-]+\.)|(?<=[A-Za-z0-9])@\s{1,2}(?=[A-Za-z0-9-]+\.)", "@", repaired
    )
    return plain(repaired) if repaired != text else []


def spoken(text: str) -> list[str]:
    """`[a]`, `(at)`, `{@}`, "a còng", "chấm", "[dot]" and their mixtures.

    >>> spoken("sotaichinh [a] camau chấm gov chấm vn"), spoken("stc (a còng) camau.gov.vn"), spoken("tỷ lệ 5 (a) cao")
    (['sotaichinh@camau.gov.vn'], ['stc@camau.gov.vn'], [])
    """
    found = []
    text = unicodedata.normalize("NFC", visible(text))
    for match in (*_SPOKEN.finditer(text), *filter(_meant, _BARE.finditer(text))):
        local = _DOTS.sub(".", match["local"])
        labels = _DOTS.sub(".", match["domain"]).split(".")
        # Prose may go on after the domain ("… gov chấm vn dot 3"): the longest beginning that is a domain counts.
        for end in range(len(labels), 1, -1):
            if address := clean(f"{local}@{'.'.join(labels[:end])}"):
                found.append(address)
                break
    return list(dict.fromkeys(found))


def _meant(match: re.Match[str]) -> bool:
    """Whether a bare "at" stands for the sign: "published at camau.gov.vn" is a sentence, "E-mail: stc at …" is not."""
    word = match["local"].isalpha() and " at " in match[0].lower()
    return not word or _MAIL_LABEL.search(match.string[max(0, match.start() - 40) : match.start()]) is not None


def backwards(text: str) -> list[str]:
    """An address typed from its end, turned round by `direction: rtl`.

    >>> backwards("nv.vog.uamac@cts")
    ['stc@camau.gov.vn']
    """
    found = []
    for word in re.findall(r"[\w.+@-]{6,}", visible(text)):
        if "@" in word and re.match(r"(?:nv|moc|tset|ten|gro)\.", word.lower()) and not plain(word):
            found += plain(word[::-1])
    return found


def escaped(text: str) -> list[str]:
    """Character references left over after parsing, percent signs and JavaScript escapes, also one over the other."""
    for _ in range(3):
        before = text
        text = _js_unescaped(html.unescape(unquote(text)))
        if text == before:
            break
    return plain(text)


def cloudflare(text: str) -> list[str]:
    """`data-cfemail`, or the part after `/cdn-cgi/l/email-protection#`: the first byte is the key of the others.

    >>> cloudflare("4f3c3b2c0f2c2e222e3a61282039613921")
    ['stc@camau.gov.vn']
    """
    found = []
    for digits in _HEX.findall(text):
        key, *coded = bytes.fromhex(digits)
        found += plain(bytes(byte ^ key for byte in coded).decode("utf-8", "replace"))
    return found


def rotated(text: str) -> list[str]:
    """ROT13. Any word turns into another, so only addresses at a government or free mail domain count.

    >>> rotated("fgp@pnznh.tbi.ia")
    ['stc@camau.gov.vn']
    """
    turned = plain(codecs.encode(text, "rot13"))
    return [address for address in turned if re.search(r"\.gov\.(?:vn|test)$|@(?:gmail|yahoo)\.", address)]


# Tried in this order on visible text; the first that finds something is the trick that was used.
DECODERS: tuple[tuple[str, Callable[[str], list[str]]], ...] = (
    ("plain", plain),
    ("mistyped", mistyped),
    ("spoken", spoken),
    ("backwards", backwards),
    ("escaped", escaped),
)


def addresses(text: str) -> list[tuple[str, str]]:
    """(address, trick) of every address in one piece of visible text. Cheap where there is none."""
    if not suspicious(text):
        return []
    found: dict[str, str] = {}
    for trick, decoder in DECODERS:
        for address in decoder(text):
            found.setdefault(address, trick)
        if trick == "plain" and found and text.count("@") == len(found):
            break
    return list(found.items())


def _cleaned(candidates: list[str]) -> list[str]:
    return list(dict.fromkeys(address for address in map(clean, candidates) if address))


def _js_unescaped(text: str) -> str:
    return re.sub(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))", lambda match: chr(int(match[1] or match[2], 16)), text)
