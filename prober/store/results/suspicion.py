"""Doubt a whole scan in which too many verdicts changed, and believe it when a second pass agrees.

So many changes in one night are more likely our own fault than the sites'. A scan is compared with what was last
believed of the same sites, never with a scan that is itself in doubt: a fault that lasts is not believed for its age.
What is in doubt is stored and shown nowhere as a result.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import MappingProxyType

from prober.domain.finding import State
from prober.domain.reason import Reason, Reasons, from_json, to_json
from prober.store import Database, transaction
from prober.store.results import changes
from prober.store.results.changes import COMPARED, LOOKED, detector_versions, record_changes, same_detectors

FEW = 20  # below this many compared sites shares mean nothing
# The largest share of the compared sites that each gate lets pass (docs/method.md, "We suspect ourselves", says why).
MOST: Mapping[str, float] = MappingProxyType({
    "not_found": 0.15,  # found → not found, of one indicator
    "found": 0.15,  # not found → found, of one indicator
    "filled": 0.15,  # sites with the indicator, of those that were seen: more or fewer than before
    "vanished": 0.25,  # sites of which single findings of one indicator are gone
    "turned": 0.25,  # sites of which any indicator turned
    "unseen": 0.20,  # sites that were seen before and are not now
    "one_answer": 0.10,  # sites whose new home page came with the same bytes as that of another
})  # fmt: skip
SHOWN, GONE = "shown", "gone"  # states of single findings of an indicator, which may stay found without them
OURS = 0.10  # share of what turned that may be laid to our reading without that the scan is doubted for it
AGREES = 0.80  # share of what turned, and did not turn back, that another look must confirm
ANSWERS = 0.50  # share of the compared sites that must have been seen: with fewer it may be our own network


@dataclass(frozen=True, slots=True)
class Turned:
    """One indicator of one site whose state is another than what was last believed; `kind` is "" where the site is
    not seen any more. From SHOWN to GONE turned what has lost single findings. `good` is the scan that was believed.
    """

    agency: str
    kind: str
    before: str
    now: str
    good: int


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """One archived page by which it is decided whether the site or our reading turned.

    `category` and `value` are of the single finding that was on it, where such are gone.
    """

    turned: Turned
    category: str
    value: str
    url: str
    fetched_at: str
    path: str
    offset: int


@dataclass(frozen=True, slots=True)
class _Compared:
    """A scan beside what was last believed: sites compared and seen, and what turned."""

    sites: int
    seen: frozenset[str]
    turned: tuple[Turned, ...]
    filled: Mapping[str, tuple[int, int]]  # indicator → sites that had it, and that have it
    unseen: tuple[Turned, ...]
    vanished: tuple[Turned, ...]
    one_answer: int

    @property
    def doubtful(self) -> tuple[Turned, ...]:
        """All that another look must bear out: findings that vanished only where so many are doubted."""
        number = Counter(one.kind for one in self.vanished)
        known = {(one.agency, one.kind) for one in self.turned}
        gone = (
            one
            for one in self.vanished
            if number[one.kind] > MOST["vanished"] * self.sites and (one.agency, one.kind) not in known
        )
        return (*self.turned, *gone, *self.unseen)


def suspicion(db: Database, scan: int) -> Reasons:
    """Return why the whole scan is more likely faulty than so many sites changed at once; () where it is not.

    A scan of a few sites shares the doubt about the last whole one of its frame.
    """
    found = _compare(db, scan)
    if found.sites < FEW:
        last = doubted(db, scan)
        return (Reason("second_pass_of", scan=last),) if last else ()
    return tuple(_doubts(found))


def turned(db: Database, scan: int) -> tuple[Turned, ...]:
    """Return what turned in a scan, the sites that are not seen any more, and what vanished on too many."""
    return _compare(db, scan).doubtful


def sites_in_doubt(db: Database, scan: int) -> list[str]:
    """Return the slugs of the sites with what `turned` returns, each once: those to look at again."""
    agencies = dict.fromkeys(one.agency for one in turned(db, scan))
    slug = "SELECT slug FROM agency WHERE id = ?"
    return [db.execute(slug, [agency]).fetchone()[0] for agency in agencies]


def doubted(db: Database, before: int | None = None, frame: str = "") -> int | None:
    """Return the newest whole scan that is in doubt and after which none of its frame was believed; None if there is
    none. `before` names a scan whose frame and predecessors are meant.
    """
    sql = """SELECT id, suspect FROM scan WHERE agencies >= ? AND status = 'complete'
             AND frame = COALESCE((SELECT frame FROM scan WHERE id = ?), ?) AND (? IS NULL OR id < ?)
             ORDER BY id DESC LIMIT 1"""
    found = db.execute(sql, [FEW, before, frame, before, before]).fetchone()
    return found[0] if found and found[1] else None


def unchanged_pages(db: Database, scan: int, found: Iterable[Turned]) -> set[tuple[str, str]]:
    """Return agency and kind of what turned although the page that proves it came with the same bytes as before."""
    same = set()
    for one in found:
        values = {"agency": one.agency, "kind": one.kind, "good": one.good, "scan": scan}
        proof, other = (one.good, scan) if one.before == State.FOUND else (scan, one.good)
        sql = _LOST_ON_SAME_BYTES if one.before == SHOWN else _SAME_BYTES
        if one.kind and db.execute(sql, values | {"proof": proof, "other": other}).fetchone():
            same.add((one.agency, one.kind))
    return same


def settle_doubt(db: Database, scan: int, ours: set[tuple[str, str]]) -> Reasons:
    """Believe a scan in doubt if another look agrees and it was not our reading; return the doubts that stay.

    `ours`: agency and kind of what turned by our own reading. Other looks are all visits since what was last believed.
    """
    compared = _compare(db, scan)
    found = compared.doubtful
    again = {one: _looked(db, scan, one) for one in found}
    back = [one for one in found if again[one][0] == one.before and again[one][1] > scan]  # one before may agree only
    stays = [one for one in found if one not in back]
    agreed = [one for one in stays if again[one][0] == one.now]
    gates = list(_doubts(compared))
    doubts = gates or list(from_json(doubts_of(db, scan)))
    turns = [one for one in found if one.kind]
    reading = [one for one in turns if (one.agency, one.kind) in ours]
    # That none of nothing contradicts is no agreement.
    agrees = len(agreed) >= AGREES * len(stays) if found else compared.sites > 0 and not gates
    if turns and len(reading) > OURS * len(turns):
        doubts.append(Reason("our_reading", ours=len(reading), turned=len(turns)))
    elif any(one.kind == "" for one in stays) and len(compared.seen) < ANSWERS * compared.sites:
        doubts.append(Reason("nothing_answers", seen=len(compared.seen), compared=compared.sites))
    elif agrees and compared.one_answer <= MOST["one_answer"] * compared.sites:
        _withdraw(db, scan, ((one, again[one][1]) for one in back if one.kind))
        believe(db, scan, (Reason("second_pass_agrees", agreed=len(agreed), back=len(back)),))
        return ()
    with transaction(db):
        db.execute("UPDATE scan SET suspect = ? WHERE id = ?", [to_json(doubts), scan])
    return tuple(doubts)


def believe(db: Database, scan: int, why: Reasons) -> None:
    """Believe a scan that was in doubt, and the looks that shared its doubt; record what they changed."""
    with transaction(db):
        frame, suspect = db.execute("SELECT frame, suspect FROM scan WHERE id = ?", [scan]).fetchone()
        told = to_json((*from_json(suspect), *why))
        db.execute("UPDATE scan SET suspect = '', believed = ? WHERE id = ?", [told, scan])
        looks = db.execute("SELECT id, suspect FROM scan WHERE frame = ? AND id > ? AND suspect != ''", [frame, scan])
        shared = [number for number, text in looks.fetchall() if _shares(text, scan)]
        for number in shared:
            db.execute("UPDATE scan SET suspect = '', believed = suspect WHERE id = ?", [number])
        for number in (scan, *shared):
            changes.weigh_again(db, number)
            record_changes(db, number)
            changes.settle(db, number)


def believe_newest(db: Database, why: Reasons) -> None:
    """Believe the newest whole scan of each frame that is in doubt."""
    for (frame,) in db.execute("SELECT DISTINCT frame FROM scan").fetchall():
        if scan := doubted(db, frame=frame):
            believe(db, scan, why)


def archived_pages(db: Database, scan: int, one: Turned, most: int) -> list[ArchivedPage]:
    """Return the archived pages that decide what turned in a scan: where it was, the page that proved it.

    Of single findings that are gone, at most `most` pages that showed one each; where it was not, at most `most` pages
    of the scan that was believed.
    """
    sql = {State.FOUND: _PROOF, SHOWN: _LOST_ARCHIVED}.get(one.before, _PAGES)
    values = {"agency": one.agency, "kind": one.kind, "good": one.good, "scan": scan, "most": most}
    return [ArchivedPage(one, *row) for row in db.execute(sql, values).fetchall()]


def _shares(suspect: str, scan: int) -> bool:
    return any(reason.code == "second_pass_of" and reason.params["scan"] == scan for reason in from_json(suspect))


def _withdraw(db: Database, scan: int, back: Iterable[tuple[Turned, int]]) -> None:
    """Mark the visits of a scan that another look did not bear out: the other one counts."""
    with transaction(db):
        for one, other in back:
            db.execute(
                "UPDATE visit SET suspect = ? WHERE scan = ? AND agency = ? AND suspect = ''",
                [to_json((Reason("not_borne_out", scan=other),)), scan, one.agency],
            )


def _looked(db: Database, scan: int, one: Turned) -> tuple[str, int]:
    """Return what the newest other look at it saw, and its scan; ("", 0) if there was none."""
    sql = _OTHER_FINDINGS if one.before == SHOWN else _OTHER_STATE if one.kind else _OTHER_VISIT
    values = {"agency": one.agency, "kind": one.kind, "good": one.good, "scan": scan}
    found: tuple[str, int] = db.execute(sql, values).fetchone() or ("", 0)
    return found


def doubts_of(db: Database, scan: int) -> str:
    """Return the reasons to doubt a scan, as stored."""
    text: str = db.execute("SELECT suspect FROM scan WHERE id = ?", [scan]).fetchone()[0]
    return text


def _doubts(found: _Compared) -> Iterator[Reason]:
    """Yield the gates that the counts do not pass, in the order of MOST."""
    limits = {name: share * found.sites for name, share in MOST.items()}
    kinds = sorted({one.kind for one in found.turned})
    for kind in kinds:
        for state in (State.NOT_FOUND, State.FOUND):
            number = sum(one.kind == kind and one.now == state and one.before != state for one in found.turned)
            if number > limits[state]:
                yield Reason("gate_turned", what=kind, to=str(state), turned=number, compared=found.sites)
    for kind, (had, has) in sorted(found.filled.items()):
        if abs(has - had) > limits["filled"]:
            yield Reason("gate_filled", what=kind, had=had, has=has, compared=len(found.seen))
    for kind, number in sorted(Counter(one.kind for one in found.vanished).items()):
        if number > limits["vanished"]:
            yield Reason("gate_vanished", what=kind, turned=number, compared=found.sites)
    sites = len({one.agency for one in found.turned if State.NOT_SEEN not in (one.before, one.now)})
    if sites > limits["turned"]:
        yield Reason("gate_sites", turned=sites, compared=found.sites)
    if len(found.unseen) > limits["unseen"]:
        yield Reason("gate_unseen", turned=len(found.unseen), compared=found.sites)
    if found.one_answer > limits["one_answer"]:
        yield Reason("one_answer", turned=found.one_answer, compared=found.sites)


def _compare(db: Database, scan: int) -> _Compared:
    rows = db.execute(_SITES, [scan, scan]).fetchall()
    seen = frozenset(agency for agency, outcome, doubtful, *_ in rows if outcome == "seen" and not doubtful)
    unseen = [
        Turned(agency, "", "seen", "unseen", good)
        for agency, outcome, _, good, before in rows
        if outcome != "seen" and before == "seen"
    ]
    known = [Turned(*row) for row in db.execute(_STATES, [scan, scan]).fetchall() if row[0] in seen]
    steady = _steady(db, scan, known)
    known = [one for one in known if one.kind in steady]
    filled: dict[str, tuple[int, int]] = {}
    for one in known:
        had, has = filled.get(one.kind, (0, 0))
        filled[one.kind] = had + (one.before == State.FOUND), has + (one.now == State.FOUND)
    vanished = [Turned(*row) for row in db.execute(_VANISHED, [SHOWN, GONE, scan, scan]).fetchall()]
    (alike,) = db.execute(_ONE_ANSWER, [scan]).fetchone()
    return _Compared(
        len(rows), seen, tuple(one for one in known if one.now != one.before), filled, tuple(unseen),
        tuple(one for one in vanished if one.kind in steady), alike,
    )  # fmt: skip


def _steady(db: Database, scan: int, known: Sequence[Turned]) -> set[str]:
    """Return the indicators whose detectors are those of the scans compared with."""
    versions = cache(partial(detector_versions, db))
    pairs = {(one.kind, one.good) for one in known}
    changed = {kind for kind, good in pairs if not same_detectors(kind, versions(good), versions(scan))}
    return {one.kind for one in known} - changed


# A visit of the scan with the agency's last one of a believed scan: agency, outcome, below its floors, scan, outcome.
_SITES = """
SELECT v.agency, v.outcome, v.suspect != '', b.scan, b.outcome
FROM visit v JOIN visit b ON b.agency = v.agency
WHERE v.scan = ? AND b.scan = (
    SELECT MAX(p.scan) FROM visit p JOIN scan s ON s.id = p.scan
    WHERE p.agency = v.agency AND p.scan < ? AND s.suspect = '' AND p.suspect = ''
  )
