"""Check a snapshot before it is published: it must be whole, and plausible compared with the last one.

It must have no personal data: addresses of offices are published, those of people are not; of mail, classes and times,
and no text that a person wrote (docs/reference/law.md, Personal data).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from prober.detectors.email.address_classes import PRIVATE
from prober.detectors.email.person_names import NameWords
from prober.domain.correspondence import AUTOMATIC
from prober.domain.hostnames import ANY_ADDRESS
from prober.reporting.archive.restrictions import mobile
from prober.reporting.publish.manifest import Gate
from prober.reporting.words import reasons
from prober.store import Database
from prober.store.results.mail_projection import TABLES
from prober.store.results.scans import titles_of_questions
from prober.store.results.suspicion import FEW, suspicion
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.studies.packs import languages
from prober.studies.packs import words as words_of
from prober.text.patterns import linear
from prober.text.vietnamese import fold
from prober.text.words import Vocabulary

SHRINK = 0.9  # a table that lost more than a tenth of its rows since the last snapshot is suspect
GROW = 3.0  # so is a registry or a list of findings that tripled
GROWTH_WATCHED = ("agency", "finding")
ONE_SCAN = (0.5, 2.0)  # a scan reads half to twice of what the scan before it read
OF_ONE_SITE = 500  # rows of an agency that count there: no single site moves the sum
LESS_FULL = 0.1  # a column may be empty in so many more of its rows
# Columns that every good night fills: they are empty when a detector, the browser or the mail intake stops working.
FILL_WATCHED = (
    ("agency", "url"), ("agency", "request_email"), ("visit", "final_url"), ("visit", "technology"), ("page", "title"),
    ("page", "sha256"), ("observation", "snippet"), ("observation", "warc"), ("qa_thread", "answered_on"),
    ("reply", "rule"), ("reply", "words"),
)  # fmt: skip
_OF_SCAN = {"visit": "visit", "page": "scan_page", "observation": "scan_observation"}  # table → its rows by scan
# Scans of a few agencies (a test of one host, for example) are no basis for a comparison.
_NEWEST = "SELECT MAX(id) FROM scan WHERE status = 'complete' AND agencies >= :few GROUP BY frame"


def check(
    snapshot: Database,
    now: Mapping[str, Any],
    previous: Mapping[str, Any] | None,
    written: "Written | None",
    confirm: str = "none",
) -> list[Gate]:
    """Return the results of all gates.

    `now` is what the manifest will say of the data, `previous` the manifest of the last good snapshot, `confirm`
    what the study wants people to have confirmed.
    """
    return [
        _integrity(snapshot),
        _foreign_keys(snapshot),
        _one_world(snapshot),
        _every_unit(snapshot),
        _row_counts(now["rows"], (previous or {}).get("rows")),
        _one_scan(now["scan_rows"], (previous or {}).get("scan_rows")),
        _fill_rates(now["fill"], (previous or {}).get("fill")),
        _one_night(snapshot),
        _read_by_people(now["unread"], now["provisional"]),
        _confirmed_by_people(now["headline"], confirm),
        *personal_gates(snapshot, written),
    ]


def failed(gates: Sequence[Gate], accept: str, provisional: bool) -> list[Gate]:
    """Return the gates that keep the data from being published.

    `accept` is a person's reason to believe a difference, or ""; `provisional` lets pass what people have still to do.
    """
    return [
        gate
        for gate in gates
        if not gate.passed and not (accept and gate.compares) and not (provisional and gate.pending)
    ]


def unread(snapshot: Database) -> dict[str, int]:
    """Return campaign → number of requests whose replies no person has read (docs/method.md), where not 0."""
    sql = "SELECT campaign, COUNT(*) FROM reply_times WHERE unread OR human_unread GROUP BY campaign ORDER BY campaign"
    return dict(snapshot.execute(sql).fetchall())


def measures(snapshot: Database) -> dict[str, Any]:
    """Return the measures that the next snapshot is compared with.

    These are the rows of each table, those of the newest scan of each frame, and how full columns are.
    """
    frames = snapshot.query(f"SELECT id, frame FROM scan WHERE id IN ({_NEWEST})", {"few": FEW})
    return {
        "rows": {table.name: snapshot.table(table.name).count for table in RESULTS_TABLES},
        "scan_rows": {
            row["frame"]: {table: _count(snapshot, rows, row["id"]) for table, rows in _OF_SCAN.items()}
            for row in list(frames)
        },
        "fill": {f"{table}.{column}": _fill(snapshot, table, column) for table, column in FILL_WATCHED},
    }


def _count(snapshot: Database, table: str, scan: int) -> int:
    agency = "(SELECT f.agency FROM finding f WHERE f.id = finding)" if table == "scan_observation" else "agency"
    of_agency = f"SELECT COUNT(*) AS rows FROM [{table}] WHERE scan = ? GROUP BY {agency}"
    sql = f"SELECT COALESCE(SUM(MIN(rows, ?)), 0) FROM ({of_agency})"
    counted = snapshot.execute(sql, [OF_ONE_SITE, scan])
    return int(counted.fetchone()[0])


def _fill(snapshot: Database, table: str, column: str) -> float | None:
    """Return the share of filled rows of a column; None if there are few rows.

    Where the table is about scans, only the newest scans count.
    """
    newest = f"WHERE scan IN ({_NEWEST})" if table in _OF_SCAN else "WHERE :few"
    rows = _OF_SCAN.get(table, table)
    sql = f"SELECT COUNT(*), SUM([{column}] IS NOT NULL AND [{column}] != '') FROM [{rows}] {newest}"
    total, filled = snapshot.execute(sql, {"few": FEW}).fetchone()
    return round(filled / total, 4) if total >= FEW else None


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


def _every_unit(snapshot: Database) -> Gate:
    """Require one row of `participation` per portal, or per agency without portals, in every frame with results."""
    rows = snapshot.query("""
        SELECT frame, COALESCE(NULLIF(SUM(kind = 'portal'), 0), COUNT(*)) AS units,
          (SELECT COUNT(*) FROM participation p WHERE p.frame = a.frame) AS rows
        FROM agency a
        WHERE frame IN (SELECT frame FROM scan UNION SELECT frame FROM campaign)
        GROUP BY frame""")
    found = [(row["frame"], row["units"], row["rows"]) for row in rows]
    detail = ", ".join(f"{frame}: {rows} of {units}" for frame, units, rows in found)
    return Gate("every unit has its row", bool(found) and all(p == r for _, p, r in found), detail or "no results")


def _row_counts(now: Mapping[str, int], before: Mapping[str, int] | None) -> Gate:
    if before is None:
        return Gate("row counts", True, "first snapshot", compares=True)
    wrong = [
        f"{table} went from {was} to {count}"
        for table, was in before.items()
        if (count := now.get(table, 0)) < SHRINK * was
        or (table in GROWTH_WATCHED and was >= FEW and count > GROW * was)
    ]
    return Gate("row counts", not wrong, "; ".join(wrong) or "ok", compares=True)


def _one_scan(now: Mapping[str, Mapping[str, int]], before: Mapping[str, Mapping[str, int]] | None) -> Gate:
    """Compare what one scan reads in both directions: tables grow each night, but one scan stays about the same."""
    least, most = ONE_SCAN
    wrong = [
        f"{table} of a scan of {frame} went from {was} to {now[frame][table]}"
        for frame, tables in (before or {}).items()
        for table, was in tables.items()
        if frame in now and was >= FEW and not least * was <= now[frame][table] <= most * was
    ]
    return Gate("rows of one scan", not wrong, "; ".join(wrong) or "ok", compares=True)


def _fill_rates(now: Mapping[str, float | None], before: Mapping[str, float | None] | None) -> Gate:
    wrong = [
        f"{column} was filled in {was:.0%} of rows and is in {share:.0%}"
        for column, was in (before or {}).items()
        if was is not None and (share := now.get(column)) is not None and share < was - LESS_FULL
    ]
    return Gate("fill rates", not wrong, "; ".join(wrong) or "ok", compares=True)


def _read_by_people(unread: Mapping[str, int], provisional: bool) -> Gate:
    """Require that a person has classed every reply that counts. Replies of a simulated world are never read."""
    said = [f"{count} requests of {name} rest on replies that no person has read" for name, count in unread.items()]
    detail = f"{'; '.join(said)} (prober review --coder INITIALS)" if said else "ok"
    return Gate("read by people", not provisional, detail, pending=True)


def _confirmed_by_people(headline: Iterable[Mapping[str, Any]], confirm: str) -> Gate:
    """Require what the study asks people to confirm: "all" that was not found, or a "sample"; "none" is only told."""
    of_sites = [row for row in headline if row["confirmed"] is not None]
    if confirm == "sample":
        said = [f"{row['frame']} {row['indicator']}: no sample is read" for row in of_sites if row["corrected"] is None]
    else:
        said = [
            f"{row['frame']} {row['indicator']}: {row['not_found']} not found, {row['confirmed']} confirmed"
            for row in of_sites
            if row["not_found"] > row["confirmed"]
        ]
    detail = f"{'; '.join(said)} (prober review sites)" if said else "ok"
    return Gate("confirmed by people", confirm == "none" or not said, detail, pending=True)


def _one_night(snapshot: Database) -> Gate:
    """Require that no newest scan is in doubt, one that is not complete included (store.results.suspicion).

    A second pass may clear it, or a person who says why.
    """
    last = "SELECT MAX(id) FROM scan WHERE agencies >= ? GROUP BY frame"
    newest = snapshot.execute(f"SELECT id, status, suspect FROM scan WHERE id IN ({last})", [FEW]).fetchall()
    doubts = [
        (scan, reasons.stored(suspect) if status == "complete" else reasons.said(suspicion(snapshot, scan)))
        for scan, status, suspect in newest
    ]
    wrong = [f"scan {scan} is suspected: {why.en}" for scan, why in doubts if why.en]
    return Gate("changes of one night", not wrong, "; ".join(wrong) or "ok", compares=True)


# An answer may be a link to a public document: the rule that fired quotes the link, which is no person's text.
LINK = linear(r"<?https?://[^\s@]+>?")
LONG_LINE = 40  # shorter lines ("Kính gửi: …", a rule's words) are alike by chance
# Two words are too few: the provinces Cao Bằng and Hà Giang would pass for names of people.
_NAME_WORDS = range(3, 6)
OF_PAGES = (("page", "title"), ("observation", "snippet"))  # what strangers wrote on pages, as running text
_ALL = frozenset(table.name for table in RESULTS_TABLES)
_URL = linear(r"https?://[^\s\"'<>]+")


@dataclass(frozen=True, slots=True)
class Written:
    """The texts of received messages, as `_plain` text: lines too long to be alike by chance, and names of people."""

    lines: Set[str]
    names: Set[str]


def forget_persons(snapshot: Database, written: Written | None) -> None:
    """Empty each text of a page that holds a mobile number or the name of somebody who wrote to us.

    A number stands beside a name; the words are still where they were found, and offices that show their staff are no
    reason to publish nothing.
    """
    names = written.names if written else frozenset()
    for table, column in OF_PAGES:
        for cell in list(_column(snapshot, table, column)):
            if _has_mobile(cell) or _names_somebody(cell, names):
                snapshot.execute(f"UPDATE [{table}] SET [{column}] = '' WHERE [{column}] = ?", [cell])


def personal_gates(snapshot: Database, written: Written | None) -> list[Gate]:
    """Return the results of all gates on personal data. `written` is what private.db holds, where there is one."""
    mail = list(_cells(snapshot, TABLES))
    return [
        _personal_findings(snapshot),
        _addresses(snapshot),
        _titles(snapshot),
        _telephones(snapshot),
        _texts(mail, written),
        _names(snapshot, mail, written),
    ]


def _personal_findings(snapshot: Database) -> Gate:
    marks = ", ".join("?" * len(PRIVATE))
    sql = f"SELECT COUNT(*) FROM finding WHERE kind = 'email' AND value != '' AND category IN ({marks})"
    count = snapshot.execute(sql, list(PRIVATE)).fetchone()[0]
    return Gate("no person's address is a finding", count == 0, f"{count} found" if count else "ok")


def _addresses(snapshot: Database) -> Gate:
    """Require that every mail address is known as an office's, or is the crawler's own contact address."""
    known = {address.lower() for address in _known_addresses(snapshot)}
    unknown = {
        (place, address.lower())
        for place, cell in _cells(snapshot, _ALL, "@")
        for address in ANY_ADDRESS.findall(cell)
        if address.lower() not in known
    }
    return _leaks("no unknown mail address", [place for place, _ in unknown])


def _titles(snapshot: Database) -> Gate:
    """Require that no title of a citizen's question is in the data: it often begins with the citizen's name."""
    count = titles_of_questions(snapshot)
    return Gate("no title of a citizen's question", count == 0, f"{count} pages" if count else "ok")


def _known_addresses(snapshot: Database) -> Iterator[str]:
    marks = ", ".join("?" * len(PRIVATE))
    sql = f"""
        SELECT value FROM finding WHERE kind = 'email' AND category NOT IN ({marks})
        UNION SELECT request_email FROM agency UNION SELECT to_address FROM request"""
    yield from (row[0] for row in snapshot.execute(sql, list(PRIVATE)))
    for row in snapshot.execute("SELECT DISTINCT user_agent FROM scan"):
        yield from ANY_ADDRESS.findall(row[0])


def _leaks(name: str, places: Iterable[str]) -> Gate:
    """Return a gate that says in which columns something stands and how often, not what it is: others read it too."""
    counts = sorted(Counter(places).items())
    return Gate(name, not counts, ", ".join(f"{place} ({count})" for place, count in counts) or "ok")


def _telephones(snapshot: Database) -> Gate:
    found = (place for place, cell in _cells(snapshot, _ALL) if _has_mobile(cell))
    return _leaks("no mobile number", found)


def _has_mobile(cell: str) -> bool:
    """Return True for a mobile number outside the address of a page, where the same digits count articles."""
    return mobile().search(_URL.sub("", cell)) is not None


def _texts(mail: Sequence[tuple[str, str]], written: Written | None) -> Gate:
    """Require that no line of a received message is in a table that comes from mail."""
    if written is None:
        return Gate("no text of a mail", True, "there is no private.db")
    cells = [(place, _plain(cell)) for place, cell in mail if len(cell) >= LONG_LINE]
    leaks = {place for line in written.lines for place, cell in cells if line in cell}
    return Gate("no text of a mail", not leaks, ", ".join(sorted(leaks)) or "ok")


def _names(snapshot: Database, mail: Sequence[tuple[str, str]], written: Written | None) -> Gate:
    """Require that no name of a sender or of a person in copy is in a table from mail, or in what pages say."""
    if written is None:
        return Gate("no name of a correspondent", True, "there is no private.db")
    cells = [
        *mail,
        *((f"{table}.{column}", cell) for table, column in OF_PAGES for cell in _column(snapshot, table, column)),
    ]
    return _leaks(
        "no name of a correspondent", (place for place, cell in cells if _names_somebody(cell, written.names))
    )


def _names_somebody(cell: str, names: Set[str]) -> bool:
    plain = _plain(cell)
    return any(name in plain for name in names)


def written_texts(private: Database) -> Written:
    """Return lines and names together, so that each message is parsed only once, attachments included."""
    lines: set[str] = set()
    names: set[str] = set()
    for message in _messages(private):
        lines.update(_lines(message))
        for header in ("from", "sender", "reply-to", "cc"):
            names.update(filter(_is_person, _display_names(message, header)))
    for (text,) in private.execute("SELECT text FROM message_part WHERE text != ''"):
        lines.update(_plain(line) for line in text.splitlines())
    return Written({line for line in lines if len(line) >= LONG_LINE and not LINK.fullmatch(line)}, names)


def _display_names(message: EmailMessage, header: str) -> Iterator[str]:
    for value in message.get_all(header, []):
        yield from (_plain(address.display_name) for address in getattr(value, "addresses", ()))


def _is_person(name: str) -> bool:
    """Return True if a name is a person's in any language that has a pack: Nguyễn Thị Lan, Sarah Whitfield."""
    words = fold(name).split()
    names = words_of(Vocabulary(languages())).table(NameWords)
    return len(words) in _NAME_WORDS and (
        words[0] in names.first_names or (words[0] in names.family and words[-1] in names.given)
    )


