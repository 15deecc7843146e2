"""What our own server says of a sender: in the forms of servers, written by strangers, and damaged on purpose."""

import time

import pytest

from mailroom.matching.authentication import dmarc
from mailroom.mime import parser

OURS = "mx.gov-survey.test"
PASS = f"{OURS}; dmarc=pass header.from=camau.gov.test"

# header → state; the sender is stc@camau.gov.test
FORMS = {
    "plain": (PASS, "pass"),
    "Google": (
        f"{OURS};\n dkim=pass header.i=@camau.gov.test header.s=s1 header.b=Ab+/c;\n spf=pass (google.com: domain of "
        "stc@camau.gov.test designates 192.0.2.7 as permitted sender) smtp.mailfrom=stc@camau.gov.test;\n dmarc=pass "
        "(p=NONE sp=NONE dis=NONE) header.from=camau.gov.test", "pass",
    ),
    "Yahoo": (f"{OURS}; dkim=unknown; dmarc=pass(p=NONE) header.from=camau.gov.test;", "pass"),
    "Microsoft": (f"{OURS}; dmarc=pass action=none header.from=camau.gov.test;compauth=pass reason=100", "pass"),
    "a version": (f"{OURS} 1; dmarc/1 = pass header . from = camau.gov.test", "pass"),
    "a version that nobody knows": (f"{OURS} 2; dmarc=pass header.from=camau.gov.test", "none"),
    "quoted": (f'"{OURS}"; dmarc=pass header.from="camau.gov.test"', "pass"),
    "capitals": (PASS.upper(), "pass"),
    "nested comments": (f"(a (b \\) c)) {OURS} (x); dmarc (y) = (z) pass header.from=camau.gov.test", "pass"),
    "fail": (f"{OURS}; dmarc=fail (p=reject) header.from=camau.gov.test", "fail"),
    "no record": (f"{OURS}; dmarc=none header.from=camau.gov.test", "none"),
    "a fault": (f"{OURS}; dmarc=temperror header.from=camau.gov.test", "none"),
    "nothing checked": (f"{OURS}; none", "none"),
    "another method": (f"{OURS}; spf=pass smtp.mailfrom=a.test; xdmarc=pass header.from=camau.gov.test", "none"),
    "another domain": (f"{OURS}; dmarc=pass header.from=evil.test", "none"),
    "no domain": (f"{OURS}; dmarc=pass", "none"),
    "two results": (f"{OURS}; dmarc=pass header.from=camau.gov.test; dmarc=fail header.from=camau.gov.test", "fail"),
    "in a comment": (f"{OURS}; spf=none (; dmarc=pass header.from=camau.gov.test)", "none"),
    "in a quotation": (f'{OURS}; spf=none smtp.mailfrom="; dmarc=pass header.from=camau.gov.test"', "none"),
    "a comment left open": (f"{OURS}; dmarc=pass header.from=camau.gov.test (", "none"),
    "a quotation left open": (f'{OURS}; spf=none x="; dmarc=pass header.from=camau.gov.test', "none"),
    "another server": ("mx.evil.test; dmarc=pass header.from=camau.gov.test", "none"),
    "a server with our name inside": (f"x{OURS}; dmarc=pass header.from=camau.gov.test", "none"),
    "no server": ("dmarc=pass header.from=camau.gov.test", "none"),
    "empty": ("", "none"),
}  # fmt: skip


def state(*headers: str, sender: str = "stc@camau.gov.test", ours: frozenset[str] = frozenset({OURS})) -> str:
    head = "".join(f"Authentication-Results: {header}\n" for header in headers)
    return dmarc(parser.parse(f"{head}From: {sender}\n\nChào".encode()), ours).value


@pytest.mark.parametrize("form", FORMS)
def test_the_forms_of_servers(form: str) -> None:
    header, expected = FORMS[form]
    assert state(header) == expected


def test_only_the_topmost_header_of_our_server_is_believed() -> None:
    fail = f"{OURS}; dmarc=fail header.from=camau.gov.test"
    assert state(fail, PASS) == "fail"
    assert state("mx.provider.test; spf=pass", fail, PASS) == "fail"
    assert state("mx.evil.test; dmarc=fail header.from=camau.gov.test", PASS) == "pass"
    assert state(PASS, ours=frozenset()) == "none"  # not configured


def test_a_pass_is_for_the_domain_that_the_message_shows() -> None:
    assert state(PASS, sender='"stc@camau.gov.test" <an@evil.test>') == "none"
    assert state(PASS, sender="an@sub.camau.gov.test") == "none"
    assert state(PASS, sender="Sở Tài chính") == "none"


@pytest.mark.parametrize("piece", ["(", ")", "()", '"', "\\", ";", "a=b;", " ", "dmarc=", "(\\", '"a'])
def test_no_header_takes_long(piece: str) -> None:
    began = time.process_time()
    assert state(f"{OURS}; {piece * (60_000 // len(piece))}") == "none"
    assert state(f"{OURS}; {piece * (9_900 // len(piece))}") == "none"
    assert time.process_time() - began < 1
