"""Assemble the pre-registration of a campaign: everything that was decided before the first letter.

Nothing in it depends on the clock: the same facts always give the same document.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prober.campaign.letters.compose import source, source_name
from prober.campaign.preregistration.analysis_plan import drawn_units, measures, stand_alone
from prober.campaign.preregistration.markup import Preregistration, Section, Verbatim, table
from prober.campaign.preregistration.timetable import timetable
from prober.campaign.protocol import VARIED, Protocol
from prober.campaign.wave import Drawn, sha256_of
from prober.domain.correspondence import Event, Step
from prober.domain.world import World
from prober.studies.law import Judged
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
