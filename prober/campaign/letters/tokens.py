"""Derive the secret tokens of requests, their Message-IDs, and the draws of a campaign.

A token proves that a reply belongs to a request, so nobody may be able to derive it: it comes from a secret of the
campaign that is in private.db alone. Draws come from the seed of the protocol, which is published.
"""

import hashlib
import hmac
import secrets

# 32 characters, 5 bits each; without l, 1, o and 0, which people mistake for each other when they retype.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
LENGTH = 16
PUBLIC_LENGTH = 10  # of tokens that were derived from the published seed, before tokens were secret
PREFLIGHT = "preflight"  # the token of a test letter to ourselves, in its address, subject and Message-ID


def draw(seed: int, *words: str) -> bytes:
    """Return 32 bytes that depend on `seed` and `words` alone, on every machine and every version of Python.

    The borders of words count: ("a", "bc") and ("ab", "c") give different bytes.
    """
    message = b"".join(len(word.encode()).to_bytes(4, "big") + word.encode() for word in words)
    return hmac.new(str(seed).encode(), message, hashlib.sha256).digest()


def fraction(seed: int, *words: str) -> float:
    """Return `draw` as a number from 0 up to, not including, 1.

    >>> 0 <= fraction(2019, "order", "2019-stc-ca-mau") < 1
    True
    """
    return (int.from_bytes(draw(seed, *words)[:8], "big") >> 11) / 2**53


def new_secret() -> str:
    """Return a new random secret for the tokens of one campaign, 256 bits in hexadecimal."""
    return secrets.token_hex(32)


def token(secret: str, campaign: str, agency: str) -> str:
    """Return the token of one request: 80 bits, lower case, valid in an address and a subject.

    >>> token("00" * 32, "pobi-2019", "2019-stc-ca-mau")
    'vqar8ej9snri7a5r'
    """
    words = "\0".join(("token", campaign, agency)).encode()
    digest = hmac.new(bytes.fromhex(secret), words, hashlib.sha256).digest()
    return "".join(ALPHABET[byte & 31] for byte in digest[:LENGTH])


def tagged_address(address: str, code: str) -> str:
    """Return the address for answers and bounces of one request.

    >>> tagged_address("khao-sat@prober.test", "abcdefghij")
    'khao-sat+abcdefghij@prober.test'
    """
    local, _, domain = address.rpartition("@")
    return f"{local}+{code}@{domain}"


def message_id(code: str, step: str, campaign: str, address: str) -> str:
    """Return the Message-ID of one letter, brackets included; fixed before any attempt to send it.

    >>> message_id("abcdefghij", "request", "pobi-2019", "khao-sat@prober.test")
    '<abcdefghij.request.pobi-2019@prober.test>'
    """
    return f"<{code}.{step}.{campaign}@{address.rpartition('@')[2]}>"
