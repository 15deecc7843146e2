"""Read mail addresses from headers, also quoted, grouped, BATV-wrapped or badly written ones."""

import re
from email.utils import getaddresses

from mailroom.mime.text_decoding import header_text, literal

_ATOM = r"[^\s<>()\[\]\",;:@\\]"
# A match begins where an atom begins and its local part is limited: otherwise a line of 200 kB takes minutes.
_ADDRESS = re.compile(rf"(?<!{_ATOM}){_ATOM}{{1,256}}@{_ATOM}+")
_RECEIVED_FOR = re.compile(r"\bfor\s+<?([^\s<>;]+@[^\s<>;]+)>?", re.IGNORECASE)
# Characters that are read by the grammar of RFC 5322, names and comments included: the library's time grows with their
# square. In the rest of a header everything that looks like an address is one.
_GRAMMAR = 4_000
_BATV = re.compile(r"^(?:prvs|btv1)=+(?:[0-9a-z]{6,12}=+([^=]+)|([^=/]+)[/=][0-9a-z]{6,12})(?=@)", re.IGNORECASE)
# An unquoted display name that is itself an address: by the grammar that name would be the sender.
_NAMED_BY_ADDRESS = re.compile(rf'([^<>,;:"@]{{0,200}}@[^<>,;:"@]{{0,200}})<({_ATOM}{{1,256}}@{_ATOM}+)>')
MESSAGE_ID = re.compile(r"<[^<>\s@]{1,250}@[^<>\s@]{1,250}>")
# Headers that may hold the address of delivery, besides To and Cc. For a reply sent as Bcc only these show it.
_RECIPIENT_HEADERS = (
    "to", "cc", "bcc", "resent-to", "resent-cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to",
    "x-delivered-to", "x-forwarded-to", "x-rcpt-to", "apparently-to", "x-real-to", "x-gm-original-to",
)  # fmt: skip


def sender(headers: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Return (address, display name) of From, else of Sender or Reply-To; ("", name) if From has a name alone."""
    for wanted in ("from", "sender", "reply-to"):
        value = next((value for name, value in headers if name.lower() == wanted and value.strip()), "")
        found = _pairs(value, _GRAMMAR)
        if found:
            if named := _NAMED_BY_ADDRESS.match(value[:_GRAMMAR].lstrip()):
                return clean(named[2]), header_text(named[1])[:200]
            return found[0][1], found[0][0] or _before(value)
        if value and wanted == "from":
            return "", header_text(value)[:200]
    return "", ""


def _before(value: str) -> str:
    """Return the words before the address if they are no name by the grammar: "Sở, tỉnh [#1] <a@b.test>"."""
    before, bracket, _ = value.partition("<")
    return header_text(before).strip("\"' ")[:200] if bracket and "@" not in before else ""


def recipients(headers: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Return every address that the message was sent to or came through, lower-cased, once each, in header order."""
    out: list[str] = []
    left = _GRAMMAR  # of the whole message
    for name, value in headers:
        key = name.lower()
        if key in _RECIPIENT_HEADERS:
            out += [address for _, address in _pairs(value, left)]
            left = max(0, left - len(value))
        elif key == "received":
            out += [clean(found) for found in _RECEIVED_FOR.findall(value)]
    return tuple(dict.fromkeys(address for address in out if address))


def message_ids(text: str) -> tuple[str, ...]:
    """Return every bracketed Message-ID in `text`, once each, in order."""
    return tuple(dict.fromkeys(MESSAGE_ID.findall(text)))


def clean(address: str) -> str:
    """Return `address` in lower case, without quotes around it, BATV or PRVS wrapping, or a trailing dot.

    >>> clean("'prvs=2345abcdef=Hoi+Token@Prober.test'")
    'hoi+token@prober.test'
    """
    address = literal(address).strip().strip("'\"<>").rstrip(".").lower()
    return _BATV.sub(lambda match: match[1] or match[2], address)


def untagged(address: str) -> str:
    """Return `address` in lower case, without the +TOKEN of a request.

    >>> untagged("Khao-Sat+abcdefghij@prober.test")
    'khao-sat@prober.test'
    """
    return re.sub(r"\+[^@]*", "", address.lower())


def _pairs(value: str, grammar: int) -> list[tuple[str, str]]:
    """Return (name, address) pairs. Encoded words are decoded after the split: a decoded name may hold a comma.

    Only the first `grammar` characters of a long value, up to the last comma in them, are read by the grammar; later
    addresses are returned without a name.
    """
    pairs = []
    try:
        whole = value if len(value) <= grammar else value[:grammar].rpartition(",")[0]
        parsed = getaddresses([whole.replace("\r", " ").replace("\n", " ")])
    except (ValueError, IndexError, RecursionError):  # known failures of the parser on malformed group syntax
        parsed = []
    for name, address in parsed:
        if _ADDRESS.fullmatch(address.strip("'\" ")):
            pairs.append((header_text(name), clean(address)))
    known = {address for _, address in pairs}
    # Unquoted names with brackets or commas, missing angle brackets: whatever looks like an address counts.
    for found in _ADDRESS.findall(header_text(value)):
        address = clean(found)
        if address not in known:
            known.add(address)
            pairs.append(("", address))
    return pairs
