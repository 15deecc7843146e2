"""What a message is, by ordered rules; each result names its rule and the words that made it fire.

The rules propose, a person disposes: whatever is not clear is UN (or O1 where a link leads nowhere in particular),
never an answer. A message is an answer only with substance: figures or documents, or a link to the very document.
"""

import re
from dataclasses import dataclass

from mailroom import auto_replies, automatic, permanence, phrases, quoting
from mailroom.automatic import find, normal
from mailroom.leaves import TOO_DEEP
from mailroom.links import Target, named, target
from prober import documents, needles
from prober.correspondence import SUBSTANTIVE, Attachment, Event, Recipient, Reply
from prober.documents import FLAGGED
from prober.vietnamese import fold

_AT_ONCE = "auto.timing"
# Marks of a robot that a person's letter may bear: only what says nothing of its own is taken for a robot's.
_WEAK = frozenset({"auto.return_path", "auto.sender", _AT_ONCE})
_SAYS_LITTLE = frozenset({Event.HUMAN_ACK, Event.UNCLEAR, Event.EMPTY, Event.OTHER})
# What a system says with its receipt: where a request goes, how long it takes, which form it wants.
_SAID_BY_SYSTEMS = frozenset({Event.TRANSFER_INSIDE, Event.EXTENSION, Event.ASKS_FORM})
AUTO_SECONDS = 90  # nobody reads and answers within a minute and a half
MAX_READ = 60_000  # characters of each text that phrase rules look at
_FLAG = FLAGGED.partition("{")[0]


@dataclass(frozen=True, slots=True)
class Context:
    """What the rules need to know besides the message. `seconds` since our letter was accepted, None if unknown."""

    own_ids: frozenset[str] = frozenset()
    matched: bool = False
    seconds: float | None = None
    own_addresses: frozenset[str] = frozenset()  # lower case, without +TOKEN


@dataclass(frozen=True, slots=True)
class Classification:
    event: Event
    rule: str
    words: str


@dataclass(frozen=True, slots=True)
class Signs:
    """What the words of a human message contain; each field is the words found, or ""."""

    objection: str
    refusal: str
    reason: str
    away: str
    form: str
    purpose: str
    extension: str
    inside: str
    acknowledged: str
    published: str
    partial: str
    gives: str
    substance: str
    link: str  # the first link that leads to a document
    vague_link: str  # the first that leads to a section or home page


def classify(reply: Reply, bounce: list[Recipient], context: Context) -> Classification:
    """The event class of one message. `bounce` is what bounces.examine said of it."""
    machine = automatic.own_copy(reply, context.own_ids) or _bounce(bounce)
    machine = machine or automatic.own_letter(reply, context.own_addresses)
    for rule in automatic.AUTOMATIC_RULES:
        machine = machine or rule(reply)
    if machine:
        return _clipped(*machine)
    human = _human(reply)
    answer = auto_replies.first(auto_replies.ANSWER_RULES, reply)
    marked = answer or auto_replies.first(auto_replies.MACHINE_RULES, reply) or _at_once(context)
    if marked and not answer and _is_persons(human.event, marked[1]):
        return human
    if marked and human.event in SUBSTANTIVE:
        # Ticket systems send a person's answer with a robot's header.
        return _clipped(Event.UNCLEAR, "unclear.automatic_answer", f"{marked[2]} / {human.words}")
    if marked and not answer and human.event != Event.HUMAN_ACK and auto_replies.carries_answer(reply):
        return human
    if marked and (answer or marked[1] == _AT_ONCE or context.matched or auto_replies.answers_us(reply)):
        return _clipped(*marked)
    junk = automatic.spam(reply)
    if junk and not (context.matched and junk[1] in ("spam.words", "spam.precedence")):
        return _clipped(*junk)
    return _clipped(Event.OTHER, "other.notice", marked[2]) if marked else human


def _is_persons(event: Event, mark: str) -> bool:
    """Whether a letter of this class is a person's although it bears the `mark` of any machine."""
    if event in SUBSTANTIVE | _SAYS_LITTLE:
        return False
    return mark in _WEAK or event not in _SAID_BY_SYSTEMS


def _bounce(bounce: list[Recipient]) -> automatic.Finding | None:
    if not bounce:
        return None
    words = "; ".join(f"{entry.address} {entry.status} {entry.diagnostic}".strip() for entry in bounce)
    if all(entry.permanence == permanence.DELIVERED for entry in bounce):
        return Event.READ_RECEIPT, "bounce.delivered", words
    worst = next(
        (p for p in (permanence.DEAD, permanence.BLOCKED) if any(e.permanence == p for e in bounce)), "temporary"
    )
    return Event.BOUNCE, f"bounce.{worst}", words


def _at_once(context: Context) -> automatic.Finding | None:
    if context.seconds is None or not 0 <= context.seconds <= AUTO_SECONDS:
        return None
    return Event.AUTO_ACK, _AT_ONCE, f"{context.seconds:.0f} s after our letter"


def _human(reply: Reply) -> Classification:
    files = tuple(a for a in reply.attachments if _is_document(a))
    if not reply.text and not files and TOO_DEEP in reply.defects:
        return Classification(Event.UNCLEAR, "unclear.unreadable", TOO_DEEP)
    if not reply.text and not files:
        if reply.full_text.strip():
            return Classification(Event.EMPTY, "empty.only_quoted", "")
        return Classification(Event.EMPTY, "empty.no_text", "")
    signs = read(reply, files)
    for event, rule, words in _ladder(signs, files):
        if words:
            return _clipped(event, rule, words)
    return Classification(Event.UNCLEAR, "unclear.no_rule", "")


