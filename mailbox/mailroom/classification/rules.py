"""Classify a message by ordered rules; each result names its rule and the words that the rule found.

The rules propose and a person decides: an unclear message is UN (or O1 if a link leads to no document), never an
answer. A message is an answer only if it has figures, documents, or a link to the document itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from mailroom.classification import documents_given, links_in_reply, machine_mail
from mailroom.classification.bounces import permanence
from mailroom.classification.bounces.forwarded_reports import passed_on
from mailroom.classification.document_clauses import with_years
from mailroom.classification.sentences import TurnWords, by_writer, hardly_accented, sentences
from mailroom.classification.text_signals import TextSignals
from mailroom.mime import body_text
from mailroom.mime.tree import TOO_DEEP
from prober.domain.correspondence import (
    AUTOMATIC,
    HELD,
    PASSED_ON,
    SUBSTANTIVE,
    Attachment,
    DocumentState,
    Event,
    Recipient,
    Reply,
)
from prober.domain.requested_documents import RequestedDocument
from prober.studies import packs
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Vocabulary, find, normal

_AT_ONCE, _BULK = "auto.timing", "auto.bulk"
# Marks of a program that a person's letter may have too: they decide only for a message that says little itself.
_WEAK = frozenset(
    {"auto.return_path", "auto.sender", machine_mail.COURTESY, machine_mail.THANKS, machine_mail.MARK, _AT_ONCE, _BULK}
)
_SAYS_LITTLE = frozenset({Event.HUMAN_ACK, Event.UNCLEAR, Event.EMPTY, Event.OTHER})
# Classes that a system may state in its receipt: where a request goes, how long it takes, which form it needs.
_SAID_BY_SYSTEMS = frozenset({Event.TRANSFER_INSIDE, Event.EXTENSION, Event.ASKS_FORM})
# Classes that no absence notice has.
_NEVER_LEFT = SUBSTANTIVE | {
    Event.ASKS_FORM,
    Event.ASKS_PURPOSE,
    Event.OBJECTION,
    Event.REFUSAL_REASONED,
    Event.TRANSFER_AWAY,
}
_WEAK_RULE = "hint."  # begins the name of every rule that rests on a weak phrase
_WEAK_PHRASES = {
    "secret": Event.REFUSAL_REASONED, "papers": Event.ASKS_FORM, "who": Event.ASKS_PURPOSE,
    "which": Event.ASKS_PURPOSE, "body": Event.TRANSFER_AWAY, "later": Event.EXTENSION,
    "passed": Event.TRANSFER_INSIDE, "denied": Event.REFUSAL,
}  # fmt: skip
# What a letter may ask or refuse beside a file that was not asked for.
_SAID_BESIDE = frozenset((Event.ASKS_FORM, Event.ASKS_PURPOSE, Event.REFUSAL, Event.REFUSAL_REASONED))
# Classes of a letter that gives nothing yet; what it refuses of several documents weighs more.
_NOT_YET = frozenset((Event.EXTENSION, Event.TRANSFER_AWAY))
_BESIDE_THE_POINT = frozenset(("other.matter", "other.law", "other.address"))
_TOO_WEAK = frozenset(("hint.papers", "hint.secret", "hint.denied"))
_RULES_OF_OTHERS = {Event.OTHER: "other", Event.UNCLEAR: "unclear"}
_NO_RULE = "unclear.no_rule"
_AUTOMATIC = linear(machine_mail.MACHINES.of("says_automatic")[0])
AUTO_SECONDS = 90  # no person reads and answers within a minute and a half


Row = tuple[Event, str, str]  # event, rule, words


@dataclass(frozen=True, slots=True)
class RuleContext:
    """Hold what the rules need to know besides the message.

    `seconds` is the time since our letter was accepted, None if unknown.
    """

    own_ids: frozenset[str] = frozenset()
    matched: bool = False
    seconds: float | None = None
    own_addresses: frozenset[str] = frozenset()  # lower case, without +TOKEN
    asked: tuple[RequestedDocument, ...] = ()  # the documents of the request that it answers
    vocabulary: Vocabulary = field(kw_only=True)  # of the study


@dataclass(frozen=True, slots=True)
class Classification:
    event: Event
    rule: str
    words: str


def classify(
    reply: Reply, bounce: list[Recipient], context: RuleContext, signals: TextSignals | None = None
) -> Classification:
    """Return the class of one message. `bounce` is the result of delivery_reports.examine.

    `signals` are those of `reply`, where another question about it follows: so they are searched once.
    """
    signals = signals or signals_of(reply, context.vocabulary)
    said = _complete(_classified(reply, bounce, context, signals), context, signals)
    held = machine_mail.held(reply) if said.event == Event.AUTO_ACK else ""
    return _clipped(said.event, HELD, held) if held else said


def _complete(said: Classification, context: RuleContext, signals: TextSignals) -> Classification:
    """Return the class of an answer by the documents that were asked for."""
    if not context.asked:
        return said
    if other := _beside_the_point(said, context, signals):
        return other
    prolonged = said.event == Event.TRANSFER_AWAY and signals.find("prolonged")
    if prolonged and documents_given.extends_some(signals, context.asked):
        return _clipped(Event.EXTENSION, "extension.some", prolonged)
    if said.event in _NOT_YET and signals.refusal and documents_given.refuses_some(signals, context.asked):
        reason = signals.with_reason(signals.refusal)
        event = Event.REFUSAL_REASONED if reason else Event.REFUSAL
        return _clipped(event, "refusal.some", reason or signals.refusal)
    event = documents_given.completeness(signals, said.event, context.asked)
    if event == said.event:
        return said
    if event in (Event.UNCLEAR, Event.OTHER):
        if signals.attached and signals.find("leaflet"):
            alone = TextSignals(signals.reply, (), signals.phrases)
            return _complete(_human(alone, context), context, alone)
        shows = signals.attached or signals.link  # sums alone leave the letter what its words make it
        for row in _others(signals):
            beside = (row[0] in _SAID_BESIDE or row[1] in _BESIDE_THE_POINT) and row[1] not in _TOO_WEAK
            if row[2] and (beside or not shows):
                return _clipped(*row)
        event = Event.OTHER if event == Event.OTHER or signals.find("leaflet") else _of_others(signals)
        return Classification(event, f"{_RULES_OF_OTHERS[event]}.other_documents", said.words)
    return Classification(event, "partial.documents", said.words)


def _beside_the_point(said: Classification, context: RuleContext, signals: TextSignals) -> Classification | None:
    """Return O1 for a letter that says nothing but what it encloses, and that is a leaflet or another document."""
    # Thanks for a letter open one of any class; what is enclosed tells more.
    quiet = said.rule == _NO_RULE or (said.rule == "acknowledged" and _only_thanks(signals))
    beside_file = said.rule == "transfer.inside" and signals.attached
    if (quiet or beside_file) and documents_given.only_others(signals, context.asked):
        names = (*(file.name for file in signals.attached), *(url for url, _ in signals.answering_links))
        return _clipped(Event.OTHER, "other.other_documents", next(iter(names), signals.told_table))
    # Who thanks for the request and encloses how requests are handled has received it.
    received = said.rule != _NO_RULE and find(signals.phrases.of("our_matter"), normal(signals.reply.text))
    if quiet and not received and signals.reply.attachments and (leaflet := signals.find("leaflet")):
        return _clipped(Event.OTHER, "other.leaflet", leaflet)
    return None


def _only_thanks(signals: TextSignals) -> bool:
    """Return True if nothing but a sentence of thanks says that our letter was received."""
    polite = signals.phrases.words.table(TurnWords).polite
    lines = (line for part in signals.stated for line in part.split("\n") if not polite.match(fold(line)))
    return not any(find(signals.phrases.of("acknowledged"), line) for line in lines)


def _of_others(signals: TextSignals) -> Event:
    """Return the class of a letter that gives what was not asked for: other business if its files say so."""
    return Event.OTHER if signals.encloses_others else Event.UNCLEAR


def documents(event: Event, asked: tuple[RequestedDocument, ...], signals: TextSignals) -> tuple[DocumentState, ...]:
    """Return what a person's letter of class `event` says of each document that was asked for."""
    if not asked or event in AUTOMATIC:
        return ()
    return documents_given.states(signals, event, asked)


