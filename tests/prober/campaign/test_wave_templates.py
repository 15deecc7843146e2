"""Two arms whose letters differ by their wording: each takes a template of the study, and the registration says so."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from prober.campaign.preregistration.markup import markdown
from prober.campaign.preregistration.registration import Registered, preregistration
from prober.campaign.protocol import parse
from prober.campaign.wave import NOTHING, assign, drawn, wave
from prober.domain.correspondence import Event, Step
from prober.errors import ProtocolError, StudyError
from prober.studies.folder import packaged, read
from prober.studies.study import Study
from tests.prober.campaign.example import ASKED, REQUESTER, SECRET, TEXT

ARMS = """
[[arm]]
name = "law"
about = "as in every year"

[[arm]]
name = "plain"
about = "in plain words"
template = "plain"
"""
PLAIN = (
    "Subject: Xin tài liệu\n\nKính gửi: {{ agency.name_vi }}. Xin gửi {{ documents[0].name }}. Mã [YC-{{ token }}].\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(packaged("pobi-2019").folder, tmp_path / "own")
    (tmp_path / "own/letters/request.plain.vi.txt").write_text(PLAIN, encoding="utf-8")
    return tmp_path / "own"


@pytest.fixture
def study(folder: Path) -> Study:
    return read(folder)


def test_each_arm_gets_its_wording_and_the_study_s_where_it_has_none(study: Study) -> None:
    protocol = parse(TEXT + ARMS, "x.toml", study)
    letters = wave(protocol, "w", SECRET, ASKED[:8], REQUESTER, study)
    assert {item.arm for item in letters} == {"law", "plain"}
    for item in letters:
        plain = item.arm == "plain" and item.letter.step is Step.REQUEST
        assert item.letter.text.startswith(f"Kính gửi: {item.agency.name_vi}. Xin gửi") == plain
        assert item.letter.subject.startswith("Xin tài liệu [") == plain


def test_the_pre_registration_states_it(study: Study) -> None:
    protocol = parse(TEXT + ARMS, "x.toml", study)
    order = drawn(protocol, ASKED[:8], study, assign(protocol, ASKED[:8], NOTHING))
    facts = Registered(
        campaign="w",
        world="sandbox",
        version="1",
        protocol_sha256="0",
        requirements={"law": (), "plain": ()},
        events={event: event.value for event in Event},
    )
    text = markdown(preregistration(protocol, order, facts, study))
    assert "template = plain" in text and "letters/request.plain.vi.txt" in text and "Subject: Xin tài liệu" in text
    assert "Xin gửi {{ documents[0].name }}" in text and "the letter plain of the study" in text


def test_arms_that_name_the_same_letters_do_not_differ(study: Study) -> None:
    with pytest.raises(ProtocolError, match="law and plain do not differ"):
        parse(TEXT + ARMS.replace('template = "plain"', ""), "x.toml", study)
    with pytest.raises(ProtocolError, match=r"arm plain: template: the study has no letters/request\.short\.vi\.txt"):
        parse(TEXT + ARMS.replace('template = "plain"', 'template = "short"'), "x.toml", study)
    with pytest.raises(ProtocolError, match=r"arm plain: template: contradicts the \[letter\] table"):
        parse(TEXT + ARMS + '[letter]\nsubject = "x"\nrequest = "x"\nreminder = "x"\n', "x.toml", study)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("reminder.short.vi.txt", "letters/request.short.vi.txt: is missing: a template has a request at least"),
        ("request.Plain.vi.txt", "must be named STEP.LANGUAGE.txt"),
        ("request.a.b.vi.txt", "must be named STEP.LANGUAGE.txt"),
        ("letter.plain.vi.txt", "must be named STEP.LANGUAGE.txt"),
    ],
)
def test_a_file_of_another_name_is_a_fault(folder: Path, name: str, fault: str) -> None:
    (folder / "letters" / name).write_text(PLAIN, encoding="utf-8")
    with pytest.raises(StudyError) as found:
        read(folder)
    assert fault in str(found.value)


def test_what_was_approved_under_an_earlier_name_is_still_read(study: Study) -> None:
    protocol = parse(TEXT.replace("seed = 2019\n", 'seed = 2019\ntemplate = "budget-request"\n'), "x.toml", study)
    (item,) = [
        one for one in wave(protocol, "w", SECRET, ASKED[:1], REQUESTER, study) if one.letter.step is Step.REQUEST
    ]
    assert item.letter == wave(replace(protocol, template=""), "w", SECRET, ASKED[:1], REQUESTER, study)[0].letter
