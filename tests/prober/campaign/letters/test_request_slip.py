"""The request slips: filled, read back by strict readers, and refused where paper would not show what was meant."""

import base64
from dataclasses import replace
from email import message_from_bytes, policy
from io import BytesIO

import pypdf
import pytest
from docx import Document

from prober.campaign.letters import identity_number
from prober.campaign.letters.compose import Requester, compose
from prober.campaign.letters.mime import MOST_BYTES, enclosures
from prober.campaign.letters.request_slip import FORMS, Filled, fill
from prober.campaign.letters.slip_docx import docx
from prober.campaign.letters.slip_pdf import pdf
from prober.domain.correspondence import Letter, Step
from prober.errors import ProtocolError
from tests.pobi import POBI
from tests.prober.campaign.example import CA_MAU, CODE, PROTOCOL

FILLED = Filled(
    agency="Sở Tài chính tỉnh Thừa Thiên Huế",
    name="Nguyễn Thị Thử Nghiệm",
    organisation="Viện Thử Nghiệm (mô phỏng)",
    address="Số 1, phố Thử Nghiệm, quận Hoàn Kiếm, Hà Nội",
    phone="024 0000 0000",
    email="nguyen@prober.test",
    purpose=PROTOCOL.purpose,
    documents=tuple(document.name for document in PROTOCOL.documents),
    token="abcdefghij",
    identity=True,
)
CITIZEN = Requester(FILLED.name, FILLED.email, "", FILLED.address, FILLED.phone, citizen=True)
WITH_SLIP = replace(PROTOCOL, form="01a", identity=True)
NUMBER = "001099012345"
SLIPS = [name for name in FORMS if name != "none"]


def filled(name: str) -> Filled:
    return FILLED if name == "01a" else replace(FILLED, identity=False)


def flat(text: str) -> str:
    """Without line breaks, which paper puts where it needs them."""
    return " ".join(text.split())


def pdf_text(data: bytes) -> str:
    reader = pypdf.PdfReader(BytesIO(data), strict=True)
    return flat(" ".join(page.extract_text() for page in reader.pages))


def docx_text(data: bytes) -> str:
    return flat(" ".join(paragraph.text for paragraph in Document(BytesIO(data)).paragraphs))


def slip(letter: Letter) -> bytes:
    return enclosures(letter.raw)[0].data


def composed(number: bool = True, requester: Requester = CITIZEN) -> Letter:
    return compose(replace(WITH_SLIP, identity=number), "w", CODE, CA_MAU, requester, Step.REQUEST, POBI)


@pytest.mark.parametrize("name", SLIPS)
def test_both_files_say_everything(name: str) -> None:
    form = fill(name, filled(name))
    for text in (pdf_text(pdf(form)), docx_text(docx(form))):
        for words in (
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc",
            "PHIẾU YÊU CẦU CUNG CẤP THÔNG TIN", f"Mẫu số {name}", "13/2018/NĐ-CP",
            f"Kính gửi: {FILLED.agency}", FILLED.name, FILLED.address, FILLED.phone, FILLED.email, FILLED.purpose,
            *FILLED.documents, "NGƯỜI YÊU CẦU" if name == "01a" else "ĐẠI DIỆN TỔ CHỨC", "[YC-abcdefghij]",
        ):  # fmt: skip
            assert words in text
    assert (FILLED.organisation in pdf_text(pdf(form))) == (name == "01b")


@pytest.mark.parametrize("name", SLIPS)
def test_rows_are_numbered_in_order_and_every_field_exists(name: str) -> None:
    rows = fill(name, filled(name)).rows
    numbers = [int(row.label.partition(".")[0]) for row in rows if row.label[:1].isdigit()]
    assert numbers == list(range(1, {"01a": 12, "01b": 11}[name]))
    assert [row.label for row in rows if row.label in ("a)", "b)", "c)")] == ["a)", "b)", "c)"]


