"""Documents named in any of the ways in which letters, files and addresses name them."""

import pytest

from prober.domain.requested_documents import (
    RequestedDocument,
    forms,
    is_narrower,
    is_of_like_sort,
    is_other_paper,
    mentions,
    names_document,
    official_forms,
    pairs,
    requested,
)
from prober.studies.packs import words
from prober.text.words import NamedDocument, Vocabulary
from tests.languages import EN, VI

SETTLED = "Quyết toán ngân sách địa phương năm 2018 (các biểu mẫu từ 62/CK-NSNN đến 68/CK-NSNN)"
PRICES = NamedDocument("Bảng giá các loại đất năm 2020", ("bảng giá đất", "khung giá đất"))
WAITING = NamedDocument("Referral to treatment times, March 2020", ("waiting list", "RTT"), year=2020)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Quyết toán ngân sách năm 2018", [("settlement", 2018)]),
        ("QT2018.xlsx", [("settlement", 2018)]),
        ("Bieu_QT18.xlsx", [("settlement", 2018)]),
        ("Tình hình thực hiện dự toán\nngân sách năm 2019", [("execution", 2019)]),
        ("dự toán 2019, 2020", [("estimate", 2019), ("estimate", 2020)]),
        ("dự toán của tỉnh" + " x" * 60 + " 2019", []),
        ("năm 2018", []),
        ("tháng 5/2020", []),
        ("Báo cáo quý IV năm 2019", [("execution", 2019)]),
        (
            "Dự toán 2019, 2020 và tình hình thực hiện dự toán năm 2018; QT18.xlsx",
            [("estimate", 2019), ("estimate", 2020), ("execution", 2018), ("settlement", 2018)],
        ),
        ("2020 approved budget", [("estimate", 2020)]),
        ("năm 2019 thực hiện dự toán", [("execution", 2019)]),
    ],
)
def test_kind_and_year(text: str, named: list[tuple[str, int]]) -> None:
    assert pairs(text, VI) == named


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Biểu số 62/CK-NSNN", {62}),
        ("Bieu 59-61 nam 2019", {59, 60, 61}),
        ("từ 46/CK-NSNN đến 48/CK-NSNN", {46, 47, 48}),
        ("biểu 59 đến 61, Biểu số 46/CK-NSNN", {46, 59, 60, 61}),
        ("24/4", set()),
    ],
)
def test_forms(text: str, numbers: set[int]) -> None:
    assert forms(text, VI) == numbers


def test_forms_in_full() -> None:
    assert official_forms("Biểu số 81/CK-NSNN, biểu 3, biểu 103/CK-NSNN", VI) == {81, 103}
    assert not official_forms("Biểu số 81/CK-NSNN", EN)


def test_a_title_of_the_budget_has_kind_year_level_and_forms() -> None:
    assert requested(SETTLED, VI) == RequestedDocument(SETTLED, "settlement", 2018, "local", 62, 68)


def test_years_of_days_and_months_are_none() -> None:
    assert mentions("số liệu năm 2018 và 2020, thư ngày 13/4/2019, tháng 5 năm 2021", VI).years == (2018, 2020)


def test_years_that_begin_in_one_and_end_in_the_next() -> None:
    text = "accounts 2018-19, payments from April 2019 to March 2020, spend_20-21.csv, on 11-12-2022"
    assert mentions(text, EN).spans == {2018, 2019, 2020}


def test_only_a_pack_knows_the_kinds_of_documents() -> None:
    assert names_document("Quyết toán ngân sách", VI) and not names_document("Quyết toán ngân sách", EN)
    assert names_document("Settlement of the budget", EN)


@pytest.mark.parametrize(
    ("document", "language", "text", "named"),
    [
        (PRICES, "vi", "bang-gia-dat-nam-2020.xlsx", True),
        (PRICES, "vi", "BangGiaDat.pdf", True),
        (PRICES, "vi", "Khung giá đất kèm theo", True),
        (PRICES, "vi", "Bảng giá đất năm 2015", False),
        (PRICES, "vi", "Báo cáo tình hình kinh tế - xã hội", False),
        (WAITING, "en", "Waiting lists by speciality", True),
        (WAITING, "en", "rtt_2020.csv", True),
        (WAITING, "en", "rtt_2017.csv", False),
        (WAITING, "en", "support plan", False),
    ],
)
def test_a_document_is_told_by_the_words_that_the_study_gives_it(
    document: NamedDocument, language: str, text: str, named: bool
) -> None:
    said = words(Vocabulary((language,), documents=(document,)))
    assert requested(document.title, said).is_named(mentions(text, said)) is named


