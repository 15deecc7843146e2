"""What the office that is asked says of itself is not about another body, although committees pass us on to others."""

from email.message import EmailMessage

import pytest

from mailroom.classification import rules
from mailroom.classification.rules import RuleContext, classify
from mailroom.classification.sentences import as_ours, taken_for_another
from mailroom.mime.parser import parse
from prober.domain.correspondence import Event, Reply
from prober.domain.requested_documents import requested
from tests.languages import ENGLISH, VI, VIETNAMESE
from tests.pobi import POBI

COMMUNE = "Ủy ban nhân dân xã Hòa Bình"
ASKED = (requested("Danh mục thủ tục hành chính đang thực hiện tại xã", VI),)
LIST = ("danh-muc-thu-tuc-hanh-chinh.csv", "thủ tục,số ngày,lệ phí\nĐăng ký khai sinh,1,0\n")


def letter(text: str, *files: tuple[str, str]) -> Reply:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "ubnd@xa.test", "survey@institute.test", "<a@xa.test>"
    mail["Subject"] = "Re: Đề nghị cung cấp danh mục thủ tục hành chính"
    mail.set_content(text)
    for name, content in files:
        mail.add_attachment(content.encode(), maintype="text", subtype="csv", filename=name)
    return parse(mail.as_bytes())


def read_as(reply: Reply, office: str) -> Event:
    """The class of a reply of the office, as intake reads it."""
    signals = rules.signals_of(as_ours(reply, taken_for_another(office, VIETNAMESE), VIETNAMESE), VIETNAMESE)
    context = RuleContext(frozenset(), True, 3600.0, frozenset(), ASKED, vocabulary=VIETNAMESE)
    return classify(reply, [], context, signals).event


@pytest.mark.parametrize(
    "text",
    [
        "Ủy ban nhân dân xã đã nhận được thư và sẽ trả lời sau. Trân trọng.",
        "UBND xã Hòa Bình đã nhận được thư và sẽ trả lời sau. Trân trọng.",
        "Uỷ ban nhân dân xã đã nhận được thư và sẽ trả lời sau. Trân trọng.",
    ],
)
def test_what_an_office_says_of_itself_passes_us_on_to_nobody(text: str) -> None:
    assert read_as(letter(text), COMMUNE) in (Event.HUMAN_ACK, Event.EXTENSION)


def test_without_accents_it_is_no_other_body_either() -> None:
    text = "Uy ban nhan dan xa da nhan duoc thu va se tra loi sau. Tran trong."
    assert read_as(letter(text), COMMUNE) != Event.TRANSFER_AWAY == read_as(letter(text), "Sở Tài chính tỉnh Cà Mau")


def test_an_answer_with_the_list_is_an_answer() -> None:
    text = "Kính gửi Quý vị, Ủy ban nhân dân xã gửi kèm danh mục thủ tục hành chính đang thực hiện tại xã."
    assert read_as(letter(text, LIST), COMMUNE) == Event.FULL


def test_another_body_is_still_another() -> None:
    text = "Nội dung này đề nghị quý vị liên hệ Ủy ban nhân dân tỉnh để được cung cấp."
    assert read_as(letter(text), COMMUNE) == Event.TRANSFER_AWAY


def test_no_office_of_the_first_study_is_touched() -> None:
    names = {name for agency in POBI.agencies for name in (agency.name_vi, agency.name_en)}
    assert len(names) > 250 and not any(taken_for_another(name, VIETNAMESE) for name in names)


def test_a_council_is_itself() -> None:
    assert taken_for_another("Leeds City Council", ENGLISH) == ("leeds city council",)
    reply = letter("Leeds City Council has received your request.")
    assert as_ours(reply, ("leeds city council",), ENGLISH).text.startswith("our office has received")
