"""List the world's DNS records: mail hosts of its domains, and all that a receiver looks up about the project's own.

Some domains lack records that others have, as in real life, so that tests can see whether a lack is noticed.
"""

import base64
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from prober.sandbox.mail import office_signatures
from prober.sandbox.plot.address_book import MAIL_DOMAIN

SELECTOR = "prober"
HOST = f"mail.{MAIL_DOMAIN}"
_HERE = "127.0.0.1"
_FILE, _BITS = "dkim.pem", 2048

Zone = Mapping[tuple[str, str], tuple[str, ...]]  # (name in lower case, type) → records as in a zone file


def zone(domains: Iterable[str], closed: Collection[str], public_key: str, seed: int = 0) -> Zone:
    """Return every record. `closed` are domains that declare that they take no mail (null MX, RFC 7505)."""
    rows: dict[tuple[str, str], tuple[str, ...]] = dict(_own(public_key))
    for position, domain in enumerate(sorted(set(domains) - {MAIL_DOMAIN})):
        rows |= dict(_closed(domain) if domain in closed else _open(domain, position))
        rows |= {(name, "TXT"): (_text(text),) for name, text in office_signatures.records(domain, seed)}
    return rows


def signing_key(state: Path) -> tuple[Path, str]:
    """Return the key file in `state`, made if it is missing, and the public key in base64."""
    path = state / _FILE
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    else:
        key = rsa.generate_private_key(65537, _BITS)
        path.touch(mode=0o600)
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
            )
        )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return path, base64.b64encode(public).decode("ascii")


def _own(public_key: str) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    yield (MAIL_DOMAIN, "MX"), (f"10 {HOST}.",)
    yield (HOST, "A"), (_HERE,)
    yield ("1.0.0.127.in-addr.arpa", "PTR"), (f"{HOST}.",)
    yield (MAIL_DOMAIN, "TXT"), (_text("v=spf1 mx -all"),)
    yield (f"_dmarc.{MAIL_DOMAIN}", "TXT"), (_text("v=DMARC1; p=quarantine; adkim=s; aspf=s"),)
    yield (f"{SELECTOR}._domainkey.{MAIL_DOMAIN}", "TXT"), (_text(f"v=DKIM1; k=rsa; p={public_key}"),)


def _closed(domain: str) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    yield (domain, "MX"), ("0 .",)
    yield (domain, "TXT"), (_text("v=spf1 -all"),)


def _open(domain: str, position: int) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    """Yield the records of a domain that takes mail. Every ninth has no MX: its address takes mail (RFC 5321, 5.1)."""
    if position % 9 == 4:
        yield (domain, "A"), (_HERE,)
    else:
        hosts = [f"mail.{domain}", f"relay.{domain}"][: 1 + (position % 5 == 0)]
        yield (domain, "MX"), tuple(f"{10 * number} {host}." for number, host in enumerate(hosts, 1))
        yield from (((host, "A"), (_HERE,)) for host in hosts)
    if position % 7 != 3:
        yield (domain, "TXT"), (_text("v=spf1 mx a -all"),)
    if position % 3:
        yield (f"_dmarc.{domain}", "TXT"), (_text("v=DMARC1; p=none"),)


def _text(value: str) -> str:
    """Return the data of a TXT record: strings of at most 255 octets, in quotes."""
    return " ".join(f'"{part}"' for part in textwrap.wrap(value, 255, drop_whitespace=False))
