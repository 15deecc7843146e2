"""kill -9 and a full disk at any moment of `prober publish`: the last good snapshot stands whole, and the next comes.

Each round adds to the data, so that each publication is a new one. The moments are spread over the time that one takes,
the last ones included, in which folder, latest.json and history.json are put in place.
"""

import json
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

KILLS = 100
COMMAND = [sys.executable, "-m", "prober", "publish"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo of six provinces, published once."""
    folder = tmp_path_factory.mktemp("published")
    demo = [sys.executable, "-m", "prober", "demo", "--small", "--dir", "."]
    subprocess.run(demo, cwd=folder, check=True, capture_output=True, timeout=300)
    assert publish(folder).returncode == 0
    return folder


def publish(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(COMMAND, cwd=folder, capture_output=True, text=True, timeout=120)


def change(folder: Path, what: str) -> None:
    with closing(sqlite3.connect(folder / "results.db")) as db:
        db.execute("UPDATE agency SET note = ?", [what])
        db.commit()


def good(folder: Path) -> str:
    """The name of the snapshot that latest.json names, whose files are all there, unchanged and sound."""
    out = folder / "publish"
    latest = json.loads((out / "latest.json").read_text(encoding="utf-8"))
    held = out / latest["name"]
    assert subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=held).returncode == 0
    with closing(sqlite3.connect(f"file:{held}/results.db?immutable=1", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT COUNT(*) FROM headline").fetchone()[0] > 0
    names = [entry["name"] for entry in json.loads((out / "history.json").read_text(encoding="utf-8"))]
    assert latest["name"] in names
    return str(latest["name"])


@pytest.mark.proof
def test_killed_at_any_moment_the_last_good_one_stands(folder: Path) -> None:
    begin = time.monotonic()
    assert publish(folder).returncode == 0
    takes, draw, killed, published = time.monotonic() - begin, random.Random(6), 0, 0
    before = good(folder)
    for kill in range(KILLS):
        change(folder, f"kill {kill}")
        process = subprocess.Popen(COMMAND, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(0.2, 1.1) * takes)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        after = good(folder)
        published += after != before
        before = after
    assert killed > KILLS / 2 and published > 0, (killed, published)
    change(folder, "the end")
    assert publish(folder).returncode == 0
    assert good(folder) != before
    left = [path.name for path in (folder / "publish").iterdir() if path.name.startswith(".partial")]
    assert left == []


@pytest.mark.proof
@pytest.mark.parametrize("room", [4_096, 100_000, 300_000])
def test_a_disk_that_takes_no_more_leaves_the_last_good_one(folder: Path, room: int) -> None:
    """No file may grow beyond `room` bytes, which fails like a full disk, at another file each time."""
    before = good(folder)
    change(folder, f"room {room}")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = subprocess.run(COMMAND, cwd=folder, capture_output=True, text=True, timeout=120, preexec_fn=limit)
    if done.returncode == 0:
        pytest.fail(f"{room} bytes were enough for every file; make the room smaller")
    assert "Traceback" not in done.stderr and "disk" in done.stderr
    assert good(folder) == before
    assert publish(folder).returncode == 0
    assert good(folder) != before
    shutil.rmtree(folder / "publish" / before)  # room on the disk of the tests
