"""What holds of each pure reader of mail whatever it is given: no exception, and what was written comes back."""

from base64 import b64encode
from email.message import EmailMessage
from quopri import encodestring

from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.classification import kept_facts
from mailroom.classification.bounces import delivery_reports, permanence
from mailroom.classification.links_in_reply import Target, target
from mailroom.matching import scoring
from mailroom.mime import body_text, headers, html_body, parser, tnef
from mailroom.mime.decoding import base64_bytes, header_text
from prober.domain.correspondence import Reply
from tests.languages import VI, VIETNAMESE

FEW = settings(max_examples=60)
written = st.text("abc ĐđếờữƠ.,-", min_size=1, max_size=60).map(lambda text: " ".join(text.split())).filter(bool)
local_parts = st.from_regex(r"[a-z][a-z0-9.+_-]{0,18}[a-z0-9]", fullmatch=True).filter(lambda part: ".." not in part)
mail_addresses = st.builds("{}@{}.gov.test".format, local_parts, st.sampled_from(["camau", "stc.ha-giang", "so1"]))


@given(written, st.integers(1, 12), st.sampled_from("bqBQ"))
@FEW
def test_a_subject_is_read_back_wherever_its_words_were_cut(text: str, size: int, kind: str) -> None:
    """Senders cut encoded words inside a letter of two or three bytes."""
    raw = text.encode()
    pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
    coded = [
        b64encode(piece).decode() if kind in "bB" else encodestring(piece, header=True).decode().replace("?", "=3F")
        for piece in pieces
    ]
    folded = "\n ".join(f"=?utf-8?{kind}?{word}?=" for word in coded)
    assert header_text(folded) == text


@given(st.binary(max_size=200), st.sampled_from(["\n", "\r\n", "", " \n", "!\n"]), st.integers(1, 76), st.booleans())
@FEW
def test_base64_is_read_back_however_its_lines_end(data: bytes, end: str, width: int, padded: bool) -> None:
    coded = b64encode(data).decode()
    coded = coded if padded else coded.rstrip("=")
    lines = (coded[at : at + width] + end for at in range(0, len(coded), width))
    assert base64_bytes("".join(lines).encode()) == data


@given(st.text(max_size=200))
@FEW
def test_any_header_is_one_line_of_text(raw: str) -> None:
    read = header_text(raw)
    assert "\n" not in read
    assert read == " ".join(read.split())


@given(mail_addresses, written, st.sampled_from(["{}", "<{}>", '"{name}" <{}>', "{name} <{}>", "({name}) {}", "'{}'"]))
@FEW
def test_an_address_is_found_however_it_is_dressed(address: str, name: str, dress: str) -> None:
    value = dress.format(address, name=name.replace(",", ""))
    assert headers.recipients((("To", value),)) == (address,)
    assert headers.sender((("From", value),))[0] == address


@given(
    mail_addresses, st.sampled_from(["a@b.test <{}>", "a@b.test<{}>", "So a@b.test\n <{}>", "a@b.test <{}>, c@d.test"])
)
@FEW
def test_the_sender_stands_in_the_brackets_and_not_in_its_name(address: str, dress: str) -> None:
    found, name = headers.sender((("From", dress.format(address)),))
    assert found == address
    assert "a@b.test" in name


@given(st.text(max_size=200))
@FEW
def test_addresses_are_clean_once_and_for_all(value: str) -> None:
    found = headers.recipients((("Cc", value),))
    assert len(set(found)) == len(found)
    assert all(address == address.lower() and "@" in address for address in found)
    assert headers.untagged(headers.untagged(value)) == headers.untagged(value)


@given(st.lists(mail_addresses, max_size=5), st.text(" \n;,x", max_size=5))
@FEW
def test_message_ids_are_found_once_in_order(ids: list[str], between: str) -> None:
    assert headers.message_ids(between.join(f"<{each}>" for each in ids)) == tuple(dict.fromkeys(f"<{i}>" for i in ids))


