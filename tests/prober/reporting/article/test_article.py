"""Figures of articles in both languages: labelled sentences, and what each way to be mistaken is called."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prober.reporting.article import article_check
from prober.reporting.article.article_check import CheckedFigure, FigureVerdict, earlier_values
from prober.reporting.article.claims import known
from prober.reporting.article.number_mentions import NumberForm, mentions, words_of
from prober.reporting.figures.all_figures import figures
from prober.reporting.figures.printed_figure import FrameRows, sentence
from prober.reporting.words.claim_words import VERDICTS
from prober.reporting.words.labels import Text
from prober.store.reading.report_rows import surveys
from tests.drafts import a_later_scan, labelled
from tests.pobi import POBI
from tests.prober.conftest import SCANNED, Survey, fill


@pytest.fixture(scope="module")
def basis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrameRows]:
    survey = Survey(tmp_path_factory.mktemp("drafts") / "results.db")
    fill(survey)
    a_later_scan(survey)
    (frame,) = surveys(survey.db)
    yield FrameRows(survey.db, frame, POBI)
    survey.db.close()


@pytest.fixture(scope="module")
def against(basis: FrameRows) -> article_check.SurveyFigures:
    regions = {Text(row["region"], row["region"]) for row in basis.provinces}
    own = {"hotline": Text("Đường dây nóng", "Hot line")}
    return article_check.survey(figures(basis), basis.frame, earlier_values(basis, ()), regions, own, POBI.references)


def said(against: article_check.SurveyFigures, text: str, number: str) -> CheckedFigure:
    return next(one for one in article_check.check(text, against) if one.text == number)


# The first two were written before the rules, and the second was scored once before anything was mended: 19 of 20 each.
# The third was written after mending these, and scored 22 of 24 at first.
@pytest.mark.parametrize("name", ["seen.csv", "kept_back.csv", "second_round.csv"])
def test_labelled_sentences(against: article_check.SurveyFigures, name: str) -> None:
    wrong = []
    for row in labelled(name):
        found = {one.text: one.verdict for one in article_check.check(row["sentence"], against)}
        verdict = found.get(row["number"], FigureVerdict.NOT_OURS)
        if verdict != row["verdict"]:
            wrong.append((row["sentence"], row["number"], row["verdict"], str(verdict)))
    assert wrong == []


@pytest.mark.parametrize(
    "text, number, figure, why",
    [
        ("13.1 % of departments answered.", "13.1 %", "2019.finance.replied.share", "a share of those seen"),
        ("The Q&A share fell by 4.8 per cent since POBI 2019.", "4.8 per cent",
         "2019.portal.qa_and_email.points-to-pobi-2019", "percentage points"),
        ("Two portals have no Q&A section.", "Two", "2019.portal.qa.not_found", "not the same as not seen"),
        ("45 departments refused.", "45", "2019.finance.outcome.refused", "another outcome: Silence"),
        ("8 of 57 departments answered.", "8 of 57", "2019.finance.replied.share", "the denominator is another"),
        ("7 of 63 departments answered.", "7 of 63", "2019.finance.replied.share", "no figure is like that"),
        ("Q&A rose by 4.8 percentage points since POBI.", "4.8 percentage points",
         "2019.portal.qa_and_email.points-to-pobi-2019", "the other way"),
        ("95.2 % of portals have a Q&A section.", "95.2 %", "2019.portal.qa.share", "highest possible"),
        ("53 departments answered.", "53", "2019.finance.replied.share", "found and not found"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(
    against: article_check.SurveyFigures, text: str, number: str, figure: str, why: str
) -> None:
    found = said(against, text, number)
    assert found.verdict == FigureVerdict.MISTAKEN and why in found.why.en and found.why.vi
    assert found.figure is not None and found.figure.id == figure


@pytest.mark.parametrize(
    "text", ["Of the 63 departments that were asked, 8 of 63 answered.", "Trong 63 sở được hỏi có 8 sở trả lời."]
)
def test_the_number_of_all_is_right_too(against: article_check.SurveyFigures, text: str) -> None:
    assert said(against, text, "63").verdict == FigureVerdict.RIGHT
    assert said(against, "63 departments answered.", "63").verdict == FigureVerdict.MISTAKEN


def test_what_was_true_once_says_when(against: article_check.SurveyFigures) -> None:
    found = said(against, "61 of 63 portals have a Q&A section.", "61 of 63")
    assert (found.verdict, found.why.en) == (FigureVerdict.OUTDATED, f"true on {SCANNED:%Y-%m-%d}")


def test_an_earlier_snapshot_counts_too(basis: FrameRows) -> None:
    row = {"frame": "2019", "indicator": "replied", "k": 5, "not_found": 56, "not_seen": 2}
    past = earlier_values(basis, [{"as_of": "2020-05-01T00:00:00+07:00", "headline": [row, {**row, "frame": "2025"}]}])
    survey = article_check.survey(figures(basis), "2019", past, (), {}, ())
    assert said(survey, "5 of 63 departments answered.", "5 of 63").verdict == FigureVerdict.OUTDATED
    assert said(survey, "6 of 63 departments answered.", "6 of 63").verdict == FigureVerdict.MISTAKEN


def test_a_sentence_goes_on_in_the_next_line(against: article_check.SurveyFigures) -> None:
    text = "Nobody would have thought it, but of all of the Departments of\nFinance that were asked only 8 of\n63 "
    text += "answered.\n\n# 5 of 63"
    found = list(article_check.check(text, against))
    assert [(one.line, one.column, one.verdict) for one in found] == [
        (2, 30, FigureVerdict.RIGHT), (5, 3, FigureVerdict.NOT_OURS),
    ]  # fmt: skip


def test_a_sentence_may_be_about_what_the_one_before_names(against: article_check.SurveyFigures) -> None:
    text = "Few departments answered. That is 12.7 %, not 50 %.\n\nThat is 12.7 %."
    assert [one.verdict for one in article_check.check(text, against)] == [
        FigureVerdict.RIGHT, FigureVerdict.NOT_OURS, FigureVerdict.NOT_OURS,
    ]  # fmt: skip


def test_a_sentence_to_copy_is_never_mistaken(basis: FrameRows, against: article_check.SurveyFigures) -> None:
    """Each figure offers a sentence in both languages: whatever stands in it is that figure, its interval or its n."""
    for figure in figures(basis):
        for text in sentence(figure, None):
            found = list(article_check.check(text, against))
            assert {one.verdict for one in found} <= {FigureVerdict.RIGHT, FigureVerdict.NOT_OURS}, text
            if figure.value is not None:
                assert found and found[0].verdict == FigureVerdict.RIGHT, text


@pytest.mark.parametrize(
    "text, verdict",
    [
        ("58 of 63 portals have a Q&A section (95 % interval 82.7–96.6 %).", FigureVerdict.RIGHT),
        ("58 of 63 portals have a Q&A section (95 % confidence interval from 82.7 % to 96.6 %).", FigureVerdict.RIGHT),
        ("Khoảng tin cậy 95 % là 82,7–96,6 %: 58 trong 63 cổng có chuyên mục Hỏi đáp.", FigureVerdict.RIGHT),
        ("58 of 63 portals have a Q&A section, 83–97 %.", FigureVerdict.ROUNDED),
        ("58 of 63 portals have a Q&A section (95 % interval 84.0–96.6 %).", FigureVerdict.MISTAKEN),
        ("58 of 63 portals have a Q&A section; elsewhere it is 40–60 %.", FigureVerdict.NOT_OURS),
    ],
)
def test_an_interval_is_that_of_the_figure(
    against: article_check.SurveyFigures, text: str, verdict: FigureVerdict
) -> None:
    """And the level of an interval is no figure."""
    found = list(article_check.check(text, against))
    assert {one.text.split()[0]: one.verdict for one in found if "58" not in one.text} == {
        one.text.split()[0]: verdict for one in found if "–" in one.text or " to " in one.text
    }
    assert len(found) == 2, [one.text for one in found]
    if verdict == FigureVerdict.MISTAKEN:
        assert next(one.why.en for one in found if one.verdict == verdict).startswith("the interval is ")


def test_the_first_and_the_last_answer_are_ours(basis: FrameRows, against: article_check.SurveyFigures) -> None:
    known_values = {figure.id: figure.value for figure in figures(basis)}
    first, last = (known_values[f"2019.finance.answer.hours.{end}"] for end in ("first", "last"))
    english = f"The first department answered after {first:.1f} hours, the last after {last:.1f} hours (30 days)."
    vietnamese = f"Sở trả lời sớm nhất sau {first:.1f} giờ, muộn nhất sau {last:.1f} giờ.".replace(".", ",", 1)
    for text in (english, vietnamese):
        assert [one.verdict for one in article_check.check(text, against)][:2] == [FigureVerdict.RIGHT] * 2, text
    wrong = list(article_check.check("The first answer came after 7.7 hours.", against))
    assert [one.verdict for one in wrong] == [FigureVerdict.NOT_OURS]


def test_places_are_lines_and_columns(against: article_check.SurveyFigures) -> None:
    text = "Tiêu đề\n\nChỉ 8/63 Sở Tài chính trả lời. Còn 45 sở im lặng.\nHết: 1 sở từ chối."
    found = list(article_check.check(text, against))
    assert [(one.line, one.column, one.text) for one in found] == [(3, 5, "8/63"), (3, 36, "45"), (4, 6, "1")]
    assert {one.verdict for one in found} == {FigureVerdict.RIGHT}


@pytest.mark.parametrize(
    "text, kind, value",
    [
        ("1.070,2 giờ", NumberForm.HOURS, 1070.2), ("1,070.2 hours", NumberForm.HOURS, 1070.2),
        ("30 ngày làm việc", NumberForm.WORKING_DAYS, 30),
        ("hai mươi mốt cổng", NumberForm.COUNT, 21), ("twenty-one portals", NumberForm.COUNT, 21),
        ("5.000 sở", NumberForm.COUNT, 5000),
        ("two thirds", NumberForm.FRACTION, 2 / 3), ("1/7/2018", NumberForm.OTHER, 0),
        ("Điều 12", NumberForm.OTHER, 12),
        ("120 tỷ đồng", NumberForm.OTHER, 120), ("in 2019", NumberForm.OTHER, 2019),
        ("năm mươi lăm", NumberForm.COUNT, 55),
    ],
)  # fmt: skip
def test_numbers_are_read_as_they_are_written(text: str, kind: NumberForm, value: float) -> None:
    (found,) = mentions(words_of(text))
    assert found.kind == kind and found.value == pytest.approx(value)


@given(st.text(alphabet="0123456789 ,.%/of trong phần trăm tám one in eight\n-", max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    found = list(mentions(words_of(text)))
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert [one.start for one in found] == sorted(one.start for one in found)


def test_a_long_text_takes_time_in_its_length(against: article_check.SurveyFigures) -> None:
    assert len(list(article_check.check("8 of 63 departments answered. " * 400, against))) == 400
    assert list(article_check.check("/" * 20_000 + "," * 20_000, against)) == []


def test_every_verdict_has_words() -> None:
    assert set(VERDICTS) == {str(verdict) for verdict in FigureVerdict}


def test_each_figure_tells_what_it_is_about(basis: FrameRows) -> None:
    found = {figure.id: known(figure, basis.frame) for figure in figures(basis)}
    groups = {one.group.partition(".")[0] for one in found.values()}
    assert groups == {"", "region", "technology", "merged"} or groups == {
        "",
        "region",
        "technology",
        "merged",
        "pobi-region",
    }
    assert found["2019.portal.qa.region.tay-nguyen.share"].measure == "share"
    assert found["2019.finance.answer.hours.median"].subject == "answer.hours"
