"""The databases: made whole or not at all, recognised, migrated, one writer at a time, and no damage on a full disk."""

import resource
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.errors import ProberError, SchemaError
from prober.store import LOG_BYTES, Database, cut_log, flush, open_private, open_results, transaction
from prober.store.schema.declare import Column, Table, index_sql, table_sql
from prober.store.schema.migrations import PRIVATE, RESULTS
from prober.store.schema.private_tables import PRIVATE_TABLES
from prober.store.schema.results_tables import RESULTS_TABLES

Opener = Callable[[Path], Database]
STORES = [
    pytest.param(open_results, RESULTS, RESULTS_TABLES, id="results"),
    pytest.param(open_private, PRIVATE, PRIVATE_TABLES, id="private"),
]
OPENERS = [pytest.param(open_results, id="results"), pytest.param(open_private, id="private")]
RUN = {"command": "test", "world": "sandbox", "status": "done", "started_at": "2020-01-01", "version": "1"}


def objects(path: Path) -> set[tuple[str, str]]:
    with sqlite3.connect(path) as connection:
        found = set(connection.execute("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"))
    connection.close()
    return found


@pytest.mark.parametrize(("opener", "store", "tables"), STORES)
def test_a_new_file_has_every_table_strict_and_with_foreign_keys(
    tmp_path: Path, opener: Opener, store: object, tables: tuple[Table, ...]
) -> None:
    db = opener(tmp_path / "new.db")
    assert {table.name for table in tables} <= set(db.table_names())
    for table in tables:
        assert [column.name for column in db.table(table.name).columns] == [c.name for c in table.columns]
        assert "STRICT" in db.table(table.name).schema
        wanted = {(c.name, c.references) for c in table.columns if c.references}
        assert {(key.column, key.other_table) for key in db.table(table.name).foreign_keys} == wanted
    assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert db.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    assert db.execute("PRAGMA user_version").fetchone()[0] == store.version  # type: ignore[attr-defined]
    db.close()


def test_every_view_can_be_read_and_the_dictionary_is_complete(tmp_path: Path) -> None:
    db = open_results(tmp_path / "results.db")
    assert {"participation", "headline", "reply_times", "not_seen", "changes", "nightly"} <= set(db.view_names())
    for view in db.view_names():
        db.execute(f"SELECT * FROM [{view}]").fetchall()
    held = set(db.execute("SELECT table_name, column_name, about FROM field").fetchall())
    assert held == {(table.name, c.name, c.about) for table in RESULTS_TABLES for c in table.columns}
    db.close()


def test_a_commit_to_private_is_on_the_disk_and_the_file_is_its_owner_s(tmp_path: Path) -> None:
    path = tmp_path / "var" / "private.db"
    db = open_private(path)
    assert db.execute("PRAGMA synchronous").fetchone()[0] == 2
    with transaction(db):
        db.execute("UPDATE mailbox_state SET note = ''")
        assert {file.stat().st_mode & 0o077 for file in path.parent.iterdir()} == {0}  # -wal and -shm too
    db.close()


@pytest.mark.parametrize("opener", OPENERS)
def test_opening_again_keeps_the_rows_and_waits_for_nobody(tmp_path: Path, opener: Opener) -> None:
    path = tmp_path / "some.db"
    first = opener(path)
    before = objects(path)
    with transaction(first):  # a writer at work
        second = opener(path)
        second.close()
    assert objects(path) == before
    first.close()


@pytest.mark.parametrize("opener", OPENERS)
def test_who_opens_a_new_file_waits_for_whoever_is_making_it(tmp_path: Path, opener: Opener) -> None:
    """SQLite itself waits for nobody where a file gets its log, whatever the timeout: two watchers at once met that."""
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = threading.Timer(0.3, other.execute, ["ROLLBACK"])
        done.start()
        opener(path).close()
        done.join()


def test_many_processes_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    code = "import sys, pathlib; from prober.store import open_results; open_results(pathlib.Path(sys.argv[1])).close()"
    racers = [subprocess.Popen([sys.executable, "-c", code, str(path)], stderr=subprocess.PIPE) for _ in range(4)]
    errors = [racer.communicate()[1].decode() for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0, 0], errors
    open_results(path).close()


