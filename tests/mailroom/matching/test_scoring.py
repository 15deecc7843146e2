"""Which request does a message belong to? Codes however they were typed, addresses wherever they stand, weak signs."""

from dataclasses import replace
from datetime import date
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.matching import scoring
from mailroom.matching.authentication import dmarc
from mailroom.matching.scoring import MANY, Candidate, Sent
from mailroom.mime import parser
from prober.domain.reason import Reason
from tests.languages import ENGLISH, VIETNAMESE
from tests.mailroom.classification.test_classification_mail_cases import REQUESTS, letter
from tests.mailroom.mime.test_mime_properties import FEW as FEW_EXAMPLES

CODE = "abcdefghij"  # of the request to Cà Mau
TAGGED = f"khao-sat+{CODE}@prober.test"
CA_MAU = "2019-stc-ca-mau"
TABLE = scoring.index(REQUESTS, VIETNAMESE)


def message(text: str = "Chào", html: bool = False, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = headers.pop("sender", "nguoi.quen@khac.test"), headers.pop("to", "khao-sat@prober.test")
    mail["Subject"] = headers.pop("subject", "Thư")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text, subtype="html" if html else "plain")
    return mail


def candidates(mail: EmailMessage, requests: tuple[Sent, ...] = REQUESTS) -> list[Candidate]:
    reply = parser.parse(mail.as_bytes())
    return scoring.match(reply, scoring.index(requests, VIETNAMESE), dmarc(reply, {"mx.prober.test"}))


def belongs(mail: EmailMessage, requests: tuple[Sent, ...] = REQUESTS) -> list[tuple[str, tuple[str, ...]]]:
    return [(c.agency, tuple(reason.code for reason in c.reasons)) for c in scoring.chosen(candidates(mail, requests))]


TYPED = {
    "as printed": "[YC-abcdefghij]",
    "in capitals": "YC-ABCDEFGHIJ",
    "another dash": "YC–abcdefghij, YC — x",
    "a dash that does not break": "[YC‑abcdefghij]",
    "a minus": "YC−abcdefghij",
    "no dash": "YC abcdefghij",
    "nothing between": "(YCabcdefghij)",
    "a dot": "yc.abcdefghij.",
    "a colon": "Mã YC: abcdefghij",
    "blanks inside": "[YC-abcde fghij]",
    "blanks everywhere": "[ YC - a b c d e f g h i j ]",
    "a dash inside": "YC-abcde-fghij",
    "broken at the end of a line": "[YC-abcde\nfghij]",
    "broken in a quotation": "> Mã của yêu cầu: [YC-abcde\n> fghij]",
    "a letter too many": "YC-abcdefghij3",
    "more behind it": "YC-abcdefghij-2020/STC",
    "after the same two letters": "theo YC số YC-abcdefghij",
    "without them": "Trả lời yêu cầu mã số ABCDEFGHIJ.",
    "in the address of a quotation": f"Từ: Nhóm khảo sát [mailto:{TAGGED}]",
}


@pytest.mark.parametrize("case", TYPED)
def test_a_code_is_read_however_it_was_typed(case: str) -> None:
    signal = "quoted_tag" if "quotation" in case and ">" in TYPED[case] else "text_tag"
    assert belongs(message(TYPED[case])) == [(CA_MAU, (signal,))]
    if "\n" not in TYPED[case] and "without" not in case and "address" not in case:
        assert belongs(message(subject=f"Re: {TYPED[case]}")) == [(CA_MAU, ("subject_tag",))]


RETYPED = {"one for l": "YC-abcdefghlj", "l for i": "YC-ABCDEFGHLJ", "1 for i": "YC-abcdefgh1j", "|": "YC abcdefgh|j"}


@pytest.mark.parametrize("case", RETYPED)
def test_letters_that_look_alike_are_one_guess(case: str) -> None:
    assert belongs(message(RETYPED[case])) == [(CA_MAU, ("tag_retyped",))]
    twin = replace(REQUESTS[0], agency="2019-stc-khac", token="abcdefghlj")
    two = (REQUESTS[0], replace(twin, token="abcdefgh1j"))
    assert belongs(message("YC-abcdefghLj"), two) == []  # it may be either


