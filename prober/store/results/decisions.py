"""Show in results.db what people decided about sites, and correct the shares by the random samples that they read."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prober.domain.finding import State
from prober.store import Database, transaction
from prober.store.integrity import bind
from prober.store.private.decisions import FINDING, of_agency, of_finding

# The columns of the public table, but for the last.
_SAID = """
SELECT id, subject, question, answer, coder, role, proposed, draw, decided_at, note, undone_at FROM decision
WHERE subject GLOB 'agency/*' OR subject GLOB 'finding/*' ORDER BY id
"""
_TABLES = {
    "draw": "SELECT * FROM draw ORDER BY id",
    "drawn": "SELECT * FROM drawn ORDER BY draw, agency, question",
    "decision": "SELECT * FROM decision ORDER BY id",
}


def publish(private: Database, results: Database, days: int) -> bool:
    """Copy people's decisions about the sites and findings of results.db, and their samples. True if any differed.

    A decision holds for at most `days`. What is about an agency or a finding that results.db does not know is left out.
    """
    bind(private, results)
    wanted = {
        "draw": private.execute(_TABLES["draw"]).fetchall(),
        "drawn": private.execute(_TABLES["drawn"]).fetchall(),
        "decision": list(_public(private, results, timedelta(days=days))),
    }
    if all(results.execute(sql).fetchall() == wanted[table] for table, sql in _TABLES.items()):
        return False
    with transaction(results):
        results.execute("PRAGMA defer_foreign_keys=ON")
        for table, rows in wanted.items():
            results.execute(f"DELETE FROM [{table}]")
            marks = ", ".join("?" * len(results[table].columns))
            results.conn.executemany(f"INSERT INTO [{table}] VALUES ({marks})", rows)
    return True


def _public(private: Database, results: Database, holds: timedelta) -> Iterator[tuple[Any, ...]]:
    known: dict[str, str] = {}
    said = private.execute(_SAID).fetchall()
    if said:
        known = {of_agency(agency): agency for (agency,) in results.execute("SELECT id FROM agency")}
    if any(row[2] == FINDING for row in said):
        found = results.query("SELECT id, agency, kind, category, value FROM finding")
        known |= {of_finding(row): f"{FINDING}/{row['id']}" for row in found}
    for number, subject, *rest, decided_at, note, undone_at in said:
        if subject in known:
            ends = datetime.fromisoformat(decided_at) + holds
            yield number, known[subject], *rest, decided_at, note, undone_at, ends.isoformat()


@dataclass(frozen=True, slots=True)
class Read:
    """What is said of one indicator on the sites of one frame, in counts, and what people read of it.

    `strata` has for each state its population, and how many of them were drawn and read, and how many of these have it.
    A row that was read for another reason counts for itself alone: it is in the stratum `read`, of which all is known.
    """

    frame: str
    indicator: str
    strata: Mapping[str, tuple[int, int, int]]
    not_seen: int
    drawn: int
    seed: int | None


# The sites that `headline` counts, in groups: of one state, one answer of a person, and drawn for that state or not.
_GROUPS = """
SELECT p.frame, v.kind, v.state, CASE WHEN v.decided != 'cannot_tell' THEN v.decided END AS decided,
  EXISTS (
    SELECT 1 FROM drawn n JOIN draw d ON d.id = n.draw
    WHERE n.agency = v.agency AND n.question = v.kind AND d.stratum = v.state
  ) AS was_drawn, COUNT(*) AS sites
FROM participation p CROSS JOIN latest_verdict v ON v.agency = p.portal
GROUP BY 1, 2, 3, 4, 5
"""
_SITES = "SELECT frame, COUNT(*) FROM participation GROUP BY frame"
_SEED = "SELECT seed FROM draw WHERE frame = ? AND indicator = ? ORDER BY id DESC LIMIT 1"


def read(db: Database, kinds: Iterable[str]) -> Iterator[Read]:
    """Yield what people read of each of `kinds` in each frame, where they read anything."""
    sites = dict(db.execute(_SITES).fetchall())
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in db.query(_GROUPS):
        groups.setdefault((row["frame"], row["kind"]), []).append(row)
    for (frame, kind), rows in groups.items():
        if kind not in kinds or not any(row["decided"] for row in rows):
            continue
        strata = {state.value: _stratum(rows, state) for state in (State.FOUND, State.NOT_FOUND)}
        alone = [row for row in rows if row["decided"] and not (row["was_drawn"] and row["state"] in strata)]
        read_alone = sum(row["sites"] for row in alone)
        strata["read"] = (read_alone, read_alone, _truly(alone))
        seed = db.execute(_SEED, [frame, kind]).fetchone()
        yield Read(
            frame, kind, strata, sites[frame] - sum(part[0] for part in strata.values()),
            sum(strata[state][1] for state in (State.FOUND.value, State.NOT_FOUND.value)), seed[0] if seed else None,
        )  # fmt: skip


def _stratum(rows: Iterable[Mapping[str, Any]], state: State) -> tuple[int, int, int]:
    here = [row for row in rows if row["state"] == state and (row["was_drawn"] or not row["decided"])]
    drawn = [row for row in here if row["decided"]]
    return sum(row["sites"] for row in here), sum(row["sites"] for row in drawn), _truly(drawn)


def _truly(rows: Iterable[Mapping[str, Any]]) -> int:
    return sum(row["sites"] for row in rows if row["decided"] == "present")


Correction = tuple[float, float, float, float, float]  # share, its interval, and the bounds with what was not seen


def correct(db: Database, kinds: Iterable[str], corrected: Callable[[Read], Correction | None], now: datetime) -> None:
    """Fill the table of corrected shares by what `corrected` makes of the counts; nothing where that is None."""
    wanted = [
        (found.frame, found.indicator, *said, found.drawn, found.seed)
        for found in read(db, tuple(kinds))
        if (said := corrected(found))
    ]
    columns = "frame, indicator, share, low, high, bound_low, bound_high, n_drawn, seed"
    held = db.execute(f"SELECT {columns} FROM corrected_share ORDER BY frame, indicator").fetchall()
    if held == sorted(wanted):
        return
    with transaction(db):
        db.execute("DELETE FROM corrected_share")
        db.conn.executemany(
            f"INSERT INTO corrected_share ({columns}, computed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(*row, now.isoformat()) for row in wanted],
        )
