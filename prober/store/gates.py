"""What a snapshot must pass before it is published: whole, plausible beside the last one, and free of personal data."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any

from sqlite_utils import Database

from prober.correspondence import AUTOMATIC
from prober.store.changes import FEW, TOO_MANY_CHANGES
from prober.store.schema import RESULTS_TABLES

ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
PERSONAL = ("person", "citizen")
# Tables that are projected from mail: no line of a mail may be found in them.
FROM_MAIL = ("campaign", "legal_requirement", "request", "request_event", "reply", "deadline", "coding")
LONG_LINE = 40  # shorter ones ("Kính gửi: …", a rule's words) occur by chance

SHRINK = 0.9  # a table that lost more than a tenth of its rows since the last snapshot is suspect
GROW = 3.0  # so is a registry or a list of findings that tripled
GROWTH_WATCHED = ("agency", "finding")


@dataclass(frozen=True, slots=True)
class Gate:
    """One check and its result; `detail` says what was found, and what is wrong where it failed."""

    name: str
    passed: bool
    detail: str


def check(snapshot: Database, previous: Mapping[str, Any] | None, private: Database | None) -> list[Gate]:
    """Every gate, all of them judged. `previous` is the manifest of the last good snapshot."""
    return [
        _integrity(snapshot),
        _foreign_keys(snapshot),
        _one_world(snapshot),
        _every_province(snapshot),
        _row_counts(snapshot, previous),
        _one_night(snapshot),
        _personal_findings(snapshot),
        _addresses(snapshot),
        _texts(snapshot, private),
    ]


def _integrity(snapshot: Database) -> Gate:
    said = [row[0] for row in snapshot.execute("PRAGMA integrity_check")]
    return Gate("integrity_check", said == ["ok"], "; ".join(said[:5]))


def _foreign_keys(snapshot: Database) -> Gate:
    broken = list(snapshot.execute("PRAGMA foreign_key_check"))
    return Gate("foreign_key_check", not broken, f"{len(broken)} rows point nowhere" if broken else "ok")


def _one_world(snapshot: Database) -> Gate:
    worlds = sorted(
        {
            row[0]
            for table in ("agency", "scan", "campaign", "run")
            for row in snapshot.execute(f"SELECT DISTINCT world FROM [{table}]")
        }
    )
    return Gate("one world", len(worlds) == 1, ", ".join(worlds) or "no data")


def _every_province(snapshot: Database) -> Gate:
    """One row of `participation` per portal, in every frame that has results."""
    rows = snapshot.query("""
        SELECT a.frame, COUNT(DISTINCT a.id) AS portals,
          (SELECT COUNT(*) FROM participation p WHERE p.frame = a.frame) AS rows
        FROM agency a
        WHERE a.kind = 'portal' AND a.frame IN (SELECT frame FROM scan UNION SELECT frame FROM campaign)
        GROUP BY a.frame""")
    found = [(row["frame"], row["portals"], row["rows"]) for row in rows]
    detail = ", ".join(f"{frame}: {rows} of {portals}" for frame, portals, rows in found)
    return Gate("every province has its row", bool(found) and all(p == r for _, p, r in found), detail or "no results")


def _row_counts(snapshot: Database, previous: Mapping[str, Any] | None) -> Gate:
    if previous is None:
        return Gate("row counts", True, "first snapshot")
    wrong = []
    for name, before in previous["rows"].items():
        now = snapshot.table(name).count
        if now < SHRINK * before or (name in GROWTH_WATCHED and before >= FEW and now > GROW * before):
            wrong.append(f"{name} went from {before} to {now}")
    return Gate("row counts", not wrong, "; ".join(wrong) or "ok")


def _one_night(snapshot: Database) -> Gate:
    """Many verdicts that turn at once are more likely our fault than 63 webmasters' agreement."""
    rows = snapshot.query("""
        SELECT c.kind, COUNT(DISTINCT c.agency) AS turned,
          (SELECT COUNT(*) FROM visit v WHERE v.scan = c.to_scan) AS agencies
        FROM change c
        WHERE c.what = 'verdict' AND c.to_scan = (SELECT MAX(to_scan) FROM change)
        GROUP BY c.kind, c.to_scan""")
    wrong = [
        f"{row['kind']} turned on {row['turned']} of {row['agencies']} sites"
        for row in rows
        if row["agencies"] >= FEW and row["turned"] > TOO_MANY_CHANGES * row["agencies"]
    ]
    suspected = snapshot.execute(
        """SELECT id, suspect FROM scan WHERE suspect != '' AND id IN (
             SELECT MAX(id) FROM scan WHERE status = 'complete' AND agencies >= ? GROUP BY frame)""",
        [FEW],
    )
    wrong += [f"scan {scan} is suspected: {why}" for scan, why in suspected]
    return Gate("changes of one night", not wrong, "; ".join(wrong) or "ok")


