"""Define the protocol and parse it: everything a campaign will do, in one TOML file before the first letter.

`parse` is the only reader. It reports every fault of a file at once, each with the file and the key.
"""

import dataclasses
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from itertools import product
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from prober.campaign.letters.request_slip import CITIZEN, FORMS, NONE
from prober.domain.correspondence import AUTOMATIC, Event
from prober.domain.working_days import ONE_DAY, Calendar
from prober.errors import ProtocolError
from prober.studies.study import FOLLOW_UP, REMINDER, REQUEST, Study
from prober.validation import Day, Number, Truth, Whole, checked, key, must_be, one_of, text_fault

BEFORE = "budget-request"  # what protocols of an earlier version called the letters of the study
BLOCKS = ("region", "quality")
SILENCE = "silence"  # no message of a person, after the reminder where there is one
# What a follow-up may follow: a message of a person, but an objection; or none.
FOLLOWED = (SILENCE, *(event.value for event in Event if event not in AUTOMATIC | {Event.OBJECTION}))
# The kind of requester, which readers of results must know: an office may answer a citizen and not an institute.
SENDERS = ("organisation", "citizen")
_LANGUAGES = re.compile(r"[a-z]{2,3}(?:\+[a-z]{2,3}){0,3}")
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")  # of a campaign and of an arm


def _line(value: str) -> str:
    """Check a line of text for a letter. Raises ValueError."""
    if not value.strip():
        raise ValueError("is empty")
    if why := text_fault(value):
        raise ValueError(why)
    return value.strip()


def _text(value: str) -> str:
    """Check the text of a letter, which may have many lines. Raises ValueError."""
    if why := text_fault(value, multiline=True):
        raise ValueError(why)
    return value.strip() + "\n" if value.strip() else ""


Line = Annotated[str, AfterValidator(_line)]
Days = Annotated[Whole, must_be(lambda days: days <= 3_650, "at most 3650 working days")]
LineOrNone = Annotated[str, AfterValidator(lambda value: _line(value) if value else "")]
LetterText = Annotated[str, AfterValidator(_text)]
Template = Annotated[str, must_be(lambda name: not name or NAME.fullmatch(name), "the name of a template of the study")]
Language = Annotated[str, must_be(_LANGUAGES.fullmatch, "languages joined by +: vi, or vi+en")]
Form = Annotated[str, one_of(*FORMS)]
Name = Annotated[str, must_be(NAME.fullmatch, "a name of up to 40 lower-case letters, digits and hyphens")]


@dataclass(frozen=True, slots=True)
class Document:
    """One existing document asked for, by its name (articles 2 and 24.2b: documents, not opinions)."""

    name: Line = key("name of the document, in the language of the letter")
    name_en: LineOrNone = key("the same in English; left out where the letter is in English", "")


@dataclass(frozen=True, slots=True)
class ProtocolLetter:
    """The letters in words of one's own: Jinja2 with the merge fields of prober.campaign.letters.compose.Fields."""

    subject: Line = key("subject, without the tag that is put behind it")
    request: LetterText = key("text of the request")
    reminder: LetterText = key("text of the reminder; empty where none is sent", "")
    follow_up: LetterText = key("text of the follow-up; empty where none is sent", "")
    request_en: LetterText = key("the request in English, for the preview and for vi+en", "")
    reminder_en: LetterText = key("the reminder in English", "")
    follow_up_en: LetterText = key("the follow-up in English", "")

    def text(self, step: str, language: str, first: str) -> str:
        """Return the text of one step in `language`, "" where there is none; `first` is the language of the letters."""
        name = step.replace("-", "_")
        found: str = getattr(self, name if language == first else f"{name}_{language}", "")
        return found


@dataclass(frozen=True, slots=True)
class Window:
    """Time of day, in the study's time zone, in which letters leave: from `start` up to, not including, `end`."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One arm of a wave: its name, its description, and its differences from the protocol.

    Arms differ in the letter and its steps only. The measurement is the same for both; otherwise a difference between
    the arms could come from the measurement.
    """

    name: Name = key("name of the arm")
    about: Line = key("what the arm is, in words")
    template: Template | None = None
    language: Language | None = None
    form: Form | None = None
    law_cited: Truth | None = None
    receipt: Truth | None = None
    reminder_working_days: Whole | None = key("working days after which the one reminder leaves", None, ge=0)

    @property
    def changes(self) -> dict[str, Any]:
        """The keys in which the arm differs from the protocol, with their values."""
        return {name: value for name in VARIED if (value := getattr(self, name)) is not None}


