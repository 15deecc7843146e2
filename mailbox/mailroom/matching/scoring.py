"""Match replies to requests by scored signals; a message may belong to several requests.

Signals are taken as independent, so their strengths s combine to 1 − Π(1 − s). A token or Message-ID selects a request
by itself; a sender's domain, a subject or a phrase of our letter does not, and a sender address alone never reaches the
threshold: one office answers for another, and addresses are forged (docs/reference/wording.md#matching).
Which request a message seems to belong to is one question, how that is proved another: `levels`.

A reply from a private mailbox may be matched by the office and the date that it names: the head of an official letter,
or the foot of a mail, names the office; the text names the day of the letter that it answers ("phúc đáp thư ngày
13/4/2020", "your request of 13 April 2020"). Neither of these two suffices alone.
"""

import pickle
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property, lru_cache
from itertools import chain
from types import MappingProxyType
from typing import ClassVar

from prober.campaign.letters.mime import LENGTH, PUBLIC_LENGTH
from prober.detectors.questions.thread_dates import DateWords, dates
from prober.domain.correspondence import Dmarc, Proof, Reply
from prober.domain.hostnames import FREE_MAIL, mail_domain
from prober.domain.reason import Reason, Reasons
from prober.studies.packs import words
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Vocabulary, Words

Office = tuple[str, ...]  # folded parts of a name that may stand apart: ("so tai chinh", "ca mau")

THRESHOLD = 0.6
LEAD = 0.78  # the first candidate's doubt (1 − score) is at most this share of the second's: it has a signal more
PROOF = 0.8  # a proved candidate counts from this score; then no weaker one counts
_SHINGLE = 6  # words
_FIRST = 0xE000  # the first of the characters that represent words, above the blank and the surrogates
MANY = 10  # requests: a signal shared by so many, such as the words of all letters, only supports other signals

THREAD = "thread"  # the signal of a message that answers one which belongs to the request
BY_OFFICE, BY_DAY = 0.45, 0.3  # strengths of a name of the office and of the day of our letter: both just suffice
UNSURE = THRESHOLD - 0.01  # the highest score of a message from a disowned sender, without proof

# Length of a code → a tag with such a code, however it was typed: with other dashes or none, blanks inside, broken by
# the end of a quoted line. A code counts only if it is that of a request, and no other word is one by chance. For text
# in lower case; a pattern that begins with literal letters is searched faster than one that begins with a boundary.
_TAGS = {
    length: linear(rf"yc(?<!\wyc)(?=[^0-9a-z]{{0,4}}((?:[0-9a-z|][^0-9a-z|]{{0,3}}){{{length - 1}}}[0-9a-z|]))")
    for length in (LENGTH, PUBLIC_LENGTH)
}
_NOT_IN_CODES = linear(r"[^0-9A-Za-z|]+")
_CODES = {length: linear(rf"\b[0-9A-Za-z]{{{length}}}\b", re.ASCII) for length in _TAGS}
_WORD = linear(r"\w+")
_BETWEEN_WORDS = {code: " " for code in range(128) if not _WORD.match(chr(code))}
_BRACKETS = linear(r"(?<!\[)\[++[^\[\]]*\]")
_REPLY_MARKS = ("re", "fw", "fwd")  # of mail programs in every language
_PLUS = linear(r"\+([0-9a-z|]{4,40})@", re.IGNORECASE)
# Characters that people confuse when they retype a code from paper.
_LOOKALIKE = str.maketrans({"l": "1", "i": "1", "o": "0", "|": "1"})
_WITHIN = 120  # characters from a word of answering to the date of what is answered
_DATE = 40  # characters of a date
_WORDS = linear(r"[a-z0-9]+")
_SENTENCE_END = linear(r"[;\n]")


@dataclass(frozen=True, slots=True, eq=False)
class OfficeMarks:
    """Hold how letters name offices and what they answer, from the packs."""

    TABLE: ClassVar = "matching"
    place: re.Pattern[str]  # what stands between the name of an office and that of its place, in folded words
    addressee: re.Pattern[str]  # a line that names whom a letter is for
    answers: re.Pattern[str]  # folded words before the date of the letter that is answered
    other_office: re.Pattern[str]  # in the name of a mailbox: of another office with the same domain
    reply_marks: tuple[str, ...]  # before the subject of a letter that answers or passes on, besides `_REPLY_MARKS`