def test_what_a_study_says_of_a_document_goes_before_its_title() -> None:
    own = NamedDocument(SETTLED, year=2017, level="province", forms=(46, 58))
    found = requested(SETTLED, words(Vocabulary(("vi",), documents=(own,))))
    assert (found.kind, found.year, found.level) == ("settlement", 2017, "province")
    assert (found.first_form, found.last_form) == (46, 58)


def test_a_title_without_year_or_forms_is_still_a_document() -> None:
    document = requested("Danh mục văn bản", VI)
    assert (document.kind, document.year, document.first_form) == ("", 0, 0)
    assert not document.is_named(mentions("Quyết toán năm 2018, biểu 62/CK-NSNN", VI))


@pytest.mark.parametrize(
    ("title", "text", "named"),
    [
        ("Register of payments to suppliers over £500", "payments-over-500.csv\nBody,Date,Supplier,Amount", True),
        ("Statement of accounts 2018-19, as audited", "Statement of accounts 2018-19 (audited)", True),
        ("Statement of accounts 2018-19, as audited", "payments-over-500.csv\nBody,Date,Supplier,Amount", False),
        ("Danh mục thủ tục hành chính năm 2020", "danh-muc-thu-tuc-hanh-chinh.pdf", True),
        ("Danh mục thủ tục hành chính năm 2020", "Báo cáo tình hình kinh tế - xã hội", False),
        ("Hợp đồng", "Quyết định", False),
    ],
)
def test_a_document_of_no_kind_is_told_by_the_words_of_its_title(title: str, text: str, named: bool) -> None:
    assert requested(title, VI).is_named(mentions(text, VI)) is named


@pytest.mark.parametrize(
    ("title", "narrower"),
    [
        ("Thực hiện ngân sách quý IV và cả năm 2019", False), ("Thu ngân sách quý IV năm 2019", False),
        ("Thu tháng 12 và cả năm 2019", False), ("Thu ngân sách quý III năm 2019", True),
        ("Thực hiện 9 tháng năm 2019", True), ("THU NGÂN SÁCH THÁNG 3 NĂM 2020", True),
        ("QUYẾT TOÁN NGÂN SÁCH HUYỆN A NĂM 2018", True),
        ("CHI BỔ SUNG TỪ NGÂN SÁCH TỈNH CHO NGÂN SÁCH HUYỆN NĂM 2018", False),
    ],
)  # fmt: skip
def test_a_report_of_some_months_is_not_that_of_the_year(title: str, narrower: bool) -> None:
    assert is_narrower(title, VI) == narrower


OF_COUNCILS = tuple(
    requested(title, EN) for title in ("Statement of accounts 2018-19", "Register of payments to suppliers, 2019-20")
)


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Supplier payment policy.pdf", True), ("Payments to councillors 2019-20.xlsx", True),
        ("pension_fund_accounts_2018-19.pdf", True), ("Statement of accounts 2018-19, agenda", True),
        ("Statement of Accounts and Annual Governance Statement 2018-19.pdf", False), ("Payments 2019-20.csv", False),
    ],
)  # fmt: skip
def test_a_title_may_be_that_of_another_paper(title: str, other: bool) -> None:
    assert is_other_paper(title, OF_COUNCILS, EN) == other
    assert not is_other_paper(title, (*OF_COUNCILS, requested(title, EN)), EN)


@pytest.mark.parametrize(
    ("title", "like"),
    [
        ("Modern slavery statement 2018-19.pdf", True), ("register-of-food-premises-2019-20.csv", True),
        ("Statement 2018-19, final.pdf", False), ("register_full_year.csv", False), ("Minutes.pdf", False),
        ("Northwold statement of accounts.pdf", False),
    ],
)  # fmt: skip
def test_the_sort_of_a_paper_alone_names_none(title: str, like: bool) -> None:
    assert is_of_like_sort(title, OF_COUNCILS, EN) == like


@pytest.mark.parametrize("name", ["soa-1819.pdf", "payments-over-500-18-19.csv", "accounts 18/19", "spend1819.csv"])
def test_a_year_of_two_may_stand_behind_any_word(name: str) -> None:
    assert mentions(name, EN).spans == {2018}


@pytest.mark.parametrize("name", ["11-12-2022.pdf", "1-18-19.pdf", "17-18-19.pdf", "£18-19", "20181.pdf"])
def test_a_date_is_no_year_of_two(name: str) -> None:
    assert 2018 not in mentions(name, EN).spans
