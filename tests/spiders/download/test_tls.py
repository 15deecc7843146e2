"""Chains that a server left incomplete: completed where a browser would, never made up. Real handshakes on loopback.

The road leads through a proxy, as into the embedded world: it ends TLS with whatever certificate a case is about, and
answers for the host where issuers are published.
"""

import asyncio
import datetime as dt
import json
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from prober.config.load import Crawl
from prober.config.simulated import embedded
from prober.domain.agency import from_row
from prober.domain.finding import Failure
from prober.domain.world import World
from prober.sandbox import client as world
from prober.sandbox.client import WorldClock
from prober.sandbox.http.certificates import ISSUER_HOST, ISSUER_PATH
from prober.store import open_results
from spiders.crawl import crawl
from spiders.download.address_guard import Reach
from spiders.download.fetch_result import FetchFailed, HttpResponse
from spiders.download.http_client import HttpClient
from spiders.download.tls import DOCUMENT_BYTES, MOST_ATTEMPTS, Trust, certificates, issuer_addresses
from spiders.job import Job
from tests.languages import VIETNAMESE

HOST, OTHER = "camau.gov.test", "khac.gov.test"
PUBLISHED = "http://chung-thuc.gov.test"
NOW = dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Issuer:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def made(
    name: str, by: Issuer | None = None, *, authority: bool = True, at: str = "", issuer: str = "",
    identified: bool = True, hosts: Iterable[str] = (), until: dt.datetime = NOW + dt.timedelta(days=90),
) -> Issuer:  # fmt: skip
    """A certificate for `name` by `by`, or by itself; `at` is where it says that its issuer is published."""
    key = ec.generate_private_key(ec.SECP256R1())
    above = by.key if by else key
    signed_by = named(issuer) if issuer else by.certificate.subject if by else named(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name)).issuer_name(signed_by).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(NOW - dt.timedelta(days=9)).not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )  # fmt: skip
    if identified:
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        over = x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key())
        builder = builder.add_extension(own, critical=False).add_extension(over, critical=False)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(map(x509.DNSName, hosts)), critical=False)
    if at:
        place = x509.UniformResourceIdentifier(at)
        access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return Issuer(builder.sign(above, hashes.SHA256()), key)


def site(by: Issuer, at: str = f"{PUBLISHED}/a", host: str = HOST, **keys: dt.datetime) -> Issuer:
    return made(host, by, authority=False, at=at, hosts=[host], **keys)


def context(shown: Issuer, *more: Issuer, folder: Path) -> ssl.SSLContext:
    """A server that shows `shown`, and what it does not leave out."""
    key = shown.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / f"{shown.certificate.serial_number}.pem"
    file.write_bytes(key + b"".join(each.pem for each in (shown, *more)))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server


@dataclass
class Road:
    """The proxy: hosts that speak TLS, what is published at which address, and what arrived."""

    hosts: dict[str, ssl.SSLContext]
    published: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    handshakes: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            method, target, _ = (await reader.readuntil(b"\r\n\r\n")).decode().split(" ", 2)
            if method == "CONNECT":
                self.handshakes += 1
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                await writer.start_tls(self.hosts[target.partition(":")[0]])
                while await reader.readuntil(b"\r\n\r\n"):
                    self._say(writer, b"xin chao")
            self.asked.append(target)
            self._say(writer, self.published.get(target))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @staticmethod
    def _say(writer: asyncio.StreamWriter, body: bytes | None) -> None:
        status = "404 Not Found" if body is None else "200 OK"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body or b'')}\r\n\r\n".encode() + (body or b""))


def fetch(road: Road, trust: Trust, *urls: str) -> list[HttpResponse | FetchFailed]:
    """What comes of each URL in turn, with one client."""

    async def crawl() -> list[HttpResponse | FetchFailed]:
        server = await asyncio.start_server(road.serve, "127.0.0.1", 0)
        proxy = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        http = HttpClient("prober/0.1", 5.0, 10_000, Reach(World.SANDBOX, resolve=_nowhere), proxy, trust)
        came: list[HttpResponse | FetchFailed] = []
        for url in urls:
            try:
                came.append(await http.fetch(url))
            except FetchFailed as failed:
                came.append(failed)
        await http.close()
        server.close()
        return came

    return asyncio.run(crawl())


async def _nowhere(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} was to be reached through the proxy")