@dataclass(frozen=True, slots=True)
class Sent:
    """Hold one sent request with all its letters, for comparing incoming messages with it."""

    campaign: str
    agency: str  # Agency.id
    token: str
    message_ids: tuple[str, ...]  # request and reminder, brackets included
    address: str  # to which it was sent
    subject: str
    text: str  # the letter
    days: frozenset[date] = frozenset()  # days, in the study's time zone, on which a letter of the request was accepted
    secret: bool = False  # the token is no public one, which anybody can derive from the published seed
    mail_from: str = ""  # envelope sender of the letters
    office: str = ""  # its name, as the letter was addressed


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold one request that a message may belong to, the score from 0 to 1, and the signals for it."""

    campaign: str
    agency: str
    score: float
    reasons: Reasons  # the strongest first
    proof: Proof = Proof.WORDS


class _Characters(dict[str, str]):
    """Map each word of our letters to one character, and any other word to a blank, which no phrase contains."""

    def __missing__(self, word: str) -> str:
        return " "


@dataclass(frozen=True)
class RequestIndex:
    """Index all requests for look-up. Building it reads every letter once; a match then costs microseconds."""

    requests: tuple[Sent, ...]
    vocabulary: Vocabulary  # of the study
    by_token: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    by_lookalike: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    by_message_id: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    by_place: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))  # campaign, agency
    by_address: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    by_domain: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    characters: _Characters = field(default_factory=_Characters)
    by_shingle: dict[str, int] = field(default_factory=dict)  # phrase in these characters → position in `owners`
    # Each set of requests whose letters share phrases; (~request,) for phrases in the name of one addressed office.
    owners: list[tuple[int, ...]] = field(default_factory=list)
    subjects: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    offices: dict[Office, list[int]] = field(default_factory=lambda: defaultdict(list))
    by_day: dict[date, set[int]] = field(default_factory=lambda: defaultdict(set))

    def sent(self, candidate: "Candidate") -> Sent:
        """Return the request of a candidate."""
        return self.requests[self.by_place[candidate.campaign, candidate.agency][0]]

    @cached_property
    def lengths(self) -> frozenset[int]:
        """The lengths of the tokens; those of campaigns from before tokens were secret are shorter."""
        return frozenset(map(len, self.by_token)).intersection(_TAGS)

    @cached_property
    def _packed(self) -> bytes:
        return pickle.dumps({known.name: getattr(self, known.name) for known in fields(self)})

    def __reduce__(self) -> tuple[Callable[[bytes], "RequestIndex"], tuple[bytes]]:
        """Give bytes that are made once for all batches of messages, and read once by the process that gets them."""
        return _unpacked, (self._packed,)


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> RequestIndex:
    return RequestIndex(**pickle.loads(packed))


def index(requests: Sequence[Sent], vocabulary: Vocabulary) -> RequestIndex:
    """Index requests for `match`; `vocabulary` is that of the study, by which letters name offices and days."""
    built, said = RequestIndex(tuple(requests), vocabulary), words(vocabulary)
    marks = said.table(OfficeMarks)
    for number, sent in enumerate(built.requests):
        built.by_place[sent.campaign, sent.agency].append(number)
        built.by_token[sent.token.lower()].append(number)
        built.by_lookalike[sent.token.lower().translate(_LOOKALIKE)].append(number)
        for message_id in sent.message_ids:
            built.by_message_id[message_id.lower()].append(number)
        built.by_address[sent.address.lower()].append(number)
        built.by_domain[mail_domain(sent.address)].append(number)
        if subject := _subject(sent.subject, said):
            built.subjects[subject].append(number)
        if name := office(sent.office, marks):
            built.offices[name].append(number)
        for day in sent.days:
            built.by_day[day].add(number)
    _share_out(built, marks)
    return built


def _share_out(built: RequestIndex, marks: OfficeMarks) -> None:
    """Fill `by_shingle` and `owners`. Letters of one campaign share most phrases, so there are few different sets."""
    found: dict[str, list[int]] = defaultdict(list)
    names: set[str] = set()
    for number, sent in enumerate(built.requests):
        for word in _words(sent.text):
            built.characters.setdefault(word, chr(_FIRST + len(built.characters)))
        for shingle in _shingles(sent.text, built.characters):
            found[shingle].append(number)
        names |= _shingles(_naming_lines(sent.text, office(sent.office, marks)), built.characters)
    places: dict[tuple[int, ...], int] = {}
    for shingle, numbers in found.items():
        owners = (~numbers[0],) if shingle in names and len(numbers) == 1 else tuple(numbers)
        built.by_shingle[shingle] = places.setdefault(owners, len(places))
    built.owners.extend(places)


Threads = Mapping[str, Collection[tuple[str, str]]]  # Message-ID of a message → requests that it belongs to


def match(
    reply: Reply, table: RequestIndex, dmarc: Dmarc = Dmarc.NONE, threads: Threads = MappingProxyType({})
) -> list[Candidate]:
    """Return every request with a signal, strongest first. `chosen` selects those that the message belongs to."""
    signals: dict[int, dict[str, float]] = defaultdict(dict)
    quoted = _quoted(reply, table)
    found_in = chain(_signals(reply, table, dmarc), _from_quotation(quoted, table))
    for number, reason, strength in found_in:
        signals[number][reason] = max(strength, signals[number].get(reason, 0.0))
    if not any(PROOFS & found.keys() for found in signals.values()):  # else the order of reading would show
        for number, reason, strength in _from_threads(reply, table, threads):
            signals[number][reason] = strength
    for number, reason, strength in [*_of_waves(reply, quoted, table, frozenset(signals))]:
        signals[number][reason] = strength
    if not any(PROOFS & found.keys() for found in signals.values()):
        named = {~owners[0] for owners in quoted if owners[0] < 0}  # the office's full name, anywhere in the text
        named = named if len(named) == 1 else set()  # with two names it may come from either
        more = [(number, "names_the_office", BY_OFFICE) for number in named]
        more += _from_offices(reply, table, named.union(signals))
        for number, reason, strength in [*_from_codes(reply, table)] or more:
            signals[number][reason] = strength
    out = []
    for number, found in signals.items():
        sent = table.requests[number]
        doubt = 1.0
        for strength in found.values():
            doubt *= 1 - strength
        reasons = tuple(map(Reason, sorted(found, key=lambda name: (-found[name], name))))
        most = UNSURE if dmarc is Dmarc.FAIL and not PROOFS & found.keys() else 1.0
        out.append(Candidate(sent.campaign, sent.agency, min(most, round(1 - doubt, 4)), reasons))
    return sorted(out, key=lambda c: (-c.score, c.campaign, c.agency))


def chosen(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that the message belongs to, else one that leads clearly, else none.

    It belongs to the requests that it answers; without any, to those that its own words name; without any, to the one
    that it quotes. Weak signals cannot decide between two campaigns that asked the same agency: then none is chosen.
    None is chosen either if MANY are named, as by a list of ours with all tags, or if several are only quoted.
    """
    for signals, most in ((_ANSWERS, MANY - 1), (_NAMES, MANY - 1), (_QUOTES, 1)):
        named = [
            c for c in candidates if c.score >= PROOF and signals.intersection(reason.code for reason in c.reasons)
        ]
        if named:
            return named if len(named) <= most else []
    if not candidates or candidates[0].score < THRESHOLD:
        return []
    first, *others = candidates
    leads = not others or 1 - first.score <= LEAD * (1 - others[0].score)
    return [first] if leads else []


