"""Pages that were drawn when a snapshot was published: a server shows these bytes, and draws them only once."""

import asyncio
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from prober.errors import ProberError
from prober.reporting.datasette.kept_pages import drawn_ahead
from prober.reporting.datasette.kept_pages.drawn_pages import DrawnPage, Key
from prober.reporting.datasette.serve import application
from prober.reporting.publish.publication import latest
from tests.pobi import POBI
from tests.serving import get, serving

HEADERS = ((b"content-type", b"text/html; charset=utf-8"),)
PAGES: list[tuple[Key, DrawnPage]] = [
    (((), b"/survey/2019/map", b"sign=qa", "vi"), DrawnPage.of(HEADERS, "<p>Cà Mau</p>".encode())),
    (((), b"/", b"", "en"), DrawnPage.of(HEADERS, b"\x89PNG\x00")),
]


def test_what_was_stored_is_taken_where_everything_is_the_same(tmp_path: Path) -> None:
    drawn_ahead.store(tmp_path / "2020-05-30-0123", "by", PAGES)
    assert drawn_ahead.stored(tmp_path / "2020-05-30-0123", "by") == PAGES
    assert drawn_ahead.stored(tmp_path / "2020-05-30-0123", "by another") == []
    assert drawn_ahead.stored(tmp_path / "2020-05-31-4567", "by") == []
    drawn_ahead.store(tmp_path / "2020-05-31-4567", "by", PAGES[:1])
    assert [path.name for path in tmp_path.iterdir()] == ["2020-05-31-4567.pages.zip"]  # no server shows an older one


def test_a_damaged_file_is_none(tmp_path: Path) -> None:
    drawn_ahead.store(tmp_path / "snapshot", "by", PAGES)
    file = tmp_path / "snapshot.pages.zip"
    whole = file.read_bytes()
    for cut in range(0, len(whole), 7):
        file.write_bytes(whole[:cut])
        assert drawn_ahead.stored(tmp_path / "snapshot", "by") == [], cut
    for at in range(0, len(whole), 3):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        assert drawn_ahead.stored(tmp_path / "snapshot", "by") in ([], PAGES), at  # a time of change decides nothing


def test_study_world_mark_and_program_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "prober").mkdir()
    template = tmp_path / "prober" / "page.html"
    template.write_text("{{ title }}")
    monkeypatch.setattr("prober.__file__", str(tmp_path / "prober" / "__init__.py"))
    by = drawn_ahead.drawn_by("1", "live", False)
    assert by == drawn_ahead.drawn_by("1", "live", False)
    others = {drawn_ahead.drawn_by(*of) for of in (("2", "live", False), ("1", "sandbox", False), ("1", "live", True))}
    template.write_text("{{ titles }}")
    assert len(others | {by, drawn_ahead.drawn_by("1", "live", False)}) == 5


def test_a_server_shows_what_was_drawn_when_it_was_published(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = drawn_ahead.addresses
    monkeypatch.setattr(drawn_ahead, "addresses", lambda db, site: islice(addresses(db, site), 4))
    office.toml.write_text(office.toml.read_text(encoding="utf-8").replace("pages = false", ""), encoding="utf-8")
    assert "(new, provisional)" in office.run("publish", "--provisional")
    (file,) = (office.folder / "publish").glob("*.pages.zip")
    snapshot = file.with_name(file.name.removesuffix(".pages.zip"))
    world = latest(snapshot.parent).manifest["world"]
    by = drawn_ahead.drawn_by(POBI.version, world, True)
    pages = drawn_ahead.stored(snapshot, by)
    assert [(key[1], key[3]) for key, _ in pages][:2] == [(b"/", "vi"), (b"/", "en")] and len(pages) == 4
    alone = application(snapshot / "results.db", POBI, world, immutable=True, provisional=True)
    own = asyncio.run(alone.client.get("/?lang=en", headers={"host": "127.0.0.1:8001"}))
    # A word that no program draws proves that the page comes from the file.
    marked = [
        (key, DrawnPage.of(page.headers, page.body.replace(b"</title>", b" kept</title>"))) for key, page in pages
    ]
    drawn_ahead.store(snapshot, by, marked)
    with serving(office.folder, "--published", "publish") as (url, _):
        status, text = get(f"{url}/?lang=en")
        assert (
            status == 200
            and text.replace(url, "http://127.0.0.1:8001").replace(" kept</title>", "</title>") == own.text
        )
        assert " kept</title>" in text and " kept</title>" not in get(f"{url}/results")[1]
    office.run("publish", "--provisional")  # the same data: what is there stays
    assert drawn_ahead.stored(snapshot, by) == marked


def test_a_disk_that_refuses_leaves_the_snapshot_published(tmp_path: Path) -> None:
    (tmp_path / "snapshot.pages.zip" / "x").mkdir(parents=True)  # where no file can be written
    with pytest.raises(ProberError, match=r"is published and whole; its pages are not .*pages\.zip: cannot be written"):
        drawn_ahead.store(tmp_path / "snapshot", "by", PAGES)
