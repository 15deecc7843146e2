"""The number of an identity paper: on the wire, on nobody's disk, and never left out where it was promised."""

import base64
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from mailroom.intake import fetch_new, sync
from mailroom.outcomes import projection
from mailroom.sending.approval import freeze, sha256
from mailroom.sending.dkim import Signer
from mailroom.sending.send_due import SendingRun, send_due
from prober.campaign.letters.identity_number import BLANK, inscribe
from prober.campaign.letters.mime import dated, enclosures
from prober.cli import cli
from prober.clock import SystemClock
from prober.config.load import Sender, Smtp
from prober.errors import ConfigError
from prober.reporting.words.reasons import stored
from prober.sandbox.client import Endpoint
from prober.sandbox.mail.dns_zone import signing_key
from prober.services.context import Context
from prober.store import open_private, open_results
from prober.store.private import campaigns, outbox
from prober.store.private.messages import Arrival
from prober.store.results import registry as registry_store
from tests.languages import VIETNAMESE
from tests.mailroom.intake.test_sync import box, deliver
from tests.mailroom.sending.test_send_due import AGENCY, OWN, START, Orders, SteppedClock, asked, peer, state
from tests.pobi import POBI, agencies
from tests.prober.campaign.example import SECRET

NUMBER = "001099012345"
SENDER = Sender(name="Nguyễn Thị Thử Nghiệm", address=OWN, postal_address="Số 1, Hà Nội", citizen=True)
TEXT = POBI.protocol
WITH_SLIP = TEXT.replace('form = "none"', 'form = "01a"').replace("identity = false", "identity = true")


def approved(path: Path, reminder: int = 0) -> Database:
    """A campaign of one request on whose slip the number belongs."""
    text = WITH_SLIP.replace("reminder_working_days = 10", f"reminder_working_days = {reminder}")
    db = open_private(path)
    campaigns.save_draft(db, "w", "sandbox", text, sha256(text), START, SECRET)
    freeze(db, "w", asked(1), SENDER, POBI, "nv", START)
    return db


def send(db: Database, port: int, clock: SteppedClock, number: str) -> None:
    smtp = Smtp(host="127.0.0.1", port=port, tls="none", per_day=50, seconds_between=0)
    until = clock.now() + timedelta(days=3)
    send_due(SendingRun(db, "w", smtp, SENDER, clock, POBI, until, identity=number, answer_seconds=0.3))