@pytest.mark.parametrize(("opener", "store", "tables"), STORES)
def test_a_failed_migration_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opener: Opener, store: object, tables: object
) -> None:
    path = tmp_path / "some.db"

    def refuse(action: int, name: str | None, *rest: object) -> int:
        made = action == sqlite3.SQLITE_CREATE_TABLE and name == victim
        return sqlite3.SQLITE_DENY if made else sqlite3.SQLITE_OK

    victim = tables[-1].name  # type: ignore[index]
    connection = sqlite3.connect(path)
    connection.set_authorizer(refuse)
    with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        store.migrate(Database(connection))  # type: ignore[attr-defined]
    connection.set_authorizer(None)
    connection.close()
    assert objects(path) == set()
    opener(path).close()
    assert ("table", victim) in objects(path)


@pytest.mark.parametrize("opener", OPENERS)
def test_a_newer_file_is_left_alone(tmp_path: Path, opener: Opener) -> None:
    path = tmp_path / "newer.db"
    opener(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(SchemaError, match=r"newer\.db: written by a newer prober \(schema 99.*nothing was changed"):
        opener(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("opener", OPENERS)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Not a database, but long enough to be one: " * 30, "not an SQLite database"),
        (b"SQLite format 3\0" + b"\xff" * 500, "not an SQLite database"),
    ],
    ids=["text", "broken-header"],
)
def test_a_file_of_another_kind_is_left_alone(tmp_path: Path, opener: Opener, content: bytes, message: str) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(content)
    with pytest.raises(SchemaError, match=message):
        opener(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(("opener", "other"), [(open_results, open_private), (open_private, open_results)])
def test_the_wrong_database_is_left_alone(tmp_path: Path, opener: Opener, other: Opener) -> None:
    path = tmp_path / "wrong.db"
    other(path).close()
    before = path.read_bytes()
    with pytest.raises(SchemaError, match="a database, but not a"):
        opener(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("opener", [open_results, open_private])
def test_the_write_ahead_log_is_cut_also_after_a_reader_let_it_grow(tmp_path: Path, opener: Opener) -> None:
    """A watcher runs for months with one connection: without a limit its log keeps the size of the largest moment."""
    path = tmp_path / "some.db"
    log = path.with_name("some.db-wal")
    with closing(opener(path)) as db, closing(sqlite3.connect(path)) as reader:
        db.execute("CREATE TABLE scratch (text TEXT)")
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM scratch").fetchone()  # a snapshot, which a checkpoint must not pass
        for _ in range(20):  # more than the 1000 pages after which SQLite wants to empty its log
            db.execute("INSERT INTO scratch VALUES (?)", ["x" * 1_000_000])
            db.conn.commit()
        assert log.stat().st_size > LOG_BYTES
        reader.rollback()
        for _ in range(3):
            db.execute("INSERT INTO scratch VALUES ('y')")
            db.conn.commit()
        assert log.stat().st_size <= LOG_BYTES


def test_a_transaction_is_whole_or_nothing(tmp_path: Path) -> None:
    db = open_results(tmp_path / "results.db")
    with pytest.raises(ZeroDivisionError), transaction(db):
        db.conn.execute("INSERT INTO field VALUES ('t', 'a', 'TEXT', '.')")
        _ = 1 / 0
    with transaction(db):
        db.conn.execute("INSERT INTO field VALUES ('t', 'b', 'TEXT', '.')")
    assert db.execute("SELECT column_name FROM field WHERE table_name = 't'").fetchall() == [("b",)]
    db.close()


def test_a_transaction_waits_for_another_writer(tmp_path: Path) -> None:
    """A deferred BEGIN that reads first fails at once here: "database is locked", whatever the timeout."""
    path = tmp_path / "results.db"
    open_results(path).close()
    inside, go_on = threading.Event(), threading.Event()

    def other() -> None:
        db = open_results(path)
        with transaction(db):
            db.conn.execute("INSERT INTO field VALUES ('t', 'other', 'TEXT', '.')")
            inside.set()
            go_on.wait(10)
        db.close()

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(10)
    db = open_results(path)
    threading.Timer(0.2, go_on.set).start()
    with transaction(db):  # blocks until the other one has committed
        seen = db.execute("SELECT column_name FROM field WHERE table_name = 't'").fetchall()
        db.conn.execute("INSERT INTO field VALUES ('t', 'ours', 'TEXT', '.')")
    thread.join()
    assert seen == [("other",)]
    assert db.execute("SELECT COUNT(*) FROM field WHERE table_name = 't'").fetchone()[0] == 2
    db.close()


def test_broken_references_and_unknown_words_are_refused(tmp_path: Path) -> None:
    db = open_results(tmp_path / "results.db")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"), transaction(db):
        db.conn.execute("INSERT INTO agency_successor VALUES ('2019-nowhere', '2025-nowhere', '')")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"), transaction(db):
        db.conn.execute(
            "INSERT INTO run (command, world, started_at, status, version) VALUES ('x', 'mars', '', 'done', '1')"
        )
    db.close()


FULL_DISK = """
import sys
from pathlib import Path
from prober.store import open_results, transaction
db = open_results(Path(sys.argv[1]))
with transaction(db):
    rows = [("big", str(n), "x" * 1000) for n in range(5000)]
    db.conn.executemany("INSERT INTO field VALUES (?, ?, 'TEXT', ?)", rows)
"""


def _limited(limit: int, path: Path) -> subprocess.CompletedProcess[str]:
    """Run FULL_DISK where no file can grow beyond `limit` bytes: the kernel refuses the write, as a full disk does."""
    return subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)],
        capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip


