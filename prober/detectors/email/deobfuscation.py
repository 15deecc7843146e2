"""Undo the tricks by which agencies hide addresses from robots: one function per trick, in one table.

Every function takes a text as written and returns the addresses in it, lower-case; none raises. `AddressReader` tries
them on a text in their order, the plainest first, so that a plain address is not reported as a trick.
Source of the tricks: docs/reference/wording.md#obfuscated-addresses.
"""

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar
from urllib.parse import unquote

from prober.domain.hostnames import known_suffix
from prober.text.patterns import linear
from prober.text.vietnamese import line_cache
from prober.text.words import Words

# Every repetition has the bound that RFC 5321 sets (64 characters before the sign, 63 in a label) or one that no domain
# reaches. Without bounds a line such as "a-a-a-…" takes the square of its length, as each letter may begin an address.
_LOCAL = r"[A-Za-z0-9_](?:[A-Za-z0-9_%+'-]|\.(?=[A-Za-z0-9_])){0,63}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# Dashes or dots may precede the address. Letters right after its end are separated by `_CLINGING` first.
ADDRESS = linear(rf"(?<!\w){_LOCAL}+@{_LABEL}(?:\.{_LABEL}){{1,9}}(?![\w@])")

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"))
# Other forms of "@", "." and "-". NFKC would also change Vietnamese punctuation, so only these are mapped.
_DRESSED = str.maketrans(
    {"﹫": "@", "。": ".", "․": ".", "‐": "-", "‑": "-", "\u00a0": " "}
    | {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width letters, digits and signs
)

_OPEN, _SHUT = r"[\[({<«]", r"[\])}>»]"
# A bare " at " or "-at-" may be English or part of a place name; it counts only before a domain with these endings.
_BARE_AT = r"\s+at\s+|-at-|_at_|\s*\|at\|\s*"
_BARE_SIGN = linear(r"[\s_|-]at[\s_|-]", re.IGNORECASE)
_COMMA = linear(r"(@[\w.-]+)[,;]\s?(?=vn\b|com\b|gov\b|test\b)|(@[\w.-]+\.gov)\s+(?=vn\b)", re.IGNORECASE)
_COUNTRY = linear(r"[,;\s]{1,2}(?:vn|test)\b", re.IGNORECASE)
_HEX = linear(r"(?:[0-9a-f]{2}){5,}", re.IGNORECASE)
# Letters right after an address. No domain goes on after "gov.vn" ("…gov.vnFax", "…gov.vn.Website"); after other
# endings only another address ("…com.vnvanphong@…") or a capital ("…gmail.comĐT") shows where the address ends.
_CLINGING = linear(
    r"(@[\w.-]{1,80}?\.gov\.(?:vn|test))(?=[\w.-]*\w)|"
    r"(?-i:(@[\w.-]{1,80}?\.(?:com\.vn|com|vn))(?=[A-Za-z][\w.-]*@|[-.]?[A-ZĐ][^\W\d_]))",
    re.IGNORECASE,
)
_SPACED_SIGN = linear(r"(?<=[A-Za-z0-9])\s{1,2}@\s{0,2}(?=[A-Za-z0-9-]+\.)|(?<=[A-Za-z0-9])@\s{1,2}(?=[A-Za-z0-9-]+\.)")
_WORD = linear(r"[\w.+@-]{6,}")
_TURNED = linear(r"(?:[a-z]{2}|moc|tset|ten|gro|vog)\.")  # the end of a domain, read backwards
_JS_ESCAPE = linear(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))")
_GLUED_LABEL = linear(r"^e-?mail[-._:]+(?=\w)")
# Blanks around every dot, up to an ending that shows an address: "stc @ camau . gov . vn".
_SPACED_OUT = linear(
    r"(?<=\w)\s{0,2}@\s{0,2}(\w[\w-]*(?:\s?\.\s?\w[\w-]*){0,3}?)\s?\.\s?(gov\s?\.\s?(?:[a-z]{2}|test)|com)\b",
    re.IGNORECASE,
)
_SPACED_LOCAL = linear(
    r"(?<![\w.-])\w[\w-]{0,30}(?:\s\.\s\w[\w-]{0,30}){1,3}(?=\s@\s)"
)  # "ubnd . tananh @ camau . gov . vn"
_SIGNS = (
    r"[@＠﹫]|&#0*64;|&#x0*40;|&commat;|%40|[\[({<«]\s*(?:a|at)\s*[\])}>»]|[-_\s|]at[-_\s|]|"
    r"(?:nv|tset)[.．](?:vog|moc)"
)


@dataclass(frozen=True, slots=True, eq=False)
class SpokenWords:
    """Hold how an address is read out and so written, from the packs; "at", "a" and "dot" every language knows."""

    TABLE: ClassVar = "deobfuscation"
    at: re.Pattern[str]  # in brackets for "@"
    bare_at: re.Pattern[str]  # for "@" without brackets
    dot: re.Pattern[str]
    hint: re.Pattern[str]  # a cheap test before these, which finds one of them in a text
    mail_label: re.Pattern[str]  # stands before an address whose sign is a bare "at"
    sign: tuple[str, ...]  # for "@", as most write it
    pictured: tuple[str, ...]  # a part of the words in place of a picture that shows an address


