"""Verify certificates: they must chain to a trusted root, if necessary over issuers that the server did not send.

A server has to send the certificates between its own and the root (RFC 8446, section 4.4.2); many do not. Browsers
fetch a missing one from the address that a certificate gives for its issuer (RFC 5280, section 4.2.2.1, caIssuers), so
visitors do not notice. A certificate fetched from there must only be an intermediate, never a trust anchor: OpenSSL
takes a certificate of the store as an anchor if it counts as self-signed, which it judges by names and key identifiers
without checking the signature, or if X509_V_FLAG_PARTIAL_CHAIN is set, which Python does since 3.13. Hence `_may_link`
and `_verifying`.
"""

import asyncio
import ssl
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID

from prober.domain.finding import Failure
from spiders.download.fetch_result import FetchFailed

MOST_MISSING = 3  # most issuers fetched for one host
DOCUMENT_BYTES = 64_000  # largest answer read from the address of an issuer
MOST_ATTEMPTS = 3  # failures of one such address in a crawl, after which it is not tried again
_MOST_IN_DOCUMENT = 16
# X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, _LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE (x509_vfy.h): the first
# if the chain continued over a fetched issuer and still does not end in a root.
_ISSUER_MISSING = frozenset({2, 20, 21})
_NONE: Mapping[str, str] = MappingProxyType({})

