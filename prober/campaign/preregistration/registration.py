"""Assemble the pre-registration of a campaign: everything that was decided before the first letter.

Nothing in it depends on the clock: the same facts always give the same document.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from prober.campaign.design import power
from prober.campaign.letters.compose import source, source_name
from prober.campaign.preregistration.markup import Preregistration, Section, Verbatim, table
from prober.campaign.protocol import SILENCE, VARIED, Protocol
from prober.campaign.schedule import DAY, follow_up_at, over_breaks, reminder_at
from prober.campaign.wave import Drawn, sha256_of
from prober.domain.correspondence import AUTOMATIC, SUBSTANTIVE, Event, Step
from prober.domain.working_days import ONE_DAY, Calendar
from prober.domain.world import World
from prober.studies.law import Judged, Law, Rule
from prober.studies.study import Study, said

_NOTES: Mapping[str, str] = {
    World.SANDBOX: "This campaign belongs to the embedded world: every agency and answer in it is simulated.",
    World.REHEARSAL: "This campaign is a rehearsal: every agency in it is a test server of the person who asks.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """Registered facts besides the protocol and the draw."""

    campaign: str
    world: str
    version: str  # of the prober
    protocol_sha256: str
    approval_sha256: str = ""  # "" before approval
    approved_by: str = ""
    approved_at: str = ""
    left_out: tuple[str, ...] = ()  # slugs without a reviewed address
    requirements: Mapping[str, tuple[Judged, ...]]  # arm → legal requirements of its requests
    events: Mapping[Event, str]  # class of a message → its name


def preregistration(protocol: Protocol, order: Sequence[Drawn], facts: Registered, study: Study) -> Preregistration:
    """Return the whole document. `order` is the draw, frozen if the campaign is approved."""
    sections = (
        _identity(protocol, order, facts),
        _units(protocol, order, facts),
        _arms(protocol),
        _steps(protocol, study),
        _draw(protocol, order, study),
        *timetable(protocol, order, study, facts.requirements),
        *measures(protocol, order, facts.events, study),
        _stopping(protocol),
        _templates(protocol, study),
    )
    return Preregistration(f"Pre-registration: {protocol.title}", sections)


def assignment_sha256(order: Sequence[Drawn]) -> str:
    """Return the SHA-256 of the draw, as an approval stores it."""
    return sha256_of(
        {"agency": d.agency.id, "block": d.place.block, "arm": d.place.arm, "position": d.position} for d in order
    )


def _identity(protocol: Protocol, order: Sequence[Drawn], facts: Registered) -> Section:
    approved = f"by {facts.approved_by}, {facts.approved_at}" if facts.approved_by else "not yet"
    rows = [
        ("campaign", facts.campaign),
        ("title", protocol.title),
        ("approved", approved),
        ("SHA-256 of the protocol file", facts.protocol_sha256),
        ("SHA-256 of the assignment", assignment_sha256(order)),
        ("SHA-256 of all letters and recipients", facts.approval_sha256 or "fixed by the approval"),
        ("made with", f"prober {facts.version}"),
    ]
    note = (_NOTES[facts.world],) if facts.world in _NOTES else ()
    return Section("What is registered", (*note, table(("item", "value"), rows)))


def _units(protocol: Protocol, order: Sequence[Drawn], facts: Registered) -> Section:
    who = {"organisation": "an organisation, under its own name", "citizen": "a citizen, under their own name"}
    chosen = "the units named in the protocol" if protocol.units else "all agencies"
    as_of = ", as the registry stands now" if facts.approved_by else ""
    rows = [
        ("frame", protocol.frame),
        ("kind", protocol.kind),
        ("agencies asked", f"{len(order)}: {chosen} of this frame and kind with a reviewed address"),
        (f"left out for want of an address{as_of}", ", ".join(facts.left_out) or "none"),
        ("who asks", who.get(protocol.sender, "whoever the configuration names; the protocol leaves it open")),
        ("purpose, as the letter says it", protocol.purpose),
        *([("the same in English", protocol.purpose_en)] if protocol.purpose_en else []),
        *((f"document {number}", d.name) for number, d in enumerate(protocol.documents, start=1)),
        *(
            (f"document {number} in English", d.name_en)
            for number, d in enumerate(protocol.documents, start=1)
            if d.name_en
        ),
    ]
    return Section("Who is asked for what, by whom", (table(("item", "value"), rows),))


def _arms(protocol: Protocol) -> Section:
    if not protocol.arms:
        parts: list[str] = ["One arm: every agency gets the same letter."]
    else:
        parts = ["Two arms. Everything that is not named here is the same in both."]
    if protocol.pairs_with:
        swap = " Every agency that was asked then is now in the other arm." if protocol.arms else ""
        parts.append(f"Second of two paired waves; the first is {protocol.pairs_with}.{swap}")
    if not protocol.arms:
        return Section("Arms", tuple(parts))
    first, second = protocol.variants
    differing = [key for key in VARIED if getattr(first, key) != getattr(second, key)]
    rows = [
        (arm.name, arm.about, "; ".join(f"{key} = {_shown(getattr(variant, key))}" for key in differing))
        for arm, variant in zip(protocol.arms, protocol.variants, strict=True)
    ]
    if len(differing) > 1:
        parts.append(
            f"The arms differ in {len(differing)} things at once ({', '.join(differing)}): an effect is one of all of "
            "them together."
        )
    return Section("Arms", (*parts, table(("arm", "what it is", "what differs"), rows)))


def _steps(protocol: Protocol, study: Study) -> Section:
    rows = []
    for name, variant in zip(protocol.arm_names, protocol.variants, strict=True):
        arm = name or "all"
        slip = [f"slip {variant.form}"] if study.law.has_slip else []
        reminder = f"after {variant.reminder_working_days} working days, unless a person has answered or it bounced"
        rows += [
            (arm, "request", ", ".join([_letter(variant), f"language {variant.language}", *slip])),
            (arm, "receipt", "asked for in the letter" if variant.receipt else "not asked for"),
            (arm, "reminder", f"one, {reminder}" if variant.reminder_working_days else "none"),
            (arm, "follow-up", _follow_up(variant)),
        ]
    silence = f"Silence is silence after {protocol.waiting_working_days} working days. Later answers are kept apart."
    once = "Each step is sent to an agency at most once."
    return Section("Steps", (f"{once} {silence}", table(("arm", "step", "what happens"), rows)))


def _follow_up(protocol: Protocol) -> str:
    if not protocol.follow_up_working_days:
        return "none"
    return (
        f"one, {protocol.follow_up_working_days} working days after the last message, where a person has read every "
        f"message and all are of these classes: {', '.join(protocol.follow_up_after)} (silence: no message, counted "
        "from the reminder, or from the request where none leaves); none after a bounce or the end of the waiting time"
    )


def _draw(protocol: Protocol, order: Sequence[Drawn], study: Study) -> Section:
    blocks = " × ".join(protocol.blocks) or "no blocks"
    how = f"Drawn from the seed {protocol.seed} with HMAC-SHA-256; blocks: {blocks}. "
    if "quality" in protocol.blocks:
        how += "Quality is that of the portal of its place in the latest crawl: high is a Q&A section of level 4 or 5. "
    if protocol.arms:
        units = drawn_units(order, study)
        if not stand_alone(order):
            one = said(study.place.one, "en") if study.place else "place"
            how += f"{units.capitalize()} are drawn, never single agencies, so that no {one} is in both arms. "
        how += (
            f"The arms take turns in a drawn order of blocks and, inside each, of {units}; their sizes differ by one "
            "at most in every block and over all. "
        )
    group = "every arm of every block" if protocol.arms else "every block"
    how += f"The order of sending is drawn inside {group}, and these are spread evenly over the wave."
    check = (
        "The hash of the assignment is SHA-256 over one line per agency, sorted: agency, block, arm and position, "
        "between tabs, each ended by a line feed. Once approved, prober campaign status NAME --letters --json has them."
    )
    arms = protocol.arm_names
    counts = Counter((d.place.block, d.place.arm) for d in order)
    rows = [(block or "all", *(counts[block, arm] for arm in arms)) for block in sorted({b for b, _ in counts})]
    total = ("together", *(sum(n for (_, a), n in counts.items() if a == arm) for arm in arms))
    header = ("block", *(arm or "agencies" for arm in arms))
    return Section("Assignment and order", (how, check, table(header, [*rows, total])))


def _stopping(protocol: Protocol) -> Section:
    own = (
        "An agency that asks for no further letters gets none, in this campaign or any other. What rules take for such "
        "a request holds letters back until a person has read it."
    )
    limit = protocol.stop_after_objections
    all_of_it = f"Once {limit} agencies that were asked have objected, the whole campaign stops by itself."
    rules = [own, *([all_of_it] if limit else []), protocol.stopping]
    return Section("Stopping rule", tuple(rules))


def _templates(protocol: Protocol, study: Study) -> Section:
    """Return the templates of all letters, each once, unfilled; the approval freezes every filled letter."""
    sources = dict(_sources(protocol, study))
    rows = [(name, hashlib.sha256(text.encode()).hexdigest()) for name, text in sources.items()]
    texts = [part for name, text in sources.items() for part in (f"{name}:", Verbatim(text))]
    subjects = dict.fromkeys(_subject(variant, study) for variant in protocol.variants)
    return Section("Letters", (*(f"Subject: {s}" for s in subjects), table(("template", "SHA-256"), rows), *texts))


def _subject(protocol: Protocol, study: Study) -> str:
    letter = study.letter(Step.REQUEST, protocol.languages[0], protocol.template)
    return protocol.letter.subject if protocol.letter else letter.subject if letter else ""


def _letter(protocol: Protocol) -> str:
    if protocol.letter:
        return "the letter printed below"
    return f"the letter {protocol.template} of the study" if protocol.template else "the letter of the study"


def _sources(protocol: Protocol, study: Study) -> Iterator[tuple[str, str]]:
    """Yield name and unfilled text of every letter that leaves."""
    for variant in protocol.variants:
        for step in map(Step, variant.steps):
            for language in variant.languages:
                yield source_name(variant, step, language, study), source(variant, step, language, study)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_SECONDARY = (
    ("delivered", "no bounce or refusal within seven days of acceptance, or any later message of the agency"),
    ("any human answer", "at least one message written by a person, of whatever class"),
    ("outcome", "the strongest class of message inside the waiting time: answers before refusals, people before "
     "machines"),
    ("time to the first human and to the first substantive message", "hours and working days from SMTP acceptance to "
     "arrival at our server"),
    ("on time", "the deadline of the law in force on the day of receipt was met"),
    ("quality of each document", "0 none, 1 a referral only, 2 partial, 3 complete, 4 complete and reusable; coded by "
     "a person"),
)  # fmt: skip
_REPORTED = (
    "Every share as k of n with its 95 % Wilson interval; n is every agency asked, and beside it stands the number of "
    "those whose letter did not arrive.",
    "One row per agency: delivered, outcome, hours and working days to the first human and the first substantive "
    "message, arm and block.",
    "Answers after the waiting time, apart from the primary outcome.",
    "Agreement of two coders on a random sample, where there was a second coder.",
    "Every departure from this document, with its reason.",
    "No name, contact or text of an official; no personal data of the requester.",
)


def measures(
    protocol: Protocol, order: Sequence[Drawn], events: Mapping[Event, str], study: Study
) -> tuple[Section, ...]:
    """Return the sections on outcomes, analysis and power, which rests on the results that the study names."""
    units = len({drawn.agency.province or drawn.agency.id for drawn in order})
    return (
        _outcomes(protocol, events),
        _analysis(protocol),
        _power(
            units, drawn_units(order, study), power.expected(protocol.expected_share, study.references, protocol.frame)
        ),
        Section("What will be reported", _REPORTED),
    )


def _outcomes(protocol: Protocol, events: Mapping[Event, str]) -> Section:
    substantive = ", ".join(f"{event} ({events[event]})" for event in Event if event in SUBSTANTIVE)
    primary = (
        f"Primary outcome: {protocol.outcome} In the program: a message of one of the classes {substantive}, written "
        f"by a person, matched to the request, within {protocol.waiting_working_days} working days of acceptance."
    )
    rows = [
        (event, events[event], "yes" if event in SUBSTANTIVE else "no", "no" if event in AUTOMATIC else "yes")
        for event in Event
    ]
    classes = (
        "Classes of messages; rules propose them, and where a person has read a message the person's class counts."
    )
    header = ("class", "what it is", "an answer", "of a person")
    return Section(
        "Outcomes", (primary, table(("secondary outcome", "definition"), _SECONDARY), classes, table(header, rows))
    )


def _analysis(protocol: Protocol) -> Section:
    parts = [
        "Primary figure: agencies that answered, of all that were asked. A letter that bounced is no answer and stays "
        "in n; it is told apart as not delivered."
    ]
    if protocol.arms:
        first, second = protocol.arm_names
        parts.append(
            f"Comparison: the difference in answered shares, {second} less {first}. Fisher's exact test, two-sided, at "
            f"{power.ALPHA:.0%}; beside it the share of redraws of this assignment, with other seeds, that give a "
            "difference at least as large. No other comparison of arms is confirmatory."
        )
    if protocol.pairs_with:
        parts.append(
            f"Paired with {protocol.pairs_with}: McNemar's exact test over the agencies asked in both waves"
            + (", each with itself in the other arm." if protocol.arms else ".")
        )
    parts.append("Times to an answer: Kaplan-Meier; silence is censored at the end of the waiting time.")
    return Section("Analysis", tuple(parts))


def drawn_units(order: Sequence[Drawn], study: Study) -> str:
    """Return what is drawn, in words: the study's places, or agencies where each stands for itself."""
    if stand_alone(order):
        return "agencies"
    return said(study.place.many, "en") if study.place else "places"