def traces(data: bytes) -> list[str]:
    """In which encodings the number stands in `data`."""
    found = ["plain"] if NUMBER.encode() in data else []
    for shift in range(3):  # Base64 writes the same bytes in three ways, by where in a group of three they begin
        whole = base64.b64encode(b"x" * shift + NUMBER.encode())
        inner = whole[4 if shift else 0 : len(whole) // 4 * 4 - 4]
        if inner in data.replace(b"\r\n", b"").replace(b"\n", b""):
            found.append(f"Base64, {shift}")
    return found


def test_the_approved_letter_leaves_with_the_number_and_nothing_else_changed(tmp_path: Path) -> None:
    orders, clock = Orders(), SteppedClock()
    db = approved(tmp_path / "private.db")
    (frozen,) = outbox.frozen(db, "w")
    with peer(orders) as port:
        send(db, port, clock, NUMBER)
    ((_, recipients, data),) = orders.copies
    assert recipients == (AGENCY, OWN)
    assert data == dated(inscribe(frozen["raw"], NUMBER), clock.now())
    assert NUMBER.encode() in enclosures(data)[0].data
    assert [row["raw"] for row in outbox.frozen(db, "w")] == [frozen["raw"]]
    assert BLANK.encode() in enclosures(frozen["raw"])[0].data


def test_a_letter_put_off_leaves_later_with_the_date_and_number_of_its_first_attempt(tmp_path: Path) -> None:
    orders, clock = Orders({f"RCPT {AGENCY}": "451 greylisted"}, times=1), SteppedClock()
    path = tmp_path / "private.db"
    (frozen,) = outbox.frozen(approved(path), "w")
    with peer(orders) as port:
        send(open_private(path), port, clock, NUMBER)  # tries, waits, tries again
    ((_, _, data),) = orders.copies
    assert state(open_private(path)) == ("accepted", 2)
    (first,) = open_private(path).execute("SELECT MIN(started_at) FROM send_attempt").fetchone()
    assert data == dated(inscribe(frozen["raw"], NUMBER), START.fromisoformat(first))


@pytest.mark.parametrize("number", ["", "12", "001 099 012 345"])
def test_nothing_leaves_without_a_number_that_is_one(tmp_path: Path, number: str) -> None:
    orders, db = Orders(), approved(tmp_path / "private.db")
    with peer(orders) as port, pytest.raises(ConfigError, match="nothing was sent") as found:
        send(db, port, SteppedClock(), number)
    assert state(db) == ("planned", 0) and orders.copies == []
    assert len(number) < 3 or number not in str(found.value)


def test_reminders_need_no_number(tmp_path: Path) -> None:
    orders, clock = Orders(), SteppedClock()
    db = approved(tmp_path / "private.db", reminder=10)
    with peer(orders) as port:
        send(db, port, clock, NUMBER)
        send(db, port, clock, "")  # only the reminder is left, and it has no slip
    assert [row["state"] for row in outbox.rows(db, "w")] == ["accepted", "planned"]


def test_no_file_holds_the_number(tmp_path: Path, own_world: Endpoint) -> None:
    """Database, log of writes, journal: after the letter left, its copy came back, and a bounce returned it whole."""
    orders, clock, ours = Orders(), SteppedClock(), tmp_path / "ours"  # the world keeps its mail beside it
    ours.mkdir()
    db = approved(ours / "private.db")
    with peer(orders) as port:
        send(db, port, clock, NUMBER)
    ((_, _, data),) = orders.copies
    key, _ = signing_key(tmp_path)
    data = Signer("prober.test", "s", key.read_bytes()).signed(data, START)
    bounce = (
        b"From: mailer-daemon@agency.gov.test\r\nTo: " + OWN.encode() + b"\r\nSubject: failed\r\n"
        b'Content-Type: multipart/report; boundary="b"\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n'
    ) + data + b"\r\n--b--\r\n"  # fmt: skip
    headers_only = bounce.replace(b"message/rfc822", b"text/rfc822-headers").replace(
        data, data.partition(b"\r\n\r\n")[0]
    )
    assert traces(data) and traces(bounce)  # so that finding nothing means something
    hashes = re.findall(rb"bh?=\s*([A-Za-z0-9+/]{30})", data)
    assert len(hashes) == 2 and all(value in headers_only for value in hashes) and not traces(headers_only)
    for raw in (b"Received: by x.test\r\n" + data, bounce, headers_only):
        deliver(own_world, raw)
    brought = fetch_new.collect(db, box(own_world), own_world.imap_password, SystemClock(), sync.quiet)
    assert (brought.new, brought.mailbox_has, brought.we_hold) == (3, 3, 3)
    sync.process(db, SystemClock(), vocabulary=VIETNAMESE)
    assert sorted(status for (status,) in db.execute("SELECT status FROM message").fetchall()) == [
        "matched",
        "matched",
        "own",
    ]
    again = fetch_new.collect(db, box(own_world), own_world.imap_password, SystemClock(), sync.quiet)
    assert (again.fetched, again.we_hold) == (0, 3)
    db.close()
    files = [file for file in ours.rglob("*") if file.is_file()]
    assert {"private.db", "private.db.sent.log"} <= {file.name for file in files}
    assert not any(traces(file.read_bytes()) for file in files)
    assert not [file for file in files if any(value in file.read_bytes() for value in hashes)]
    assert any(b"DKIM-Signature: v=1; a=rsa-sha256" in file.read_bytes() for file in files)  # what was there is seen


def test_the_signature_of_an_office_stays_unless_the_number_was_in_what_it_signed(tmp_path: Path) -> None:
    orders, clock = Orders(), SteppedClock()
    db = approved(tmp_path / "private.db")
    with peer(orders) as port:
        send(db, port, clock, NUMBER)
    ((_, _, data),) = orders.copies
    key, _ = signing_key(tmp_path)
    letter = Signer("prober.test", "s", key.read_bytes()).signed(data, START)
    head = letter.partition(b"\r\n\r\n")[0]

    def received(inner: bytes) -> tuple[bytes, bytes]:
        """A report signed by an office, and the same as it is stored."""
        report = b"From: stc@agency.gov.test\r\nTo: " + OWN.encode() + b"\r\nSubject: x\r\n\r\n" + inner + b"\r\n"
        raw = Signer("agency.gov.test", "s", key.read_bytes()).signed(report, START)
        (stored,) = fetch_new.without_identity([Arrival(1, START, raw)], fetch_new.identity_seams(db))
        return raw, stored.raw

    raw, stored = received(head)
    signed, kept = (re.findall(rb"bh=([A-Za-z0-9+/]{30})", text) for text in (raw, stored))
    assert len(signed) == 2 and kept == signed[:1]  # the office's; ours is gone
    assert stored.partition(b"\r\n\r\n")[0] == raw.partition(b"\r\n\r\n")[0]
    _, stored = received(letter)
    assert not re.findall(rb"bh=[A-Za-z0-9+/]{30}", stored) and not traces(stored)
    (ours,) = fetch_new.without_identity([Arrival(1, START, head + b"\r\n\r\n")], fetch_new.identity_seams(db))
    assert not re.findall(rb"bh=[A-Za-z0-9+/]{30}", ours.raw)


def test_mail_comes_in_though_a_protocol_cannot_be_read(tmp_path: Path) -> None:
    db = approved(tmp_path / "private.db")
    assert len(fetch_new.identity_seams(db)) == 1
    db.execute("UPDATE campaign_file SET protocol = 'of a later version = 1'")
    assert fetch_new.identity_seams(db) == []
    arrival = Arrival(1, START, b"Subject: x\r\n\r\ny\r\n")
    assert fetch_new.without_identity([arrival], fetch_new.identity_seams(db)) == [arrival]


CONFIG = """world = "live"
[crawl]
user_agent = "prober-test (https://prober.test/)"
[sender]
name = "Nguyễn Thị Thử Nghiệm"
address = "khao-sat@prober.test"
postal_address = "Số 1, Hà Nội"
citizen = true
identity_env = "PROBER_IDENTITY"
[smtp]
host = "127.0.0.1"
port = 9
tls = "none"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One agency to ask, years from now, so that nothing is ever due."""
    (tmp_path / "prober.toml").write_text(CONFIG, encoding="utf-8")
    with Context(tmp_path / "prober.toml") as context:
        context.sync_registry()
        agency = registry_store.stored(context.results, "2019", "finance")[0]
        registry_store.accept(context.results, agency.id, AGENCY, "", by="nv", at=context.clock.now())
    later = WITH_SLIP.replace("first_day = 2020-04-13", "first_day = 2030-01-07").replace("ATI-2016", "ATI-2026")
    (tmp_path / "later.toml").write_text(later, encoding="utf-8")
    run(tmp_path, "new", "w", "--file", str(tmp_path / "later.toml"), "--without-address")
    return tmp_path


def run(folder: Path, *words: str, number: str | None = None, code: int = 0) -> str:
    environment = {"PROBER_IDENTITY": number}
    found = CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), "campaign", *words], env=environment)
    assert found.exit_code == code, (words, found.output, found.exc_info)
    return found.output