def signals_of(reply: Reply, vocabulary: Vocabulary) -> TextSignals:
    """Return the signals of a letter, none of them searched yet."""
    phrases = packs.phrases(vocabulary)
    whole = links_in_reply.with_colleague(reply, phrases.words.table(TurnWords))
    told = with_years(by_writer(whole, phrases), phrases.words)
    return TextSignals(told, tuple(filter(_is_document, reply.attachments)), phrases)


def _classified(reply: Reply, bounce: list[Recipient], context: RuleContext, signals: TextSignals) -> Classification:
    machine = machine_mail.own_copy(reply, context.own_ids) or _bounce(bounce, reply)
    machine = machine or machine_mail.own_letter(reply, context.own_addresses)
    for rule in machine_mail.AUTOMATIC_RULES:
        machine = machine or rule(reply)
    if machine:
        return _clipped(*machine)
    if answer := machine_mail.first(machine_mail.ANSWER_RULES, reply):
        return _answered(answer, context, signals)
    marked = machine_mail.first(machine_mail.MACHINE_RULES, reply) or _at_once(context) or _bulk(reply, context)
    if marked:
        return _marked(reply, marked, context, signals)
    return _junk(reply, context) or _human(signals, context)


def _answered(answer: machine_mail.Finding, context: RuleContext, signals: TextSignals) -> Classification:
    """Return the class of a message by which a program answers, or says that a person is away.

    An absent person may write nevertheless.
    """
    if machine_mail.challenges(signals.reply):  # its link confirms a sender and gives nothing
        return _clipped(*answer)
    away = answer[1] == machine_mail.AWAY
    human = _human(signals, context, only_answers=not away)
    if away and human.event in _NEVER_LEFT and not human.rule.startswith(_WEAK_RULE):
        return human
    # What answers by itself says where there is something to read; the answer of a person has other words.
    elsewhere = _says_so(signals) or signals.find("of_state")
    advertises = human.event in SUBSTANTIVE and not signals.given and elsewhere
    if human.event not in SUBSTANTIVE or advertises:
        return _clipped(*answer)
    return _of_both(answer, human, context, signals)