ROOT = made("Gốc Quốc gia")
MIDDLE = made("Trung gian", ROOT)
UPPER = made("Trung gian cấp trên", ROOT)
LOWER = made("Trung gian cấp dưới", UPPER, at=f"{PUBLISHED}/b")


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    return Trust(ca_file(tmp_path))


def ca_file(folder: Path) -> str:
    file = folder / "roots.pem"
    file.write_bytes(ROOT.pem)
    return str(file)


def p7(form: Encoding) -> bytes:
    return pkcs7.serialize_certificates([ROOT.certificate, MIDDLE.certificate], form)


FORMS = {
    "DER": MIDDLE.der,
    "PEM": MIDDLE.pem,
    "PKCS#7, DER, beside a root": p7(Encoding.DER),
    "PKCS#7, PEM, beside a root": p7(Encoding.PEM),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_issuer_that_was_left_out_is_fetched_and_noted(form: str, trust: Trust, tmp_path: Path) -> None:
    road = Road({HOST: context(site(MIDDLE), folder=tmp_path)}, {f"{PUBLISHED}/a": FORMS[form]})
    (received,) = fetch(road, trust, f"https://{HOST}/")
    assert isinstance(received, HttpResponse) and received.body == b"xin chao"
    assert road.asked == [f"{PUBLISHED}/a"]
    assert trust.note(HOST) == f"{HOST}: intermediate fetched from {PUBLISHED}/a"
    assert trust.note(OTHER) == ""


def test_it_is_fetched_once_in_a_crawl_and_helps_only_whom_it_signed(trust: Trust, tmp_path: Path) -> None:
    strange = made("Trung gian", made("Gốc khác"))  # the same name, another key
    hosts = {
        HOST: context(site(MIDDLE), folder=tmp_path),
        OTHER: context(site(MIDDLE, host=OTHER), folder=tmp_path),
        "gia.gov.test": context(site(strange, host="gia.gov.test"), folder=tmp_path),
    }
    road = Road(hosts, {f"{PUBLISHED}/a": MIDDLE.der})
    urls = [f"https://{host}/" for host in (HOST, HOST, OTHER, "gia.gov.test", OTHER)]
    *good, bad, again = fetch(road, trust, *urls)
    assert all(isinstance(received, HttpResponse) for received in (*good, again))
    assert isinstance(bad, FetchFailed) and bad.failure is Failure.TLS
    assert bad.detail.endswith(f"nothing at {PUBLISHED}/a issued it")
    assert road.asked == [f"{PUBLISHED}/a"] * 2  # for the first host, and for the one that nothing there issued


def test_two_issuers_that_were_left_out_are_both_fetched(trust: Trust, tmp_path: Path) -> None:
    road = Road(
        {HOST: context(site(LOWER), folder=tmp_path)}, {f"{PUBLISHED}/a": LOWER.der, f"{PUBLISHED}/b": UPPER.der}
    )
    (received,) = fetch(road, trust, f"https://{HOST}/")
    assert isinstance(received, HttpResponse)
    assert trust.note(HOST) == f"{HOST}: intermediate fetched from {PUBLISHED}/a, {PUBLISHED}/b"


def test_a_whole_chain_needs_no_help(trust: Trust, tmp_path: Path) -> None:
    road = Road({HOST: context(site(LOWER), LOWER, UPPER, folder=tmp_path)})
    (received,) = fetch(road, trust, f"https://{HOST}/")
    assert isinstance(received, HttpResponse)
    assert (road.asked, road.handshakes, trust.note(HOST)) == ([], 1, "")


STRANGE = made("Gốc lạ")
# A root in disguise: OpenSSL compares names without regard to case, and does not look at the signature.
DISGUISED = made("Trung Gian Giả", issuer="TRUNG gian  giả")
WITHOUT_IDENTIFIERS = made("Trung gian", ROOT, identified=False)
NO_AUTHORITY = made("Trang nào đó", ROOT, authority=False)
EXPIRED = made("Trung gian", ROOT, until=NOW - dt.timedelta(days=1))
LOOP = [made(f"Trung gian {n}") for n in range(6)]
for n in range(4, -1, -1):
    LOOP[n] = made(f"Trung gian {n}", LOOP[n + 1], at=f"{PUBLISHED}/{n + 1}")
NO_LINK = "a root is trusted only where it is installed"

# what issued the site's certificate, what is published, what is said of it
UNTRUSTED = {
    "a root of its own": (STRANGE, {"/a": STRANGE.der}, NO_LINK),
    "a root written like an intermediate": (DISGUISED, {"/a": DISGUISED.der}, NO_LINK),
    "an intermediate below a strange root": (
        made("Trung gian lạ", STRANGE), None, "the last certificate names no address of its issuer",
    ),
    "an intermediate below a strange root that is published": (
        made("Trung gian lạ", STRANGE, at=f"{PUBLISHED}/b"), {"/b": STRANGE.der}, NO_LINK,
    ),
    "no authority": (NO_AUTHORITY, None, NO_LINK),
    "no key identifiers": (WITHOUT_IDENTIFIERS, None, NO_LINK),
    "somebody else's certificate": (MIDDLE, {"/a": UPPER.der}, f"nothing at {PUBLISHED}/a issued it"),
    "no certificate": (MIDDLE, {"/a": b"<html>404</html>"}, f"nothing at {PUBLISHED}/a issued it"),
    "nothing": (MIDDLE, {}, f"no answer from {PUBLISHED}/a: 404"),
    "too much": (MIDDLE, {"/a": MIDDLE.der.ljust(DOCUMENT_BYTES + 1)}, f"more than {DOCUMENT_BYTES} bytes"),
    "an expired intermediate": (EXPIRED, None, "certificate has expired"),
    "more issuers than anybody needs": (
        LOOP[0], {"/a": LOOP[0].der, **{f"/{n}": LOOP[n].der for n in range(1, 5)}}, "more than 3 issuers are missing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNTRUSTED)
def test_what_is_published_is_never_the_end_of_a_chain(case: str, trust: Trust, tmp_path: Path) -> None:
    issuer, published, said = UNTRUSTED[case]
    documents = {"/a": issuer.der} | (published or {}) if published != {} else {}
    road = Road(
        {HOST: context(site(issuer), folder=tmp_path)}, {f"{PUBLISHED}{path}": body for path, body in documents.items()}
    )
    (failed,) = fetch(road, trust, f"https://{HOST}/")
    assert isinstance(failed, FetchFailed) and failed.failure is Failure.TLS
    assert "certificate not accepted" in failed.detail and said in failed.detail


def agreed(client: ssl.SSLContext, server: ssl.SSLContext) -> bool:
    """Whether the two come to a handshake, as far as the client is concerned."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [client.wrap_bio(down, up, server_hostname=HOST), server.wrap_bio(up, down, server_side=True)]
    for _ in range(4):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError:
                return False
    return sides[0].version() is not None


@pytest.mark.parametrize("issuer", [STRANGE, DISGUISED], ids=["plain", "disguised"])
def test_openssl_would_have_trusted_what_is_refused(issuer: Issuer, tmp_path: Path) -> None:
    """The cases above are no straw men: merely loaded, these two are anchors; an intermediate is not."""
    for loaded, shown, accepted in ((issuer, issuer, True), (MIDDLE, MIDDLE, False)):
        credulous = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        credulous.load_verify_locations(cadata=loaded.der)
        assert agreed(credulous, context(site(shown), folder=tmp_path)) is accepted


def test_a_completed_chain_is_verified_in_full(trust: Trust, tmp_path: Path) -> None:
    cases = {"hostname mismatch": site(MIDDLE, host=OTHER), "expired": site(MIDDLE, until=NOW - dt.timedelta(days=1))}
    for reason, shown in cases.items():
        road = Road({HOST: context(shown, folder=tmp_path)}, {f"{PUBLISHED}/a": MIDDLE.der})
        (failed,) = fetch(road, trust, f"https://{HOST}/")
        assert isinstance(failed, FetchFailed) and reason in failed.detail.lower()


ADDRESSES = [
    ("http://127.0.0.1/ca.cer", "not an address on the public web"),
    ("http://khac.local/ca.cer", "not an address on the public web"),
    ("https://chung-thuc.gov.test/a", "names no address of its issuer"),
    ("file:///etc/passwd", "names no address of its issuer"),
    ("ldap://chung-thuc.gov.test/a", "names no address of its issuer"),
]


@pytest.mark.parametrize(("address", "said"), ADDRESSES)
def test_an_issuer_is_sought_on_the_public_web_only(address: str, said: str, trust: Trust, tmp_path: Path) -> None:
    road = Road({HOST: context(site(MIDDLE, at=address), folder=tmp_path)}, {address: MIDDLE.der})
    (failed,) = fetch(road, trust, f"https://{HOST}/")
    assert isinstance(failed, FetchFailed) and said in failed.detail
    assert road.asked == []


def test_without_a_proxy_the_worlds_names_are_no_public_web(trust: Trust, tmp_path: Path) -> None:
    """The road of a live crawl: the site is reached directly, and shows its certificate on a second handshake."""
    arrived: list[str] = []

    async def serve(where: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(where)
        writer.close()

    async def loopback(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async def crawl() -> None:
        published = await asyncio.start_server(partial(serve, "authority"), "127.0.0.1", 0)
        at = f"http://chung-thuc.gov.test:{published.sockets[0].getsockname()[1]}/a"
        shown = context(site(MIDDLE, at=at), folder=tmp_path)
        server = await asyncio.start_server(partial(serve, "site"), "127.0.0.1", 0, ssl=shown)
        http = HttpClient("prober/0.1", 5.0, 10_000, Reach(World.LIVE, resolve=loopback), trust=trust)
        try:
            await http.fetch(f"https://{HOST}:{server.sockets[0].getsockname()[1]}/")
        finally:
            server.close()
            published.close()

    with pytest.raises(FetchFailed, match="no answer from .*: not an address on the public web") as caught:
        asyncio.run(crawl())
    assert caught.value.failure is Failure.TLS
    assert "authority" not in arrived


def test_an_address_that_does_not_answer_is_given_up(trust: Trust, tmp_path: Path) -> None:
    hosts = [f"h{number}.gov.test" for number in range(MOST_ATTEMPTS + 2)]
    road = Road({host: context(site(MIDDLE, host=host), folder=tmp_path) for host in hosts})
    came = fetch(road, trust, *(f"https://{host}/" for host in hosts))
    assert all(isinstance(failed, FetchFailed) and failed.failure is Failure.TLS for failed in came)
    assert len(road.asked) == MOST_ATTEMPTS


def test_an_exception_covers_one_host_and_says_why(tmp_path: Path) -> None:
    trust = Trust(ca_file(tmp_path), {HOST: "expired, renewal promised by telephone 2026-11-03"})
    under = f"www.{HOST}"
    hosts = {host: context(made(host, authority=False, hosts=[host]), folder=tmp_path) for host in (HOST, under, OTHER)}
    received, below, other = fetch(Road(hosts), trust, *(f"https://{host}/" for host in (HOST, under, OTHER)))
    assert isinstance(received, HttpResponse)
    for failed in (below, other):
        assert isinstance(failed, FetchFailed) and failed.failure is Failure.TLS
    assert trust.note(HOST) == f"{HOST}: not verified: expired, renewal promised by telephone 2026-11-03"
    assert (trust.note(under), trust.note(OTHER)) == ("", "")


def damaged(form: str, at: int, by: bytes) -> bytes:
    return FORMS[form][:at] + by + FORMS[form][at + len(by) :]


DAMAGED = st.builds(damaged, st.sampled_from(sorted(FORMS)), st.integers(0, 900), st.binary(max_size=3))


@given(st.binary(max_size=300) | DAMAGED)
def test_no_document_breaks_the_reader(document: bytes) -> None:
    for certificate in certificates(document):
        assert all(address.lower().startswith("http://") for address in issuer_addresses(certificate))


def test_a_visit_says_what_it_took_to_trust_its_site(small_world: world.Endpoint, tmp_path: Path) -> None:
    """One site of the world leaves out its issuer, one vouches for itself: the second is seen by exception only."""
    issuer = f"http://{ISSUER_HOST}{ISSUER_PATH}"
    reason = "self-signed, confirmed by telephone 2020-04-10"
    config = replace(
        embedded(tmp_path), crawl=Crawl(delay=0.1, pages_per_agency=3), tls_exceptions={"stc.phuyen.gov.test": reason}
    )
    wanted = ("stc-ninh-binh", "stc-phu-yen", "stc-dong-thap")
    chosen = [from_row(row) for row in world.agencies(small_world) if row["slug"] in wanted]
    crawl(Job(tuple(chosen), config, small_world, WorldClock(small_world).now(), VIETNAMESE))
    db = open_results(config.paths.results)
    try:
        assert dict(db.execute("SELECT agency, tls FROM visit WHERE final_url != ''").fetchall()) == {
            "2019-stc-ninh-binh": f"sotaichinh.ninhbinh.gov.test: intermediate fetched from {issuer}",
            "2019-stc-phu-yen": f"stc.phuyen.gov.test: not verified: {reason}",
            "2019-stc-dong-thap": "",
        }
        (settings,) = db.execute("SELECT settings FROM scan").fetchone()
        assert json.loads(settings)["tls_exceptions"] == {"stc.phuyen.gov.test": reason}
    finally:
        db.close()
