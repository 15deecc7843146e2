"""The pre-registration: what stands in it, that it is the same each time, and that no text in it becomes markup."""

import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from prober.campaign.letters.compose import Requester, requirements
from prober.campaign.preregistration.markup import (
    MarkupTable,
    Preregistration,
    Section,
    Verbatim,
    html,
    markdown,
    table,
)
from prober.campaign.preregistration.registration import Registered, assignment_sha256, preregistration
from prober.campaign.protocol import Protocol, parse
from prober.campaign.wave import DrawFacts, assign, drawn
from prober.domain.correspondence import Event
from prober.services.campaign.drafts import filled
from prober.studies.study import Study
from spiders.browser.pdf_printer import print_pdf
from tests.pobi import POBI, agencies, vietnam
from tests.prober.campaign.example import OWN_TEXT

TEXT = POBI.protocol
ARMS = (
    {"name": "law", "about": "names the law"},
    {"name": "plain", "about": "does not name it", "law_cited": False, "language": "vi+en"},
)
PLAIN = parse(TEXT, "x.toml")
TWO = parse(filled(TEXT, {"blocks": ["region", "quality"], "stop_after_objections": 3}, arms=ARMS), "x.toml")
ASKED = agencies("2019", "finance")
ASKS = Requester("Nhóm khảo sát (mô phỏng)", "khao-sat@prober.test")


def registered(protocol: Protocol, study: Study = POBI, **facts: Any) -> Preregistration:
    rows = {arm: requirements(protocol.of(arm), ASKS, POBI) for arm in protocol.arm_names}
    given = {
        "campaign": "w", "world": "live", "version": "1", "protocol_sha256": "p" * 64, "requirements": rows,
        "events": {event: f"name of {event}" for event in Event},
    } | facts  # fmt: skip
    order = drawn(protocol, ASKED, POBI, assign(protocol, ASKED, DrawFacts()))
    return preregistration(protocol, order, Registered(**given), study)


def words(document: Preregistration) -> str:
    """The document as one line of text, without Markdown's escapes."""
    return re.sub(r"\s+", " ", markdown(document).replace("\\", ""))


def test_one_arm_is_told_with_everything_that_was_decided() -> None:
    text = words(registered(PLAIN, left_out=("stc-x",)))
    for wanted in (
        "One arm: every agency gets the same letter.",
        "| agencies asked | 63: all agencies of this frame and kind with a reviewed address |",
        "| left out for want of an address | stc-x |",
        "| approved | not yet |",
        "| request | Mon 2020-04-13 | Wed 2020-04-15 |",
        "| reminder | Mon 2020-04-27 | Wed 2020-04-29 |",
        "| last day of waiting | Wed 2020-05-27 | Fri 2020-05-29 |",
        "| late_strict | 29.2 | 10 working days after receipt | from 2018-07-01 to 2026-08-31 | H |",
        "| 24.2a | The requester's full name. | yes |",
        "Primary outcome: A message written by a person that gives at least one of the documents",
        "F1 (name of F1)",
        "30 points have 0.76",
        "| 0.46 | 0.76 | 0.87 |",
        "| 25% answer only in one wave, 5% only in the other | 0.82 |",
        "A person pauses the campaign where an answer shows that asking harms somebody.",
        "Kính gửi: {{ agency.name_vi }}",
        vietnam().version,
    ):
        assert wanted in text, wanted
    assert "embedded world" not in text and "Comparison" not in text


def test_a_share_of_the_protocol_is_printed_with_its_source() -> None:
    assert "The baseline of 12.7% is that of POBI 2019: 8 of 63." in words(registered(PLAIN))
    text = words(registered(replace(PLAIN, expected_share=0.25)))
    assert "from a baseline of 25.0%" in text and "is that of the protocol." in text and "12.7" not in text


def test_what_is_in_english_already_has_no_empty_line_for_english() -> None:
    assert "in English |" in words(registered(PLAIN))
    english = replace(PLAIN, purpose_en="", documents=tuple(replace(d, name_en="") for d in PLAIN.documents))
    assert "in English |" not in words(registered(english))


def test_a_slip_is_told_only_under_a_law_that_asks_for_one() -> None:
    assert "language vi, slip none |" in words(registered(PLAIN))
    without = replace(POBI.law, requirements=tuple(r for r in POBI.law.requirements if r.field != "slip"))
    assert "language vi |" in words(registered(PLAIN, replace(POBI, law=without)))


def test_two_arms_are_drawn_in_what_the_study_calls_a_place() -> None:
    assert "Provinces are drawn, never single agencies, so that no province is in both arms." in words(registered(TWO))
    unnamed = words(registered(TWO, replace(POBI, place=None)))
    assert "Places are drawn, never single agencies, so that no place is in both arms." in unnamed
    assert "Units are places." in unnamed


def test_letters_in_ones_own_words_are_printed() -> None:
    text = words(registered(parse(OWN_TEXT, "x.toml")))
    for wanted in (
        "Subject: Đề nghị cung cấp danh mục thủ tục hành chính", "| request | the letter printed below, language vi",
        "[letter] request:", "{{ We }} đề nghị cung cấp danh mục thủ tục hành chính.", "{{ We }} xin nhắc lại.",
    ):  # fmt: skip
        assert wanted in text, wanted
    assert "budget-request" not in text and "Subject: Yêu cầu cung cấp thông tin ngân sách" in words(registered(PLAIN))


