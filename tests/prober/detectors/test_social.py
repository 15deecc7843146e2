"""Which channel an address of a social network is."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from prober.detectors.body import Body
from prober.detectors.social import normalise, social
from prober.domain.hostnames import host_of, registrable
from prober.domain.pages.elements import Link
from prober.domain.pages.page import Page
from prober.text.vietnamese import fold
from tests.languages import VI, VIETNAMESE
from tests.pobi import HANOI, agencies

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)

CHANNELS = [
    ("https://m.facebook.com/cttdtcamau/?ref=x", "https://www.facebook.com/cttdtcamau"),
    ("https://www.facebook.com/plugins/page.php?href=https%3A%2F%2Ffacebook.com%2Fcamau", "https://www.facebook.com/camau"),
    ("https://www.facebook.com/profile.php?id=100064", "https://www.facebook.com/100064"),
    ("https://www.facebook.com/sharer/sharer.php?u=x", None),
    ("https://www.facebook.com/camau/posts/12", None),
    ("https://www.facebook.com/", None),
    ("https://www.youtube.com/embed/abc", None),
    ("https://www.youtube.com/embed/videoseries?list=PLabcdefghijklmnopqrstuv", None),
    ("https://www.youtube.com/embed?listType=search&list=camau", None),
    ("https://www.youtube.com/embed?listType=user_uploads&list=camau", "https://www.youtube.com/user/camau"),
    (f"https://www.youtube.com/embed/videoseries?list=UU{'a1' * 11}", f"https://www.youtube.com/channel/UC{'a1' * 11}"),
    ("https://www.youtube.com/watch?v=abc", None),
    ("https://www.youtube.com/channel/UCabc", "https://www.youtube.com/channel/UCabc"),
    ("https://zalo.me/0912345678", None),
    ("https://zalo.me/44791234567", None),  # a telephone of any country
    ("https://zalo.me/giaothongcamau", "https://zalo.me/giaothongcamau"),
    ("https://www.facebook.com/pages/Ca-Mau/100064123456", "https://www.facebook.com/100064123456"),
    ("https://www.facebook.com/people/Ca-Mau/100064123456/", "https://www.facebook.com/100064123456"),
    ("https://www.facebook.com/plugins/video.php?href=https%3A%2F%2Ffacebook.com%2Fcamau%2Fvideos%2F1", None),
    ("https://www.tiktok.com/tag/camau", None),
    ("https://twitter.com/intent/tweet?x", None),
    ("https://www.tiktok.com/@camau", "https://www.tiktok.com/@camau"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "channel"), CHANNELS)
def test_channel(url: str, channel: str | None) -> None:
    found = normalise(Link(url, "", "footer", url))
    assert (found[2] if found else None) == channel


def homes(kind: str) -> Iterator[tuple[str, Body, str]]:
    """Yield address of the home page, body, and the province's name in handles, of every agency of 2019."""
    for agency in agencies("2019", kind):
        domain = registrable(host_of(agency.url))
        body = Body(
            agency.name_vi, agency.province_vi, agency.province_en, agency.kind, (domain,), vocabulary=VIETNAMESE
        )
        yield agency.url, body, fold(agency.province_vi).replace(" ", "").replace("-", "")


def channels(url: str, body: Body, links: str, place: str = "footer") -> int:
    page = Page(url, 200, f"<title>{body.name_vi}</title><p>Tin</p><{place}>{links}</{place}>", NOW, words=VI)
    return len(social(page, body))


def icon(address: str) -> str:
    return f"<a href='https://{address}'><i class='fa'></i></a>"


PLUGIN = "<div class='fb-page' data-href='https://www.facebook.com/profile.php?id=100012345678901'></div>"
OWN = [
    icon("www.facebook.com/bbtcttdt"), icon("www.facebook.com/congthongtindientutinh"), PLUGIN,
    icon("www.youtube.com/@bbtcttdt"), icon("www.facebook.com/61550001112223"), icon("www.tiktok.com/@ubnd{}"),
    icon("www.facebook.com/thongtin{}"), icon("www.facebook.com/ctt{}"), icon("www.facebook.com/congtttdt{}"),
    icon("zalo.me/cong{}-mo-phong"),
    icon("www.youtube.com/channel/UC{}-mo-phong"), "<a href='../https://www.facebook.com/{}portal'></a>",
]  # fmt: skip
OTHERS = [
    "phunu{}",
    "{}fc",
    "doanthanhnien{}",
    "bao{}",
    "dulich{}",
    "hoinongdan{}",
    "ldld{}",
    "{}review",
    "benhvien{}",
]


