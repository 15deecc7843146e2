"""Test public bodies as keys of caches."""

from prober.detectors.body import Body
from tests.languages import ENGLISH, VIETNAMESE


def test_equal_bodies_have_one_hash_and_those_of_two_studies_are_kept_apart() -> None:
    ours, same, others = (
        Body("Sở Tài chính tỉnh Cà Mau", "Cà Mau", kind="finance", own_domains=("camau.gov.vn",), vocabulary=words)
        for words in (VIETNAMESE, VIETNAMESE, ENGLISH)
    )
    assert hash(ours) == hash(same)
    assert {ours: "ours", others: "others"} == {same: "ours", others: "others"}
    assert ours != others
