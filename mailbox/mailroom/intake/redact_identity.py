"""Remove the number of the sender's identity paper from incoming mail before it is stored.

The number comes back in the copy to ourselves, and in a report that returns our whole letter. There the bytes of the
letter surround the number, so it is found without being known. A number that an office writes in its own words is not
recognised and stays.

The hashes in signatures of the letter (DKIM, ARC) are removed too: identity numbers are so few that one can be found by
trying all against the hash. Reports that return only headers contain these signatures without the text.
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

# A signature header with its folded lines, in the message or in one that it returns; _HASHES finds its hash (bh=) and
# signature (b=).
_SIGNATURE = re.compile(
    rb"^(?:[\w-]*DKIM-Signature|ARC-Message-Signature|ARC-Seal):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*",
    re.IGNORECASE | re.MULTILINE,
)
_HASHES = re.compile(rb"(?<![\w-])(bh?)[ \t]*=[A-Za-z0-9+/=\s]*")

Tagged = tuple[bytes, Seam]  # token of the letter, and the place of its number


def seams(private: Database) -> list[Tagged]:
    """Return the token and the place of the number of every letter that is sent with an identity number.

    There are none unless a protocol says `identity = true`.
    """
    return [
        (letter["token"].encode("ascii"), found)
        for file in campaigns.campaigns(private)
        if _writes_a_number(file)
        for letter in outbox.frozen(private, file.id)
        if (found := seam(letter["raw"]))
    ]


def _writes_a_number(file: campaigns.CampaignFile) -> bool:
    """Return True if the campaign's letters carry an identity number.

    Return False for a protocol that this version cannot read: it cannot send its letters either, and mail must still be
    fetched.
    """
    try:
        return protocol_of(file).identity
    except ProtocolError:
        return False


def blanked(arrivals: Sequence[Arrival], letters: Sequence[Tagged]) -> list[Arrival]:
    """Return `arrivals` without the identity number and without the hashes in signatures; all else stays as it came.

    The place of the number is empty again, as in the approved letter.
    """
    found = ((arrival, _blanked(arrival.raw, letters)) for arrival in arrivals)
    return [arrival if raw is arrival.raw else replace(arrival, raw=raw) for arrival, raw in found]


def _blanked(raw: bytes, letters: Sequence[Tagged]) -> bytes:
    for token, found in letters:
        if token in raw:  # our letters have it in the subject and the reply address
            raw = _SIGNATURE.sub(lambda header: _HASHES.sub(rb"\1=", header[0]), found.blanked(raw))
    return raw
