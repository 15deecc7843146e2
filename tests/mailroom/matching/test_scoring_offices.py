"""A letter without token, reference or known sender is tied to its request by the office and the day that it names."""

from datetime import date
from email.message import EmailMessage

import pytest

from mailroom.matching import scoring
from mailroom.mime import parser
from prober.domain.reason import Reason
from prober.sandbox.sites.sample_documents import docx
from prober.text.words import Vocabulary
from tests.languages import VIETNAMESE

DAY = date(2020, 4, 13)


def request(slug: str, province: str, campaign: str = "pobi-2019", day: date = DAY) -> scoring.Sent:
    text = f"Kính gửi: Sở Tài chính {province}\n\nChúng tôi đề nghị Quý cơ quan cung cấp dự toán năm 2020."
    ids = (f"<{slug}.{campaign}@prober.test>",)
    return scoring.Sent(
        campaign,
        f"2019-stc-{slug}",
        f"{slug}{campaign}",
        ids,
        f"stc@{slug}.gov.test",
        "",
        text,
        frozenset({day}),
        office=f"Sở Tài chính {province}",
    )


WAVE = tuple(
    request(*names)
    for names in (
        ("camau", "tỉnh Cà Mau"), ("hanam", "tỉnh Hà Nam"), ("danang", "thành phố Đà Nẵng"),
        ("quangnam", "tỉnh Quảng Nam"),
    )
)  # fmt: skip
HEAD = "UBND TỈNH CÀ MAU\nSỞ TÀI CHÍNH\nSố: 12/STC-QLNS\nKính gửi: Nhóm khảo sát\n"
ANSWER = "Phúc đáp thư ngày 13/4/2020 của Nhóm khảo sát, Sở có ý kiến như sau."
FOOT = "\n--- \nPhòng Ngân sách, Sở Tài chính thành phố Đà Nẵng"

# text of the mail, text of an attached letter → agency, or "" where nobody is chosen
CASES = {
    "attached letter, head and day": ("Gửi Nhóm văn bản.", f"{HEAD}{ANSWER}", "2019-stc-camau"),
    "the same in the mail": (f"{HEAD}{ANSWER}", "", "2019-stc-camau"),
    "foot of the mail and a day in words": (
        f"Sở nhận được thư của Nhóm ngày 13 tháng 4 năm 2020.{FOOT}", "", "2019-stc-danang",
    ),
    "without accents": (
        "So Tai chinh tinh Ca Mau tra loi thu ngay 13-4-2020 cua Nhom khao sat.", "", "2019-stc-camau",
    ),
    "the office alone is no proof": (f"{HEAD}Sở sẽ xem xét.", "", ""),
    "the day alone is none": (ANSWER, "", ""),
    "another day": (f"{HEAD}Phúc đáp thư ngày 14/4/2020 của Nhóm khảo sát.", "", ""),
    "an impossible day": (f"{HEAD}Phúc đáp thư ngày 31/2/2020.", "", ""),
    "passed on to the office, with a copy to us": (
        f"VĂN PHÒNG UBND TỈNH CÀ MAU\nKính gửi: Sở Tài chính tỉnh Cà Mau\n{ANSWER}", "", "2019-stc-camau",
    ),
    "two offices": (f"{HEAD}{ANSWER}\nĐồng gửi Sở Tài chính tỉnh Hà Nam", "", ""),
    "an office that was not asked": (HEAD.replace("CÀ MAU", "BẮC NINH") + ANSWER, "", ""),
}  # fmt: skip


def received(text: str, attached: str) -> scoring.Candidate | None:
    message = EmailMessage()
    message["From"], message["To"] = "nguoi.quen@gmail.test", "khao-sat@prober.test"
    message.set_content(text)
    if attached:
        kind = "vnd.openxmlformats-officedocument.wordprocessingml.document"
        message.add_attachment(docx(attached.split("\n")), "application", kind, filename="cv.docx")
    reply = parser.parse(message.as_bytes())
    chosen = scoring.chosen(scoring.match(reply, scoring.index(WAVE, VIETNAMESE)))
    return chosen[0] if len(chosen) == 1 else None


@pytest.mark.parametrize("case", CASES)
def test_a_letter_names_its_office_and_what_it_answers(case: str) -> None:
    text, attached, agency = CASES[case]
    found = received(text, attached)
    assert (found.agency if found else "") == agency
    assert found is None or Reason("answers_a_letter_of_that_day") in found.reasons


def test_two_campaigns_to_one_office_are_told_apart_by_the_day() -> None:
    later = request("camau", "tỉnh Cà Mau", "pobi-2020", date(2020, 10, 5))
    message = EmailMessage()
    message["From"] = "nguoi.quen@gmail.test"
    message.set_content(f"{HEAD}{ANSWER}")
    (first, second) = scoring.match(parser.parse(message.as_bytes()), scoring.index((*WAVE, later), VIETNAMESE))
    assert (first.campaign, first.score, second.campaign, second.score) == ("pobi-2019", 0.615, "pobi-2020", 0.45)
    assert first.reasons == (Reason("names_the_office"), Reason("answers_a_letter_of_that_day"))
    assert scoring.chosen([first, second]) == [first]


COUNCILS = tuple(
    scoring.Sent(
        "foi", f"uk-{slug}", f"{slug}code", (f"<{slug}@prober.test>",), f"foi@{slug}.gov.test", "",
        f"Dear {name},\n\nPlease send us the statement of accounts.", frozenset({DAY}), office=name,
    )
    for slug, name in (("ashby", "Ashby Vale Borough Council"), ("thornham", "Thornham District Council"))
)  # fmt: skip
OF_COUNCILS = scoring.index(COUNCILS, Vocabulary(("en",)))
ENGLISH = {
    "foot of the mail and a day in words": (
        "We write about your request of 13th April 2020.\n\nR. Hale\nAshby Vale Borough Council", "uk-ashby",
    ),
    "a day in digits": ("Thornham District Council refers to your email dated 13/04/2020.", "uk-thornham"),
    "another day": ("Ashby Vale Borough Council received your request of 14 April 2020.", ""),
    "the office alone": ("Ashby Vale Borough Council has received your request.", ""),
    "to the council, with a copy to us": ("Dear Ashby Vale Borough Council,\nYour letter of 13 April 2020.", ""),
    "two offices": (
        "Your request of 13 April 2020.\nAshby Vale Borough Council and Thornham District Council", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ENGLISH)
def test_an_english_letter_names_its_office_and_what_it_answers(case: str) -> None:
    text, agency = ENGLISH[case]
    message = EmailMessage()
    message["From"], message["To"] = "somebody@mail.test", "survey@prober.test"
    message.set_content(text)
    chosen = scoring.chosen(scoring.match(parser.parse(message.as_bytes()), OF_COUNCILS))
    assert [candidate.agency for candidate in chosen] == [agency] * bool(agency)
