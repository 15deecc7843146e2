"""How it is proved that a message belongs to a request, and what it may change by that."""

from dataclasses import replace
from email import message_from_string
from email.policy import default
from typing import Any

import pytest

from mailroom.matching import authentication, scoring
from mailroom.matching.scoring import Candidate, Sent
from mailroom.mime import parser
from prober.domain.correspondence import HELD, MAY, PASSED_ON, Change, Dmarc, Event, Proof, changed_by, may
from tests.languages import VIETNAMESE
from tests.mailroom.matching.test_scoring import AGAIN, FEW, FREE, HEAD, QUOTED, message

PUBLIC = tuple(replace(sent, mail_from=f"khao-sat+{sent.token}@prober.test") for sent in FEW)
SECRET = tuple(replace(sent, secret=True) for sent in PUBLIC)
HA_GIANG, CA_MAU, DONG_THAP = SECRET[1], SECRET[0], SECRET[2]
ADDRESS = f"khao-sat+{HA_GIANG.token}@prober.test"
AGENCY = "stc@stc.hagiang.gov.vn"
THREADS = {"<1@stc.hagiang.gov.vn>": [(HA_GIANG.campaign, HA_GIANG.agency)]}
PASS, NONE, FAIL = Dmarc.PASS, Dmarc.NONE, Dmarc.FAIL


def found(mail: Any, dmarc: Dmarc = NONE, requests: tuple[Sent, ...] = SECRET, own: str = "") -> list[Candidate]:
    reply = parser.parse(mail.as_bytes())
    table = scoring.index(requests, VIETNAMESE)
    candidates = scoring.match(reply, table, dmarc, THREADS)
    return scoring.chosen(authentication.proved(candidates, reply, dmarc, table, {own} - {""}))


def level(mail: Any, dmarc: Dmarc = NONE, requests: tuple[Sent, ...] = SECRET) -> str:
    (candidate,) = found(mail, dmarc, requests)
    return f"{candidate.agency.removeprefix('2019-stc-')} {candidate.proof}"


SECRETS = {
    "address": {"to": ADDRESS},
    "retyped address": {"to": ADDRESS.upper()},
    "our Message-ID": {"References": HA_GIANG.message_ids[0]},
    "subject": {"subject": f"Re: [YC-{HA_GIANG.token}]"},
    "text": {"text": f"Trả lời yêu cầu YC-{HA_GIANG.token}"},
    "quotation": {"text": f"Kính chuyển.\n\n> Mã của yêu cầu: [YC-{HA_GIANG.token}]"},
}


@pytest.mark.parametrize("dmarc", Dmarc)
@pytest.mark.parametrize("where", SECRETS)
def test_a_secret_proves_from_whatever_mailbox_and_by_forwarding(where: str, dmarc: Dmarc) -> None:
    for sender in ("an@gmail.com", AGENCY, "vp@ubnd.dongthap.gov.vn"):
        assert level(message(sender=sender, **SECRETS[where]), dmarc) == "ha-giang secret"


@pytest.mark.parametrize("where", SECRETS)
def test_what_anybody_can_derive_counts_like_words(where: str) -> None:
    """The tokens and Message-IDs of campaigns from before tokens were secret."""
    assert level(message(sender="an@gmail.com", **SECRETS[where]), PASS, PUBLIC) == "ha-giang words"
    assert level(message(sender=AGENCY, **SECRETS[where]), NONE, PUBLIC) == "ha-giang words"
    assert level(message(sender=AGENCY, **SECRETS[where]), FAIL, PUBLIC) == "ha-giang words"
    assert level(message(sender=AGENCY, **SECRETS[where]), PASS, PUBLIC) == "ha-giang domain"


def test_without_a_secret_the_domain_of_the_agency_and_its_server_decide() -> None:
    by_words = message(HEAD, sender=AGENCY, subject=AGAIN)
    assert [level(by_words, dmarc) for dmarc in (PASS, NONE)] == ["ha-giang domain", "ha-giang words"]
    assert found(by_words, FAIL) == []
    assert level(message(QUOTED, sender="vp@vanphong.hagiang.gov.vn", subject=AGAIN), PASS) == "ha-giang domain"
    assert level(message(HEAD, sender="an@gmail.com"), PASS) == "ha-giang words"
    assert level(message(QUOTED, sender=FREE, subject=AGAIN), PASS) == "ca-mau domain"  # the very address asked


def test_a_thread_of_ours_needs_no_pass_but_the_agency() -> None:
    answers = {"References": "<1@stc.hagiang.gov.vn>"}
    assert level(message(sender=AGENCY, **answers)) == "ha-giang thread"
    assert level(message(sender=AGENCY, **answers), PASS) == "ha-giang thread"
    assert level(message(sender=AGENCY, **answers), FAIL) == "ha-giang words"
    assert level(message(sender="an@gmail.com", **answers), PASS) == "ha-giang words"
    (ours,) = found(message(sender="nhom@prober.test", **answers), own="nhom@prober.test")
    assert ours.proof is Proof.THREAD  # a letter of ours to the agency, by hand
    (forged,) = found(message(QUOTED, sender=AGENCY, subject=AGAIN), PASS, own=AGENCY)
    assert forged.proof is Proof.WORDS  # our own address proves nothing