@pytest.mark.parametrize("place", ["footer", "header", "div class='social-links'"])
@pytest.mark.parametrize("links", OWN)
def test_a_channel_on_the_own_home_page_is_own_with_the_name_or_without_any(links: str, place: str) -> None:
    assert sum(channels(url, body, links.replace("{}", name), place) for url, body, name in homes("portal")) == 63


@pytest.mark.parametrize("handle", OTHERS)
def test_the_channel_of_another_body_with_the_province_in_its_name(handle: str) -> None:
    for kind in ("portal", "finance"):
        for url, body, name in homes(kind):
            assert not channels(url, body, icon(f"www.facebook.com/{handle.format(name)}")), name


@pytest.mark.parametrize("handle", ["congthongtindientu{}", "thongtin{}", "ubnd{}", "bbtcttdt", "{}"])
def test_the_portals_channel_is_not_the_finance_departments(handle: str) -> None:
    for url, body, name in homes("finance"):
        assert not channels(url, body, icon(f"www.facebook.com/{handle.format(name)}")), name


@pytest.mark.parametrize("handle", ["sotaichinh{}", "stc{}"])
def test_the_finance_departments_own_channel(handle: str) -> None:
    for url, body, name in homes("finance"):
        assert channels(url, body, icon(f"www.facebook.com/{handle.format(name)}")), name


def test_a_handle_of_many_words_for_sites_takes_no_time() -> None:
    handle = "ttdtttubndtinhs" * 3000 + "x"
    assert not channels(
        "https://camau.gov.vn/", Body("", own_domains=("camau.gov.vn",), vocabulary=VIETNAMESE), icon(f"t.me/{handle}")
    )


def shown(url: str, body: Body, html: str) -> list[str]:
    page = Page(url, 200, f"<title>Trang</title><body><footer>{html}</footer></body>", NOW, words=VI)
    return [finding.value for finding in social(page, body)]


def test_the_board_of_tourism_has_a_channel_of_tourism() -> None:
    board = Body("Sở Du lịch tỉnh Cà Mau", "Cà Mau", "Ca Mau", "department", ("camau.gov.test",), vocabulary=VIETNAMESE)
    link = "<a href='https://www.facebook.com/sodulichcm'>Facebook Sở Du lịch tỉnh Cà Mau</a>"
    assert shown("https://sdl.camau.gov.test/", board, link) == ["https://www.facebook.com/sodulichcm"]
    other = "<a href='https://www.facebook.com/dulichcamau'>Du lịch Cà Mau</a>"
    assert shown("https://sdl.camau.gov.test/", board, other) == []


@pytest.mark.parametrize(
    ("host", "handle", "own"),
    [
        ("stttt.camau.gov.vn", "stttt-camau", True),
        ("stttt.camau.gov.vn", "phunu.camau", False),
        ("baocamau.vn", "baocamaufc", False),
    ],
)
def test_a_handle_that_is_the_sites_name(host: str, handle: str, own: bool) -> None:
    body = Body("", kind="", own_domains=(registrable(host),), vocabulary=VIETNAMESE)
    link = f"<a href='https://www.facebook.com/{handle}'><i class='fa'></i></a>"
    assert bool(shown(f"https://{host}/", body, link)) is own


@pytest.mark.parametrize(("handle", "own"), [("sotnmtcamau", True), ("stnmtcamau", True), ("soytecamau", False)])
def test_a_handle_of_the_departments_initials(handle: str, own: bool) -> None:
    body = Body("", kind="", own_domains=("camau.gov.vn",), vocabulary=VIETNAMESE)
    link = f"<header><a href='https://www.facebook.com/{handle}'></a></header>"
    html = f"<title>Sở Tài nguyên và Môi trường tỉnh Cà Mau</title><body>{link}</body>"
    assert bool(social(Page("https://moitruong.camau.gov.vn/", 200, html, NOW, words=VI), body)) is own


