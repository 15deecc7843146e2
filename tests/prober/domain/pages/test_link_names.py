"""A link is named by its words, else by what is said beside them."""

from datetime import datetime

import pytest

from prober.domain.pages.page import Page
from tests.languages import VI
from tests.pobi import HANOI

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)


def names(markup: str) -> list[tuple[str, str]]:
    page = Page("https://www.camau.gov.test/", 200, f"<main>{markup}</main>", NOW, words=VI)
    return [(link.text, link.heading) for link in page.links]


@pytest.mark.parametrize(("inner", "text"), [
    ("<span>Hỏi</span><span>đáp</span>", "Hỏi đáp"), ("Hỏi<br>đáp", "Hỏi đáp"), ("<b>H</b>ỏi đ<i>á</i>p", "Hỏi đáp"),
    ("<b>T</b><span>ài chính</span>", "Tài chính"), ("<i>Biểu</i><i>B</i>", "Biểu B"), ("<i>Y</i><i>tế</i>", "Y tế"),
    ("<b>B</b> khu", "B khu"),
])  # fmt: skip
def test_words_that_elements_divide_are_read_as_they_are_seen(inner: str, text: str) -> None:
    assert names(f"<a href='/x'>{inner}</a>") == [(text, "")]


@pytest.mark.parametrize("link", [
    "<a href='/x' title='Hỏi đáp'><i></i></a>", "<a href='/x' aria-label='Hỏi đáp'><svg></svg></a>",
    "<a href='/x'><img alt='Hỏi đáp' src='x.png'></a>", "<a href='/x'><span title='Hỏi đáp'></span></a>",
    "<a href='/x'><img alt='' src='x.png'><span aria-label='Hỏi đáp'></span></a>",
    "<p id='n'>Hỏi đáp</p><a href='/x' aria-labelledby='n'><img src='x.png'></a>",
])  # fmt: skip
def test_a_link_without_words_has_those_of_its_attributes(link: str) -> None:
    assert names(link) == [("Hỏi đáp", "")]


@pytest.mark.parametrize(("markup", "heading"), [
    ("<div><a href='/x'><img src='x.png'></a><p>Hỏi đáp</p></div>", "Hỏi đáp"),
    ("<div><div><a href='/x'><img src='x.png'></a></div><div><b>Hỏi</b> đáp</div></div>", "Hỏi đáp"),
    ("<div><a href='/x'><img src='x.png'></a><a href='/x'><img src='y.png'></a><p>Hỏi đáp</p></div>", ""),
    ("<div><a href='/x'><img src='x.png'></a><p>Sở Tài chính hỏi đáp với người dân về giá đất năm nay</p></div>", ""),
    ("<ul><a href='/x'><img src='x.png'></a><p>Hỏi đáp</p></ul>", ""),
])  # fmt: skip
def test_a_picture_is_named_by_the_words_of_its_tile(markup: str, heading: str) -> None:
    assert names(markup)[0] == ("", heading)


@pytest.mark.parametrize(("link", "heading"), [
    ("<a href='/x' title='Hỏi đáp'>Chi tiết</a>", "Hỏi đáp"), ("<a href='/x' aria-label='Hỏi đáp'>Xem</a>", "Hỏi đáp"),
    ("<a href='/x' title='Xem thêm'>Xem</a>", ""), ("<a href='/x' title='Hỏi đáp'>Văn bản</a>", ""),
    ("<a href='/x' title='Sở Tài chính trả lời câu hỏi của người dân về giá đất'>Xem</a>", ""),
])  # fmt: skip
def test_a_word_that_says_nothing_gives_way_to_the_title(link: str, heading: str) -> None:
    assert names(link)[0][1] == heading
