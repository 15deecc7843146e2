"""Say of each figure in an article: right, outdated, rounded, mistaken, or none of the survey.

Outdated are values after each earlier scan, and in each earlier snapshot.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf
from typing import Any

from prober.domain.agency import Reference
from prober.domain.indicator import BY_KIND, Figure, figures_of
from prober.reporting.article.claims import Claim, Earlier, KnownFigure, claim, earlier, joined, known, names
from prober.reporting.article.number_mentions import Mention, NumberForm, Word, mentions, words_of
from prober.reporting.figures.printed_figure import FrameRows, PrintedFigure, Unit, interval, slug
from prober.reporting.tables.indicators import OF_REQUESTS
from prober.reporting.words import claim_words as said
from prober.reporting.words.labels import Text
from prober.store.reading.campaign_pairs import seen
from prober.store.reading.queries import rows
from prober.text.patterns import linear
from prober.text.vietnamese import fold

NEAR = 0.02  # a fraction in words, such as one in eight, is this near to the share
SAID = 3  # words of a name of a figure, by which a sentence that has it is about that figure
FULL = 60  # characters: a line that is longer and ends without a stop was wrapped
_END = linear(r"[.!?…](?=[\s\"”»)*_])|\n")
_TIMES = (NumberForm.HOURS, NumberForm.WORKING_DAYS, NumberForm.DAYS)


class FigureVerdict(StrEnum):
    """The verdict on a figure of an article."""

    RIGHT = "right"
    ROUNDED = "rounded"
    OUTDATED = "outdated"
    MISTAKEN = "mistaken"
    NOT_OURS = "not ours"


WRONG = (FigureVerdict.OUTDATED, FigureVerdict.MISTAKEN)


@dataclass(frozen=True, slots=True)
class Past:
    """The value of a figure at an earlier time (ISO)."""

    k: int
    n: int
    at: str


@dataclass(frozen=True, slots=True)
class CheckedFigure:
    """One figure of an article: where it stands (from 1), its words, what is said of it, and of which figure."""

    line: int
    column: int
    text: str
    verdict: FigureVerdict
    figure: PrintedFigure | None
    why: Text


@dataclass(frozen=True)
class SurveyFigures:
    """The figures of a frame, what they were before (id → earlier values), and the names of regions and indicators.

    `copied` are the names of figures as their sentences to copy have them, longest first, and whose name it is.
    """

    figures: Sequence[KnownFigure]
    copied: Sequence[tuple[str, Sequence[KnownFigure]]]
    past: Mapping[str, Sequence[Past]]
    groups: dict[str, str]
    labels: dict[str, tuple[str, ...]]
    before: Earlier


def survey(
    figures: Iterable[PrintedFigure], frame: str, past: Mapping[str, Sequence[Past]], regions: Iterable[Text],
    own: Mapping[str, Text], references: Iterable[Reference],
) -> SurveyFigures:  # fmt: skip
    """Return what articles are checked against; `regions` are names, `own` the study's own indicators → their names.

    `references` are the earlier results that the study names.
    """
    groups = {fold(name): f"region.{slug(region.vi)}" for region in regions for name in region if name}
    labels = {name: tuple(joined(words_of(text)).strip() for text in texts) for name, texts in own.items()}
    ours = [known(figure, frame) for figure in figures]
    return SurveyFigures(ours, _copied(ours), past, groups, labels, earlier(references, frame))


def _copied(figures: Iterable[KnownFigure]) -> list[tuple[str, list[KnownFigure]]]:
    """Return the names of figures, longest first, with all that have this name; short ones may be words of anyone."""
    found: dict[str, list[KnownFigure]] = {}
    for one in figures:
        for label in one.figure.label:
            found.setdefault(joined(words_of(label)), []).append(one)
    return sorted(((name, ones) for name, ones in found.items() if len(name.split()) >= SAID), key=lambda x: -len(x[0]))


def check(text: str, against: SurveyFigures) -> Iterator[CheckedFigure]:
    """Yield every number of a text with what is said of it, in the order of the text; no dates, sums or law numbers."""
    line, began, done = 1, 0, 0
    previous: list[Word] = []
    for start, sentence in _sentences(text):
        words = words_of(sentence)
        label, named = _named(words, against)
        for mention in mentions(words):
            if mention.kind != NumberForm.OTHER and mention.first not in label:
                verdict, figure, why = _judged(mention, words, previous, named, against)
                at = start + mention.start
                if lines := text.count("\n", done, at):
                    line, began = line + lines, text.rfind("\n", done, at) + 1
                done = at
                yield CheckedFigure(line, at - began + 1, sentence[mention.start : mention.end], verdict, figure, why)
        previous = [] if sentence.endswith("\n") else words


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    begin = 0
    for found in _END.finditer(text):
        if found.group() != "\n" or not _goes_on(text, begin, found.start()):
            yield begin, text[begin : found.end()]
            begin = found.end()
    yield begin, text[begin:]


def _goes_on(text: str, begin: int, end: int) -> bool:
    """Return True if a sentence goes on behind the end of a line: the line is full, or the next begins in the middle.

    The text of a wrapped line goes on; a heading, a paragraph of a document and an item of a list end with their line.
    """
    following = text[end + 1 : end + 2]
    if not following.strip() or following in "#-*>|":
        return False
    return following.islower() or following.isdecimal() or end - text.rfind("\n", begin, end) > FULL


Judged = tuple[FigureVerdict, PrintedFigure | None, Text]
_NOTHING = Text("", "")


def _named(words: Sequence[Word], against: SurveyFigures) -> tuple[range, Sequence[KnownFigure]]:
    """Return where a sentence has the whole name of a figure, as one that was copied does, and the figures so named."""
    text = joined(words)
    for name, figures in against.copied:
        if (at := text.find(name)) >= 0:
            first = text.count(" ", 0, at)
            return range(first, first + len(name.split())), figures
    return range(0), ()


def _judged(
    mention: Mention,
    words: Sequence[Word],
    previous: Sequence[Word],
    named: Sequence[KnownFigure],
    against: SurveyFigures,
) -> Judged:
    """Return what is said of a number in the sentence `words`; `previous` is the sentence before it in its paragraph.

    "That is 12.7 %" is about what the sentence before names. Where it fits nothing there, it may be about anything.
    `named` are the figures whose name the sentence has.
    """
    made = claim(mention, words, against.groups, against.labels, against.before)
    hedge = joined(words[max(0, mention.first - 2) : mention.first])
    if copied := _fitting(mention, made, named, hedge, against):
        return copied
    if not made.subjects and mention.kind != NumberForm.COUNT:
        said_before = claim(mention, [*words, *previous], against.groups, against.labels, against.before)
        made = replace(said_before, plain=False)
    if not made.subjects:
        return FigureVerdict.NOT_OURS, None, _NOTHING
    meant = _meant(made, mention, words, against.figures)
    if found := _fitting(mention, made, meant, hedge, against):
        return found
    if meant and made.of_all and mention.value == meant[0].figure.n:
        return FigureVerdict.RIGHT, meant[0].figure, _NOTHING
    if not meant or not made.plain:
        return FigureVerdict.NOT_OURS, None, _NOTHING
    if mention.high is not None:
        return _other_ends(joined(words), meant)
    return _mistaken(mention, meant, against.figures)


def _fitting(
    mention: Mention, made: Claim, meant: Sequence[KnownFigure], hedge: str, against: SurveyFigures
) -> Judged | None:  # fmt: skip
    """Return that a number is one of the figures which are meant, as printed, rounded or as it was; None if none."""
    if mention.high is not None:
        return next(((_ends(mention), one.figure, _NOTHING) for one in meant if _spans(mention, one.figure)), None)
    for one in meant:
        if _equal(mention, one.figure):
            return _direction(made, one.figure) or (FigureVerdict.RIGHT, one.figure, _NOTHING)
    for one in meant:
        if mention.kind in (NumberForm.PERCENT, NumberForm.FRACTION, NumberForm.POINTS, *_TIMES) and _near(
            mention, one.figure, hedge
        ):
            return _direction(made, one.figure) or (FigureVerdict.ROUNDED, one.figure, _NOTHING)
    for one in meant:
        for before in reversed(against.past.get(one.figure.id, ())):
            if _was(mention, before, hedge):
                return (
                    FigureVerdict.OUTDATED,
                    one.figure,
                    Text(*(text.format(before.at[:10]) for text in said.WHY["past"])),
                )
    return None


def _ends(mention: Mention) -> FigureVerdict:
    return FigureVerdict.RIGHT if mention.decimals else FigureVerdict.ROUNDED


def _spans(mention: Mention, figure: PrintedFigure) -> bool:
    """Return True if an interval of a text is that of a figure. Signs are not compared."""
    if figure.low is None and figure.high is None:
        return False
    scale = 100 if figure.unit in (Unit.SHARE, Unit.POINTS) else 1
    ends = ((mention.value, figure.low), (mention.high, figure.high))
    places = min(mention.decimals, 1)  # as they are printed
    return all(written == (inf if end is None else float(f"{abs(scale * end):.{places}f}")) for written, end in ends)


def _other_ends(text: str, meant: Sequence[KnownFigure]) -> Judged:
    """Return what is said of an interval that no figure has which is meant: mistaken only if it is called one."""
    around = interval(meant[0].figure) if meant and names(text, said.INTERVAL) else None
    if not around:
        return FigureVerdict.NOT_OURS, None, _NOTHING
    why = Text(*(words.format(ends) for words, ends in zip(said.WHY["interval"], around, strict=True)))
    return FigureVerdict.MISTAKEN, meant[0].figure, why


def _meant(made: Claim, mention: Mention, words: Sequence[Word], figures: Sequence[KnownFigure]) -> list[KnownFigure]:
    """Return the figures that the words may mean, most likely first."""
    days = [word.text for word, unit in zip(words, words[1:], strict=False) if unit.text in ("working", "ngày")]
    found = []
    for subject in made.subjects:
        for one in figures:
            if subject == "reached":
                fits = one.subject == "answer.hours" and one.measure in ("reached", "left-out")
            elif subject.startswith(("outcome.", "visits.")):
                fits = subject == f"{one.subject}.{one.measure}"
            elif one.subject == "fate.answered" and subject == "replied" and "share" in made.measures:
                fits = any(f"after-{day}-working-days" == one.measure for day in days)
            else:
                fits = one.subject == subject and one.measure in made.measures
            if (
                fits
                and one.group == made.group
                or fits
                and one.group == "merged"
                and mention.n is not None
                and one.figure.n == mention.n
            ):
                found.append(one)
    order = {measure: place for place, measure in enumerate(made.measures)}
    return sorted(found, key=lambda one: (one.group == "merged", order.get(one.measure, -1)))


def _equal(mention: Mention, figure: PrintedFigure) -> bool:
    """Return True if a mention gives a figure as it is printed."""
    if mention.kind == NumberForm.RATIO:
        return (mention.k, mention.n) == (figure.k, figure.n)
    if mention.kind == NumberForm.COUNT:
        return mention.value == figure.k if figure.k is not None else mention.value == figure.value
    value = _in(mention, figure)
    if value is None or mention.kind == NumberForm.FRACTION:
        return value is not None and mention.value == value
    written = f"{value:.1f}"
    return abs(mention.value - float(written)) < 1e-9 if mention.decimals < 2 else round(value, 2) == mention.value


def _in(mention: Mention, figure: PrintedFigure) -> float | None:
    """Return the value of a figure in the unit in which a mention is written; None if it is of another unit."""
    if figure.value is None:
        return None
    if mention.kind == NumberForm.POINTS:
        return abs(100 * figure.value) if figure.unit == Unit.POINTS else None
    if mention.kind in _TIMES:
        return figure.value if figure.unit not in (Unit.SHARE, Unit.POINTS, Unit.COUNT) else None
    share = (
        figure.value
        if figure.unit == Unit.SHARE
        else figure.k / figure.n
        if figure.k is not None and figure.n
        else None
    )
    if share is None or figure.unit == Unit.POINTS:
        return None
    return share if mention.kind in (NumberForm.FRACTION, NumberForm.RATIO) else 100 * share


def _near(mention: Mention, figure: PrintedFigure, hedge: str) -> bool:
    """Return True if a mention gives a figure rounded: in whole per cent, as a fraction, or "more than 12 %"."""
    value = _in(mention, figure)
    return value is not None and _rounds(mention, value, hedge)


def _rounds(mention: Mention, value: float, hedge: str) -> bool:
    if mention.kind in (NumberForm.FRACTION, NumberForm.RATIO):
        return abs(mention.value - value) <= NEAR
    if names(hedge, said.MORE):
        return 0 < value - mention.value < _step(mention.value)
    if names(hedge, said.LESS) and 0 < mention.value - value < _step(mention.value):
        return True
    if names(hedge, said.ABOUT) and abs(value - mention.value) < 1:
        return True
    return abs(round(value, mention.decimals) - mention.value) < 1e-9


def _step(value: float) -> int:
    """Return what a round number is round to: "more than 90" is said of 92, "more than 91" is not."""
    return 10 if value % 10 == 0 else 5 if value % 5 == 0 else 1


def _was(mention: Mention, past: Past, hedge: str) -> bool:
    if mention.kind == NumberForm.RATIO:
        return (mention.k, mention.n) == (past.k, past.n)
    if mention.kind == NumberForm.COUNT:
        return mention.value == past.k
    if mention.kind == NumberForm.PERCENT and past.n:
        return _rounds(mention, 100 * past.k / past.n, hedge)
    return False


def _direction(made: Claim, figure: PrintedFigure) -> Judged | None:
    """Return what is wrong with the direction of a change; None if nothing is."""
    if figure.unit != Unit.POINTS or made.down is None or not figure.value or made.down == (figure.value < 0):
        return None
    return FigureVerdict.MISTAKEN, figure, said.WHY["direction"]


def _mistaken(mention: Mention, meant: Sequence[KnownFigure], figures: Sequence[KnownFigure]) -> Judged:
    """Return what a mistaken figure was taken for: another base, unit, state, outcome or indicator."""
    best = meant[0]
    if mention.kind == NumberForm.PERCENT and best.figure.unit == Unit.POINTS:
        written = abs(100 * (best.figure.value or 0.0))
        return FigureVerdict.MISTAKEN, best.figure, said.WHY["unit" if _rounds(mention, written, " ") else "value"]
    if mention.kind == NumberForm.RATIO and not _possible(mention, best, figures):
        return FigureVerdict.NOT_OURS, None, _NOTHING
    for one in figures:
        if one.group == best.group and one is not best and _equal(mention, one.figure) and _confusable(one, best):
            return FigureVerdict.MISTAKEN, best.figure, _why(one, best)
    code = "denominator" if mention.kind == NumberForm.RATIO and mention.k == best.figure.k else "value"
    return FigureVerdict.MISTAKEN, best.figure, said.WHY[code]


def _possible(mention: Mention, best: KnownFigure, figures: Sequence[KnownFigure]) -> bool:
    """Return True if a ratio has the numerator or a denominator of such figures."""
    return mention.k == best.figure.k or mention.n in {one.figure.n for one in figures if one.group == best.group}


def _confusable(one: KnownFigure, best: KnownFigure) -> bool:
    same = one.subject == best.subject or {one.subject, best.subject} <= {"outcome", "replied", "human"}
    return same and one.figure.unit in (Unit.SHARE, Unit.COUNT)


def _why(one: KnownFigure, best: KnownFigure) -> Text:
    if one.measure == "share-of-seen":
        return said.WHY["base"]
    if one.measure == "share-at-most":
        return said.WHY["bound"]
    if {one.measure, best.measure} == {"not_found", "not_seen"}:
        return said.WHY["not-found-not-seen"]
    if one.subject == best.subject and {one.measure, best.measure} == {"share", "not_found"}:
        return said.WHY["found-not-found"]
    words = said.WHY["outcome" if one.subject == "outcome" else "indicator"]
    return Text(*(text.format(label) for text, label in zip(words, one.figure.label, strict=True)))


MOST_SCANS = 60  # the newest that are looked at


def earlier_values(basis: FrameRows, manifests: Iterable[Mapping[str, Any]]) -> dict[str, list[Past]]:
    """Return id → what the figure was, oldest first: by `manifests` of snapshots, and by the scans of results.db.

    Of a wave that repeats another, the first is an earlier value too.
    """
    found: dict[str, list[Past]] = {}
    for name, past in (*_of_snapshots(basis, manifests), *_of_scans(basis), *_of_wave(basis)):
        found.setdefault(name, []).append(past)
    return {name: sorted(values, key=lambda past: past.at) for name, values in found.items()}


def _past(basis: FrameRows, indicator: str, at: str, counts: tuple[int, int, int]) -> Iterator[tuple[str, Past]]:
    """Yield the figures of one indicator, of which so many were found, not found and not seen."""
    found, not_found, not_seen = counts
    whose, n = basis.offices if indicator in OF_REQUESTS else basis.sites, sum(counts)
    name = f"{basis.frame}.{whose}.{indicator}"
    yield f"{name}.share", Past(found, n, at)
    yield f"{name}.share-of-seen", Past(found, n - not_seen, at)
    yield f"{name}.not_found", Past(not_found, n, at)
    yield f"{name}.not_seen", Past(not_seen, n, at)


def _of_snapshots(basis: FrameRows, manifests: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Past]]:
    for manifest in manifests:
        for row in manifest.get("headline", ()):
            if row["frame"] == basis.frame:
                counts = (row["k"], row["not_found"], row["not_seen"])
                yield from _past(basis, row["indicator"], str(manifest["as_of"]), counts)


def _of_wave(basis: FrameRows) -> Iterator[tuple[str, Past]]:
    _, before = basis.earlier
    states = [row["answered"] for row in before]
    if states:
        at = max(row["accepted_at"] or "" for row in before)
        yield from _past(basis, "replied", at, _counts(states))


def _of_scans(basis: FrameRows) -> Iterator[tuple[str, Past]]:
    """Yield the figures after each scan but the newest; what a scan did not see stays as it was known before."""
    figures = list(_figures(basis))
    kinds = {kind for figure in figures for kind in figure.kinds}
    units = [row["portal"] for row in basis.provinces]
    known = {kind: dict.fromkeys(units, "not_seen") for kind in kinds}
    scans = rows(basis.db, "scans", frame=basis.frame)[1 : MOST_SCANS + 1]
    for scan in reversed(scans):
        for kind, states in known.items():
            told = seen(basis.db, scan["id"], kind).items()
            states |= {unit: state for unit, state in told if unit in states and state != "not_seen"}
        for figure in figures:
            states_of = [_joined([known[kind][unit] for kind in figure.kinds]) for unit in units]
            yield from _past(basis, figure.name, scan["started_at"], _counts(states_of))


def _figures(basis: FrameRows) -> Iterator[Figure]:
    """Yield the figures that are counted from verdicts alone, by no level, category or second site."""
    names = {row["indicator"] for row in basis.headline}
    for one in BY_KIND.values():
        for figure in one.figures:
            plain = figure.column == one.column or len(figure.kinds) > 1
            if figure.name in names and plain and not figure.least and not one.of_departments:
                yield figure
    for name in names - set(OF_REQUESTS) - {figure.name for one in BY_KIND.values() for figure in one.figures}:
        yield from figures_of(name, (name, name))


def _joined(states: list[str]) -> str:
    if "not_found" in states:
        return "not_found"
    return "found" if set(states) == {"found"} else "not_seen"


def _counts(states: list[str]) -> tuple[int, int, int]:
    return states.count("found"), states.count("not_found"), states.count("not_seen")
