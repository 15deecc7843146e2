"""A whole study as a rehearsal, with Postfix, Dovecot and two HTTP servers: the live code path, inside its bounds."""

import json
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from click.testing import CliRunner

from prober.cli import cli
from prober.clock import SystemClock
from prober.store import open_private
from tests.pobi import HANOI, POBI
from tests.rehearsal import Rehearsal, assert_marked, served
from tests.spiders.web import plain_site
from tests.system.post import HOST, PASSWORD, Post
from tests.system.test_sending import soon

pytestmark = pytest.mark.needs("dovecot", "postfix", "root")

AGENCIES = ("stc-ca-mau", "stc-an-giang", "ca-mau")
MORNING = datetime(2020, 4, 14, 9, 59, 59, tzinfo=HANOI)  # the first day of the protocol, at the end of its window
SECTIONS = """
[sender]
name = "Nhóm diễn tập"
address = "{own}"
phone = "024 0000 0000"
[smtp]
host = "{host}"
port = {submission}
user = "{own}"
password_env = "TEST_PASSWORD"
seconds_between = 0
[imap]
host = "{host}"
port = {imaps}
user = "{own}"
password_env = "TEST_PASSWORD"
authserv_id = "mail.prober.test"
"""


def in_the_morning(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """The campaign's day has come, so that nothing waits for a working day; the mail servers are trusted."""
    monkeypatch.setattr(SystemClock, "now", lambda self: MORNING)
    monkeypatch.setenv("SSL_CERT_FILE", str(post.authority))
    monkeypatch.setenv("TEST_PASSWORD", PASSWORD)


def at_work(folder: Path, sites: dict[str, str], post: Post) -> Rehearsal:
    """A desk with an account of its own; `sites`: host → where it answers."""
    servers = {
        f"mail.prober.test:{port}": f"{HOST}:{post.ports[name]}" for port, name in ((587, "submission"), (993, "imaps"))
    }
    return Rehearsal(folder, sites | servers, SECTIONS.format(own=post.account(), host=HOST, **post.ports))


@pytest.fixture
def desk(post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    """Three agencies with a site each."""
    in_the_morning(post, monkeypatch)
    sites = [plain_site(f"{slug.replace('stc-', 'stc.')}@dientap.gov.test") for slug in AGENCIES]
    with served(*sites) as servers:
        hosts = {
            f"{slug.replace('-', '')}.dientap.gov.test": s.place for slug, s in zip(AGENCIES, servers, strict=True)
        }
        yield at_work(tmp_path, hosts, post)


def rows() -> list[str]:
    """One office whose address a crawl finds, one whose address comes with the file, and a portal."""
    known = "stc.an-giang@dientap.gov.test,http://stcangiang.dientap.gov.test/,N. V.,2020-04-10T08:00:00+07:00"
    return [
        "thu,stc-ca-mau,finance,Sở Tài chính tỉnh Cà Mau,http://stccamau.dientap.gov.test/,,,,",
        f"thu,stc-an-giang,finance,Sở Tài chính tỉnh An Giang,http://stcangiang.dientap.gov.test/,{known}",
        "thu,ca-mau,portal,Cổng thông tin điện tử tỉnh Cà Mau,http://camau.dientap.gov.test/,,,,",
    ]


def protocol(folder: Path) -> Path:
    text = POBI.protocol
    for old, new in (('frame = "2019"', 'frame = "thu"'), ("first_day = 2020-04-13", "first_day = 2020-04-14")):
        assert old in text
        text = text.replace(old, new)
    path = folder / "thu.toml"
    path.write_text(text, encoding="utf-8")
    return path


def answer(post: Post, address: str, text: str) -> None:
    """The office at `address` answers the letter that arrived there, to its Reply-To."""
    soon(lambda: len(post.delivered(address)), 1)
    (raw,) = post.delivered(address)
    asked = message_from_bytes(raw, policy=policy.default)
    reply = (
        f"From: {address}\r\nTo: {asked['Reply-To']}\r\nSubject: Re: {asked['Subject']}\r\n"
        f"In-Reply-To: {asked['Message-ID']}\r\nMessage-ID: <tra-loi.{address}>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"Kính gửi Quý vị,\r\n{text}\r\nTrân trọng.\r\n"
    )
    own = asked["Reply-To"].addresses[0].addr_spec
    local, _, domain = own.partition("@")
    post.deliver(f"{local.partition('+')[0]}@{domain}", reply.encode())


def test_a_study_is_rehearsed_from_import_to_publication(post: Post, desk: Rehearsal) -> None:
    assert desk.imported(*rows()).exit_code == 0
    checks = json.loads(desk.run("doctor", "--json").stdout)
    assert {(row["name"], row["status"]) for row in checks if row["name"] in ("smtp", "imap", "[rehearsal.hosts]")} == {
        ("smtp", "ok"), ("imap", "ok"), ("[rehearsal.hosts]", "ok"),
    }  # fmt: skip
    assert next(row["found"] for row in checks if row["name"] == "configuration").startswith("rehearsal, in ")
    desk.done("crawl", "--frame", "thu")
    desk.done("agencies", "check", "--accept", "stc-ca-mau", "--by", "N. V.")
    desk.done("campaign", "new", "thu", "--file", str(protocol(desk.folder)))
    desk.done("campaign", "approve", "thu", "--by", "N. V.", "--name", "thu")
    sent = desk.done("campaign", "send", "thu")
    assert "accepted" in sent, sent
    answer(
        post, "stc.ca-mau@dientap.gov.test",
        "Sở Tài chính gửi Quý vị báo cáo công khai dự toán ngân sách địa phương năm 2020: "
        "tổng thu 5.186 tỷ đồng, tổng chi 10.924 tỷ đồng.",
    )  # fmt: skip
    desk.done("mailbox", "sync")
    desk.done("report")
    published = json.loads(desk.done("publish", "--provisional", "--json"))
    desk.done("nightly", "--frame", "thu")
    assert desk.rows("SELECT agency, accepted_at IS NOT NULL FROM request ORDER BY agency") == [
        ("thu-stc-an-giang", 1), ("thu-stc-ca-mau", 1),
    ]  # fmt: skip
    assert desk.rows("SELECT agency FROM reply JOIN request ON request.id = reply.request") == [("thu-stc-ca-mau",)]
    assert_marked(desk, published)
    private = open_private(desk.folder / "var/rehearsal/private.db")
    assert private.execute("SELECT world FROM campaign_file").fetchall() == [("rehearsal",)]
    private.close()
    _is_no_live_mailbox(desk)


def _is_no_live_mailbox(desk: Rehearsal) -> None:
    """A live configuration does not open the letters of a rehearsal."""
    live = desk.folder / "live.toml"
    live.write_text(
        'world = "live"\n[crawl]\nuser_agent = "survey/1 (+https://survey.test/)"\n'
        '[paths]\nprivate = "var/rehearsal/private.db"\n', encoding="utf-8",
    )  # fmt: skip
    for words in (("campaign", "status"), ("campaign", "send", "thu", "--live"), ("mailbox", "unmatched")):
        done = CliRunner().invoke(cli, ["--config", str(live), *words])
        assert done.exit_code == 2 and "holds rehearsal data" in done.stderr.replace("\n", " "), (words, done.output)
