"""Define a printed figure as a value, the rows of results.db that it is computed from, and its sentence to copy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from prober.domain.correspondence import NEVER_SENT
from prober.reporting.statistics.proportions import Interval
from prober.reporting.tables.comparisons import successors
from prober.reporting.tables.indicators import rounded
from prober.reporting.words.formats import day, number, percent
from prober.reporting.words.labels import Mark, Text
from prober.store import Database
from prober.store.reading.campaign_pairs import counted, placed
from prober.store.reading.campaign_pairs import successions as pairs
from prober.store.reading.queries import Row, first, rows
from prober.store.reading.report_rows import Survey
from prober.studies.study import Study
from prober.text.patterns import linear
from prober.text.vietnamese import fold

_WORDS = linear(r"[a-z0-9]+")


class Unit(StrEnum):
    """The unit of a value. A share is a number in 0..1, and so is a difference of shares."""

    SHARE = "share"
    POINTS = "percentage points"
    COUNT = "count"
    HOURS = "hours"
    WORKING_DAYS = "working days"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Behind:
    """The rows that a figure is counted from: a table, view or named query of Datasette, and its parameters."""

    name: str
    where: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedFigure:
    """One figure that a page, the report or `prober analysis` prints.

    `id` stays the same over nights. `sql` yields one row with `value`, and with `k` and `n` where there are any, from
    results.db alone. Of `n`, `not_found` were not found, `confirmed` of these by a person, `not_seen` were not seen,
    and `unread` rest on replies that no person has read; None where the question does not arise. `never` says what the
    figure must not be called.
    """

    id: str
    label: Text
    unit: Unit
    value: float | None
    k: int | None = None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    not_found: int | None = None
    confirmed: int | None = None
    not_seen: int | None = None
    unread: int | None = None
    as_of: str
    sql: str
    behind: Behind
    never: tuple[Text, ...]

    @property
    def measure(self) -> str:
        """Return the last word of the id: what is measured."""
        return self.id.rpartition(".")[2]


def ends(interval: Interval | None) -> dict[str, Any]:
    """Return the fields `low` and `high` of a figure."""
    return {"low": rounded(interval.low), "high": rounded(interval.high)} if interval else {}


def quoted(text: str) -> str:
    """Return a text as SQL writes it.

    >>> quoted("d'Or")
    "'d''Or'"
    """
    return "'" + text.replace("'", "''") + "'"


def listed(texts: Iterable[str]) -> str:
    """Return texts as SQL lists them, in brackets."""
    return f"({', '.join(map(quoted, texts))})"


def slug(text: str) -> str:
    """Return a name as a part of an id.

    >>> slug("Đồng bằng sông Cửu Long"), slug("Val-d'Or/2"), slug("")
    ('dong-bang-song-cuu-long', 'val-d-or-2', 'not-known')
    """
    return "-".join(_WORDS.findall(fold(text))) or "not-known"


@dataclass(frozen=True)
class FrameRows:
    """The rows of one frame that figures are computed from, each read when it is first needed.

    `study` has the calendar, the names of regions, and the successions of agencies that the database has no row for.
    """

    db: Database
    survey: Survey
    study: Study

    @property
    def frame(self) -> str:
        return self.survey.frame

    @property
    def sites(self) -> str:
        """Return the part of an id that names the sites: portal, or the only kind of agency of the frame."""
        kinds = self.survey.kinds
        return "portal" if "portal" in kinds else kinds[0] if len(kinds) == 1 else "agency"

    @property
    def offices(self) -> str:
        """Return the part of an id that names those who are asked: the departments of portals, where there are such."""
        departments = [kind for kind in self.survey.kinds if kind != "portal"]
        if "portal" not in self.survey.kinds or not departments:
            return self.sites
        return departments[0] if len(departments) == 1 else "agency"

    @property
    def campaign(self) -> str:
        return str(self.survey.campaign["id"]) if self.survey.campaign else ""

    @property
    def waiting(self) -> int:
        """Return the waiting time of the campaign in working days."""
        return int(self.survey.campaign["waiting_working_days"]) if self.survey.campaign else 0

    @property
    def limits(self) -> tuple[int, ...]:
        """Return the working days that the law of the campaign gives an office."""
        return self.study.law.limits_of(self.survey.campaign["regime"]) if self.survey.campaign else ()

    @cached_property
    def agencies(self) -> Mapping[str, Row]:
        """Return the agencies of the frame by their ids."""
        return {row["id"]: row for row in rows(self.db, "agencies", frame=self.frame)}

    @cached_property
    def headline(self) -> tuple[Row, ...]:
        return rows(self.db, "headline", frame=self.frame)

    @cached_property
    def provinces(self) -> tuple[Row, ...]:
        return rows(self.db, "provinces", frame=self.frame)

    @cached_property
    def visited(self) -> tuple[Row, ...]:
        return rows(self.db, "visited", frame=self.frame)

    @cached_property
    def asked(self) -> list[Row]:
        """Return the requests that were sent or tried."""
        return [row for row in placed(self._requests) if row["state"] not in NEVER_SENT]

    @cached_property
    def _requests(self) -> tuple[Row, ...]:
        return rows(self.db, "requests", campaign=self.campaign)

    @cached_property
    def replies(self) -> tuple[Row, ...]:
        return rows(self.db, "replies", campaign=self.campaign)

    @property
    def received(self) -> list[Row]:
        """Return the replies inside the waiting time, and bounces."""
        return counted(self.replies)

    @cached_property
    def earlier(self) -> tuple[str, list[Row]]:
        """Return the campaign that this one repeats, "" if there is none, and its requests that were sent or tried."""
        before = self.survey.campaign["pairs_with"] if self.survey.campaign else None
        found = first(self.db, "campaigns", id=before) if before else None
        if not found:
            return "", []
        sent = rows(self.db, "requests", campaign=found["id"])
        return str(found["id"]), [row for row in sent if row["state"] not in NEVER_SENT]

    @cached_property
    def into(self) -> dict[str, str]:
        """Return portal → portal of the unit that took over from it."""
        return successors(self.provinces, pairs(self.db, self.study.successions))


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
_NOT_FOUND = Text("Không tìm thấy: {}, đã có người xác nhận: {}.", "Not found: {}, confirmed by a person: {}.")
_NOT_SEEN = Text("Chưa xem được: {}.", "Not seen: {}.")
_UNREAD = Text("Chưa có người đọc: {}.", "Read by no person: {}.")


def value(figure: PrintedFigure) -> Text:
    """Return the value of a figure as it is printed, with its unit."""
    return Text(*(_value(figure, figure.value, language) for language in LANGUAGES))


def within(label: Text, group: Text) -> Text:
    """Return the name of a figure as it stands below the name of its group, which is not said again.

    >>> within(Text("Có Hỏi đáp: chưa xem được", "Has Q&A: not seen"), Text("Có Hỏi đáp", "Has Q&A"))
    Text(vi='chưa xem được', en='not seen')
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
        rest = [
            text[place].format(n, figure.confirmed)
            for text, n in (
                (_NOT_FOUND, figure.not_found if figure.confirmed is not None else 0),
                (_NOT_SEEN, figure.not_seen),
                (_UNREAD, figure.unread),
            )
            if n
        ]
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
