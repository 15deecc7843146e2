"""Parse the English sentences in which older schemas stored their reasons.

Those of letters: up to schema 7 (results.db) and 6 (private.db); the others: up to 5 and 4.

Used once, when such a file is opened. An unknown sentence is kept word for word, as `Reason("text", text=…)`.
"""

import re
from collections.abc import Callable, Mapping

from prober.domain.correspondence import LetterReason
from prober.domain.finding import Failure
from prober.domain.reason import TEXT, Reason, Reasons

_CODES = {
    "looked everywhere the coverage rule names": "looked_everywhere",
    "a label without content": "label_only",
}
_FOUND = {
    "official address": "official_address",
    "official channel": "official_channel",
    "access-to-information section": "access_section",
    "form that citizens can write into": "writable_form",
    "budget publication": "budget_publication",
}
_MISSING: dict[str, Callable[[re.Match[str]], Reason]] = {
    r"((?:menu|footer|sitemap|slugs|search)(?: and (?:menu|footer|sitemap|slugs|search))*) not tried": lambda m: Reason(
        "not_tried", places=tuple(m[1].split(" and "))
    ),
    r"(\d+) of (\d+) candidates not opened": lambda m: Reason(
        "candidates_unopened", unopened=int(m[1]), candidates=int(m[2])
    ),
    r"(\d+) pages blocked or closed by robots\.txt": lambda m: Reason("blocked_pages", count=int(m[1])),
    rf"({'|'.join(Failure)})": lambda m: Reason(m[1]),
}
_VERDICTS: Mapping[str, Callable[[re.Match[str]], Reason]] = _MISSING | {
    "|".join(_CODES): lambda m: Reason(_CODES[m[0]]),
    r"own section, level (\d)": lambda m: Reason("own_section", level=int(m[1])),
    rf"({'|'.join(_FOUND)}), (\w+)": lambda m: Reason(_FOUND[m[1]], category=m[2]),
    r"only (\w+(?:, \w+)*) found": lambda m: Reason("only", categories=tuple(m[1].split(", "))),
    rf"({'|'.join(Failure)}): (.*)": lambda m: Reason(m[1], detail=m[2]),
}
_WHOLE: Mapping[str, Callable[[re.Match[str]], Reason]] = {
    "a list of addresses was not read: (.*)": lambda m: Reason("directory_unread", snippet=m[1]),
    "an address is shown but cannot be read: (.*)": lambda m: Reason("hidden_address", snippet=m[1]),
}
_SUSPECT: Mapping[str, Callable[[re.Match[str]], Reason]] = {
    r"(\w+) (\d+), expected (\d+) or more": lambda m: Reason("below_floor", name=m[1], seen=int(m[2]), least=int(m[3])),
    r"(\w+) changed on (\d+) of (\d+) sites in one night": lambda m: Reason(
        "changed_overnight", what=m[1], turned=int(m[2]), compared=int(m[3])
    ),
}
_PAUSES: Mapping[str, Callable[[re.Match[str]], Reason]] = {
    r"(Q\d) ([\d-]+) to (\w\w) ([\d-]+)": lambda m: Reason(
        "waited", question=m[1], since=m[2], ended_by=m[3], until=m[4]
    ),
    r"(Q\d) ([\d-]+), open": lambda m: Reason("waiting", question=m[1], since=m[2]),
}
_LACKS = {
    "asked by an organisation alone, not by a citizen or through one (articles 4, 36)": ("ATI-2016", "citizen"),
    "no request slip enclosed (article 24.1, form 01a or 01b)": ("ATI-2016", "slip"),
    "not in Vietnamese (article 24.2)": ("ATI-2016", "language"),
    "no full name (article 24.2a)": ("ATI-2016", "name"),
    "no residence or address (article 24.2a)": ("ATI-2016", "address"),
    "no number of an identity paper (article 24.2a)": ("ATI-2016", "identity"),
    "no telephone or e-mail (article 24.2a)": ("ATI-2016", "contact"),
    "no document named (article 24.2b)": ("ATI-2016", "documents"),
    "no form of provision (article 24.2c)": ("ATI-2016", "provision"),
    "no purpose (article 24.2d)": ("ATI-2016", "purpose"),
    "what the law in force since 1 September 2026 asks of a request is not known here": ("ATI-2026", "known"),
}
_SIGNALS = (
    "token address", "token address retyped", "references", "embedded message-id", "subject tag", "text tag",
    "tag retyped", "sender address", "sender domain", "subject", "quotes our letter", "quotes our letter to it",
    "names the office", "answers a letter of that day", "person", "entered by hand",
)  # fmt: skip