_IN_TEXT = {"law_cited", "receipt"}  # what makes a difference only where the text of a letter asks for it
VARIED = tuple(spec.name for spec in dataclasses.fields(Arm) if spec.name not in ("name", "about"))


def _window(value: Any) -> Window:
    """Read two times of day, as texts or as TOML times."""
    if not (isinstance(value, list) and len(value) == 2):
        raise ValueError(f"must be two times of day, not {value!r}")
    start, end = (time.fromisoformat(item) if isinstance(item, str) else item for item in value)
    if not (isinstance(start, time) and isinstance(end, time)) or start.tzinfo or end.tzinfo:
        raise ValueError(f"must be two times of day without an offset, not {value!r}")
    if start >= end:
        raise ValueError(f"begins at {start:%H:%M} and ends before that, at {end:%H:%M}")
    return Window(start, end)


def _some(value: tuple[Document, ...]) -> tuple[Document, ...]:
    if not value:
        raise ValueError("none asked for; name one document or more")
    if len({document.name.casefold() for document in value}) < len(value):
        raise ValueError("one document is asked for twice")
    return value


def _none_or_two(value: tuple[Arm, ...]) -> tuple[Arm, ...]:
    if len(value) not in (0, 2):
        raise ValueError(f"{len(value)} given; a campaign has none or two: in more, too few agencies are left for each")
    if len({arm.name for arm in value}) < len(value):
        raise ValueError(f"two are named {value[0].name}")
    return value


_NONE_TWICE = must_be(lambda names: len(set(names)) == len(names), "texts of which none is there twice")
Sender = Annotated[str, one_of("", *SENDERS)]
Earlier = Annotated[str, must_be(lambda name: not name or NAME.fullmatch(name), "the name of a campaign")]
Share = Annotated[Number | None, must_be(lambda share: share is None or 0 < share < 1, "a share between 0 and 1")]
Units = Annotated[tuple[Line, ...], _NONE_TWICE]
Followed = Annotated[tuple[Annotated[str, one_of(*FOLLOWED)], ...], _NONE_TWICE]
Blocks = Annotated[tuple[Annotated[str, one_of(*BLOCKS)], ...], _NONE_TWICE]
SendingWindow = Annotated[Window, BeforeValidator(_window)]
Documents = Annotated[tuple[Document, ...], AfterValidator(_some)]
Arms = Annotated[tuple[Arm, ...], AfterValidator(_none_or_two)]


