"""SPF, DKIM key, DMARC and PTR as a receiver would look them up, from zones served over the DNS protocol."""

from pathlib import Path
from typing import Any

import pytest
import spf as pyspf

from mailroom.sending.dkim import Signer, signer
from mailroom.sending.preflight import sender_domain
from mailroom.sending.preflight.dns import Names, Unanswered
from mailroom.sending.preflight.recipients import routes
from mailroom.sending.preflight.sender_domain import STRANGER, sender_checks
from prober.config.load import Dkim
from prober.sandbox.mail.dns_zone import signing_key
from tests.name_server import names

OURS = "198.51.100.7"  # of the documentation network
MAIL = {"mail.prober.test A": (OURS,), "mail.prober.test AAAA": ("2001:db8::7",)}


def txt(text: str) -> tuple[str, ...]:
    return (f'"{text}"',)


# record of prober.test → (result for our address, result for a stranger's)
SPF = {
    "by address": ("v=spf1 ip4:198.51.100.7 -all", "pass", "fail"),
    "by network": ("v=spf1 ip4:198.51.100.0/24 ~all", "pass", "softfail"),
    "by name": ("v=spf1 a:mail.prober.test -all", "pass", "fail"),
    "by name and network": ("v=spf1 a:mail.prober.test/28 ?all", "pass", "neutral"),
    "by mail host": ("v=spf1 mx -all", "pass", "fail"),
    "by inclusion": ("v=spf1 include:provider.test -all", "pass", "fail"),
    "by redirection": ("v=spf1 redirect=provider.test", "pass", "softfail"),
    "by what exists": ("v=spf1 exists:mail.prober.test -all", "pass", "pass"),
    "another version of the protocol": ("v=spf1 ip6:2001:db8::/32 -all", "fail", "fail"),
    "nothing matches": ("v=spf1 ip4:203.0.113.1", "neutral", "neutral"),
    "anybody may": ("v=spf1 +all", "pass", "pass"),
    "excluded before": ("v=spf1 -ip4:198.51.100.7 +all", "fail", "pass"),
    "in capitals": ("V=SPF1 IP4:198.51.100.7 -ALL", "pass", "fail"),
    "an explanation changes nothing": ("v=spf1 mx -all exp=why.prober.test", "pass", "fail"),
    "ptr is not relied upon": ("v=spf1 ptr -all", "fail", "fail"),
    "no record": ("hello", "none", "none"),
    "nearly a record": ("v=spf10 +all", "none", "none"),
    "unknown mechanism": ("v=spf1 mail.prober.test -all", "permerror", "permerror"),
    "no network": ("v=spf1 ip4:mail.prober.test -all", "permerror", "permerror"),
    "no length": ("v=spf1 a:mail.prober.test/x -all", "permerror", "permerror"),
    "includes nothing": ("v=spf1 include:nobody.test -all", "permerror", "permerror"),
    "includes itself": ("v=spf1 include:prober.test -all", "permerror", "permerror"),
    "redirects to nothing": ("v=spf1 redirect=nobody.test", "permerror", "permerror"),
    "too many empty lookups": ("v=spf1 a:x1.test a:x2.test a:x3.test +all", "permerror", "permerror"),
    "macros are not judged": ("v=spf1 exists:%{i}._spf.prober.test -all", "macro", "macro"),
}
PROVIDER = {"provider.test TXT": txt("v=spf1 ip4:198.51.100.0/29 ~all"), "prober.test MX": ("10 mail.prober.test.",)}


@pytest.mark.parametrize("case", SPF)
def test_spf(case: str) -> None:
    record, ours, stranger = SPF[case]
    with names({**MAIL, **PROVIDER, "prober.test TXT": txt(record)}) as resolver:
        assert sender_domain.judge_spf(resolver, OURS, "prober.test").result == ours
        assert sender_domain.judge_spf(resolver, STRANGER, "prober.test").result == stranger


# Not compared: macros, which are not judged here, and `ptr`, which is not relied upon.
COMPARED = [case for case, (record, _, _) in SPF.items() if "%" not in record and "ptr" not in record]