def _says_so(signals: TextSignals) -> bool:
    """Return True if a message that a program sent, by its headers, also says that it is an automatic one."""
    by_header = signals.reply.header("Auto-Submitted").lower().startswith("auto-replied")
    return by_header and bool(_AUTOMATIC.search(fold(f"{signals.reply.subject}\n{signals.reply.text}")))


def _marked(reply: Reply, marked: machine_mail.Finding, context: RuleContext, signals: TextSignals) -> Classification:
    """Return the class of a message with the mark of a program: that of a person who writes through it, or its own."""
    human = _human(signals, context)
    plainly = not human.rule.startswith(_WEAK_RULE)
    if plainly and (_is_persons(human.event, marked[1]) or _is_decision(signals, human)):
        return human
    if human.event in SUBSTANTIVE:
        by_hand = marked[1] == machine_mail.COURTESY and (context.matched or machine_mail.answers_us(reply))
        return human if by_hand else _of_both(marked, human, context, signals)
    if human.event != Event.HUMAN_ACK and machine_mail.carries_answer(reply):
        return human
    if marked[1] == _AT_ONCE and signals.attached:  # haste alone hides no document from a person
        return human
    if marked[1] == _AT_ONCE or context.matched or machine_mail.answers_us(reply):
        return _clipped(*marked)
    return _junk(reply, context) or _clipped(Event.OTHER, "other.notice", marked[2])


def _of_both(
    machine: machine_mail.Finding, human: Classification, context: RuleContext, signals: TextSignals
) -> Classification:
    """Return UN for an answer with the mark of a program, as ticket systems send a person's answer.

    Where its files are what was asked for, or each document has a link, it is that answer: no program gives these by
    itself.
    """
    encloses = human.event in (Event.FULL, Event.PARTIAL) and documents_given.shown(signals, context.asked)[0]
    if encloses or documents_given.names_each(signals, context.asked):
        return human
    return _clipped(Event.UNCLEAR, "unclear.automatic_answer", f"{machine[2]} / {human.words}")


def _junk(reply: Reply, context: RuleContext) -> Classification | None:
    """Return the class of spam, or None.

    A message that is matched to a request is spam only if our filter marked it, or it comes from a list without a
    reference: the mail group of an office answers like a list.
    """
    junk = machine_mail.spam(reply)
    excused = junk and (junk[1] in ("spam.words", "spam.precedence") or junk[1] == "spam.list" and reply.references)
    return _clipped(*junk) if junk and not (context.matched and excused) else None


def _is_persons(event: Event, mark: str) -> bool:
    """Return True if a letter of this class is a person's in spite of the `mark` of a program."""
    if event in SUBSTANTIVE | _SAYS_LITTLE | {Event.SPAM}:
        return False
    return mark in _WEAK or event not in _SAID_BY_SYSTEMS


