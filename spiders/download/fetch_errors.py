"""From what went wrong on the wire to the failure taxonomy of prober.domain.finding.Failure."""

import ssl
from socket import gaierror

from prober.domain.finding import Failure

# RFC 9209 error tokens that a forward proxy gives in Proxy-Status (section 2.3).
_PROXY_ERRORS = {
    "dns_error": Failure.DNS,
    "dns_timeout": Failure.DNS,
    "destination_not_found": Failure.DNS,
    "connection_refused": Failure.REFUSED,
    "connection_terminated": Failure.REFUSED,
    "destination_unavailable": Failure.REFUSED,
    "destination_ip_unroutable": Failure.REFUSED,
    "connection_timeout": Failure.TIMEOUT,
    "connection_read_timeout": Failure.TIMEOUT,
    "connection_write_timeout": Failure.TIMEOUT,
    "http_response_timeout": Failure.TIMEOUT,
    "tls_certificate_error": Failure.TLS,
    "tls_protocol_error": Failure.TLS,
    "tls_alert_received": Failure.TLS,
    "destination_ip_prohibited": Failure.BLOCKED,
    "http_request_denied": Failure.BLOCKED,
}
# Worth another try at the end of the run; a bad certificate or a closed door will be no better then.
TRANSIENT = frozenset({Failure.TIMEOUT, Failure.REFUSED, Failure.HTTP_5XX, Failure.DNS})


class FetchFailed(Exception):
    """A request that brought no readable answer. `failure` is its class, the message says what was seen."""

    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(detail)
        self.failure = failure
        self.detail = detail


def of_exception(error: BaseException) -> FetchFailed:
    """The class of an error of sockets or TLS; anything unknown counts as a refused connection.

    >>> of_exception(ConnectionResetError("reset")).failure
    <Failure.REFUSED: 'refused'>
    """
    if isinstance(error, FetchFailed):
        return error
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, TimeoutError):
        return FetchFailed(Failure.TIMEOUT, words)
    if isinstance(error, gaierror):
        return FetchFailed(Failure.DNS, words)
    if isinstance(error, ssl.SSLCertVerificationError):
        return FetchFailed(Failure.TLS, f"certificate not accepted: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        return FetchFailed(Failure.TLS, words)
    return FetchFailed(Failure.REFUSED, words)


def of_proxy_status(value: str) -> FetchFailed | None:
    """What a proxy says it met (RFC 9209), or None where it reports no error.

    >>> of_proxy_status('world; error=dns_error; details="no such name"').failure
    <Failure.DNS: 'dns'>
    """
    for part in value.split(";"):
        name, _, token = part.strip().partition("=")
        if name == "error":
            return FetchFailed(_PROXY_ERRORS.get(token.strip(), Failure.REFUSED), value.strip())
    return None
