"""Declare the keys of a study.toml: meaning, default and allowed values of each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field

from prober.validation import Truth, Whole, key, must_be, one_of

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_KIND = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?")
_MARK = re.compile(r"[a-z0-9]{3,40}")
_FRAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_LONGEST_WORDS, _LEAST_LETTERS = 80, 4
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.!+_-]{0,39}")
_PACKAGE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9])?")


def _is_line(value: str) -> bool:
    return bool(value.strip()) and value.isprintable() and len(value) <= 2_000


def _are_title_words(value: str) -> bool:
    return _is_line(value) and len(value) <= _LONGEST_WORDS and sum(map(str.isalnum, value)) >= _LEAST_LETTERS


def _are_forms(value: tuple[int, ...]) -> bool:
    return not value or (len(value) == 2 and 0 < value[0] <= value[1] < 1_000)


def _in_languages(value: Any) -> Any:
    """Return a table language → text; one text alone holds for every language."""
    return {"": value} if isinstance(value, str) else value


Mark = Annotated[str, must_be(_MARK.fullmatch, "three or more lower-case letters or digits without accents")]
TitleWords = Annotated[str, must_be(_are_title_words, "words of 4 to 80 letters or digits")]
Line = Annotated[str, must_be(_is_line, "one line of text that is not empty")]
Name = Annotated[str, must_be(NAME.fullmatch, "up to 40 lower-case letters, digits and hyphens")]
Names = Annotated[str, must_be(_KIND.fullmatch, "a name of lower-case letters, digits, hyphens and underscores")]
FrameName = Annotated[str, must_be(_FRAME.fullmatch, "a short name of letters, digits, dots and hyphens")]
Language = Annotated[str, must_be(_LANGUAGE.fullmatch, 'a language as its code, for example "en"')]
LanguageOrAll = Annotated[str, must_be(lambda v: not v or _LANGUAGE.fullmatch(v), "a language as its code")]
InLanguages = Annotated[Mapping[LanguageOrAll, Line], BeforeValidator(_in_languages), Field(min_length=1)]
Zone = Annotated[str, must_be(lambda v: v in available_timezones(), 'a time zone, for example "Europe/London"')]
Package = Annotated[str, must_be(_PACKAGE.fullmatch, "the name of an installed package")]
Version = Annotated[str, must_be(_VERSION.fullmatch, 'the version of the package, for example "1.0.2"')]
PROVINCES, COUNCILS = "provinces", "councils"  # embedded worlds
Sandbox = Annotated[str, one_of(PROVINCES, COUNCILS, "")]
_SOME = must_be(len, "a list that is not empty")
_ONCE = must_be(lambda found: len(set(found)) == len(found), "a list in which nothing is there twice")


@dataclass(frozen=True, slots=True)
class FrameEntry:
    """A [[frame]] table."""

    name: FrameName = key("name of the list, as the column `frame` and commands give it")
    title: InLanguages = key("what it is, in words: one text, or one in each language")


@dataclass(frozen=True, slots=True)
class KindEntry:
    """A [[kind]] table."""

    name: Names = key("name of the kind, as in the column `kind`")
    one: InLanguages = key("what one of them is called: one text, or one in each language")
    many: InLanguages = key("what many are called")
    asked: Truth = key("they get letters", False)
    part_of: str = key("kind of the body whose department each is, in its place: its site lists them", "")
    called: tuple[Line, ...] = key("of a department: what links to its site say, in each language", ())
    marks: Annotated[tuple[Mark, ...], _ONCE] = key(
        "of a department: one of them is in the names of its mailboxes and channels", ()
    )
    mail_domains: tuple[Line, ...] = key("of a department: domains of its mail besides those of its site", ())


@dataclass(frozen=True, slots=True)
class PlaceEntry:
    """The [place] table."""

    one: InLanguages = key("what one is called: one text, or one in each language")
    many: InLanguages = key("what many are called")


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A [[document]] table."""

    name: Line = key("name of the document, in the language of the letter")
    name_en: str = key("the same in English; left out: as above", "")
    # By what letters, files and addresses name it, where its title does not say it or they have other words for it.
    words: Annotated[tuple[TitleWords, ...], _ONCE] = key("words by which letters and files name it", ())
    year: Whole = key("the year that it is of; left out: the one in its name", 0, ge=0, le=2_100)
    level: Annotated[str, one_of("", "local", "province", "state")] = key("level of government that it is of", "")
    forms: Annotated[tuple[int, ...], must_be(_are_forms, "two numbers, the first and the last, as [46, 58]")] = key(
        "numbers of its forms, the first and the last", ()
    )


