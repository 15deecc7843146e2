"""Write the sections of a pre-registration on measurement: outcomes, analysis and power."""

from collections.abc import Mapping, Sequence

from prober.campaign.design import power
from prober.campaign.preregistration.markup import Section, table
from prober.campaign.protocol import Protocol
from prober.campaign.wave import Drawn
from prober.domain.correspondence import AUTOMATIC, SUBSTANTIVE, Event
from prober.studies.study import Study, said

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
