"""Names of persons are told from names of offices."""

import pytest

from prober.detectors.email.person_names import Spelling, name_like, office_like, spelling
from tests.languages import EN, VI

NAMES = ["hungnv", "hungnv.hatinh", "nvhung", "nguyenvanhung", "hung.nguyen", "thanhlt.stc", "tranthuy68",
           "minhduc", "anhtuan", "thuhuong", "quanghuy", "nguyen.van.a", "baongoc", "congdanh", "tuananh1987", "huong",
           "lan79", "tminh", "btlan"]  # fmt: skip


@pytest.mark.parametrize("local", NAMES)
def test_names(local: str) -> None:
    assert name_like(local, VI)


OFFICES = ["stc", "sotaichinh", "vanthu", "vanphong.stc", "banbientap", "congthongtin", "phongqlns", "tiepcongdan",
           "doithoai", "congbao", "tonghop", "tintuc", "ubt", "thuongtruc", "vptinh", "bbt", "thanhuy", "phucvu",
           "chinhquyen",
           "quangcao", "hoabinh", "congtt", "thanhtratinh", "sonnmt", "quansu", "thuvientinh",
           "daiphatthanh", "hatangdothi", "webtinh"]  # fmt: skip


@pytest.mark.parametrize("local", OFFICES)
def test_offices(local: str) -> None:
    assert not name_like(local, VI)


@pytest.mark.parametrize(("local", "office"), [("tiepcongdan", True), ("vanthu.stc", True), ("kmak", False)])
def test_words_of_offices(local: str, office: bool) -> None:
    assert office_like(local, VI) is office


ENGLISH = {"sarah.whitfield": True, "d.okafor": True, "housing.benefits": False, "foi": False, "foi.officer": False,
           "customer.services": False, "grant.applications": False}  # fmt: skip


@pytest.mark.parametrize(("local", "person"), ENGLISH.items())
def test_english_names(local: str, person: bool) -> None:
    assert name_like(local, EN) is person


@pytest.mark.parametrize(
    ("local", "name", "found"),
    [
        ("phongnt", "nguyen thanh phong", Spelling.SURE),
        ("nt.phong", "nguyen thanh phong", Spelling.SURE),
        ("phong_n", "nguyen thanh phong", Spelling.SURE),
        ("stc-phongnt85", "nguyen thanh phong", Spelling.SURE),
        ("phongnt.camau", "nguyen thanh phong", Spelling.SURE),
        ("thuhuongnt", "nguyen thi thu huong", Spelling.SURE),
        ("phongn", "nguyen phong", Spelling.FAMILY),
        ("lephong.stc", "le van phong", Spelling.FAMILY),
        ("thanhphong", "nguyen thanh phong", Spelling.GIVEN),
        ("phong.stc", "nguyen thanh phong", Spelling.GIVEN),
        ("thanhtra.stc", "nguyen thanh tra", Spelling.NONE),
        ("vanthu", "le van thu", Spelling.NONE),
        ("phong.ngansach", "nguyen thanh phong", Spelling.NONE),
        ("phongtckt", "nguyen thanh phong", Spelling.NONE),
        ("hatinh", "ha tinh", Spelling.NONE),
        ("stc", "nguyen thanh phong", Spelling.NONE),
    ],
)
def test_how_surely_a_mailbox_is_made_of_a_name(local: str, name: str, found: Spelling) -> None:
    assert spelling(local, tuple(name.split()), frozenset(("camau",)), VI) == found
