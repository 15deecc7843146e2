"""The text of HTML, with the addresses behind its words."""

import time

from mailroom.mime import body_text


def test_a_link_behind_words_is_readable_in_the_text() -> None:
    text, links = body_text.html_text(
        '<p>Xem <a href="https://a.gov.test/x.pdf">tại đây</a></p><blockquote>cũ</blockquote>'
    )
    assert text == "Xem tại đây <https://a.gov.test/x.pdf>\n\n> cũ"
    assert links == ("https://a.gov.test/x.pdf",)


def test_fifty_thousand_nested_tags_are_text() -> None:
    started = time.monotonic()
    text, _ = body_text.html_text("<div>" * 50_000 + "Sở" + "</div>" * 50_000)
    assert text == "Sở"
    assert time.monotonic() - started < 5