@given(
    st.text(max_size=300), st.lists(st.sampled_from(["<div>", "<p>", "<a href='", "'>", "</", "<!--", "<table><tr>"]))
)
@FEW
def test_any_markup_has_a_text_and_links(text: str, tags: list[str]) -> None:
    visible, links = html_body.html_text("".join(tag + text for tag in tags))
    assert not visible or visible.strip()
    assert all(target(link, VI) in Target for link in (*links, *body_text.plain_links(text), text))


@given(st.lists(st.lists(st.text("abcđế", min_size=1, max_size=12), min_size=1, max_size=12), min_size=1, max_size=4))
@FEW
def test_flowed_paragraphs_are_joined_again(paragraphs: list[list[str]]) -> None:
    flowed = "\n".join(" \n".join(words) for words in paragraphs)
    assert body_text.unflow(flowed, delsp=False) == "\n".join(" ".join(words) for words in paragraphs)
    assert body_text.unflow(flowed, delsp=True) == "\n".join("".join(words) for words in paragraphs)


@given(st.binary(max_size=300))
@FEW
def test_any_tnef_is_unwrapped_or_opaque(data: bytes) -> None:
    for blob in (data, b"\x78\x9f\x3e\x22" + data):
        contents = tnef.unwrap(blob, tnef.RichTexts())
        assert contents.whole or not contents.files or all(name for name, _ in contents.files)


STATUSES = st.one_of(st.just(""), st.from_regex(r"[245]\.[0-9]{1,2}\.[0-9]{1,3}", fullmatch=True))


@given(STATUSES, st.text(max_size=200), st.sampled_from(["", "failed", "delayed", "relayed"]), st.booleans())
@FEW
def test_every_failure_has_one_of_three_hardnesses(status: str, diagnostic: str, action: str, late: bool) -> None:
    said = permanence.judge(status, diagnostic, action, late)
    positive = action == "relayed" or status.startswith("2.")
    assert said in ({permanence.DELIVERED} if positive else {permanence.DEAD, permanence.TEMPORARY, permanence.BLOCKED})


def report(recipients: list[tuple[str, str]]) -> bytes:
    blocks = "\n\n".join(f"Final-Recipient: rfc822; {a}\nAction: failed\nStatus: {status}" for a, status in recipients)
    return (
        "From: MAILER-DAEMON@mx.test\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n{blocks}\n--b--\n"
    ).encode()


@given(st.lists(st.tuples(mail_addresses, st.sampled_from(["5.1.1", "4.2.2", "5.7.1"])), min_size=1, max_size=6))
@FEW
def test_a_report_gives_each_recipient_its_status(recipients: list[tuple[str, str]]) -> None:
    found = [(entry.address, entry.status) for entry in delivery_reports.examine(parser.parse(report(recipients)))]
    assert found == list(dict.fromkeys(recipients))


@given(st.text(max_size=300), st.text(max_size=60))
@FEW
def test_what_a_person_writes_is_no_report(text: str, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["Return-Path"] = "nv@camau.gov.test", "<nv@camau.gov.test>"
    message["Subject"] = " ".join(subject.split())
    message.set_content(f"{text}\nstc@camau.gov.test: 550 5.1.1 undeliverable, user unknown", charset="utf-8")
    reply = parser.parse(message.as_bytes())
    assert delivery_reports.examine(reply) == []
    assert kept_facts.read(reply, VI) == kept_facts.read(reply, VI)


REQUESTS = tuple(
    scoring.Sent("w", f"2019-stc-{slug}", token, (f"<{token}@prober.test>",), f"stc@{slug}.gov.test", "", "")
    for slug, token in (("ca-mau", "abcdefgh1o"), ("ha-giang", "wxyz234567"))
)


@given(st.text(max_size=100), st.sampled_from(REQUESTS), st.sampled_from(["1o", "l0", "lo", "I0"]))
@FEW
def test_a_token_is_found_in_any_text_also_retyped(text: str, asked: scoring.Sent, ending: str) -> None:
    token = asked.token.removesuffix("1o") + (ending if asked.token.endswith("1o") else "")
    words = f"{text}\n[YC-{token}]\n{text}"
    reply = Reply("", "", "", "", "", (), (), None, words, words, False, (), (), (), ())
    assert [
        candidate.agency for candidate in scoring.chosen(scoring.match(reply, scoring.index(REQUESTS, VIETNAMESE)))
    ] == [asked.agency]
