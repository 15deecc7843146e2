"""A study as a value: what a folder of text says, read once and passed on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from prober.domain.agency import PLACE, Agency, OtherSurvey, Reference, Succession, Term
from prober.domain.indicator import Indicator
from prober.domain.working_days import Calendar
from prober.errors import UsageError
from prober.studies.law import Law
from prober.text.words import Department, NamedDocument, OwnWords, Vocabulary

Wording = Mapping[str, str]  # language → text; "" holds for every language that is not named
REQUEST, REMINDER, FOLLOW_UP = STEPS = ("request", "reminder", "follow-up")


def said(wording: Wording, language: str) -> str:
    """Return `wording` in `language`, or as the study says it where it has no other.

    >>> said({"vi": "xã", "en": "commune"}, "en"), said({"": "council"}, "vi")
    ('commune', 'council')
    """
    return wording.get(language) or wording.get("") or next(iter(wording.values()), "")


@dataclass(frozen=True, slots=True)
class Frame:
    """A list of agencies of a time or place."""

    name: str
    title: Wording


@dataclass(frozen=True, slots=True)
class KindOfAgency:
    """A kind of agency, what one of them and many are called, and whether it gets letters."""

    name: str
    one: Wording
    many: Wording
    asked: bool
    department: Department | None = None  # what it is called, if it is a department of another kind


@dataclass(frozen=True, slots=True)
class UnitNames:
    """Names for one and for many of the units that have a portal and departments."""

    one: Wording
    many: Wording


@dataclass(frozen=True, slots=True)
class AskedDocument:
    """One document that is asked for; `name` is in the language of the letter."""

    name: str
    name_en: str
    known_by: NamedDocument


@dataclass(frozen=True, slots=True)
class LetterText:
    """Subject and text of one letter in one language, with merge fields; `file` is its place in the folder."""

    file: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class EnclosedFile:
    """A file that goes with every request."""

    file: str
    media_type: str
    data: bytes = field(repr=False)
    sha256: str

    @property
    def name(self) -> str:
        return self.file.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Everything that a study decides. `version` is the hash of the files that it was read from."""

    name: str
    folder: Path
    version: str
    title: Wording
    publisher: str
    contact: str
    languages: tuple[str, ...]  # of pages, replies and letters; the first is that of the letters
    own_words: OwnWords  # added to those of the languages
    frames: tuple[Frame, ...]
    kinds: tuple[KindOfAgency, ...]
    place: UnitNames | None  # None where the study has no word for it
    sought: tuple[Indicator, ...]  # the indicators that it looks for
    documents: tuple[AskedDocument, ...]
    other_surveys: tuple[OtherSurvey, ...]  # beside which the answers are shown
    references: tuple[Reference, ...]  # earlier results with which its own are compared
    regions: Mapping[str, Wording]  # name in the list → what it is called, where the list has it in one language
    law: Law
    calendar: Calendar
    waiting_working_days: int
    confirm: str  # what a person confirms before a publication: "all" that was not found, a "sample", or "none"
    decision_days: int  # for which what a person said of a site is in force at most
    sandbox: str  # the embedded world that it is tried on; "" if there is none
    plugins: Mapping[str, str]  # package → version
    agencies: tuple[Agency, ...]
    successions: tuple[Succession, ...]
    letters: Mapping[tuple[str, str], LetterText]  # (step, or step.template, and language) → letter
    translation: str  # stands between the text of a letter and its translation
    attachments: tuple[EnclosedFile, ...]
    protocol: str  # a protocol to start from
    sources: tuple[Mapping[str, str], ...]  # where the fields of the list come from
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)  # by which its pages and letters are read

    def __post_init__(self) -> None:
        departments = tuple(kind.department for kind in self.kinds if kind.department)
        documents = tuple(document.known_by for document in self.documents if document.known_by.tells)
        said = Vocabulary(self.languages, self.own_words, self.law.citations(), departments, documents)
        object.__setattr__(self, "vocabulary", said)

    @property
    def mail_domains(self) -> frozenset[str]:
        """Domains of others in which its departments have mailboxes."""
        return frozenset(domain for kind in self.kinds if kind.department for domain in kind.department.mail_domains)

    @property
    def in_english(self) -> bool:
        """True if its letters are written in English."""
        return self.languages[0] == "en"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days begin and offices work."""
        return self.calendar.zone

    @property
    def frame_names(self) -> tuple[str, ...]:
        return tuple(frame.name for frame in self.frames)

    @property
    def terms(self) -> tuple[Term, ...]:
        """Return the names of its frames and kinds, in the languages of the results."""
        frames = (Term("frame", one.name, said(one.title, "vi"), said(one.title, "en")) for one in self.frames)
        place: dict[str, UnitNames | KindOfAgency] = {PLACE: self.place} if self.place else {}
        called = place | {kind.name: kind for kind in self.kinds}
        kinds = (
            Term("kind", name, said(k.one, "vi"), said(k.one, "en"), said(k.many, "vi"), said(k.many, "en"))
            for name, k in called.items()
        )
        return (*frames, *kinds)

    @property
    def templates(self) -> tuple[str, ...]:
        """The names of the sets of letters besides those that every campaign has."""
        return tuple(sorted({name for step, _ in self.letters if (name := step.partition(".")[2])}))

    def letter(self, step: str, language: str, template: str = "") -> LetterText | None:
        """Return a letter of `template`; that of the study where the template has none of its own."""
        return self.letters.get((f"{step}.{template}", language)) or self.letters.get((step, language))

    def kind(self, name: str) -> KindOfAgency | None:
        """Return the kind of this name; None if the study does not know it."""
        return next((kind for kind in self.kinds if kind.name == name), None)

    def agencies_of(self, frame: str, kind: str | None = None) -> tuple[Agency, ...]:
        """Return the agencies of a frame, in the order of the list. Raises UsageError for a frame that is not there."""
        if frame not in self.frame_names:
            raise UsageError(f"the study {self.name} has no frame {frame!r}; it has {', '.join(self.frame_names)}")
        return tuple(a for a in self.agencies if a.frame == frame and kind in (None, a.kind))
