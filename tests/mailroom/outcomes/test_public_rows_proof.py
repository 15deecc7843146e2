"""Mail that proves where it belongs, and mail that does not, through a real mailbox into the figures."""

import imaplib
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from mailroom.intake import sync
from mailroom.outcomes import projection
from mailroom.outcomes.public_rows import _public, _published
from prober.config.load import Imap
from prober.domain.correspondence import Event
from prober.domain.reason import Reason
from prober.sandbox.client import Endpoint
from prober.store import Database
from prober.store.private import campaigns, codings, messages
from prober.store.private.codings import Decision, Subject
from tests.languages import VIETNAMESE
from tests.mailroom.outcomes.conftest import FULL, START, TOKENS, Standing, request
from tests.one_mailbox import read_mailbox
from tests.pobi import HANOI, POBI

AT = START + timedelta(days=3)
TAGGED = f"khao-sat+{TOKENS['ca-mau']}@prober.test"
OFFICE = "stc@camau.gov.test"
HEAD = "UBND TỈNH\nSỞ TÀI CHÍNH\n\n"
OURS = "mx.prober.test"
Post = Callable[..., None]


@pytest.fixture
def post(own_world: Endpoint, private: Database, results: Database) -> Post:
    """Lay a mail into the mailbox as its server would, and bring the figures up to date."""
    imap = Imap(
        host=own_world.imap_host, port=own_world.imap_port, user=own_world.imap_user, tls="none", authserv_id=OURS
    )

    def deliver(text: str, checked: str = "", after: int = 0, **headers: str) -> None:
        mail = EmailMessage()
        if checked:
            mail["Authentication-Results"] = f"{OURS}; dmarc={checked} header.from=camau.gov.test"
        given = {"From": OFFICE, "To": "khao-sat@prober.test", "Subject": "Trả lời", "Message-ID": "<m@x.test>"}
        for name, value in {**given, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
            mail[name] = value
        mail.set_content(text)
        with imaplib.IMAP4(own_world.imap_host, own_world.imap_port) as box:
            box.login(own_world.imap_user, own_world.imap_password)
            moment = imaplib.Time2Internaldate((AT + timedelta(hours=after)).astimezone(HANOI))
            box.append("INBOX", "", moment, mail.as_bytes())
        read_mailbox(private, results, imap, own_world.imap_password, Standing(), POBI)

    return deliver


def state(db: Database, slug: str = "ca-mau") -> tuple[object, ...]:
    row = request(db, slug)
    proofs = [proof for (proof,) in db.execute("SELECT proof FROM reply WHERE request = ?", [row["id"]]).fetchall()]
    return row["outcome"], row["delivered"], row["replied"], *proofs


def waiting(db: Database) -> list[tuple[str, str]]:
    """(class, proof of the best candidate) of what waits for a person."""
    found = messages.unmatched(db)
    return [(row["event"], row["candidates"][0]["proof"] if row["candidates"] else "") for row in found if row["event"]]


SILENCE = ("silence", "yes", 0)
QUOTED = f"{HEAD}{FULL}\n\nVề yêu cầu của nhóm khảo sát ngày 13/4/2020.\n\n> Kính gửi: Sở Tài chính ca-mau\n"
REFERENCE = f"<{TOKENS['ca-mau']}.request.pobi-2019@prober.test>"


def test_a_secret_counts_from_a_private_mailbox_and_forwarded(post: Post, private: Database, results: Database) -> None:
    post(FULL, From="an@gmail.test", To=TAGGED)
    assert state(results) == ("F1", "yes", 1, "secret")
    post(
        "Kính chuyển.\n\n> Mã [YC-kmnpqrstuv]\n\n" + FULL, "fail", From="vp@ubnd.haiphong.gov.test", Message_ID="<2@x>"
    )
    assert state(results, "dong-thap")[-1] == "secret"
    assert [row for row in waiting(private) if row[1]] == []


@pytest.mark.parametrize("checked", ["", "none", "fail"])
def test_without_a_secret_what_our_server_does_not_vouch_for_waits_for_a_person(
    post: Post,
    private: Database,
    results: Database,
    checked: str,
) -> None:
    private.execute("UPDATE campaign_file SET secret = ''")  # a campaign of before: its token is a public one
    private.conn.commit()
    post(FULL, checked, To=TAGGED, In_Reply_To=REFERENCE, Subject="Re: [YC-abcdefghij]")
    assert state(results) == SILENCE
    assert waiting(private)[0] == ("F1", "words")
    (sha256,) = next(iter(private.execute("SELECT sha256 FROM message WHERE event = 'F1'").fetchall()))
    codings.decide(private, sha256, "pobi-2019", "2019-stc-ca-mau", "assign", "ntq", AT)
    projection.project(private, results, POBI)
    assert state(results) == ("F1", "yes", 1, "person")


def test_a_pass_of_our_server_counts_and_one_that_the_forger_wrote_does_not(
    post: Post,
    private: Database,
    results: Database,
) -> None:
    private.execute("UPDATE campaign_file SET secret = ''")
    private.conn.commit()
    forged = "mx.evil.test; dmarc=pass header.from=camau.gov.test"
    post(FULL, To=TAGGED, Authentication_Results=forged)
    assert state(results) == SILENCE
    post(
        FULL,
        "fail",
        To=TAGGED,
        Authentication_Results=f"{OURS}; dmarc=pass header.from=camau.gov.test",
        Message_ID="<2@x>",
    )
    assert state(results) == SILENCE
    post(FULL, "pass", To=TAGGED, Message_ID="<3@x>")
    assert state(results) == ("F1", "yes", 1, "domain")


def test_what_answers_a_message_of_ours_counts_once_that_one_does(
    post: Post, private: Database, results: Database
) -> None:
    """The answer came, and was understood, before the message that it answers belonged to a request."""
    post(FULL, In_Reply_To="<first@x.test>", Message_ID="<second@x.test>", after=2)
    assert state(results) == SILENCE
    post("Đã nhận được thư, sẽ trả lời.", To=TAGGED, Message_ID="<first@x.test>")
    assert state(results)[:3] == ("F1", "yes", 1) and sorted(state(results)[3:]) == ["secret", "thread"]


def test_what_answers_a_message_counts_once_a_person_has_assigned_that_one(
    post: Post, private: Database, results: Database
) -> None:
    post("Đã nhận được thư, sẽ trả lời.", Message_ID="<first@x.test>")
    post(FULL, In_Reply_To="<first@x.test>", Message_ID="<second@x.test>", after=2)
    assert state(results) == SILENCE
    (sha256,) = private.execute("SELECT sha256 FROM message WHERE message_id = '<first@x.test>'").fetchone()
    codings.decide(private, sha256, "pobi-2019", "2019-stc-ca-mau", "assign", "ntq", AT)
    sync.process(private, Standing(), vocabulary=VIETNAMESE)
    projection.project(private, results, POBI)
    assert state(results)[:3] == ("F1", "yes", 1) and sorted(state(results)[3:]) == ["person", "thread"]


def test_a_bounce_is_ours_made_on_the_way_and_never_stands_over_a_person(
    post: Post,
    private: Database,
    results: Database,
) -> None:
    report = "<stc@camau.gov.test>: 550 5.1.1 User unknown"
    headers = {"Subject": "Undelivered Mail Returned to Sender", "Auto_Submitted": "auto-replied"}
    post(report, From="MAILER-DAEMON@evil.example", To=TAGGED, **headers)
    post(report, From="MAILER-DAEMON@mail.camau.gov.test", Message_ID="<2@x>", **headers)  # names nothing of ours
    assert state(results) == SILENCE
    post(report, From="MAILER-DAEMON@mail.camau.gov.test", To=TAGGED, Message_ID="<3@x>", **headers)
    assert state(results) == ("N0", "no", 0, "secret")
    post(FULL, To=TAGGED, Message_ID="<4@x>", after=1)
    assert state(results)[:3] == ("F1", "yes", 1)


def test_an_objection_holds_letters_back_until_a_person_has_read_it(
    post: Post, private: Database, results: Database
) -> None:
    post(f"Đề nghị không gửi thư cho chúng tôi nữa.\n\n> [YC-{TOKENS['ha-giang']}]", To=TAGGED)
    assert state(results)[0] == "OB" and state(results, "ha-giang") == SILENCE
    assert _reminder(private, "ca-mau") == _reminder(private, "ha-giang") == "planned"
    heard = campaigns.heard(private, "pobi-2019")
    assert heard.unread_objections == {"2019-stc-ca-mau"} and heard.events == {}
    assert campaigns.heard(private, "pobi-2020").unread_objections == {"2019-stc-ca-mau"}
    assert campaigns.objections(private) == {"2019-stc-ca-mau": False}
    (sha256,) = private.execute("SELECT sha256 FROM message WHERE event = 'OB'").fetchone()
    decision = Decision("ntq", "first", Event.OBJECTION, "OB", {})
    codings.save(private, Subject(sha256, "pobi-2019", "2019-stc-ca-mau"), decision, AT)
    assert _reminder(private, "ca-mau") == "cancelled" and _reminder(private, "ha-giang") == "planned"
    heard = campaigns.heard(private, "pobi-2019")
    assert not heard.unread_objections and heard.events == {"2019-stc-ca-mau": [Event.OBJECTION]}


def _reminder(db: Database, slug: str) -> Any:
    sql = "SELECT state FROM outbox WHERE agency = ? AND step = 'reminder'"
    return db.execute(sql, [f"2019-stc-{slug}"]).fetchone()[0]


def test_what_a_person_has_coded_stays_when_rules_would_leave_it_out(
    post: Post, private: Database, results: Database
) -> None:
    """Matched and coded by an earlier version; its token is a public one."""
    post(FULL, To=TAGGED)
    (sha256,) = private.execute("SELECT message FROM match_candidate WHERE chosen = 1").fetchone()
    decision = Decision("ntq", "first", Event.PARTIAL, "F1", {1: 2})
    codings.save(private, Subject(sha256, "pobi-2019", "2019-stc-ca-mau"), decision, AT)
    private.execute("UPDATE campaign_file SET secret = ''")
    private.execute("UPDATE match_candidate SET proof = ''")
    private.conn.commit()
    sync.process(private, Standing(), vocabulary=VIETNAMESE)
    projection.project(private, results, POBI)
    assert state(results) == ("P1", "yes", 1, "person")


@pytest.mark.parametrize(
    ("words", "published"),
    [
        ("Call +44 20 7946 0018 for the file", "Call … for the file"),
        ("Liên hệ 0290 3555 001 hoặc +84 290 3555 001", "Liên hệ … hoặc …"),
        ("Ring 01 555 0012 or +353 1 555 0012.", "Ring … or …."),
        ("4.208.500.000 đồng, số 12/2018", "4.208.500.000 đồng, số 12/2018"),
        ("write to an.nguyen@x.gov.test", "write to …@x.gov.test"),
    ],
)
def test_no_telephone_number_of_any_country_is_published(words: str, published: str) -> None:
    assert _public(words) == published
    told = Reason("at_stage", stage="rcpt", why=(Reason("person_said", by="An", words=words),))
    assert _published(told) == Reason("at_stage", stage="rcpt", why=(Reason("person_said", by="An", words=published),))
