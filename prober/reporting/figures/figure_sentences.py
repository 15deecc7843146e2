"""Say a figure in one sentence of each language, to copy into an article."""

from prober.reporting.figures.printed_figure import PrintedFigure, Unit
from prober.reporting.words.formats import day, number, percent
from prober.reporting.words.labels import Mark, Text

LANGUAGES = ("vi", "en")
_UNITS = {
    Unit.POINTS: Text("điểm phần trăm", "percentage points"),
    Unit.HOURS: Text("giờ", "hours"),
    Unit.WORKING_DAYS: Text("ngày làm việc", "working days"),
    Unit.DAYS: Text("ngày", "days"),
}
_NONE = Text("chưa tới một nửa", "not reached by half of them")
_AS_OF = Text("tính đến {}", "as of {}")
_INTERVAL = Text("khoảng tin cậy 95 %: {}", "95 % interval: {}")
_UNKNOWN = Text("Không rõ: {}.", "Unknown: {}.")
_UNREAD = Text("Chưa có người đọc: {}.", "Read by no person: {}.")


def value(figure: PrintedFigure) -> Text:
    """Return the value of a figure as it is printed, with its unit."""
    return Text(*(_value(figure, figure.value, language) for language in LANGUAGES))


def within(label: Text, group: Text) -> Text:
    """Return the name of a figure as it stands below the name of its group, which is not said again.

    >>> within(Text("Cổng có Hỏi đáp: không rõ", "Portal has Q&A: unknown"), Text("Cổng có Hỏi đáp", "Portal has Q&A"))
    Text(vi='không rõ', en='unknown')
    """
    return Text(*(said.removeprefix(f"{name}: ") for said, name in zip(label, group, strict=True)))


def counts(figure: PrintedFigure) -> Text | None:
    """Return the counts of a share; None if it has none."""
    if figure.k is None or figure.n is None:
        return None
    return Text(f"{number(figure.k, 'vi')}/{number(figure.n, 'vi')}", f"{figure.k} of {figure.n}")


def interval(figure: PrintedFigure) -> Text | None:
    """Return the 95 % interval of a figure; None if it has none. An end that the data do not give is left open."""
    if figure.low is None and figure.high is None:
        return None
    return Text(*(_between(figure, language) for language in LANGUAGES))


def sentence(figure: PrintedFigure, mark: Mark | None) -> Text:
    """Return a figure in one or two sentences, with what it does not know; `mark` says that it is not about reality."""
    counted, around = counts(figure), interval(figure)
    said = []
    for place, language in enumerate(LANGUAGES):
        shown = value(figure)[place]
        if counted:
            shown = counted[place] if figure.unit == Unit.COUNT else f"{counted[place]} ({shown})"
        parts = [
            f"{figure.label[place]}: {shown}" + (f" ({_INTERVAL[place].format(around[place])})" if around else ""),
            _AS_OF[place].format(day(figure.as_of, language)),
        ]
        rest = [text[place].format(n) for text, n in ((_UNKNOWN, figure.unknown), (_UNREAD, figure.unread)) if n]
        marked = [f"[{mark.data[place]}]"] if mark else []
        said.append(" ".join([", ".join(parts) + ".", *rest, *marked]))
    return Text(*said)


def _value(figure: PrintedFigure, given: float | None, language: str) -> str:
    if given is None:
        return _NONE[LANGUAGES.index(language)]
    if figure.unit == Unit.SHARE:
        return percent(given, language)
    if figure.unit == Unit.COUNT:
        return number(given, language)
    amount, unit = 100 * given if figure.unit == Unit.POINTS else given, _UNITS[figure.unit]
    shown = number(amount, language, 1)
    if figure.unit == Unit.POINTS:
        shown = f"+{shown}" if round(amount, 1) > 0 else shown.replace("-", "\N{MINUS SIGN}")
    return f"{shown}\xa0{unit[LANGUAGES.index(language)]}"


def _between(figure: PrintedFigure, language: str) -> str:
    ends = [_value(figure, end, language) if end is not None else "∞" for end in (figure.low, figure.high)]
    low = ends[0].split("\xa0")[0] if figure.high is not None else ends[0]  # the unit stands behind both
    return f"{low} – {ends[1]}" if figure.unit == Unit.POINTS else f"{low}–{ends[1]}"
