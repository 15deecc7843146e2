"""Verify the DKIM signatures of a message (RFC 6376, RFC 8463) with public keys that are given; ask nobody for one.

dkimpy reads the message and hashes it. This module bounds what a stranger can make it do, and is stricter in four
things: a signature must cover the whole body (no l=), SHA-1 and keys of fewer than 1024 bits prove nothing (RFC 8301),
a signature expires by the time at which the message came, and a key must be of the kind that the signature names.
"""

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import dkim  # type: ignore[import-untyped]
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from dkim.crypto import parse_public_key  # type: ignore[import-untyped]
from dkim.util import InvalidTagValueList, parse_tag_value  # type: ignore[import-untyped]

from prober.domain.correspondence import Signature
from prober.text.patterns import linear

MOST = 5  # signatures that are verified, from the top: relays and lists add their own above the writer's
MAX_BYTES = 40_000_000  # of a message
MAX_BODY_LINES = 1_000_000  # a file of 25 MB has 350,000
MAX_HEAD = 300_000  # bytes of all headers
MAX_LINES = 3_000  # of all headers
MAX_FIELD = 6_000  # bytes of one signature
MAX_NAMES = 200  # header fields that one signature covers
LEAST_BITS, MOST_BITS = 1024, 8192  # of an RSA key; a longer one takes minutes
MAX_RECORD = 4_000  # characters of a key as the DNS gives it
PASS, FAIL, TEMPERROR, NONE = "pass", "fail", "temperror", "none"
_HASHES = {b"rsa-sha256": "rsa", b"ed25519-sha256": "ed25519"}  # algorithm of a signature → kind of its key
_FIELD = linear(rb"(?:^|\n)dkim-signature[ \t]*:", re.IGNORECASE)
_SPACES = linear(rb"[\t ]+")
_LABELS = linear(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")

Keys = Mapping[str, str | None]  # name in the DNS → its record, "" where there is none, None where nobody answered


class Unfit(Exception):
    """A signature cannot be verified, for the reason in its argument."""


def place(signature: Signature) -> str:
    """Return the name in the DNS where the key of a signature stands; "" for one that cannot be asked for."""
    name = f"{signature.selector}._domainkey.{signature.domain}".lower()
    return name if "." in signature.domain and _LABELS.fullmatch(name) else ""


def is_signed(raw: bytes) -> bool:
    """Return True if the head of a message has a DKIM signature, found without a parser."""
    return bool(_FIELD.search(_head(raw)))


def result_of(signatures: list[Signature]) -> str:
    """Return the result of a message: it holds if one of its signatures does."""
    found = {signature.result for signature in signatures}
    return next((result for result in (PASS, TEMPERROR, FAIL) if result in found), NONE)


def places(raw: bytes, at: datetime) -> list[str]:
    """Return the names in the DNS where the keys for the signatures of a message stand; each once."""
    unanswered = (place(found) for found in signatures(raw, {}, at) if found.result == TEMPERROR)
    return list(dict.fromkeys(unanswered))


def signatures(raw: bytes, keys: Keys, at: datetime) -> list[Signature]:
    """Return the first signatures of a message that came at `at`, each verified with its key in `keys`.

    A key that `keys` does not name was not answered for.
    """
    if not is_signed(raw):
        return []
    try:
        message = _message(raw)
    except Unfit as fault:
        return [Signature("", "", "", FAIL, str(fault))]
    number = sum(name.lower() == b"dkim-signature" for name, _ in message.headers)
    return [_verified(message, position, keys, at) for position in range(min(number, MOST))]


def _head(raw: bytes) -> bytes:
    ends = [end for mark in (b"\r\n\r\n", b"\n\n") if (end := raw.find(mark, 0, MAX_HEAD)) >= 0]
    return raw[: min(ends, default=MAX_HEAD)]


def _message(raw: bytes) -> "_Message":
    """Return the message taken apart. Raises Unfit for one that is too long, or no message."""
    head = _head(raw)
    if (
        len(raw) > MAX_BYTES
        or raw.count(b"\n") > MAX_BODY_LINES
        or len(head) >= MAX_HEAD
        or head.count(b"\n") > MAX_LINES
    ):
        raise Unfit("signature_too_long")
    try:
        message = _Message(raw, minkey=LEAST_BITS)
    except (dkim.DKIMException, IndexError) as error:
        raise Unfit("signature_malformed") from error
    message.body = _without_last_lines(message.body)
    return message


def _without_last_lines(body: bytes) -> bytes:
    """Return `body` with one line end for those at its end: no signature covers more, and the library counts them."""
    kept = body.rstrip(b"\r\n")
    stray = body.rfind(b"\r\r", len(kept))
    end = len(kept) if stray < 0 else stray + 1
    return body[:end] + b"\r\n" if end < len(body) else body


class _Message(dkim.DKIM):
    """Verify one signature after another with keys that are given."""

    key: tuple[Any, int, bytes]  # of the signature that is verified

    def verify_headerprep(self, idx: int = 0) -> tuple[dict[bytes, bytes], list[bytes], list[Any]]:
        """Return tags, covered fields and signatures as the library does; the times (t=, x=) are judged elsewhere."""
        found = [(name, value) for name, value in self.headers if name.lower() == b"dkim-signature"]
        tags = parse_tag_value(found[idx][1])
        tags = {name: value for name, value in tags.items() if name not in (b"t", b"x", b"l")}
        dkim.validate_signature_fields(tags)
        return tags, [name.strip().lower() for name in tags[b"h"].split(b":")], found

    def verify_sig(self, sig: Any, include_headers: Any, sig_header: Any, dnsfunc: Any) -> bool:
        self.pk, self.keysize, self.ktag = self.key
        return bool(self.verify_sig_process(sig, include_headers, sig_header, dnsfunc))


class _Ed25519:
    """Give an Ed25519 key the form that the library expects of PyNaCl; `holds` is what came of it."""

    def __init__(self, raw: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(raw)
        self.holds = False

    def verify(self, digest: bytes, signature: bytes) -> None:
        try:
            self._key.verify(signature, digest)
        except InvalidSignature:
            return
        self.holds = True


def _verified(message: _Message, position: int, keys: Keys, at: datetime) -> Signature:
    value = [value for name, value in message.headers if name.lower() == b"dkim-signature"][position]
    try:
        tags = parse_tag_value(value) if len(value) <= MAX_FIELD else {}
    except InvalidTagValueList:
        tags = {}
    who = Signature(_text(tags, b"d").lower(), _text(tags, b"s"), _text(tags, b"a"), FAIL)
    record = ""
    try:
        _check(tags, who, len(value), at)
        record = _record(keys, place(who))
        message.key = _key(record, _HASHES[tags[b"a"]])
        _hold(message, position, tags)
    except Unfit as fault:
        result = TEMPERROR if str(fault) == "signature_key_unanswered" else FAIL
        return Signature(who.domain, who.selector, who.algorithm, result, str(fault), record)
    return Signature(who.domain, who.selector, who.algorithm, PASS, key=record)


def _text(tags: Mapping[bytes, bytes], name: bytes) -> str:
    return "".join(tags.get(name, b"").decode("ascii", "replace").split())[:255]


def _check(tags: Mapping[bytes, bytes], who: Signature, length: int, at: datetime) -> None:
    """Raise Unfit for a signature that needs no key to be refused."""
    if length > MAX_FIELD or tags.get(b"h", b"").count(b":") >= MAX_NAMES:
        raise Unfit("signature_too_long")
    if not tags or not place(who) or b"from" not in tags.get(b"h", b"").lower():
        raise Unfit("signature_malformed")
    if tags.get(b"a") not in _HASHES:
        raise Unfit("signature_weak")
    if expires := tags.get(b"x"):
        if not (expires.isdigit() and len(expires) < 13):
            raise Unfit("signature_malformed")
        if int(expires) < at.timestamp():
            raise Unfit("signature_expired")


def _record(keys: Keys, name: str) -> str:
    found = keys.get(name)
    if found is None:
        raise Unfit("signature_key_unanswered")
    if not found:
        raise Unfit("signature_key_absent")
    return found


def _key(record: str, kind: str) -> tuple[Any, int, bytes]:
    """Return the public key in a record, its length in bits and its kind. Raises Unfit."""
    try:
        tags = parse_tag_value(record[:MAX_RECORD].encode("ascii", "replace"))
        data = base64.b64decode(b"".join(tags[b"p"].split()), validate=True)
    except (InvalidTagValueList, KeyError, ValueError) as error:
        raise Unfit("signature_key_unusable") from error
    if not data:
        raise Unfit("signature_key_revoked")
    services = {service.strip() for service in tags.get(b"s", b"*").split(b":")}
    if (
        tags.get(b"v", b"DKIM1") != b"DKIM1" or tags.get(b"k", b"rsa").decode("ascii", "replace") != kind
        or not services & {b"*", b"email"}
    ):  # fmt: skip
        raise Unfit("signature_key_unusable")
    try:
        if kind == "ed25519":
            return _Ed25519(data), 256, kind.encode()
        key = parse_public_key(data)
    except Exception as error:  # the library reads a stranger's key by hand
        raise Unfit("signature_key_unusable") from error
    bits = key["modulus"].bit_length()
    if bits < LEAST_BITS:
        raise Unfit("signature_weak")
    if bits > MOST_BITS or key["publicExponent"].bit_length() > 64:
        raise Unfit("signature_key_unusable")
    return key, bits, kind.encode()


def _hold(message: _Message, position: int, tags: Mapping[bytes, bytes]) -> None:
    """Raise Unfit unless the signature fits the body and the headers."""
    body, relaxed = message.body, tags.get(b"c", b"").rpartition(b"/")[2] == b"relaxed" and b"/" in tags[b"c"]
    # What "relaxed" does to the body anyway, done first: the library takes time by the square of a run of blanks.
    message.body = _SPACES.sub(b" ", body) if relaxed else body
    try:
        holds = message.verify(position)
    except dkim.ValidationError as error:
        changed = str(error).startswith("body hash mismatch")
        raise Unfit("signature_body_changed" if changed else "signature_malformed") from error
    except Exception as error:  # what the library raises at a stranger's signature is not known beforehand
        raise Unfit("signature_malformed") from error
    finally:
        message.body = body
    key = message.key[0]
    if not holds or (isinstance(key, _Ed25519) and not key.holds):
        raise Unfit("signature_headers_changed")
