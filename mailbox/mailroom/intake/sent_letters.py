"""The letters that were sent, read from private.db and arranged for understanding what comes back."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from mailroom.intake.understand import Desk
from mailroom.matching import scoring
from mailroom.mime import parser
from mailroom.mime.addresses import untagged
from prober.domain.working_days import hanoi_date
from prober.store import Database
from prober.store.private import messages


def desk_of(private: Database) -> Desk:
    """Read the letters from private.db. Each is parsed once in the life of the process."""
    by_request: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for letter in messages.letters(private):
        by_request.setdefault((letter["campaign"], letter["agency"]), []).append(letter)
    requests = []
    accepted = {}
    senders = {untagged(row["mail_from"]) for rows in by_request.values() for row in rows}
    for (campaign, agency), rows in by_request.items():
        ids = tuple(row["message_id"] for row in rows)
        text = "\n".join(_letter_text(row["raw"]) for row in rows)
        first = rows[0]
        moments = sorted(datetime.fromisoformat(row["accepted_at"]) for row in rows if row["accepted_at"])
        days = frozenset(map(hanoi_date, moments))
        requests.append(
            scoring.Sent(campaign, agency, first["token"], ids, first["rcpt"], first["subject"], text, days)
        )
        accepted[campaign, agency] = tuple(moments)
    return Desk(_index(tuple(requests)), messages.own_ids(private), frozenset(senders), accepted)


_index = lru_cache(maxsize=2)(scoring.index)  # of the same letters: a watcher need not arrange them for each reply


@lru_cache(maxsize=1024)
def _letter_text(raw: bytes) -> str:
    """The words of a letter of ours: frozen bytes, so a watcher need not parse a whole wave for each reply."""
    return parser.parse(raw).full_text
