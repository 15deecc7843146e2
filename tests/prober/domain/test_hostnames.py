"""Names of hosts: which part of one can be registered."""

from prober.domain.hostnames import registrable


def test_registrable_is_never_the_last_two_labels() -> None:
    assert registrable("mail.stc.camau.gov.vn") == "camau.gov.vn"
    assert registrable("a.b.camau.gov.test") == "camau.gov.test"
    assert registrable("127.0.0.1") == "127.0.0.1"
