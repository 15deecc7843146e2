"""The number of our own identity paper is taken out of what comes back, before it is stored.

It comes back in the copy to ourselves, and in a report that returns our letter whole. There the letter's own bytes
stand on both sides of the number, so it is found without knowing it. What an office writes in its own words cannot be
recognised, and is stored as it came.

A signature of the letter (DKIM, ARC) loses its hashes too, whoever made it: there are so few numbers that a hash of the
text is as good as the number. Reports that return headers only bring them back without the text.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from mailroom.sending.approval import protocol_of
from prober.campaign.letters.identity_number import Seam, seam
from prober.errors import ProtocolError
from prober.store import Database
from prober.store.private import campaigns, outbox
from prober.store.private.messages import Arrival

# A header with its folded lines, in the message or in one that it returns; in it the hash, and the signature over it.
_SIGNATURE = re.compile(
    rb"^(?:[\w-]*DKIM-Signature|ARC-Message-Signature|ARC-Seal):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*",
    re.IGNORECASE | re.MULTILINE,
)
_HASHES = re.compile(rb"(?<![\w-])(bh?)[ \t]*=[A-Za-z0-9+/=\s]*")

Tagged = tuple[bytes, Seam]  # token of the letter, and where its number stands


def seams(private: Database) -> list[Tagged]:
    """Of every letter on which a number is written as it leaves; none, unless a protocol says `identity = true`."""
    return [
        (letter["token"].encode("ascii"), found)
        for file in campaigns.campaigns(private)
        if _writes_a_number(file)
        for letter in outbox.frozen(private, file.id)
        if (found := seam(letter["raw"]))
    ]


def _writes_a_number(file: campaigns.CampaignFile) -> bool:
    """False for a protocol that this version cannot read: it cannot send its letters either, and mail must come in."""
    try:
        return protocol_of(file).identity
    except ProtocolError:
        return False


def blanked(arrivals: Sequence[Arrival], letters: Sequence[Tagged]) -> list[Arrival]:
    """`arrivals` with the place for the number empty again, as it was approved, and signatures without their hashes;
    all else as it came.
    """
    found = ((arrival, _blanked(arrival.raw, letters)) for arrival in arrivals)
    return [arrival if raw is arrival.raw else replace(arrival, raw=raw) for arrival, raw in found]


def _blanked(raw: bytes, letters: Sequence[Tagged]) -> bytes:
    for token, found in letters:
        if token in raw:  # in the subject and the reply address of ours
            raw = _SIGNATURE.sub(lambda header: _HASHES.sub(rb"\1=", header[0]), found.blanked(raw))
    return raw
