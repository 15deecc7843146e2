"""Compare a visit with the least that the registry expects of its site; a visit that finds less is not believed.

Zero findings are a signal: a portal that had twenty questions last year and none tonight was more likely misread than
emptied. A person who looked at the site writes a floor, with the reason for it (`expects_reason`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from prober.domain.finding import Finding, State
from prober.domain.indicator import OFFICIAL, WRITABLE_FORM, Kind
from prober.domain.reason import Reason, Reasons
from prober.domain.visit import VisitResult
from prober.text.patterns import linear

_FLOOR = linear(r"(?P<name>[a-z_]+)\s*>=\s*(?P<least>\d{1,6})")


@dataclass(frozen=True, slots=True)
class Floor:
    """At least `least` of the things that `name` counts."""

    name: str
    least: int


def floors(text: str) -> tuple[Floor, ...]:
    """Return the floors of one registry row. Raises ValueError that quotes the unreadable part.

    >>> floors("emails>=1; qa_level>=4")
    (Floor(name='emails', least=1), Floor(name='qa_level', least=4))
    """
    found = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = _FLOOR.fullmatch(part)
        if not match or match["name"] not in MEASURES:
            raise ValueError(f"{part!r} is no floor; write name>=number, with a name of {', '.join(MEASURES)}")
        found.append(Floor(match["name"], int(match["least"])))
    names = [floor.name for floor in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{', '.join(twice)} has two floors")
    return tuple(found)


def shortfall(expected: Sequence[Floor], visit: VisitResult) -> Reasons:
    """Return where `visit` stays below the floors; () where it does not.

    A site that was not reached is not compared; its failure is what counts.
    """
    if visit.outcome == "unreachable":
        return ()
    below = [(floor, seen) for floor in expected if (seen := MEASURES[floor.name](visit)) < floor.least]
    return tuple(Reason("below_floor", name=floor.name, seen=seen, least=floor.least) for floor, seen in below)


def _shown(visit: VisitResult, kind: str) -> list[Finding]:
    return [finding for finding in visit.findings if finding.kind == kind and finding.state == State.PRESENT]


def _emails(visit: VisitResult) -> int:
    return len({f.value for f in _shown(visit, Kind.EMAIL) if f.category in OFFICIAL})


def _qa_level(visit: VisitResult) -> int:
    return max((verdict.level for verdict in visit.verdicts if verdict.kind == Kind.QA), default=0)


MEASURES: Mapping[str, Callable[[VisitResult], int]] = {
    "emails": _emails,
    "qa_level": _qa_level,
    "questions": lambda visit: len(visit.threads),
    "socials": lambda visit: len(_shown(visit, Kind.SOCIAL)),
    "access": lambda visit: len(_shown(visit, Kind.ACCESS)),
    "web_forms": lambda visit: sum(f.category in WRITABLE_FORM for f in _shown(visit, Kind.WEB_FORM)),
    "pages": lambda visit: sum(page.failure is None and page.status == 200 for page in visit.pages),
}
