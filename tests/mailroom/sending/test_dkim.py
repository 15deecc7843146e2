"""Letters are signed once and for all: the same bytes at every attempt, and the published key proves them."""

from datetime import datetime, timedelta
from pathlib import Path

import dkim as library
import pytest

from mailroom.sending.dkim import Signer, fits, published, signer, verified
from mailroom.sending.send_due import SendingRun, send_due
from prober.config.load import Dkim, Smtp
from prober.errors import ConfigError
from prober.sandbox.mail.dns_zone import signing_key, zone
from tests.mailroom.sending.test_send_due import AGENCY, SENDER, START, Orders, SteppedClock, approved, peer
from tests.name_server import names
from tests.pobi import POBI

LETTER = b"Date: Mon, 13 Apr 2020 08:31:07 +0700\r\nFrom: a@prober.test\r\nSubject: x\r\n\r\nText\r\n"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A key file and the public half."""
    return signing_key(tmp_path_factory.mktemp("key"))


def section(path: Path) -> Dkim:
    return Dkim(domain="prober.test", selector="prober", key_file=str(path))


def world_zone(public: str) -> dict[str, tuple[str, ...]]:
    return {" ".join(name): records for name, records in zone((), (), public).items()}


def made(path: Path) -> Signer:
    found = signer(section(path))
    assert found
    return found


def test_a_retry_carries_the_same_signature_and_it_holds(key: tuple[Path, str], tmp_path: Path) -> None:
    """Dropped after the signed letter was given, put off at the dot, taken: three times the same bytes."""
    path, public = key
    orders, db = Orders({"DOT": "451 later"}, times=2), approved(tmp_path / "p.db")
    given: list[bytes] = []
    signing = made(path)

    class Watched(Signer):
        def signed(self, letter: bytes, first_attempt: datetime) -> bytes:
            given.append(signing.signed(letter, first_attempt))
            return given[-1]

    clock, watched = SteppedClock(), Watched(signing.domain, signing.selector, signing.pem)
    with peer(orders) as port:
        smtp = Smtp(host="127.0.0.1", port=port, tls="none", per_day=50, seconds_between=0)
        send_due(SendingRun(db, "w", smtp, SENDER, clock, POBI, clock.now() + timedelta(days=1), signer=watched))
    ((_, _, raw),) = orders.copies
    first = datetime.fromisoformat(db.execute("SELECT MIN(started_at) FROM send_attempt").fetchone()[0])
    (frozen,) = db.execute("SELECT raw FROM outbox").fetchone()
    assert len(given) == 3 and set(given) == {raw}
    assert raw.startswith(b"DKIM-Signature: ") and raw.endswith(b"\r\n" + frozen)
    assert f"t={int(first.timestamp())};".encode() in raw
    with names(world_zone(public)) as resolver:
        assert verified(raw, resolver, START) == [("prober.test", True)]
        assert verified(raw.replace(b"Subject: ", b"Subject: x"), resolver, START) == [("prober.test", False)]
        assert verified(raw + b"more\r\n", resolver, START) == [("prober.test", False)]
    db.close()


def test_the_library_alone_accepts_it(key: tuple[Path, str]) -> None:
    """dkimpy's own verify(), with a key from nowhere but its argument."""
    path, public = key
    signed = made(path).signed(LETTER, START)
    assert library.verify(signed, dnsfunc=lambda name, timeout=5: f"v=DKIM1; k=rsa; p={public}".encode())
    assert signed.count(b"From: ") == 1 and AGENCY.encode() not in signed


PUBLISHED = {
    "as it should be": ("v=DKIM1; k=rsa; p={}", True),
    "without the version": ("p={}", True),
    "blanks in the key": ("v=DKIM1; p=  {} ", True),
    "revoked": ("v=DKIM1; k=rsa; p=", False),
    "another kind of key": ("v=DKIM1; k=ed25519; p={}", False),
    "another version": ("v=DKIM2; p={}", False),
    "another key": ("v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ", False),
    "nonsense": ("hello", False),
}


@pytest.mark.parametrize("case", PUBLISHED)
def test_what_is_published(case: str, key: tuple[Path, str]) -> None:
    text, good = PUBLISHED[case]
    path, public = key
    record = text.format(public)
    strings = " ".join(f'"{record[at : at + 200]}"' for at in range(0, len(record), 200))
    with names({"prober._domainkey.prober.test TXT": (strings,)}) as resolver:
        found = published(resolver, "prober", "prober.test")
        assert bool(found and fits(made(path), found)) == good
        assert published(resolver, "other", "prober.test") == ""


@pytest.mark.parametrize("content", [None, b"", b"not a key", b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"])
def test_a_bad_key_is_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"\[dkim\] key_file .*key\.pem"):
        signer(section(path))


def test_without_a_section_nothing_is_signed() -> None:
    assert signer(None) is None
