"""The one file of colours: marks that can be seen, words that can be read on them, rules that stay in their place."""

import re
from pathlib import Path

import pytest

from prober.reporting.html import render
from prober.reporting.html.render import sheet

REPORTING = Path(render.__file__).parents[1]
TOKENS = (REPORTING / "static" / "tokens.css").read_text(encoding="utf-8")
LIGHT, DARK = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in TOKENS.split("@media")[:2])
SCHEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
STATES = sorted(name.removeprefix("is-") for name in LIGHT if name.startswith("is-"))
SHEETS = {name: (REPORTING / "templates" / name).read_text(encoding="utf-8") for name in (
    "style.css", "report.css", "site/site.css",
)}  # fmt: skip


def contrast(one: str, other: str) -> float:
    """WCAG 2.1, contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@SCHEMES
def test_every_mark_can_be_seen_and_its_words_read(colours: dict[str, str]) -> None:
    assert [
        "answered", "automatic", "contact", "late", *(f"level-{n}" for n in range(1, 6)), "refused", "silence",
    ] == STATES  # fmt: skip
    for ground in ("paper", "sheet"):
        marks = {state: contrast(colours[f"is-{state}"], colours[ground]) for state in STATES}
        assert min(marks.values()) >= 3, marks
        assert max(marks, key=lambda state: marks[state]) == "silence"
        assert contrast(colours["hatch-line"], colours[ground]) >= 3
        assert contrast(colours["field-line"], colours[ground]) >= 3
        for words in ("ink", "soft", "link", "no", "visited"):
            assert contrast(colours[words], colours[ground]) >= 4.5, words
    for state in STATES:
        assert contrast(colours[f"is-{state}"], colours[f"on-{state}"]) >= 4.5, state


def test_both_schemes_have_every_colour() -> None:
    assert LIGHT.keys() == DARK.keys()


@pytest.mark.parametrize("name", SHEETS)
def test_colours_stand_in_one_file(name: str) -> None:
    """Paper is white."""
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b(?!\))", SHEETS[name])) <= {"#fff"}


def test_no_rule_meets_a_page_it_was_not_written_for() -> None:
    """The class of a page's body stands in front of other names and is no rule's own target."""
    for name, text in SHEETS.items():
        targets = [part.strip() for rule in re.findall(r"([^{}]+)\{", _plain(text)) for part in rule.split(",")]
        assert not [target for target in targets if re.search(r"\.(site|report)$", target)], name
    assert "{%" not in sheet("style.css", "report.css") and "--is-silence" in sheet("style.css", "site/site.css")


def _plain(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
