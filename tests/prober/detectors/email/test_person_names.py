"""Names of persons are told from names of offices."""

import pytest

from prober.detectors.email.person_names import name_like


@pytest.mark.parametrize("local", ["hungnv", "nvhung", "nguyenvanhung", "hung.nguyen", "thanhlt.stc", "tranthuy68"])
def test_names(local: str) -> None:
    assert name_like(local)


OFFICES = ["stc", "sotaichinh", "vanthu", "vanphong.stc", "banbientap", "congthongtin", "phongqlns"]


@pytest.mark.parametrize("local", OFFICES)
def test_offices(local: str) -> None:
    assert not name_like(local)