@dataclass(frozen=True, slots=True)
class Allotment:
    """Block and arm of one agency; the arm is "" in a campaign without arms."""

    block: str
    arm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One campaign, as approved."""

    title: Line = key("title of the campaign")
    frame: Line = key('frame of the agencies, for example "2019"')
    kind: Line = key("kind of the agencies, as the list has it")
    template: Template = key(
        "a set of letters of the study, letters/STEP.TEMPLATE.LANGUAGE.txt; left out, those without a name", ""
    )
    letter: ProtocolLetter | None = key(
        "a [letter] table with subject, request and reminder, in place of the letters of the study", None
    )
    language: Language = key("language of the letter: en, or vi+en for a translation below it")
    regime: Line = key("name of the law in force when the letters leave, as the law.toml of the study has it")
    purpose: Line = key("what the information is for, as it stands in the letter")
    purpose_en: LineOrNone = key("the same in English, for the reader of the preview", "")
    documents: Documents = key(
        "one [[document]] table with name and name_en for each document asked for", alias="document"
    )
    seed: Whole = key("seed of the assignment to arms, the order of sending and the tokens", ge=0)
    first_day: Day = key("first day on which a letter may leave")
    window: SendingWindow = key('time of day of sending, in the time zone of the study, for example ["08:30", "10:00"]')
    per_day: Whole = key("most letters a day", ge=1)
    waiting_working_days: Days = key("working days after which silence counts as silence", ge=1)
    reminder_working_days: Whole = key("working days after which the one reminder leaves; 0 for none", ge=0)
    follow_up_working_days: Days = key(
        "working days after which the one follow-up leaves: after the last message, or after reminder or request where "
        "none came; 0 for none",
        0,
        ge=0,
    )
    follow_up_after: Followed = key(f"what the follow-up follows, some of {', '.join(FOLLOWED)}", ())
    outcome: Line = key("what counts as an answer, in words")
    leave_out_without_address: Truth = key("ask only agencies with a reviewed address, and leave the others out", False)
    form: Form = key(
        f"request slip enclosed with the request, where the law of the study asks for one: {', '.join(FORMS)}", "none"
    )
    identity: Truth = key("the number of an identity paper is asked for at sending and written on form 01a", False)
    units: Units = key("slugs of the agencies asked, for a pilot; empty: all of the frame and kind", ())
    sender: Sender = key(f"who asks: {' or '.join(SENDERS)}; empty: whoever [sender] is", "")
    law_cited: Truth = key("the letter names the law on access to information", True)
    receipt: Truth = key("the letter asks the office to confirm that it arrived", False)
    blocks: Blocks = key(
        f"what the draw is balanced over: {', '.join(BLOCKS)} (of the portal in the latest crawl)",
        ("region",),
    )
    arms: Arms = key(
        "none, or two [[arm]] tables: name, about, and what differs: " + ", ".join(VARIED), (), alias="arm"
    )
    pairs_with: Earlier = key(
        "an earlier campaign to the same agencies; with two arms each agency is now in the other one", ""
    )
    expected_share: Share = key(
        "share of answers expected of the arm that is asked as before, from 0 to 1: the power of two arms is computed "
        "from it; left out, that of the survey that the study compares itself with",
        None,
    )
    stop_after_objections: Whole = key(
        "once so many agencies that were asked object, no further letter leaves (held where only rules say so, "
        "cancelled where people have read them); 0: each agency's objection stops only its own letters",
        0,
        ge=0,
    )
    stopping: Line = key(
        "when else the campaign is stopped, and by whom, in words",
        "A person pauses the campaign where an answer shows that asking harms somebody.",
    )

    def of(self, arm: str) -> "Protocol":
        """Return the protocol for the agencies of one arm; `arm` is "" in a campaign without arms. Raises KeyError."""
        if not arm and not self.arms:
            return self
        return dataclasses.replace(self, **{a.name: a.changes for a in self.arms}[arm], arms=())

    @property
    def steps(self) -> tuple[str, ...]:
        """The letters that an agency may get, in order: the request, and those that the protocol asks for."""
        wanted = ((REMINDER, self.reminder_working_days), (FOLLOW_UP, self.follow_up_working_days))
        return (REQUEST, *(step for step, days in wanted if days))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the letters, the request's own first."""
        return tuple(self.language.split("+"))

    @property
    def arm_names(self) -> tuple[str, ...]:
        """The name of each arm, or "" alone if there are none."""
        return tuple(arm.name for arm in self.arms) or ("",)

    @property
    def variants(self) -> tuple["Protocol", ...]:
        """The protocol of each arm, or the protocol itself if there are none."""
        return tuple(map(self.of, self.arm_names))

    def waiting_ends(self, accepted_at: datetime, calendar: Calendar) -> datetime:
        """Return the end of the waiting time of a request: midnight after its last working day."""
        last = calendar.add_working_days(calendar.date_of(accepted_at), self.waiting_working_days)
        return calendar.at(last + ONE_DAY)


