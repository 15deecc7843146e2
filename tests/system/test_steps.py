"""A fault at each step of the protocol, on Dovecot and on the embedded server: same mailbox in, same table hash out."""

import hashlib
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from imapclient import IMAPClient

from mailroom.imap.accounts import Account
from mailroom.intake import fetch_new, watch
from prober.clock import SystemClock
from prober.config.load import Imap
from prober.errors import ConfigError, ServerUnreachable
from prober.sandbox import client as world
from prober.store import open_private, open_results
from tests.one_mailbox import read_mailbox
from tests.pobi import HANOI, POBI
from tests.system.faults import Faults, StepFaults, Wire, faulty
from tests.system.post import HOST, PASSWORD, Post
from tests.watching import Watching

LETTERS = 12
AT = datetime.fromisoformat("2020-04-13T07:45:00+07:00")
PASS = """
import sys
from pathlib import Path
from mailroom.intake import sync
from prober.clock import SystemClock
from prober.config.load import Imap
from prober.store import open_private, open_results
from prober.studies.folder import packaged
folder, port, user, password = sys.argv[1:]
private, results = open_private(Path(folder) / "private.db"), open_results(Path(folder) / "results.db")
imap = Imap(host="127.0.0.1", port=int(port), user=user, tls="none")
read_mailbox(private, results, imap, password, SystemClock(), packaged("pobi-2019"))
"""


def mail(n: int) -> bytes:
    head = f"From: a{n}@b.test\r\nTo: khao-sat@prober.test\r\nSubject: thu {n}\r\nMessage-ID: <{n}@b.test>\r\n"
    text = f"Kính gửi, đây là thư số {n}.\r\n" * (n + 1)
    return f"{head}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}".encode()


@dataclass(frozen=True, slots=True)
class Server:
    """A mailbox on a server that is reached in the clear, so that a wire can know what is said."""

    port: int
    user: str
    password: str

    def box(self, port: int) -> Imap:
        return Imap(host=HOST, port=port, user=self.user, tls="none")

    def append(self, numbers: list[int]) -> None:
        with IMAPClient(HOST, self.port, ssl=False, timeout=20) as client:
            client.login(self.user, self.password)
            for n in numbers:
                client.append("Junk" if n % 5 == 4 else "INBOX", mail(n), msg_time=AT)


@pytest.fixture(params=[pytest.param("dovecot", marks=pytest.mark.needs("dovecot", "postfix", "root")), "embedded"])
def servers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Server]]:
    """An empty mailbox each time it is called."""
    with ExitStack() as worlds:
        if request.param == "dovecot":
            post: Post = request.getfixturevalue("post")
            yield lambda: Server(post.ports["imap"], post.account(), PASSWORD)
            return
        number = count()

        def start() -> Server:
            at = worlds.enter_context(world.running(tmp_path / f"world {next(number)}", seed=2019, small=True))
            return Server(at.imap_port, at.imap_user, at.imap_password)

        yield start


@pytest.fixture
def server(servers: Callable[[], Server]) -> Server:
    return servers()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_new, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr("mailroom.imap.connection.SECONDS", 1.0)
    monkeypatch.setattr("mailroom.imap.mailbox.BEGINNING", 400)  # some letters are longer
    monkeypatch.setattr(watch, "pause", lambda failures, draw: 0.05)