@pytest.mark.parametrize(
    ("name", "link", "found"),
    [
        ("Trạm Thú y huyện Bình Đại", "<a href='https://www.facebook.com/tramthuybinhdai'>Fanpage</a>", 1),
        ("Trạm Thú y huyện Bình Đại", "<a href='https://www.facebook.com/tramthuychothach'>Fanpage</a>", 0),
        ("UBND phường An Lạc", "<a href='https://zalo.me/cttdtthanhpho'>Zalo Cổng thông tin Thành phố</a>", 0),
        ("UBND xã An Hòa", "<p>Zalo OA của UBND xã An Hòa: zalo.me/3417720098165523340</p>", 1),
        ("UBND xã An Hòa", "<p>Zalo OA của UBND xã Bình An: zalo.me/3417720098165523341</p>", 0),
        ("UBND xã An Hòa", "<p>Ảnh: www.facebook.com/sharer/anhoa</p>", 0),
    ],
)
def test_a_channel_that_has_the_name_of_the_body(name: str, link: str, found: int) -> None:
    body = Body(name, own_domains=("x.gov.test",), kind="department", vocabulary=VIETNAMESE)
    assert channels("http://x.gov.test/lien-he", body, link) == found


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("<footer><a href='https://www.facebook.com/tayha.longbien'>Facebook</a></footer>", 0),
        ("<footer><a href='https://www.facebook.com/congandongha.longbien'>Facebook</a></footer>", 0),
        ("<footer><a href='https://www.facebook.com/phuongdonghafc'>Facebook</a></footer>", 0),
        ("<footer><a href='https://www.facebook.com/phuongtayhalb'>Facebook</a></footer>", 0),
        ("<footer><a href='https://www.facebook.com/thongtinlongbien'>Facebook</a></footer>", 0),
        ("<div class='fb-page' data-href='https://www.facebook.com/longbienonline'></div>", 0),
        ("<footer><a href='https://www.facebook.com/ubndlongbien'>Fanpage UBND phường Đông Hạ</a></footer>", 1),
        ("<div><a class='zalo-chat' href='https://zalo.me/2841093347211560981'>Chat</a></div>", 1),
        ("<div class='zalo-box'><a href='https://zalo.me/2841093347211560981'></a></div>", 1),
        ("<div><a href='https://zalo.me/2841093347211560981'>Chat</a></div>", 0),
        ("<div><a class='zalo-chat' href='https://zalo.me/0912345678'>Chat</a></div>", 0),
        ("<div><a class='social fb' href='https://www.facebook.com/phuongdongha'></a></div>", 1),
        ("<div><a class='social fb' href='https://www.facebook.com/giaodienmau'></a></div>", 0),
        ("<footer><a href='https://www.facebook.com/phuongdonghalongbien.official'>Fanpage</a></footer>", 1),
        ("<div><a href='https://zalo.me/2841093347211560981'>Zalo công an phường</a></div>", 0),
        ("<div><a href='https://zalo.me/2841093347211560981'>Zalo xã</a></div>", 0),
        ("<aside><a href='https://www.facebook.com/longbiens.dothiso'>LongBien-S</a></aside>", 0),
        ("<footer><a href='https://zalo.me/2841093347211560981'>Zalo</a></footer>", 1),
        ("<footer><a href='https://zalo.me/2841093347211560981'>Zalo Công an phường Đông Hạ</a></footer>", 0),
        ("<footer><a href='https://www.facebook.com/61550001112223'>Du lịch Long Biên</a></footer>", 0),
        ("<footer><a href='https://www.facebook.com/longbien.review'>Facebook</a></footer>", 0),
        ("<footer><a href='https://zalo.me/2841093347211560981'>Zalo BHXH Việt Nam</a></footer>", 0),
        ("<footer><a href='https://www.facebook.com/phuongdongha1998'>Facebook</a></footer>", 1),
        ("<footer><a href='https://www.youtube.com/@phuongdongha6213'>Kênh YouTube</a></footer>", 1),
        ("<p>Zalo OA: <a href='https://zalo.me/2841093347211560981'>Phường Đông Hạ</a></p>", 1),
        ("<p>Zalo OA: <a href='https://zalo.me/2841093347211560981'>Phường Tây Hạ</a></p>", 0),
    ],
)
def test_the_channel_of_a_ward_on_its_own_home_page(link: str, found: int) -> None:
    body = Body("", kind="", own_domains=("longbien.gov.test",), vocabulary=VIETNAMESE)
    html = f"<title>UBND phường Đông Hạ</title><body><main>Tin</main>{link}</body>"
    page = Page("https://phuongdongha.longbien.gov.test/", 200, html, NOW, words=VI)
    assert len(social(page, body)) == found