def _messages(private: Database) -> Iterator[EmailMessage]:
    """Yield the messages that a person may have written."""
    automatic = [event.value for event in AUTOMATIC]
    marks = ", ".join("?" * len(automatic))
    for (raw,) in private.execute(
        f"SELECT raw FROM message_raw JOIN message ON sha256 = message WHERE event NOT IN ({marks})", automatic
    ):
        yield message_from_bytes(raw, policy=policy.default)


def _lines(message: EmailMessage) -> Iterator[str]:
    for part in message.walk():
        if part.get_content_maintype() == "text":
            try:
                text = str(part.get_content())
            except (LookupError, ValueError):  # unknown or wrong charset: search the bytes that decode
                text = bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")
            yield from (_plain(line) for line in text.splitlines())


def _cells(snapshot: Database, tables: Collection[str], needle: str = "") -> Iterator[tuple[str, str]]:
    """Yield (table.column, text) of every text in `tables` that holds `needle`; of reasons what they say."""
    for table in RESULTS_TABLES:
        for column in table.columns if table.name in tables else ():
            if column.type == "TEXT":
                for cell in _column(snapshot, table.name, column.name, needle):
                    yield f"{table.name}.{column.name}", reasons.stored(cell).vi if column.reasons else cell


def _column(snapshot: Database, table: str, column: str, needle: str = "") -> Iterator[str]:
    sql = f"SELECT DISTINCT [{column}] FROM [{table}] WHERE [{column}] != '' AND (instr([{column}], ?) OR ? = '')"
    yield from (cell for (cell,) in snapshot.execute(sql, [needle, needle]))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
