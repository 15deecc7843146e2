"""Test public bodies as keys of caches, and the names by which domains and channels are theirs."""

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


def test_a_domain_may_join_the_words_of_a_province_in_either_way() -> None:
    body = Body("Sở Tài chính tỉnh Bà Rịa - Vũng Tàu", "Bà Rịa - Vũng Tàu", kind="finance", vocabulary=VIETNAMESE)
    assert "bariavungtau" in body.marks and not any("-" in mark for mark in body.marks)
