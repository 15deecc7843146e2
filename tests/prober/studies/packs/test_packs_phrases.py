"""The table of phrases: every meaning is used, every pattern is one, and a mistake in it is named."""

import re
from pathlib import Path

import pytest

from mailroom.classification import machine_mail
from mailroom.classification.machine_mail import MACHINES
from prober.errors import ConfigError
from prober.studies.packs import languages, phrases, read_phrases
from prober.text.words import Vocabulary, find
from tests.languages import VIETNAMESE

ROOM = Path(machine_mail.__file__).parent
CODE = "\n".join(path.read_text(encoding="utf-8") for path in ROOM.glob("*.py"))


@pytest.mark.parametrize("chosen", [(language,) for language in languages()] + [languages()], ids="+".join)
def test_every_meaning_has_phrases_that_are_patterns_and_stand_once(chosen: tuple[str, ...]) -> None:
    held = phrases(Vocabulary(chosen)).meanings
    assert held.keys() == phrases(VIETNAMESE).meanings.keys()
    for meaning, lists in (*held.items(), *MACHINES.meanings.items()):
        assert lists["phrases"], meaning
        for patterns in lists.values():
            assert len(set(patterns)) == len(patterns), meaning
            assert all(re.compile(pattern) for pattern in patterns)


@pytest.mark.parametrize("meaning", sorted({**phrases(VIETNAMESE).meanings, **MACHINES.meanings}))
def test_every_meaning_is_used_by_a_rule(meaning: str) -> None:
    assert f'"{meaning.removeprefix("weak_")}"' in CODE


def test_phrases_of_several_meanings_follow_one_another() -> None:
    known = phrases(VIETNAMESE)
    assert known.of("refusal", "regret") == known.of("refusal") + known.of("regret")
    assert known.english("away", "refusal") == known.english("refusal")  # of "away" there are none
    assert find(known.of("refusal"), "sở không thể cung cấp tài liệu này") == "không thể cung cấp"


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "phrases.toml").write_text(text, encoding="utf-8")
    return tmp_path / "phrases.toml"


def test_pieces_stand_for_themselves_and_line_breaks_for_nothing(tmp_path: Path) -> None:
    pieces = "[pieces]\nNO = 'không|chưa'\nNOT_ANY = '(?:{NO}) có'\n"
    path = written(tmp_path, f"{pieces}[lack]\nphrases = ['''{{NOT_ANY}}\n      \\b.{{0,3}}|\n  a b''']\n")
    assert read_phrases(path) == {"lack": {"phrases": (r"(?:không|chưa) có\b.{0,3}|a b",), "english": ()}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[lack]\nphrases = ['{NO} ']\n", "lack names NO, which is no piece before it"),
        ("[pieces]\nA = '{B}'\nB = 'x'\n", "piece A names B"),
        ("[lack]\nphrase = []\n", "lack has phrase; known are phrases and english"),
    ],
)
def test_a_mistake_is_named(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        read_phrases(written(tmp_path, text))