# What article 24.2 wants on a slip, in its words → the label or value that has it. On 01b the numbers of the citizens
# stand in the list that article 4.2 of the decree wants with it.
ARTICLE_24_2 = {
    "Họ, tên": "Họ, tên người yêu cầu", "nơi cư trú, địa chỉ": "Nơi cư trú", "số chứng minh nhân dân": "CMND",
    "thẻ căn cước công dân": "CCCD", "số hộ chiếu": "Hộ chiếu", "số fax": "Fax", "điện thoại": "Số điện thoại",
    "địa chỉ thư điện tử": "E-mail", "Thông tin được yêu cầu cung cấp": "Thông tin được yêu cầu cung cấp",
    "chỉ rõ tên văn bản, hồ sơ, tài liệu": "tên văn bản, hồ sơ, tài liệu",
    "Hình thức cung cấp thông tin": "Hình thức nhận thông tin",
    "Lý do, mục đích yêu cầu cung cấp thông tin": "Mục đích yêu cầu cung cấp thông tin",
}  # fmt: skip
ON_01B = {"Họ, tên người yêu cầu": "danh sách người yêu cầu", "Nơi cư trú": "Địa chỉ", **dict.fromkeys(
    ("CMND", "CCCD", "Hộ chiếu"), "danh sách người yêu cầu"
)}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_has_every_field_that_the_law_names(name: str) -> None:
    text = pdf_text(pdf(fill(name, filled(name))))
    labels = [ON_01B.get(label, label) if name == "01b" else label for label in ARTICLE_24_2.values()]
    assert [label for label in labels if label not in text] == []


@pytest.mark.parametrize("name", SLIPS)
def test_the_same_slip_is_the_same_bytes(name: str) -> None:
    form = fill(name, filled(name))
    assert pdf(form) == pdf(form) and docx(form) == docx(form)
    other = fill(name, replace(filled(name), token="kmnpqrstuv"))
    assert pdf(other) != pdf(form) and docx(other) != docx(form)


@pytest.mark.parametrize("field", ["address", "phone", "organisation"])
def test_what_is_not_known_is_a_dotted_line(field: str) -> None:
    name = "01b" if field == "organisation" else "01a"
    value = getattr(FILLED, field)
    empty = pdf_text(pdf(fill(name, replace(filled(name), **{field: ""}))))
    full = pdf_text(pdf(fill(name, filled(name))))
    assert value in full and value not in empty
    assert empty.count("......") > full.count("......")


WRONG_REQUESTERS = {
    "01a for an organisation": ("01a", replace(CITIZEN, citizen=False), "form 01a is the slip of a citizen"),
    "01b for a citizen": ("01b", CITIZEN, "form 01b is the slip of an organisation"),
}


@pytest.mark.parametrize("case", WRONG_REQUESTERS)
def test_a_slip_is_for_those_it_is_made_for(case: str) -> None:
    form, requester, message = WRONG_REQUESTERS[case]
    with pytest.raises(ProtocolError, match=message):
        compose(replace(PROTOCOL, form=form), "w", CODE, CA_MAU, requester, Step.REQUEST, POBI)


def test_an_organisation_that_names_nobody_leaves_the_line_of_its_representative_open() -> None:
    requester = replace(CITIZEN, citizen=False, organisation="")
    text = pdf_text(slip(compose(replace(PROTOCOL, form="01b"), "w", CODE, CA_MAU, requester, Step.REQUEST, POBI)))
    assert f"1. Tên tổ chức, đoàn thể, doanh nghiệp: {CITIZEN.name}" in text
    assert "2. Họ, tên người đại diện: ......" in text and text.count(CITIZEN.name) == 1


