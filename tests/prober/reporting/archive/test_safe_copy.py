"""The harmless copy of an archived page: nothing acts in it, and the words that prove something are marked."""

import re

import pytest

from prober.domain.archive import ArchivedObservation
from prober.reporting.archive.proving_words import Sought
from prober.reporting.archive.safe_copy import KEPT, LONGEST, copy_of_text, safe_copy
from tests.prober.reporting.archive.hostile_pages import HOSTILE, page

TAG = re.compile(r"<(/?)([a-z0-9-]+)((?:\s[^<>]*)?)>")
ATTRIBUTES = re.compile(r'(?: class="[a-z ]+"| (?:colspan|rowspan|start)="\d{1,3}")*')
CONTACT = """<html><head><title>Liên hệ</title><meta name=author content="quantri@x.test"></head><body>
<nav><a href="/">Trang chủ</a></nav><mark>Tin mới</mark>
<div id="lien-he"><p>Điện thoại: <b>0290 3831</b> –\u00a0Thư điện tử:
<a href="mailto:x">ubnd<!-- a -->@camau.gov.test</a></p></div>
<form id="hoi"><input placeholder="tencuaban@x.test"><input type=hidden value=secret><input type=submit value="Gửi đi">
<select><option>Tài chính<option>Đất đai</select><textarea placeholder="Nội dung"></textarea></form>
<iframe src="https://y.test/map"></iframe><img src="a.png" alt="Bản đồ"></body></html>"""


@pytest.mark.parametrize("name", HOSTILE)
def test_the_copy_of_a_hostile_page_has_only_what_is_kept(name: str) -> None:
    copy = safe_copy(page(name, "http://x.test"), Sought("x"))
    tags = TAG.findall(copy.html)
    assert {tag for _, tag, _ in tags} <= KEPT | {"mark"}
    assert all(ATTRIBUTES.fullmatch(attributes) for _, _, attributes in tags)
    assert "<" not in TAG.sub("", copy.html) and len(copy.html) < LONGEST + 50_000


def test_there_are_enough_attacks() -> None:
    assert len(HOSTILE) >= 60


def test_fields_frames_and_pictures_are_written_as_text_and_the_page_marks_nothing() -> None:
    copy = safe_copy(CONTACT, Sought("", "", ""))
    for part in (
        '<span class="field">tencuaban@x.test</span>', '<span class="button">Gửi đi</span>', "Tài chính", "Nội dung",
        '<span class="frame">https://y.test/map</span>', '<span class="picture">Bản đồ</span>',
    ):  # fmt: skip
        assert part in copy.html
    assert "secret" not in copy.html and "<mark" not in copy.html and "href" not in copy.html
    assert (copy.title, copy.is_empty, copy.is_cut) == ("Liên hệ", False, False)


def test_a_link_that_is_the_finding_shows_where_it_led() -> None:
    copy = safe_copy('<a href="https://facebook.test/ubnd"><i></i></a>', Sought("f", "", "https://facebook.test/ubnd"))
    assert '<span class="target">https://facebook.test/ubnd</span>' in copy.html


def test_a_long_page_is_cut_and_a_page_of_scripts_is_empty() -> None:
    long = safe_copy("<p>abc</p>" * 100_000, Sought())
    assert long.is_cut and LONGEST * 0.9 < len(long.html) < LONGEST * 1.1
    assert safe_copy("<title>x</title><div id=root></div><script src=a.js></script>", Sought()).is_empty


def test_the_text_of_a_document_is_its_lines() -> None:
    copy = copy_of_text("Danh bạ <b>\nThu dien tu: vp@x.test\n\n", Sought("Thu dien tu: vp@x.test"))
    assert copy.found == ArchivedObservation.WORDS
    assert copy.html.count("<p>") == 2 and "&lt;b&gt;" in copy.html and "<mark" in copy.html
