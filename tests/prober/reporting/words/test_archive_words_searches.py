"""Every part and outcome of a search has its words in both languages."""

import pytest

from prober.domain.visit import Outcome, SearchPart
from prober.reporting.words import archive_words


@pytest.mark.parametrize("part", SearchPart)
@pytest.mark.parametrize("outcome", Outcome)
def test_every_step_has_words(part: SearchPart, outcome: Outcome) -> None:
    row = {"part": part, "outcome": outcome, "status": 503, "failure": "http_5xx", "count": 3, "found_by": "menu"}
    said = archive_words.met(row)
    assert "(503)" in said.vi and "(503)" in said.en and said.vi != said.en
    assert "in the menu" in said.en
    assert archive_words.PARTS[part].vi


def test_an_absence_and_what_could_not_be_seen_have_headings_of_their_own() -> None:
    assert archive_words.heading("not_found") != archive_words.heading("not_seen")
