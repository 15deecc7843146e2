"""prober mailbox show, export and open: what a person reads of a message, and what strangers' text cannot do there."""

import hashlib
import json
import stat
import time
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailroom.intake import message_contents, sync
from prober.clock import SystemClock
from prober.documents.child_process import ChildProcess
from prober.services.mailbox.messages import file_name
from prober.store import open_private
from prober.store.private import messages
from prober.store.private.messages import Arrival
from tests.languages import VIETNAMESE
from tests.office import START, TOKENS, Office

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
FILES = (
    ("../../bao cao.exe", PDF),
    ("-rf", b"<html><script>1</script></html>"),
    ("s\u1ed1 li\u1ec7u.csv", b"a;b\n1;2\n"),
)


def keep(office: Office, raw: bytes) -> str:
    private = open_private(office.folder / "var/private.db")
    messages.keep(private, "me", "INBOX", 7, [Arrival(109, START + timedelta(days=20), raw)], START)
    sync.process(private, SystemClock(), vocabulary=VIETNAMESE)
    private.close()
    return hashlib.sha256(raw).hexdigest()


@pytest.fixture
def message(office: Office) -> str:
    """A reply with three files, whose headers would drive a terminal and hide behind text that runs backwards."""
    mail = EmailMessage()
    mail["From"] = "stc@bacninh.gov.test"
    mail["To"] = f"khao-sat+{TOKENS['bac-ninh']}@prober.test"
    mail["Subject"] = "x"
    mail["Message-ID"] = "<files@x.test>"
    mail.set_content("Xin gửi dự toán năm 2020.\x1b[2J\x1b]0;title\x07\n" + "dài " * 60)
    for name, data in FILES:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    raw = mail.as_bytes().replace(b"Subject: x", b"Subject: \x1b[31mtr\xe1\xba\xa3 l\xe1\xbb\x9di\xe2\x80\xae")
    return keep(office, raw)


def test_everything_about_a_message_fits_into_80_columns(office: Office, message: str) -> None:
    said = office.run("mailbox", "show", message[:8])
    assert max(map(len, said.splitlines())) <= 80
    assert not any(ord(char) < 32 and char != "\n" or char == "\u202e" for char in said)
    for words in (
        "2019-stc-bac-ninh in pobi-2019, says rule: token address", "proof         secret", "trả lời", message,
        "1             bao cao.exe (application/pdf", hashlib.sha256(PDF).hexdigest(), "Xin gửi dự toán năm 2020.",
    ):  # fmt: skip
        assert words in said, words
    assert "MIME-Version" not in said
    assert "MIME-Version" in office.run("mailbox", "show", message, "--headers")


def test_the_same_as_data(office: Office, message: str) -> None:
    parts = json.loads(office.run("mailbox", "show", "<files@x.test>", "--json"))
    assert parts["message"][0]["sha256"] == message
    assert [row["sha256"] for row in parts["file"]] == [hashlib.sha256(data).hexdigest() for _, data in FILES]
    assert parts["match"][0]["agency"] == "2019-stc-bac-ninh"


def test_a_wrong_name_is_answered_with_near_ones(office: Office) -> None:
    assert "<ca-mau@x.test>" in office.run("mailbox", "show", "ca-mua@x.test", code=2)
    ((sha256,),) = office.private("SELECT sha256 FROM message WHERE message_id = '<ca-mau@x.test>'")
    wrong = f"{sha256[:5]}{'0' if sha256[5] != '0' else '1'}{sha256[6:]}"
    assert sha256 in office.run("mailbox", "show", wrong, code=2)
    assert "neither a Message-ID nor" in office.run("mailbox", "open", "xyz", "1", code=2)


def test_what_was_entered_by_hand_is_said_to_be_that(office: Office) -> None:
    words = ("--campaign", "pobi-2019", "--at", "2020-04-20T09:00", "--by", "ntq", "--text", "Họ gọi lại.")
    said = office.run("mailbox", "note", "2019-stc-ca-mau", *words)
    assert "ntq entered it for 2019-stc-ca-mau" in office.run("mailbox", "show", said[:12], code=2)


