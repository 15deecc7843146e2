"""Prove that what a crawling process tells arrives whole, and that nothing of it outlives its end."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

import pytest

from spiders.crawl import Child, Message

pytestmark = pytest.mark.spawned

Starting = Callable[[str], tuple[Child, SimpleQueue[Message | None]]]

HEAD = "import json, os, pickle, subprocess, sys, time\nwork = pickle.load(sys.stdin.buffer)\n"


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Starting:
    """Return a function that starts a child with the given program."""
    monkeypatch.syspath_prepend(tmp_path)

    def start(program: str) -> tuple[Child, SimpleQueue[Message | None]]:
        (tmp_path / "talker.py").write_text(HEAD + program, encoding="utf-8")
        told: SimpleQueue[Message | None] = SimpleQueue()
        return Child(["talker"], {"name": "Cà Mau"}, told.put, tmp_path / "var" / "crawl.log"), told

    return start


def _heard(told: SimpleQueue[Message | None]) -> list[Message]:
    return list(iter(lambda: told.get(timeout=60), None))


def test_messages_come_in_order_and_end_with_the_process(started: Starting, tmp_path: Path) -> None:
    child, told = started("print(json.dumps(work))\nprint('{\"n\": 2}')\nprint('bad', file=sys.stderr)\nsys.exit(3)\n")
    assert _heard(told) == [{"name": "Cà Mau"}, {"n": 2}]
    assert child.end(60) == 3
    log = tmp_path / "var" / "crawl.log"
    assert log.read_text(encoding="utf-8") == "bad\n"
    assert log.stat().st_mode & 0o077 == 0, "others may read what a crawl complains of"


@pytest.mark.parametrize("line", ['{"n": 1}\\n{"n"', "Traceback\\n"], ids=["cut line", "no message"])
def test_what_is_no_message_ends_the_conversation(started: Starting, line: str) -> None:
    child, told = started(f"sys.stdout.write('{line}')\nsys.stdout.flush()\n")
    assert all(set(message) == {"n"} for message in _heard(told))
    child.end(60)


def test_the_end_takes_with_it_what_the_process_has_started(started: Starting) -> None:
    program = "p = subprocess.Popen(['sleep', '600'])\nprint(json.dumps({'pid': p.pid}), flush=True)\ntime.sleep(600)\n"
    child, told = started(program)
    message = told.get(timeout=60)
    assert message
    assert child.end() == -9
    limit = time.monotonic() + 30
    with suppress(ProcessLookupError):
        while time.monotonic() < limit:
            os.kill(message["pid"], 0)
            if Path(f"/proc/{message['pid']}/stat").read_text(encoding="ascii").split(") ")[1][0] == "Z":
                return
            time.sleep(0.05)
        pytest.fail("a process of the crawl outlives its end")
