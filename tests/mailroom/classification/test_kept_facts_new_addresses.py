"""An office says that its address is another one now: a person is told, and no letter goes there by itself."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from mailroom.classification.kept_facts import new_addresses
from mailroom.mime import parser
from tests.languages import VI

FIXTURES = Path(__file__).parents[2] / "fixtures"


def mail(text: str, sender: str = "stc@camau.gov.test") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "khao-sat+k7m2p9x4@prober.test", "Thông báo"
    message.set_content(text)
    return message.as_bytes()


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("mail/edge-54-new-address-announced", "sotaichinh@camau.gov.test"),
        ("mail/reply-auto-address-closed", "sotaichinh@camau.gov.test"),
        ("machine/address-no-longer-in-use-en-exchange", "contact@newproject.example"),
    ],
)
def test_the_address_of_a_notice_is_found(name: str, new: str) -> None:
    assert new_addresses(parser.parse((FIXTURES / f"{name}.eml").read_bytes()), VI) == (new,)


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Từ 01/7 Sở sử dụng hộp thư mới: vanthu.stc@camau.gov.test.", ("vanthu.stc@camau.gov.test",)),
        ("Sở đã thay đổi địa chỉ email thành stc2@camau.gov.test, hỏi it@vnpt.example.",
         ("stc2@camau.gov.test", "it@vnpt.example")),
        ("Our mailbox has been moved to finance@camau.gov.test.", ("finance@camau.gov.test",)),
        ("Địa chỉ stc@camau.gov.test không còn sử dụng.", ()),  # which is new is not said
        ("Hộp thư mới, thư gửi tới khao-sat@prober.test không đến.", ()),  # ours
        ("Liên hệ hotro@camau.gov.test nếu cần hỗ trợ.", ()),
        ("Đề nghị gửi công văn tới vanthu@sokhdt.camau.gov.test.", ()),  # a referral
        ("Sở đang xây dựng dự toán mới cho năm 2021, hỏi a@camau.gov.test.", ()),
    ],
)  # fmt: skip
def test_only_a_notice_announces(text: str, new: tuple[str, ...]) -> None:
    assert new_addresses(parser.parse(mail(text)), VI) == new