_ANSWERS = frozenset(("token_address", "token_address_retyped", "references", "subject_tag", THREAD))
_NAMES = frozenset(("text_tag", "tag_retyped"))
_QUOTES = frozenset(("quoted_tag", "embedded_message_id"))
PROOFS = _ANSWERS | _NAMES | _QUOTES


def _signals(reply: Reply, table: RequestIndex, dmarc: Dmarc) -> Iterator[tuple[int, str, float]]:
    yield from _from_addresses(reply, table)
    for reason, ids, strength in (
        ("references", reply.references, 0.95),
        ("embedded_message_id", reply.embedded_ids, 0.9),
    ):
        for message_id in ids:
            for number in table.by_message_id.get(message_id.lower(), ()):
                yield number, reason, strength
    yield from _from_tags(reply, table)
    if dmarc is not Dmarc.FAIL:  # then the sender is forged, or the mail was forwarded
        yield from _from_sender(reply, table)


def _from_threads(reply: Reply, table: RequestIndex, threads: Threads) -> Iterator[tuple[int, str, float]]:
    """Yield the requests that the answered messages belong to."""
    for message_id in reply.references if threads else ():
        for place in threads.get(message_id, ()):
            for number in table.by_place.get(place, ()):
                yield number, THREAD, 0.9


def _from_addresses(reply: Reply, table: RequestIndex) -> Iterator[tuple[int, str, float]]:
    for address in reply.to:
        for code in _PLUS.findall(address):
            yield from _by_code(code, table, "token_address", 0.98, "token_address_retyped", 0.85)