def counted(mail: Any, event: Event, dmarc: Dmarc = NONE, requests: tuple[Sent, ...] = SECRET, rule: str = "") -> str:
    reply, table = parser.parse(mail.as_bytes()), scoring.index(requests, VIETNAMESE)
    kept = authentication.counted(
        found(mail, dmarc, requests), event, rule, reply, dmarc, table, {"mail-provider.test"}
    )
    return " ".join(candidate.agency.removeprefix("2019-stc-") for candidate in kept)


def test_what_a_level_may_change() -> None:
    assert [proof for proof in Proof if may(proof, Change.CLASS)] == [*Proof][:-1]
    assert [proof for proof in Proof if may(proof, Change.DELIVERY)] == [Proof.PERSON, Proof.SECRET]
    assert [proof for proof in Proof if may(proof, Change.OBJECTION)] == [*Proof][:-1]
    assert [proof for proof in Proof if may(proof, Change.END)] == [Proof.PERSON]
    assert not MAY[Proof.WORDS]
    assert changed_by(Event.AUTO_ACK, HELD) is changed_by(Event.BOUNCE, "bounce.dead") is Change.DELIVERY
    by_domain = message(HEAD, sender=AGENCY, subject=AGAIN)
    assert counted(by_domain, Event.FULL, PASS) == counted(by_domain, Event.OBJECTION, PASS) == "ha-giang"
    assert counted(by_domain, Event.BOUNCE, PASS) == counted(by_domain, Event.AUTO_ACK, PASS, rule=HELD) == ""
    assert counted(by_domain, Event.FULL) == counted(by_domain, Event.OBJECTION) == ""


MAILERS = {
    "of the recipient": ("MAILER-DAEMON@mail.hagiang.gov.vn", "ha-giang"),
    "of our domain": ("MAILER-DAEMON@smtp.prober.test", "ha-giang"),
    "of our provider": ("postmaster@out.mail-provider.test", "ha-giang"),
    "of a stranger": ("MAILER-DAEMON@evil.example", ""),
    "of another province": ("MAILER-DAEMON@mail.dongthap.gov.vn", ""),
}


@pytest.mark.parametrize("mailer", MAILERS)
def test_a_bounce_is_made_by_a_mailer_on_the_way_and_names_what_it_was_sent_with(mailer: str) -> None:
    sender, agency = MAILERS[mailer]
    assert counted(message(sender=sender, to=ADDRESS), Event.BOUNCE) == agency
    assert counted(message(sender=sender, to=ADDRESS), Event.BOUNCE, FAIL) == ""
    named = message(f"Message-ID: {HA_GIANG.message_ids[0]}", sender=sender)
    assert counted(named, Event.BOUNCE) == agency
    assert counted(message(sender=sender, subject=f"[YC-{HA_GIANG.token}]"), Event.BOUNCE) == ""
    assert counted(named, Event.BOUNCE, rule=f"bounce.dead{PASSED_ON}") == ""  # a person may have written it
    assert counted(message(sender=sender, to=ADDRESS), Event.BOUNCE, PASS, PUBLIC) == ""


@pytest.mark.parametrize("enclosed", [True, False])
def test_a_bounce_of_a_host_that_the_returned_letter_passed(enclosed: bool) -> None:
    trail = "Received: from us.test (x [192.0.2.1])\n\tby relay7.carrier.test with ESMTPS; Tue, 14 Apr 2020\n"
    returned = f"{trail}Received: by inner.test id 7\nMessage-ID: {HA_GIANG.message_ids[0]}\nSubject: x\n"
    mail = message("Undeliverable" if enclosed else f"Undeliverable\n\n{returned}", sender="mailer-daemon@carrier.test")
    if enclosed:
        mail.add_attachment(message_from_string(f"{returned}\nKinh gui", policy=default))
    assert counted(mail, Event.BOUNCE) == "ha-giang"
    assert parser.parse(mail.as_bytes()).embedded_hosts == ("relay7.carrier.test", "inner.test")


OTHERS = f"> {CA_MAU.agency}: [YC-{CA_MAU.token}]\n> {DONG_THAP.agency}: [YC-{DONG_THAP.token}]"
TEXT = "Đề nghị không gửi thư nữa.\n\n" + OTHERS


def test_an_objection_is_about_the_one_request_that_it_answers_never_those_it_quotes() -> None:
    for own in (
        message(TEXT, to=ADDRESS), message(TEXT, References=HA_GIANG.message_ids[0]),
        message(TEXT, subject=f"[YC-{HA_GIANG.token}]"), message(f"YC-{HA_GIANG.token}: {TEXT}"),
    ):  # fmt: skip
        for event in (Event.OBJECTION, Event.FULL, Event.REFUSAL):
            assert counted(own, event) == "ha-giang"
    only_quoted = message(TEXT)
    assert counted(only_quoted, Event.OBJECTION) == counted(only_quoted, Event.FULL) == ""
    two = message(f"YC-{HA_GIANG.token}, YC-{CA_MAU.token}")
    assert counted(two, Event.FULL) == "ca-mau ha-giang" and counted(two, Event.OBJECTION) == ""
