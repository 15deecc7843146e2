"""Nothing is projected from a private.db that is absent, empty, or that of another results.db."""

import shutil
import sqlite3
from contextlib import AbstractContextManager, closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mailroom.outcomes import projection
from prober.errors import SchemaError
from prober.store import Database, integrity, open_private, open_results, send_journal
from prober.store.integrity import Unpaired
from prober.store.private.decisions import Decision, save
from prober.store.results.decisions import publish
from prober.store.results.registry import sync
from prober.store.schema.migrations import Store
from tests.office import four_departments
from tests.pobi import HANOI, POBI, agencies


def dump(path: Path) -> str:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        return "\n".join(db.iterdump())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an office with a campaign, projected once; copied for each test."""
    return four_departments(tmp_path_factory.mktemp("office")).folder


@pytest.fixture
def pair(made: Path, tmp_path: Path) -> tuple[Path, Path]:
    shutil.copytree(made, tmp_path / "office")
    return tmp_path / "office/var/private.db", tmp_path / "office/results.db"


def project(private: Path, results: Path) -> None:
    with closing(open_private(private)) as one, closing(open_results(results)) as other:
        projection.project(one, other, POBI)


def named(results: Path) -> list[Any]:
    with closing(open_results(results)) as db:
        return list(db.execute("SELECT id FROM private_database").fetchall())


def test_new_files_have_names_of_their_own_and_nothing_is_named_before_there_is_a_campaign(tmp_path: Path) -> None:
    for name in ("a", "b"):
        project(tmp_path / name / "private.db", tmp_path / name / "results.db")
        assert named(tmp_path / name / "results.db") == []
    project(tmp_path / "a" / "private.db", tmp_path / "b" / "results.db")  # neither has shown anything
    with closing(open_private(tmp_path / "a/private.db")) as a, closing(open_private(tmp_path / "b/private.db")) as b:
        assert len(integrity.identity(a)) == 32 and integrity.identity(a) != integrity.identity(b)


def test_a_private_db_that_is_absent_or_another_one_is_refused_and_nothing_changes(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    private, results = pair
    assert named(results) == [(pairing_name(private),)]
    before = dump(results)
    private.rename(tmp_path / "kept.db")
    with pytest.raises(Unpaired, match=r"private\.db does not exist.*prober restore.*move results\.db aside"):
        integrity.need_paired(results, private)
    open_private(private).close()
    with pytest.raises(Unpaired, match=r"private\.db is empty"):
        integrity.need_paired(results, private)
    with pytest.raises(Unpaired, match=r"private\.db is empty"):
        project(private, results)
    with closing(open_private(private)) as db:
        db.execute("INSERT INTO campaign_file (id, world, protocol, protocol_sha256, status, created_at) "
                   "VALUES ('x', 'sandbox', '', '', 'draft', '')")  # fmt: skip
        db.conn.commit()
    with pytest.raises(Unpaired, match=r"private\.db is another one"):
        project(private, results)
    assert dump(results) == before
    (tmp_path / "kept.db").replace(private)
    project(private, results)
    assert dump(results) == before


def test_one_opening_of_each_tells_whether_it_is_sound_and_the_others(pair: tuple[Path, Path]) -> None:
    private, results = pair
    opened = []

    def noted(path: Path, store: Store) -> AbstractContextManager[Database]:
        opened.append(path)
        return integrity.sound(path, store)

    integrity.need_paired(results, private, noted)
    assert opened == [results, private]
    for path in (private, results):  # last the one that is opened first
        with path.open("ab") as file:
            file.write(b"half a page")
        with pytest.raises(SchemaError, match=rf"{path.name}: damaged \(cut off\)"):
            integrity.look_through(results, private)


def test_a_damaged_private_db_is_told_before_there_is_anything_to_show(tmp_path: Path) -> None:
    private = tmp_path / "private.db"
    open_private(private).close()
    with private.open("ab") as file:
        file.write(b"half a page")
    with pytest.raises(SchemaError, match="cut off"):
        integrity.look_through(tmp_path / "results.db", private)


def pairing_name(private: Path) -> str:
    with closing(open_private(private)) as db:
        return integrity.identity(db)


def test_decisions_about_sites_alone_bind_too(tmp_path: Path) -> None:
    """A private.db without any would empty them."""
    private, results = tmp_path / "private.db", tmp_path / "results.db"
    with closing(open_private(private)) as one, closing(open_results(results)) as other:
        sync(other, agencies("2019"), (), "sandbox")
        said = Decision("agency/2019-ca-mau", "qa", "absent", "nv", "first", "not_found")
        save(one, said, datetime(2020, 4, 13, tzinfo=HANOI))
        assert publish(one, other, 90) and not publish(one, other, 90)
        assert other.execute("SELECT subject, answer FROM decision").fetchall() == [("2019-ca-mau", "absent")]
    integrity.need_paired(results, private)
    private.unlink()
    open_private(private).close()
    with pytest.raises(Unpaired, match="is empty"):
        integrity.need_paired(results, private)


def test_both_files_and_the_journal_are_looked_through(pair: tuple[Path, Path]) -> None:
    private, results = pair
    assert integrity.look_through(results, private) == ""
    results.rename(results.with_name("kept.db"))
    assert integrity.look_through(results, private).startswith(f"{results} does not exist, and {private} holds")
    send_journal.of(private).write_text("no line of ours\n" * 2, encoding="utf-8")
    with pytest.raises(SchemaError, match="It says which letters have left"):
        integrity.look_through(results, private)


def test_a_database_is_whole_until_its_pages_are_not(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    with closing(open_results(path)) as db:
        assert integrity.is_whole(db)
        (pages,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'agency'").fetchone()
        db.execute("PRAGMA journal_mode = DELETE")
    with path.open("r+b") as file:
        file.seek((pages - 1) * 4096)
        file.write(b"\xff" * 64)
    with closing(Database(path)) as db:
        assert not integrity.is_whole(db)
