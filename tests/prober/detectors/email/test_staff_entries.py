"""Probes on a page of every portal and finance department of 2019: persons, offices in streets, empty links."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from prober.detectors.body import Body
from prober.detectors.email.email_detector import emails
from prober.domain.agency import Agency
from prober.domain.hostnames import host_of, registrable
from prober.domain.indicator import OFFICIAL
from prober.domain.pages.page import Page
from tests.languages import VI, VIETNAMESE
from tests.pobi import HANOI, agencies

NOW = datetime(2020, 4, 13, 8, tzinfo=HANOI)

# The persons of a directory: name, title, mailbox ("{}" is the body's own domain).
STAFF = [
    ("Nguyễn Minh Đức", "Giám đốc", "minhduc@{}"),
    ("Trần Thị Thu Hương", "Phó Giám đốc", "thuhuong@{}"),
    ("Lê Quang Huy", "Chánh Văn phòng", "quanghuy.le@gmail.com"),
    ("K'Mák", "Trưởng phòng Ngân sách", "kmak@{}"),
    ("Phan Văn Sở", "Chuyên viên", "sopv@{}"),
    ("A Kang", "Phó phòng", "akang79@{}"),
]


def cards(domain: str) -> str:
    return "".join(
        f"<div><h4>{name}</h4><p>{title}</p><p>ĐT: 0912 345 67{n}</p><p>Email: {box.format(domain)}</p></div>"
        for n, (name, title, box) in enumerate(STAFF)
    )


def table(domain: str) -> str:
    rows = "".join(
        f"<tr><td>{n}</td><td>{name}</td><td>{title}</td><td>0912 345 67{n}</td><td>{box.format(domain)}</td></tr>"
        for n, (name, title, box) in enumerate(STAFF)
    )
    return (
        f"<table><tr><th>STT</th><th>Họ và tên</th><th>Chức vụ</th><th>Điện thoại</th><th>Email</th></tr>{rows}</table>"
    )


def lines(domain: str) -> str:
    return "".join(f"<b>{name}</b><br>{title}<br>{box.format(domain)}<br>" for name, title, box in STAFF)


def glued(domain: str) -> str:
    return "<ul>" + "".join(
        f"<li>{name}<i></i>{title}<div>Di động: 0912 345 67{n}<br>Email: {box.format(domain)}</div></li>"
        for n, (name, title, box) in enumerate(STAFF)
    )


def bodies() -> Iterator[tuple[Agency, Body, str]]:
    for agency in agencies("2019"):
        domain = registrable(host_of(agency.url))
        yield (
            agency,
            Body(agency.name_vi, agency.province_vi, agency.province_en, agency.kind, (domain,), vocabulary=VIETNAMESE),
            domain,
        )


def official(agency: Agency, body: Body, html: str) -> set[str]:
    found = emails(Page(f"{agency.url.rstrip('/')}/lien-he", 200, html, NOW, words=VI), body)
    return {finding.value for finding in found if finding.category in OFFICIAL and finding.value}


@pytest.mark.parametrize("directory", [cards, table, lines, glued])
def test_no_person_is_published(directory: Callable[[str], str]) -> None:
    for agency, body, domain in bodies():
        office = f"vanthu@{domain}"
        html = f"<h1>Cơ cấu tổ chức</h1>{directory(domain)}<footer><p>Địa chỉ: số 1</p><p>Email: {office}</p></footer>"
        assert official(agency, body, html) == {office}, agency.id


STREETS = [
    "52 đường Bà Triệu",
    "số 9 phố Ông Ích Khiêm",
    "Bà Huyện Thanh Quan",
    "thị xã Bà Rịa, tỉnh Bà Rịa - Vũng Tàu",
]
OFFICES = ["doithoai", "tiepcongdan", "congbao", "tonghop", "tintuc", "ubt", "thuongtruc", "vptinh", "bbt", "vanthu",
           "sotaichinh"]  # fmt: skip


@pytest.mark.parametrize("street", STREETS)
def test_a_street_with_a_title_makes_no_person_of_an_office(street: str) -> None:
    for agency, body, domain in bodies():
        for office in OFFICES:
            html = f"<h1>Liên hệ</h1><p>Địa chỉ: {street}</p><p>Điện thoại: 02903 831 234</p><p>{office}@{domain}</p>"
            assert official(agency, body, html) == {f"{office}@{domain}"}, agency.id


def test_the_card_of_an_office_that_names_its_head() -> None:
    for agency, body, domain in bodies():
        html = (
            "<p>Trưởng ban biên tập: Hà Văn Tiến, Giám đốc</p><p>Địa chỉ: Tổ 7, phường Nguyễn Thị Minh Khai</p>"
            f"<p>Email: sotc@{domain} | Điện thoại: 0209.3872.652</p>"
        )
        assert official(agency, body, html) == {f"sotc@{domain}"}, agency.id


def test_units_of_an_office_in_a_table_are_no_persons() -> None:
    for agency, body, domain in bodies():
        units = [("Văn phòng", "vanphong"), ("Phòng Ngân sách", "ngansach"), ("Thanh tra", "thanhtra.stc")]
        rows = "".join(f"<tr><td>{unit}</td><td>0205 3812</td><td>{box}@{domain}</td></tr>" for unit, box in units)
        assert len(official(agency, body, f"<h1>Liên hệ</h1><table>{rows}</table>")) == 3, agency.id


@pytest.mark.parametrize(
    ("link", "counts"),
    [
        ("<a href='mailto:vanthu@{}'><span><br></span></a>", False),
        ("<a href='mailto:'>Gửi thư</a>", False),
        ("<a href='mailto:vanthu@{}'><i class='fa fa-envelope'></i></a>", True),
        ("<a href='mailto:vanthu@{}'><img src='thu.png'></a>", True),
        ("<a href='mailto:vanthu@{}' class='icon-mail'></a>", True),
    ],
)
def test_a_link_that_nobody_sees_counts_nothing(link: str, counts: bool) -> None:
    for agency, body, domain in bodies():
        assert bool(official(agency, body, f"<h1>Liên hệ</h1><p>{link.format(domain)}</p>")) == counts, agency.id


def test_a_technical_address_is_not_lost_behind_a_free_one() -> None:
    for agency, body, domain in bodies():
        html = (
            f"<h1>Danh sách</h1><p>Email: sotaichinh.hop@gmail.com</p><footer><p>Email: webmaster@{domain}</p></footer>"
        )
        assert f"webmaster@{domain}" in official(agency, body, html), agency.id


@pytest.mark.parametrize(("unit", "office"), [("khtc.syt", True), ("nvy.syt", True), ("thuhuong.syt", False)])
def test_a_units_initials_outweigh_the_name_of_its_head(unit: str, office: bool) -> None:
    for agency, body, domain in bodies():
        if body.kind == "portal":
            row = f"<tr><td>Phòng Kế hoạch</td><td>Đặng Thị Hồng</td><td>{unit}@{domain}</td></tr>"
            assert bool(official(agency, body, f"<h1>Liên hệ</h1><table>{row}</table>")) is office, agency.id


PEOPLES = [
    ("Giàng Seo Páo", "gspao"),
    ("Thào A Dế", "thaoade"),
    ("K'Brơi", "kbroi"),
    ("Tẩn Mẩy", "mayt"),
    ("Y Blen Kpă", "kpayb"),
    ("Đoàn Thị Vân Khuê", "khuedtv"),
]


@pytest.mark.parametrize(("name", "mailbox"), PEOPLES)
@pytest.mark.parametrize("office", ["", ".syt"])
@pytest.mark.parametrize(
    "entry",
    [
        "<tr><td>3</td><td>{name}</td><td>{box}</td></tr>",
        "<div><h4>{name}</h4><a href='mailto:{box}'><i class='fa fa-envelope'></i></a></div>",
        "<p>3. {name}<br>Phòng Nghiệp vụ<br>Email: {box}</p>",
        "<footer>Chịu trách nhiệm: {name}. Email: {box}</footer>",
        "<p>Đại biểu {name}: {box}</p>",
        "<p>Bản mềm gửi đồng chí {name}, {box}</p>",
    ],
)
def test_a_mailbox_made_of_the_name_beside_it_is_a_persons_whatever_the_name(
    name: str, mailbox: str, office: str, entry: str
) -> None:
    written = entry.format(name=name, box=f"{mailbox}{office}@longbien.gov.test")
    html = f"<title>Sở Y tế tỉnh Long Biên</title><table>{written}</table><footer>Email: syt@longbien.gov.test</footer>"
    body = Body("", kind="", own_domains=("longbien.gov.test",), vocabulary=VIETNAMESE)
    found = emails(Page("https://syt.longbien.gov.test/to-chuc", 200, html, NOW, words=VI), body)
    assert {each.value for each in found if each.category in OFFICIAL} == {"syt@longbien.gov.test"}


def test_a_person_whose_title_stands_before_the_name_in_a_footer_is_not_published() -> None:
    line = "<p>Phó Chánh Văn phòng Giàng A Dế: dega@longbien.gov.test</p>"
    html = f"<title>Sở Y tế tỉnh Long Biên</title><footer>{line}<p>Email: syt@longbien.gov.test</p></footer>"
    body = Body("", kind="", own_domains=("longbien.gov.test",), vocabulary=VIETNAMESE)
    found = emails(Page("https://syt.longbien.gov.test/", 200, html, NOW, words=VI), body)
    assert [each.value for each in found if each.category in OFFICIAL] == ["syt@longbien.gov.test"]


@pytest.mark.parametrize(
    ("line", "mailbox"),
    [
        ("UBND phường Đông Hạ", "dongha"),
        ("Phòng Tổ Chức Cán Bộ", "tochuccanbo"),
        ("Đông Hạ", "dongha"),
        ("Văn Phòng", "vanphong"),
        ("PHÒNG NGHIỆP VỤ Y", "nvy"),
    ],
)
def test_a_mailbox_made_of_the_name_of_an_office_is_no_persons(line: str, mailbox: str) -> None:
    html = f"<title>UBND phường Đông Hạ</title><main><p>{line}: {mailbox}@longbien.gov.test</p></main>"
    body = Body("", kind="", own_domains=("longbien.gov.test",), vocabulary=VIETNAMESE)
    found = emails(Page("https://phuongdongha.longbien.gov.test/to-chuc", 200, html, NOW, words=VI), body)
    assert [each.value for each in found if each.category in OFFICIAL] == [f"{mailbox}@longbien.gov.test"]
