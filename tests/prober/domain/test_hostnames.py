"""Names of hosts: which part of one can be registered, and which host an address has."""

import pytest

from prober.domain.hostnames import host_of, registrable


def test_registrable_is_never_the_last_two_labels() -> None:
    assert registrable("mail.stc.camau.gov.vn") == "camau.gov.vn"
    assert registrable("a.b.camau.gov.test") == "camau.gov.test"
    assert registrable("127.0.0.1") == "127.0.0.1"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://camau.gov.vn", "camau.gov.vn"),
        ("https://camau.gov.vn?trang=2", "camau.gov.vn"),
        ("https://camau.gov.vn./x", "camau.gov.vn"),
        ("http://a..b./x", "a..b"),
        ("http://nobody@camau.gov.vn/x", "camau.gov.vn"),
        ("http://camau.gov.vn:8080/x", "camau.gov.vn"),
        ("http://./x", ""),
        ("mailto:stc@camau.gov.vn", ""),
    ],
)
def test_the_host_of_an_address_in_whatever_form_it_is_written(url: str, host: str) -> None:
    assert host_of(url) == host
