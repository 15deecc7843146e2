"""Tell what a number of an article is said to be: which figures it may mean, from the words around it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prober.domain.agency import Reference
from prober.reporting.article.number_mentions import Mention, NumberForm, Word
from prober.reporting.figures.printed_figure import PrintedFigure, slug
from prober.reporting.words import claim_words as said
from prober.text.vietnamese import fold

_TIMES = {NumberForm.HOURS: "hours", NumberForm.WORKING_DAYS: "working-days", NumberForm.DAYS: "working-days"}


@dataclass(frozen=True, slots=True)
class KnownFigure:
    """A figure with the parts of its id: what it is about, what is measured, and of which group."""

    figure: PrintedFigure
    subject: str
    measure: str
    group: str  # "" for all; a region as "region.NAME"; "merged"; "technology.NAME"


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier survey with which the study is compared: the words that name it, and what it counted."""

    phrases: tuple[str, ...] = ()
    measure: str = ""  # last part of the ids of its figures
    counted: tuple[str, ...] = ()  # indicators


def earlier(references: Iterable[Reference], frame: str) -> Earlier:
    """Return the survey that results of `frame` are compared with; it may be named without its year."""
    ours = [one for one in references if one.frame == frame]
    if not ours:
        return Earlier()
    words = fold(ours[0].name).split()
    short = " ".join(word for word in words if not word.isdecimal())
    return Earlier((short or " ".join(words),), slug(ours[0].name), tuple(one.indicator for one in ours))


@dataclass(frozen=True, slots=True)
class Claim:
    """The meaning of the words around a number: `subjects` and `measures` that it may be, and of which group.

    `plain` is False where the words do not make it a claim about the survey for sure, as a count without a noun.
    `of_all` is True where a count may be that of all who were considered.
    """

    subjects: tuple[str, ...]
    measures: tuple[str, ...]
    group: str
    down: bool | None
    plain: bool
    of_all: bool


def known(figure: PrintedFigure, frame: str) -> KnownFigure:
    """Return a figure with the parts of its id."""
    parts = figure.id.removeprefix(f"{frame}.").split(".")
    subject, rest = (parts[1], parts[2:]) if len(parts) > 1 else (parts[0], [])
    group = ""
    if rest and rest[0] in ("region", "pobi-region", "technology", "arm"):
        group, rest = ".".join(rest[:2]), rest[2:]
    elif rest and rest[0] == "merged":
        group, rest = "merged", rest[2:]
    if subject in ("human", "answer") and rest and rest[0] in ("hours", "working-days"):
        subject, rest = f"{subject}.{rest[0]}", rest[1:]
    if subject == "fate":
        subject = f"fate.{rest[0]}"
    return KnownFigure(
        figure, subject, ".".join(rest) if subject.endswith(("hours", "days")) else rest[-1] if rest else "", group
    )


