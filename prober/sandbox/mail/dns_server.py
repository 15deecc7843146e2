"""Serve the world's DNS over UDP on loopback: one zone, authoritative for every name."""

import asyncio
from contextlib import suppress
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from prober.sandbox.mail.dns_zone import Zone

_TTL = 300
_PLAIN_OCTETS = 512  # RFC 1035, 4.2.1; more only for a client that says so (EDNS, RFC 6891)


class NameServer(asyncio.DatagramProtocol):
    """A server that answers from `zone`. A malformed question gets no answer, as a lost packet would."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._names = {name for name, _ in zone}

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        with suppress(dns.exception.DNSException):
            query = dns.message.from_wire(data)
            if query.question and not query.flags & dns.flags.QR:
                self._transport.sendto(_wire(self._answer(query), query.payload), addr)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        question = query.question[0]
        name, kind = str(question.name).rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA
        records = self._zone.get((name, kind))
        if records:
            answer.answer.append(dns.rrset.from_text(question.name, _TTL, dns.rdataclass.IN, kind, *records))
        elif name not in self._names and not any(known.endswith(f".{name}") for known in self._names):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


def _wire(answer: dns.message.Message, payload: int) -> bytes:
    try:
        return bytes(answer.to_wire(max_size=max(payload, _PLAIN_OCTETS)))
    except dns.exception.TooBig:
        answer.answer.clear()
        answer.flags |= dns.flags.TC
        return bytes(answer.to_wire())


async def start(zone: Zone) -> tuple[asyncio.DatagramTransport, int]:
    """Listen on a free port of 127.0.0.1."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: NameServer(zone), ("127.0.0.1", 0))
    return transport, transport.get_extra_info("sockname")[1]
