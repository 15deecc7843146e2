"""Where the words of an observation stand in a page, and what is said where they do not."""

import re

import pytest

from prober.domain.archive import ArchivedObservation
from prober.reporting.archive.proving_words import Sought
from prober.reporting.archive.safe_copy import safe_copy
from tests.prober.reporting.archive.test_safe_copy import CONTACT


@pytest.mark.parametrize(
    ("sought", "found", "marked"),
    [
        (Sought("Điện thoại: 0290 3831 - Thư điện tử: ubnd@camau.gov.test", "#lien-he > p"), ArchivedObservation.WORDS,
         "Điện thoại:0290 3831–&nbsp;Thư điện tử:ubnd@camau.gov.test"),
        (Sought("Trang chủ", "#gone"), ArchivedObservation.WORDS, "Trang chủ"),
        (Sought("…@camau.gov.test", ""), ArchivedObservation.WORDS, "@camau.gov.test"),
        (Sought("Liên hệ", ""), ArchivedObservation.TITLE, ""),
        (Sought("tencuaban@x.test", "#hoi > input:nth-of-type(1)"), ArchivedObservation.PLACE, ""),
        (Sought("quantri@x.test", ""), ArchivedObservation.SOURCE, ""),
        (Sought("Không có lời này", ""), ArchivedObservation.NOWHERE, ""),
        (Sought("x", "div[", ""), ArchivedObservation.NOWHERE, ""),
    ],
)  # fmt: skip
def test_the_proving_words_are_marked_across_elements(sought: Sought, found: ArchivedObservation, marked: str) -> None:
    copy = safe_copy(CONTACT, sought)
    assert copy.found == found
    words = "".join(re.sub("<[^>]*>", "", mark).strip() for mark in re.findall("<mark.*?</mark>", copy.html, re.S))
    assert words == marked
    assert copy.html.count('"first"') + copy.html.count(" first") == (
        found in (ArchivedObservation.WORDS, ArchivedObservation.PLACE)
    )


def test_what_was_read_from_the_source_is_quoted() -> None:
    assert 'content="quantri@x.test"' in safe_copy(CONTACT, Sought("quantri@x.test")).source
    hidden = '<p id=a>Email: <a data-cfemail="5a2f">[email&#160;protected]</a></p>'
    copy = safe_copy(hidden, Sought("Email: [email protected]", "#a", "ubnd@x.test"))
    assert copy.found == ArchivedObservation.WORDS and 'data-cfemail="5a2f"' in copy.source