def table_hash(folder: Path, places: bool = True) -> str:
    """Of everything that was taken in; without `places`, of the messages alone."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(folder / "private.db")) as db:
        for query in (
            "SELECT sha256, raw, received_at, message_id, subject, from_address, status, event, detail FROM message "
            "JOIN message_raw ON message = sha256",
            "SELECT account, folder, uidvalidity, uid, message, internaldate FROM message_location",
            "SELECT account, folder, uidvalidity, server_count, held_count FROM mailbox_state",
        )[: 3 if places else 1]:
            digest.update(repr(sorted(db.execute(query).fetchall())).encode())
    return digest.hexdigest()


def taken(folder: Path, server: Server, wire: Wire | None = None, passes: int = 4) -> str:
    """The hash after so many passes over `wire`; one that fails says so, and what it stored stays."""
    folder.mkdir(exist_ok=True)
    with (
        faulty(server.port, wire or StepFaults("nothing", "cut", 0)) as port,
        closing(open_private(folder / "private.db")) as private,
        closing(open_results(folder / "results.db")) as results,
    ):
        for _ in range(passes):
            with suppress(ServerUnreachable, ConfigError):  # noise in the answer to LOGIN looks like a refusal
                read_mailbox(private, results, server.box(port), server.password, SystemClock(HANOI), POBI)
    return table_hash(folder)


STEPS = {
    "greeting": "$", "capabilities": "CAPABILITY", "login": "LOGIN", "folders": "LIST", "examine": "EXAMINE",
    "search": "UID SEARCH", "dates": r"UID FETCH \S+ \(INTERNALDATE", "beginnings": r"UID FETCH \S+ \(BODY.PEEK\[\]<",
    "letters": r"UID FETCH \S+ \(BODY.PEEK\[\] ", "logout": "LOGOUT",
}  # fmt: skip
HARMS = ("cut", "half", "silence", "late", "split", "noise", "bye")


@pytest.mark.proof
def test_a_fault_at_each_step_of_a_pass(server: Server, tmp_path: Path) -> None:
    """On the first two occasions, each time; four passes, so that at least the last one has a good line.

    The first pass asks for no dates, because nothing is held yet.
    """
    server.append(list(range(LETTERS)))
    wanted = taken(tmp_path / "clean", server)
    for step, pattern in STEPS.items():
        for harm in HARMS:
            wire = StepFaults(pattern, harm, times=2)
            assert taken(tmp_path / f"{step} {harm}", server, wire) == wanted, (step, harm)
            assert wire.times == 0, (step, harm)


IDLING = (("EXAMINE", 0), ("IDLE", 0), ("IDLE", 1), ("DONE", 0))


@pytest.mark.proof
@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize(("step", "after"), IDLING, ids=["selected", "idle begins", "notice", "done"])
def test_a_fault_at_each_step_of_watching(step: str, after: int, harm: str, server: Server, tmp_path: Path) -> None:
    """Letters come while the line is bad; the watcher comes to hold them all, as if it had not been."""
    wire = StepFaults(step, harm, times=2, after=after)
    with (
        faulty(server.port, wire) as port,
        Watching(tmp_path, [Account(server.box(port), server.password)]) as watching,
    ):
        watching.until(lambda heard: bool(heard.passes) or bool(heard.reasons))
        for n in range(LETTERS):
            server.append([n])
        watching.until(lambda heard: heard.passes.get(server.user) == LETTERS, 60)
    assert wire.times < 2
    assert wire.connections > (0 if harm in ("late", "split", "noise") else 1)
    assert table_hash(tmp_path, places=False) == messages_hash(tmp_path / "clean", server)


def messages_hash(folder: Path, server: Server) -> str:
    taken(folder, server, passes=1)
    return table_hash(folder, places=False)


@pytest.mark.proof
def test_the_order_in_which_letters_come_changes_nothing(servers: Callable[[], Server], tmp_path: Path) -> None:
    """Three orders, all at once or a few between one pass and the next: the same messages, understood the same."""
    draw, hashes = random.Random(143), []
    for number, step in enumerate((LETTERS, 5, 1)):
        server, folder = servers(), tmp_path / str(number)
        order = draw.sample(range(LETTERS), LETTERS)
        for at in range(0, LETTERS, step):
            server.append(order[at : at + step])
            taken(folder, server, passes=1)
        hashes.append(table_hash(folder, places=False))
    assert len(set(hashes)) == 1


@pytest.mark.proof
def test_two_processes_at_once_on_a_bad_line(server: Server, tmp_path: Path) -> None:
    """Three times; both begin again until each has ended well once."""
    server.append(list(range(LETTERS)))
    wanted = taken(tmp_path / "clean", server)
    for number in range(3):
        folder = tmp_path / str(number)
        draw = random.Random(number)
        wire = Faults(split=7 * number, cuts=[draw.randrange(100, 2000) for _ in range(5)])
        with faulty(server.port, wire) as port:
            arguments = [str(folder), str(port), server.user, server.password]
            left = 2
            while left:
                pair = [
                    subprocess.Popen([sys.executable, "-c", PASS, *arguments], stderr=subprocess.PIPE)
                    for _ in range(left)
                ]
                for process in pair:
                    errors = process.communicate(timeout=60)[1]
                    assert process.returncode == 0 or b"ServerUnreachable" in errors, errors.decode()
                left = sum(process.returncode != 0 for process in pair)
        assert wire.cuts == [] and wire.connections >= 5
        assert table_hash(folder) == wanted
