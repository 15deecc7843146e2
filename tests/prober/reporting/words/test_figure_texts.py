"""What a number of an earlier survey is called, and must not be called, names that survey and no other."""

from prober.reporting.words import figure_texts as texts


def test_the_survey_is_named_as_the_study_names_it() -> None:
    for said in (texts.found_by, texts.difference_to, texts.theirs, texts.unpaired):
        for words in said("Audit of 2024"):
            assert "Audit of 2024" in words and "POBI" not in words


def test_no_text_of_figures_names_a_survey_of_its_own() -> None:
    fixed = [*texts.MEASURES.values(), *(value for name, value in vars(texts).items() if name.isupper())]
    assert not [text for text in fixed if isinstance(text, tuple) and "POBI" in " ".join(text)]
