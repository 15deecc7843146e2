"""Several mailboxes, and what opens them: passwords, and OAuth2 tokens that end, are refused, and are renewed."""

import base64
import socket
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from mailroom.imap import accounts
from mailroom.imap.accounts import Account, Tokens, accounts_of
from mailroom.imap.mailbox import Mailbox
from mailroom.intake import sync, watch
from mailroom.intake.watch import Pulse
from prober.clock import SystemClock
from prober.config.load import Imap
from prober.errors import ConfigError, ServerUnreachable, TokenRefused
from prober.sandbox import client
from prober.store import Database
from prober.store.private.outbox import mailbox_read
from tests.mailroom.intake.test_sync import box, deliver
from tests.mailroom.scripted import BODY, Answer, Scripted, mail, polite
from tests.one_mailbox import read_mailbox
from tests.pobi import HANOI, POBI
from tests.watching import Watching

Start = Callable[[Answer], Scripted]


def printing(text: str, code: int = 0) -> tuple[str, ...]:
    return (sys.executable, "-c", f"import sys; sys.stdout.write({text!r}); sys.exit({code})")


def mailbox(port: int, **keys: object) -> Imap:
    return Imap(**{"host": "127.0.0.1", "port": port, "user": "x@y.test", "tls": "none", "folders": ("INBOX",)} | keys)  # type: ignore[arg-type]


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("good\n", encoding="utf-8")
    path.chmod(0o600)
    return path


# what the program prints, and its exit code → the token, or the error and its words
PRINTED = {
    "a token": (printing("ya29.a-b_c~d+e/f=\n"), "ya29.a-b_c~d+e/f="),
    "more lines": (printing("\n t1 \nexpires 3600\n"), "t1"),
    "nothing": (printing(""), (ConfigError, "gives no access token")),
    "two words": (printing("no token"), (ConfigError, "gives no access token")),
    "a byte that would end it": (printing("a\x01b"), (ConfigError, "gives no access token")),
    "fails": (
        (sys.executable, "-c", "import sys; print('secret'); sys.exit('no network')"),
        (ServerUnreachable, r"failed \(exit code 1\): no network$"),
    ),
    "is not there": (("/nowhere/token",), (ConfigError, "token_command /nowhere/token cannot be run")),
    "takes too long": (("sleep", "20"), (ServerUnreachable, "gave no token in")),
}


@pytest.mark.parametrize("case", PRINTED)
def test_what_a_program_gives(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "COMMAND_SECONDS", 0.2 if case == "takes too long" else 20.0)
    command, wanted = PRINTED[case]
    tokens = Tokens(mailbox(1, token_command=command))
    if isinstance(wanted, str):
        assert tokens.fresh() == wanted
    else:
        with pytest.raises(wanted[0], match=wanted[1]) as caught:
            tokens.fresh()
        assert "secret" not in str(caught.value)


def test_a_file_is_read_anew_each_time(token_file: Path) -> None:
    tokens = Tokens(mailbox(1, token_file=str(token_file)))
    assert tokens.fresh() == "good"
    token_file.write_text("better", encoding="utf-8")
    assert tokens.fresh() == "better"
    token_file.unlink()
    with pytest.raises(ConfigError, match=f"token_file {token_file}: cannot be read"):
        tokens.fresh()


def test_what_opens_no_mailbox_is_named_for_all() -> None:
    mailboxes = [
        Imap(host="a.test", user="a"), Imap(host="b.test", user="b", password_env="PROBER_TEST_UNSET"),
        Imap(host="c.test", user="c", token_file="x"),
    ]  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        accounts_of(mailboxes)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("nothing opens the mailbox of a at a.test; give its [[imap]] table password_env")
    assert lines[1].startswith("environment variable PROBER_TEST_UNSET is not set")
    assert len(lines) == 2


def wanting(token: str, seen: list[str]) -> Answer:
    """A server that takes only `token`, and says why not as Gmail does; `seen` are the answers it was given."""
    tags: list[str] = []

    def answer(_: int, tag: str, command: str) -> bytes:
        if command.startswith("CAPABILITY"):
            return f"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n{tag} OK done\r\n".encode()
        if command.upper().startswith("AUTHENTICATE XOAUTH2"):
            tags.append(tag)
            return b"+ \r\n"
        if command or not tags:
            return polite(tag, command)
        seen.append(base64.b64decode(tag).decode())  # the line is the answer
        if seen[-1] == f"user=x@y.test\1auth=Bearer {token}\1\1":
            return f"{tags[-1]} OK welcome\r\n".encode()
        if seen[-1]:
            return b"+ " + base64.b64encode(b'{"status":"400"}') + b"\r\n"
        return f"{tags[-1]} NO [AUTHENTICATIONFAILED] Invalid credentials\r\n".encode()

    return answer