def signs(words: Words) -> str:
    """Return the source of a pattern for what most write in brackets for "@".

    >>> from prober.studies.packs import words
    >>> from prober.text.words import Vocabulary
    >>> signs(words(Vocabulary(("vi",)))), signs(words(Vocabulary(("en",))))
    ('at|a|a\\\\ còng', 'at|a')
    """
    return "|".join(map(re.escape, ("at", "a", *words.table(SpokenWords).sign)))


@lru_cache(maxsize=4096)
def clean(address: str) -> str:
    """Return `address` in lower case, without signs around it; "" if it is none or has no known domain suffix."""
    address = address.strip(" .,;:-'\"<>()[]").lower().removeprefix("mailto:")
    local, at, domain = address.rpartition("@")
    local = _GLUED_LABEL.sub("", local.strip(" .'%-"))
    if not (at and local and len(local) <= 64 and len(domain) <= 253 and known_suffix(domain)):
        return ""
    # "logo@2x.png" is a file.
    # A name that begins with "www." is that of a site: "mục 5 (a) www.camau.gov.vn".
    # One that begins with "nv.vog." is written backwards, even if its end is the domain of a country.
    if domain.rsplit(".", 1)[-1] in _NO_ENDINGS or domain.startswith("www.") or _BACKWARD.match(local):
        return ""
    return f"{local}@{domain}"