@pytest.mark.parametrize("case", COMPARED)
def test_spf_is_that_of_pyspf(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyspf asks the same name server, by the product's resolver: its own call of dnspython is deprecated there."""
    with names({**MAIL, **PROVIDER, "prober.test TXT": txt(SPF[case][0])}) as resolver:

        def lookup(name: str, kind: str, *_: object) -> list[tuple[tuple[str, str], Any]]:
            found: list[Any] = {
                "TXT": lambda: [(text.encode(),) for text in resolver.texts(name)],
                "MX": lambda: resolver.mail_hosts(name),
                "A": lambda: [address for address in resolver.addresses(name) if ":" not in address],
                "AAAA": lambda: [address for address in resolver.addresses(name) if ":" in address],
            }[kind]()
            return [((name, kind), value) for value in found]

        monkeypatch.setattr(pyspf, "DNSLookup", lookup)
        for address in (OURS, STRANGER, "2001:db8::7", "2001:db9::7"):
            theirs, _ = pyspf.check2(i=address, s="a@prober.test", h="prober.test")
            assert sender_domain.judge_spf(resolver, address, "prober.test").result == theirs, address


def test_spf_by_ipv6_and_two_records() -> None:
    rows = {**MAIL, "prober.test TXT": txt("v=spf1 ip6:2001:db8::/64 a:mail.prober.test//64 -all")}
    with names(rows) as resolver:
        assert sender_domain.judge_spf(resolver, "2001:db8::99", "prober.test").result == "pass"
        assert sender_domain.judge_spf(resolver, "2001:db8:1::99", "prober.test").result == "fail"
    with names({"prober.test TXT": (*txt("v=spf1 -all"), *txt("v=spf1 +all"))}) as resolver:
        assert sender_domain.judge_spf(resolver, OURS, "prober.test").result == "permerror"


def test_a_resolver_that_is_silent_gives_no_verdict() -> None:
    with names({}, seconds=0.1) as resolver:
        pass  # its server is gone
    assert sender_domain.judge_spf(resolver, OURS, "prober.test").result == "temperror"
    found = {check.check: check.result for check in sender_checks(resolver, "a@prober.test", OURS, None)}
    assert found == {"SPF": "warn", "DKIM key": "skipped", "DMARC": "warn", "PTR": "warn"}
    assert [(check.check, check.result) for check in routes(["a@x.test"], resolver)][-1] == ("mail host", "warn")


def test_the_real_dns_is_not_asked_for_simulated_names() -> None:
    for ask in (Names().texts, Names().mail_hosts, Names().addresses):
        with pytest.raises(Unanswered, match="simulated"):
            ask("mail.Prober.TEST.")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Signer, str]:
    path, public = signing_key(Path(tmp_path_factory.mktemp("key")))
    made = signer(Dkim(domain="prober.test", selector="s", key_file=str(path)))
    assert made
    return made, public


