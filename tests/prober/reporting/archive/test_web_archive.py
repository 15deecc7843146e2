"""The WACZ file of the archived pages that may be published: what is in it, byte for byte, and what is not."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from warcio.archiveiterator import ArchiveIterator

from prober.domain.archive import Shown, Takedown, Takedowns
from prober.domain.visit import digest
from prober.reporting.archive import archived_page, web_archive
from prober.reporting.archive.archived_page import Archive
from prober.reporting.publish.publication import publish
from prober.store import Database, open_results
from tests.pobi import POBI
from tests.prober.reporting import archived_survey

SITE = archived_survey.SITE
PLAIN = {"office", "hostile", "old", "long", "secret", "pdf"}
TAKEN = Takedowns((Takedown("camau.gov.test/office", date(2026, 11, 2), "the office asks for it"),))
NOTHING = Takedowns()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archived")
    archived_survey.write(folder)
    return folder


@pytest.fixture(scope="module")
def db(folder: Path) -> Iterator[Database]:
    db = open_results(folder / "results.db")
    yield db
    db.close()
    archived_page.stop()


def archive(folder: Path, shows_all: bool = True, listed: Takedowns = NOTHING) -> Archive:
    return Archive(POBI.vocabulary, folder / "var" / "evidence", shows_all, lambda: listed)


def packed(db: Database, archive: Archive, out: Path) -> dict[str, bytes]:
    """Address → body of every response in the file."""
    assert web_archive.write(web_archive.listed(db, archive), archive, out, "test")
    found: dict[str, bytes] = {}
    with ZipFile(out) as wacz:
        for name in wacz.namelist():
            if name.startswith("archive/"):
                for record in ArchiveIterator(BytesIO(wacz.read(name))):
                    url = record.rec_headers.get_header("WARC-Target-URI") or ""
                    assert url == "" or record.rec_type in ("request", "response", "revisit")
                    if record.rec_type == "response":
                        found[url.removeprefix(f"{SITE}/")] = record.content_stream().read()
    return found


def test_what_may_be_published_is_packed_as_received_and_the_rest_is_not(
    db: Database, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archived_page, "PROCESSOR_SECONDS", 0.5)  # "deep" takes minutes
    found = packed(db, archive(folder, shows_all=False), tmp_path / "a.wacz")
    assert set(found) == PLAIN
    assert {name: digest(found[name]) for name in ("office", "pdf")} == {
        url.removeprefix(f"{SITE}/"): sha256
        for url, sha256 in db.execute("SELECT url, sha256 FROM page WHERE url LIKE '%/office' OR url LIKE '%/pdf'")
    }
    done = subprocess.run(
        [sys.executable, "-P", "-m", "wacz", "validate", "-f", str(tmp_path / "a.wacz")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "the passed WACZ is valid" in done.stdout


def test_with_all_archives_everything_is_packed_but_what_was_taken_down_with_later_nights(
    db: Database, folder: Path, tmp_path: Path
) -> None:
    archived_survey.seen_again(folder, db, "pdf", "office")
    of = archive(folder, listed=TAKEN)
    assert set(packed(db, of, tmp_path / "a.wacz")) == {*archived_survey.PAGES, "pdf"} - {"office"}
    told = {page.row["page_url"].removeprefix(f"{SITE}/"): page for page in web_archive.listed(db, of)}
    assert told["office"].shown == Shown.TAKEN_DOWN and told["office"].reason == "the office asks for it"
    assert told["office"].cells[0] == "" and told["office"].cells[4] == "2026-11-02"
    assert told["thread"].shown == Shown.PAGE
    with ZipFile(tmp_path / "a.wacz") as wacz:
        records = ArchiveIterator(BytesIO(wacz.read("archive/scan-00002.warc.gz")))
        kinds = [(r.rec_type, (r.rec_headers.get_header("WARC-Target-URI") or "")[-4:]) for r in records]
    assert kinds == [("warcinfo", ""), ("request", "/pdf"), ("revisit", "/pdf")]


def test_a_snapshot_holds_the_pages_their_list_and_no_word_of_what_was_taken_down(
    folder: Path, tmp_path: Path, pobi_db: Path
) -> None:
    """The same data give the same snapshot, whenever they are packed."""
    db = open_results(folder / "results.db")
    db.execute(
        "INSERT INTO run (command, world, started_at, status, version) VALUES ('crawl', 'sandbox', '', 'done', '1')"
    )
    of = archive(folder, listed=TAKEN)
    first, second = publish(db, tmp_path, archive=of), publish(db, tmp_path, archive=of)
    assert first.folder == second.folder and not second.fresh
    assert {"evidence.wacz", "evidence.csv"} <= set(first.manifest["files"])
    listed = (first.folder / "evidence.csv").read_text(encoding="utf-8-sig")
    assert "the office asks for it" in listed and f"{SITE}/office" not in listed and f"{SITE}/pdf" in listed
    snapshot = Database(str(first.folder / "results.db"))
    words = [row[0] for row in snapshot.execute("SELECT snippet FROM observation ORDER BY id")]
    assert words[0] == "" and "" not in words[1:]
    assert b"ubnd@camau.gov.test</b>" not in (first.folder / "results.db").read_bytes()
    db.close()