_BACKWARD = linear(r"(?:[a-z]{2}|tset)\.vog\.")
_NO_ENDINGS = frozenset(("png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "zip", "mov"))


def visible(text: str) -> str:
    """Return `text` as a reader sees it: without invisible characters, full-width signs as plain ones."""
    if text.isascii():
        return text
    return text.translate(_INVISIBLE).translate(_DRESSED)


def plain(text: str) -> list[str]:
    """Return addresses written plainly, also with full-width signs or invisible characters in them, or run together.

    >>> plain("Email: stc＠camau．gov.vn, vp\\u200b@camau.gov.vn.")
    ['stc@camau.gov.vn', 'vp@camau.gov.vn']
    """
    text = _CLINGING.sub(lambda match: f"{match[0]} ", visible(text))
    return _cleaned([found[0] for found in ADDRESS.finditer(text) if not _goes_on(found, text)])


def _goes_on(found: re.Match[str], text: str) -> bool:
    """Return True for "stc@camau.gov" before ",vn": the sign stands for a dot. Alone it is a body of the US."""
    return found[0].lower().endswith(".gov") and _COUNTRY.match(text, found.end()) is not None


def mistyped(text: str) -> list[str]:
    """Return addresses with a comma for a dot ("gov,vn"), or blanks in the domain or around the "@".

    >>> mistyped("stc@camau.gov,vn"), mistyped("stc @camau.gov.vn"), mistyped("stc @ camau . gov . vn")
    (['stc@camau.gov.vn'], ['stc@camau.gov.vn'], ['stc@camau.gov.vn'])
    """
    text = visible(text)
    repaired = _COMMA.sub(lambda match: f"{match[1] or match[2]}.", text)
    repaired = _SPACED_LOCAL.sub(lambda match: "".join(match[0].split()), repaired)
    repaired = _SPACED_OUT.sub(lambda match: "".join(f"@{match[1]}.{match[2]}".split()), repaired)
    repaired = _SPACED_SIGN.sub("@", repaired)
    return plain(repaired) if repaired != text else []


def backwards(text: str) -> list[str]:
    """Return addresses written backwards, which `direction: rtl` shows in the right order.

    >>> backwards("nv.vog.uamac@cts")
    ['stc@camau.gov.vn']
    """
    found = []
    for word in _WORD.findall(visible(text)):
        if "@" in word and _TURNED.match(word.lower()) and not plain(word):
            found += plain(word[::-1])
    return found


def escaped(text: str) -> list[str]:
    """Return addresses in character references, percent signs or JavaScript escapes, also in several layers of them."""
    for _ in range(3):
        before = text
        text = _js_unescaped(html.unescape(unquote(text)))
        if text == before:
            break
    return plain(text)


def cloudflare(text: str) -> list[str]:
    """Return the addresses in `data-cfemail` or after `/cdn-cgi/l/email-protection#`.

    The first byte is the key with which the others are XORed.

    >>> cloudflare("4f3c3b2c0f2c2e222e3a61282039613921")
    ['stc@camau.gov.vn']
    """
    found = []
    for digits in _HEX.findall(text):
        key, *coded = bytes.fromhex(digits)
        found += plain(bytes(byte ^ key for byte in coded).decode("utf-8", "replace"))
    return found


class AddressReader:
    """Read the addresses in visible texts, by the words of some languages: `words.made(AddressReader)`.

    >>> from prober.studies.packs import words
    >>> from prober.text.words import Vocabulary
    >>> reader = words(Vocabulary(("vi",))).made(AddressReader)
    >>> reader.spoken("sotaichinh [a] camau chấm gov chấm vn"), reader.spoken("stc (a còng) camau.gov.vn")
    (['sotaichinh@camau.gov.vn'], ['stc@camau.gov.vn'])
    >>> reader.spoken("s t c (a còng) camau chấm gov chấm vn"), reader.spoken("tỷ lệ 5 (a) cao")
    (['stc@camau.gov.vn'], [])
    """

    def __init__(self, words: Words) -> None:
        said = words.table(SpokenWords)
        bracketed = rf"{_OPEN}\s*(?:{said.at.pattern}|at|a|@)\s*{_SHUT}"
        at = rf"\s?{bracketed}\s?|\s(?:{said.bare_at.pattern})\s|\s?@\s?"
        dot = (
            rf"\s?{_OPEN}\s*(?:{said.dot.pattern}|dot|\.)\s*{_SHUT}\s?|\s(?:{said.dot.pattern}|dot)\s|"
            r"\s?\.(?=[A-Za-z0-9])"
        )
        self._trigger = linear(rf"{_SIGNS}|{said.hint.pattern}", re.IGNORECASE)
        self._mail_label = linear(rf"{said.mail_label.pattern}|:\s*$", re.IGNORECASE)
        self._dots = linear(dot, re.IGNORECASE)
        self._spelled = linear(
            rf"(?<![\w.-])[A-Za-z0-9](?:\s[A-Za-z0-9]){{1,30}}(?=\s?(?:@|{bracketed}))", re.IGNORECASE
        )  # "s t c (a còng) camau.gov.vn"
        self._spoken = linear(
            # Dots match in `dot` alone and dashes in _LABEL alone; a second way to match them makes a long line take
            # minutes.
            rf"(?<![\w.+-])(?P<local>{_LABEL}(?:(?:{dot}|[_+]){_LABEL}){{0,7}})(?:{at})"
            rf"(?P<domain>{_LABEL}(?:(?:{dot}){_LABEL}){{1,9}})(?![\w@])",
            re.IGNORECASE,
        )
        self._bare = linear(
            rf"(?<![\w.+-])(?P<local>{_LOCAL})(?:{_BARE_AT})"
            rf"(?P<domain>{_LABEL}(?:(?:{dot}){_LABEL}){{0,7}}?(?:{dot})(?:gov(?:{dot})(?:[a-z]{{2}}|test)|gmail\.com|"
            rf"yahoo\.com(?:\.vn)?|gmail\.test))(?![\w@])",
            re.IGNORECASE,
        )
        self.suspicious, self.addresses = line_cache(self._suspicious), line_cache(self._addresses)

    def _suspicious(self, text: str) -> bool:
        """Return True if something in `text` may be an address, plain or hidden: a cheap test before decoding."""
        return self._trigger.search(text) is not None

    def _addresses(self, text: str) -> list[tuple[str, str]]:
        """Return (address, trick) for every address in a text, with the first trick that finds it. Cheap if none."""
        if not self.suspicious(text):
            return []
        tricks = (
            ("plain", plain), ("mistyped", mistyped), ("spoken", self.spoken), ("backwards", backwards),
            ("escaped", escaped),
        )  # fmt: skip
        found: dict[str, str] = {}
        for trick, decoder in tricks:
            for address in decoder(text):
                found.setdefault(address, trick)
            if trick == "plain" and found and text.count("@") == len(found):
                break
        return list(found.items())

    def spoken(self, text: str) -> list[str]:
        """Return addresses written with `[a]`, `(at)`, `{@}`, "a còng", "chấm", "[dot]" and mixtures of these."""
        found = []
        text = unicodedata.normalize("NFC", visible(text))
        text = self._spelled.sub(lambda match: "".join(match[0].split()), text)
        bare = filter(self._meant, self._bare.finditer(text)) if _BARE_SIGN.search(text) else ()
        for match in (*self._spoken.finditer(text), *bare):
            local = self._dots.sub(".", match["local"])
            labels = self._dots.sub(".", match["domain"]).split(".")
            # Prose may follow the domain ("… gov chấm vn dot 3"): the longest beginning that is a domain counts.
            for end in range(len(labels), 1, -1):
                if address := clean(f"{local}@{'.'.join(labels[:end])}"):
                    found.append(address)
                    break
        return list(dict.fromkeys(found))

    def _meant(self, match: re.Match[str]) -> bool:
        """Return True if a bare "at" means "@": in "E-mail: stc at …" it does, in "published at camau.gov.vn" not."""
        word = match["local"].isalpha() and " at " in match[0].lower()
        before = match.string[max(0, match.start() - 40) : match.start()]
        return not word or self._mail_label.search(before) is not None


def _cleaned(candidates: list[str]) -> list[str]:
    return list(dict.fromkeys(address for address in map(clean, candidates) if address))


def _js_unescaped(text: str) -> str:
    return _JS_ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), text)