"""
# Each verdict of the scan with the last known and believed one: agency, kind, state then and now, scan of then.
_STATES = """
SELECT w.agency, w.kind, g.state, w.state, g.scan
FROM verdict w JOIN verdict g ON g.id = (
    SELECT v.id FROM verdict v
    CROSS JOIN scan s ON s.id = v.scan
    LEFT JOIN visit t ON t.scan = v.scan AND t.agency = v.agency
    WHERE v.agency = w.agency AND v.kind = w.kind AND v.state != 'not_seen' AND v.scan < ?
      AND s.suspect = '' AND COALESCE(t.suspect, '') = ''
    ORDER BY v.scan DESC LIMIT 1
  )
WHERE w.scan = ?
"""
_VANISHED = f"""
SELECT DISTINCT f.agency, f.kind, ?, ?, o.scan
FROM visit v
CROSS JOIN finding f ON f.agency = v.agency
CROSS JOIN scan_observation o ON o.finding = f.id AND o.state = 'found' AND o.scan = (
    SELECT MAX(p.scan) FROM visit p JOIN scan s ON s.id = p.scan
    WHERE p.agency = v.agency AND p.scan < ? AND s.suspect = '' AND p.suspect = '' AND p.outcome = 'seen'
  )
JOIN verdict w ON w.scan = v.scan AND w.agency = v.agency AND w.kind = f.kind AND {LOOKED}
WHERE v.scan = ? AND v.suspect = '' AND ({COMPARED})
  AND NOT EXISTS (SELECT 1 FROM scan_observation n WHERE n.finding = f.id AND n.scan = v.scan)
