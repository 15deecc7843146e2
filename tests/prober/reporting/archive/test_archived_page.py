"""Which archived pages are shown to whom, and what is said where one is not."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from prober.domain.archive import ArchivedObservation, Restriction, Shown, Takedown, Takedowns
from prober.reporting.archive import archived_page
from prober.reporting.archive.archived_page import Archive, Archived
from prober.reporting.archive.proving_words import Sought
from prober.store import Database, open_results
from prober.store.reading import evidence_record
from tests.pobi import POBI
from tests.prober.reporting import archived_survey

ON = date(2026, 11, 2)
NOTHING = Takedowns()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archived")


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, int]:
    return archived_survey.write(folder)


@pytest.fixture(scope="module")
def db(folder: Path, found: dict[str, int]) -> Iterator[Database]:
    db = open_results(folder / "results.db")
    yield db
    db.close()
    archived_page.stop()


def archive(folder: Path, *, shows_all: bool = False, listed: Takedowns = NOTHING) -> Archive:
    return Archive(POBI.vocabulary, folder / "var" / "evidence", shows_all, lambda: listed)


def seen(archive: Archive, db: Database, observation: int) -> Archived:
    row = evidence_record.observed(db, observation)
    assert row is not None
    return archive.page(row, Sought(row["snippet"], row["selector"], row["value"]))


@pytest.mark.parametrize(
    ("name", "restrictions"),
    [
        ("office", ()), ("hostile", ()), ("old", ()), ("secret", ()), ("pdf", ()), ("thread", (Restriction.THREADS,)),
        ("mobile", (Restriction.PERSONAL,)),
    ],
)  # fmt: skip
def test_citizens_and_persons_are_shown_only_where_the_configuration_says_so(
    db: Database, folder: Path, found: dict[str, int], name: str, restrictions: tuple[Restriction, ...]
) -> None:
    shown, all_of_them = seen(archive(folder), db, found[name]), seen(archive(folder, shows_all=True), db, found[name])
    assert shown.restrictions == all_of_them.restrictions == restrictions
    assert shown.shown == (Shown.RESTRICTED if restrictions else Shown.PAGE)
    assert (shown.copy is None) == bool(restrictions)
    assert all_of_them.shown == Shown.PAGE and all_of_them.copy is not None
    assert all_of_them.copy.found in (ArchivedObservation.WORDS, ArchivedObservation.TITLE)
    assert all_of_them.record is not None and all_of_them.record.body == b""


def test_a_page_whose_questions_were_followed_is_of_citizens_whatever_is_read_of_it_today(
    db: Database, folder: Path, found: dict[str, int]
) -> None:
    db.table("qa_thread").insert({
        "agency": archived_survey.AGENCY, "scan": 1, "page": 1, "url": f"{archived_survey.SITE}/old", "key": "k",
        "answered": 1,
    })  # fmt: skip
    try:
        assert seen(archive(folder), db, found["old"]).restrictions == (Restriction.THREADS,)
    finally:
        db.execute("DELETE FROM qa_thread")


def test_old_letters_are_read_as_the_crawler_reads_them(db: Database, folder: Path, found: dict[str, int]) -> None:
    copy = seen(archive(folder), db, found["old"]).copy
    assert copy is not None and "<mark" in copy.html and "Tiếp cận thông tin" in copy.html


def test_a_document_is_shown_as_its_text(db: Database, folder: Path, found: dict[str, int]) -> None:
    shown = seen(archive(folder), db, found["pdf"])
    assert shown.is_document and shown.copy is not None and shown.copy.html.count("<p>") >= 2
    assert '<mark class="first">Thu dien tu: vanthu@camau.gov.test</mark>' in shown.copy.html


@pytest.mark.parametrize("name", ["address", "record", "page", "picture"])
def test_what_is_taken_down_is_not_shown_by_address_or_hash(
    db: Database, folder: Path, found: dict[str, int], name: str
) -> None:
    row = evidence_record.observed(db, found["office"])
    assert row is not None
    named = {"address": "camau.gov.test/office", "record": row["warc"], "page": row["page_sha256"],
             "picture": row["screenshot"]}[name]  # fmt: skip
    listed = Takedowns((Takedown(named, ON, "the office asks for it"),))
    for shows_all in (False, True):
        shown = seen(archive(folder, shows_all=shows_all, listed=listed), db, found["office"])
        assert shown.shown == Shown.TAKEN_DOWN and shown.copy is None and shown.takedown == listed.entries[0]
    assert seen(archive(folder, listed=listed), db, found["old"]).shown == Shown.PAGE


def test_a_record_that_is_gone_broken_or_too_intricate_is_said(
    db: Database, folder: Path, found: dict[str, int], tmp_path: Path
) -> None:
    row = evidence_record.observed(db, found["office"])
    assert row is not None
    of = archive(folder)
    assert of.page({**row, "warc_path": None}, Sought()).shown == Shown.NO_RECORD
    assert of.page({**row, "warc_path": "warc/gone.warc.gz"}, Sought()).shown == Shown.NOT_HERE
    assert of.page({**row, "warc_path": "../results.db", "warc_offset": 0}, Sought()).shown == Shown.BROKEN
    assert Archive(POBI.vocabulary, tmp_path).page(row, Sought()).shown == Shown.NOT_HERE
    assert Archive(POBI.vocabulary).page(row, Sought()).shown == Shown.NOT_HERE


def test_a_page_that_takes_too_long_ends_its_child_alone(
    db: Database, folder: Path, found: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred thousand elements inside each other take a parser minutes."""
    monkeypatch.setattr(archived_page, "PROCESSOR_SECONDS", 0.3)
    assert seen(archive(folder), db, found["deep"]).shown == Shown.TOO_LARGE
    monkeypatch.undo()
    assert seen(archive(folder), db, found["office"]).shown == Shown.PAGE


def test_the_process_that_reads_pages_starts_before_the_first_reader(
    db: Database, folder: Path, found: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    archived_page.stop()
    Archive(POBI.vocabulary).make_ready()  # shows no page
    assert archived_page._child._pool is None
    archive(folder).make_ready()
    ready = archived_page._child._pool
    assert ready is not None and seen(archive(folder), db, found["office"]).shown == Shown.PAGE
    assert archived_page._child._pool is ready