def test_the_number_comes_from_the_environment_alone(folder: Path) -> None:
    run(folder, "approve", "w", "--by", "nv", "--name", "w")
    assert "PROBER_IDENTITY ([sender] identity_env) is not set" in run(folder, "send", "w", "--live", code=2)
    assert "nor a passport number" in run(folder, "send", "w", "--live", number="12", code=2)
    assert "2 planned" in run(folder, "send", "w", "--live", number=NUMBER)
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert not any(traces(file.read_bytes()) for file in files)


def test_the_preview_shows_what_the_law_asks_and_writes_the_slip(folder: Path) -> None:
    shown = run(folder, "preview", "w", "--save", str(folder / "look"))
    assert "what the law asks of a request" in shown and "is not known here" in shown
    names = sorted(file.name for file in (folder / "look").iterdir())
    assert [name.rpartition(".")[2] for name in names] == ["docx", "pdf", "eml"]
    raw = (folder / "look" / names[2]).read_bytes()
    assert [(folder / "look" / item.name).read_bytes() for item in enclosures(raw)] == [
        item.data for item in enclosures(raw)
    ]


def test_a_campaign_without_slip_asks_for_no_number(folder: Path) -> None:
    plain = (folder / "later.toml").read_text(encoding="utf-8").replace("identity = true", "identity = false")
    (folder / "plain.toml").write_text(plain, encoding="utf-8")
    run(folder, "new", "v", "--file", str(folder / "plain.toml"), "--without-address")
    run(folder, "approve", "v", "--by", "nv", "--name", "v")
    assert "2 planned" in run(folder, "send", "v", "--live")


