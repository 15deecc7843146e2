"""Offices of the embedded world sign their letters for real: the product's own verification, written apart, agrees."""

from datetime import datetime

import pytest

from mailroom.mime.signatures import is_signed, signatures
from prober.sandbox.mail import office_signatures
from prober.sandbox.mail.office_signatures import Habit, habit, records, sent
from tests.pobi import HANOI

AT = datetime(2020, 4, 14, 9, tzinfo=HANOI)
LETTER = (
    b"From: =?utf-8?q?S=E1=BB=9F?= <stc@x.gov.test>\r\nTo: khao-sat@prober.test,\r\n nhom@prober.test\r\n"
    b"Subject: Tra  loi\r\nDate: Tue, 14 Apr 2020 09:00:00 +0700\r\nMessage-ID: <a@x.gov.test>\r\n\r\n"
    b"So  gui.  \r\n\r\n"
)
FOUND = {
    Habit(): "",
    Habit(relaxed=False): "",
    Habit(selector=office_signatures.REVOKED): "signature_key_revoked",
    Habit(after=office_signatures._with_zone): "signature_headers_changed",
    None: None,
}


def domain_of(wanted: Habit | None) -> str:
    return next(name for name in (f"p{n}.gov.test" for n in range(200)) if habit(name) == wanted)


@pytest.mark.parametrize("wanted", FOUND, ids=["relaxed", "simple", "revoked", "changed", "unsigned"])
@pytest.mark.parametrize("body", [b"", b"\r\n", b"a\r\n.\r\n \t \r\n"], ids=["none", "line", "blanks"])
def test_letters_are_signed_as_the_domain_is_used_to(wanted: Habit | None, body: bytes) -> None:
    domain = domain_of(wanted)
    letter = LETTER.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body if body else LETTER
    raw = sent(letter, domain, AT, 7)
    assert raw == sent(letter, domain, AT, 7)  # the same world writes the same bytes
    found = signatures(raw, dict(records(domain, 7)), AT)
    assert [one.reason for one in found] == ([] if FOUND[wanted] is None else [FOUND[wanted]])
    assert is_signed(raw) == (wanted is not None)


def test_another_world_has_another_key() -> None:
    domain = domain_of(Habit())
    (found,) = signatures(sent(LETTER, domain, AT, 7), dict(records(domain, 8)), AT)
    assert found.reason == "signature_headers_changed"
