"""Sign letters with DKIM (RFC 6376), look up the published key, and verify signatures.

A signature is made from the letter, the key and the time of the first attempt alone, so that every later attempt
carries the same bytes (RSA PKCS #1 v1.5 uses no random numbers).
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import dkim  # type: ignore[import-untyped]
from dkim.crypto import UnparsableKeyError, parse_pem_private_key, parse_public_key  # type: ignore[import-untyped]

from mailroom.sending.preflight.dns import Names, Unanswered
from prober.config.load import Dkim
from prober.errors import ConfigError

LEAST_BITS = 1024  # RFC 8301: fewer are not to be trusted; 2048 are asked for
GOOD_BITS = 2048


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
        tags = dict(re.findall(r"\s*([a-z0-9]+)\s*=\s*([^;]*)", text))
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


def verified(raw: bytes, names: Names) -> list[tuple[str, bool]]:
    """Return the signing domain, and whether it is valid, of each DKIM signature of a message, in their order."""

    def texts(name: bytes, timeout: float = 5) -> bytes | None:
        try:
            return "".join(names.texts(name.decode("ascii", "replace").rstrip("."))[:1]).encode("ascii", "replace")
        except Unanswered as error:
            raise dkim.DnsTimeoutError(str(error)) from error

    checking = dkim.DKIM(raw, minkey=LEAST_BITS)
    found = []
    for number, domain in enumerate(_domains(checking)):
        try:
            holds = bool(checking.verify(idx=number, dnsfunc=texts))
        except dkim.DKIMException:
            holds = False
        found.append((domain, holds))
    return found


def _domains(message: Any) -> list[str]:
    values = [value for name, value in message.headers if name.lower() == b"dkim-signature"]
    tags = (re.search(rb"(?:^|;)\s*d\s*=\s*([^;\s]+)", value) for value in values)
    return [found[1].decode("ascii", "replace").lower() if found else "" for found in tags]