"""
# Home pages of more than one host with the same bytes, which none of them had in a scan that was believed: a proxy, a
# portal of a network, a host that answers for all.
_ONE_ANSWER = """
SELECT COALESCE(SUM(agencies), 0) FROM (
    SELECT COUNT(DISTINCT v.final_url) AS agencies FROM visit v
    JOIN scan_page p ON p.scan = v.scan AND p.agency = v.agency AND p.found_by = 'home' AND p.status = 200
    WHERE v.scan = ? AND p.sha256 != '' AND NOT EXISTS (
        SELECT 1 FROM scan_page b JOIN scan s ON s.id = b.scan
        WHERE b.agency = v.agency AND b.scan < v.scan AND b.sha256 = p.sha256 AND b.url = p.url AND s.suspect = ''
      )
    GROUP BY p.sha256 HAVING COUNT(DISTINCT v.final_url) > 1
  )
"""
# The page that proves a finding in one scan came with the same bytes in the other.
_SAME_BYTES = """
SELECT 1 FROM verdict w JOIN observation o ON o.id = w.observation JOIN page p ON p.id = o.page
JOIN scan_page q ON q.agency = p.agency AND q.sha256 = p.sha256
WHERE w.agency = :agency AND w.kind = :kind AND w.scan = :proof AND q.scan = :other AND p.sha256 != '' LIMIT 1
"""
_OTHER_STATE = """
SELECT state, scan FROM verdict WHERE agency = :agency AND kind = :kind AND scan > :good AND scan != :scan
ORDER BY scan DESC LIMIT 1
"""
_OTHER_VISIT = """
SELECT CASE outcome WHEN 'seen' THEN 'seen' ELSE 'unseen' END, scan FROM visit
WHERE agency = :agency AND scan > :good AND scan != :scan ORDER BY scan DESC LIMIT 1
"""
# What a believed scan showed of one indicator and a later one did not: the page that showed it, and its record.
_LOST = f"""
SELECT f.id AS finding, f.category, f.value, o.page, o.warc FROM finding f
JOIN scan_observation o ON o.finding = f.id AND o.scan = :good AND o.state = 'found'
WHERE f.agency = :agency AND f.kind = :kind AND ({COMPARED})
  AND NOT EXISTS (SELECT 1 FROM scan_observation n WHERE n.finding = f.id AND n.scan = :scan)