NO_CODE = (
    "YC cung cấp thông tin", "YC-abcdefghi", "ABC-YC2", "YC-zzzzzzzzzz", "SAYC-ab", "YC-аbcdefghij",  # a Cyrillic а
)  # fmt: skip


@pytest.mark.parametrize("text", NO_CODE)
def test_what_is_no_code_of_a_request_is_no_sign(text: str) -> None:
    assert candidates(message(text, subject=text)) == []


@given(
    st.sampled_from(REQUESTS),
    st.text(alphabet=" .-_:#[\n", max_size=4),
    st.lists(st.text(alphabet=" -\n>", max_size=3), min_size=10, max_size=10),
    st.randoms(use_true_random=False),
)
@FEW_EXAMPLES
def test_any_typing_of_a_code_finds_its_request(asked: Sent, after: str, between: list[str], draw: object) -> None:
    letters = (draw.choice((c, c.upper())) for c in asked.token)  # type: ignore[attr-defined]
    text = f"Kính gửi, yêu cầu YC{after}" + "".join(c + gap for c, gap in zip(letters, between, strict=True))
    reply = replace(parser.parse(message().as_bytes()), text=text, full_text=text)
    assert [c.agency for c in scoring.chosen(scoring.match(reply, TABLE))] == [asked.agency]


MARKUP = (
    "<p>[YC-abcdefghij]</p>", "<p>[YC-abcde<b>fghij</b>]</p>", "<p>[YC-abcde<wbr>fghij]</p>",
    "<p>[YC-abcde&shy;fghij]</p>", "<p>[YC&#45;abcdefghij]</p>", "<p>[YC-abcde\nfghij]</p>",
    "<table><tr><td>YC</td><td>abcdefghij</td></tr></table>", "<p>YC-&nbsp;abcdefghij</p>",
    "<p>YC-<span style='color:red'>abc&#8203;defghij</span></p>",
)  # fmt: skip


@pytest.mark.parametrize("markup", MARKUP)
def test_a_code_is_read_in_html(markup: str) -> None:
    assert belongs(message(markup, html=True)) == [(CA_MAU, ("text_tag",))]


PLACES = {
    "To": {"to": f"Nhóm <{TAGGED}>"},
    "To in capitals": {"to": TAGGED.upper()},
    "Cc": {"Cc": f"x@y.test, {TAGGED}"},
    "Delivered-To": {"Delivered_To": TAGGED},
    "X-Original-To": {"X_Original_To": TAGGED},
    "Envelope-To": {"Envelope_To": f"<{TAGGED}>"},
    "of Google's routing": {"X_Gm_Original_To": TAGGED},
    "Received": {"Received": f"from a (b [192.0.2.1]) by mx.test with ESMTPS id X for <{TAGGED}>; Tue, 14 Apr 2020"},
    "Received, bare and folded": {
        "Received": f"from a.b.test by mx.test (Postfix) with ESMTP {'x' * 70} for {TAGGED}; x"
    },
    "Received, in capitals": {"Received": f"from a by mx.test id X for <{TAGGED.upper()}> (version=TLS1.3); Tue"},
}


@pytest.mark.parametrize("place", PLACES)
def test_the_address_counts_wherever_it_stands(place: str) -> None:
    assert belongs(message(**PLACES[place])) == [(CA_MAU, ("token_address",))]


@pytest.mark.parametrize("code", ["abcdefghlj", "ABCDEFGH1J", "abcdefgh|j"])
@pytest.mark.parametrize("place", ["to", "Delivered_To", "Received"])
def test_a_retyped_address_counts_too(place: str, code: str) -> None:
    address = TAGGED.replace(CODE, code)
    value = f"from a by mx.test id X for <{address}>; Tue" if place == "Received" else address
    assert belongs(message(**{place: value})) == [(CA_MAU, ("token_address_retyped",))]


SUBJECT = "Yêu cầu cung cấp thông tin ngân sách"
FREE = "stc.camau@gmail.com"


def asked(slug: str, province: str, code: str, address: str, campaign: str = "pobi-2019", day: int = 13) -> Sent:
    ids = (f"<{code}.request.{campaign}@prober.test>",)
    days = frozenset({date(2020, 4, day)})
    office = f"Sở Tài chính tỉnh {province}"
    text = letter(province, code)
    return Sent(campaign, f"2019-{slug}", code, ids, address, f"{SUBJECT} [YC-{code}]", text, days, office=office)


