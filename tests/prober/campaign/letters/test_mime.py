"""Letters as bytes: well formed, in short lines, with names and addresses carried exactly or refused."""

from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.campaign.letters.compose import (
    compose,
)
from prober.campaign.letters.mime import address_fault, dated
from prober.domain.correspondence import Step
from prober.errors import ProtocolError
from tests.pobi import HANOI, POBI
from tests.prober.campaign.example import CA_MAU, CODE, PROTOCOL, REQUESTER


@pytest.mark.parametrize("step", [Step.REQUEST, Step.REMINDER])
def test_a_letter_is_well_formed(step: Step) -> None:
    letter = compose(PROTOCOL, "pobi-2019", CODE, CA_MAU, REQUESTER, step, POBI)
    raw = dated(letter.raw, datetime(2020, 4, 13, 8, 31, 7, tzinfo=HANOI))
    read = message_from_bytes(raw, policy=policy.SMTP)
    assert read.defects == [] and all(not value.defects for value in read.values())
    assert raw.isascii() and max(map(len, raw.split(b"\r\n"))) <= 78
    assert read["Subject"] == letter.subject and letter.subject.endswith(f"[YC-{letter.token}]")
    assert f"[YC-{letter.token}]".encode() in raw  # unencoded too, for those who only look at the bytes
    assert read["To"].addresses[0].addr_spec == letter.rcpt == CA_MAU.request_email
    assert read["From"].addresses[0].addr_spec == REQUESTER.address
    assert read["Reply-To"].addresses[0].addr_spec == letter.mail_from == f"khao-sat+{letter.token}@prober.test"
    assert read["Message-ID"] == letter.message_id == f"<{letter.token}.{step}.pobi-2019@prober.test>"
    first = f"<{letter.token}.request.pobi-2019@prober.test>"
    assert (read["In-Reply-To"], read["References"]) == ((first, first) if step is Step.REMINDER else (None, None))
    assert read["Date"].datetime == datetime(2020, 4, 13, 8, 31, 7, tzinfo=HANOI)
    assert read.get_content_type() == "text/plain" and read.get_content_charset() == "utf-8"
    assert read.get_content().replace("\r\n", "\n") == letter.text


LONG = {
    "organisation in the text": (replace(REQUESTER, organisation="x" * 5_000), True),
    "words in the text": (replace(REQUESTER, postal_address="đường " * 1_000 + "y"), True),
    "name in headers": (replace(REQUESTER, name="Nguyễn " * 100 + "z"), True),
    "more than a letter holds": (replace(REQUESTER, organisation="x" * 30_000), False),
}


@pytest.mark.parametrize("case", LONG)
def test_long_values_are_folded_or_refused(case: str) -> None:
    requester, carried = LONG[case]
    if not carried:
        with pytest.raises(ProtocolError, match="longer than"):
            compose(PROTOCOL, "w", CODE, CA_MAU, requester, Step.REQUEST, POBI)
        return
    raw = compose(PROTOCOL, "w", CODE, CA_MAU, requester, Step.REQUEST, POBI).raw
    assert max(map(len, raw.split(b"\r\n"))) <= 78


ADDRESSES = {
    "sotaichinh@camau.gov.test": True,
    "foia/pa@agency.test": True,  # odd but valid
    "a@b.test,c@d.test": False,
    "a@b.test c@d.test": False,
    "Sở <a@b.test>": False,
    "<a@b.test>": False,
    "a@b.test>": False,
    "a": False,
    "@b.test": False,
    "a@": False,
    "": False,
    "sở@camau.test": False,
    "a@b.test (c)": False,
    f"{'a' * 250}@b.test": False,
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_one_plain_address(address: str) -> None:
    assert (address_fault(address) == "") == ADDRESSES[address]


@settings(max_examples=60)
@given(st.text(max_size=120), st.text(max_size=60))
def test_any_name_is_carried_exactly_or_refused(organisation: str, name: str) -> None:
    """What `assemble` returns always reads back as it was meant; everything else is a ProtocolError."""
    requester = replace(REQUESTER, organisation=organisation, name=name)
    try:
        letter = compose(PROTOCOL, "w", CODE, CA_MAU, requester, Step.REQUEST, POBI)
    except ProtocolError:
        return
    read = message_from_bytes(letter.raw, policy=policy.SMTP)
    assert read.get_content().replace("\r\n", "\n") == letter.text
    assert sorted(read.keys()) == sorted(
        ["From", "To", "Reply-To", "Subject", "Message-ID", "MIME-Version", "Content-Type",
         "Content-Transfer-Encoding", "Content-Language"]
    )  # fmt: skip