@dataclass(frozen=True, slots=True)
class OtherSurveyEntry:
    """A [[other_survey]] table."""

    name: Line = key("name and year of the survey")
    answers: Whole = key("how many answers it counted", ge=0)
    of: Whole = key("of how many", ge=1)
    counted: InLanguages = key("what it counted them of: one text, or one in each language")
    source: str = key("where the numbers stand", "")


def _are_counts(value: Mapping[str, int]) -> bool:
    return bool(value) and all(_KIND.fullmatch(name) and count >= 0 for name, count in value.items())


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """A [[reference]] table."""

    name: Line = key("name and year of the survey")
    frame: FrameName = key("name of the list that it looked at, one of this study's")
    of: Whole = key("how many it looked at, or asked", ge=1)
    counts: Annotated[Mapping[str, Whole], must_be(_are_counts, "numbers by the names of lines of `headline`")] = key(
        "how many of them have what, by the names of `headline`, as { replied = 8 }"
    )
    about: InLanguages | None = key("what survey it is: one text, or one in each language", None)
    limits: InLanguages | None = key("what is not known of it, beside the comparison", None)


@dataclass(frozen=True, slots=True)
class RegionEntry:
    """A [[region]] table."""

    name: Line = key("name of the region, as in the columns `region` or `pobi_region` of the list")
    title: InLanguages = key("what it is called: one text, or one in each language")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFile:
    """The keys of a study.toml."""

    name: Name = key("short name of the study")
    title: InLanguages = key("what it studies: one text, or one in each language")
    publisher: Line = key("who publishes the results")
    contact: str = key("where readers and offices can ask", "")
    languages: Annotated[tuple[Language, ...], _SOME, _ONCE] = key(
        "languages of pages and replies, that of the letters first; one without a pack has words in words.toml"
    )
    zone: Zone = key("time zone in which days begin and offices work")
    law: Line = key('a law.toml in this folder, or the name of a pack, for example "vi"')
    calendar: Line = key('a calendar.toml in this folder, or the name of a pack, for example "vi"')
    waiting_working_days: Whole = key("working days after which silence counts as silence", ge=1, le=3_650)
    confirm: Annotated[str, one_of("all", "sample", "none")] = key(
        "what of the sites a person confirms before a publication: all that was not found, a random sample, or none",
        "none",
    )
    decision_days: Whole = key("days after which what a person said of a site waits for a person again", 90, ge=1)
    indicators: Annotated[tuple[Names, ...], _SOME, _ONCE] = key("what is looked for on the sites")
    sandbox: Sandbox = key("embedded world that `prober demo` tries it on: provinces, councils; empty for none", "")
    attachments: Annotated[tuple[Line, ...], _ONCE] = key("files of this folder that go with every request", ())
    translation: str = key("the line between a letter and its translation below it", "")
    plugins: Mapping[Package, Version] = key("packages with indicators that may be loaded, and their versions", dict)
    frames: Annotated[tuple[FrameEntry, ...], _SOME] = key("one [[frame]] for each list", alias="frame")
    kinds: Annotated[tuple[KindEntry, ...], _SOME] = key("one [[kind]] for each kind of agency", alias="kind")
    place: PlaceEntry | None = key(
        "what a unit is called that has a portal and departments, such as a province; left out: place", None
    )
    documents: tuple[DocumentEntry, ...] = key("one [[document]] for each document asked for", (), alias="document")
    other_surveys: tuple[OtherSurveyEntry, ...] = key(
        "one [[other_survey]] for each survey of others beside which answers are shown", (), alias="other_survey"
    )
    references: tuple[ReferenceEntry, ...] = key(
        "one [[reference]] for each earlier survey of a list, with which the study's own numbers are compared", (),
        alias="reference",
    )  # fmt: skip
    regions: tuple[RegionEntry, ...] = key(
        "one [[region]] for each region that the list names in one language only", (), alias="region"
    )
