"""Servers for a rehearsal: mailboxes for addresses under .test alone, and folders as sites."""

import urllib.request
from pathlib import Path

import pytest

from prober.sandbox.local_servers import LocalMailboxes, sites
from prober.sandbox.mail.mail_system import Refused


def test_a_letter_to_a_tagged_address_lies_in_its_mailbox_and_stays_there(tmp_path: Path) -> None:
    mailboxes = LocalMailboxes(tmp_path)
    mailboxes.admit("Survey+abc@institute.test")
    mailboxes.accept("ubnd@xa-1.test", ["Survey+abc@institute.test"], b"Subject: x\r\n\r\nchao\r\n")
    again = LocalMailboxes(tmp_path).of("survey@institute.test").store
    assert again.uids("INBOX") == [1]
    assert bytes(again.message("INBOX", 1)["raw"]).startswith(
        b"Return-Path: <ubnd@xa-1.test>\r\nDelivered-To: Survey+abc@institute.test\r\nSubject: x\r\n"
    )


@pytest.mark.parametrize("address", ["office@camau.gov.vn", "nobody", "@x.test", "../../a@x.test", "a@test.com"])
def test_no_other_address_has_a_mailbox(tmp_path: Path, address: str) -> None:
    with pytest.raises(Refused, match="only addresses under .test"):
        LocalMailboxes(tmp_path / "mail").admit(address)
    assert list((tmp_path / "mail").iterdir()) == []


def test_a_folder_is_a_site(tmp_path: Path) -> None:
    (tmp_path / "xa-1.test").mkdir()
    (tmp_path / "xa-1.test/lien-he.html").write_text("Liên hệ", encoding="utf-8")
    served = sites(tmp_path, "127.0.0.1", 0)
    with urllib.request.urlopen(f"http://{served['xa-1.test']}/lien-he", timeout=20) as answer:
        assert answer.read().decode() == "Liên hệ"