def stand_alone(order: Sequence[Drawn]) -> bool:
    """Return True if no two agencies are of one place."""
    return all(drawn.agency.province in ("", drawn.agency.slug) for drawn in order)


def _power(units: int, called: str, rate: power.Expected | None) -> Section:
    """Return the power of two arms; printed for a campaign without arms too, because it explains why it has none."""
    header = ("baseline", *(f"+{points} points" for points in power.DIFFERENCES))
    rows = [(f"{base:.1%}", *(_rounded(chance) for chance in row)) for base, row in power.table(units, rate)]
    pairs = [
        (f"{gain:.0%} answer only in one wave, {loss:.0%} only in the other", _rounded(power.paired(units, gain, loss)))
        for gain, loss in power.TURNS
    ]
    note = (
        f"Units are {called}. Power of Fisher's exact test for two arms, two-sided at 5 %, added up over all tables; "
        "the larger arm is taken as that at the baseline. For paired waves, power of McNemar's exact test."
    )
    if rate:
        note += f" The baseline of {rate.share:.1%} is that of {rate.source}."
    said = power.verdict(units, rate)
    return Section("Power", (said, note, table(header, rows), table(("paired waves", "power"), pairs)))


def _rounded(chance: float | None) -> str:
    return "-" if chance is None else f"{chance:.2f}"


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