def _from_tags(reply: Reply, table: RequestIndex) -> Iterator[tuple[int, str, float]]:
    enclosed = "\n".join(a.text[:20_000] for a in reply.attachments if a.media_type == "message/rfc822")
    files = "\n".join(a.text[:20_000] for a in reply.attachments if a.media_type != "message/rfc822")
    seen: set[str] = set()
    for text, reason, strength in (
        (reply.subject, "subject_tag", 0.95),
        (f"{reply.text}\n{files}", "text_tag", 0.9),
        (f"{reply.full_text}\n{enclosed}", "quoted_tag", 0.88),
    ):
        codes = {_NOT_IN_CODES.sub("", code) for code in _codes(text.lower(), table)}
        for code in codes - seen if reason == "quoted_tag" else codes:  # all of the text has the own words, too
            yield from _by_code(code, table, reason, strength, "tag_retyped", 0.82)
        seen |= codes


def _codes(lower: str, table: RequestIndex) -> Iterator[str]:
    """Yield what stands behind the letters of a tag in `lower`, as it was typed."""
    return chain.from_iterable(_TAGS[length].findall(lower) for length in table.lengths)


def _from_codes(reply: Reply, table: RequestIndex) -> Iterator[tuple[int, str, float]]:
    """Yield the requests whose code is in the text without "YC" or in a quoted address. Used only without a proof."""
    attached = "\n".join(a.text[:20_000] for a in reply.attachments)
    text = f"{reply.subject}\n{reply.full_text}\n{attached}"
    for code in {code.lower() for length in table.lengths for code in _CODES[length].findall(text)}:
        for number in table.by_token.get(code, ()):
            yield number, "text_tag", 0.9


def _by_code(
    code: str, table: RequestIndex, exact: str, strong: float, retyped: str, weak: float
) -> Iterator[tuple[int, str, float]]:
    code = code.lower()
    found = table.by_token.get(code, ())
    for number in found:
        yield number, exact, strong
    if not found:
        similar = table.by_lookalike.get(code.translate(_LOOKALIKE), ())
        if len(similar) == 1:  # a guess is used only if it is the only one
            yield similar[0], retyped, weak


def _from_sender(reply: Reply, table: RequestIndex) -> Iterator[tuple[int, str, float]]:
    if not reply.from_address:
        return
    known = table.by_address.get(reply.from_address.lower(), ())
    for number in known:
        yield number, "sender_address", 0.5
    related = mail_domain(reply.from_address)
    for number in table.by_domain.get(related, ()):
        if number not in known and related not in FREE_MAIL and len(table.by_domain[related]) < MANY:
            yield number, "sender_domain", 0.35


def _quoted(reply: Reply, table: RequestIndex) -> Counter[tuple[int, ...]]:
    """Count the phrases of our letters in the message, by the set of requests whose letters have them."""
    attached = "\n".join(a.text[:20_000] for a in reply.attachments if a.media_type == "message/rfc822")
    known = table.by_shingle.keys() & _shingles(f"{reply.full_text}\n{attached}", table.characters)
    places = Counter(table.by_shingle[shingle] for shingle in known)
    return Counter({table.owners[place]: count for place, count in places.items()})


def _from_quotation(quoted: Counter[tuple[int, ...]], table: RequestIndex) -> Iterator[tuple[int, str, float]]:
    """Yield requests of which the message quotes phrases that only their letter has. The office's name is none."""
    for owners, count in quoted.items():
        if len(owners) == 1 and owners[0] >= 0 and count >= 2 and (len(table.requests) > 1 or count >= 8):
            yield owners[0], "quotes_our_letter_to_it", min(0.75, 0.3 + 0.1 * count)


def _of_waves(
    reply: Reply, quoted: Counter[tuple[int, ...]], table: RequestIndex, pointed: frozenset[int]
) -> Iterator[tuple[int, str, float]]:
    """Yield signals from the subject and from phrases that several letters share.

    If MANY requests share them, only those in `pointed`, which have another signal already, get them.
    """
    same_subject = table.subjects.get(_subject(reply.subject, words(table.vocabulary)), ())
    for number in same_subject if len(same_subject) < MANY else pointed.intersection(same_subject):
        yield number, "subject", 0.3
    shared: Counter[int] = Counter()
    for owners, count in quoted.items():
        if len(owners) > 1:
            for number in owners if len(owners) < MANY else pointed.intersection(owners):
                shared[number] += count
    for number, count in shared.items():
        if count >= 8:
            yield number, "quotes_our_letter", 0.3


def _words(text: str) -> list[str]:
    """Return the words of `text` without accents and punctuation, so that a damaged quotation still counts."""
    folded = fold(text)
    if folded.isascii():
        return folded.translate(_BETWEEN_WORDS).split()
    return _WORD.findall(folded)


