"""Answers become values of the protocol file; its comments stay."""

import re
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.campaign.protocol import Document, Protocol, Window, parse
from prober.services.campaign.drafts import QUESTIONS, filled, questions, shown, typed, varied
from prober.studies.folder import packaged
from prober.validation import faults_of_key
from tests.pobi import POBI
from tests.prober.campaign.preregistration.test_preregistration import ARMS, PLAIN, TEXT


def test_answers_replace_values_and_keep_the_comments() -> None:
    answers = {"title": 'Sở "A" # không', "first_day": date(2026, 9, 7), "window": ["09:00", "11:00"], "receipt": True}
    text = filled(TEXT, answers, [Document("Tài liệu A", "Document A")], ARMS, POBI.law)
    protocol = parse(text, "x")
    assert (protocol.title, protocol.regime, protocol.receipt) == ('Sở "A" # không', "ATI-2026", True)
    assert protocol.window == Window(time(9), time(11)) and protocol.documents == (
        Document("Tài liệu A", "Document A"),
    )
    assert [arm.name for arm in protocol.arms] == ["law", "plain"]
    assert "# working days only" in text and "# one reminder, only where nobody has answered" in text
    assert filled(text, answers).count("title =") == 1


@pytest.mark.parametrize("line", ["receipt=false", "receipt\t=  false", "# receipt = false", "receipt = false # why"])
def test_a_value_is_replaced_however_its_line_is_spaced(line: str) -> None:
    text = re.sub(r"(?m)^(# )?receipt = .*$", line, TEXT)
    assert line in text and parse(filled(text, {"receipt": True}), "x").receipt


def test_every_question_reads_back_its_own_default() -> None:
    for key, _ in QUESTIONS:
        value = getattr(PLAIN, key)
        answer = typed(shown(value), value)
        assert faults_of_key(Protocol, key, answer) == [], key
    assert (
        parse(filled(TEXT, {k: typed(shown(getattr(PLAIN, k)), getattr(PLAIN, k)) for k, _ in QUESTIONS}), "x") == PLAIN
    )


def test_a_study_is_asked_only_what_its_law_and_its_letters_have() -> None:
    assert questions(POBI) == QUESTIONS
    asked = dict(questions(packaged("foi-en")))
    assert QUESTIONS[0] in asked.items() and not {"form", "purpose_en"} & asked.keys()
    assert "form" in varied(POBI) and "form" not in varied(packaged("foi-en"))
    text = filled(TEXT, {}, [Document("Register of requests")])
    assert "name_en" not in text.rpartition("[[document]]")[2] and parse(text, "x").documents[0].name_en == ""


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=80))
def test_any_text_survives_the_way_into_the_file_and_back(title: str) -> None:
    text = filled(filled(TEXT, {"title": title}), {"title": title})
    found = re.search(r'(?m)^title = (".*")$', text)
    assert found and text.count("title = ") == 1
    from tomllib import loads

    assert loads(text)["title"] == title


BAD = [
    ("maybe", True, "must be yes or no"),
    ("ten", 10, "must be a whole number"),
    ("-1", 10, "must be a whole number"),
    ("13.4.2020", date(2020, 4, 13), "Invalid isoformat"),
]


@pytest.mark.parametrize(("answer", "like", "message"), BAD)
def test_an_answer_of_another_kind_is_refused(answer: str, like: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        typed(answer, like)