def parse(text: str, source: str, study: Study | None = None) -> Protocol:
    """Return the Protocol in `text`; `source` names the file in errors.

    A draft is held to its `study`: law and letters must be those that it has. What was approved stays readable
    without one, whatever becomes of the study.

    Raises ProtocolError with one line per fault: a key that is missing, unknown, of a wrong type, or contradicts
    another. Contradictions are reported only if every key is valid by itself.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProtocolError(f"{source}: not valid TOML: {error}") from error
    protocol, faults = checked(Protocol, table)
    if protocol:
        faults = list(contradictions(protocol, study))
    if protocol is None or faults:
        raise ProtocolError("\n".join(f"{source}: {line}" for line in faults))
    return protocol


def contradictions(protocol: Protocol, study: Study | None) -> Iterator[str]:
    """Yield what contradicts itself, and what `study` does not have: letters, law, slips."""
    if len(protocol.arms) == 2 and protocol.variants[0] == protocol.variants[1]:
        names = " and ".join(protocol.arm_names)
        yield f"arm: {names} do not differ; give one of them another {', '.join(VARIED)}"
    if study and len(protocol.arms) == 2:
        yield from _of_arms(protocol, study)
    for arm, variant in zip([f"arm {arm.name}: " for arm in protocol.arms] or [""], protocol.variants, strict=True):
        yield from (f"{arm}{line}" for line in _of_letters(variant, study))
    if protocol.identity and all(variant.form != CITIZEN for variant in protocol.variants):
        yield f"identity: true needs form = {CITIZEN!r}, the only place on which the number is written"
    if study:
        yield from _of_law(protocol, study)


def _of_arms(protocol: Protocol, study: Study) -> Iterator[str]:
    """Yield that two arms would get the same letters: they differ in what no letter asks about."""
    first, second = protocol.variants
    differing = {key for key in VARIED if getattr(first, key) != getattr(second, key)}
    texts = [text for variant in protocol.variants for text in _texts(variant, study)]
    if differing and differing <= _IN_TEXT and not any(key in text for key in differing for text in texts):
        keys = ", ".join(sorted(differing))
        yield (
            f"arm: {' and '.join(protocol.arm_names)} differ in {keys} alone, and no letter has it, so both would get "
            f"the same letter; write {{% if {min(differing)} %}} … {{% endif %}} around what only one of them says"
        )


def _texts(protocol: Protocol, study: Study) -> Iterator[str]:
    """Yield the texts of the letters of one arm, with their merge fields."""
    for step, language in product(protocol.steps, protocol.languages):
        if protocol.letter:
            yield protocol.letter.text(step, language, protocol.languages[0])
        elif letter := study.letter(step, language, protocol.template):
            yield letter.text


def _of_law(protocol: Protocol, study: Study) -> Iterator[str]:
    if not study.law.has_slip and any(variant.form != NONE for variant in protocol.variants):
        yield f"form: the law of the study {study.name} asks for no request slip, so none is enclosed: {NONE!r}"
    names = ", ".join(regime.name for regime in study.law.regimes)
    if not study.law.regime(protocol.regime):
        yield f"regime: must be one of {names}, not {protocol.regime!r} (the law of the study {study.name})"
        return
    try:
        in_force = study.law.regime_on(protocol.first_day)
    except ValueError as error:
        yield f"first_day: {error}"
        return
    if in_force != protocol.regime:
        yield f"regime: {protocol.regime} contradicts first_day {protocol.first_day}: {in_force} is in force then"


def _of_letters(protocol: Protocol, study: Study | None) -> Iterator[str]:
    """Yield the contradictions in the letters of one arm."""
    if protocol.template and protocol.letter:
        yield "template: contradicts the [letter] table; leave one of them out"
    if study and protocol.template not in ("", BEFORE, *study.templates):
        yield f"template: the study has no letters/{REQUEST}.{protocol.template}.{protocol.languages[0]}.txt"
    for step, language in product(protocol.steps, protocol.languages):
        own = protocol.letter
        if own and not own.text(step, language, protocol.languages[0]):
            yield f"letter: {step} has no text in the language {language}, and such a letter would leave"
        if study and not own and not study.letter(step, language, protocol.template):
            yield f"language: {_no_letter(step, language)}, and such a letter would leave"
    owner = "citizen" if protocol.form == CITIZEN else "organisation"
    if protocol.sender and protocol.form != NONE and protocol.sender != owner:
        yield f"form: {protocol.form} is the slip of a request by {owner}, and sender is {protocol.sender!r}"
    if protocol.form != NONE and not protocol.law_cited:
        yield f"law_cited: false contradicts form {protocol.form}, which names the law"
    if protocol.reminder_working_days >= protocol.waiting_working_days:
        yield (
            f"reminder_working_days: {protocol.reminder_working_days} contradicts waiting_working_days "
            f"{protocol.waiting_working_days}: a reminder must leave before the waiting time ends"
        )
    yield from _of_follow_up(protocol)


def faults_of_language(protocol: Protocol, language: str, study: Study) -> list[str]:
    """Return of which of the languages in `language` the study has no request; no other letter leaves in any case.

    A protocol with a [letter] table has letters of its own.
    """
    spoken = () if protocol.letter else language.split("+")
    return [_no_letter(REQUEST, one) for one in spoken if not study.letter(REQUEST, one, protocol.template)]


def _no_letter(step: str, language: str) -> str:
    return f"the study has no letters/{step}.{language}.txt"


def _of_follow_up(protocol: Protocol) -> Iterator[str]:
    days = protocol.follow_up_working_days
    if bool(days) != bool(protocol.follow_up_after):
        lacks = "follow_up_after: name what the follow-up follows" if days else "follow_up_working_days: is 0"
        yield f"{lacks}; follow_up_working_days and follow_up_after go together"
    before = protocol.reminder_working_days if SILENCE in protocol.follow_up_after else 0
    if days and before + days >= protocol.waiting_working_days:
        after = f" after the reminder's {before}" if before else ""
        yield (
            f"follow_up_working_days: {days}{after} contradicts waiting_working_days {protocol.waiting_working_days}: "
            "a follow-up must leave before the waiting time ends"
        )
