"""Everything that may be said of an archived page has its words, in both languages."""

from prober.domain.archive import ArchivedObservation, Restriction, Shown
from prober.reporting.words import archive_words


def test_every_code_has_its_words() -> None:
    assert set(archive_words.WHY_NOT) == set(Shown) - {Shown.PAGE, Shown.RESTRICTED, Shown.TAKEN_DOWN}
    assert set(archive_words.RESTRICTED) == set(Restriction) and set(archive_words.MARKED) == set(ArchivedObservation)
    told = (*archive_words.WHY_NOT.values(), *archive_words.RESTRICTED.values(), *archive_words.MARKED.values())
    assert len({text.vi for text in told}) == len({text.en for text in told}) == len(told)