def test_what_approval_prints_works_as_printed_and_a_night_may_be_let_send(folder: Path) -> None:
    plain = (folder / "later.toml").read_text(encoding="utf-8").replace("identity = true", "identity = false")
    (folder / "plain.toml").write_text(plain, encoding="utf-8")
    run(folder, "new", "v", "--file", str(folder / "plain.toml"), "--without-address")
    said = run(folder, "approve", "v", "--by", "nv", "--name", "v")
    assert said.endswith("Next: prober campaign send v --live\n")
    takes = r"^Requests leave from \w{3} \d\d \w{3} .*, on \d+ days? between \d\d:\d\d and \d\d:\d\d\."
    assert re.search(takes, said, re.MULTILINE)
    words = said.strip().rpartition("prober campaign ")[2].split()
    assert "2 planned" in run(folder, *words)
    assert "or send = true under [campaigns] in prober.toml" in run(folder, "send", "v", code=2)
    status = CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), "status", "--json"])
    assert {row["next"] for row in json.loads(status.stdout) if row["part"] == "campaign v"} == {
        "prober campaign send v --live"
    }
    (folder / "prober.toml").write_text(CONFIG + "[campaigns]\nsend = true\n", encoding="utf-8")
    assert "2 planned" in run(folder, "send", "v")


def test_a_sender_without_a_variable_is_not_asked_where_nobody_can_answer(folder: Path) -> None:
    (folder / "prober.toml").write_text(CONFIG.replace('identity_env = "PROBER_IDENTITY"\n', ""), encoding="utf-8")
    run(folder, "approve", "w", "--by", "nv", "--name", "w")
    assert "Give it at the prompt" in run(folder, "send", "w", "--live", code=2)


def test_a_copy_that_is_imported_from_a_file_is_blanked_too(folder: Path) -> None:
    run(folder, "approve", "w", "--by", "nv", "--name", "w")
    (letter, *_) = (
        row for row in outbox.frozen(open_private(folder / "var/private.db"), "w") if row["step"] == "request"
    )
    copy = folder / "copy.eml"
    copy.write_bytes(dated(inscribe(letter["raw"], NUMBER), START))
    assert traces(copy.read_bytes())
    found = CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), "mailbox", "import", str(copy)])
    assert found.exit_code == 0, found.output
    copy.unlink()
    files = [file for file in folder.rglob("*") if file.is_file()]
    (held,) = open_private(folder / "var/private.db").execute("SELECT raw FROM message_raw").fetchone()
    assert held == dated(letter["raw"], START)
    assert not any(traces(file.read_bytes()) for file in files)


def test_the_preview_shows_the_letter_as_it_is_and_not_as_markup(folder: Path) -> None:
    config = CONFIG.replace('name = "Nguyễn Thị Thử Nghiệm"', 'name = "Nguyễn [bold]Thị[/red] Thử"')
    (folder / "prober.toml").write_text(config, encoding="utf-8")
    assert "Nguyễn [bold]Thị[/red] Thử" in run(folder, "preview", "w")


def test_readers_see_each_requirement_and_why_it_is_not_met(tmp_path: Path) -> None:
    private, results = approved(tmp_path / "private.db"), open_results(tmp_path / "results.db")
    registry_store.sync(results, agencies("2019"), (), "sandbox")
    campaigns.save_draft(private, "draft", "sandbox", WITH_SLIP, sha256(WITH_SLIP), START, SECRET)
    plain = TEXT.replace("reminder_working_days = 10", "reminder_working_days = 0")
    campaigns.save_draft(private, "plain", "sandbox", plain, sha256(plain), START, SECRET)
    freeze(private, "plain", asked(1), SENDER, POBI, "nv", START)
    assert projection.project(private, results, POBI)
    assert not projection.project(private, results, POBI)  # the second time nothing differs
    rows = list(results.query("SELECT campaign, requirement, article, met, why FROM legal_requirement"))
    assert {(row["campaign"], row["met"]) for row in rows} == {("w", 1), ("plain", 1), ("plain", 0)}
    assert {row["requirement"]: stored(row["why"]).en for row in rows if not row["met"]} == {
        "slip": "no request slip enclosed (article 24.1, form 01a or 01b)",
        "identity": "no number of an identity paper (article 24.2a)",
    }
    verdicts = results.query("SELECT campaign, legally_valid, legal_reasons != '' AS lacks FROM request")
    assert {(row["campaign"], row["legally_valid"], row["lacks"]) for row in verdicts} == {("w", 1, 0), ("plain", 0, 1)}
    private.close()
    results.close()