def of_the_committee(sent: Sent) -> Sent:
    text, office = (words.replace("Sở Tài chính", "Ủy ban nhân dân") for words in (sent.text, sent.office))
    return replace(sent, text=text, office=office)


FEW = (
    asked("stc-ca-mau", "Cà Mau", "abcdefghij", FREE),
    asked("stc-ha-giang", "Hà Giang", "wxyz234567", "stc@stc.hagiang.gov.vn"),
    asked("stc-dong-thap", "Đồng Tháp", "kmnpqrstuv", "stc@dongthap.gov.vn"),
)
WAVE = (*FEW, *(asked(f"stc-{n}", f"Số {n}", f"x{n:02}bcdefgh"[:10], f"stc@tinh{n}.gov.vn") for n in range(60)))
QUOTED = "\n".join(f"> {line}" for line in FEW[1].text.split("\n")[1:-1])  # neither the office nor the code
QUOTED_WHOLE = f"> {FEW[1].text.replace('[YC-wxyz234567]', '')}"
HEAD = "UBND TỈNH HÀ GIANG\nSỞ TÀI CHÍNH\nPhúc đáp thư ngày 13/4/2020 của Nhóm khảo sát"
DISOWNED = {"Authentication_Results": "mx.prober.test; spf=fail; dmarc=fail header.from=hagiang.gov.vn"}
AGAIN = f"Re: {SUBJECT}"

# what comes → the agency, or "" where it waits for a person
WEAK = {
    "its own address and our subject": (message(sender="stc@stc.hagiang.gov.vn", subject=AGAIN), "2019-stc-ha-giang"),
    "its own address alone": (message(sender="stc@stc.hagiang.gov.vn"), ""),
    "another office of the province, alone": (message(sender="vp@vanphong.hagiang.gov.vn"), ""),
    "another office of the province, our subject": (message(sender="vp@vanphong.hagiang.gov.vn", subject=AGAIN), ""),
    "another office of the province, subject and words": (
        message(QUOTED, sender="vp@vanphong.hagiang.gov.vn", subject=AGAIN), "2019-stc-ha-giang",
    ),
    "another province, subject and words": (message(QUOTED, sender="stc@hanoi.gov.vn", subject=AGAIN), ""),
    "a host of the same name elsewhere": (message(QUOTED, sender="stc@hagiang.gov.vn.khac.test", subject=AGAIN), ""),
    "the suffix itself": (message(QUOTED, sender="stc@gov.vn", subject=AGAIN), ""),
    "somebody's private mailbox, subject and words": (message(QUOTED, sender="an@gmail.com", subject=AGAIN), ""),
    "the private mailbox that was asked": (message(QUOTED, sender=FREE, subject=AGAIN), "2019-stc-ca-mau"),
    "a private mailbox, office and day": (message(HEAD, sender="an@gmail.com"), "2019-stc-ha-giang"),
    "a private mailbox, an office not asked": (message(HEAD.replace("HÀ GIANG", "LÀO CAI"), sender="b@gmail.com"), ""),
    "the name of an office, in a newsletter": (message("Thông báo của Sở Tài chính tỉnh Hà Giang về giá đất"), ""),
    "a letter of others to an office, copied to us": (message("Kính gửi: Sở Tài chính tỉnh Hà Giang\n\nTôi hỏi"), ""),
    "our letter to it, quoted without any code": (message(QUOTED_WHOLE), "2019-stc-ha-giang"),
    "spam under our subject": (message("Vay vốn lãi suất thấp, zalo", sender="x@shop.test", subject=AGAIN), ""),
    "disowned, its address and our subject": (message(sender="stc@stc.hagiang.gov.vn", subject=AGAIN, **DISOWNED), ""),
    "disowned, office and day": (message(HEAD, sender="stc@stc.hagiang.gov.vn", **DISOWNED), ""),
    "disowned, the code": (message("YC-wxyz234567", sender="stc@stc.hagiang.gov.vn", **DISOWNED), "2019-stc-ha-giang"),
    "one office's head from another's domain": (message(HEAD, sender="vp@dongthap.gov.vn"), ""),
}  # fmt: skip


