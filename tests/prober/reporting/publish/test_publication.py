"""Snapshots: whole or not at all, the same twice, and free of what belongs to private.db."""

import csv
import hashlib
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from prober.cli import cli
from prober.domain.reason import Reason, to_json
from prober.errors import ProberError
from prober.reporting.publish import gates, manifest
from prober.reporting.publish.publication import GateFailed, latest, publish
from prober.reporting.publish.table_files import guarded
from prober.store import Database, open_private, open_results
from prober.store.schema.present_rows import KEYS
from prober.store.schema.results_tables import RESULTS_TABLES
from prober.store.schema.views import VIEWS

DESCRIPTIONS = ("codebook.csv", "codebook.md", "croissant.json", "datapackage.json", "manifest.json")


@pytest.fixture
def results(pobi_db: Path, tmp_path: Path) -> Iterator[Database]:
    """A copy of the 63 provinces that a test may change."""
    path = tmp_path / "results.db"
    path.write_bytes(pobi_db.read_bytes())
    db = open_results(path)
    db.execute("UPDATE scan SET agencies = 126")
    db.conn.commit()
    yield db
    db.close()


@pytest.fixture(scope="module")
def good(pobi_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is published of `results` as it is; copied by whoever goes on from there."""
    folder = tmp_path_factory.mktemp("good")
    shutil.copy(pobi_db, folder / "results.db")
    with closing(open_results(folder / "results.db")) as db:
        db.execute("UPDATE scan SET agencies = 126")
        db.conn.commit()
        publish(db, folder / "publish")
    return folder / "publish"


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Database]:
    db = open_private(tmp_path / "private.db")
    yield db
    db.close()


def mail(private: Database, body: str, event: str = "F1", charset: str = "utf-8") -> None:
    head = f"From: a@b.test\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit"
    raw = f"{head}\r\n\r\n{body}".encode()
    row = {
        "sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw), "event": event,
        "received_at": "2020-04-15T10:00:00+07:00", "stored_at": "2020-04-15T10:00:00+07:00",
    }  # fmt: skip
    private.table("message").insert(row)
    private.table("message_raw").insert({"message": row["sha256"], "raw": raw})


def test_a_snapshot_holds_everything_and_proves_it(results: Database, tmp_path: Path) -> None:
    done = publish(results, tmp_path / "publish")
    names = {path.stem for path in (done.folder / "csv").iterdir()}
    assert names == {table.name for table in RESULTS_TABLES} | {view.name for view in VIEWS}
    assert subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=done.folder).returncode == 0
    listed = (done.folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert {path.stem for path in (done.folder / "parquet").iterdir()} == names
    assert len(listed) == 2 * len(names) + len(DESCRIPTIONS) + 2  # results.db, everything.zip
    manifest = json.loads((tmp_path / "publish" / "latest.json").read_text(encoding="utf-8"))
    assert manifest["world"] == "sandbox" and manifest["rows"]["request"] == 63
    replied = next(row for row in manifest["headline"] if row["indicator"] == "replied")
    assert (replied["k"], replied["n"], replied["low"], replied["high"]) == (8, 63, 0.065773, 0.23107)
    assert all(gate["passed"] for gate in manifest["gates"])


def test_the_snapshot_is_one_closed_file(good: Path) -> None:
    done = latest(good)
    path = done.folder / "results.db"
    assert path.stat().st_mode & 0o222 == 0
    header = path.read_bytes()[:100]
    assert int.from_bytes(header[24:28]) < 5  # transactions that wrote it, each of which waits for the disk
    copy = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
    assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert copy.execute("SELECT k, n FROM headline WHERE indicator = 'replied'").fetchone() == (8, 63)
    copy.close()
    assert {path.name for path in done.folder.iterdir()} == {
        "SHA256SUMS",
        "csv",
        "everything.zip",
        "parquet",
        "results.db",
        *DESCRIPTIONS,
    }


def test_one_file_holds_everything_and_is_what_the_folder_holds(good: Path) -> None:
    folder = latest(good).folder
    with zipfile.ZipFile(folder / "everything.zip") as pack:
        assert pack.testzip() is None
        names = set(pack.namelist())
        assert all(pack.read(name) == (folder / name).read_bytes() for name in names)
    described = {entry["path"] for entry in json.loads((folder / "datapackage.json").read_text())["resources"]}
    assert names == described | {"results.db", *DESCRIPTIONS} - {"manifest.json"}


def test_publishing_the_same_data_twice_changes_nothing(results: Database, tmp_path: Path) -> None:
    out = tmp_path / "publish"
    first = publish(results, out)
    before = _contents(out)
    second = publish(results, out)
    assert (first.fresh, second.fresh, second.folder) == (True, False, first.folder)
    assert _contents(out) == before
    assert len(json.loads((out / "history.json").read_text(encoding="utf-8"))) == 1


def test_a_folder_that_lost_its_manifest_is_named(results: Database, good: Path, tmp_path: Path) -> None:
    folder = latest(shutil.copytree(good, tmp_path / "publish")).folder
    (folder / "manifest.json").unlink()
    with pytest.raises(ProberError, match=rf"{folder.name} has lost its manifest.json; move the folder away"):
        publish(results, tmp_path / "publish")
    assert [path.name for path in (tmp_path / "publish").iterdir() if path.is_dir()] == [folder.name]


def _contents(out: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def test_new_data_make_a_new_snapshot_beside_the_old_one(results: Database, good: Path, tmp_path: Path) -> None:
    out = shutil.copytree(good, tmp_path / "publish")
    first = latest(out)
    results.execute("UPDATE agency SET note = 'checked' WHERE slug = 'ca-mau'")
    results.conn.commit()
    second = publish(results, out)
    assert second.fresh and first.folder.exists() and latest(out).folder == second.folder
    assert [entry["name"] for entry in json.loads((out / "history.json").read_text(encoding="utf-8"))] == [
        first.folder.name,
        second.folder.name,
    ]


def test_of_a_snapshot_that_is_superseded_the_manifest_stays_and_the_same_data_can_be_published_again(
    results: Database, good: Path, tmp_path: Path
) -> None:
    out = shutil.copytree(good, tmp_path / "publish")
    first, said = latest(out), (latest(out).folder / "manifest.json").read_bytes()
    results.execute("UPDATE agency SET note = 'checked' WHERE slug = 'ca-mau'")
    publish(results, out)
    assert manifest.superseded(out, 2, ()) == manifest.superseded(out, 1, (first.folder.name,)) == []
    assert manifest.superseded(out, 1, ()) == [first.folder]
    manifest.thin(first.folder)
    assert {path.name: path.read_bytes() for path in first.folder.rglob("*")} == {"manifest.json": said}
    assert manifest.superseded(out, 1, ()) == []
    results.execute("UPDATE agency SET note = '' WHERE slug = 'ca-mau'")
    again = publish(results, out)
    assert again.fresh and again.folder == first.folder and _data(again.folder) == _data(good / first.folder.name)


def _data(folder: Path) -> dict[str, bytes]:
    """All of a snapshot but what tells how it compares with the one before."""
    told = ("manifest.json", "SHA256SUMS")
    found = {str(path.relative_to(folder)): content for path, content in _contents(folder).items()}
    return {name: content for name, content in found.items() if name not in told}


def _broken_key(db: Database) -> None:
    db.execute("PRAGMA foreign_keys=OFF")
    db.execute("UPDATE visit SET agency = '2019-nowhere' WHERE id = 1")


def _person(db: Database) -> None:
    db.execute("UPDATE finding SET category = 'person' WHERE id = (SELECT MIN(id) FROM finding WHERE kind = 'email')")


def _stranger(db: Database) -> None:
    db.execute("UPDATE observation SET snippet = 'Chị Lan: lan.nguyen@gmail.test' WHERE id = 1")


def _stranger_in_an_address(db: Database) -> None:
    db.execute("INSERT INTO search_record SELECT 1, agency, '', scan FROM visit LIMIT 1")
    db.execute(
        "INSERT INTO search_step (record, position, step, url, outcome) "
        "VALUES (1, 0, 'links', 'https://x.test/?to=lan.nguyen@gmail.test', 'unopened')"
    )


def _stranger_in_json(db: Database) -> None:
    db.execute("""UPDATE run SET summary = '{"from": "lan.nguyen@gmail.test"}'""")


def _two_worlds(db: Database) -> None:
    db.execute("UPDATE agency SET world = 'live' WHERE slug = 'ca-mau'")


def _shrunk(db: Database) -> None:
    db.execute("DELETE FROM reply WHERE id > 9")


def _half_a_scan(db: Database) -> None:
    """A new scan that read little. Tables have grown, so their counts alone tell nothing."""
    _scanned_again(db, 40)


def _twice_a_scan(db: Database) -> None:
    _scanned_again(db, 322)


def _scanned_again(db: Database, pages: int) -> None:
    scan = db.table("scan").insert(dict(next(db.query("SELECT * FROM scan")), id=2)).last_pk
    page = next(db.query("SELECT * FROM page"))
    db.table("visit").insert_all([dict(row, id=row["id"] + 1000, scan=scan) for row in db.query("SELECT * FROM visit")])
    db.execute("UPDATE observation SET last_visit = last_visit + 1000")
    of = {"visit": page["visit"] + 1000, "last_visit": page["visit"] + 1000}
    db.table("page").insert_all(dict(page, id=1000 + n, **of, url=f"{page['url']}/{n}") for n in range(pages))


def _emptied(db: Database) -> None:
    db.execute("UPDATE observation SET snippet = '' WHERE id % 2")


def _telephone(db: Database) -> None:
    db.execute("UPDATE reply SET words = 'gọi số 0912 345 678' WHERE id = 1")


def _telephone_beside_a_page(db: Database) -> None:
    """Beside the text stands the address of a page with as many digits, which is no telephone's."""
    db.execute("UPDATE agency SET expects_reason = 'https://x.test/tin/0912345678' WHERE slug != 'ca-mau'")
    db.execute("UPDATE agency SET expects_reason = 'gọi 0912 345 678' WHERE slug = 'ca-mau'")


def _one_wild_night(db: Database) -> None:
    reason = Reason("gate_turned", what="qa", to="not_found", turned=20, compared=63)
    db.execute("UPDATE scan SET suspect = ?", [to_json([reason])])


@pytest.mark.parametrize(
    ("damage", "gate"),
    [
        (_broken_key, "foreign_key_check: 1 rows point nowhere"),
        (_person, "no person's address is a finding: 1 found"),
        (_stranger, "no unknown mail address: observation.snippet (1)"),
        (_stranger_in_an_address, "no unknown mail address: search_step.url (1)"),
        (_stranger_in_json, "no unknown mail address: run.summary (1)"),
        (_two_worlds, "one world: live, sandbox"),
        (_shrunk, "row counts: reply went from 18 to 9"),
        (_half_a_scan, "rows of one scan: page of a scan of 2019 went from 128 to 40"),
        (_twice_a_scan, "rows of one scan: page of a scan of 2019 went from 128 to 322"),
        (_emptied, "fill rates: observation.snippet was filled in 100% of rows and is in 50%"),
        (_telephone, "no mobile number: reply.words (1)"),
        (_telephone_beside_a_page, "no mobile number: agency.expects_reason (1)"),
        (_one_wild_night, "changes of one night: scan 1 is suspected: qa turned not found on 20 of 63 sites"),
    ],
)
def test_a_failed_gate_keeps_the_last_good_snapshot(
    results: Database, good: Path, tmp_path: Path, damage: Callable[[Database], None], gate: str
) -> None:
    out = shutil.copytree(good, tmp_path / "publish")
    kept = latest(out).folder.name
    damage(results)
    results.conn.commit()
    with pytest.raises(GateFailed) as failure:
        publish(results, out)
    assert gate in str(failure.value)
    assert latest(out).folder.name == kept
    assert {path.name for path in out.iterdir()} == {kept, "failed.json", "history.json", "latest.json"}
    said = json.loads((out / "failed.json").read_text(encoding="utf-8"))
    assert "lan.nguyen" not in f"{said} {failure.value}"
    assert gate in [f"{wrong['name']}: {wrong['detail']}" for wrong in said["gates"]]


def test_titles_of_nights_before_a_question_was_known_are_not_published(results: Database, tmp_path: Path) -> None:
    page = next(results.query("SELECT id, agency, scan, url FROM scan_page"))
    results.execute("UPDATE page SET title = 'Ông Nguyễn Văn An hỏi' WHERE id = ?", [page["id"]])
    row = {"agency": page["agency"], "scan": page["scan"], "page": page["id"], "key": "a", "url": page["url"]}
    results.table("qa_thread").insert(row | {"answered": 1})
    results.conn.commit()
    assert "no title of a citizen's question: 1 pages" in [
        f"{g.name}: {g.detail}" for g in gates.personal_gates(results, None)
    ]
    folder = publish(results, tmp_path / "publish").folder
    assert "Ông Nguyễn Văn An" not in (folder / "csv/page.csv").read_text(encoding="utf-8-sig")
    assert b"An h\xe1\xbb\x8fi" not in (folder / "results.db").read_bytes()


def test_what_pages_say_of_persons_is_emptied(results: Database, private: Database, tmp_path: Path) -> None:
    """The text with a mobile number or the name of somebody who wrote to us; an office's landline stays."""
    texts = (
        "Liên hệ anh Nguyễn Văn An 0912 345 678", "Ông NGUYỄN Văn Bình tiếp công dân", "Điện thoại: 0290 3831 234",
        "Ông Nguyễn Văn Cường tiếp công dân",
    )  # fmt: skip
    raw = b"From: =?utf-8?q?Nguy=E1=BB=85n_V=C4=83n_B=C3=ACnh?= <binh@so.test>\r\n\r\n"
    moment = "2020-04-15T10:00:00+07:00"
    private.table("message").insert(
        {"sha256": "1" * 64, "bytes": len(raw), "event": "F1", "received_at": moment, "stored_at": moment}
    )
    private.table("message_raw").insert({"message": "1" * 64, "raw": raw})
    for number, text in enumerate(texts, 1):
        results.execute("UPDATE page SET title = ? WHERE id = ?", [text, number])
        results.execute("UPDATE observation SET snippet = ? WHERE id = ?", [text, number])
    results.conn.commit()
    folder = publish(results, tmp_path / "publish", private).folder
    for name in ("page", "observation"):
        written = (folder / f"csv/{name}.csv").read_text(encoding="utf-8-sig")
        assert [text in written for text in texts] == [False, False, True, True]
    assert all(text.encode() not in (folder / "results.db").read_bytes() for text in texts[:2])


def test_one_site_does_not_move_the_rows_of_a_scan(results: Database, good: Path, tmp_path: Path) -> None:
    before = gates.measures(results)["scan_rows"]["2019"]["page"]
    page = next(results.query("SELECT * FROM page WHERE id = 1"))
    results.table("page").insert_all(dict(page, id=10_000 + n, url=f"{page['url']}/{n}") for n in range(5_000))
    assert before < gates.measures(results)["scan_rows"]["2019"]["page"] <= before + gates.OF_ONE_SITE


DOCUMENT = "https://stc.dien-bien.gov.test/upload/20191128/du-thao-du-toan-2020.pdf"
WRITTEN = "Sở Tài chính đã nhận được thư của quý vị và sẽ có văn bản trả lời."


@pytest.mark.parametrize(
    ("body", "event", "stored", "passes"),
    [
        (WRITTEN, "F1", WRITTEN, False),
        (WRITTEN.replace(" ", "\n", 1), "F1", WRITTEN, False),  # one long line of it is enough
        (WRITTEN, "F1", WRITTEN.lower(), False),
        (WRITTEN, "N0", WRITTEN, True),  # a server's own words are no person's
        (WRITTEN, "F1", "sẽ có văn bản trả lời", True),  # the few words that made a rule fire
        ("Kính gửi", "F1", "Kính gửi", True),
        (f"Xin xem\n{DOCUMENT}\n", "L1", DOCUMENT, True),  # where the document stands is no prose
        (f"Xin quý vị xem {DOCUMENT}\n", "L1", f"xin quý vị xem {DOCUMENT}", False),
    ],
)
def test_no_line_of_a_mail_is_published(
    results: Database, private: Database, tmp_path: Path, body: str, event: str, stored: str, passes: bool
) -> None:
    mail(private, body, event)
    results.execute("UPDATE reply SET words = ? WHERE id = 1", [stored])
    results.conn.commit()
    if passes:
        assert publish(results, tmp_path / "publish", private).fresh
    else:
        with pytest.raises(GateFailed, match=r"no text of a mail: reply\.words"):
            publish(results, tmp_path / "publish", private)


def test_a_mail_in_an_unknown_charset_is_searched_all_the_same(
    results: Database, private: Database, tmp_path: Path
) -> None:
    mail(private, WRITTEN, charset="x-tcvn-unknown")
    results.execute("UPDATE request_event SET detail = ?", [to_json([Reason("text", text=WRITTEN)])])
    results.execute("UPDATE reply SET words = ? WHERE id = 1", [WRITTEN])
    results.conn.commit()
    with pytest.raises(GateFailed, match="no text of a mail"):
        publish(results, tmp_path / "publish", private)


@pytest.mark.parametrize(
    ("header", "stored", "passes"),
    [
        ("From: =?utf-8?q?Nguy=E1=BB=85n_Th=E1=BB=8B_Lan?= <lan@so.test>", "nguyễn thị lan ký", False),
        ("Cc: Tran Van Binh <b@so.test>, So Tai chinh <so@so.test>", "Kính gửi ông Tran Van Binh", False),
        (
            "From: =?utf-8?q?S=E1=BB=9F_T=C3=A0i_ch=C3=ADnh_Cao_B=E1=BA=B1ng?= <s@so.test>",
            "Sở Tài chính Cao Bằng",
            True,
        ),
        ("From: lan@so.test", "Nguyễn Thị Lan", True),  # nobody told us that this is somebody's name
    ],
)
def test_no_name_of_a_correspondent_is_published(
    results: Database, private: Database, tmp_path: Path, header: str, stored: str, passes: bool
) -> None:
    raw = f"{header}\r\n\r\n".encode()
    moment = "2020-04-15T10:00:00+07:00"
    private.table("message").insert(
        {"sha256": "1" * 64, "bytes": len(raw), "event": "F1", "received_at": moment, "stored_at": moment}
    )
    private.table("message_raw").insert({"message": "1" * 64, "raw": raw})
    results.execute("UPDATE reply SET words = ? WHERE id = 1", [stored])
    results.conn.commit()
    if passes:
        assert publish(results, tmp_path / "publish", private).fresh
    else:
        with pytest.raises(GateFailed, match=r"no name of a correspondent: reply\.words"):
            publish(results, tmp_path / "publish", private)


def test_a_person_may_accept_a_difference_and_nothing_else(results: Database, good: Path, tmp_path: Path) -> None:
    out = shutil.copytree(good, tmp_path / "publish")
    _shrunk(results)
    results.conn.commit()
    with pytest.raises(GateFailed, match="say why with --accept"):
        publish(results, out)
    done = publish(results, out, accept="nine replies were withdrawn")
    assert done.manifest["accepted"] == "nine replies were withdrawn"
    assert [gate["name"] for gate in done.manifest["gates"] if not gate["passed"]] == ["row counts"]
    assert not (out / "failed.json").exists()
    before = _contents(out)
    assert not publish(results, out).fresh
    assert _contents(out) == before  # the reason stays with the data
    _person(results)
    results.conn.commit()
    with pytest.raises(GateFailed, match="no person's address is a finding"):
        publish(results, out, accept="we want it")


def test_a_simulated_world_waits_for_nobody_to_read(results: Database, tmp_path: Path) -> None:
    """Nobody reads there. The figures say it of themselves; the same data of a live world are refused."""
    found = publish(results, tmp_path / "publish").manifest
    assert (found["provisional"], found["unread"]) == (False, {"pobi-2019": 14})
    for table in ("agency", "scan", "campaign", "run"):
        results.execute(f"UPDATE {table} SET world = 'live'")
    results.conn.commit()
    with pytest.raises(GateFailed, match="14 requests of pobi-2019 rest on replies that no person has read"):
        publish(results, tmp_path / "publish")
    _shrunk(results)
    results.conn.commit()
    with pytest.raises(GateFailed, match="say why with --accept. What is not read yet .* --provisional"):
        publish(results, tmp_path / "publish")
    with pytest.raises(GateFailed, match="row counts"):
        publish(results, tmp_path / "publish", provisional=True)
    assert publish(results, tmp_path / "publish", accept="withdrawn", provisional=True).manifest["provisional"]


def test_csv_files_read_back_as_the_database_says(results: Database, tmp_path: Path) -> None:
    results.execute("UPDATE page SET title = '=HYPERLINK(\"http://x.test\")' WHERE id = 1")
    results.conn.commit()
    folder = publish(results, tmp_path / "publish").folder / "csv"
    with (folder / "participation.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    stored = list(results.query("SELECT * FROM participation"))
    assert len(rows) == 63
    assert [row["province_vi"] for row in rows] == [row["province_vi"] for row in stored]
    assert sum(int(row["replied"]) for row in rows) == 8
    with (folder / "page.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["title"] == '\'=HYPERLINK("http://x.test")'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert guarded(f"{start}cmd") == f"'{start}cmd"


@pytest.mark.parametrize("value", ["Cà Mau", "", "a=b", -5, 0.25, None])
def test_other_cells_stay_as_they_are(value: object) -> None:
    assert guarded(value) is value


def test_a_full_disk_leaves_nothing_behind(results: Database, good: Path, tmp_path: Path) -> None:
    out = shutil.copytree(good, tmp_path / "publish")
    kept = latest(out).folder
    results.execute("UPDATE agency SET note = 'more' WHERE slug = 'ca-mau'")
    results.conn.commit()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(ProberError, match="cannot publish: .*disk space"):
            publish(results, out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert latest(out).folder == kept
    assert not list(out.glob(".partial*"))


def test_what_a_killed_publication_left_is_cleared(results: Database, tmp_path: Path) -> None:
    out, dead = tmp_path / "publish", subprocess.Popen(["true"])
    dead.wait()
    for number in (dead.pid, os.getppid()):
        (out / f".partial-{number}").mkdir(parents=True)
        (out / f".partial-{number}/results.db").write_bytes(b"half")
    publish(results, out)
    assert [path.name for path in out.glob(".partial-*")] == [f".partial-{os.getppid()}"]  # that one is at work


def test_an_empty_database_is_not_published(tmp_path: Path) -> None:
    db = open_results(tmp_path / "results.db")
    with pytest.raises(GateFailed, match="one world: no data"):
        publish(db, tmp_path / "publish")
    db.close()
    with pytest.raises(ProberError, match="nothing published yet"):
        latest(tmp_path / "publish")


def test_the_command(survey: Any, filled: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch) -> None:
    filled(survey)
    monkeypatch.chdir(survey.path.parent)
    Path("prober.toml").write_text("[publish]\npages = false\n", encoding="utf-8")  # nobody reads them
    first = CliRunner().invoke(cli, ["publish"])
    assert first.exit_code == 0, first.output
    assert first.stdout.strip().endswith("(new)")
    second = CliRunner().invoke(cli, ["publish", "--json"])
    assert json.loads(second.stdout)["rows"]["agency"] == 194
    assert not (survey.path.parent / "var").exists()  # neither the world nor a private.db was made


def test_slow_views_are_tables_with_the_same_rows_in_the_same_order(pobi_db: Path, good: Path) -> None:
    folder = good / json.loads((good / "latest.json").read_text(encoding="utf-8"))["name"]
    with closing(sqlite3.connect(pobi_db)) as live, closing(sqlite3.connect(folder / "results.db")) as kept:
        kinds = dict(kept.execute("SELECT name, type FROM sqlite_master").fetchall())
        assert {"participation", "headline"} <= {name for name in KEYS if kinds[name] == "table"} == set(KEYS)
        for view in VIEWS:
            columns = [[row[1] for row in db.execute(f"PRAGMA table_info({view.name})")] for db in (live, kept)]
            assert columns[0] == columns[1]
            order = f" ORDER BY {', '.join(view.key)}" if view.key else ""
            before, after = (
                db.execute(f"SELECT * FROM {view.name}{end}").fetchall() for db, end in ((live, ""), (kept, order))
            )
            if view.name not in (
                "latest_page",
                "latest_observation",
                "qa_activity",
                "question_waits",
            ):  # no order asked
                assert repr(before) == repr(after), view.name  # types too: repr tells 5 from 5.0
            assert sorted(map(repr, before)) == sorted(map(repr, after))
        assert kept.execute("SELECT COUNT(*) FROM participation").fetchone() == (63,)


def test_a_snapshot_that_is_written_again_has_views_again(good: Path, tmp_path: Path) -> None:
    folder = good / json.loads((good / "latest.json").read_text(encoding="utf-8"))["name"]
    shutil.copyfile(folder / "results.db", tmp_path / "results.db")
    with closing(open_results(tmp_path / "results.db")) as db:
        assert set(KEYS) <= set(db.view_names())
        db.execute("DELETE FROM verdict WHERE kind = 'qa'")
        assert db.execute("SELECT k FROM headline WHERE indicator = 'qa'").fetchone() == (0,)