def _is_notice(reply: Reply) -> bool:
    """Return True for a system's message that answers no letter (RFC 3834), as document systems of offices send."""
    return reply.header("Auto-Submitted").lower().startswith("auto-generated") and not reply.references


def _is_decision(signals: TextSignals, human: Classification) -> bool:
    """Return True if a notice reports what a person decided."""
    reply, said = signals.reply, signals.phrases
    decides = _is_notice(reply) and human.event not in _SAYS_LITTLE
    return decides and bool(find(said.of("decided"), sentences(reply.text[:3000], said)))


def _bounce(bounce: list[Recipient], reply: Reply) -> machine_mail.Finding | None:
    if not bounce:
        return None
    words = "; ".join(f"{entry.address} {entry.status} {entry.diagnostic}".strip() for entry in bounce)
    if all(entry.permanence == permanence.DELIVERED for entry in bounce):
        return Event.READ_RECEIPT, "bounce.delivered", words
    worst = next(
        (p for p in (permanence.DEAD, permanence.BLOCKED) if any(e.permanence == p for e in bounce)), "temporary"
    )
    return Event.BOUNCE, f"bounce.{worst}{PASSED_ON if passed_on(reply) else ''}", words


def _at_once(context: RuleContext) -> machine_mail.Finding | None:
    if context.seconds is None or not 0 <= context.seconds <= AUTO_SECONDS:
        return None
    return Event.AUTO_ACK, _AT_ONCE, f"{context.seconds:.0f} s after our letter"


def _bulk(reply: Reply, context: RuleContext) -> machine_mail.Finding | None:
    """Recognise bulk mail that belongs to a request as an autoresponder's, unless a mail program of people sent it."""
    if not context.matched or machine_mail.typed(reply) or not machine_mail.is_bulk(reply):
        return None
    return Event.AUTO_ACK, _BULK, f"Precedence: {reply.header('Precedence')}"


def _human(signals: TextSignals, context: RuleContext, only_answers: bool = False) -> Classification:
    """Return the class of a message as a person's letter; with `only_answers`, UN for everything that is no answer."""
    reply, files = signals.reply, signals.attached
    if not reply.text and not files and TOO_DEEP in reply.defects:
        return Classification(Event.UNCLEAR, "unclear.unreadable", TOO_DEEP)
    if not reply.text and not files:
        if reply.full_text.strip():
            return Classification(Event.EMPTY, "empty.only_quoted", "")
        return Classification(Event.EMPTY, "empty.no_text", "")
    if signals.below_mark:
        return Classification(Event.EMPTY, "empty.only_signed", "")
    answers = _answers(signals, context.asked)
    for event, rule, words in answers if only_answers else chain(answers, _others(signals)):
        if words:
            return _clipped(event, rule, words)
    unaccented = signals.phrases.accented and not reply.text.isascii() and hardly_accented(reply.text)
    if not only_answers and unaccented:
        # Missing accents hide phrases; those found without accents never make an answer.
        for event, rule, words in _others(TextSignals(reply, files, signals.phrases, plain=True)):
            if words:
                return _clipped(event, rule, words)
    if signals.only_signed:
        return Classification(Event.EMPTY, "empty.only_signed", "")
    return Classification(Event.UNCLEAR, _NO_RULE, "")


def _answers(s: TextSignals, asked: tuple[RequestedDocument, ...]) -> Iterator[Row]:
    """Yield the rows of answers in their order. The first row with words decides; then come those of `_others`.

    A file, link or table that names a document of the request needs no words that give it, only none that refuse it.
    """
    file, url, table = documents_given.shown(s, asked)
    if (
        file in s.unread and s.acknowledged
    ):  # the picture of a letter that was received may be named like what it asks for
        file = ""
    refused = (
        s.refuses_firmly and not (s.accessible and (s.link or url)) and not documents_given.gives_the_rest(s, asked)
    )
    firmly = bool(file or url or table) and refused
    given = s.given or ("" if firmly else file or table)
    link = s.link or ("" if firmly else url)
    # Who asks which document is meant and shows a link that names none has not answered yet.
    if not given and not url and "?" in s.reply.text and s.find("purpose", "weak_which"):
        link = ""
    answer = given or link
    yield Event.SPAM, "advert", s.advert(given)
    yield Event.OTHER, "other.addressees", s.to_others
    yield Event.OBJECTION, "objection", "" if given else s.objection
    if answer:
        yield Event.UNCLEAR, "unclear.sent_by_mistake", s.find("by_mistake")
        # Giving and asking for a form in one letter contradict each other: a person reads it.
        asks = "" if file or url else s.asks_beside
        yield Event.UNCLEAR, "unclear.gives_and_asks", f"{answer} / {asks}" if asks else ""
        # An office may refuse because it is published, and say where: that is a refusal and a link.
        yield (
            Event.UNCLEAR,
            "unclear.link_and_refusal",
            f"{link} / {s.refusal}" if link and refused else "",
        )
        yield Event.PARTIAL, "partial.some_given", f"{answer} / {s.short}" if s.short else ""
        yield Event.FULL, "full.given", given
        yield Event.LINK, "link.document", link
    # A table comes with words that give nothing: a person looks at it.
    yield Event.UNCLEAR, "unclear.table", s.table