@pytest.mark.parametrize("requests", [FEW, WAVE], ids=["of three", "of sixty-three"])
@pytest.mark.parametrize("case", WEAK)
def test_weak_signs(case: str, requests: tuple[Sent, ...]) -> None:
    mail, agency = WEAK[case]
    assert [found for found, _ in belongs(mail, requests)] == ([agency] if agency else [])


@pytest.mark.parametrize("marks", ["Trả lời: ", "TL: ", "Re[2]: Phúc đáp: Chuyển tiếp: ", "RE: "])
def test_the_marks_before_our_subject_are_those_of_mail_programs_and_of_the_study(marks: str) -> None:
    """A Vietnamese mark means nothing in a study of English letters."""
    reply = parser.parse(message(sender="stc@stc.hagiang.gov.vn", subject=f"{marks}{SUBJECT}").as_bytes())
    tables = [scoring.index(FEW, vocabulary) for vocabulary in (VIETNAMESE, ENGLISH)]
    found = [scoring.chosen(scoring.match(reply, table)) for table in tables]
    assert [c.agency for c in found[0]] == ["2019-stc-ha-giang"]
    assert bool(found[1]) == (marks == "RE: ")


def test_what_is_not_sure_is_offered_in_order() -> None:
    """Two that a message may be an answer of: the likelier one first, nobody chosen."""
    people = asked("ubnd-ha-giang", "Hà Giang", "ubnd234567", "ubnd@hagiang.gov.vn")
    both = (*FEW, of_the_committee(people))
    mail = message(sender="ubnd@hagiang.gov.vn")
    assert [(c.agency, c.score) for c in candidates(mail, both)] == [
        ("2019-ubnd-ha-giang", 0.5), ("2019-stc-ha-giang", 0.35),
    ]  # fmt: skip
    assert belongs(mail, both) == []
    disowned = candidates(message(HEAD, sender="an@hagiang.gov.vn", **DISOWNED), both)
    assert [(c.agency, c.score) for c in disowned] == [("2019-stc-ha-giang", scoring.UNSURE)]


def test_the_long_name_of_an_office_is_no_quotation_of_our_letter_to_it() -> None:
    """Eleven words that only its letter has, and any newsletter may have too."""
    people = asked("ubnd", "Bà Rịa - Vũng Tàu", "ubnd234567", "ubnd@bariavungtau.gov.vn")
    both = (*FEW, of_the_committee(people))
    mail = message("Kính gửi: Ủy ban nhân dân tỉnh Bà Rịa - Vũng Tàu\n\nCông ty chúng tôi xin chào hàng.")
    assert [(c.agency, c.score, c.reasons) for c in candidates(mail, both)] == [
        ("2019-ubnd", 0.45, (Reason("names_the_office"),))
    ]
    assert belongs(message(people.text.replace("[YC-ubnd234567]", "")), both)[0][0] == "2019-ubnd"


def test_two_campaigns_that_asked_one_office() -> None:
    """Its address and our subject say nothing of which; the code, the reference or the day of the letter does."""
    both = (*FEW, asked("stc-ha-giang", "Hà Giang", "wxyz234568", "stc@stc.hagiang.gov.vn", "pobi-2020", 20))

    def campaigns(**change: str) -> list[str]:
        text = change.pop("text", "Chào")
        found = candidates(message(text, sender="stc@stc.hagiang.gov.vn", subject=AGAIN, **change), both)
        return [c.campaign for c in scoring.chosen(found)]

    assert campaigns() == []
    assert campaigns(to="khao-sat+wxyz234568@prober.test") == ["pobi-2020"]
    assert campaigns(References="<wxyz234567.request.pobi-2019@prober.test>") == ["pobi-2019"]
    assert campaigns(text=HEAD) == ["pobi-2019"]
    assert campaigns(text="YC-wxyz234567 và YC-wxyz234568") == ["pobi-2019", "pobi-2020"]


def test_a_message_may_answer_several_and_a_list_of_all_answers_none() -> None:
    def tags(number: int) -> list[str]:
        text = "\n".join(f"{sent.agency}: [YC-{sent.token}]" for sent in WAVE[:number])
        return [agency for agency, _ in belongs(message(text), WAVE)]

    assert tags(2) == ["2019-stc-ca-mau", "2019-stc-ha-giang"]
    assert len(tags(MANY - 1)) == MANY - 1
    assert tags(MANY) == tags(len(WAVE)) == []
