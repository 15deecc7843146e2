"""Answers become values of the protocol file; its comments stay."""

import hashlib
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.campaign.letters.compose import compose
from prober.campaign.letters.mime import enclosures
from prober.campaign.protocol import Document, Protocol, Window, parse
from prober.campaign.wave import Planned
from prober.config.load import Sandbox
from prober.config.simulated import embedded
from prober.domain.correspondence import Step
from prober.services.campaign import drafts
from prober.services.campaign.drafts import QUESTIONS, filled, questions, shown, typed, varied
from prober.services.context import Context
from prober.studies.folder import packaged
from prober.validation import faults_of_key
from tests.pobi import POBI
from tests.prober.campaign.example import CA_MAU, CODE
from tests.prober.campaign.letters.test_request_slip import CITIZEN, WITH_SLIP
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


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with Context(config=embedded(tmp_path, Sandbox(small=True))) as opened:
        yield opened


def test_the_keys_of_a_file_are_those_that_a_protocol_takes() -> None:
    found = drafts.keys()
    assert {"title", "first_day", "window"} <= found.keys()
    assert {key for key, _ in QUESTIONS} <= found.keys()
    assert all(key.description for key in found.values())


def test_an_answer_is_at_fault_by_its_kind_or_by_what_the_study_has(context: Context) -> None:
    assert drafts.faults_of_answer(context, PLAIN, "language", "vi") == []
    assert drafts.faults_of_answer(context, PLAIN, "language", "fr") == ["the study has no letters/request.fr.txt"]
    assert len(drafts.faults_of_answer(context, PLAIN, "per_day", -1)) == 1
    assert drafts.template_protocol(TEXT) == PLAIN


def test_what_two_arms_can_find_is_told_by_the_share_that_the_study_expects(context: Context) -> None:
    said = drafts.power_verdict(context, PLAIN, 63)
    assert "With 63 units" in said and "from a baseline of 12.7%" in said
    assert drafts.power_verdict(context, replace(PLAIN, expected_share=0.3), 63) != said


def test_what_goes_with_a_letter_is_named_by_its_hash_and_saved_for_its_owner(context: Context, tmp_path: Path) -> None:
    letter = compose(WITH_SLIP, "w", CODE, CA_MAU, CITIZEN, Step.REQUEST, POBI)
    item = Planned(letter, CA_MAU, 1, None)
    files = enclosures(letter.raw)
    assert files and drafts.enclosed(item) == [
        drafts.Enclosed(file.name, file.media_type, len(file.data), hashlib.sha256(file.data).hexdigest())
        for file in files
    ]
    written = list(drafts.save_letter(context, item, tmp_path / "saved"))
    assert [path.name for path in written] == [f"{CA_MAU.slug}.request.eml", *(file.name for file in files)]
    assert [path.read_bytes() for path in written] == [letter.raw, *(file.data for file in files)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
    assert stat.S_IMODE((tmp_path / "saved").stat().st_mode) == 0o700