def test_several_messages_with_one_message_id_are_named_by_hash(office: Office) -> None:
    twice = [keep(office, f"Message-ID: <two@x.test>\n\n{number}\n".encode()) for number in (1, 2)]
    said = office.run("mailbox", "show", "two@x.test", code=2)
    assert all(sha256[:16] in said for sha256 in twice)


def test_an_export_is_complete_and_nobody_else_reads_it(office: Office, message: str) -> None:
    folder = office.folder / "case"
    office.run("mailbox", "export", message, str(folder))
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["message.eml", "manifest.json", "1-bao cao.exe.pdf", "2--rf.html", "3-số liệu.csv"]
    )
    assert hashlib.sha256((folder / "message.eml").read_bytes()).hexdigest() == message
    assert (folder / "1-bao cao.exe.pdf").read_bytes() == PDF
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for row in manifest["files"]:
        assert hashlib.sha256((folder / row["file"]).read_bytes()).hexdigest() == row["sha256"]
    assert manifest["files"][1]["original_name"] == "../../bao cao.exe"


def test_an_export_overwrites_nothing(office: Office, message: str, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/message.eml").write_text("mine")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("mine", "link"):
        office.run("mailbox", "export", message, str(tmp_path / name), code=2)
    assert (tmp_path / "mine/message.eml").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".prober")) == []
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.fixture
def opener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of the system's, which notes what it is given."""
    program, noted = tmp_path / "bin/xdg-open", tmp_path / "noted"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$#" "$1" > {noted}.part && mv {noted}.part {noted}\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr("prober.services.mailbox.messages.sys.platform", "linux")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return noted


def test_a_file_is_opened_by_the_system_under_the_name_of_what_it_is(
    office: Office, message: str, opener: Path
) -> None:
    path, said = office.run("mailbox", "open", message, "1").splitlines()
    assert "opened by" in said and path.endswith("/1-bao cao.exe.pdf")
    assert Path(path).read_bytes() == PDF
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600 and stat.S_IMODE(Path(path).parent.stat().st_mode) == 0o700
    until = time.monotonic() + 20
    while not opener.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert opener.read_text() == f"1|{path}|"


def test_what_may_run_is_only_written(office: Office, message: str, opener: Path) -> None:
    path, said = office.run("mailbox", "open", message, "2").splitlines()
    assert said.startswith("not opened: text/html") and Path(path).read_bytes() == FILES[1][1]
    assert "has 3 files" in office.run("mailbox", "open", message, "4", code=2)
    assert not opener.exists()


def test_without_an_opener_the_path_is_said(
    office: Office, message: str, opener: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(opener.parent / "none"))
    path, said = office.run("mailbox", "open", message, "3").splitlines()
    assert said.startswith("not opened: this system has no xdg-open") and Path(path).read_bytes() == FILES[2][1]


@pytest.mark.parametrize("name", ["đ" * 120 + ".pdf", ".bashrc", "CON", "a/b", "", "a." + "x" * 250])
def test_every_name_fits_into_a_file_system(name: str, tmp_path: Path) -> None:
    path = tmp_path / file_name(1, name.replace("/", "_"), "application/pdf")
    path.write_bytes(b"")
    assert path.name.startswith("1-") and path.suffix == ".pdf"


@pytest.mark.spawned
def test_a_message_that_cannot_be_taken_apart_is_shown_by_its_beginning(
    office: Office, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = ChildProcess(0)  # no memory
    monkeypatch.setattr(message_contents, "_child", child)
    said = office.run("mailbox", "show", message)
    assert "cannot be taken apart" in said and "Message-ID: <files@x.test>" in said
    folder = office.folder / "poison"
    office.run("mailbox", "export", message, str(folder))
    assert hashlib.sha256((folder / "message.eml").read_bytes()).hexdigest() == message
    assert "cannot be taken apart" in (folder / "manifest.json").read_text()
    child.stop()