def _ladder(s: Signs, files: tuple[Attachment, ...]) -> tuple[tuple[Event, str, str], ...]:
    """The order of the human classes. The first row with words wins; this table is the policy."""
    gives = s.gives and s.substance
    answer = gives or s.link
    short = s.refusal or s.away or s.partial
    reasoned = f"{s.refusal} / {s.reason}" if s.refusal and s.reason and not s.away else ""
    return (
        (Event.OBJECTION, "objection", s.objection if not gives else ""),
        (Event.PARTIAL, "partial.some_given", f"{answer} / {short}" if answer and short and not s.form else ""),
        # Giving and asking for a form in one letter contradict each other: a person reads it.
        (Event.UNCLEAR, "unclear.gives_and_asks", f"{answer} / {s.form}" if answer and s.form else ""),
        (Event.FULL, "full.given", f"{s.gives} / {s.substance}" if gives else ""),
        (Event.LINK, "link.document", s.link),
        (Event.ASKS_FORM, "asks.form", s.form if "từ chối" not in s.refusal else ""),
        (Event.REFUSAL_REASONED, "refusal.reasoned", reasoned),
        (Event.TRANSFER_AWAY, "transfer.away", s.away),
        (Event.ASKS_PURPOSE, "asks.purpose", s.purpose),
        (Event.EXTENSION, "extension", s.extension if "từ chối" not in s.refusal else ""),
        (Event.REFUSAL, "refusal.bare", s.refusal),
        (Event.OTHER, "link.no_document", f"{s.published} / {s.vague_link}" if s.vague_link and s.published else ""),
        (Event.UNCLEAR, "unclear.document", f"{s.gives} / {files[0].name}" if files and s.gives else ""),
        (Event.TRANSFER_INSIDE, "transfer.inside", s.inside),
        (Event.HUMAN_ACK, "acknowledged", s.acknowledged),
        (Event.OTHER, "published.no_link", s.published),
    )  # fmt: skip


def read(reply: Reply, files: tuple[Attachment, ...]) -> Signs:
    """Every sign in the sender's own words and in the text of the attached documents."""
    own = normal(reply.text[:MAX_READ])
    attached = normal("\n".join(_read_of(a)[:MAX_READ] for a in files))
    subject = "" if quoting.repeats(reply.subject) else normal(reply.subject)
    text = "\n".join(part for part in (subject, own, attached) if part)
    letter = _letter_only(text)
    links = named(reply.text, files)
    published = find(phrases.PUBLISHED, text)
    return Signs(
        objection=find(phrases.OBJECTION, own),
        refusal=find(phrases.REFUSAL, text),
        reason=find(phrases.REASON, text),
        away=find(phrases.AWAY, text),
        form=find(phrases.FORM, text),
        purpose=find(phrases.PURPOSE, text),
        extension=find(phrases.EXTENSION, text),
        inside=find(phrases.INSIDE, _sentences_without(text, phrases.CONTACT)),
        acknowledged=find(phrases.ACKNOWLEDGED, text),
        published=published,
        partial=find(phrases.PARTIAL, _sentences_without(letter, phrases.GREETING)),
        gives=find(phrases.GIVES, _sentences_without(letter, phrases.NOT_NOW)),
        substance=_substance(text, files),
        link=next((url for url in links if target(url) == Target.DOCUMENT), "") if published else "",
        vague_link=next((url for url in links if target(url) in (Target.HOME, Target.SECTION)), ""),
    )


def _letter_only(text: str) -> str:
    """Without the sentences that name subject and addressees of a công văn: "V/v cung cấp thông tin" gives nothing."""
    return re.sub(r"(?m)^[ \t]*(?:kính gửi|nơi nhận|v/v|về việc)\b(?:[^.!?\n]|\.(?=\S))*[.!?]?", "", text)


def _sentences_without(text: str, patterns: tuple[str, ...]) -> str:
    possible = [[p for p in needles.phrases(patterns, plain) if p.may_be_in(text)] for plain in (False, True)]
    pieces = re.split(r"(?<=[.;?!])\s+|\n", text)
    return "\n".join(piece for piece in pieces if not any(p.search(piece) for p in possible[piece.isascii()]))


def _substance(text: str, files: tuple[Attachment, ...]) -> str:
    """Figures in the text, or a document attached that is no form and no covering letter without content."""
    figures = re.findall(fold(phrases.FIGURE) if text.isascii() else phrases.FIGURE, text)
    if len(figures) >= 2:
        return ", ".join(figures[:3])
    if named := find(phrases.ITEM, text):
        return named
    for attached in files:
        # Encrypted, broken, a bomb: a person must look. A scan is a document like any other, in an archive too.
        if not attached.scanned and documents.faulty(attached.text):
            continue
        words = normal(f"{attached.name} {_read_of(attached)[:4000]}")
        if not re.search(
            r"phiếu (?:yêu cầu|tiếp nhận)|mẫu (?:số )?0[1-6]|giấy (?:tiếp nhận|mời|hẹn)|phieu[-_ ]?yeu|mau[-_ ]?0?1",
            words,
        ):
            return attached.name
    return ""


def _read_of(attached: Attachment) -> str:
    """Its text, without a note of ours that there is none."""
    return "" if attached.text.startswith(_FLAG) else attached.text


def _is_document(attached: Attachment) -> bool:
    """Not a logo, a vCard, a key or a message that came along."""
    if attached.media_type.startswith("image/"):
        return attached.scanned
    return attached.media_type not in (
        "message/rfc822",
        "text/vcard",
        "text/x-vcard",
        "application/pgp-keys",
        "message/global",
    )


def _clipped(event: Event, rule: str, words: str) -> Classification:
    return Classification(event, rule, " ".join(words.split())[:300])
