"""Letters: what they must say, what nothing can put into them, and templates without a gap."""

import re
from dataclasses import fields, replace
from datetime import date
from email import message_from_bytes, policy

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from jinja2.exceptions import SecurityError

from prober.campaign.letters.compose import (
    ENVIRONMENT,
    MOST_TEXT,
    Fields,
    compose,
    fields_of,
    merge,
    render,
)
from prober.campaign.protocol import parse
from prober.domain.correspondence import Step
from prober.errors import ProtocolError
from prober.studies.letter_files import MERGE_FIELDS
from tests.pobi import POBI
from tests.prober.campaign.example import CA_MAU, CODE, OWN_TEXT, PROTOCOL, REQUESTER


def test_a_letter_says_what_it_must() -> None:
    text = compose(PROTOCOL, "pobi-2019", CODE, CA_MAU, REQUESTER, Step.REQUEST, POBI).text
    for words in (
        "Kính gửi: Sở Tài chính tỉnh Cà Mau", "Luật Tiếp cận thông tin số 104/2016/QH13", "sẽ được công bố",
        "Hình thức cung cấp", "Mục đích sử dụng", REQUESTER.postal_address, REQUESTER.phone, PROTOCOL.purpose,
        *(document.name for document in PROTOCOL.documents),
    ):  # fmt: skip
        assert words in text
    english = render(PROTOCOL, CODE, CA_MAU, REQUESTER, Step.REQUEST, "en", POBI)
    assert all(document.name_en in english for document in PROTOCOL.documents)


def test_an_organisation_does_not_claim_a_citizens_right() -> None:
    of_citizen = render(PROTOCOL, CODE, CA_MAU, replace(REQUESTER, citizen=True), Step.REQUEST, "vi", POBI)
    assert "Tôi là" in of_citizen and "Căn cứ Luật" in of_citizen
    of_organisation = render(PROTOCOL, CODE, CA_MAU, REQUESTER, Step.REQUEST, "vi", POBI)
    assert "Chúng tôi là" in of_organisation and "Căn cứ" not in of_organisation


def test_under_the_law_of_2026_the_letter_cites_that_law() -> None:
    protocol = replace(PROTOCOL, regime="ATI-2026", first_day=date(2026, 9, 7))
    text = render(protocol, CODE, CA_MAU, REQUESTER, Step.REQUEST, "vi", POBI)
    assert "104/2016" not in text and "01 tháng 9 năm 2026" in text


def test_a_campaign_may_have_letters_in_words_of_its_own() -> None:
    own = parse(OWN_TEXT, "own.toml")
    request, reminder = (
        compose(own, "w", CODE, CA_MAU, REQUESTER, step, POBI) for step in (Step.REQUEST, Step.REMINDER)
    )
    assert request.subject == f"Đề nghị cung cấp danh mục thủ tục hành chính [YC-{CODE}]"
    assert reminder.subject == f"Nhắc lại: {request.subject}"
    assert request.text == (
        "Kính gửi: Sở Tài chính tỉnh Cà Mau\n\nChúng tôi đề nghị cung cấp danh mục thủ tục hành chính. "
        f"Mã [YC-{CODE}].\n"
    )
    assert reminder.text == "Kính gửi: Sở Tài chính tỉnh Cà Mau. Chúng tôi xin nhắc lại.\n"
    assert "the list of administrative procedures" in render(own, CODE, CA_MAU, REQUESTER, Step.REQUEST, "en", POBI)
    assert render(own, CODE, CA_MAU, REQUESTER, Step.REMINDER, "en", POBI) == ""
    assert own.letter
    gap = replace(own, letter=replace(own.letter, request="{{ nobody }}"))
    with pytest.raises(ProtocolError, match=r"\[letter\] request, 2019-stc-ca-mau: 'nobody' is undefined"):
        compose(gap, "w", CODE, CA_MAU, REQUESTER, Step.REQUEST, POBI)


