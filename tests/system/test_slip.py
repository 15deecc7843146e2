"""A letter with its slip and the number of an identity paper, through Debian's Postfix to Debian's Dovecot and back."""

from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailroom.sending.approval import freeze, sha256
from mailroom.sending.send_due import SendingRun, send_due
from prober.campaign.letters.identity_number import inscribe
from prober.campaign.letters.mime import enclosures
from prober.clock import SystemClock
from prober.config.load import Sender, Smtp
from prober.store.private import campaigns, outbox
from prober.store.results import registry
from tests.one_mailbox import read_mailbox
from tests.pobi import HANOI, POBI, agencies
from tests.prober.campaign.example import SECRET
from tests.prober.campaign.letters.test_identity_number import NUMBER, WITH_SLIP, traces
from tests.system.post import HOST, PASSWORD, Post
from tests.system.test_sending import MORNING, Databases, SteppedClock, inbox, soon

pytestmark = pytest.mark.needs("dovecot", "postfix", "root")


@pytest.mark.usefixtures("trusted")
def test_the_office_gets_the_number_and_no_file_of_ours_keeps_it(post: Post, databases: Databases) -> None:
    private, results = databases
    own = post.account()
    text = WITH_SLIP.replace("reminder_working_days = 10", "reminder_working_days = 0")
    asked = [
        replace(a, request_email=post.account(), request_email_reviewed_by="nv")
        for a in agencies("2019", "finance")[:2]
    ]
    citizen = Sender(name="Nguyễn Thị Thử Nghiệm", address=own, postal_address="Số 1, Hà Nội", citizen=True)
    registry.sync(results, asked, (), "sandbox")
    campaigns.save_draft(private, "w", "sandbox", text, sha256(text), MORNING, SECRET)
    freeze(private, "w", asked, citizen, POBI, "nv", MORNING)
    smtp = Smtp(host=HOST, port=post.ports["submission"], user=own, seconds_between=0)
    evening = MORNING.replace(hour=23)
    run = SendingRun(private, "w", smtp, citizen, SteppedClock(), POBI, evening, PASSWORD, identity=NUMBER)  # type: ignore[arg-type]
    send_due(run)
    soon(lambda: len(post.delivered(own)), 2)
    for letter in outbox.frozen(private, "w"):
        soon(lambda rcpt=letter["rcpt"]: len(post.delivered(rcpt)), 1)  # type: ignore[misc]
        (delivered,) = post.delivered(letter["rcpt"])
        assert delivered.endswith(inscribe(letter["raw"], NUMBER))
        read = message_from_bytes(delivered, policy=policy.strict)  # raises on every defect
        assert [part.get_content_subtype() for part in read.walk()][1:3] == ["plain", "pdf"]
        assert enclosures(delivered) != enclosures(letter["raw"]) and NUMBER.encode() in enclosures(delivered)[0].data
    assert all(traces(copy) for copy in post.delivered(own))
    found = read_mailbox(private, results, inbox(post, own), PASSWORD, SystemClock(HANOI), POBI)
    assert (found.we_hold, found.statuses) == (2, {"own": 2})
    kept = {enclosures(raw) for (raw,) in private.execute("SELECT raw FROM message_raw").fetchall()}
    assert kept == {enclosures(letter["raw"]) for letter in outbox.frozen(private, "w")}
    places = [Path(row[2]) for db in databases for row in db.execute("PRAGMA database_list").fetchall()]
    files = [file for place in places for file in place.parent.glob(f"{place.name}*")]
    assert len(files) >= 4  # databases, logs of writes, journal
    assert not any(traces(file.read_bytes()) for file in files)
