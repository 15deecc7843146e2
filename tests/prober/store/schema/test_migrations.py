"""Files of schemas 5 and 6 (results.db) and 4 (private.db) open with the shape of a new one; older ones are refused."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailroom.outcomes import projection
from prober.cli import cli
from prober.domain.correspondence import LetterReason
from prober.domain.finding import Failure
from prober.domain.reason import TEXT, Reason, Reasons, from_json
from prober.errors import SchemaError
from prober.reporting.words import labels
from prober.reporting.words import reasons as words
from prober.store import Database, open_private, open_results
from prober.store.reading.health import reading
from prober.store.results import mail_projection
from prober.store.schema import old_sentences
from prober.store.schema.declare import Column
from prober.store.schema.migrations import PRIVATE, RESULTS, Store
from prober.store.schema.private_tables import CAMPAIGN_FILE, PRIVATE_TABLES
from tests.pobi import POBI

STORED = Path(__file__).parents[3] / "fixtures/databases"
FILES = {"results-5": (open_results, RESULTS), "private-4": (open_private, PRIVATE)}
LATER = {"results-6": (open_results, RESULTS)}  # files of the versions in between
ANEW = {"indicator", "request_address", "_sqlite_migrations", "field", "identity"}  # dropped, and made from others
REASONS = {
    (table.name, column.name)
    for store in (RESULTS, PRIVATE)
    for table in store.tables
    for column in table.columns
    if column.reasons
}
SPANS = {"page", "observation"}  # rows of one scan in older versions, of visits in a row since
GONE = {("request", "token")}  # secrets, which older versions kept
GONE |= {(table, column) for table in SPANS for column in ("visit", "last_visit", "last_fetched_at")}
SINCE = {(t.name, c.name) for store in (RESULTS, PRIVATE) for t in store.tables for c in t.columns if c.since}


def stored(name: str, folder: Path) -> Path:
    path = folder / f"{name}.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((STORED / f"{name}.sql").read_text(encoding="utf-8"))
    return path


def declarations(db: Database) -> dict[str, set[str]]:
    """The parts of every statement in the file, in any order: a column that was added later stands last.

    A table that was renamed has its name in other quotation marks.
    """
    held = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    rows = [(name, re.sub(r'^CREATE TABLE "(\w+)"', r"CREATE TABLE [\1]", sql)) for name, sql in held]
    return {name: {part.strip(" )\n") for part in re.split(r",\s*|\) STRICT", sql)} - {""} for name, sql in rows}


def rows(path: Path) -> Iterator[tuple[str, dict[str, object]]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%words%' "
            "AND name NOT GLOB 'kept_*' ORDER BY name"
        )
        for (table,) in tables.fetchall():
            sql = f"SELECT * FROM [{table}]"
            if table in SPANS and "visit" in connection.execute(sql).fetchone().keys():  # noqa: SIM118
                sql = f"SELECT t.*, s.scan FROM [{table}] t JOIN scan_{table} s ON s.id = t.id ORDER BY t.id"
            yield from ((table, dict(row)) for row in connection.execute(sql))


@pytest.mark.parametrize("name", FILES | LATER)
def test_a_stored_file_has_the_shape_of_a_new_one(tmp_path: Path, name: str) -> None:
    opened, store = (FILES | LATER)[name]
    path = stored(name, tmp_path)
    migrated, new = opened(path), opened(tmp_path / "new.db")
    assert migrated.execute("PRAGMA user_version").fetchone() == (store.version,)
    assert declarations(migrated) == declarations(new)
    assert migrated.execute("PRAGMA foreign_key_check").fetchall() == []
    assert migrated.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for view in migrated.view_names():
        migrated.execute(f"SELECT * FROM [{view}]").fetchall()
    version = migrated.execute("PRAGMA schema_version").fetchone()
    migrated.close()
    with closing(opened(path)) as again:
        assert again.execute("PRAGMA schema_version").fetchone() == version  # nothing was left to do
    new.close()


def test_a_stored_file_takes_the_failures_of_today_and_no_other(tmp_path: Path) -> None:
    with closing(open_results(stored("results-5", tmp_path))) as db:
        visit = db.execute("SELECT min(id) FROM visit").fetchone()[0]
        for failure in Failure:
            db.execute("UPDATE visit SET failure = ? WHERE id = ?", [failure, visit])
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            db.execute("UPDATE visit SET failure = 'asleep' WHERE id = ?", [visit])


@pytest.mark.parametrize("name", FILES | LATER)
def test_a_stored_file_keeps_every_row(tmp_path: Path, name: str) -> None:
    path = stored(name, tmp_path)
    held = [(table, row) for table, row in rows(path) if table not in ANEW]
    assert len(held) > 100
    (FILES | LATER)[name][0](path).close()
    now = [(table, row) for table, row in rows(path) if table not in ANEW]
    looked = [row.pop("coverage_complete", None) for table, row in now if table == "verdict"]
    assert list(map(without_reasons, now)) == list(map(without_reasons, held))
    whole = {(row["scan"], row["agency"]): row["coverage_complete"] for table, row in held if table == "visit"}
    assert looked == [whole[row["scan"], row["agency"]] for table, row in held if table == "verdict"]
    assert not looked or {0, 1} == set(looked)


def test_an_address_that_was_accepted_before_stands_in_the_history(tmp_path: Path) -> None:
    with closing(open_results(stored("results-5", tmp_path))) as db:
        accepted = db.execute("SELECT id, request_email FROM agency WHERE request_email != '' ORDER BY id").fetchall()
        assert len(accepted) > 1
        assert db.execute("SELECT agency, address FROM request_address ORDER BY agency").fetchall() == accepted


def test_a_stored_file_takes_the_words_of_today(tmp_path: Path) -> None:
    """The longer vocabulary holds at once, and a word that is in none is still refused."""
    with closing(open_results(stored("results-5", tmp_path))) as db:
        db.execute("UPDATE scan SET world = 'rehearsal'")
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            db.execute("UPDATE scan SET world = 'dream'")


def without_reasons(entry: tuple[str, dict[str, object]]) -> tuple[str, dict[str, object]]:
    """The row without its reasons, without columns that came later, and without those that are gone."""
    table, row = entry
    return table, {name: value for name, value in row.items() if (table, name) not in REASONS | SINCE | GONE}


def test_a_vocabulary_that_grew_holds_at_once_and_in_the_file(tmp_path: Path) -> None:
    path = stored("results-6", tmp_path)
    update = "UPDATE run SET world = ?"
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(update, ["rehearsal"])
    with closing(open_results(path)) as db:
        db.execute(update, ["rehearsal"])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(update, ["rehearsal"])
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(update, ["not declared"])


# Letters say more than their sentences did; each of these is read on its own below.
OF_LETTERS = {("outbox", "reason"), ("outbox_event", "detail"), ("request_event", "detail")}
_DAY = re.compile(r"(?: of)? (\d{1,2} [A-Z][a-z]+ \d{4})\b")  # as a page writes one


@pytest.mark.parametrize("name", FILES)
def test_every_sentence_is_kept_as_reasons_and_says_the_same(tmp_path: Path, name: str) -> None:
    path = stored(name, tmp_path)
    held = list(sentences(path))
    FILES[name][0](path).close()
    now = list(sentences(path))
    assert len(held) == len(now) > 20
    unknown = set()
    for (column, sentence), (_, reasons) in zip(held, now, strict=True):
        said = _DAY.sub(lambda day: f" {datetime.strptime(day[1], '%d %B %Y').date()}", words.stored(reasons).en)
        for code, label in ((failure.value, labels.FAILURES[failure][0].en) for failure in labels.FAILURES):
            said = re.sub(rf"(^|; ){re.escape(label)}(?=:|;|$)", rf"\g<1>{code}", said)  # as the sentence had it
        assert said == sentence
        if column != "failure_detail" and any(reason.code == TEXT for reason in from_json(reasons)):
            unknown.add(sentence)
    assert unknown == UNKNOWN[name]


# A failure_detail is a technical message; of the others the map does not know what the fixture has for that purpose.
UNKNOWN = {
    "results-5": {
        "words of another day: looked; twice",
        "no stamp on the letter; asked by an organisation alone, not by a citizen or through one (articles 4, 36); no "
        "request slip enclosed (article 24.1, form 01a or 01b); no number of an identity paper (article 24.2a)",
        "no stamp on the letter",
    },
    "private-4": {
        "no stamp on the letter; asked by an organisation alone, not by a citizen or through one (articles 4, 36); no "
        "request slip enclosed (article 24.1, form 01a or 01b); no number of an identity paper (article 24.2a)",
        "sender domain, a sign of another day",
    },
}


def sentences(path: Path) -> Iterator[tuple[str, str]]:
    for table, row in rows(path):
        yield from (
            (name, str(value)) for name, value in row.items() if value and (table, name) in REASONS - OF_LETTERS
        )


def test_what_was_projected_before_is_what_is_projected_now(tmp_path: Path) -> None:
    """The mapping gives the reasons that the code of today gives, and a MessageDetail of then is read."""
    private, results = open_private(stored("private-4", tmp_path)), open_results(stored("results-5", tmp_path))
    before = {table: list(results.query(f"SELECT * FROM [{table}] ORDER BY id")) for table in mail_projection.TABLES}
    projection.project(private, results, POBI)
    made = {table: list(results.query(f"SELECT * FROM [{table}] ORDER BY id")) for table in mail_projection.TABLES}
    for table, wanted in made.items():
        held = before[table]
        for row in (*held, *wanted):
            row.pop("law_version", None)  # a hash over the file of the law, comments included
            row.pop("calendar", None)  # the same of the calendar; the days that follow from it are compared
            if table == "request_event":
                row.pop("id")  # a hash over its reasons too: such rows are written anew, once
            row.pop("proof", None)  # by whom a match was chosen says more of it than the older column
            if "why" in row:  # a law names its own words since studies bring laws of their own
                row["why"] = re.sub(r',"words(?:_vi)?":"[^"]*"', "", row["why"])
            if "refusal_grounds" in row:  # the same of its grounds of refusal
                plain = re.sub(r',?"about(?:_en)?":"[^"]*"', "", row["refusal_grounds"])
                row["refusal_grounds"] = plain.replace("ground_of_law", "ground").replace("{,", "{")
        told = [sorted(map(repr, found)) if table == "request_event" else found for found in (held, wanted)]
        assert told[0] == told[1], table
    assert not projection.project(private, results, POBI)
    assert len(made["reply"]) > 5 and len(made["legal_requirement"]) == 11
    private.close()
    results.close()


# Every sentence that older versions wrote of a letter, and what they did not write.
CAME = Reason("message_came", message="b23274f0da93", event="Q1")
PUT_OFF = (Reason("given_up", attempts=9), Reason("server_said", answer="451 later"))
LETTERS: dict[str, Reasons] = {
    "": (),
    "the agency asked for no further letters": (Reason(LetterReason.OBJECTED),),
    "the request bounced": (Reason(LetterReason.BOUNCED),),
    "the agency has answered": (Reason(LetterReason.ANSWERED),),
    "the request was not sent": (Reason(LetterReason.NOT_SENT),),
    "its request was refused": (Reason(LetterReason.REQUEST_REFUSED),),
    "its request was cancelled": (Reason(LetterReason.REQUEST_CANCELLED),),
    "the waiting time of the request is over": (Reason(LetterReason.OVER),),
    "the campaign was closed": (Reason(LetterReason.CLOSED),),
    "interrupted while it was being handed over": (Reason(LetterReason.INTERRUPTED),),
    "handed over, by the send journal; this database is an older copy": (Reason(LetterReason.IN_JOURNAL),),
    "handed over, by results.db; this database is an older copy": (Reason(LetterReason.IN_RESULTS),),
    "own copy found in the mailbox": (Reason(LetterReason.COPY_CAME),),
    "a message answers it": (Reason(LetterReason.ANSWER_CAME),),
    "approved by demo (simulated reviewer)": (Reason("approved_by", by="demo (simulated reviewer)"),),
    "message b23274f0da93 (Q1) came": (CAME,),
    "message b23274f0da93 (Q1, by An (2)) came": (Reason(CAME.code, **CAME.params, by="An (2)"),),
    "the stopping rule: objections so far: 3": (Reason("objections_reached", count=3),),
    "the address of 2019-x is …@x.test now, by decision of An": (
        Reason("address_changed", agency="2019-x", address="…@x.test", by="An"),
    ),
    "250 2.0.0 Ok: queued": (Reason("server_said", answer="250 2.0.0 Ok: queued"),),
    "421": (Reason("server_said", answer="421"),),
    "550-5.1.1 no such user\n550 here": (Reason("server_said", answer="550-5.1.1 no such user\n550 here"),),
    "2500 đồng": (Reason(TEXT, text="2500 đồng"),),
    "at connect: timed out": (Reason("at_stage", stage="connect", why=(Reason(TEXT, text="timed out"),)),),
    "at dot:": (Reason("at_stage", stage="dot", why=()),),
    "at data: 451 given up after 9 attempts: later": (Reason("at_stage", stage="data", why=PUT_OFF),),
    "given up after 9 attempts: timed out": (Reason("given_up", attempts=9), Reason(TEXT, text="timed out")),
    "bounce.temporary (310afbaedddc)": (Reason("read_by_rule", rule="bounce.temporary", message="310afbaedddc"),),
    " (310afbaedddc)": (Reason("read_by_rule", rule="", message="310afbaedddc"),),
    "entered by hand (e7eb9e65f0c6)": (Reason("noted_by_hand", message="e7eb9e65f0c6"),),
    "by hand (3a310c79fffc)": (Reason("noted_by_hand", message="3a310c79fffc"),),
    "nv: a telephone call": (Reason(TEXT, text="nv: a telephone call"),),
    "wrong office (see above)": (Reason(TEXT, text="wrong office (see above)"),),
}


def test_letters_of_the_last_schema_are_read_when_their_file_is_opened(tmp_path: Path) -> None:
    """Each sentence, and the marks by which the next projection writes such rows anew."""
    private, results = open_private(stored("private-4", tmp_path)), open_results(stored("results-5", tmp_path))
    projection.project(private, results, POBI)
    told = {}
    for db, store, version, table, others, values in (
        (private, PRIVATE, 6, "outbox_event", "outbox, at, state", "1, '2020', 'cancelled'"),
        (results, RESULTS, 7, "request_event", "request, at, step, what", "1, '2020', 'request', 'cancelled'"),
    ):
        sql = f"INSERT INTO [{table}] ({others}, detail) VALUES ({values}, ?)"
        db.conn.executemany(sql, [(sentence,) for sentence in LETTERS])
        if db is private:
            db.execute("UPDATE outbox SET reason = 'at data: 250 Ok' WHERE id = 1")
        db.execute(f"PRAGMA user_version = {version}")
        db.conn.commit()
        store.migrate(db)
        told[table] = [row[0] for row in db.execute(f"SELECT detail FROM [{table}] WHERE at = '2020' ORDER BY id")]
    assert list(map(from_json, told["outbox_event"])) == list(LETTERS.values())
    assert set(told["request_event"]) == set(told["outbox_event"]) and told["outbox_event"][0] == ""
    (reason,) = private.execute("SELECT reason FROM outbox WHERE id = 1").fetchone()
    assert from_json(reason) == (Reason("at_stage", stage="data", why=(Reason("server_said", answer="250 Ok"),)),)
    assert projection.project_changes(private, results, POBI)
    assert not projection.project(private, results, POBI)
    private.close()
    results.close()


@pytest.mark.parametrize(
    ("read", "sentence", "reasons"),
    [
        (old_sentences.verdict, "", ()),
        (old_sentences.verdict, "own section, level 5", (Reason("own_section", level=5),)),
        (
            old_sentences.verdict,
            "menu and footer not tried; timeout",
            (Reason("not_tried", places=("menu", "footer")), Reason("timeout")),
        ),
        (
            old_sentences.verdict,
            "an address is shown but cannot be read: Email: a; b",
            (Reason("hidden_address", snippet="Email: a; b"),),
        ),
        (
            old_sentences.verdict,
            "own section, level 5; and more",
            (Reason(TEXT, text="own section, level 5; and more"),),
        ),
        (old_sentences.failure_detail, "dns: x.test", (Reason(TEXT, text="dns: x.test"),)),
        (old_sentences.failure_detail, "search not tried", (Reason("not_tried", places=("search",)),)),
        (old_sentences.suspect, "pages 1, expected 9 or more", (Reason("below_floor", name="pages", seen=1, least=9),)),
        (
            old_sentences.signals,
            "embedded message-id, by A B",
            (Reason("embedded_message_id"), Reason("chosen_by", by="A B")),
        ),
        *((old_sentences.letter, sentence, reasons) for sentence, reasons in LETTERS.items()),
        (old_sentences.grounds, "28.1đ, 6", (Reason("ground", point="28.1đ"), Reason("ground", point="6"))),
    ],
)
def test_a_sentence_is_read(read: Callable[[str], Reasons], sentence: str, reasons: Reasons) -> None:
    assert read(sentence) == reasons


def test_the_dictionary_is_that_of_today(tmp_path: Path) -> None:
    with closing(open_results(stored("results-5", tmp_path))) as db:
        held = set(db.execute("SELECT table_name, column_name, about FROM field").fetchall())
    assert held == {(table.name, c.name, c.about) for table in RESULTS.tables for c in table.columns}


@pytest.mark.parametrize("name", FILES)
def test_an_older_file_is_refused_and_left_as_it_is(tmp_path: Path, name: str) -> None:
    opened, store = FILES[name]
    path = stored(name, tmp_path)
    for version in range(store.oldest):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {version}")
        before = path.read_bytes()
        said = rf"{name}\.db: written by an older prober \(schema {version}, .*nothing was changed"
        with pytest.raises(SchemaError, match=said):
            opened(path)
        with pytest.raises(SchemaError, match=said), reading(path, store):
            pass
        assert path.read_bytes() == before


def test_an_older_file_ends_a_command_with_exit_code_2(tmp_path: Path) -> None:
    with closing(sqlite3.connect(stored("results-5", tmp_path))) as connection:
        connection.execute("PRAGMA user_version = 4")
    (tmp_path / "results-5.db").rename(tmp_path / "results.db")
    (tmp_path / "prober.toml").write_text('world = "sandbox"\n', encoding="utf-8")
    done = CliRunner().invoke(cli, ["--config", str(tmp_path / "prober.toml"), "agencies", "list"])
    assert done.exit_code == 2 and "results.db: written by an older prober (schema 4" in done.stderr


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_a_version_in_between_is_refused_and_left_as_it_is(tmp_path: Path, name: str) -> None:
    opened, store = FILES[name]
    path = stored(name, tmp_path)
    table, column = {"results": ("visit", "archive_total"), "private": ("campaign_file", "letters")}[store.name]
    with closing(sqlite3.connect(path)) as connection:
        for kind, view in connection.execute("SELECT type, name FROM sqlite_master WHERE type = 'view'").fetchall():
            connection.execute(f"DROP {kind} [{view}]")
        connection.execute(f"ALTER TABLE [{table}] DROP COLUMN [{column}]")
        connection.commit()
    held = list(rows(path))
    with pytest.raises(SchemaError, match=rf"{name}\.db: a development version wrote it, without {table}\.{column}"):
        opened(path)
    assert list(rows(path)) == held


@pytest.mark.parametrize("store", [RESULTS, PRIVATE], ids=lambda store: store.name)
def test_every_version_that_is_read_leads_to_the_next(store: Store) -> None:
    new = [column for table in store.tables for column in table.columns if column.since]
    assert {*store.migrations, *(column.since - 1 for column in new)} == set(range(store.oldest, store.version))
    assert all(column.optional or column.default for column in new)  # the rows that are there get something


def test_a_column_that_is_new_needs_no_migration(tmp_path: Path) -> None:
    path = stored("private-4", tmp_path)
    with closing(open_private(path)) as db:
        held = list(db.query("SELECT * FROM campaign_file"))
        next_one = PRIVATE.version + 1
        column = Column("language", "TEXT", "…", default="'vi'", indexed=True, since=next_one)
        grown = replace(CAMPAIGN_FILE, columns=(*CAMPAIGN_FILE.columns, column))
        tables = [grown if table is CAMPAIGN_FILE else table for table in PRIVATE_TABLES]
        replace(PRIVATE, tables=tables).migrate(db)
        assert list(db.query("SELECT * FROM campaign_file")) == [row | {"language": "vi"} for row in held]
        assert db.execute("PRAGMA user_version").fetchone() == (next_one,)
        index = "SELECT 1 FROM sqlite_master WHERE name = 'ix_campaign_file_language'"
        assert db.execute(index).fetchall() == [(1,)]


def test_a_users_own_index_stays(tmp_path: Path) -> None:
    path = stored("results-5", tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE INDEX mine ON verdict (level)")
    with closing(open_results(path)) as db:
        assert ("mine",) in db.execute("SELECT name FROM sqlite_master WHERE type = 'index'").fetchall()


def test_who_only_reads_a_stored_file_is_told_what_completes_it(tmp_path: Path) -> None:
    path = stored("results-5", tmp_path)
    said = r"results-5\.db: made by an older prober \(schema 5\); the next command that writes to it completes it"
    with pytest.raises(SchemaError, match=said), reading(path, RESULTS):
        pass
