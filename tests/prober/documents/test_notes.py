"""Our notes on files: every code has words in both languages, and no value can break or forge one."""

import pytest

from prober.documents.notes import CODES, MARK, faulty, note, reasons, rewritten
from prober.reporting.words import reasons as words


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_words_that_name_its_parameters(code: str) -> None:
    values = [f"giá trị {name}" for name in CODES[code]]
    (reason,) = reasons(f"a.doc\n{note(code, *values)}\nb.doc")
    assert dict(reason.params) == dict(zip(CODES[code], values, strict=True))
    said = words.said((reason,))
    assert f"file_{code}" not in said.vi and said.vi != said.en
    for value in values:
        assert value in said.vi and value in said.en
    assert words.noted(f"x\n{note(code, *values)}\ny").en == f"x\n[{said.en}]\ny"


@pytest.mark.parametrize("value", ["a]b", "a\nb", "[prober: encrypted]", "a | b", "", "x" * 1_000])
def test_a_value_from_a_file_stays_inside_its_note(value: str) -> None:
    written = note("signed", value)
    assert "\n" not in written and len(written) < 240
    assert [reason.code for reason in reasons(written)] == ["file_signed"]
    assert not faulty(written)


def test_what_is_no_note_of_ours_is_left_as_it_is() -> None:
    text = f"{MARK}unknown] {MARK}x] [prober: ENCRYPTED]"
    assert (reasons(text), faulty(text), rewritten(text, lambda _: "!")) == ((), False, text)
