"""DKIM signatures of mail that came: which hold, which do not and why, by keys that were kept, within limits."""

import base64
import re
import time
from datetime import UTC, datetime

import dkim as library
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.mime.signatures import MOST, Keys, is_signed, places, result_of, signatures
from prober.domain.correspondence import Signature

AT = datetime(2020, 4, 14, 9, tzinfo=UTC)
PLACE = "k1._domainkey.camau.gov.test"
LETTER = (
    b"From: stc@camau.gov.test\r\nTo: khao-sat@prober.test\r\nSubject: Tra loi\r\nDate: Tue, 14 Apr 2020 09:00:00 +0700"
    b"\r\n\r\nSo  Tai chinh gui du toan. \r\n\r\n\r\n"
)
# RFC 8463, appendix A: one message with an Ed25519 and an RSA signature, and their keys.
BOTH = """DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace("\n", "\r\n").encode()
BOTH_KEYS = {
    "brisbane._domainkey.football.example.com": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "test._domainkey.football.example.com": (
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/"
        "J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryO"
        "TIKT+l/K4w3QIDAQAB"
    ),
}


def key(bits: int) -> tuple[bytes, str]:
    """A private key in PEM, and the record of its public half."""
    made = rsa.generate_private_key(65537, bits)
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = made.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


@pytest.fixture(scope="module")
def pair() -> tuple[bytes, str]:
    return key(2048)


def signed(pem: bytes, letter: bytes = LETTER, **options: object) -> bytes:
    return bytes(library.DKIM(letter).sign(b"k1", b"camau.gov.test", pem, **options)) + letter


def one(raw: bytes, keys: Keys, at: datetime = AT) -> Signature:
    (found,) = signatures(raw, keys, at)
    return found


@pytest.mark.parametrize("form", [(b"simple", b"simple"), (b"relaxed", b"relaxed"), (b"relaxed", b"simple")])
def test_a_signature_holds_by_a_key_that_was_kept_and_breaks_with_any_change(
    pair: tuple[bytes, str], form: tuple[bytes, bytes]
) -> None:
    pem, record = pair
    raw = signed(pem, canonicalize=form)
    assert places(raw, AT) == [PLACE]
    assert one(raw, {PLACE: record}) == Signature("camau.gov.test", "k1", "rsa-sha256", "pass", key=record)
    for before, after, reason in (
        (b"du toan", b"du thao", "signature_body_changed"),
        (b"Subject: Tra", b"Subject: Fra", "signature_headers_changed"),
        (b"\r\n\r\n\r\n", b"\r\nthem\r\n", "signature_body_changed"),
    ):
        assert one(raw.replace(before, after), {PLACE: record}).reason == reason
    assert one(b"From: x@evil.test\r\n" + raw, {PLACE: record}).reason == "signature_headers_changed"
    blanks = raw.replace(b"So  Tai", b"So Tai")  # what relays do on the way
    assert one(blanks, {PLACE: record}).result == ("pass" if form[1] == b"relaxed" else "fail")


def test_an_unsigned_message_is_none(pair: tuple[bytes, str]) -> None:
    """A signature that stands in the text or in an enclosed letter signs nothing here."""
    enclosed = LETTER + signed(pair[0])
    for raw in (LETTER, enclosed, LETTER.replace(b"Subject: ", b"Subject: DKIM-Signature: ")):
        assert not is_signed(raw) and signatures(raw, {}, AT) == [] and result_of([]) == "none"


def test_a_key_may_be_unanswered_absent_revoked_or_unfit(pair: tuple[bytes, str]) -> None:
    raw, record = signed(pair[0]), pair[1]
    for keys, result, reason in (
        ({}, "temperror", "signature_key_unanswered"),
        ({PLACE: None}, "temperror", "signature_key_unanswered"),
        ({PLACE: ""}, "fail", "signature_key_absent"),
        ({PLACE: "v=DKIM1; k=rsa; p="}, "fail", "signature_key_revoked"),
        ({PLACE: "v=spf1 -all"}, "fail", "signature_key_unusable"),
        ({PLACE: "v=DKIM1; p=AAAA"}, "fail", "signature_key_unusable"),
        ({PLACE: record.replace("k=rsa", "k=ed25519")}, "fail", "signature_key_unusable"),
        ({PLACE: record.replace("k=rsa", "s=tlsrpt; k=rsa")}, "fail", "signature_key_unusable"),
        ({PLACE: key(2048)[1]}, "fail", "signature_headers_changed"),
    ):  # fmt: skip
        found = one(raw, keys)
        assert (found.result, found.reason, found.key) == (result, reason, keys.get(PLACE) or "")


def test_a_key_that_anybody_breaks_and_a_hash_that_anybody_forges_prove_nothing(pair: tuple[bytes, str]) -> None:
    assert one(signed(pair[0]), {PLACE: public(1000)}).reason == "signature_weak"
    old = bytes(library.DKIM(LETTER, signature_algorithm=b"rsa-sha1").sign(b"k1", b"camau.gov.test", pair[0])) + LETTER
    assert one(old, {PLACE: pair[1]}).reason == "signature_weak"


def test_a_signature_of_the_beginning_of_a_letter_does_not_cover_what_is_added(pair: tuple[bytes, str]) -> None:
    raw = signed(pair[0], length=True)
    assert b"l=" in raw
    assert one(raw, {PLACE: pair[1]}).result == "pass"
    assert one(raw + b"Sua: khong gui.\r\n", {PLACE: pair[1]}).reason == "signature_body_changed"


def test_a_signature_expires_by_the_time_at_which_the_letter_came(pair: tuple[bytes, str]) -> None:
    raw = signed(pair[0])
    expires = int(AT.timestamp()) + 60
    head = re.sub(rb"; *\r?\n? *t=\d+;", b"; x=%d;" % expires, raw, count=1)
    assert b"x=" in head
    assert one(head, {PLACE: pair[1]}).reason == "signature_headers_changed"  # not expired, and read as it is
    assert one(head, {PLACE: pair[1]}, datetime(2020, 4, 15, tzinfo=UTC)).reason == "signature_expired"


def test_the_example_of_rfc_8463() -> None:
    found = signatures(BOTH, BOTH_KEYS, AT)
    assert [(one.algorithm, one.result) for one in found] == [("ed25519-sha256", "pass"), ("rsa-sha256", "pass")]
    changed = signatures(BOTH.replace(b"dinner", b"supper"), BOTH_KEYS, AT)
    assert [one.reason for one in changed] == ["signature_headers_changed"] * 2
    assert result_of(found[:1] + changed) == "pass" and result_of(changed) == "fail"


def test_only_the_first_of_many_signatures_are_read(pair: tuple[bytes, str]) -> None:
    raw = signed(pair[0])
    head = raw[: len(raw) - len(LETTER)]
    many = b"".join(head.replace(b"s=k1", b"s=k%d" % n) for n in range(40)) + raw
    assert len(places(many, AT)) == MOST
    assert len(signatures(many, {}, AT)) == MOST


HOSTILE = {
    "blanks": lambda n: signed_with(b"c=relaxed/relaxed") + LETTER + b" " * 40 * n,
    "lines": lambda n: signed_with(b"c=relaxed/relaxed") + LETTER + b"\r\n" * 40 * n,
    "folds": lambda n: b"X-A: a\r\n" + b" a\r\n" * n + signed_with() + LETTER,
    "fields": lambda n: b"A:\r\n" * n + signed_with(h=b":".join([b"from"] * n)) + LETTER,
    "value": lambda n: signed_with(b"c= " + b" \r\n " * n + b"x") + LETTER,
    "tag": lambda n: signed_with(b"x=" + b"9" * n) + LETTER,
    "signature": lambda n: signed_with(b=b"A" + b" " * n + b"!") + LETTER,
}


def signed_with(more: bytes = b"", h: bytes = b"from", b: bytes = b"AAAA") -> bytes:
    head = b"DKIM-Signature: v=1; a=rsa-sha256; d=camau.gov.test; s=k1; bh=AAAA; h=%s; b=%s; %s\r\n"
    return head % (h, b, more) * 3


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_that_a_stranger_repeats_takes_long(name: str, pair: tuple[bytes, str]) -> None:
    for size in (500, 1000, 2000, 100_000):
        raw = HOSTILE[name](size)
        before = time.process_time()
        signatures(raw, {PLACE: pair[1]}, AT)
        assert time.process_time() - before < 1.5, (name, size)


def public(bits: int) -> str:
    """A record with an RSA key of as many bits, whose exponent is as long (PKCS #1)."""
    body = b"\x00" + b"\xff" * (bits // 8)
    number = b"\x02\x82" + len(body).to_bytes(2, "big") + body
    whole = b"\x30\x82" + (2 * len(number)).to_bytes(2, "big") + number + number
    return f"p={base64.b64encode(whole).decode()}"


@pytest.mark.parametrize("bits", [16_384, 60_000])
def test_a_key_of_enormous_numbers_is_not_used(bits: int) -> None:
    before = time.process_time()
    found = one(signed_with().splitlines(keepends=True)[0] + LETTER, {PLACE: public(bits)})
    assert found.reason == "signature_key_unusable" and time.process_time() - before < 1


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_no_damage_to_a_signature_or_a_key_raises(data: st.DataObject) -> None:
    raw, keys = bytearray(BOTH), dict(BOTH_KEYS)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, 1000))
        new = data.draw(
            st.one_of(st.binary(max_size=4), st.sampled_from([b";", b"=", b"\r\n", b"h=", b"x=-1", b"c=/"]))
        )
        raw[start : start + data.draw(st.integers(0, 20))] = new
    name = data.draw(st.sampled_from(sorted(keys)))
    place = data.draw(st.integers(0, len(keys[name])))
    keys[name] = keys[name][:place] + data.draw(st.text(max_size=4)) + keys[name][place + 1 :]
    found = signatures(bytes(raw), keys, AT)
    assert len(found) <= MOST and {one.result for one in found} <= {"pass", "fail", "temperror"}
    assert all(bool(one.reason) == (one.result != "pass") for one in found)
