"""The world's DNS: what it has, what it lacks on purpose, and how it answers what it does not know."""

import socket
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from mailroom.sending.preflight.dns import Names
from mailroom.sending.preflight.recipients import routes
from prober.sandbox.client import Endpoint
from prober.sandbox.mail.dns_zone import zone
from tests.name_server import names

DOMAINS = [f"tinh-{number:02}.gov.test" for number in range(20)]
CLOSED = DOMAINS[7]


@pytest.fixture
def resolver() -> Iterator[Names]:
    rows = {" ".join(name): records for name, records in zone(DOMAINS, {CLOSED}, "AAAA").items()}
    with names(rows) as found:
        yield found


def test_some_domains_lack_what_others_have(resolver: Names) -> None:
    """One says that it takes no mail; some have no MX, a second mail host, no SPF or no DMARC."""
    summary, *faults = routes([f"stc@{domain}" for domain in DOMAINS], resolver)
    assert summary.detail == "19 of 20 domains take mail, 2 of them by their address alone, without MX"
    (fault,) = faults
    assert (fault.result, fault.detail) == ("fail", f"stc@{CLOSED}: {CLOSED} says that it takes no mail (null MX)")
    hosts = [len(resolver.mail_hosts(domain)) for domain in DOMAINS]
    assert {0, 1, 2} == set(hosts)
    assert 0 < sum(not resolver.texts(domain) for domain in DOMAINS) < 10
    assert 0 < sum(not resolver.texts(f"_dmarc.{domain}") for domain in DOMAINS) < 10


def test_the_running_world_answers_for_all_its_recipients(small_world: Endpoint) -> None:
    found = Names(("127.0.0.1", small_world.dns_port))
    assert found.mail_hosts(small_world.mail_domain) == [(10, f"mail.{small_world.mail_domain}")]
    assert found.confirmed_name(small_world.smtp_host) == f"mail.{small_world.mail_domain}"
    assert found.addresses("example.test") == [] == found.texts("nobody.camau.gov.test")


def test_what_it_does_not_know_and_what_is_no_question(small_world: Endpoint) -> None:
    """NXDOMAIN is not the same as a name without such a record; rubbish and answers are left alone."""
    at = {"where": "127.0.0.1", "port": small_world.dns_port, "timeout": 5}
    unknown = dns.query.udp(dns.message.make_query("nobody.test", "A"), **at)
    no_such_record = dns.query.udp(dns.message.make_query(small_world.mail_domain, "AAAA"), **at)
    above = dns.query.udp(dns.message.make_query("_domainkey.prober.test", "TXT"), **at)
    assert [answer.rcode() for answer in (unknown, no_such_record, above)] == [
        dns.rcode.NXDOMAIN, dns.rcode.NOERROR, dns.rcode.NOERROR,
    ]  # fmt: skip
    assert not (no_such_record.answer or above.answer) and unknown.flags & dns.flags.AA
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(0.2)
        for rubbish in (b"", b"\x00" * 5, b"\xff" * 40, unknown.to_wire()):
            line.sendto(rubbish, ("127.0.0.1", small_world.dns_port))
        with pytest.raises(TimeoutError):
            line.recv(512)
    assert dns.query.udp(dns.message.make_query(small_world.mail_domain, "MX"), **at).answer
