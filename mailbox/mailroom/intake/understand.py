"""Understand one message: parse it, read its delivery reports, match it to the sent letters and classify it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

from mailroom.classification import kept_facts, rules, second_opinion
from mailroom.classification.bounces import delivery_reports
from mailroom.classification.machine_mail import own_copy
from mailroom.classification.rules import RuleContext
from mailroom.classification.sentences import Names, as_ours
from mailroom.matching import authentication, scoring
from mailroom.mime import parser
from prober.documents.conversion import EXACT
from prober.documents.notes import note
from prober.documents.ocr import Recognised
from prober.domain.correspondence import Attachment, Dmarc, Event, MessageDetail, Reply, Understood
from prober.domain.requested_documents import RequestedDocument, requested
from prober.studies.packs import words
from prober.text.words import Vocabulary

DISOWNED = "the sender's domain disowns it (DMARC)"  # a defect; forwarding can cause this for honest mail
MOST_CANDIDATES = 20  # of one message that are kept
Scans = Mapping[str, Recognised]  # hash of a scanned file → the words recognised in it


@dataclass(frozen=True, slots=True)
class Stored:
    """Hold a message as in private.db, with the words recognised in its scanned files."""

    raw: bytes
    received_at: datetime
    scans: Scans = field(default_factory=dict)
    authserv_ids: frozenset[str] = frozenset()  # names under which the servers that hold it write what they checked
    sha256: str = ""  # of `raw`, where it is known


@dataclass(frozen=True)
class SentLetters:
    """Hold all sent letters, indexed for matching, and when each was accepted."""

    index: scoring.RequestIndex
    own_ids: frozenset[str]
    own_addresses: frozenset[str]
    accepted: dict[tuple[str, str], tuple[datetime, ...]]
    asked: Mapping[str, tuple[RequestedDocument, ...]] = field(default_factory=dict)  # campaign → its documents
    threads: scoring.Threads = field(default_factory=dict)
    servers: frozenset[str] = frozenset()  # domains of our mail servers
    # (campaign, agency) → how the office writes its name, where the words of letters take it for another body
    offices: Mapping[tuple[str, str], Names] = field(default_factory=dict)
    vocabulary: Vocabulary = field(kw_only=True)  # of the study


def reader_version(vocabulary: Vocabulary) -> str:
    """Return the version of the code that reads letters; after a + a mark of the study's own words, if it has any."""
    return f"{parser.PARSER}+{vocabulary.own.mark[:16]}" if vocabulary.own.mark else parser.PARSER


_SAYS_NOTHING = """From: van-thu@tinh.gov.test
Subject: Tin
Content-Type: text/plain; charset=utf-8

Sở xin báo để quý vị rõ.
""".encode()


@cache
def warm(vocabulary: Vocabulary) -> None:
    """Read a letter that says nothing: every rule looks for its words, and has them compiled and its lists loaded."""
    nobody = SentLetters(scoring.index((), vocabulary), frozenset(), frozenset(), {}, vocabulary=vocabulary)
    understand(Stored(_SAYS_NOTHING, datetime.min), nobody)
    reply = parser.parse(_SAYS_NOTHING)
    signals = rules.signals_of(reply, vocabulary)
    rules.documents(Event.UNCLEAR, (requested("Dự toán năm 2020", words(vocabulary)),), signals)


def understand_all(stored: Sequence[Stored], sent: SentLetters) -> list[Understood]:
    """Return the analysis of each message, in their order."""
    return [understand(message, sent) for message in stored]


def understand(message: Stored, sent: SentLetters) -> Understood:
    """Return the analysis of one message. An error becomes a poison row, which a person looks at; nothing raises."""
    try:
        return _understood(_read(message, sent.own_ids), message, sent)
    except Exception as error:
        return poison(message, sent, f"{type(error).__name__}: {error}")


def poison(message: Stored, sent: SentLetters, error: str) -> Understood:
    """Return the row of a message that cannot be understood, so that a person looks at it."""
    sha256 = message.sha256 or hashlib.sha256(message.raw).hexdigest()
    return Understood(
        sha256, message.received_at.isoformat(), "", "", "", Event.UNCLEAR.value, "poison", "", MessageDetail(),
        reader_version(sent.vocabulary), error=error[:500],
    )  # fmt: skip