_LETTERS = {
    "the agency asked for no further letters": LetterReason.OBJECTED,
    "the request bounced": LetterReason.BOUNCED,
    "the agency has answered": LetterReason.ANSWERED,
    "the request was not sent": LetterReason.NOT_SENT,
    "its request was refused": LetterReason.REQUEST_REFUSED,
    "its request was cancelled": LetterReason.REQUEST_CANCELLED,
    "the waiting time of the request is over": LetterReason.OVER,
    "the campaign was closed": LetterReason.CLOSED,
    "interrupted while it was being handed over": LetterReason.INTERRUPTED,
    "handed over, by the send journal; this database is an older copy": LetterReason.IN_JOURNAL,
    "handed over, by results.db; this database is an older copy": LetterReason.IN_RESULTS,
    "own copy found in the mailbox": LetterReason.COPY_CAME,
    "a message answers it": LetterReason.ANSWER_CAME,
}
_CHANGES: Mapping[str, Callable[[re.Match[str]], Reason]] = {
    "|".join(map(re.escape, _LETTERS)): lambda m: Reason(_LETTERS[m[0]]),
    "approved by (.+)": lambda m: Reason("approved_by", by=m[1]),
    r"message ([0-9a-f]+) \(([A-Z][A-Z0-9])\) came": lambda m: Reason("message_came", message=m[1], event=m[2]),
    r"message ([0-9a-f]+) \(([A-Z][A-Z0-9]), by (.*)\) came": lambda m: Reason(
        "message_came", message=m[1], event=m[2], by=m[3]
    ),
    r"the stopping rule: objections so far: (\d+)": lambda m: Reason("objections_reached", count=int(m[1])),
    r"the address of (\S+) is (\S+) now, by decision of (.*)": lambda m: Reason(
        "address_changed", agency=m[1], address=m[2], by=m[3]
    ),
    r"[245]\d\d(?:[ -].*)?": lambda m: Reason("server_said", answer=m[0]),
    r"(?:entered )?by hand \(([0-9a-f]{12})\)": lambda m: Reason("noted_by_hand", message=m[1]),
    r"([\w.-]*) \(([0-9a-f]{12})\)": lambda m: Reason("read_by_rule", rule=m[1], message=m[2]),
}
_STAGED = re.compile(r"at (connect|tls|login|mail|rcpt|copy|data|dot|done): ?(.*)", re.DOTALL)
_GIVEN_UP = re.compile(r"(\d{3} )?given up after (\d+) attempts: ?(.*)", re.DOTALL)


def verdict(sentence: str) -> Reasons:
    """Return the reasons of a verdict. The message of a failure may hold "; " itself: what follows belongs to it.

    >>> verdict("sitemap and search not tried; dns: x.test: no address; timed out; only login found")[1:]
    (Reason('dns', detail='x.test: no address; timed out'), Reason('only', categories=('login',)))
    """
    whole = _match(sentence, _WHOLE)
    if whole.code != TEXT or not sentence:
        return (whole,) if sentence else ()
    found: list[Reason] = []
    for part in sentence.split("; "):
        reason = _match(part, _VERDICTS)
        if reason.code == TEXT and found and "detail" in found[-1].params:
            reason = Reason(found[-1].code, detail=f"{found.pop().params['detail']}; {part}")
        found.append(reason)
    return tuple(found) if all(reason.code != TEXT for reason in found) else (Reason(TEXT, text=sentence),)


def failure_detail(sentence: str) -> Reasons:
    """Return why a site was not fully seen: the missing parts, else the technical message unchanged."""
    found = _parts(sentence, _MISSING)
    return found if all(reason.code != TEXT for reason in found) else (Reason(TEXT, text=sentence),)


def suspect(sentence: str) -> Reasons:
    """Return the reasons why a visit or a scan is not believed."""
    return _parts(sentence, _SUSPECT)


def pauses(sentence: str) -> Reasons:
    """Return the times in which a request waited for our reply."""
    return _parts(sentence, _PAUSES)


def lacking(sentence: str) -> Reasons:
    """Return the legal requirements that a request does not meet."""
    parts = sentence.split("; ") if sentence else []
    return tuple(
        Reason("lacks", regime=_LACKS[part][0], requirement=_LACKS[part][1]) if part in _LACKS else _text(part)
        for part in parts
    )


def signals(sentence: str) -> Reasons:
    """Return the signals that tie a message to its request."""
    parts = sentence.split(", ") if sentence else []
    return tuple(
        Reason(part.replace(" ", "_").replace("-", "_")) if part in _SIGNALS
        else Reason("chosen_by", by=part[3:]) if part.startswith("by ")
        else _text(part)
        for part in parts
    )  # fmt: skip


def grounds(sentence: str) -> Reasons:
    """Return the articles and points of the law that a refusal names."""
    return tuple(Reason("ground", point=point) for point in sentence.split(", ") if point)


def letter(sentence: str) -> Reasons:
    """Return why the state of a letter changed, what a server said of it, or how a message was read.

    >>> letter("at rcpt: 451 given up after 9 attempts: later")[0].params["why"]
    (Reason('given_up', attempts=9), Reason('server_said', answer='451 later'))
    """
    if staged := _STAGED.fullmatch(sentence):
        return (Reason("at_stage", stage=staged[1], why=letter(staged[2])),)
    if last := _GIVEN_UP.fullmatch(sentence):
        return (Reason("given_up", attempts=int(last[2])), *letter(f"{last[1] or ''}{last[3]}"))
    return (_match(sentence, _CHANGES),) if sentence else ()


def _parts(sentence: str, patterns: Mapping[str, Callable[[re.Match[str]], Reason]]) -> Reasons:
    return tuple(_match(part, patterns) for part in sentence.split("; ")) if sentence else ()


def _match(part: str, patterns: Mapping[str, Callable[[re.Match[str]], Reason]]) -> Reason:
    matches = ((re.fullmatch(pattern, part, re.DOTALL), made) for pattern, made in patterns.items())
    return next((made(found) for found, made in matches if found), _text(part))


def _text(words: str) -> Reason:
    return Reason(TEXT, text=words)
