"""Define the values between the world's proxy and its sites: a request in, a response or a fault out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the proxy read it.

    `target` is path and query; header names are lower-case; `at` is the simulated moment.
    """

    method: str
    scheme: str
    host: str
    target: str
    headers: Mapping[str, str]
    at: datetime
    body: bytes = b""  # of a POST


@dataclass(frozen=True, slots=True)
class Response:
    """The answer of a site. `body` is as transmitted, encoded already if `headers` say so."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    delay: float = 0.0  # seconds before the first byte
    drip: float = 0.0  # seconds between chunks of the body, for a slow site


class Fault(StrEnum):
    """A failure below HTTP, which the proxy carries out for real."""

    DNS = "dns"
    REFUSED = "refused"
    RESET = "reset"  # TCP reset after the request
    TIMEOUT = "timeout"  # never answers
    MALFORMED = "malformed"  # a header line that no grammar allows


class Web(Protocol):
    """The sites of a world. The same request at the same simulated time gets the same bytes."""

    def respond(self, request: Request) -> Response | Fault: ...

    def certificate(self, host: str) -> str | Fault:
        """Return `good`, `expired`, `self-signed`, `wrong-host` or `incomplete`; a fault where no server speaks TLS."""
        ...

    def agencies(self) -> list[dict[str, Any]]:
        """Return the world's registry: one map per agency, keys as the fields of prober.domain.agency.Agency."""
        ...

    def truth(self) -> dict[str, Any]:
        """Return what a patient person with a browser would find, per portal and finance site."""
        ...