def _read(message: Stored, own_ids: frozenset[str]) -> Reply:
    """Return a message as a Reply. A copy of our own letter, known by its Message-ID, is read by its header alone."""
    known = message.raw, message.sha256
    if parser.message_id(message.raw) in own_ids and own_copy(heading := parser.heading(*known), own_ids):
        return heading
    return parser.parse(*known)


def _understood(reply: Reply, message: Stored, sent: SentLetters) -> Understood:
    """Return the analysis of a parsed message.

    Recognised words are used only for the letterhead and the proposed class, never for a match or for the class that
    counts; those of a file that LibreOffice converted are no guess and count as any others.
    """
    reply = with_scans(reply, {file: found for file, found in message.scans.items() if found.confidence == EXACT})
    own = own_copy(reply, sent.own_ids)  # proved by its Message-ID, so it is neither a bounce nor matched
    bounce = [] if own else delivery_reports.examine(reply)
    dmarc = authentication.dmarc(reply, message.authserv_ids)
    candidates = [] if own else scoring.match(reply, sent.index, dmarc, sent.threads)
    candidates = authentication.proved(candidates[:MOST_CANDIDATES], reply, dmarc, sent.index, sent.own_addresses)
    belongs = scoring.chosen(candidates)
    asked = sent.asked.get(belongs[0].campaign, ()) if len(belongs) == 1 else ()
    context = RuleContext(
        sent.own_ids, bool(belongs), _seconds(belongs, message.received_at, sent), sent.own_addresses, asked,
        vocabulary=sent.vocabulary,
    )  # fmt: skip
    office = sent.offices.get((belongs[0].campaign, belongs[0].agency), ()) if len(belongs) == 1 else ()
    signals = rules.signals_of(as_ours(reply, office, sent.vocabulary), sent.vocabulary)
    label = rules.classify(reply, bounce, context, signals)
    chosen = authentication.counted(belongs, label.event, label.rule, reply, dmarc, sent.index, sent.servers)
    read = with_scans(reply, message.scans)
    signals = (
        rules.signals_of(as_ours(read, office, sent.vocabulary), sent.vocabulary) if read is not reply else signals
    )
    proposed = rules.classify(read, bounce, context, signals) if read is not reply else label
    if proposed != label:
        proposed = replace(proposed, rule=f"scan {kept_facts.sureness(read):.0%}: {proposed.rule}")
    known = second_opinion.LANGUAGES & set(sent.vocabulary.languages)
    opinion = second_opinion.opinion(read, proposed.event) if known else None
    facts = kept_facts.kept(read, bounce, proposed.event, message.received_at, sent.vocabulary)
    return Understood(
        sha256=reply.sha256,
        received_at=message.received_at.isoformat(),
        message_id=reply.message_id,
        subject=reply.subject[:500],
        from_address=reply.from_address,
        event=proposed.event.value,
        rule=proposed.rule,
        words=proposed.words,
        detail=replace(
            facts,
            documents=rules.documents(proposed.event, asked, signals),
            opinion=opinion.event.value if opinion else "",
            opinion_margin=round(opinion.margin, 6) if opinion else 0.0,
            dmarc=dmarc.value,
            defects=(*facts.defects, DISOWNED) if dmarc is Dmarc.FAIL else facts.defects,
        ),
        parser=reader_version(sent.vocabulary),
        attachments=read.attachments,
        event_without_scans=label.event.value if label.event != proposed.event else "",
        signed=bool(reply.header("DKIM-Signature")),
        candidates=[(c.campaign, c.agency, c.score, c.reasons, c in chosen, c.proof) for c in candidates],
    )


def _seconds(chosen: list[scoring.Candidate], received_at: datetime, sent: SentLetters) -> float | None:
    """Return the seconds from our last letter to the message, if it answers exactly one request; else None."""
    if len(chosen) != 1:
        return None
    before = [at for at in sent.accepted.get((chosen[0].campaign, chosen[0].agency), ()) if at <= received_at]
    return (received_at - before[-1]).total_seconds() if before else None


def with_scans(reply: Reply, scans: Scans) -> Reply:
    """Return `reply` with the words recognised in its scanned files; `reply` itself if there are none."""
    if not any(a.scanned and a.sha256 in scans for a in reply.attachments):
        return reply
    read = (_recognised(a, scans[a.sha256]) if a.scanned and a.sha256 in scans else a for a in reply.attachments)
    return replace(reply, attachments=tuple(read))


def _recognised(attached: Attachment, found: Recognised) -> Attachment:
    text = found.text or note("not_recognised", found.fault)
    return replace(attached, text=text, confidence=found.confidence)
