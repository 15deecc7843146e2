"""Say what a rehearsal may reach and where it writes."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path("var/rehearsal")  # everything that a rehearsal writes is below it
_NAMED = re.compile(r"(?:(?!-)[a-z0-9-]{1,63}\.)+test(?::([0-9]{1,5}))?")
# Loopback and the private networks (RFC 1918, RFC 4193), and no others: a link-local address may be that of a cloud's
# metadata service.
_NETWORKS = tuple(
    map(ipaddress.ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"))
)
_METADATA = ipaddress.ip_address("fd00:ec2::254")  # of a cloud, inside fc00::/7


def is_name(text: object) -> bool:
    """Return True for a host name under `.test` in lower case, with or without a port.

    >>> is_name("camau.gov.test"), is_name("camau.gov.test:443"), is_name("camau.gov.vn"), is_name("127.0.0.1:80")
    (True, True, False, False)
    """
    found = _NAMED.fullmatch(text) if isinstance(text, str) else None
    return bool(found) and (found[1] is None or 0 < int(found[1]) < 65536)  # type: ignore[index]


def is_place(text: object) -> bool:
    """Return True for a loopback or private address with a port.

    >>> [is_place(text) for text in ("127.0.0.1:8081", "[fd00::1]:80", "10.0.0.5", "169.254.169.254:80", "8.8.8.8:80")]
    [True, True, False, False, False]
    """
    try:
        host, port = place(str(text))
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return 0 < port < 65536 and address != _METADATA and any(address in network for network in _NETWORKS)


def place(text: str) -> tuple[str, int]:
    """Return address and port of `ADDRESS:PORT`. Raises ValueError.

    >>> place("[::1]:8080")
    ('::1', 8080)
    """
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and len(port) < 6) or ((":" in host) != host.startswith("[")):
        raise ValueError(f"not an address with a port: {text!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def places(hosts: Mapping[str, str]) -> dict[tuple[str, int], tuple[str, int]]:
    """Return host and port as they stand in addresses → the address and port that answer for them.

    >>> places({"camau.gov.test": "127.0.0.1:8081"})
    {('camau.gov.test', 80): ('127.0.0.1', 8081)}
    """
    named = ((name.partition(":"), place(where)) for name, where in hosts.items())
    return {(host, int(port or 80)): where for (host, _, port), where in named}


def with_own_paths(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of a rehearsal's configuration with its own places for [paths] keys that are not set."""
    own = {
        "results": FOLDER / "results.db", "private": FOLDER / "private.db", "evidence": FOLDER / "evidence",
        "report": FOLDER / "report.html", "world": FOLDER / "world",
    }  # fmt: skip
    paths = table.get("paths", {})
    return {**table, "paths": {**own, **paths} if isinstance(paths, Mapping) else paths}


def is_inside(path: Path, root: Path) -> bool:
    """Return True for a path in the folder of the rehearsal below `root`, with symbolic links followed."""
    return (root / path).resolve().is_relative_to((root / FOLDER).resolve())
