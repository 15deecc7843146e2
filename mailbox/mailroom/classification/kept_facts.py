"""Find the facts of a message that are kept in addition to its class (`MessageDetail`).

A new fact needs a field of prober.domain.correspondence.MessageDetail and one line of `kept` here.

Of a công văn the head and foot are read: number, date and place, addressee, and the office that signs. The letterhead
has two columns: in the text of a document they follow each other, or are side by side in one line. Fields that are
filled in by hand are often blank. The date of the document is evidence only; times are counted from the arrival.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import ClassVar

from mailroom.classification import links_in_reply
from mailroom.classification.bounces import delivery_reports
from mailroom.mime import parser
from mailroom.mime.headers import untagged
from prober.domain.correspondence import AUTOMATIC, REFUSALS, Event, Letterhead, MessageDetail, Recipient, Reply
from prober.domain.hostnames import MAIL_ADDRESS
from prober.studies import packs
from prober.text.patterns import linear
from prober.text.vietnamese import lines
from prober.text.words import Vocabulary, Words, caught, find, normal

_REST = linear(r"\s*+(:?)\s*(.{3,200})((?:\n+[ ]*[-–+•]\s*.{3,150}){0,5})", re.IGNORECASE)
_BULLET = linear(r"^[\s\-–+•]+|(?<![\s.,;:])[\s.,;:]+$")
_COLUMNS = linear(r"\t+|[ \u00a0]{3,}")
_DIGITS = linear(r"\d{1,4}")
_HEAD_LINES = 30  # lines that are searched for number and date if no addressee ends the head
_MOST_ADDRESSED = 4
_LONGEST_OFFICE = 100
_OFFICE_LINES = 4  # most lines of a signer


@dataclass(frozen=True, slots=True, eq=False)
class LetterheadWords:
    """Hold the words of head and foot of an official letter, from the packs: patterns for text as written."""

    TABLE: ClassVar = "letterhead"
    number: re.Pattern[str]  # catches the number of a letter: digits, a slash and the marks of the office
    place_and_day: re.Pattern[str]  # its day with the place before it; day, month and year in digits
    day: re.Pattern[str]  # the same in a line of its own
    addressed: re.Pattern[str]  # what stands before the addressee
    titles: tuple[str, ...]  # one of them is in every title of a signer
    office: re.Pattern[str]  # all of a line in capitals that names the signer's office
    on_behalf: re.Pattern[str]  # catches what means "on behalf of", where a dot and no blank follow it
    copies: tuple[str, ...]  # first words of the left column at the foot: who gets a copy
    filed: re.Pattern[str]  # catches the number that an office gave to a request


@dataclass(frozen=True, slots=True, eq=False)
class NoticeWords:
    """Hold the words of a notice, from the packs: patterns for prepared text."""

    TABLE: ClassVar = "notice"
    new_address: tuple[str, ...]


def read(reply: Reply, words: Words) -> Letterhead:
    """Return the letterhead with the most fields of an attached document or of the text; of equal ones the first."""
    known = words.table(LetterheadWords)
    texts = [*(a.text[:20_000] for a in reply.attachments if a.media_type != "message/rfc822"), reply.text[:20_000]]
    fullest = max((_of(text, known) for text in texts), key=lambda head: sum(map(bool, astuple(head))))
    filed = known.filed.search("\n".join(texts))
    return replace(fullest, filed_as=caught(filed) if filed else "")


def _of(text: str, known: LetterheadWords) -> Letterhead:
    text = lines(_COLUMNS.sub("\n", text))
    head, letter = _parted(text, known)
    return Letterhead(
        number=_number(head, known),
        dated=_iso(known.place_and_day.search(head) or known.day.search(head)),
        addressed_to=_addressee(letter, known),
        signer=_signer(letter, known),
    )


def _number(head: str, known: LetterheadWords) -> str:
    found = known.number.search(head) if "/" in head else None
    if not found:
        return ""
    digits, _, marks = caught(found).partition("/")
    return f"{digits.strip(' ._…')}/{''.join(marks.split()).rstrip('.')}"


def _parted(text: str, known: LetterheadWords) -> tuple[str, str]:
    """Return the text above the addressee, and the letter from the addressee on.

    The mail above a letter may have an addressee too; the one below a document number is preferred.
    """
    starts = [found.start() for found in islice(known.addressed.finditer(text), _MOST_ADDRESSED)]
    if not starts:
        return "\n".join(text.split("\n", _HEAD_LINES)[:_HEAD_LINES]), text
    heads = [text[before:start] for before, start in zip([0, *starts], starts, strict=False)]
    chosen = next((n for n, head in enumerate(heads) if known.number.search(head)), 0)
    return heads[chosen], text[starts[chosen] :]


def _addressee(text: str, known: LetterheadWords) -> str:
    """Return the addressee, or all of a list separated by "; "; "" if there is none."""
    found = next(filter(None, (_REST.match(text, before.end()) for before in known.addressed.finditer(text))), None)
    if not found:
        return ""
    to = found[2] if found[1] else found[2].partition(",")[0]  # without a colon a sentence may follow the comma
    listed = to.lstrip().startswith(("-", "–", "+", "•"))
    others = [_BULLET.sub("", line) for line in found[3].split("\n") if line.strip()] if listed else []
    return "; ".join([_BULLET.sub("", to), *others])[:200]


def _signer(text: str, known: LetterheadWords) -> str:
    """Return the lines that are titles of offices and nothing else; lines of the left column may come between them."""
    found: list[str] = []
    since = 0
    if not any(map(text.__contains__, known.titles)):
        return ""
    for line in map(str.strip, text.split("\n")):
        on_the_left = line.startswith(("-", *known.copies))
        office = (line.replace(";", ":").rpartition(":")[2] if on_the_left else line).strip(",. ")
        if len(office) < _LONGEST_OFFICE and office.isupper() and known.office.fullmatch(office):
            found.append(office)
            since = 0
        elif found and line and not on_the_left:
            break
        since += bool(line)
        if found and (since > _OFFICE_LINES or len(found) == _OFFICE_LINES):
            break
    return " ".join(known.on_behalf.sub(lambda match: f"{caught(match)}. ", line) for line in found)


def _iso(found: re.Match[str] | None) -> str:
    try:
        day, month, year = map(int, _DIGITS.findall(found[0])[-3:]) if found else (0, 0, 0)
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


MOST_LINKS = 50  # links of one message that are kept
MOST_REFERENCES = 50
# Classes of messages that a person may code as a refusal; in others the search for grounds is not worth its time.
MAY_REFUSE = REFUSALS | {Event.PARTIAL, Event.TRANSFER_AWAY, Event.OTHER, Event.UNCLEAR}
# Classes of messages that may announce a new address. A referral names a mailbox too, but that of another body.
MAY_MOVE = frozenset(
    {Event.AUTO_ACK, Event.BOUNCE, Event.OTHER, Event.UNCLEAR, Event.HUMAN_ACK, Event.TRANSFER_INSIDE, Event.SPAM}
)
_GROUNDS = "grounds"  # a table of the packs: point of law → phrases for prepared text
_READ = 4_000  # first characters of a letter, in which a new address is announced


def kept(
    reply: Reply, bounce: Sequence[Recipient], event: Event, received_at: datetime, vocabulary: Vocabulary
) -> MessageDetail:
    """Return the facts that are kept of `reply`, of class `event`; `bounce` has the entries of a delivery report."""
    words = packs.words(vocabulary)
    return MessageDetail(
        recipients=tuple(bounce),
        undelivered=delivery_reports.undelivered(bounce),
        links=tuple(reply.links[:MOST_LINKS]),
        answer_links=_answer_links(reply) if event not in AUTOMATIC else (),
        defects=tuple(filter(None, (*reply.defects, parser.skew(reply.date, received_at)))),
        from_name=reply.from_name,
        date=reply.date.isoformat() if reply.date else None,
        content=_content(reply),
        new_addresses=new_addresses(reply, words) if event in MAY_MOVE else (),
        grounds=refusal_grounds(reply, words, vocabulary.grounds) if event in MAY_REFUSE else (),
        letterhead=_letterhead(reply, words) if event != Event.OWN_COPY else Letterhead(),
        authentication=reply.header(parser.CHECKED)[:500],
        embedded_ids=reply.embedded_ids,
        references=reply.references[:MOST_REFERENCES],
    )


def sureness(reply: Reply) -> float:
    """Return the least confidence (0.0 to 1.0) of the recognised scans; 0.0 if there are none."""
    return min((a.confidence for a in reply.attachments if a.confidence), default=0.0)


def _letterhead(reply: Reply, words: Words) -> Letterhead:
    return replace(read(reply, words), confidence=sureness(reply) or None)


def _answer_links(reply: Reply) -> tuple[str, ...]:
    return tuple(links_in_reply.named(reply.text, reply.attachments)[:MOST_LINKS])


def _content(reply: Reply) -> str:
    """Return a hash of the content, without the headers of its delivery: a second delivery has the same hash."""
    parts = (
        reply.message_id,
        reply.from_address,
        reply.subject,
        reply.full_text,
        *(a.sha256 for a in reply.attachments),
    )
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def refusal_grounds(reply: Reply, words: Words, citations: Sequence[tuple[str, str]] = ()) -> tuple[str, ...]:
    """Return the points of law in the sender's words and files, such as "6" or "28.1b": cited, or put in words.

    The phrases are those of the table `grounds` of the packs. Of `citations`, those of the study's law
    (prober.studies.law), each counts that the letter has in the words of the law.toml. Only a refusal has grounds: the
    same words in another letter mean something else.
    """
    text = normal("\n".join((reply.text, *(a.text for a in reply.attachments))))
    found = {point for point, phrases in words.tables.get(_GROUNDS, {}).items() if find(phrases, text)}
    found |= {point for said, point in citations if _cites(text, normal(said))}
    return tuple(sorted(found))


def _cites(text: str, point: str) -> bool:
    """Return True if `point` stands in `text` as a whole: "section 12" in "section 12(1)", not in "section 120".

    >>> _cites("under section 12(1) of the act", "section 12"), _cites("in section 120", "section 12")
    (True, False)
    """
    at = text.find(point)
    while at >= 0:
        around = text[at - 1 : at] + text[at + len(point) : at + len(point) + 1]
        if not any(map(str.isalnum, around)):
            return True
        at = text.find(point, at + 1)
    return False


def new_addresses(reply: Reply, words: Words) -> tuple[str, ...]:
    """Return the addresses in a letter that announces a new or closed mailbox, without the sender's and our own.

    At most five; those in the sender's own domain come first, because a notice may name other contacts too. They are
    only shown to a person: an incoming mail never changes an address that we send to.
    Source: docs/reference/mail-edge-cases.md, row 54.
    """
    text = normal(reply.text[:_READ])
    if "@" not in text or not find(words.table(NoticeWords).new_address, text):
        return ()
    known = {untagged(address) for address in (reply.from_address, *reply.to)}
    found = [address.rstrip(".-") for address in MAIL_ADDRESS.findall(text)]
    new = [address for address in dict.fromkeys(found) if untagged(address) not in known]
    home = reply.from_address.rpartition("@")[2].lower()
    return tuple(sorted(new, key=lambda address: address.rpartition("@")[2] != home))[:5]
