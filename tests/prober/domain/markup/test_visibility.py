"""What a reader opens by a control of the page is shown to who presses it; what nothing opens is not."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from prober.domain.markup.visibility import lies_in, opened_by_readers

PANEL = "<div id='lh' style='display: none'><p>Thư: vanthu.stc@x.gov.test</p></div>"


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        (f"<a href='#lh'>Liên hệ</a>{PANEL}", True),
        (f"<button aria-controls='lh'>Liên hệ</button>{PANEL}", True),
        (f"<button data-bs-target='#lh'>Liên hệ</button>{PANEL}", True),
        (f"<a href='#gt'>Giới thiệu</a>{PANEL}", False),
        (f"<div hidden><a href='#lh'>Liên hệ</a></div>{PANEL}", False),
        (f"<a href='#lh'>Liên hệ</a><div hidden>{PANEL}</div>", False),
        (
            "<a href='#lh'>Liên hệ</a><div id='lh' hidden><p>Thư: <i style='display:none'>bay@x.test</i></p></div>",
            False,
        ),
        ("<a href='#lh'>Liên hệ</a><div id='lh'><p>Thư: vanthu.stc@x.gov.test</p></div>", False),  # covered by nothing
    ],
)
def test_a_part_that_a_shown_control_names_is_opened_by_readers(markup: str, shown: bool) -> None:
    tree = LexborHTMLParser(markup)
    line = tree.css_first("p")
    assert line is not None
    assert lies_in(line, opened_by_readers(tree)) is shown