@pytest.mark.parametrize(
    ("host", "frame", "handle", "found"),
    [
        ("dongha", "<footer>UBND phường Đông Hạ - Email: x</footer>", "phuongdongha.lb", 1),
        ("sgtvt", "<header><p>SỞ GIAO THÔNG VẬN TẢI</p></header>", "sogiaothongvantailongbien", 1),
        ("ttytdongha", "<footer>Trung tâm Y tế khu vực Đông Hạ<br>Điện thoại</footer>", "ttytkvdongha", 1),
        ("tayha", "<footer>UBND phường Đông Hạ - Email: x</footer>", "phuongdongha.lb", 0),
        ("dongha", "<p>UBND phường Đông Hạ - Email: x</p>", "phuongdongha.lb", 0),
        ("dongha", "<footer>Trang nhất</footer>", "dongha.longbien.gov.test", 1),
        ("dongha", "<footer>Trang nhất</footer>", "longbien.gov.test", 0),
        ("dongha", "<footer>Trang nhất</footer>", "congdongha.longbien.gov.test", 1),
        ("dongha", "<footer>Trang nhất</footer>", "baodongha.longbien.gov.test", 0),
        ("dongha", "<footer><a href='https://zalo.me/2841093347211560981'>Đông Hạ</a></footer>", "longbien.fc", 1),
    ],
)
def test_a_body_is_known_by_banner_or_footer_where_its_site_is_called_so(
    host: str, frame: str, handle: str, found: int
) -> None:
    body = Body("", kind="", own_domains=("longbien.gov.test",), vocabulary=VIETNAMESE)
    link = f"<footer><a href='https://www.facebook.com/{handle}'>Fanpage</a></footer>"
    html = f"<title>Hỏi đáp</title><body>{frame}<main>Tin</main>{link}</body>"
    assert len(social(Page(f"https://{host}.longbien.gov.test/hoi-dap", 200, html, NOW, words=VI), body)) == found


@pytest.mark.parametrize(
    ("host", "name", "address", "label", "found"),
    [
        ("datmui.gov.test", "Vườn quốc gia Đất Mũi", "www.facebook.com/yeudatmui.trip", "FB", 0),
        ("namcan.longbien.gov.test", "Bệnh viện Đa khoa khu vực", "www.facebook.com/bvnamcan", "FB", 1),
        ("namcan.longbien.gov.test", "Bệnh viện Đa khoa khu vực", "www.facebook.com/chonamcan", "FB", 0),
        ("ttyt.longbien.gov.test", "Trung tâm Y tế", "www.facebook.com/ttytlongbien.vn", "FB", 1),
        (
            "kcn.longbien.gov.test",
            "Ban Quản lý các khu công nghiệp tỉnh Long Biên",
            "zalo.me/bqlkcn.longbien",
            "Zalo",
            1,
        ),
        ("giong.longbien.gov.test", "Cục Giống cây trồng", "www.youtube.com/@giong_vt", "Kênh YouTube của Cục", 1),
    ],
)
def test_a_handle_that_is_the_site_or_its_kind_and_the_site(
    host: str, name: str, address: str, label: str, found: int
) -> None:
    body = Body("", kind="", own_domains=(registrable(host),), vocabulary=VIETNAMESE)
    link = f"<footer><a href='https://{address}'>{label}</a></footer>"
    html = f"<title>{name}</title><body><main>Tin</main>{link}</body>"
    assert len(social(Page(f"https://{host}/tin", 200, html, NOW, words=VI), body)) == found


@pytest.mark.parametrize(
    ("site", "name", "handle", "own"),
    [
        ("stttt", "Sở Thông tin và Truyền thông", "thongtinlongbien", 0),
        ("sdl", "Sở Du lịch tỉnh Long Biên", "dulichlongbien", 0),
        ("stp", "Sở Tư pháp tỉnh Long Biên", "phaplongbien", 0),
        ("syt", "Sở Y tế tỉnh Long Biên", "phobienphapluatlongbien", 0),
        ("stp", "Sở Tư pháp tỉnh Long Biên", "tuphaphailang", 0),
        ("donghanam", "UBND xã Đông Hạ Nam", "donghanamlongbien", 1),
        ("donghanam", "UBND xã Đông Hạ Nam", "donghalongbien", 0),
    ],
)
def test_the_field_of_a_department_in_its_province_is_its_channel(site: str, name: str, handle: str, own: int) -> None:
    body = Body("", kind="", own_domains=("longbien.gov.test",), vocabulary=VIETNAMESE)
    link = f"<footer><a href='https://www.facebook.com/{handle}'>Facebook</a></footer>"
    html = f"<title>{name}</title><body><main>Tin</main>{link}</body>"
    assert len(social(Page(f"https://{site}.longbien.gov.test/tin", 200, html, NOW, words=VI), body)) == own