"""
# One that is there again is enough to say that the scan has missed something.
_OTHER_FINDINGS = f"""
SELECT CASE WHEN EXISTS (
    SELECT 1 FROM ({_LOST}) l JOIN scan_observation a ON a.finding = l.finding AND a.scan = v.scan
  ) THEN '{SHOWN}' WHEN {LOOKED} AND v.suspect = '' THEN '{GONE}' ELSE '' END, v.scan
FROM visit v LEFT JOIN verdict w ON w.scan = v.scan AND w.agency = v.agency AND w.kind = :kind
WHERE v.agency = :agency AND v.scan > :good AND v.scan != :scan ORDER BY v.scan DESC LIMIT 1
"""
_LOST_ON_SAME_BYTES = f"""
SELECT 1 FROM ({_LOST}) l JOIN page p ON p.id = l.page
JOIN scan_page q ON q.agency = p.agency AND q.sha256 = p.sha256 AND q.scan = :scan
WHERE p.sha256 != '' LIMIT 1
"""
# A page as a browser showed it cannot be made again from what is archived.
_RECORD = "p.url, p.fetched_at, e.path, e.warc_offset"
_KEPT = "p.rendered = 0 AND e.warc_offset IS NOT NULL"
_PROOF = f"""
SELECT '', '', {_RECORD}
FROM verdict w JOIN observation o ON o.id = w.observation JOIN page p ON p.id = o.page
JOIN evidence e ON e.sha256 = o.warc
WHERE w.agency = :agency AND w.kind = :kind AND w.scan = :good AND {_KEPT}
"""
_LOST_ARCHIVED = f"""
SELECT l.category, l.value, {_RECORD}
FROM ({_LOST}) l JOIN page p ON p.id = l.page JOIN evidence e ON e.sha256 = l.warc
WHERE {_KEPT} ORDER BY l.finding LIMIT :most
"""
_PAGES = f"""
SELECT DISTINCT '', '', {_RECORD}
FROM scan_page p JOIN observation o ON o.page = p.id JOIN evidence e ON e.sha256 = o.warc
WHERE p.agency = :agency AND p.scan = :good AND {_KEPT} ORDER BY p.id LIMIT :most
"""