Get = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class _Chain:
    """Issuers that a host did not send, from that of its own certificate upwards, and the addresses they came from."""

    issuers: tuple[x509.Certificate, ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def fingerprints(self) -> tuple[bytes, ...]:
        return tuple(issuer.fingerprint(hashes.SHA256()) for issuer in self.issuers)


class Trust:
    """TLS contexts by host. Fetched issuers are kept as long as this object.

    `exceptions` maps exact host names to the reason why their certificates are not verified; no other host is affected.
    """

    def __init__(self, ca_file: str = "", exceptions: Mapping[str, str] = _NONE) -> None:
        self._ca_file = ca_file
        self._exceptions = exceptions
        self.unverified = _unverifying()
        self._chains: dict[str, _Chain] = {}
        # One context per chain: an issuer is used only for hosts whose certificates it signed.
        self._contexts: dict[tuple[bytes, ...], ssl.SSLContext] = {(): _verifying(ca_file)}
        self._known: dict[str, x509.Certificate] = {}
        self._failures: Counter[str] = Counter()
        self._one_at_a_time = asyncio.Lock()

    def context(self, host: str) -> ssl.SSLContext:
        """Return the TLS context with which certificates of `host` are verified."""
        if host in self._exceptions:
            return self.unverified
        return self._contexts[self._chains.get(host, _Chain()).fingerprints]

    def note(self, host: str) -> str:
        """Return how `host` is trusted (not verified, or over a fetched issuer); "" for normal verification."""
        if host in self._exceptions:
            return f"{host}: not verified: {self._exceptions[host]}"
        if host in self._chains:
            return f"{host}: intermediate fetched from {', '.join(self._chains[host].addresses)}"
        return ""

    async def complete(self, host: str, shown: Callable[[], Awaitable[bytes]], get: Get) -> None:
        """Fetch the next missing issuer between the certificate of `host` and a root.

        The next handshake shows whether the chain is complete then. Raises FetchFailed if there is no such issuer.
        `shown` gets the host's certificate in DER; `get` fetches one document.
        """
        chain = self._chains.get(host, _Chain())
        if len(chain.issuers) >= MOST_MISSING:
            raise FetchFailed(Failure.TLS, f"more than {MOST_MISSING} issuers are missing")
        child = chain.issuers[-1] if chain.issuers else _single(await shown())
        address = next(iter(issuer_addresses(child)), "")
        if not address:
            raise FetchFailed(Failure.TLS, "the last certificate names no address of its issuer")
        async with self._one_at_a_time:
            issuer = await self._issuer(child, address, get)
        grown = _Chain((*chain.issuers, issuer), (*chain.addresses, address))
        if grown.fingerprints not in self._contexts:
            self._contexts[grown.fingerprints] = _verifying(self._ca_file, grown.issuers)
        self._chains[host] = grown

    async def _issuer(self, child: x509.Certificate, address: str, get: Get) -> x509.Certificate:
        known = self._known.get(address)
        if known is not None and _issued(child, known):
            return known
        if self._failures[address] >= MOST_ATTEMPTS:
            raise FetchFailed(Failure.TLS, f"no answer from {address}, asked {MOST_ATTEMPTS} times")
        try:
            document = await get(address)
        except FetchFailed as failed:
            self._failures[address] += 1
            raise FetchFailed(Failure.TLS, f"no answer from {address}: {failed.detail}") from failed
        # Kept only if it issued this certificate: an answer for a wrong certificate must not block a right one.
        self._known[address] = issuer_among(certificates(document), child, address)
        return self._known[address]


def issuer_missing(error: BaseException | None) -> bool:
    """Return True if a handshake failed because the server did not send the issuer of its certificate."""
    return isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in _ISSUER_MISSING


def issuer_addresses(certificate: x509.Certificate) -> list[str]:
    """Return the addresses of the certificate's issuer, http only: https would need a certificate check itself."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return []
    places = (a.access_location for a in access if a.access_method == AuthorityInformationAccessOID.CA_ISSUERS)
    addresses = (place.value.strip() for place in places if isinstance(place, x509.UniformResourceIdentifier))
    return [address for address in addresses if address.lower().startswith("http://")]


def certificates(document: bytes) -> list[x509.Certificate]:
    """Return the certificates of a document in DER, PEM or PKCS#7, the forms of RFC 5280; [] for any other."""
    readers: tuple[Callable[[bytes], list[x509.Certificate]], ...] = (
        lambda data: [x509.load_der_x509_certificate(data)], x509.load_pem_x509_certificates,
        pkcs7.load_der_pkcs7_certificates, pkcs7.load_pem_pkcs7_certificates,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about lax encodings, which are accepted here
        for read in readers:
            try:
                return read(document)[:_MOST_IN_DOCUMENT]
            except (ValueError, TypeError, UnsupportedAlgorithm):
                continue
    return []


def issuer_among(candidates: Iterable[x509.Certificate], child: x509.Certificate, address: str) -> x509.Certificate:
    """Return the candidate that issued `child` and may be an intermediate. Raises FetchFailed with the reason."""
    found = [candidate for candidate in candidates if _issued(child, candidate)]
    if not found:
        raise FetchFailed(Failure.TLS, f"nothing at {address} issued it")
    links = [candidate for candidate in found if _may_link(candidate)]
    if not links:
        raise FetchFailed(Failure.TLS, f"no intermediate at {address}; a root is trusted only where it is installed")
    return links[0]


def _issued(child: x509.Certificate, candidate: x509.Certificate) -> bool:
    """Return True if `candidate` signed `child`."""
    try:
        child.verify_directly_issued_by(candidate)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _may_link(candidate: x509.Certificate) -> bool:
    """Return True if OpenSSL can take `candidate` only as an intermediate, never as self-signed.

    Names do not decide it: OpenSSL compares them without regard to case, blanks and character set. A certificate whose
    issuer's key identifier differs from its own never counts as self-signed; RFC 5280 requires both identifiers.
    """
    try:
        extensions = candidate.extensions
        authority = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        own = extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        issuer = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return False
    return authority and issuer is not None and issuer != own and candidate.subject != candidate.issuer


def _single(der: bytes) -> x509.Certificate:
    found = certificates(der)
    if not found:
        raise FetchFailed(Failure.TLS, "its certificate cannot be read")
    return found[0]


def _verifying(ca_file: str, links: Iterable[x509.Certificate] = ()) -> ssl.SSLContext:
    """Return a context with full verification against the roots of `ca_file` ("": the system's), with intermediates.

    `links` are the intermediates. The flags that Python 3.13 adds are off: a partial chain would make every
    intermediate an anchor, and the result of a verification must not depend on the version of Python.
    """
    context = ssl.create_default_context(cafile=ca_file or None)
    context.verify_flags &= ~(ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT)
    for link in links:
        context.load_verify_locations(cadata=link.public_bytes(Encoding.DER))
    return context


def _unverifying() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
