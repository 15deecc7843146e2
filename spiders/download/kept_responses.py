"""Keep responses with their validators, so that a server can say that a page has not changed (RFC 9110, section 13).

Such a page is not sent again: the response of an earlier night counts, with its bytes.
"""

import hashlib
from datetime import datetime

import msgspec

from spiders.download.fetch_result import HttpResponse
from spiders.download.page_cache import PageCache

LONGEST = 300  # characters of a validator; a longer one is not sent back
_CONDITIONS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


class KeptResponse(msgspec.Struct, frozen=True):
    """A complete response of an earlier request, as it was sent, and when."""

    at: datetime
    response: HttpResponse

    @property
    def conditions(self) -> dict[str, str]:
        """The headers of a request that is answered with 304 if nothing has changed; {} without a validator."""
        sent = {name.lower(): value.strip() for name, value in reversed(self.response.headers)}
        told = {_CONDITIONS[name]: sent[name] for name in _CONDITIONS if sent.get(name)}
        return {name: value for name, value in told.items() if len(value) <= LONGEST and value.isascii()}


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(KeptResponse)


class KeptResponses:
    """The responses that `cache` holds, by address."""

    def __init__(self, cache: PageCache) -> None:
        self._cache = cache

    def of(self, url: str) -> KeptResponse | None:
        """Return the response kept for `url`, or None."""
        data = self._cache.get(_key(url))
        try:
            return _decoder.decode(data) if data is not None else None
        except ValueError:  # not written by this program
            return None

    def keep(self, url: str, at: datetime, received: HttpResponse) -> None:
        """Keep a response from `url` if it is whole and has a validator."""
        if received.status != 200 or received.broken:
            return
        kept = KeptResponse(at, received)
        if kept.conditions:
            self._cache.put(_key(url), _encoder.encode(kept))


def _key(url: str) -> bytes:
    return hashlib.sha256(b"response " + url.encode("utf-8", "surrogatepass")).digest()
