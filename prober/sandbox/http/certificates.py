"""Make the certificates of the world's https sites: good ones from its own authority, and bad ones of four kinds.

One kind is only half bad: the certificate of an `incomplete` site is good, but its server leaves out the intermediate
that issued it. The authority publishes that one at the address in the certificate, as real ones do (RFC 5280, 4.2.2.1).
"""

import datetime as dt
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from prober.sandbox.http.site_messages import Request, Response

CA_FILE, _CA_KEY = "ca.pem", "ca-key.pem"
_LONG_AGO = dt.datetime(2019, 1, 1, tzinfo=dt.UTC)
_NOT_SO_LONG_AGO = dt.datetime(2019, 12, 31, tzinfo=dt.UTC)
# The name in a wrong-host certificate: the machine of the company that hosts the site.
_HOSTING = "may-chu-07.luu-tru.test"
# Where the authority publishes its intermediate certificate: chứng thực, certification; trung gian, intermediate.
ISSUER_HOST, ISSUER_PATH = "chung-thuc.gov.test", "/ca-trung-gian.cer"


@dataclass(frozen=True, slots=True)
class _Issuer:
    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes


class Certificates:
    """TLS server contexts by kind and host, made when first needed.

    Kinds: `good`, `expired`, `self-signed`, `wrong-host`, `incomplete`. The authority is kept in `state`, so that a
    client's trust survives a restart; its intermediate and leaf certificates are not, because they are quick to make.
    """

    def __init__(self, state: Path) -> None:
        self.ca_file = state / CA_FILE
        self._authority = _authority(state)
        self._intermediate = _intermediate(self._authority)
        self._contexts: dict[tuple[str, str], ssl.SSLContext] = {}

    def context(self, kind: str, host: str) -> ssl.SSLContext:
        if (kind, host) not in self._contexts:
            self._contexts[kind, host] = self._make(kind, host)
        return self._contexts[kind, host]

    def published(self, request: Request) -> Response | None:
        """Return the published certificate of the authority; None for a request that does not ask for it."""
        if (request.scheme, request.host) != ("http", ISSUER_HOST):
            return None
        if request.target != ISSUER_PATH:
            return Response(404, (("Content-Type", "text/plain"),), b"")
        der = self._intermediate.certificate.public_bytes(serialization.Encoding.DER)
        return Response(200, (("Content-Type", "application/pkix-cert"),), der)

    def _make(self, kind: str, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        if kind == "self-signed":
            _load(context, _signed(host))
        elif kind == "incomplete":
            _load(context, _signed(host, self._intermediate))
        elif kind == "expired":
            self._authority.issue_cert(host, not_before=_LONG_AGO, not_after=_NOT_SO_LONG_AGO).configure_cert(context)
        elif kind == "wrong-host":
            self._authority.issue_cert(_HOSTING).configure_cert(context)
        elif kind == "good":
            self._authority.issue_cert(host).configure_cert(context)
        else:
            raise ValueError(f"unknown kind of certificate {kind!r}")
        return context


def _authority(state: Path) -> trustme.CA:
    certificate, key = state / CA_FILE, state / _CA_KEY
    if certificate.exists() and key.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    authority = trustme.CA(organization_name="prober sandbox")
    key.touch(mode=0o600)
    key.write_bytes(authority.private_key_pem.bytes())
    certificate.write_bytes(authority.cert_pem.bytes())
    return authority


def _intermediate(authority: trustme.CA) -> _Issuer:
    made = authority.create_child_ca()
    key = serialization.load_pem_private_key(made.private_key_pem.bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return _Issuer(x509.load_pem_x509_certificate(made.cert_pem.bytes()), key)


def _signed(host: str, issuer: _Issuer | None = None) -> bytes:
    """Return key and certificate of a site in PEM, signed by `issuer`, or by itself if there is none."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    )  # fmt: skip
    for extension in _of_issuer(issuer.certificate) if issuer else ():
        builder = builder.add_extension(extension, critical=False)
    certificate = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    plain = serialization.NoEncryption()
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def _of_issuer(issuer: x509.Certificate) -> tuple[x509.ExtensionType, ...]:
    """Return the extensions about the issuer: the identifier of its key, and the address of its certificate."""
    key = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    place = x509.UniformResourceIdentifier(f"http://{ISSUER_HOST}{ISSUER_PATH}")
    return (
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key),
        x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)]),
    )


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    # The ssl module reads certificates from files only.
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)
