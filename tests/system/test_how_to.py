"""Every how-to is followed to the letter: its files are written, its commands run, in one new folder."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

HOW_TO = Path(__file__).parents[2] / "docs/how-to"
# Pages that are followed one after the other in one folder, as they say at their head.
CHAINS = (("first-campaign", "correct-an-address", "second-wave"),)
REHEARSED = "rehearse-own-study"
# Without servers: followed by tests/prober/cli/test_cli_study.py.
IN_PROCESS = ("own-list", "own-letter", "own-words", "another-country")
# No steps to follow: their statements, commands and messages are held by tests/test_documentation.py and
# tests/prober/store/reading/test_reading_field_guide.py. Pages in Vietnamese have the commands of the English ones.
LOOKED_UP = ("install", "read-results", "troubleshooting")
_BLOCK = re.compile(r"^```(\w+)(?: title=\"([\w./-]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 300  # for one block; the longest is a polite crawl of the small world


def steps(page: str) -> Iterator[tuple[str, str]]:
    """Yield the blocks of a page that count, as (file name or "", content): files to write, and commands."""
    for kind, title, content in _BLOCK.findall((HOW_TO / f"{page}.md").read_text(encoding="utf-8")):
        if title:
            yield title, content
        elif kind == "sh":
            yield "", content


def follow(page: str, folder: Path, here: Callable[[str], str] = str) -> None:
    """Write the files of a page and run its commands; `here` puts into a block what differs on this machine."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for name, content in steps(page):
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(here(content), encoding="utf-8")
            continue
        done = subprocess.run(
            ["sh", "-e", "-c", here(content)], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, f"{page}.md:\n{content}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def test_every_page_is_followed() -> None:
    assert {path.stem.removesuffix(".vi") for path in HOW_TO.glob("*.md")} == {
        REHEARSED,
        *LOOKED_UP,
        *IN_PROCESS,
        *(page for chain in CHAINS for page in chain),
    }


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain[0])
def test_what_a_how_to_says_works(chain: tuple[str, ...], tmp_path: Path) -> None:
    for page in chain:
        follow(page, tmp_path)
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert list((tmp_path / "publish").iterdir())


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of eight communes after the last command; the ports of the page on an address of this process."""
    folder, own = tmp_path_factory.mktemp("communes"), os.getpid()
    address = f"127.{1 + own // 62_500 % 250}.{1 + own // 250 % 250}.{1 + own % 250}"
    try:
        follow(REHEARSED, folder, lambda block: block.replace("127.0.0.1", address))
    finally:
        _end_servers(folder)
    yield folder


def _end_servers(folder: Path) -> None:
    """End the servers of the page where a step failed before its last command did."""
    with suppress(FileNotFoundError, ProcessLookupError, ValueError):
        os.kill(int((folder / "servers.pid").read_text()), signal.SIGTERM)


def rows(folder: Path, sql: str) -> list[tuple[object, ...]]:
    db = sqlite3.connect(folder / "var/rehearsal/results.db")
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def test_eight_communes_are_rehearsed(rehearsed: Path) -> None:
    counts = dict(rows(rehearsed, "SELECT indicator, k || ' of ' || n FROM headline WHERE frame = 'communes'"))
    assert counts == {
        "qa": "8 of 8", "email": "8 of 8", "qa_and_email": "8 of 8", "qa_form": "0 of 8", "complaints": "6 of 8",
        "replied": "3 of 8", "human": "4 of 8",
    }  # fmt: skip
    page = (rehearsed / "var/rehearsal/report.html").read_text(encoding="utf-8")
    words = re.sub(r"<[^>]+>", " ", re.sub(r"<(style|script).*?</\1>", "", page, flags=re.DOTALL))
    assert "How do 8 communes respond to citizens?" in words and "Complaints" in words
    assert not re.search(r"province|Department of Finance|budget", words)


def test_every_figure_has_its_evidence(rehearsed: Path) -> None:
    own = rehearsed / "var/rehearsal"
    seen = rows(
        rehearsed,
        "SELECT v.agency, v.kind, o.snippet, p.url, p.sha256, o.warc FROM latest_verdict v JOIN finding f "
        "ON f.agency = v.agency AND f.kind = v.kind JOIN scan_observation o ON o.finding = f.id AND o.scan = v.scan "
        "JOIN page p ON p.id = o.page WHERE v.state = 'found'",
    )
    assert {row[:2] for row in seen} == set(
        rows(rehearsed, "SELECT agency, kind FROM latest_verdict WHERE state = 'found'")
    )
    assert len({row[:2] for row in seen}) == 8 + 8 + 6 and all(all(row) for row in seen)
    absent = rows(rehearsed, "SELECT agency, kind, scan FROM latest_verdict WHERE state = 'not_found' ORDER BY 1")
    assert [row[:2] for row in absent] == [(f"communes-xa-{n}", "complaints") for n in (7, 8)]
    searched = rows(
        rehearsed,
        "SELECT DISTINCT v.agency, 'complaints', v.scan FROM visit v JOIN search_step t ON t.record = v.search_record "
        "WHERE t.url LIKE '%/khieu-nai' AND t.outcome = 'missing'",
    )
    assert set(absent) <= set(searched)
    answers = rows(
        rehearsed,
        "SELECT r.agency, m.event, c.coder FROM request r JOIN reply m ON m.request = r.id "
        "JOIN coding c ON c.reply = m.id ORDER BY 1",
    )
    assert answers == [(f"communes-xa-{n}", "Q1" if n == 4 else "F1", "AB") for n in range(1, 5)]
    latest = json.loads((own / "publish/latest.json").read_text(encoding="utf-8"))
    assert latest["world"] == "rehearsal" and latest["name"] in {path.name for path in (own / "publish").iterdir()}


def test_the_letter_left_once_with_its_attachment_and_nothing_stands_outside(rehearsed: Path) -> None:
    private = sqlite3.connect(rehearsed / "var/rehearsal/private.db")
    try:
        letters = private.execute("SELECT state, attempts, raw FROM outbox").fetchall()
    finally:
        private.close()
    assert [row[:2] for row in letters] == [("accepted", 1)] * 8
    assert all(b'filename="procedures.csv"' in raw for _, _, raw in letters)
    written = {path.name for path in rehearsed.iterdir()}
    assert {"results.db", "report.html", "publish", "campaigns"}.isdisjoint(written)
    nights = rows(rehearsed, "SELECT COUNT(*) FROM run WHERE command = 'nightly' AND status = 'done'")
    assert nights == [(1,)]
