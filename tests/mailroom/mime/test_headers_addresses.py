"""Addresses in headers, as senders wrap them."""

import pytest

from mailroom.mime.headers import clean


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'stc@camau.gov.test'", "stc@camau.gov.test"),
        ("prvs=12345abcde=stc@camau.gov.test", "stc@camau.gov.test"),
        ("btv1==0123456789==stc@camau.gov.test", "stc@camau.gov.test"),
        ("STC@CaMau.GOV.test.", "stc@camau.gov.test"),
    ],
)
def test_addresses_are_unwrapped(written: str, meant: str) -> None:
    assert clean(written) == meant
