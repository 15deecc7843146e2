"""The WACZ file in pywb, a web archive server of others: every page comes back as it was received."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

import pytest

from prober.domain.archive import Takedown, Takedowns
from prober.domain.visit import digest
from prober.reporting.archive import web_archive
from prober.reporting.archive.archived_page import Archive
from prober.store import open_results
from tests.pobi import POBI
from tests.prober.reporting import archived_survey

ROOT = Path(__file__).parents[2]
PYWB = Path(os.environ.get("PROBER_PYWB", ROOT / ".venv-pywb")) / "bin"  # made by make test-system
SITE = archived_survey.SITE
WAIT = 60.0  # seconds for the server to listen on a busy machine
_open = build_opener(ProxyHandler({})).open


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of pywb with the pages, without one that was taken down, and with a later night."""
    if not (PYWB / "wayback").is_file():
        said = f"needs pywb in {PYWB.parent} (make test-system)"
        pytest.fail(said) if os.environ.get("PROBER_NO_SKIP") else pytest.skip(said)
    folder = tmp_path_factory.mktemp("replay")
    archived_survey.write(folder)
    taken = Takedowns((Takedown("camau.gov.test/office", archived_survey.SCANNED.date(), "asked for"),))
    archive = Archive(POBI.vocabulary, folder / "var" / "evidence", True, lambda: taken)
    with closing(open_results(folder / "results.db")) as db:
        archived_survey.seen_again(folder, db, "pdf")
        assert web_archive.write(web_archive.listed(db, archive), archive, folder / "evidence.wacz", "test")
    for words in (("init", "study"), ("add", "--unpack-wacz", "study", "evidence.wacz")):
        subprocess.run([PYWB / "wb-manager", *words], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def base(collection: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [PYWB / "wayback", "--bind", "127.0.0.1", "--port", str(port), "--threads", "2"]
    with (collection / "pywb.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=collection, stdout=log, stderr=log)
    try:
        until = time.monotonic() + WAIT
        while True:
            assert server.poll() is None and time.monotonic() < until, (collection / "pywb.log").read_text()
            try:
                _open(f"http://127.0.0.1:{port}/", timeout=10).close()
                break
            except URLError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/study"
    finally:
        server.terminate()
        server.wait(timeout=20)


def replayed(base: str, moment: str, name: str) -> bytes:
    """The body that pywb gives at a moment; `id_` asks for it as it was, without a banner."""
    with _open(f"{base}/{moment}id_/{SITE}/{name}", timeout=30) as response:
        body: bytes = response.read()
    return body


@pytest.mark.parametrize("name", ["old", "hostile", "thread", "pdf"])
def test_a_page_comes_back_byte_for_byte(base: str, collection: Path, name: str) -> None:
    with closing(open_results(collection / "results.db")) as db:
        sha256 = db.execute("SELECT sha256 FROM page WHERE url = ?", [f"{SITE}/{name}"]).fetchone()[0]
    assert digest(replayed(base, "20200413125900", name)) == sha256


def test_a_later_night_shows_what_the_first_received(base: str) -> None:
    assert replayed(base, "20200414130000", "pdf") == replayed(base, "20200413125900", "pdf")


def test_what_was_taken_down_is_not_there(base: str) -> None:
    with pytest.raises(HTTPError, match="404"):
        replayed(base, "20200413125900", "office")