def test_only_the_request_encloses_the_slip_and_says_so() -> None:
    request = composed()
    assert [(item.name, item.media_type) for item in enclosures(request.raw)] == [
        (f"phieu-yeu-cau-01a-{request.token}.pdf", "application/pdf"),
        (
            f"phieu-yeu-cau-01a-{request.token}.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ]
    assert "Mẫu số 01a" in request.text
    reminder = compose(WITH_SLIP, "w", CODE, CA_MAU, CITIZEN, Step.REMINDER, POBI)
    assert enclosures(reminder.raw) == () and "Mẫu số" not in reminder.text
    assert "Mẫu số" not in compose(PROTOCOL, "w", CODE, CA_MAU, CITIZEN, Step.REQUEST, POBI).text


def test_a_letter_with_a_slip_is_well_formed_and_small() -> None:
    letter = compose(replace(WITH_SLIP, language="vi+en"), "w", CODE, CA_MAU, CITIZEN, Step.REQUEST, POBI)
    read = message_from_bytes(letter.raw, policy=policy.SMTP)
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/mixed", "text/plain", "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ]  # fmt: skip
    assert all(not part.defects and all(not value.defects for value in part.values()) for part in read.walk())
    assert max(map(len, letter.raw.split(b"\r\n"))) <= 78
    assert len(letter.raw) < MOST_BYTES and letter.raw.isascii()
    text = next(part for part in read.walk() if part.get_content_type() == "text/plain")
    assert text.get_content().replace("\r\n", "\n") == letter.text
    assert text["Content-Language"] == "vi, en"


# --- the number of the identity paper


NUMBERS = {
    "001099012345": True, "012345678": True, "C1234567": True, "AB123456": True, "": False, "12": False,
    "00109901234": False, "0010990123456": False, "001 099 012 345": False, "c1234567": False, "٠٠١٠٩٩٠١٢٣٤٥": False,
    "1234) Tj ET\n": False,
}  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS, ids=ascii)
def test_numbers(number: str) -> None:
    assert (identity_number.number_fault(number) == "") == NUMBERS[number]
    if not NUMBERS[number]:
        with pytest.raises(ValueError, match="nor a passport number") as found:
            identity_number.inscribe(composed().raw, number)
        assert len(number) < 3 or number not in str(found.value)


def test_a_value_that_looks_like_the_place_of_the_number_cannot_take_it() -> None:
    letter = composed(requester=replace(CITIZEN, postal_address=f"Số {identity_number.BLANK}"))
    sent = enclosures(identity_number.inscribe(letter.raw, NUMBER))[0].data
    assert sent.count(NUMBER.encode()) == 1 and f"Số {identity_number.BLANK}" in pdf_text(sent)
    with pytest.raises(ProtocolError, match="marks the place of the number"):  # it also stands, readable, as author
        composed(requester=replace(CITIZEN, name=f"Ông {identity_number.BLANK}"))


def returned(sent: bytes, ending: bytes = b"\r\n") -> dict[str, bytes]:
    """What servers make of a letter on its way back."""
    bounce = b"From: mailer@x.test\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    return {
        "own copy": b"Return-Path: <x@y.test>\r\nReceived: by x.test\r\n" + sent,
        "Unix line ends": sent.replace(b"\r\n", b"\n"),
        "whole in a bounce": bounce + b"Content-Type: message/rfc822\r\n\r\n" + sent + b"\r\n--b--\r\n",
    }


@pytest.mark.parametrize("way", returned(b""))
def test_what_comes_back_is_blanked(way: str) -> None:
    letter = composed()
    found = identity_number.seam(letter.raw)
    assert found is not None
    with_number, as_approved = returned(identity_number.inscribe(letter.raw, NUMBER))[way], returned(letter.raw)[way]
    assert with_number != as_approved
    assert found.blanked(with_number) == as_approved
    assert found.blanked(as_approved) == as_approved


def test_other_mail_is_left_as_it_came() -> None:
    found = identity_number.seam(composed().raw)
    other = identity_number.inscribe(
        compose(WITH_SLIP, "v", CODE[::-1], CA_MAU, CITIZEN, Step.REQUEST, POBI).raw, NUMBER
    )
    assert found is not None
    for raw in (other, b"", found.before, found.before + b"\r\n" + found.after, base64.encodebytes(NUMBER.encode())):
        assert found.blanked(raw) == raw