def test_two_arms_are_told_with_what_differs_and_the_counts_of_every_block() -> None:
    text = words(registered(TWO))
    for wanted in (
        "The arms differ in 2 things at once (language, law_cited)",
        "| plain | does not name it | language = vi+en; law_cited = false |",
        "Comparison: the difference in answered shares, plain less law.",
        "Once 3 agencies that were asked have objected, the whole campaign stops by itself.",
        "letters/request.en.txt",
    ):
        assert wanted in text, wanted
    together = re.search(r"\| together \| (\d+) \| (\d+) \|", text)
    assert together and sorted(map(int, together.groups())) == [31, 32]
    delta = re.search(r"\| Red River Delta · unknown \| (\d+) \| (\d+) \|", text)
    assert delta and sorted(map(int, delta.groups())) == [5, 6]


def test_a_paired_wave_names_the_first_and_a_simulated_one_says_so() -> None:
    text = words(registered(parse(f'pairs_with = "spring"\n{TEXT}', "x"), world="sandbox"))
    assert "Second of two paired waves; the first is spring." in text
    assert "McNemar's exact test over the agencies asked in both waves." in text
    assert "every agency and answer in it is simulated" in text


def test_under_the_law_of_2026_no_day_is_promised() -> None:
    text = words(registered(parse(filled(TEXT, {"first_day": date(2026, 11, 25)}, law=POBI.law), "x")))
    assert "| late_lenient | | not known here | from 2026-09-01 | ? | - | not known | not known |" in text
    assert "Not settled: The Ministry of Home Affairs proposed Monday 23 November 2026 off" in text
    assert "enter it as a [[swap]] in the calendar.toml of the study" in text


def test_the_hash_in_the_document_is_that_of_the_draw_and_changes_with_the_seed() -> None:
    found = []
    for protocol in (TWO, parse(filled(TEXT, {"seed": 7}, arms=ARMS), "x")):
        order = drawn(protocol, ASKED, POBI, assign(protocol, ASKED))
        found.append(assignment_sha256(order))
        assert f"| SHA-256 of the assignment | {found[-1]} |" in words(registered(protocol))
    assert found[0] != found[1]


def test_the_page_holds_the_same_words_and_the_same_bytes_each_time() -> None:
    document = registered(TWO)
    page = html(document)
    assert page == html(registered(TWO))
    text = HTMLParser(page).text()
    for section in document.sections:
        for part in section.parts:
            cells = [part] if isinstance(part, str) else [part.text] if isinstance(part, Verbatim) else part.header
            assert section.title in text and all(cell in text for cell in cells)
    rows = {tuple(cell.text() for cell in row.css("td")) for row in HTMLParser(page).css("tbody tr")}
    assert rows == {
        row for s in document.sections for part in s.parts if isinstance(part, MarkupTable) for row in part.rows
    }


@pytest.mark.needs("chromium")
def test_chromium_prints_the_page_with_every_word(tmp_path: Path) -> None:
    document = registered(TWO)
    pdf = PdfReader(print_pdf(html(document), tmp_path / "out" / "x.pdf", "auto", document.title))
    text = re.sub(r"\s+", "", "".join(page.extract_text() for page in pdf.pages))
    for section in document.sections:
        assert re.sub(r"\s+", "", section.title) in text
    for wanted in ("30 points have 0.76", "Kính gửi: {{ agency.name_vi }}", "2020-05-27", "Quý cơ quan", "p" * 64):
        assert re.sub(r"\s+", "", wanted) in text, wanted
    assert (round(float(pdf.pages[0].mediabox.width)), round(float(pdf.pages[0].mediabox.height))) == (596, 843)
    assert f"1/{len(pdf.pages)}" in re.sub(r"\s+", "", pdf.pages[0].extract_text())


MARKUP = ("<b>x</b>", "a | b", "*x*", "[x](y)", "# x", "`x`", "<img src=x>", "&amp;", "a\\|b")


@pytest.mark.parametrize("value", MARKUP)
def test_nothing_is_taken_for_markup(value: str) -> None:
    parts = (value, table(("h",), [(value,)]), Verbatim(f"````\n{value}"))
    document = Preregistration(value, (Section(value, parts),))
    lines = markdown(document).splitlines()
    outside = lines[: lines.index("`````text")]
    assert [line for line in outside if line.startswith("#")] == [lines[0], lines[2]]
    row = next(line for line in lines if line.startswith("| ") and line not in ("| h |", "| --- |"))
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 2
    assert lines[-1] == "`````"  # longer than any run inside
    page = HTMLParser(html(document))
    assert [page.css_first(tag).text() for tag in ("title", "h1", "h2", "p", "td")] == [value] * 5
    assert page.css_first("pre").text() == f"````\n{value}"


# --- Tết

# first day → what is said of it; 63 requests take three days, and 30 working days are waited
TET = {
    "2020-01-20": "waiting, to Wed 2020-03-11",
    "2020-01-21": "sending, Tue 2020-01-21 to Thu 2020-01-30",
    "2019-12-10": "waiting, to Fri 2020-01-31",
    "2019-12-05": "",
    "2020-02-03": "",
}


@pytest.mark.parametrize("first", TET)
def test_a_wave_over_tet_says_so(first: str) -> None:
    text = words(registered(replace(PLAIN, first_day=date.fromisoformat(first))))
    found = re.findall(r"Tết, Thu 2020-01-23 to Wed 2020-01-29, lies in the days of (.*?): offices", text)
    assert found == [TET[first]][: bool(TET[first])] and text.count("Tết") == len(found)


# --- a protocol from answers


def test_the_document_does_not_know_the_time() -> None:
    assert not re.search(str(datetime.now().year), words(registered(PLAIN)).replace("2026-08-31", ""))