def test_a_token_opens_the_mailbox(scripted: Start, databases: tuple[Database, Database], token_file: Path) -> None:
    seen: list[str] = []
    server = scripted(wanting("good", seen))
    imap = mailbox(server.port, token_file=str(token_file))
    summary = read_mailbox(*databases, imap, Tokens(imap), SystemClock(HANOI), POBI)
    assert (summary.mailbox_has, summary.we_hold, server.connections) == (1, 1, 1)
    assert databases[0].execute("SELECT raw FROM message_raw").fetchall() == [(BODY,)]
    assert len(seen) == 1
    assert not any(command.upper().startswith("LOGIN ") for command in server.commands)


def test_a_refused_token_is_named_and_never_shown_again(scripted: Start, token_file: Path) -> None:
    """The server's reason is in the message, its challenge is answered with nothing, one connection is made."""
    seen: list[str] = []
    server = scripted(wanting("other", seen))
    imap = mailbox(server.port, token_file=str(token_file))
    tokens = Tokens(imap)
    for _ in range(2):
        with pytest.raises(TokenRefused) as caught:
            Mailbox(imap, tokens)
        said = 'refuses the access token of x@y.test: [AUTHENTICATIONFAILED] Invalid credentials {"status":"400"}'
        assert said in str(caught.value)
        assert f"token_file {token_file} still gives the same token, which must be renewed" in str(caught.value)
        assert "good" not in str(caught.value)
    assert (server.connections, len(seen), seen[1]) == (1, 2, "")
    token_file.write_text("other", encoding="utf-8")
    with Mailbox(imap, tokens) as opened:
        assert opened.folders() == ["INBOX"]
    assert server.connections == 2


def test_a_fresh_token_is_asked_for_at_once_and_only_once(scripted: Start, tmp_path: Path) -> None:
    """The program gives another token each time; the third would be the right one."""
    seen: list[str] = []
    count = tmp_path / "count"
    count.write_bytes(b"")
    program = "import sys; f = open(sys.argv[1], 'a+'); f.write('x'); f.seek(0); print('t' + str(len(f.read())))"
    command = (sys.executable, "-c", program, str(count))
    server = scripted(wanting("t3", seen))
    imap = mailbox(server.port, token_command=command)
    tokens = Tokens(imap)
    with pytest.raises(TokenRefused, match="refuses the access token"):
        Mailbox(imap, tokens)
    assert server.connections == 2
    with Mailbox(imap, tokens) as opened:
        assert opened.folders() == ["INBOX"]
    assert count.read_text() == "xxx"


def test_a_server_without_xoauth2_is_a_matter_of_configuration(scripted: Start, token_file: Path) -> None:
    server = scripted(lambda _, tag, command: polite(tag, command))
    imap = mailbox(server.port, token_file=str(token_file))
    with pytest.raises(ConfigError, match="does not offer XOAUTH2") as caught:
        Mailbox(imap, Tokens(imap))
    assert not isinstance(caught.value, TokenRefused)


def test_a_line_cut_during_the_login_is_no_refusal(scripted: Start, token_file: Path) -> None:
    whole = wanting("good", [])

    def answer(number: int, tag: str, command: str) -> bytes | None:
        return None if number == 1 and not command else whole(number, tag, command)

    server = scripted(answer)
    imap = mailbox(server.port, token_file=str(token_file))
    tokens = Tokens(imap)
    with pytest.raises(ServerUnreachable, match="no login just now"):
        Mailbox(imap, tokens)
    with Mailbox(imap, tokens) as opened:
        assert opened.folders() == ["INBOX"]


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def test_a_mailbox_that_cannot_be_read_stops_no_other(
    own_world: client.Endpoint, scripted: Start, databases: tuple[Database, Database]
) -> None:
    private, results = databases
    deliver(own_world, mail(1))
    deliver(own_world, mail(2))
    server = scripted(lambda _, tag, command: polite(tag, command))
    good = Account(box(own_world), own_world.imap_password)
    same = Account(mailbox(server.port, name="other"), "x")  # its only message lies in the first mailbox too
    away = Account(mailbox(closed_port(), user="away", name="gone"), "x")
    wrong = Account(mailbox(own_world.imap_port, user="nobody"), "x")
    summary = sync.sync_all(private, results, [away, good, wrong, same], SystemClock(HANOI), POBI)
    assert (summary.fetched, summary.new, summary.mailbox_has, summary.we_hold) == (3, 2, 3, 3)
    assert [line.partition(":")[0] for line in summary.failures] == ["gone", "nobody"]
    assert "refuses the login of nobody" in summary.failures[1]
    places = private.execute("SELECT account, COUNT(*) FROM message_location GROUP BY 1 ORDER BY 1").fetchall()
    assert places == sorted([(good.imap.account, 2), ("x@y.test@127.0.0.1", 1)])
    with pytest.raises(ConfigError, match="nobody: .*\ngone: "):
        sync.sync_all(private, results, [wrong, away], SystemClock(HANOI), POBI)