def _shingles(text: str, characters: _Characters) -> set[str]:
    """Return all runs of six words that our letters have, with one character for each word."""
    coded = "".join(map(characters.__getitem__, _words(text)))
    return {run[at : at + _SHINGLE] for run in coded.split() for at in range(len(run) - _SHINGLE + 1)}


def _subject(subject: str, said: Words) -> str:
    """Return the subject without reply marks, tag and case; "" if fewer than four words are left."""
    text = _BRACKETS.sub(" ", subject)
    left = fold(said.made(_marked).sub("", text.strip())).split()
    return " ".join(left) if len(left) >= 4 else ""


def _marked(said: Words) -> re.Pattern[str]:
    """Return the pattern of the reply marks that a subject begins with, several in a row and counted ("Re[2]:")."""
    marks = "|".join(map(re.escape, (*_REPLY_MARKS, *said.table(OfficeMarks).reply_marks)))
    return linear(rf"^(?:\s*+(?:{marks})\s*+(?:\[\d+\]\s*+)?:)+", re.IGNORECASE)


def office(name: str, marks: OfficeMarks) -> Office:
    """Return the parts of the name of an office; () for no name.

    >>> from prober.studies.packs import words
    >>> from prober.text.words import Vocabulary
    >>> marks = words(Vocabulary(("vi", "en"))).table(OfficeMarks)
    >>> office("Sở Tài chính tỉnh Cà Mau", marks), office("Withermere Borough Council", marks), office("", marks)
    (('so tai chinh', 'ca mau'), ('withermere borough council',), ())
    """
    parts = marks.place.split(_plain(name), maxsplit=1)
    return tuple(filter(None, map(str.strip, parts)))


def _naming_lines(letter: str, name: Office) -> str:
    """Return the lines of a letter that name an office."""
    return "\n".join(line for line in letter.splitlines() if name and _is_named(name, _plain(line)))


def _from_offices(reply: Reply, table: RequestIndex, pointed: Collection[int]) -> Iterator[tuple[int, str, float]]:
    """Yield the requests of the office and the dates that a reply names.

    Yield nothing if it names two of the offices that were asked: it may come from either. A day counts only for
    requests in `pointed`, which have another signal already, because all letters of a campaign are sent on a few days.
    """
    said = words(table.vocabulary)
    marks = said.table(OfficeMarks)
    writer = _plain(_writer_texts(reply, marks))
    named = [numbers for name, numbers in table.offices.items() if _is_named(name, writer)]
    if len(named) > 1:
        return
    own = set(named[0]) if named else set()
    for number in own:
        yield number, "names_the_office", BY_OFFICE
    for day in _days_answered(reply, marks, said.table(DateWords)):
        for number in own.union(pointed).intersection(table.by_day.get(day, ())):
            yield number, "answers_a_letter_of_that_day", BY_DAY


def _is_named(name: Office, words: str) -> bool:
    return all(f" {part} " in words for part in name)


def _writer_texts(reply: Reply, marks: OfficeMarks) -> str:
    """Return the texts that name the writer: the head and foot of the mail and the head of each file, no addressees."""
    files = (a.text[:1500] for a in reply.attachments if a.media_type != "message/rfc822")
    return marks.addressee.sub("", "\n".join((reply.text[:600], reply.text[600:][-400:], *files)))


def _days_answered(reply: Reply, marks: OfficeMarks, said: DateWords) -> set[date]:
    texts = (reply.text, *(a.text for a in reply.attachments if a.media_type != "message/rfc822"))
    return {day for text in texts for day in _answered(fold(text[:5000]), marks, said)}


def _answered(folded: str, marks: OfficeMarks, said: DateWords) -> Iterator[date]:
    """Yield the first date behind each word of answering, in the same sentence."""
    for found in marks.answers.finditer(folded):
        rest = _SENTENCE_END.split(folded[found.end() : found.end() + _WITHIN + _DATE], maxsplit=1)[0]
        first = min(dates(rest, said), key=lambda dated: dated[1], default=None)
        if first and first[1] <= _WITHIN:
            yield first[0]


def _plain(text: str) -> str:
    """Return the folded words of `text`, with one blank between them and at both ends.

    >>> _plain("UBND TỈNH CÀ MAU\\nSỞ TÀI CHÍNH")
    ' ubnd tinh ca mau so tai chinh '
    """
    return f" {' '.join(_WORDS.findall(fold(text)))} "