HOSTILE = ("\r\nBcc: x@y.test", "\nX: y", "\r", "\x00", "\x1b[31m", "\u202e", "\u2066", "\u200b", "\u2028", "a\u0301")
FIELDS = {
    "name_vi": lambda bad: (replace(CA_MAU, name_vi=f"Sở{bad}"), REQUESTER, "w"),
    "name_en": lambda bad: (replace(CA_MAU, name_en=f"D{bad}"), REQUESTER, "w"),
    "request_email": lambda bad: (replace(CA_MAU, request_email=f"a{bad}@b.test"), REQUESTER, "w"),
    "[sender] name": lambda bad: (CA_MAU, replace(REQUESTER, name=f"N{bad}"), "w"),
    "[sender] address": lambda bad: (CA_MAU, replace(REQUESTER, address=f"n{bad}@b.test"), "w"),
    "[sender] organisation": lambda bad: (CA_MAU, replace(REQUESTER, organisation=f"O{bad}"), "w"),
    "[sender] postal_address": lambda bad: (CA_MAU, replace(REQUESTER, postal_address=f"P{bad}"), "w"),
    "[sender] phone": lambda bad: (CA_MAU, replace(REQUESTER, phone=f"0{bad}"), "w"),
    "campaign name": lambda bad: (CA_MAU, REQUESTER, f"w{bad}"),
}


@pytest.mark.parametrize("bad", HOSTILE, ids=ascii)
@pytest.mark.parametrize("field", FIELDS)
def test_no_field_can_inject_or_hide(field: str, bad: str) -> None:
    agency, requester, campaign = FIELDS[field](bad)
    with pytest.raises(ProtocolError, match=re.escape(f"{agency.id}: {field} ")):
        compose(PROTOCOL, campaign, CODE, agency, requester, Step.REQUEST, POBI)


def test_template_syntax_in_a_field_is_only_text() -> None:
    requester = replace(REQUESTER, organisation="{{ 6 * 7 }}{% for x in y %}")
    assert "{{ 6 * 7 }}{% for x in y %}" in compose(PROTOCOL, "w", CODE, CA_MAU, requester, Step.REQUEST, POBI).text


TEMPLATE_FAULTS = {
    "missing field": ("{{ nobody }}", UndefinedError, "'nobody' is undefined"),
    "missing attribute": ("{{ requester.nobody }}", UndefinedError, "no attribute 'nobody'"),
    "missing in a condition": ("{% if nobody %}x{% endif %}", UndefinedError, "'nobody' is undefined"),
    "a way out of the fields": ("{{ requester.__class__.__mro__ }}", SecurityError, "unsafe"),
    "another file": ('{% include "../../../secret" %}', TemplateNotFound, "secret"),
    "a loop without end": ("{% for n in range(10 ** 9) %}x{% endfor %}", OverflowError, "Range too big"),
    "a long loop": ("{% for n in range(99999) %}x{% endfor %}", ValueError, f"longer than {MOST_TEXT} characters"),
    "loops in loops": (
        "{% for n in range(99999) %}{% for m in range(99999) %}x{% endfor %}{% endfor %}", ValueError, "longer than",
    ),
    "calls itself": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", RecursionError, "recursion"),
}  # fmt: skip


@pytest.mark.parametrize("case", TEMPLATE_FAULTS)
def test_a_template_ends_and_leaves_nothing_out(case: str) -> None:
    source, error, message = TEMPLATE_FAULTS[case]
    with pytest.raises(error, match=re.escape(message)):
        merge(ENVIRONMENT.from_string(source), fields_of(PROTOCOL, CODE, CA_MAU, REQUESTER, POBI))


@pytest.mark.parametrize(("step", "language"), POBI.letters)
def test_every_letter_of_the_study_can_be_filled(step: str, language: str) -> None:
    for citizen, form in ((True, "none"), (True, "01a"), (False, "none"), (False, "01b")):
        protocol = replace(PROTOCOL, form=form)
        text = render(protocol, CODE, CA_MAU, replace(REQUESTER, citizen=citizen), Step(step), language, POBI)
        assert "{" not in text and "%}" not in text and "\n\n\n" not in text


def test_the_fields_that_a_study_is_checked_for_are_those_that_a_letter_gets() -> None:
    assert MERGE_FIELDS.keys() == {field.name for field in fields(Fields)}


def test_english_stands_below_the_vietnamese_text_and_says_what_it_is() -> None:
    letter = compose(replace(PROTOCOL, language="vi+en"), "w", CODE, CA_MAU, REQUESTER, Step.REQUEST, POBI)
    vietnamese, _, english = letter.text.partition(POBI.translation)
    assert vietnamese.strip() == compose(PROTOCOL, "w", CODE, CA_MAU, REQUESTER, Step.REQUEST, POBI).text.strip()
    assert english.strip() == render(PROTOCOL, CODE, CA_MAU, REQUESTER, Step.REQUEST, "en", POBI).strip()
    assert message_from_bytes(letter.raw, policy=policy.SMTP)["Content-Language"] == "vi, en"
