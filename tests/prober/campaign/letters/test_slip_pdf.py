"""The slip on paper: everything is shown or refused, and the number stands in its place."""

import unicodedata
from dataclasses import replace
from io import BytesIO

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prober.campaign.letters import identity_number
from prober.campaign.letters.mime import enclosures
from prober.campaign.letters.request_slip import fill
from prober.campaign.letters.slip_pdf import pdf
from prober.errors import ProtocolError
from tests.prober.campaign.letters.test_request_slip import (
    CITIZEN,
    FILLED,
    NUMBER,
    composed,
    docx_text,
    flat,
    pdf_text,
    slip,
)

ON_PDF = "(ghi trên bản PDF gửi kèm)"


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


@settings(max_examples=40)
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
