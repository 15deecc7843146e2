"""What goes over the wire with a letter, and which reports of its delivery are asked for (DSN, RFC 3461)."""

from dataclasses import dataclass

PREFLIGHT = "preflight"  # marks a letter to oneself: in its address, its subject and its Message-ID


@dataclass(frozen=True, slots=True)
class Envelope:
    """What goes over the wire. `copy_to` is our own mailbox, second recipient of the same transaction: the evidence."""

    mail_from: str
    rcpt: str
    copy_to: str  # "" for none
    data: bytes  # CRLF lines
    envelope_id: str = ""  # comes back in delivery reports (RFC 3461, 4.4)


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """Options of RFC 3461, by command. Reports of failure and delay, to the letter's sender, with headers only."""

    mail: tuple[str, ...] = ()
    rcpt: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()


NO_REPORTS = ReportOptions()
_LONGEST_ID = 100  # RFC 3461, 4.4


def report_options(letter: Envelope) -> ReportOptions:
    identity = _xtext(letter.envelope_id)
    known = (f"ENVID={identity}",) if 0 < len(identity) <= _LONGEST_ID else ()
    return ReportOptions(
        ("RET=HDRS", *known), ("NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(letter.rcpt)}"), ("NOTIFY=NEVER",)
    )


def _xtext(text: str) -> str:
    """RFC 3461, 4: what is not printable ASCII, and + and =, as +HH.

    >>> _xtext("khao-sat+k2@prober.test")
    'khao-sat+2Bk2@prober.test'
    """
    return "".join(chr(b) if 33 <= b <= 126 and b not in b"+=" else f"+{b:02X}" for b in text.encode("utf-8"))
