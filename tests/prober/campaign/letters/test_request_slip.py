"""The request slips: filled, read back by strict readers, and refused where paper would not show what was meant."""

import base64
import unicodedata
import zipfile
from dataclasses import replace
from email import message_from_bytes, policy
from io import BytesIO

import pypdf
import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.campaign.letters import identity_number
from prober.campaign.letters.compose import Requester, compose
from prober.campaign.letters.mime import MOST_BYTES, enclosures
from prober.campaign.letters.request_slip import FORMS, NATION, Filled, fill
from prober.campaign.letters.slip_docx import ON_PDF, docx
from prober.campaign.letters.slip_pdf import pdf
from prober.domain.correspondence import Letter, Step
from prober.errors import ProtocolError
from tests.prober.campaign.example import CA_MAU, PROTOCOL

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
    return compose(replace(WITH_SLIP, identity=number), "w", CA_MAU, requester, Step.REQUEST)


@pytest.mark.parametrize("name", SLIPS)
def test_both_files_say_everything(name: str) -> None:
    form = fill(name, filled(name))
    for text in (pdf_text(pdf(form)), docx_text(docx(form))):
        for words in (
            *NATION, "PHIẾU YÊU CẦU CUNG CẤP THÔNG TIN", f"Mẫu số {name}", "13/2018/NĐ-CP",
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


def test_the_word_processors_file_holds_nothing_but_the_slip() -> None:
    with zipfile.ZipFile(BytesIO(docx(fill("01a", FILLED)))) as file:
        assert file.testzip() is None
        assert {item.date_time for item in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert sorted(item.filename for item in file.infolist()) == [
            "[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels", "word/document.xml",
            "word/settings.xml", "word/styles.xml",
        ]  # fmt: skip


@pytest.mark.parametrize("field", ["address", "phone", "organisation"])
def test_what_is_not_known_is_a_dotted_line(field: str) -> None:
    name = "01b" if field == "organisation" else "01a"
    value = getattr(FILLED, field)
    empty = pdf_text(pdf(fill(name, replace(filled(name), **{field: ""}))))
    full = pdf_text(pdf(fill(name, filled(name))))
    assert value in full and value not in empty
    assert empty.count("......") > full.count("......")


def test_long_values_stay_on_the_paper() -> None:
    long = replace(FILLED, purpose="nghiên cứu " * 400, address="x" * 500)
    reader = pypdf.PdfReader(BytesIO(pdf(fill("01a", long))), strict=True)
    assert len(reader.pages) > 1
    places: list[float] = []
    for page in reader.pages:
        page.extract_text(visitor_text=lambda text, cm, tm, font, size: places.append(tm[5]) if text.strip() else None)
    assert min(places) >= 40  # the lower margin
    assert flat(pdf_text(pdf(fill("01a", long)))).count("nghiên cứu") >= 400
    assert pdf_text(pdf(fill("01a", long))).replace(" ", "").count("x" * 500) == 1


UNSHOWABLE = {"Chinese": "張", "emoji": "🙂", "Thai": "ก"}


@pytest.mark.parametrize("case", UNSHOWABLE)
def test_a_character_that_paper_cannot_show_is_refused(case: str) -> None:
    with pytest.raises(ProtocolError, match="form 01a cannot show the character U"):
        composed(requester=replace(CITIZEN, name=f"Nguyễn {UNSHOWABLE[case]}"))


def test_every_vietnamese_letter_can_be_shown() -> None:
    marks = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    letters = "".join(
        unicodedata.normalize("NFC", f"{base}{mark}") for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for mark in marks
    )
    text = pdf_text(pdf(fill("01a", replace(FILLED, purpose=f"{letters}đĐ"))))
    assert all(letter in text for letter in letters)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.text(alphabet="_aăạ\\()% ", max_size=200))
def test_any_value_is_shown_or_refused(name: str, address: str) -> None:
    try:
        letter = composed(requester=replace(CITIZEN, name=name, postal_address=address))
    except ProtocolError:
        return
    assert identity_number.awaits(letter.raw)
    paper, text = enclosures(letter.raw)
    assert flat(address) in docx_text(text.data)
    assert "".join(address.split()) in "".join(pdf_text(paper.data).split())


WRONG_REQUESTERS = {
    "01a for an organisation": ("01a", replace(CITIZEN, citizen=False), "form 01a is the slip of a citizen"),
    "01b for a citizen": ("01b", CITIZEN, "form 01b is the slip of an organisation"),
}


@pytest.mark.parametrize("case", WRONG_REQUESTERS)
def test_a_slip_is_for_those_it_is_made_for(case: str) -> None:
    form, requester, message = WRONG_REQUESTERS[case]
    with pytest.raises(ProtocolError, match=message):
        compose(replace(PROTOCOL, form=form), "w", CA_MAU, requester, Step.REQUEST)


def test_an_organisation_that_names_nobody_leaves_the_line_of_its_representative_open() -> None:
    requester = replace(CITIZEN, citizen=False, organisation="")
    text = pdf_text(slip(compose(replace(PROTOCOL, form="01b"), "w", CA_MAU, requester, Step.REQUEST)))
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
    reminder = compose(WITH_SLIP, "w", CA_MAU, CITIZEN, Step.REMINDER)
    assert enclosures(reminder.raw) == () and "Mẫu số" not in reminder.text
    assert "Mẫu số" not in compose(PROTOCOL, "w", CA_MAU, CITIZEN, Step.REQUEST).text


def test_a_letter_with_a_slip_is_well_formed_and_small() -> None:
    letter = compose(replace(WITH_SLIP, language="vi+en"), "w", CA_MAU, CITIZEN, Step.REQUEST)
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


def test_the_number_is_written_on_the_pdf_and_nothing_else_moves() -> None:
    letter = composed()
    assert identity_number.awaits(letter.raw)
    sent = identity_number.inscribe(letter.raw, NUMBER)
    assert identity_number.inscribe(letter.raw, NUMBER) == sent  # a second attempt carries the same bytes
    assert len(sent) == len(letter.raw)
    before, after = enclosures(letter.raw), enclosures(sent)
    assert NUMBER in pdf_text(after[0].data) and NUMBER not in pdf_text(before[0].data)
    assert after[0].data.replace(NUMBER.encode(), identity_number.BLANK.encode()) == before[0].data
    assert after[1:] == before[1:] and ON_PDF in docx_text(after[1].data)
    differing = [
        pair for pair in zip(letter.raw.split(b"\r\n"), sent.split(b"\r\n"), strict=True) if len(set(pair)) > 1
    ]
    assert 1 <= len(differing) <= 2


def test_a_shorter_number_leaves_the_rest_of_its_place_empty() -> None:
    sent = identity_number.inscribe(composed().raw, "C1234567")
    assert b"(C1234567    )" in enclosures(sent)[0].data


def test_without_a_number_the_line_is_dotted() -> None:
    letter = composed(number=False)
    assert not identity_number.awaits(letter.raw) and identity_number.seam(letter.raw) is None
    assert identity_number.inscribe(letter.raw, NUMBER) == letter.raw
    assert "Hộ chiếu: ......" in pdf_text(slip(letter))
    assert ON_PDF not in docx_text(enclosures(letter.raw)[1].data)


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
    other = identity_number.inscribe(compose(WITH_SLIP, "v", CA_MAU, CITIZEN, Step.REQUEST).raw, NUMBER)
    assert found is not None
    for raw in (other, b"", found.before, found.before + b"\r\n" + found.after, base64.encodebytes(NUMBER.encode())):
        assert found.blanked(raw) == raw