def _personal_findings(snapshot: Database) -> Gate:
    marks = ", ".join("?" * len(PERSONAL))
    sql = f"SELECT COUNT(*) FROM finding WHERE kind = 'email' AND value != '' AND category IN ({marks})"
    count = snapshot.execute(sql, list(PERSONAL)).fetchone()[0]
    return Gate("no person's address is a finding", count == 0, f"{count} found" if count else "ok")


def _addresses(snapshot: Database) -> Gate:
    """Every mail address anywhere must be known as an office's, or be the one the crawler gives for complaints."""
    known = {address.lower() for address in _known_addresses(snapshot)}
    unknown = sorted(
        {
            f"{table}.{column}: {address}"
            for table, column, cell in _cells(snapshot, [table.name for table in RESULTS_TABLES], "@")
            for address in ADDRESS.findall(cell)
            if address.lower() not in known
        }
    )
    shown = "; ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
    return Gate("no unknown mail address", not unknown, shown or "ok")


def _known_addresses(snapshot: Database) -> Iterator[str]:
    marks = ", ".join("?" * len(PERSONAL))
    sql = f"""
        SELECT value FROM finding WHERE kind = 'email' AND category NOT IN ({marks})
        UNION SELECT request_email FROM agency UNION SELECT to_address FROM request"""
    yield from (row[0] for row in snapshot.execute(sql, list(PERSONAL)))
    for row in snapshot.execute("SELECT DISTINCT user_agent FROM scan"):
        yield from ADDRESS.findall(row[0])


def _texts(snapshot: Database, private: Database | None) -> Gate:
    """No line that a person wrote to us is in a table that comes from mail."""
    if private is None:
        return Gate("no text of a mail", True, "there is no private.db")
    cells = [(t, c, _plain(cell)) for t, c, cell in _cells(snapshot, FROM_MAIL, "") if len(cell) >= LONG_LINE]
    leaks = {f"{table}.{column}" for line in _lines(private) for table, column, cell in cells if line in cell}
    return Gate("no text of a mail", not leaks, ", ".join(sorted(leaks)) or "ok")


def _lines(private: Database) -> set[str]:
    automatic = [event.value for event in AUTOMATIC]
    marks = ", ".join("?" * len(automatic))
    lines: set[str] = set()
    for (raw,) in private.execute(f"SELECT raw FROM message WHERE event NOT IN ({marks})", automatic):
        lines.update(_written(raw))
    for (text,) in private.execute("SELECT text FROM message_part WHERE text != ''"):
        lines.update(_plain(line) for line in text.splitlines())
    return {line for line in lines if len(line) >= LONG_LINE}


def _written(raw: bytes) -> Iterator[str]:
    message = message_from_bytes(raw, policy=policy.default)
    for part in message.walk():
        if part.get_content_maintype() == "text":
            try:
                text = str(part.get_content())
            except (LookupError, ValueError):  # unknown or wrong charset: bytes that decode give what can be searched
                text = bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")
            yield from (_plain(line) for line in text.splitlines())


def _cells(snapshot: Database, tables: list[str] | tuple[str, ...], needle: str) -> Iterator[tuple[str, str, str]]:
    declared = {table.name: table for table in RESULTS_TABLES}
    for name in tables:
        for column in declared[name].columns:
            if column.type == "TEXT":
                sql = f"SELECT DISTINCT [{column.name}] FROM [{name}] WHERE instr([{column.name}], ?) OR ? = ''"
                for (cell,) in snapshot.execute(sql, [needle, needle]):
                    if cell is not None:
                        yield name, column.name, cell


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
