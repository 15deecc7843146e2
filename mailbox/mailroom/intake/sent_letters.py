"""Read our sent letters from private.db, indexed for the matching of what comes back."""

from datetime import datetime
from email.parser import BytesParser
from email.policy import SMTP
from functools import lru_cache
from typing import Any

from mailroom.classification.sentences import taken_for_another
from mailroom.intake.understand import SentLetters
from mailroom.matching import scoring
from mailroom.mime import parser
from mailroom.mime.headers import untagged
from prober.campaign.protocol import parse
from prober.domain.hostnames import registrable
from prober.domain.requested_documents import RequestedDocument, requested
from prober.store import Database
from prober.store.private import campaigns, messages
from prober.studies.packs import words
from prober.text.words import Vocabulary

HEAD = 16_000  # bytes of a letter of ours that hold its header


def sent_letters(private: Database, vocabulary: Vocabulary) -> SentLetters:
    """Return our sent letters from private.db, indexed for matching. Each is parsed once per process."""
    by_request: dict[tuple[str, str], list[dict[str, Any]]] = {}
    files = campaigns.campaigns(private)
    secret = {file.id for file in files if file.secret}
    for letter in messages.letters(private):
        by_request.setdefault((letter["campaign"], letter["agency"]), []).append(letter)
    requests = []
    accepted, offices = {}, {}
    senders = {untagged(row["mail_from"]) for rows in by_request.values() for row in rows}
    for (campaign, agency), rows in by_request.items():
        ids = tuple(row["message_id"] for row in rows)
        text = "\n".join(_letter_text(row["raw"]) for row in rows)
        first = rows[0]
        moments = sorted(datetime.fromisoformat(row["accepted_at"]) for row in rows if row["accepted_at"])
        days = frozenset(moment.date() for moment in moments)  # stored in the study's time zone
        requests.append(
            scoring.Sent(
                campaign, agency, first["token"], ids, first["rcpt"], first["subject"], text, days,
                campaign in secret, first["mail_from"], office := _addressee(first["raw"]),
            )
        )  # fmt: skip
        accepted[campaign, agency] = tuple(moments)
        if names := taken_for_another(office, vocabulary):
            offices[campaign, agency] = names
    sent = {campaign for campaign, _ in by_request}
    asked = {file.id: _asked(file.protocol, file.id, vocabulary) for file in files if file.id in sent}
    servers = frozenset(map(registrable, messages.mail_servers(private)))
    return SentLetters(
        _index(tuple(requests), vocabulary), messages.own_ids(private), frozenset(senders), accepted, asked,
        messages.threads(private), servers, offices, vocabulary=vocabulary,
    )  # fmt: skip


@lru_cache(maxsize=64)
def _asked(protocol: str, campaign: str, vocabulary: Vocabulary) -> tuple[RequestedDocument, ...]:
    """Return the documents that a campaign asks for; its protocol was frozen at approval."""
    said = words(vocabulary)
    return tuple(requested(document.name, said) for document in parse(protocol, f"campaign {campaign}").documents)


_index = lru_cache(maxsize=2)(scoring.index)  # cached: a watcher need not index the same letters for each reply


@lru_cache(maxsize=1024)
def _letter_text(raw: bytes) -> str:
    """Return the words of a letter of ours; cached, so that a watcher need not parse all letters for each reply."""
    return parser.parse(raw).full_text


@lru_cache(maxsize=4096)
def _addressee(raw: bytes) -> str:
    """Return the name of the office to which a letter of ours went, as its To field has it."""
    to = BytesParser(policy=SMTP).parsebytes(raw[:HEAD], headersonly=True)["to"]
    return to.addresses[0].display_name if to and to.addresses else ""