def test_a_reminder_waits_until_every_mailbox_was_read(
    small_world: client.Endpoint, databases: tuple[Database, Database]
) -> None:
    """The oldest comparison of any folder of any of them counts; folders that are gone do not hold it back."""
    private, results = databases
    one = box(small_world)
    assert mailbox_read(private, [one.account]) is None
    read_mailbox(private, results, one, small_world.imap_password, SystemClock(HANOI), POBI)
    (newest,) = private.execute("SELECT MAX(synced_at) FROM mailbox_state").fetchone()
    stale = (SystemClock().now() - timedelta(days=3)).isoformat()
    private.execute("UPDATE mailbox_state SET synced_at = ? WHERE folder = 'Junk'", [stale])
    private.conn.commit()
    found = mailbox_read(private, [one.account])
    assert found and found.isoformat() == stale
    assert mailbox_read(private, [one.account, "other@y.test"]) is None
    private.execute("UPDATE mailbox_state SET folder = 'Cũ' WHERE folder = 'Junk'")
    private.conn.commit()
    summary = read_mailbox(private, results, one, small_world.imap_password, SystemClock(HANOI), POBI)
    assert summary.notes == ["Cũ: not on the server any more, or not read now; what came from it stays"]
    found = mailbox_read(private, [one.account])
    assert found and found.isoformat() >= newest


def test_one_silent_watcher_is_not_covered_by_the_others() -> None:
    told: list[str] = []
    pulse = Pulse(("a", "b"), lambda: told.append("alive"))
    for _ in range(3):
        pulse.beat("a")
    assert told == []
    pulse.beat("b")
    assert told == ["alive"]
    pulse.beat("b")
    pulse.ended("a")
    pulse.beat("b")
    assert told == ["alive", "alive"]


def test_each_mailbox_is_watched_by_itself(own_world: client.Endpoint, scripted: Start, tmp_path: Path) -> None:
    """One is good, one is away, one refuses its password: the good one goes on, and a stop ends all at once."""
    good = Account(box(own_world), own_world.imap_password)
    away = Account(mailbox(closed_port(), name="away"), "x")
    wrong = Account(mailbox(own_world.imap_port, user="nobody"), "x")
    with Watching(tmp_path, [wrong, away, good]) as watching:
        watching.until(lambda heard: len(heard.reasons) == 2 and good.imap.label in heard.passes)
        deliver(own_world, mail(1))
        watching.until(lambda heard: heard.passes[good.imap.label] == 1)
        beats = watching.heard.beats  # the one that was given up gives no sign of life any more, and none is expected
        deliver(own_world, mail(2))
        watching.until(lambda heard: heard.passes[good.imap.label] == 2 and heard.beats > beats)
        asked = time.monotonic()
        watching.stop.set()
        watching.join(10)
        assert time.monotonic() - asked < 3
    passes, refused = watching.result  # type: ignore[misc]
    assert passes >= 2
    assert [line.partition(":")[0] for line in refused] == ["nobody"]
    assert watching.heard.reasons["nobody"].endswith("not watched any more")
    assert "trying again in" in watching.heard.reasons["away"]


