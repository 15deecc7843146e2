"""Folders of all names on Debian's Dovecot, and files of its own that it cannot read."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom.imap.accounts import Account
from mailroom.imap.mailbox import Mailbox
from mailroom.intake import fetch_new
from prober.store import Database
from tests.system import post as servers
from tests.system.command import MAIL, Command
from tests.system.post import PASSWORD, Post
from tests.system.test_mailbox import box, held, mail, other_client, read
from tests.watching import Watching

pytestmark = [pytest.mark.needs("dovecot", "postfix", "root"), pytest.mark.usefixtures("trusted", "impatient")]

Databases = tuple[Database, Database]
NAMES = (
    "Thư rác", "Hồ sơ", "R&D & phúc đáp", 'a "b" \\c', "2020", "007", "a (b)", "%", "*x", " vào", "x{5}", "đã đọc ~",
    "INBOX con",
)  # fmt: skip


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_new, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr("mailroom.intake.watch.pause", lambda failures, draw: 0.05)


@pytest.fixture(params=["/", "."])
def divided(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Post, str]]:
    """A server, and what stands between the names of its responses."""
    if request.param == "/":
        yield request.getfixturevalue("post"), "/"
        return
    monkeypatch.setattr(servers, "DOVECOT", servers.DOVECOT.replace("separator = /", f"separator = {request.param}"))
    with Post.started() as other:
        monkeypatch.setenv("SSL_CERT_FILE", str(other.authority))
        yield other, request.param


def test_folders_of_all_names_are_read(divided: tuple[Post, str], databases: Databases) -> None:
    """Below one that cannot be opened lies one that can; the junk folder is found by its Vietnamese name too."""
    post, between = divided
    own, deep = post.account(), between.join(("Cha", "con", "Trả lời"))
    with other_client(post, own) as client:
        for number, name in enumerate((*NAMES, deep)):
            client.create_folder(name)
            client.append(name, mail(number))
    summary = read(databases, box(post, own, folders=("INBOX", *NAMES[1:], deep, "Cha")))
    assert summary.notes == ["[imap] folders names Cha, which the server does not have"]
    assert (summary.mailbox_has, summary.we_hold, summary.failures) == (len(NAMES) + 1, len(NAMES) + 1, [])
    folders = {name for (name,) in databases[0].execute("SELECT folder FROM message_location")}
    assert folders == {*NAMES, deep}


def closed(path: Path) -> None:
    """As a restored backup or another user leaves it: Dovecot may not read it."""
    shutil.chown(path, "root", "root")
    path.chmod(0)


def opened(path: Path) -> None:
    shutil.chown(path, "dovecot", "dovecot")
    path.chmod(0o700)


def maildir(post: Post, own: str) -> Path:
    return post.folder / "mail" / own / "Maildir"


def test_a_message_that_dovecot_cannot_read_keeps_back_no_other(post: Post, databases: Databases) -> None:
    """It hangs up on whoever asks for it, each time. When the file is mended the message comes."""
    own = post.account()
    for n in range(6):
        post.deliver(own, mail(n))
    broken = sorted((maildir(post, own) / "new").iterdir())[2]
    closed(broken)
    for new in (5, 0):
        summary = read(databases, box(post, own))
        assert (summary.mailbox_has, summary.we_hold, summary.new) == (6, 5, new)
        assert summary.failures == ["1 messages of the mailbox are not held"]
    assert databases[0].execute("SELECT status, COUNT(*) FROM message").fetchall() == [("unmatched", 5)]
    opened(broken)
    summary = read(databases, box(post, own))
    assert (summary.mailbox_has, summary.we_hold, summary.failures, len(held(databases))) == (6, 6, [], 6)


def test_the_watcher_passes_it_by_and_takes_in_what_comes(post: Post, tmp_path: Path) -> None:
    own = post.account()
    post.deliver(own, mail(1))
    closed(next((maildir(post, own) / "new").iterdir()))
    with Watching(tmp_path, [Account(box(post, own), PASSWORD)]) as watching:
        watching.until(lambda heard: heard.passes == {own: 0})
        post.deliver(own, mail(2))
        watching.holds(1)


def test_a_folder_that_dovecot_cannot_read_keeps_back_no_other(post: Post, databases: Databases) -> None:
    own = post.account()
    with other_client(post, own) as client:
        for number, name in enumerate(("INBOX", "Archive", "Junk")):
            if name == "Archive":
                client.create_folder(name)
            client.append(name, mail(number))
    closed(maildir(post, own) / ".Archive")
    summary = read(databases, box(post, own, folders=("INBOX", "Archive")))
    assert (summary.mailbox_has, summary.we_hold, summary.processed) == (2, 2, 2)
    (failure,) = summary.failures
    assert failure.startswith("Archive: select failed") and failure.endswith("the folder was not read")
    opened(maildir(post, own) / ".Archive")
    assert read(databases, box(post, own, folders=("INBOX", "Archive"))).we_hold == 3


def test_a_folder_that_vanishes_after_it_was_listed(
    post: Post, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another client deletes it between LIST and EXAMINE; what was taken from it stays."""
    own = post.account()
    imap = box(post, own, folders=("INBOX", "Hồ sơ"))
    with other_client(post, own) as client:
        client.create_folder("Hồ sơ")
        client.append("Hồ sơ", mail(1))
        assert read(databases, imap).we_hold == 1
        post.deliver(own, mail(2))
        listed = Mailbox.folders

        def then_deleted(mailbox: Mailbox) -> list[str]:
            found = listed(mailbox)
            client.delete_folder("Hồ sơ")
            return found

        with monkeypatch.context() as once:
            once.setattr(Mailbox, "folders", then_deleted)
            summary = read(databases, imap)
    assert (summary.mailbox_has, summary.we_hold) == (1, 1)
    assert [line.partition(":")[0] for line in summary.failures] == ["Hồ sơ"]
    again = read(databases, imap)
    assert again.failures == []
    assert again.notes == [
        "Hồ sơ: not on the server any more, or not read now; what came from it stays",
        "[imap] folders names Hồ sơ, which the server does not have",
    ]
    assert len(held(databases)) == 2


def test_two_syncs_at_once_while_the_watcher_runs(post: Post, tmp_path: Path) -> None:
    """Three processes on one mailbox and one private.db: each ends well, every letter is there once."""
    command = Command(post, tmp_path)
    watching = command.started("mailbox", "watch")
    try:
        assert watching.stdout
        said = next(line for line in watching.stdout if not line.startswith("{"))  # no line of the log
        assert "mailbox has 0, we hold 0" in said
        for round_ in range(2):
            for n in range(20):
                post.deliver(command.own, MAIL.replace(b"<1@", f"<{round_}.{n}@".encode()))
            pair = [command.started("mailbox", "sync") for _ in range(2)]
            for process in pair:
                output, _ = process.communicate(timeout=60)
                assert process.returncode == 0, output
                assert f"mailbox has {20 * round_ + 20}, we hold {20 * round_ + 20}" in output
        assert watching.poll() is None
    finally:
        watching.terminate()
        output, _ = watching.communicate(timeout=20)
    assert watching.returncode == 0, output
    assert "database" not in output
    assert "40 unmatched" in command.run("mailbox", "status").stdout
