"""Sign the mail of offices with DKIM (RFC 6376), as their mail systems do: some, some badly, some not at all.

Written from the standard with no library for DKIM, so that it does not share the mistakes of the one that verifies.
The key follows from the seed, so that the same world writes the same bytes.
"""

import base64
import hashlib
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zlib import crc32

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SELECTOR = "mail2020"
REVOKED = "cu"  # selector of a key that was revoked
_SIGNED = ("from", "to", "subject", "date", "message-id")
_PRIME_BITS = 512  # of a key of 1024 bits, the least that counts: a longer one takes seconds to find
_EXPONENT = 65537


@dataclass(frozen=True, slots=True)
class Habit:
    """How the mail system of a domain signs. `after` is what a gateway does to the letter afterwards."""

    relaxed: bool = True
    selector: str = SELECTOR
    after: Callable[[bytes], bytes] = bytes


def _with_zone(raw: bytes) -> bytes:
    """Write the name of the time zone into the date, as a gateway does that puts headers right."""
    return raw.replace(b" +0700\r\n", b" +0700 (ICT)\r\n", 1)


# Chosen by the domain: of six systems two sign in either form, one signs with a key that was revoked, the letters of
# one are changed by a gateway behind it, and two do not sign.
_HABITS = (Habit(), Habit(relaxed=False), Habit(selector=REVOKED), Habit(after=_with_zone), None, None)


def habit(domain: str) -> Habit | None:
    """Return how the mail system of `domain` signs; None for one that does not."""
    return _HABITS[crc32(domain.encode()) % len(_HABITS)]


def sent(raw: bytes, domain: str, at: datetime, seed: int) -> bytes:
    """Return the letter as it leaves the mail system of `domain`."""
    found = habit(domain)
    return found.after(_signature(raw, domain, found, at, seed) + raw) if found else raw


def records(domain: str, seed: int) -> Iterator[tuple[str, str]]:
    """Yield the names and texts that the DNS of `domain` holds for its keys."""
    found = habit(domain)
    if found:
        public = "" if found.selector == REVOKED else _public(seed)
        yield f"{found.selector}._domainkey.{domain}", f"v=DKIM1; k=rsa; p={public}"


def _signature(raw: bytes, domain: str, found: Habit, at: datetime, seed: int) -> bytes:
    """Return the header field of the signature (RFC 6376, 3.7)."""
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = {
        name.lower(): (name, value)
        for name, value in (field.split(b":", 1) for field in re.split(rb"\r\n(?![ \t])", head))
    }
    covered = [fields[name.encode()] for name in _SIGNED if name.encode() in fields]
    form = "relaxed" if found.relaxed else "simple"
    tags = (
        f" v=1; a=rsa-sha256; c={form}/{form}; d={domain}; s={found.selector};\r\n t={int(at.timestamp())};"
        f" h={':'.join(name.decode() for name, _ in covered)};\r\n bh={_digest(_body(body, found.relaxed))};\r\n b="
    ).encode()
    data = b"".join(_field(name, value, found.relaxed) + b"\r\n" for name, value in covered)
    data += _field(b"DKIM-Signature", tags, found.relaxed)
    value = base64.b64encode(_key(seed).sign(data, padding.PKCS1v15(), hashes.SHA256()))
    return b"DKIM-Signature:" + tags + b"\r\n ".join(value[at : at + 70] for at in range(0, len(value), 70)) + b"\r\n"


def _field(name: bytes, value: bytes, relaxed: bool) -> bytes:
    """Return a header field as it is signed (RFC 6376, 3.4.1 and 3.4.2)."""
    if not relaxed:
        return name + b":" + value
    return name.lower() + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip()


def _body(body: bytes, relaxed: bool) -> bytes:
    """Return a body as it is signed (RFC 6376, 3.4.3 and 3.4.4)."""
    lines = body.split(b"\r\n")
    if relaxed:
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines) or (b"" if relaxed else b"\r\n")


def _digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


@lru_cache(maxsize=4)
def _key(seed: int) -> rsa.RSAPrivateKey:
    """Return the key of the mail systems of one world: it signs letters that never leave this machine."""
    draw = random.Random(f"{seed} signatures")
    p, q = _prime(draw), _prime(draw)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()


def _public(seed: int) -> str:
    key = _key(seed).public_key()
    data = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(data).decode()


def _prime(draw: random.Random) -> int:
    """Return a number that is prime with a certainty that a simulated letter needs (Fermat, 20 bases)."""
    while True:
        number = draw.getrandbits(_PRIME_BITS) | 3 << (_PRIME_BITS - 2) | 1
        if number % _EXPONENT != 1 and all(
            pow(draw.randrange(2, number - 1), number - 1, number) == 1 for _ in range(20)
        ):
            return number
