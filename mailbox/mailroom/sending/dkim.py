"""Sign letters with DKIM (RFC 6376), look up published keys, and verify the signatures of a letter that arrived.

A signature is made from the letter, the key and the time of the first attempt alone, so that every later attempt
carries the same bytes (RSA PKCS #1 v1.5 uses no random numbers).
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import dkim  # type: ignore[import-untyped]
from dkim.crypto import UnparsableKeyError, parse_pem_private_key, parse_public_key  # type: ignore[import-untyped]

from mailroom.mime.signatures import PASS, places, signatures
from mailroom.sending.preflight.dns import Names, Unanswered
from prober.config.load import Dkim
from prober.errors import ConfigError
from prober.text.patterns import linear

_TAG = linear(r"(?<![a-z0-9])([a-z0-9]+)\s*=\s*([^;]*)")  # RFC 6376, 3.2
LEAST_BITS = 1024  # RFC 8301: fewer are not to be trusted; 2048 are asked for
GOOD_BITS = 2048
MAX_KEPT = 8_000  # characters of a record; a key of 4096 bits takes 800


@dataclass(frozen=True, slots=True)
class Signer:
    """Sign letters for a domain; `selector` names the DNS record of the public key, `pem` is the private key."""

    domain: str
    selector: str
    pem: bytes

    def signed(self, letter: bytes, first_attempt: datetime) -> bytes:
        """Return `letter` with its DKIM-Signature before it. The same letter and time give the same bytes."""
        signing = _At(letter, int(first_attempt.timestamp()))
        header = signing.sign(
            self.selector.encode(), self.domain.encode(), self.pem, canonicalize=(b"relaxed", b"simple")
        )
        return bytes(header) + letter

    @property
    def bits(self) -> int:
        return int(parse_pem_private_key(self.pem)["modulus"].bit_length())


class _At(dkim.DKIM):
    """Sign with a given time; the library would take the time of the clock."""

    def __init__(self, message: bytes, moment: int) -> None:
        super().__init__(message, linesep=b"\r\n")
        self._moment = str(moment).encode("ascii")

    def gen_header(self, fields: list[tuple[bytes, bytes]], *args: Any, **options: Any) -> bytes:
        dated = [(name, self._moment if name == b"t" else value) for name, value in fields]
        return bytes(super().gen_header(dated, *args, **options))


def signer(section: Dkim | None) -> Signer | None:
    """Return the signer that the configuration names, or None.

    Raises ConfigError for a key that is missing, too short or not an RSA key.
    """
    if section is None:
        return None
    try:
        pem = Path(section.key_file).read_bytes()
        found = Signer(section.domain, section.selector, pem)
        bits = found.bits
    except OSError as error:
        raise ConfigError(f"[dkim] key_file {section.key_file}: cannot be read: {error}") from error
    except (UnparsableKeyError, KeyError, ValueError) as error:
        raise ConfigError(f"[dkim] key_file {section.key_file}: not an RSA key in PEM: {error}") from error
    if bits < LEAST_BITS:
        raise ConfigError(f"[dkim] key_file {section.key_file}: {bits} bits; receivers want {GOOD_BITS}")
    return found


def published(names: Names, selector: str, domain: str) -> str:
    """Return the public key at the selector in base64; "" if none is published or it was revoked. Raises Unanswered."""
    for text in names.texts(f"{selector}._domainkey.{domain}"):
        tags = dict(_TAG.findall(text))
        if tags.get("v", "DKIM1").strip() == "DKIM1" and tags.get("k", "rsa").strip() == "rsa" and "p" in tags:
            return "".join(tags["p"].split())
    return ""


def fits(signing: Signer, public: str) -> bool:
    """Return True if the published key belongs to our private key."""
    try:
        theirs, ours = parse_public_key(base64.b64decode(public)), parse_pem_private_key(signing.pem)
    except (UnparsableKeyError, ValueError):
        return False
    return bool(theirs["modulus"] == ours["modulus"])


def key_record(names: Names, place: str) -> str | None:
    """Return the record of a public key at `place` in the DNS, "" where there is none, None where nobody answers."""
    try:
        found = names.texts(place)
    except Unanswered:
        return None
    return next((text for text in found if "p=" in text.replace(" ", "")), next(iter(found), ""))[:MAX_KEPT]


def verified(raw: bytes, names: Names, at: datetime) -> list[tuple[str, bool]]:
    """Return the signing domain, and whether it is valid, of each DKIM signature of a message that came at `at`."""
    keys = {place: key_record(names, place) for place in places(raw, at)}
    return [(found.domain, found.result == PASS) for found in signatures(raw, keys, at)]
