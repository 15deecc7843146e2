"""Names of persons are told from names of offices."""

import pytest

from prober.detectors.email.person_names import name_like

NAMES = ["hungnv", "nvhung", "nguyenvanhung", "hung.nguyen", "thanhlt.stc", "tranthuy68",
           "minhduc", "anhtuan", "thuhuong", "quanghuy", "nguyen.van.a", "baongoc", "congdanh", "tuananh1987", "huong",
           "lan79", "tminh", "btlan"]  # fmt: skip


@pytest.mark.parametrize("local", NAMES)
def test_names(local: str) -> None:
    assert name_like(local)


OFFICES = ["stc", "sotaichinh", "vanthu", "vanphong.stc", "banbientap", "congthongtin", "phongqlns", "tiepcongdan",
           "doithoai", "congbao", "tonghop", "tintuc", "ubt", "thuongtruc", "vptinh", "bbt", "thanhuy", "phucvu",
           "chinhquyen",
           "quangcao", "hoabinh", "congtt"]  # fmt: skip


@pytest.mark.parametrize("local", OFFICES)
def test_offices(local: str) -> None:
    assert not name_like(local)
