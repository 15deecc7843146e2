"""Read a calendar.toml: whose holidays are free, and the days that the `holidays` package does not know."""

import difflib
import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Annotated
from zoneinfo import ZoneInfo

from prober.domain.working_days import Break, Calendar, Country, OpenQuestion
from prober.validation import Day, checked, key, must_be

Said = Annotated[str, must_be(str.strip, "a text that is not empty")]


@dataclass(frozen=True, slots=True)
class Swap:
    """One decision that moved days."""

    source: Said = key("number of the decision, or where it was announced")
    off: tuple[Day, ...] = key("working days that became free", ())
    worked: tuple[Day, ...] = key("free days that became working days", ())


@dataclass(frozen=True, slots=True)
class Open:
    """A range of days about which a decision is expected."""

    first: Day = key("first day")
    last: Day = key("last day")
    note: Said = key("what is not settled, in words")


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Days off in a row around which offices are slow."""

    name: Said = key("what it is called")
    holiday: Said = key("part of its name in the `holidays` package, in English")


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """The keys of a calendar.toml."""

    country: Said = key('code of the country in the `holidays` package, for example "GB"')
    subdivision: str = key('its subdivision there, for example "ENG"; empty for none', "")
    extra_off: tuple[Day, ...] = key("days off that the package does not know", ())
    extra_work: tuple[Day, ...] = key("worked days that the package does not know", ())
    swaps: tuple[Swap, ...] = key("decisions that moved days: off, worked, source", (), alias="swap")
    questions: tuple[Open, ...] = key("what is not settled: first, last, note", (), alias="open")
    breaks: tuple[DaysOff, ...] = key("breaks to name: name, holiday", (), alias="break")


def read(text: str, zone: ZoneInfo) -> tuple[Calendar | None, list[str]]:
    """Return (the calendar in the text of a calendar.toml, no faults), or (None, every fault as one line)."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [f"not valid TOML: {error}"]
    file, faults = checked(CalendarFile, table)
    if file:
        faults = list(_contradictions(file))
    if file is None or faults:
        return None, faults
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    calendar = Calendar(
        version=f"holidays-{metadata.version('holidays')}+{file.country}{file.subdivision}-{digest}",
        zone=zone,
        country=Country(file.country, file.subdivision),
        extra_off=frozenset(file.extra_off).union(*(swap.off for swap in file.swaps)),
        extra_work=frozenset(file.extra_work).union(*(swap.worked for swap in file.swaps)),
        questions=tuple(OpenQuestion(q.first, q.last, q.note) for q in file.questions),
        breaks=tuple(Break(one.name, one.holiday) for one in file.breaks),
    )
    return calendar, []


def _contradictions(file: CalendarFile) -> Iterator[str]:
    import holidays
    from holidays.registry import EntityLoader

    known = list(EntityLoader.get_country_codes())  # by names: to load one country is to load them all
    if file.country not in known:
        near = difflib.get_close_matches(file.country.upper(), known, n=3, cutoff=0.5)
        yield f"country: the `holidays` package has no {file.country!r}; near it: {', '.join(near) or 'none'}"
    elif file.subdivision and file.subdivision not in (parts := getattr(holidays, file.country).subdivisions):
        yield (
            f"subdivision: {file.country} has no {file.subdivision!r} in the `holidays` package; "
            f"it has {', '.join(parts[:40]) or 'none'}"
        )
    off = {day for days in (file.extra_off, *(swap.off for swap in file.swaps)) for day in days}
    worked = {day for days in (file.extra_work, *(swap.worked for swap in file.swaps)) for day in days}
    if both := off & worked:
        yield f"both off and worked: {', '.join(day.isoformat() for day in sorted(both))}"
    yield from (
        f"open: {one.first} to {one.last} ends before it begins" for one in file.questions if one.last < one.first
    )
