"""What no rule needs to know of a letter is not searched for."""

import pytest

from mailroom.classification import documents_given, rules
from mailroom.mime import parser
from prober.domain.correspondence import Event, Said
from prober.domain.requested_documents import requested
from tests.languages import VI, VIETNAMESE

ASKED = (requested("Dự toán ngân sách địa phương năm 2020", VI), requested("Quyết toán ngân sách năm 2018", VI))


def signals(text: str) -> rules.TextSignals:
    raw = f"From: a@tinh.gov.test\nContent-Type: text/plain; charset=utf-8\n\n{text}\n".encode()
    return rules.signals_of(parser.parse(raw), VIETNAMESE)


@pytest.mark.parametrize(("link", "searched"), [("", False), (" https://stc.tinh.gov.test/du-toan-2020.pdf", True)])
def test_only_a_letter_with_a_link_is_searched_for_who_signs_below_it(link: str, searched: bool) -> None:
    letter = signals(f"Sở đã nhận được thư và sẽ xem.{link}")
    assert bool(letter.answering_links) is searched
    assert ("giving_sentences" in vars(letter)) is searched


@pytest.mark.parametrize(
    ("text", "searched", "first"),
    [
        ("Đề nghị gửi phiếu yêu cầu theo mẫu. Tuần sau sở sẽ trả lời.", False, Said.NOTHING),
        ("Đề nghị gửi phiếu yêu cầu theo mẫu. Dự toán năm 2020 sở sẽ gửi sau.", True, Said.PROMISED),
    ],
)
def test_only_of_a_letter_that_names_a_document_each_clause_is_asked_what_it_says(
    text: str, searched: bool, first: Said
) -> None:
    letter = signals(text)
    told = rules.documents(Event.ASKS_FORM, ASKED, letter)
    assert [state.said for state in told] == [first, Said.NOTHING]
    clauses = documents_given.document_clauses.clauses(letter, ASKED)
    assert any("said" in vars(clause) for clause in clauses) is searched