def test_the_portals_own_channel_has_the_name_of_its_province_alone() -> None:
    body = Body("", kind="", own_domains=("longbien.gov.test",), vocabulary=VIETNAMESE)
    link = "<footer><a href='https://www.facebook.com/thongtinlongbien'>Facebook</a></footer>"
    for title in ("Cổng thông tin điện tử tỉnh Long Biên", "Trang chủ"):
        html = f"<title>{title}</title><body>{link}</body>"
        for host in ("longbien.gov.test", "www.longbien.gov.test", "portal.longbien.gov.test"):
            assert len(social(Page(f"https://{host}/", 200, html, NOW, words=VI), body)) == 1
            club = html.replace("thongtinlongbien", "longbien.fc")
            assert not social(Page(f"https://{host}/", 200, club, NOW, words=VI), body)


CULTURE = ("svhtt.tanlap.gov.vn", "Sở Văn hóa và Thể thao Tân Lập")
ZALO = "zalo.me/2044135577801246683"


@pytest.mark.parametrize(
    ("site", "place", "link", "own"),
    [
        (CULTURE, "main", f"{ZALO}'>Sở VH&amp;TT Tân Lập", 1),
        (CULTURE, "main", f"{ZALO}'>Sở Y tế Tân Lập", 0),
        (CULTURE, "footer", "www.youtube.com/channel/UCr5Vn2Lk8Xw0qTzYb3MhJ1g'>Kênh YouTube Sở VHTT Tân Lập", 1),
        (("bhxh.tanlap.gov.vn", "Bảo hiểm xã hội tỉnh Tân Lập"), "footer", f"{ZALO}'>Zalo BHXH Việt Nam", 0),
        (("dhtanlap.edu.vn", "Trường Đại học Tân Lập"), "footer", "www.tiktok.com/@dhtanlap.edu.vn'>TikTok", 1),
        (("cvtl.gov.vn", "Cảng vụ hàng hải Tân Lập"), "footer", "www.youtube.com/@cvtlbien'>YouTube CVTL", 1),
        (("cvtl.gov.vn", "Cảng vụ hàng hải Tân Lập"), "footer", "www.youtube.com/@cvtlbien'>YouTube Đoàn CVTL", 0),
    ],
)
def test_a_channel_whose_label_names_the_body_in_initials(
    site: tuple[str, str], place: str, link: str, own: int
) -> None:
    host, title = site
    body = Body("", kind="", own_domains=(registrable(host),), vocabulary=VIETNAMESE)
    shown = f"<title>{title}</title><h1>Liên hệ</h1><{place}><a href='https://{link}</a></{place}>"
    assert len(social(Page(f"https://{host}/lien-he", 200, shown, NOW, words=VI), body)) == own


@pytest.mark.parametrize(
    ("site", "title", "link", "own"),
    [
        ("dongha.", "UBND xã Đông Hạ", f"{ZALO}'>Zalo chính quyền điện tử tỉnh", 0),
        ("dongha.", "UBND xã Đông Hạ", "www.facebook.com/trangdep.lb'>Web Long Biên", 0),
        ("", "Cổng TTĐT tỉnh Long Biên", "www.facebook.com/trangdep.lb'>Web Long Biên", 1),
    ],
)
def test_the_provinces_name_in_a_label_is_not_that_of_a_commune(site: str, title: str, link: str, own: int) -> None:
    body = Body("", kind="", own_domains=("longbien.gov.test",), vocabulary=VIETNAMESE)
    html = f"<title>{title}</title><body><main>Tin <a href='https://{link}</a></main></body>"
    assert len(social(Page(f"https://{site}longbien.gov.test/", 200, html, NOW, words=VI), body)) == own
