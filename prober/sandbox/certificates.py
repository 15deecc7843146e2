"""Certificates of the world's https sites: good ones from an authority of its own, and bad ones of three kinds."""

import datetime as dt
import ssl
import tempfile
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CA_FILE, _CA_KEY = "ca.pem", "ca-key.pem"
_LONG_AGO = dt.datetime(2019, 1, 1, tzinfo=dt.UTC)
_NOT_SO_LONG_AGO = dt.datetime(2019, 12, 31, tzinfo=dt.UTC)
# What a wrong-host certificate is for: the machine of the company that hosts the site.
_HOSTING = "may-chu-07.luu-tru.test"


class Certificates:
    """TLS server contexts by kind and host, made when first asked for.

    Kinds: `good`, `expired`, `self-signed`, `wrong-host`. The authority is kept in `state`, so that a client's trust
    survives a restart; leaf certificates are not, they are cheap.
    """

    def __init__(self, state: Path) -> None:
        self.ca_file = state / CA_FILE
        self._authority = _authority(state)
        self._contexts: dict[tuple[str, str], ssl.SSLContext] = {}

    def context(self, kind: str, host: str) -> ssl.SSLContext:
        if (kind, host) not in self._contexts:
            self._contexts[kind, host] = self._make(kind, host)
        return self._contexts[kind, host]

    def _make(self, kind: str, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        if kind == "self-signed":
            _load(context, _self_signed(host))
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


def _self_signed(host: str) -> bytes:
    """Key and certificate in PEM of a site that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    # The ssl module reads certificates from files only.
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)
