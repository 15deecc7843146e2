"""Search a snapshot for personal data before it is published.

Addresses of offices are published, those of people are not. Of mail, classes and times are published, and no text that
a person wrote (docs/reference/law.md, Personal data).
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

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
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.studies.packs import languages
from prober.studies.packs import words as words_of
from prober.text.vietnamese import fold
from prober.text.words import Vocabulary

# An answer may be a link to a public document: the rule that fired quotes the link, which is no person's text.
LINK = re.compile(r"<?https?://[^\s@]+>?")
LONG_LINE = 40  # shorter lines ("Kính gửi: …", a rule's words) are alike by chance
# Two words are too few: the provinces Cao Bằng and Hà Giang would pass for names of people.
_NAME_WORDS = range(3, 6)


@dataclass(frozen=True, slots=True)
class _Written:
    """The texts of received messages, as `_plain` text: lines too long to be alike by chance, and names of people."""

    lines: Set[str]
    names: Set[str]


def check(snapshot: Database, private: Database | None) -> list[Gate]:
    """Return the results of all gates on personal data. `private` is private.db, where there is one."""
    mail = _mail_cells(snapshot)
    written = None if private is None else _written(private)
    return [
        _personal_findings(snapshot),
        _addresses(snapshot),
        _titles(snapshot),
        _telephones(mail),
        _texts(mail, written),
        _names(mail, written),
    ]


def _personal_findings(snapshot: Database) -> Gate:
    marks = ", ".join("?" * len(PRIVATE))
    sql = f"SELECT COUNT(*) FROM finding WHERE kind = 'email' AND value != '' AND category IN ({marks})"
    count = snapshot.execute(sql, list(PRIVATE)).fetchone()[0]
    return Gate("no person's address is a finding", count == 0, f"{count} found" if count else "ok")


def _addresses(snapshot: Database) -> Gate:
    """Require that every mail address is known as an office's, or is the crawler's own contact address."""
    known = {address.lower() for address in _known_addresses(snapshot)}
    unknown = sorted(
        {
            f"{table}.{column}: {address}"
            for table, column, cell in _cells(snapshot, [table.name for table in RESULTS_TABLES], "@")
            for address in ANY_ADDRESS.findall(cell)
            if address.lower() not in known
        }
    )
    shown = "; ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
    return Gate("no unknown mail address", not unknown, shown or "ok")


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


def _telephones(mail: Sequence[tuple[str, str]]) -> Gate:
    leaks = {place for place, cell in mail if mobile().search(cell)}
    return Gate("no mobile number from a mail", not leaks, ", ".join(sorted(leaks)) or "ok")


def _texts(mail: Sequence[tuple[str, str]], written: _Written | None) -> Gate:
    """Require that no line of a received message is in a table that comes from mail."""
    if written is None:
        return Gate("no text of a mail", True, "there is no private.db")
    cells = [(place, _plain(cell)) for place, cell in mail if len(cell) >= LONG_LINE]
    leaks = {place for line in written.lines for place, cell in cells if line in cell}
    return Gate("no text of a mail", not leaks, ", ".join(sorted(leaks)) or "ok")


def _names(mail: Sequence[tuple[str, str]], written: _Written | None) -> Gate:
    """Require that no name of a sender or of a person in copy is in a table that comes from mail."""
    if written is None:
        return Gate("no name of a correspondent", True, "there is no private.db")
    leaks = {place for place, cell in mail for name in written.names if name in _plain(cell)}
    return Gate("no name of a correspondent", not leaks, ", ".join(sorted(leaks)) or "ok")


def _written(private: Database) -> _Written:
    """Return lines and names together, so that each message is parsed only once, attachments included."""
    lines: set[str] = set()
    names: set[str] = set()
    for message in _messages(private):
        lines.update(_lines(message))
        for header in ("from", "sender", "reply-to", "cc"):
            names.update(filter(_is_person, _display_names(message, header)))
    for (text,) in private.execute("SELECT text FROM message_part WHERE text != ''"):
        lines.update(_plain(line) for line in text.splitlines())
    return _Written({line for line in lines if len(line) >= LONG_LINE and not LINK.fullmatch(line)}, names)


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


def _mail_cells(snapshot: Database) -> list[tuple[str, str]]:
    """Return (table.column, text) of every table that is projected from mail; of reasons what they say."""
    told = {(table.name, column.name) for table in RESULTS_TABLES for column in table.columns if column.reasons}
    return [
        (f"{table}.{column}", reasons.stored(cell).vi if (table, column) in told else cell)
        for table, column, cell in _cells(snapshot, TABLES, "")
    ]


def _cells(snapshot: Database, tables: Sequence[str], needle: str) -> Iterator[tuple[str, str, str]]:
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
