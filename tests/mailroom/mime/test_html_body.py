"""The text of HTML, with the addresses behind its words."""

import time

from mailroom.mime import html_body


def test_a_link_behind_words_is_readable_in_the_text() -> None:
    text, links = html_body.html_text(
        '<p>Xem <a href="https://a.gov.test/x.pdf">tại đây</a></p><blockquote>cũ</blockquote>'
    )
    assert text == "Xem tại đây <https://a.gov.test/x.pdf>\n\n> cũ"
    assert links == ("https://a.gov.test/x.pdf",)


def test_fifty_thousand_nested_tags_are_text() -> None:
    started = time.process_time()
    text, _ = html_body.html_text("<div>" * 50_000 + "Sở" + "</div>" * 50_000)
    assert text == "Sở"
    assert time.process_time() - started < 5


def test_an_element_with_many_attributes_keeps_its_text_and_its_first_attributes() -> None:
    many = "".join(f" a{n}=b" for n in range(3_000))
    text, links = html_body.html_text(f'<p>Sở</p><!-- <a b="> --><a href="https://a.test/x.pdf"{many}>đây</a><p>xong')
    assert (text, links) == ("Sở\nđây <https://a.test/x.pdf>\nxong", ("https://a.test/x.pdf",))


def test_a_letter_of_long_words_and_odd_quotation_marks_is_read_as_before() -> None:
    words = '<p title="a > b" style=\'x\'>Sở "Tài chính" < 5 <b class=a/b>xong</b></p>\n'
    text, _ = html_body.html_text(words * 200)
    assert text == "\n\n".join(['Sở "Tài chính" < 5 xong'] * 200)


def test_colours_that_are_never_closed_are_text() -> None:
    text, _ = html_body.html_text("".join(f"<p><font color={n}>x" for n in range(2_000)))
    assert text.split() == ["x"] * 2_000
