"""What the home page and other pages share is the frame; the rest is a page's own."""

import pytest

from spiders.reading.page_reader import read_page
from spiders.reading.page_reading import PageReading, PageSource, Purpose
from spiders.visit.collectors import collector
from spiders.visit.collectors.collector import DOOR, SiteFrame
from tests.spiders.visit.test_visit import AT, BODY, HOST

LABELS = {"": "Trang chủ", "hd": "Hỏi đáp", "t": "Tin", "l": "Liên hệ"}
MENU = "".join(f"<p><a href='/{path}'>{label}</a></p>" for path, label in LABELS.items())


def read(html: str, path: str = "/") -> PageReading:
    return read_page(PageSource(html, HOST + path, 200, {}, AT, False, Purpose.HOME), BODY)


HOME = read(f"<title>Sở Tài chính</title>{MENU}<p>Tin mới</p>")


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ("<p>Trang chủ » Hỏi đáp</p><h1>HỎI ĐÁP</h1>", ()),
        ("<p>Gửi hỏi đáp</p>", ("gửi",)),
        ("<p>Thiếu tệp /srv/hoi_dap.inc của Tin</p>", ("thiếu", "tệp", "của")),
        ("<p>0290.3831.111</p><p>so@tai.test</p>", ("0290", "3831", "111", "so@tai", "test")),
    ],
)
def test_own_words_are_neither_labels_nor_names_of_files(shown: str, words: tuple[str, ...]) -> None:
    page = read(f"<title>Hỏi đáp</title>{MENU}{shown}", "/hd")
    assert SiteFrame.of(HOME).own_words(page) == words


def test_a_door_takes_the_frame_of_the_next_page_and_a_home_page_keeps_its_own() -> None:
    links = "".join(f"<a href='/{n}'>Vào</a>" for n in range(DOOR))
    door, other = (
        SiteFrame.of(read(f"{links}<a href='/'>Sở</a><a href='http://tinh.gov.test/'>Tỉnh</a>")),
        read(MENU, "/x"),
    )
    assert door.door and not SiteFrame.of(HOME).door
    assert not door.widened(other).door and door.widened(other).own(other) == ()
    assert SiteFrame.of(HOME).widened(read("<p>Khác</p>", "/x")) == SiteFrame.of(HOME)


def test_whether_a_home_page_is_a_door_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    home = SiteFrame.of(HOME)
    assert not home.door
    monkeypatch.setattr(collector, "host_of", None)
    assert home.widened(read("<p>Khác</p>", "/x")) is home