def test_a_server_that_accepts_and_says_nothing_does_not_delay_a_stop(tmp_path: Path) -> None:
    """The other end of a line that fell silent: nobody waits for its time-out of a minute."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        silent = Account(mailbox(listener.getsockname()[1]), "x")
        with Watching(tmp_path, [silent]) as watching:
            line, _ = listener.accept()
            asked = time.monotonic()
            watching.stop.set()
            watching.join(10)
            assert time.monotonic() - asked < 5
            line.close()
    assert watching.result == (0, [])


def test_watching_ends_when_no_mailbox_is_left(small_world: client.Endpoint, tmp_path: Path) -> None:
    wrong = [Account(mailbox(small_world.imap_port, user=name), "x") for name in ("nobody", "no one")]
    with Watching(tmp_path, wrong) as watching:
        watching.join(20)
    assert isinstance(watching.result, ConfigError)
    assert len(str(watching.result).splitlines()) == 2


def test_what_breaks_one_watcher_ends_all_and_is_raised(own_world: client.Endpoint, tmp_path: Path) -> None:
    """Here the database; no mailbox is at fault."""
    good = Account(box(own_world), own_world.imap_password)
    with Watching(tmp_path, [good]) as watching:
        watching.until(lambda heard: good.imap.label in heard.passes)
        with closing(sqlite3.connect(tmp_path / "private.db")) as other:
            other.execute("DROP TABLE message_location")
            other.commit()
        deliver(own_world, mail(1))
        watching.join(20)
    assert isinstance(watching.result, sqlite3.OperationalError)


def test_a_database_that_another_process_holds_ends_no_watcher(
    own_world: client.Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than SQLite waits, as a VACUUM may take: the letter that came meanwhile is taken in afterwards."""
    monkeypatch.setattr(watch, "pause", lambda failures, draw: 0.05)
    good = Account(box(own_world), own_world.imap_password)
    watching = Watching(tmp_path, [good])
    watching.busy_ms = 100
    with watching, closing(sqlite3.connect(tmp_path / "private.db", isolation_level=None)) as other:
        watching.until(lambda heard: good.imap.label in heard.passes)
        other.execute("BEGIN IMMEDIATE")
        deliver(own_world, mail(1))
        watching.until(lambda heard: "database is locked; trying again" in heard.reasons.get(good.imap.label, ""))
        other.execute("ROLLBACK")
        watching.until(lambda heard: heard.passes[good.imap.label] == 1)
    passes, refused = watching.result  # type: ignore[misc]
    assert (passes >= 2, refused) == (True, [])


def test_a_watcher_waits_for_a_token_that_works(
    scripted: Start, token_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused at first, then renewed by whoever does that: nobody has to start the watcher again."""
    monkeypatch.setattr(watch, "pause", lambda failures, draw: 0.05)
    server = scripted(wanting("renewed", []))
    imap = mailbox(server.port, token_file=str(token_file))
    with Watching(tmp_path, [Account(imap, Tokens(imap))]) as watching:
        watching.until(lambda heard: "must be renewed; trying again" in heard.reasons.get("x@y.test", ""))
        assert server.connections == 1
        (tmp_path / "renewed").write_text("renewed", encoding="utf-8")
        (tmp_path / "renewed").chmod(0o600)
        (tmp_path / "renewed").replace(token_file)  # at once: a file that is written in place is empty for a moment
        watching.until(lambda heard: heard.passes.get("x@y.test") == 1)
    assert server.connections == 2


# what a server says to LOGIN → whether the mailbox is given up
REFUSALS = {
    "[AUTHENTICATIONFAILED] Invalid credentials (Failure)": ConfigError,
    "[AUTHORIZATIONFAILED] no such mailbox": ConfigError,
    "LOGIN failed": ConfigError,
    "too many failed attempts": ConfigError,
    "[UNAVAILABLE] Temporary authentication failure": ServerUnreachable,
    "[ALERT] Too many simultaneous connections. (Failure)": ServerUnreachable,
    "[LIMIT] slow down": ServerUnreachable,
    "Maximum number of connections from user+IP exceeded": ServerUnreachable,
    "User is authenticated but not connected.": ServerUnreachable,
}


@pytest.mark.parametrize("status", ["NO", "BAD"])
@pytest.mark.parametrize("words", REFUSALS)
def test_a_server_that_is_busy_has_not_refused_the_password(words: str, status: str, scripted: Start) -> None:
    """A watcher gives a mailbox up for good where the password is refused; where it is not, it must come back."""

    def answer(_: int, tag: str, command: str) -> bytes:
        return f"{tag} {status} {words}\r\n".encode() if command.startswith("LOGIN") else polite(tag, command)

    with pytest.raises(REFUSALS[words]):
        Mailbox(mailbox(scripted(answer).port), "x")
