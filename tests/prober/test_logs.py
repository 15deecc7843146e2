"""The log: who reads it, what every line names, and what none may say."""

import contextvars
import io
import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from prober import logs

OURS, THEIRS = logging.getLogger("prober.anything"), logging.getLogger("scrapy.core")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def standard_error(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    monkeypatch.setattr(sys, "stderr", stream)
    yield lambda: stream.getvalue().splitlines()
    monkeypatch.undo()


def test_a_program_reads_one_object_a_line_with_what_it_belongs_to(monkeypatch: pytest.MonkeyPatch) -> None:
    with standard_error(io.StringIO(), monkeypatch) as lines, logs.written("auto", {"scan": 4}):
        with logs.bound(run=17, night=12):
            OURS.info("step ends", extra={"status": "done", "reasons": ["a", "b"], "spider": object()})
            THEIRS.info("opened")
            THEIRS.warning("slow: %d", 3)
        OURS.error("no run")
    first, second, third = map(json.loads, lines())
    assert list(first.items())[1:] == [
        ("level", "info"), ("event", "step ends"), ("night", 12), ("run", 17), ("status", "done"), ("reasons", "a,b"),
        ("scan", 4), ("logger", "prober.anything"),
    ]  # fmt: skip
    assert (second["event"], second["logger"], second["run"]) == ("slow: 3", "scrapy.core", 17)
    assert "run" not in third


def test_the_journal_gets_pairs_and_the_priority_and_no_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As systemd sets it: the variable names device and inode of the stream; a redirected one is no journal."""
    with (tmp_path / "journal").open("w+", encoding="utf-8") as stream:
        held = os.fstat(stream.fileno())
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("JOURNAL_STREAM", f"{held.st_dev}:{held.st_ino}")
        with logs.written("auto"), logs.bound(run=17):
            OURS.warning("two words", extra={"step": "crawl 2019"})
        monkeypatch.setenv("JOURNAL_STREAM", f"{held.st_dev}:{held.st_ino + 1}")
        with logs.written("auto"):
            OURS.warning("elsewhere")
        monkeypatch.undo()
        stream.seek(0)
        journal, other = stream.read().splitlines()
    assert journal == '<4>level=warning event="two words" run=17 step="crawl 2019" logger=prober.anything'
    assert json.loads(other)["event"] == "elsewhere"


def test_a_terminal_shows_warnings_alone_with_the_lines_of_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with standard_error(Terminal(), monkeypatch) as lines, logs.written("auto"):
        OURS.info("step begins")
        try:
            raise ValueError("why")
        except ValueError:
            OURS.exception("a visit broke off", extra={"agency": "2019-ca-mau"})
    assert "a visit broke off" in lines()[0] and "agency=2019-ca-mau" in lines()[0]
    assert lines()[1].startswith("Traceback") and lines()[-1] == "ValueError: why"


@pytest.mark.parametrize(("form", "begins"), [("json", "{"), ("text", "timestamp=")])
def test_the_configuration_chooses(form: str, begins: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with standard_error(io.StringIO(), monkeypatch) as lines, logs.written(form):
        try:
            raise ValueError("why")
        except ValueError:
            OURS.exception("broke off")
    (line,) = lines()  # however many lines the error has
    assert line.startswith(begins) and "Traceback" in line


@pytest.mark.parametrize(
    "private",
    ["nguyen.van-an@gmail.test", "khao-sat+K7QX2M@survey.test", "YC-K7QX2M", "bounce+a=b.test@mx.survey.test"],
)
def test_addresses_and_tokens_are_masked_wherever_they_stand(private: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with standard_error(io.StringIO(), monkeypatch) as lines, logs.written("json"):
        OURS.warning("<%s> was refused", private, extra={"campaign": private})
        try:
            raise ValueError(f"550 {private}: no such user")
        except ValueError:
            THEIRS.exception("not sent")
    assert private.partition("@")[0] not in "\n".join(lines())
    assert json.loads(lines()[0])["event"] in ("<<address>> was refused", "<<token>> was refused")


def test_a_line_holds_nothing_that_a_terminal_obeys(monkeypatch: pytest.MonkeyPatch) -> None:
    with standard_error(io.StringIO(), monkeypatch) as lines, logs.written("text"):
        OURS.warning("%s", "\x1b[2J\u202ekhông đọc được")
    assert "[2Jkhông đọc được" in lines()[0] and "\u202e" not in lines()[0]


def test_a_thread_with_the_context_of_another_names_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with standard_error(io.StringIO(), monkeypatch) as lines, logs.written("json"), logs.bound(run=17):
        assert logs.carried() == {"run": 17}
        thread = threading.Thread(target=contextvars.copy_context().run, args=(OURS.info, "there"))
        thread.start()
        thread.join()
    assert json.loads(lines()[0])["run"] == 17
    assert logs.carried() == {}


def test_afterwards_nothing_is_written_and_levels_are_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    before = logging.getLogger("prober").level
    with standard_error(io.StringIO(), monkeypatch) as lines:
        with logs.written("json"):
            pass
        OURS.info("later")
        assert lines() == []
    assert logging.getLogger("prober").level == before