@pytest.mark.parametrize("limit", [8_192, 60_000, 1_000_000], ids=["creating", "migrating", "writing"])
def test_a_write_that_the_disk_refuses_does_no_damage(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "results.db"
    done = _limited(limit, path)
    assert done.returncode != 0
    assert "disk" in done.stderr
    db = open_results(path)  # room again: the same file is whole, or is made now
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert db.execute("SELECT COUNT(*) FROM field WHERE table_name = 'big'").fetchone()[0] == 0
    assert {table.name for table in RESULTS_TABLES} <= set(db.table_names())
    db.close()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(ProberError, match=r"folder\.db: a folder\. Move it away"):
        open_results(tmp_path / "folder.db")


NAMES = st.from_regex(r"[a-z][a-z_]{0,10}", fullmatch=True)
COLUMNS = st.builds(
    Column,
    name=NAMES,
    type=st.sampled_from(["TEXT", "INTEGER", "REAL", "BLOB"]),
    about=st.just("."),
    key=st.booleans(),
    optional=st.booleans(),
    one_of=st.sampled_from([(), ("a", "it's")]),
    indexed=st.booleans(),
)


@settings(max_examples=50)
@given(st.lists(COLUMNS, min_size=1, max_size=6, unique_by=lambda column: column.name))
def test_every_declaration_is_valid_sql(columns: list[Column]) -> None:
    connection = sqlite3.connect(":memory:")
    table = Table("order", "A keyword as a name.", tuple(columns))
    for statement in (table_sql(table, {}), *index_sql(table).values()):
        connection.execute(statement)
    found = [row[1] for row in connection.execute("PRAGMA table_info([order])")]
    connection.close()
    assert found == [column.name for column in columns]


def test_a_commit_that_nobody_waits_for_is_seen_at_once_and_changes_no_setting(tmp_path: Path) -> None:
    """Another connection sees it; the next transaction is durable again, also after one that failed."""
    path = tmp_path / "private.db"
    db, other = open_private(path), open_private(path)
    insert = "INSERT INTO mailbox_state (account, folder, uidvalidity, server_count, held_count, synced_at) "
    with transaction(db, durable=False):
        db.execute(f"{insert} VALUES ('a', 'INBOX', 1, 0, 0, '')")
    flush(db)
    with pytest.raises(ZeroDivisionError), transaction(db, durable=False):
        db.execute(f"{insert} VALUES ('b', 'INBOX', 1, 0, 0, '')")
        raise ZeroDivisionError
    assert other.execute("SELECT account FROM mailbox_state").fetchall() == [("a",)]
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    other.close()
    db.close()
    flush(open_private(path))  # a log of writes that was emptied, or is not there, is no error


def test_a_long_log_is_cut_as_soon_as_nobody_reads_the_past(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    log = Path(f"{path}-wal")
    with closing(open_results(path)) as db, closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM scan").fetchall()  # holds a snapshot: nothing behind it may be cut
        db.execute("CREATE TABLE own (value BLOB)")
        for _ in range(20):
            with transaction(db):
                db.execute("INSERT INTO own VALUES (randomblob(100000))")
        long = log.stat().st_size
        assert long > 1_000_000 and not cut_log(db, most=long) and not cut_log(db, most=1_000_000)
        assert log.stat().st_size >= long
        reader.rollback()
        assert cut_log(db, most=1_000_000) and log.stat().st_size == 0
        assert db.execute("PRAGMA busy_timeout").fetchone()[0] > 1000
        assert db.execute("SELECT COUNT(*) FROM own").fetchone() == (20,)