def _others(s: TextSignals) -> Iterator[Row]:
    """Yield the rows of letters that give nothing: first plain phrases, then weak ones."""
    yield (
        Event.OTHER,
        "other.matter",
        s.find("other_business") or (not s.find("our_matter") and s.find("other_matter")) or "",
    )
    yield Event.OTHER, "other.law", s.cited_law
    if s.encloses_others and not s.refuses_firmly:
        yield _of_others(s), "other.document", s.unjudged or _own_matter(s)
    wrong = s.find("wrong_address")
    yield Event.TRANSFER_AWAY, "transfer.sent_on", wrong and s.find("sent_on")
    elsewhere = wrong and s.find("away", "try_there", outside=("contact",))
    yield Event.OTHER, "other.address", "" if elsewhere else wrong
    yield Event.OTHER, "other.telephone", s.find("call_instead")
    yield Event.ASKS_FORM, "asks.form", "" if s.refuses_firmly else s.form
    yield (
        Event.REFUSAL_REASONED,
        "refusal.reasoned",
        "" if s.away and not s.refuses_firmly else s.with_reason(s.refusal or s.refuses_again),
    )
    yield Event.OTHER, "other.law", s.find("law_recited")
    inside = s.find("inside", outside=("contact",))
    not_ours = "" if inside else s.find("not_ours")
    yield Event.TRANSFER_AWAY, "transfer.away", s.elsewhere or not_ours
    yield Event.ASKS_PURPOSE, "asks.purpose", s.purpose
    yield Event.EXTENSION, "extension", "" if s.refuses_firmly else s.extension
    yield Event.REFUSAL, "refusal.bare", s.refusal
    yield Event.OTHER, "link.no_document", s.vague_link
    yield Event.OTHER, "other.law", s.law
    yield Event.UNCLEAR, "unclear.document", s.unjudged
    yield Event.TRANSFER_INSIDE, "transfer.inside", inside
    regret = s.find("regret")
    yield Event.REFUSAL_REASONED, "refusal.reasoned", s.with_reason(regret)
    yield Event.REFUSAL, "refusal.regret", regret
    yield Event.OTHER, "other.telephone", s.find("telephone", outside=("contact",))
    for name, event in {} if s.plain else _WEAK_PHRASES.items():
        search = s.puts_off if name == "later" else s.find
        yield event, f"{_WEAK_RULE}{name}", search(f"weak_{name}", outside=("trouble", "if_refused"))
    yield Event.TRANSFER_INSIDE, f"{_WEAK_RULE}forwarded", s.handed_on
    yield Event.ASKS_FORM, "asks.form_enclosed", s.slip
    yield Event.HUMAN_ACK, "promised", s.find("document_later")
    yield Event.OTHER, "published.no_link", s.find("elsewhere")
    receipt = s.acknowledged and not _only_thanks(s)
    yield Event.OTHER, "link.no_document", "" if receipt else s.link_about_requests
    yield Event.HUMAN_ACK, "acknowledged", s.acknowledged
    yield Event.OTHER, "other.moved", s.moved
    yield _of_others(s), "other.document", s.files[0].name if s.encloses_others else ""
    yield Event.OTHER, "other.guide", s.guide
    yield Event.OTHER, "other.subject", s.own_subject
    yield Event.OTHER, "greeting", s.polite


def _own_matter(s: TextSignals) -> str:
    """Return a subject that repeats none of ours and names nothing of our matter."""
    subject = s.reply.subject
    return "" if body_text.repeats(subject) or find(s.phrases.of("our_matter"), normal(subject)) else subject


def _is_document(attached: Attachment) -> bool:
    """Return False for a logo, a vCard, a key or an enclosed message."""
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
