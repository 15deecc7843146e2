"""Derive tokens and Message-IDs from seed, campaign and agency: the same protocol always gives the same ones."""

import hashlib
import hmac

# 32 characters, 5 bits each; without l, 1, o and 0, which people mistake for each other when they retype.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
LENGTH = 10
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


def token(seed: int, campaign: str, agency: str) -> str:
    """Return the token of one request: 50 bits, lower case, valid in an address and a subject.

    >>> token(2019, "pobi-2019", "2019-stc-ca-mau")
    'nbwbjzt5xh'
    """
    return "".join(ALPHABET[byte & 31] for byte in draw(seed, "token", campaign, agency)[:LENGTH])


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