# what differs from a good set-up → the checks that are not ok
GOOD = {
    **MAIL, "prober.test MX": ("10 mail.prober.test.",), "prober.test TXT": txt("v=spf1 mx -all"),
    "_dmarc.prober.test TXT": txt("v=DMARC1; p=reject; adkim=s"),
    "7.100.51.198.in-addr.arpa PTR": ("mail.prober.test.",), "s._domainkey.prober.test TXT": ("KEY",),
}  # fmt: skip
CHANGES: dict[str, tuple[dict[str, tuple[str, ...]], dict[str, str]]] = {
    "nothing": ({}, {}),
    "no SPF": ({"prober.test TXT": ()}, {"SPF": "warn"}),
    "SPF names another": ({"prober.test TXT": txt("v=spf1 ip4:203.0.113.1 -all")}, {"SPF": "fail"}),
    "SPF is broken": ({"prober.test TXT": txt("v=spf1 all:all: foo -all")}, {}),
    "SPF has an unknown word": ({"prober.test TXT": txt("v=spf1 foo -all")}, {"SPF": "fail"}),
    "no DKIM key": ({"s._domainkey.prober.test TXT": ()}, {"DKIM key": "fail"}),
    "another DKIM key": ({"s._domainkey.prober.test TXT": txt("v=DKIM1; p=AAAA")}, {"DKIM key": "fail"}),
    "no DMARC": ({"_dmarc.prober.test TXT": ()}, {"DMARC": "warn"}),
    "two DMARC": (
        {"_dmarc.prober.test TXT": (*txt("v=DMARC1; p=none"), *txt("v=DMARC1; p=reject"))},
        {"DMARC": "warn"},
    ),
    "DMARC without a policy": ({"_dmarc.prober.test TXT": txt("v=DMARC1; rua=mailto:a@b.test")}, {"DMARC": "warn"}),
    "no PTR": ({"7.100.51.198.in-addr.arpa PTR": ()}, {"PTR": "warn"}),
    "PTR leads elsewhere": ({"7.100.51.198.in-addr.arpa PTR": ("other.test.",)}, {"PTR": "warn"}),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_sender(case: str, key: tuple[Signer, str]) -> None:
    change, wanted = CHANGES[case]
    signing, public = key
    record = " ".join(f'"{part}"' for part in (f"v=DKIM1; p={public}"[:200], f"v=DKIM1; p={public}"[200:]))
    rows = {name: (record,) if value == ("KEY",) else value for name, value in {**GOOD, **change}.items() if value}
    with names(rows) as resolver:
        found = sender_checks(resolver, "khao-sat@prober.test", OURS, signing)
    assert {check.check: check.result for check in found if check.result != "ok"} == wanted, found


def test_the_policy_above_holds_below(key: tuple[Signer, str]) -> None:
    """A sender at survey.prober.test: `sp` of prober.test, and a signature that only a strict policy refuses."""
    signing, _ = key
    for record, wanted in (
        ("v=DMARC1; p=reject; sp=none", "ok"),
        ("v=DMARC1; p=reject; adkim=s", "fail"),
        ("v=DMARC1; p=none; adkim=s", "warn"),
    ):
        with names({"_dmarc.prober.test TXT": txt(record)}) as resolver:
            found = {c.check: c.result for c in sender_checks(resolver, "a@survey.prober.test", "", signing)}
        assert (found["DMARC"], found["PTR"]) == (wanted, "skipped"), record


def test_without_the_outgoing_address_less_is_said() -> None:
    for record, wanted in (("v=spf1 mx -all", "ok"), ("v=spf1 +all", "warn"), ("v=spf1 foo", "fail")):
        rows = {**MAIL, "prober.test MX": ("10 mail.prober.test.",), "prober.test TXT": txt(record)}
        with names(rows) as resolver:
            found = {check.check: check for check in sender_checks(resolver, "a@prober.test", "", None)}
        assert found["SPF"].result == wanted
        assert wanted != "ok" or "outgoing_ip" in found["SPF"].detail


ROUTES = {
    "with MX": ({"a.test MX": ("10 mail.a.test.",), "mail.a.test A": ("127.0.0.1",)}, "ok"),
    "by its address": ({"a.test A": ("127.0.0.1",)}, "ok"),
    "by its IPv6 address": ({"a.test AAAA": ("::1",)}, "ok"),
    "one of two hosts": ({"a.test MX": ("1 gone.a.test.", "2 m.a.test."), "m.a.test A": ("127.0.0.1",)}, "ok"),
    "null MX": ({"a.test MX": ("0 .",), "a.test A": ("127.0.0.1",)}, "takes no mail"),
    "hosts without address": ({"a.test MX": ("10 mail.a.test.",)}, "have no address"),
    "only other records": ({"a.test TXT": txt("x")}, "neither a mail host nor an address"),
    "no such domain": ({}, "neither a mail host nor an address"),
}


@pytest.mark.parametrize("case", ROUTES)
def test_mail_hosts_of_recipients(case: str) -> None:
    rows, wanted = ROUTES[case]
    with names({**rows, "b.test A": ("127.0.0.1",)}) as resolver:
        summary, *faults = routes(["x@a.test", "y@A.test", "z@b.test"], resolver)
    if wanted == "ok":
        assert (summary.result, faults) == ("ok", [])
        assert summary.detail.startswith("2 of 2 domains take mail")
    else:
        (fault,) = faults
        assert fault.result == "fail" and wanted in fault.detail and fault.detail.startswith("x@a.test, y@A.test: ")
