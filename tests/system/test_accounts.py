"""Two mailboxes on Dovecot, one opened by a password and one by OAuth2 tokens (XOAUTH2) that Dovecot verifies."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mailroom.imap.accounts import Tokens
from mailroom.imap.mailbox import Mailbox
from prober.config.load import Imap
from prober.errors import TokenRefused
from tests.conftest import Manager
from tests.system.command import MAIL, Command, told
from tests.system.post import HOST, PASSWORD, Post

pytestmark = [pytest.mark.needs("dovecot", "postfix", "root"), pytest.mark.usefixtures("trusted")]

SECOND = """
name = "first"
[[imap]]
name = "tokens"
host = "{host}"
port = {imaps}
user = "{second}"
token_file = "token"
"""


class Two(Command):
    """`prober` with two mailboxes: `own` by password, `second` by the token in the file `token`."""

    def __init__(self, post: Post, folder: Path) -> None:
        super().__init__(post, folder)
        self.second = post.account()
        text = self.config.read_text(encoding="utf-8").replace("[imap]", "[[imap]]")
        self.config.write_text(text + SECOND.format(host=HOST, second=self.second, **post.ports), encoding="utf-8")
        self.renew()

    def renew(self, seconds: float = 3600.0) -> None:
        """Write as whoever renews tokens should: never half a file."""
        path = self.folder / "token.new"
        path.write_text(self.post.token(self.second, seconds), encoding="utf-8")
        path.chmod(0o600)
        path.rename(self.folder / "token")


@pytest.fixture
def two(post: Post, tmp_path: Path) -> Two:
    return Two(post, tmp_path)


def test_both_are_read_and_told_apart(two: Two) -> None:
    two.post.deliver(two.own, MAIL)
    two.post.deliver(two.second, MAIL.replace(b"<1@", b"<2@"))
    done = two.run("mailbox", "sync")
    assert done.exit_code == 0, done.output
    assert "mailbox has 2, we hold 2" in done.stdout
    shown = [line.partition(" (")[0] for line in two.run("mailbox", "status").stdout.splitlines()]
    assert sorted(shown[:4]) == [
        "first, INBOX: mailbox has 1, we hold 1",
        "first, Junk: mailbox has 0, we hold 0",
        "tokens, INBOX: mailbox has 1, we hold 1",
        "tokens, Junk: mailbox has 0, we hold 0",
    ]
    (data,) = json.loads(two.run("mailbox", "status", "--json").stdout)
    assert {(row["name"], row["account"]) for row in data["folders"]} == {
        ("first", f"{two.own}@{HOST}"), ("tokens", f"{two.second}@{HOST}"),
    }  # fmt: skip
    token = (two.folder / "token").read_bytes()
    assert [path.name for path in two.folder.rglob("*") if path.is_file() and token in path.read_bytes()] == ["token"]
    two.config.write_text(two.config.read_text(encoding="utf-8").partition('name = "first"')[0], encoding="utf-8")
    assert "not configured any more" in two.run("mailbox", "status").stdout


def test_an_expired_token_is_named_and_the_other_mailbox_is_read(two: Two) -> None:
    two.post.deliver(two.own, MAIL)
    two.renew(-5)
    done = two.run("mailbox", "sync")
    assert done.exit_code == 1
    assert "mailbox has 1, we hold 1" in done.stdout
    assert f"tokens: {HOST}:{two.post.ports['imaps']} refuses the access token of {two.second}" in done.stderr
    assert '"status":"401"' in done.stderr
    assert f"token_file {two.folder / 'token'} still gives the same token, which must be renewed" in done.stderr
    assert "tokens: never read" in two.run("mailbox", "status").stdout
    two.renew()
    assert two.run("mailbox", "sync").exit_code == 0


@pytest.mark.parametrize("whose", ["another's", "nobody's", "forged"])
def test_a_token_that_is_not_ours_opens_nothing(whose: str, two: Two) -> None:
    ours = two.post.token(two.second)
    token = {"another's": two.post.token(two.own), "nobody's": "x" * 40, "forged": ours[:-4] + "AAAA"}
    (two.folder / "token").write_text(token[whose], encoding="utf-8")
    imap = Imap(host=HOST, port=two.post.ports["imaps"], user=two.second, token_file=str(two.folder / "token"))
    with pytest.raises(TokenRefused, match="refuses the access token") as caught:
        Mailbox(imap, Tokens(imap))
    assert token[whose] not in str(caught.value)


def test_doctor_tries_each_mailbox(two: Two) -> None:
    names = ("imap first", "imap tokens")
    found = {row["name"]: row for row in json.loads(two.run("doctor", "--json").stdout)}
    assert [found[name]["status"] for name in names] == ["ok", "ok"]
    two.renew(-5)
    (two.folder / "token").chmod(0o644)
    done = two.run("doctor", "--json", TEST_PASSWORD="sai")
    rows = json.loads(done.stdout)
    assert done.exit_code == 1
    assert [row["status"] for row in rows if row["name"] in names] == ["wrong", "wrong"]
    assert any(row["name"] == "permissions" and "token can be read by others" in row["found"] for row in rows)


def test_watch_survives_the_end_of_a_token(two: Two, manager: Manager, tmp_path: Path) -> None:
    """A session outlives its token; when the server restarts, the token has ended and another one is waited for.

    The service manager hears it, and that the other mailbox goes on.
    """
    two.renew(60)
    process = two.started("mailbox", "watch", NOTIFY_SOCKET=str(tmp_path / "notify"))
    try:
        status = told(manager, "READY")["STATUS"]
        assert "first: mailbox has 0" in status and "tokens: mailbox has 0" in status
        assert told(manager, "WATCHDOG") == {"WATCHDOG": "1"}
        two.post.stop("dovecot")
        two.renew(-5)
        two.post.start("dovecot")
        two.post.deliver(two.own, MAIL)
        two.post.deliver(two.second, MAIL)
        refused, read = "refuses the access token", "first: mailbox has 1, we hold 1"
        _until(manager, lambda text: refused in text and read in text)
        two.renew()
        _until(manager, lambda text: "tokens: mailbox has 1, we hold 1" in text)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert told(manager, "STOPPING") == {"STOPPING": "1"}
        output, _ = process.communicate(timeout=20)
        assert process.returncode == 0, output
        assert time.monotonic() - begun < 5
    finally:
        process.kill()
        process.communicate()


@pytest.mark.proof
def test_watch_gives_up_a_mailbox_that_refuses_its_password_and_only_that(
    two: Two, manager: Manager, tmp_path: Path
) -> None:
    process = two.started("mailbox", "watch", NOTIFY_SOCKET=str(tmp_path / "notify"), TEST_PASSWORD="sai")
    try:
        _until(manager, lambda text: "not watched any more" in text and "tokens: mailbox has 0" in text)
        two.post.deliver(two.second, MAIL)
        _until(manager, lambda text: "tokens: mailbox has 1, we hold 1" in text)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
        assert process.returncode == 1, output
    finally:
        process.kill()
        process.communicate()


def _until(manager: Manager, true: Callable[[str], bool]) -> None:
    """Read what the service manager is told until its status line says so."""
    for _ in range(200):
        if true(manager().get("STATUS", "")):
            return
    raise AssertionError("the service manager was not told")


def test_a_password_and_a_token_open_the_same_mailbox(two: Two) -> None:
    command = ("cat", str(two.folder / "token"))
    imap = Imap(host=HOST, port=two.post.ports["imaps"], user=two.second, token_command=command)
    for login in (PASSWORD, Tokens(imap)):
        with Mailbox(imap, login) as mailbox:
            assert mailbox.folders() == ["INBOX", "Junk"]