def clauses(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return the parts of a sentence (first word, behind the last): cut where a sign of punctuation stands."""
    found, begin = [], 0
    for place, word in enumerate(words):
        if word.text in (",", ";", ":", "–", "—", "(", ")", ".", "?", "!"):
            found.append((begin, place))
            begin = place + 1
    return [part for part in [*found, (begin, len(words))] if part[0] < part[1]]


def joined(words: Iterable[Word]) -> str:
    """Return words with one blank around each, so that phrases can be looked for."""
    return f" {' '.join(word.text for word in words)} "


def names(text: str, phrases: Iterable[str]) -> bool:
    """Return True if one of the phrases stands in a text that `joined` made."""
    return any(f" {phrase} " in text for phrase in phrases)


def claim(
    mention: Mention, words: Sequence[Word], groups: dict[str, str], labels: dict[str, tuple[str, ...]],
    before: Earlier,
) -> Claim:  # fmt: skip
    """Return what is said of a number in the sentence `words`.

    `groups` are names of regions (folded) → group; `labels` words of indicators that the study declares itself;
    `before` is the survey that it is compared with.
    """
    parts = clauses(words)
    own = next((part for part in parts if part[0] <= mention.first < part[1]), (0, len(words)))
    near, whole = joined(words[own[0] : own[1]]), joined(words)
    text = near
    if not _subjects(near, labels):  # what is counted stands in another part
        others = (joined(words[begin:end]) for begin, end in parts)
        text = near + next((other for other in others if _subjects(other, labels)), whole)
    subjects = _subjects(text, labels)
    folded = fold(whole)
    group = next((found for name, found in groups.items() if f" {name} " in folded), "")
    changes = mention.kind == NumberForm.POINTS or (mention.kind == NumberForm.PERCENT and names(near, said.CHANGE))
    if names(folded, before.phrases) and (changes or subjects in (("qa",), ("email",))):
        both = ("qa_and_email",) if "qa_and_email" in before.counted else ()
        subjects = (*subjects, *both) if subjects else before.counted
    down = True if names(near, said.DOWN) else False if names(near, said.UP) else None
    return Claim(
        _timed(mention, subjects) if mention.kind in _TIMES else subjects,
        _of_time(near, whole) if mention.kind in _TIMES
        else _measures(mention, near if names(near, said.NOT_FOUND + said.NOT_SEEN) else text, whole, changes, before),
        group, down, _plain(mention, words),
        mention.kind == NumberForm.COUNT and (not _subjects(near, labels) or names(_after(mention, words), said.ASKED)),
    )  # fmt: skip


def _after(mention: Mention, words: Sequence[Word]) -> str:
    """Return the words that follow a number, as far as they may belong to its noun."""
    return joined(words[mention.last + 1 : mention.last + 8])


def _subjects(text: str, labels: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    for outcome, phrases in said.OUTCOMES.items():
        if names(text, phrases):
            return (f"outcome.{outcome}",)
    found = [name for name, phrases in {**said.INDICATORS, **labels}.items() if names(text, phrases)]
    if "qa" in found and names(text, said.EMAIL):
        return ("qa_and_email",)
    if "qa_form" in found:
        return ("qa_form",)
    if "human" in found:
        return ("human",)
    if not found and names(text, said.REACHED):
        return ("reached",)
    if not found and names(text, said.UNREACHABLE):
        return ("visits.unreachable",)
    return tuple(found[:1])


def _timed(mention: Mention, subjects: tuple[str, ...]) -> tuple[str, ...]:
    whose = ["human"] if "human" in subjects else ["answer"] if "replied" in subjects else []
    return tuple(f"{who}.{_TIMES[mention.kind]}" for who in whose)


def _of_time(near: str, whole: str) -> tuple[str, ...]:
    if names(whole, said.MEDIAN + said.MEAN):
        return ("median",) if names(whole, said.MEDIAN) else ("mean",)
    return ("first",) if names(near, said.FIRST) else ("last",) if names(near, said.LAST) else ()


def _measures(mention: Mention, text: str, whole: str, changes: bool, before: Earlier) -> tuple[str, ...]:
    with_survey = names(fold(whole), before.phrases)
    if changes:
        return (f"points-to-{before.measure}",) if with_survey else ("points-to-wave-before",)
    if names(text, said.UNREAD):
        return ("unread",)
    if names(text, said.NOT_SEEN):
        return ("not_seen",)
    if names(text, said.NOT_FOUND):
        return ("not_found",)
    if names(text, said.SEEN) and mention.kind != NumberForm.COUNT:
        return ("share-of-seen", "share")
    return ("share", before.measure) if with_survey else ("share",)


def _plain(mention: Mention, words: Sequence[Word]) -> bool:
    if mention.kind in (NumberForm.RATIO, NumberForm.PERCENT, NumberForm.POINTS):
        return True
    if mention.kind in _TIMES:
        return not (mention.first and words[mention.first - 1].text in said.BOUNDS)
    if mention.kind == NumberForm.FRACTION:
        return True
    after = words[mention.last + 1 : mention.last + 4]
    return any(word.text in said.OFFICES for word in after)
