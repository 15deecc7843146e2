"""Write the sections of a pre-registration on dates: when letters are sent, and each deadline of the law."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from prober.campaign.preregistration.markup import Section, table
from prober.campaign.protocol import SILENCE, Protocol
from prober.campaign.schedule import DAY, follow_up_at, over_breaks, reminder_at
from prober.campaign.wave import Drawn
from prober.domain.working_days import ONE_DAY, Calendar
from prober.studies.law import Judged, Law, Rule
from prober.studies.study import Study


def timetable(
    protocol: Protocol,
    order: Sequence[Drawn],
    study: Study,
    requirements: Mapping[str, Sequence[Judged]],
) -> tuple[Section, ...]:
    """Return the sections on expected days and on the law. A request may be accepted later than planned."""
    calendar = study.calendar
    return (_expected(protocol, order, calendar), _law(protocol, order, study), _requirements(requirements))


def _expected(protocol: Protocol, order: Sequence[Drawn], calendar: Calendar) -> Section:
    window = f"{protocol.window.start:%H:%M} to {protocol.window.end:%H:%M} ({calendar.zone.key})"
    how = (
        f"Letters leave on working days, {window}, at most {protocol.per_day} a day. The days below hold if every "
        "letter is accepted on the day for which it is planned."
    )
    first, last = order[0].moment, order[-1].moment
    ends = [protocol.waiting_ends(moment, calendar) for moment in (first, last)]
    rows = [
        ("request", _day(calendar.date_of(first)), _day(calendar.date_of(last))),
        *_later_steps(protocol, order, calendar),
        ("last day of waiting", *(_day(calendar.date_of(end) - ONE_DAY) for end in ends)),
    ]
    questions = calendar.questions_between(calendar.date_of(first), calendar.date_of(ends[1]))
    notes = [f"Not settled: {question.note}" for question in questions]
    version = f"Working days are those of the calendar {calendar.version}."
    breaks = over_breaks(protocol, first, last, calendar)
    return Section("Days expected", (how, table(("what", "first", "last"), rows), *breaks, *notes, version))


def _later_steps(protocol: Protocol, order: Sequence[Drawn], calendar: Calendar) -> Iterator[tuple[str, str, str]]:
    """Yield the days of reminders, and of follow-ups after silence; when another one leaves depends on the answers."""
    for arm in protocol.arm_names:
        variant, ours = protocol.of(arm), [d for d in order if d.place.arm == arm]
        moments = [d.moment for d in ours]
        of_arm = f", arm {arm}" if arm else ""
        if variant.reminder_working_days:
            moments = [reminder_at(variant, d.agency.id, d.moment, calendar) for d in ours]
            yield _from_to(f"reminder{of_arm}", moments, calendar)
        if variant.follow_up_working_days and SILENCE in variant.follow_up_after:
            last = [follow_up_at(variant, d.agency.id, m, calendar) for d, m in zip(ours, moments, strict=True)]
            yield _from_to(f"follow-up after silence{of_arm}", last, calendar)


def _from_to(what: str, moments: Sequence[datetime], calendar: Calendar) -> tuple[str, str, str]:
    days = [calendar.date_of(moment) for moment in moments]
    return (what, _day(min(days)), _day(max(days))) if days else (what, "none", "none")


def _law(protocol: Protocol, order: Sequence[Drawn], study: Study) -> Section:
    first, last = ({d.rule: d.due_on for d in study.law.deadlines(order[at].moment, study.calendar)} for at in (0, -1))
    rows = [
        (
            rule.rule, rule.article, _value(rule), _period(rule, study.law), rule.confidence, rule.source or "-",
            _day(first.get(rule.rule)), _day(last.get(rule.rule)),
        )
        for rule in study.law.rules_on(study.calendar.date_of(order[0].moment))
    ]  # fmt: skip
    header = ("rule", "article", "within", "received", "confidence", "source", "first request", "last request")
    text = (
        f"Regime {protocol.regime}. {_receipt(study.law)} Confidence: H read in a published source, M partly, L from "
        "memory only, ? not known; where it is not known, elapsed days are reported and no answer is called late."
    )
    return Section("Deadlines of the law", (text, table(header, rows), f"Version of the rules: {study.law.version}."))


def _requirements(requirements: Mapping[str, Sequence[Judged]]) -> Section:
    rows = [
        (arm or "all", row.article, row.about, "yes" if row.met else f"no: {row.why}")
        for arm, found in requirements.items()
        for row in found
    ]
    text = "Only a request that has all of these binds an office to answer; otherwise no deadline of the law begins."
    return Section("What the law asks of the request", (text, table(("arm", "article", "what", "met"), rows)))


def _receipt(law: Law) -> str:
    counting = law.counting
    nexts = [f"after {counting.closes}"] if counting.closing else []
    nexts += [] if counting.received_on_free_days else ["on a free day"]
    which = "day" if counting.received_on_free_days else "working day"
    moved = f", or on the next {which} if that was {' or '.join(nexts)}" if nexts else ""
    return f"A request counts as received on the day of acceptance{moved}."


def _value(rule: Rule) -> str:
    if rule.value is None:
        return "not known here"
    return f"{rule.value} {rule.unit} after {rule.after or 'receipt'}"


def _period(rule: Rule, law: Law) -> str:
    first, last = law.period_of(rule)
    return f"from {first}" + (f" to {last}" if last else "")


def _day(day: date | None) -> str:
    return f"{day:{DAY}}" if day else "not known"
