"""Letters that come one after the other are shown at once; all folders are compared when it is quiet."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from mailroom.imap.accounts import Account
from mailroom.imap.mailbox import Mailbox
from mailroom.intake import fetch_new, sync, watch
from mailroom.outcomes import projection
from prober.clock import SystemClock
from prober.sandbox import client
from prober.store import Database, open_private, open_results
from tests.mailroom.intake.test_sync import box, deliver, mail
from tests.pobi import HANOI, POBI

PATIENCE = 60.0  # seconds; of a busy machine
QUIET = 10.0  # the notice of a letter that comes just as IDLE begins stays unread for so long


@contextmanager
def watching(world: client.Endpoint, folder: Path, patch: pytest.MonkeyPatch) -> Iterator["Queue[str]"]:
    """Watch the mailbox in a thread; yield what is done: "pass", "shown", "whole" and "changes" (projections)."""
    done: Queue[str] = Queue()
    stop = watch.Stop()

    def told(module: Any, name: str, word: str) -> None:
        step: Callable[..., Any] = getattr(module, name)

        def wrapped(*words: Any, **named: Any) -> Any:
            answer = step(*words, **named)
            done.put(word)
            return answer

        patch.setattr(module, name, wrapped)

    told(fetch_new, "collect_from", "pass")
    told(watch, "show_new", "shown")
    told(projection, "project", "whole")

    def run() -> None:
        with closing(open_private(folder / "p.db")) as private, closing(open_results(folder / "r.db")) as results:
            account = Account(box(world), world.imap_password)
            watch.watch(watch.WatchedMailbox(private, results, account, SystemClock(HANOI), POBI), stop=stop)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join(PATIENCE)
        stop.close()


def test_the_second_letter_does_not_wait_for_a_pass(
    own_world: client.Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "QUIET_SECONDS", QUIET)
    monkeypatch.setattr(watch, "PUT_OFF_SECONDS", 0.0)
    with watching(own_world, tmp_path, monkeypatch) as done:
        assert [done.get(timeout=PATIENCE) for _ in range(2)] == ["pass", "whole"]
        deliver(own_world, mail(1))
        assert [done.get(timeout=PATIENCE) for _ in range(2)] == ["shown", "pass"]  # it may not be put off for long
        monkeypatch.setattr(watch, "PUT_OFF_SECONDS", PATIENCE)
        for n in (2, 3):  # nothing was projected as a whole, and folders are compared once more only at the end
            deliver(own_world, mail(n))
            assert done.get(timeout=PATIENCE) == "shown"
    assert [done.get(timeout=PATIENCE) for _ in range(done.qsize())] == ["pass"]


def test_letters_that_were_asked_for_are_no_change_of_the_folder(
    own_world: client.Endpoint, databases: tuple[Database, Database]
) -> None:
    imap = box(own_world)
    with Mailbox(imap, own_world.imap_password) as mailbox:
        fetch_new.collect_from(mailbox, databases[0], imap, SystemClock(HANOI), sync.quiet)
        for n in range(2):
            deliver(own_world, mail(n))
            mailbox.select("INBOX")
            assert mailbox.changed()
            fetch_new.collect_latest(mailbox, databases[0], imap, SystemClock(HANOI), sync.quiet)
            mailbox.select("INBOX")
            assert not mailbox.changed()
