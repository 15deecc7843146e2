"""Make the public rows about requests: who was asked, what came back, and how long it took.

The rows hold no text of a letter and no name of a person. They depend only on private.db, the study and the calendar:
the same contents give the same rows with the same ids, whatever the order or number of runs. An id is that of the
outbox or is made from a hash. Of a message that people have read, their decision counts, and has rows of its own.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from mailroom.classification import links_in_reply
from mailroom.matching.scoring import OfficeMarks
from mailroom.outcomes import deadlines
from mailroom.outcomes.deadlines import Pause, applied, pauses
from prober.campaign.design import reading_order
from prober.campaign.protocol import Protocol, parse
from prober.domain.correspondence import AUTOMATIC, REFUSALS, SUBSTANTIVE, Event, Proof, Said, SendState
from prober.domain.hostnames import FREE_MAIL, governmental, mail_domain
from prober.domain.reason import Reason, Reasons, from_json, to_json
from prober.domain.requested_documents import RequestedDocument, requested
from prober.domain.working_days import Calendar
from prober.store.private.codings import ReadingList
from prober.store.results import mail_projection as store
from prober.store.results.mail_projection import Correspondence, Request, Row
from prober.studies.packs import words
from prober.studies.study import Study
from prober.text.patterns import linear
from prober.text.words import Vocabulary

# The outcome of a request is the first of these classes that arrived within the waiting time: answers before refusals,
# replies that move the request on before mere receipts, people before machines (docs/method.md).
OUTCOMES = (
    Event.FULL, Event.PARTIAL, Event.LINK, Event.REFUSAL_REASONED, Event.REFUSAL, Event.TRANSFER_AWAY, Event.EXTENSION,
    Event.ASKS_FORM, Event.ASKS_PURPOSE, Event.TRANSFER_INSIDE, Event.BY_VOICE, Event.HUMAN_ACK, Event.OBJECTION,
    Event.OTHER, Event.UNCLEAR, Event.EMPTY, Event.ABUSE, Event.AUTO_ACK, Event.READ_RECEIPT, Event.CALENDAR,
    Event.SPAM, Event.BOUNCE,
)  # fmt: skip
SILENCE = "silence"
_QUALITY = {0: Said.NOTHING, 1: Said.ELSEWHERE}  # a coder's mark → what the reply says of the document; more is given
_ADDRESS = linear(r"[^\s@<>,;:\"'()]++(?:@([\w.-]+\w))?")  # or a word without a domain
# With a country code, or with the 0 before a number inside the country; "84" alone is often written for "+84".
_TELEPHONE = linear(r"(?<![\d/.])(?:\+\d{1,3}|84|0)[\d .-]{8,12}\d(?!\d)")

Subject = tuple[str, str, str]  # hash of the message, campaign, agency


@dataclass(frozen=True, slots=True)
class Final:
    """Hold the class that counts, who decided it ("rule", "person" or "settled"), and every coding of the message."""

    event: Event
    decided_by: str
    codings: Sequence[Row] = ()
    items: Mapping[int, int] = field(default_factory=dict)  # quality by document, of the coding that counts


def rows(held: Correspondence, study: Study, sites: Mapping[str, Sequence[str]]) -> dict[str, list[Row]]:
    """Return the rows about the requests in `held`, by table. `sites` maps an agency to the addresses of its site."""
    tables: dict[str, list[Row]] = {name: [] for name in store.TABLES}
    events: dict[int, list[Row]] = {}
    for event in held.events:
        events.setdefault(event["outbox"], []).append(event)
    letters: dict[Request, dict[str, Row]] = {}
    for letter in held.outbox:
        letters.setdefault((letter["campaign"], letter["agency"]), {})[letter["step"]] = letter
    codings = codings_by_subject(held.codings)
    messages: dict[Request, list[Row]] = {}
    for message in held.matched:
        messages.setdefault((message["campaign"], message["agency"]), []).append(message)
    acts: dict[Request, list[Row]] = {}
    for act in held.own_acts:
        acts.setdefault((act["campaign"], act["agency"]), []).append(act)
    for (campaign, agency), steps in letters.items():
        if "request" in steps:
            protocol = _protocol(held.campaigns[campaign]["protocol"], campaign)
            found = decided(messages.get((campaign, agency), []), codings)
            ours = acts.get((campaign, agency), [])
            _request(
                tables, steps, found, ours, events, protocol, study, held.as_of, sites.get(agency, ())
            )  # fmt: skip
            _add_standing(tables["request"][-1], protocol.seed, held.reading_lists.get(campaign))
    return tables


def of_campaign(file: Row, lacking: Sequence[str], study: Study) -> dict[str, list[Row]]:
    """Return the rows about a campaign itself; its requests lack what `lacking` says, as reasons."""
    protocol = _protocol(file["protocol"], file["id"])
    return {
        "campaign": [_campaign(file, protocol)],
        "legal_requirement": list(_requirements(file["id"], protocol, lacking, study)),
    }


def _add_standing(row: Row, seed: int, drawn: ReadingList | None) -> None:
    """Add to the row of a request where it stands to the list drawn for reading."""
    row |= {"reading": reading_order.Standing.NONE.value, "reading_place": None}
    if drawn:
        standing = reading_order.standing(seed, row["agency"], drawn.last_place, drawn.read_before)
        row |= {"reading": standing.value, "reading_place": reading_order.place(seed, row["agency"])}


@lru_cache(maxsize=64)
def _protocol(text: str, campaign: str) -> Protocol:
    """Parse the protocol of a campaign, once for all replies: it was frozen at approval."""
    return parse(text, f"campaign {campaign}")


def _campaign(file: Row, protocol: Protocol) -> Row:
    copied = (
        "id", "world", "status", "protocol_sha256", "approval_sha256", "approved_by", "approved_at",
        "created_at", "closed_at", "assignment_sha256",
    )  # fmt: skip
    return {name: file[name] for name in copied} | {
        "title": protocol.title,
        "frame": protocol.frame,
        "kind": protocol.kind,
        "regime": protocol.regime,
        "waiting_working_days": protocol.waiting_working_days,
        "reminder_working_days": protocol.reminder_working_days,
        "follow_up_working_days": protocol.follow_up_working_days,
        "follow_up_after": json.dumps(protocol.follow_up_after),
        "seed": protocol.seed,
        "sender": protocol.sender,
        "arms": json.dumps({arm.name: arm.about for arm in protocol.arms}, ensure_ascii=False),
        "blocks": json.dumps(protocol.blocks),
        "pairs_with": protocol.pairs_with,
        "expected_share": protocol.expected_share,
    }


def _requirements(campaign: str, protocol: Protocol, lacking: Sequence[str], study: Study) -> Iterator[Row]:
    """Yield the rows of `legal_requirement` of `campaign`: what the law asks of its requests, once they are approved.

    All requests of one arm lack the same requirements; a requirement is met if no arm lacks it.
    """
    reasons = [reason for text in dict.fromkeys(lacking) for reason in from_json(text)]
    for row in study.law.judged_then(protocol.regime, reasons) if lacking else ():
        yield {
            "id": number("legal_requirement", campaign, row.field), "campaign": campaign, "requirement": row.field,
            "article": row.article, "about": row.about, "met": int(row.met), "why": to_json(row.lacking),
        }  # fmt: skip


def _request(
    tables: dict[str, list[Row]],
    steps: dict[str, Row],
    messages: Sequence[tuple[Row, Final]],
    acts: Sequence[Row],
    events: dict[int, list[Row]],
    protocol: Protocol,
    study: Study,
    as_of: str,
    sites: Sequence[str],
) -> None:
    """Add all rows about one request to `tables`."""
    letter, reminder, calendar = steps["request"], steps.get("reminder"), study.calendar
    held = pauses(
        [(datetime.fromisoformat(message["received_at"]), final.event) for message, final in messages]
        + [(datetime.fromisoformat(act["at"]), Event.OWN_COPY) for act in acts]
    )
    replies = [_reply(letter, reminder, message, final, protocol, study, held) for message, final in messages]
    undelivered = any(says_undelivered(message, final) for message, final in messages)
    counted = [reply for reply in replies if reply["inside_window"] or reply["event"] == Event.BOUNCE]
    delivered, outcome = deadlines.delivery(letter, replies, undelivered, as_of), _outcome(letter, counted)
    stated = {
        reply["id"]: list(_documents(reply, message, final, protocol, study))
        for reply, (message, final) in zip(replies, messages, strict=True)
    }
    complete = _complete(counted, [row for reply in counted for row in stated[reply["id"]]], protocol)
    tables["request"].append(
        _request_row(steps, counted, protocol, calendar)
        | {"complete": complete, "delivered": delivered, "outcome": outcome}
        | deadlines.columns(held, as_of, letter["closed_at"], calendar)
    )
    tables["reply"] += replies
    for reply, (message, final) in zip(replies, messages, strict=True):
        coding_rows(tables, reply["id"], final, number)
        tables["reply_document"] += stated[reply["id"]]
        if reply["human"]:
            own = {letter["rcpt"], message["from_address"], *sites}
            tables["reply_link"] += links_in_reply.rows(
                reply["id"], message["detail"].answer_links, own, number, words(study.vocabulary)
            )
    tables["request_event"] += _request_events(steps, replies, acts, events)
    arrived = deadlines.may_answer(delivered, outcome)
    for row in applied(letter, replies, study, datetime.fromisoformat(as_of), held, arrived):
        tables["deadline"].append({"id": number("deadline", letter["id"], row["rule"])} | row)


def _request_row(steps: Mapping[str, Row], counted: Sequence[Row], protocol: Protocol, calendar: Calendar) -> Row:
    """Return the columns of `request` that its letters and the counted replies give, without pauses and delivery."""
    letter = steps["request"]
    copied = (
        "id", "campaign", "agency", "position", "state", "accepted_at", "legally_valid", "legal_reasons", "arm",
        "block",
    )  # fmt: skip
    return {
        **{name: letter[name] for name in copied},
        "to_address": letter["rcpt"],
        **_later_steps(steps),
        "replied": int(any(reply["substantive"] for reply in counted)),
        "waiting_ends_at": _waiting_ends(letter, protocol, calendar),
    }


def _later_steps(steps: Mapping[str, Row]) -> Row:
    """Return the columns on reminder and follow-up, empty for one that the protocol does not ask for."""
    found: Row = {}
    for step, state, at in (
        ("reminder", "reminder_state", "reminded_at"),
        ("follow-up", "follow_up_state", "followed_up_at"),
    ):
        letter = steps.get(step, {"state": None, "accepted_at": None})
        found |= {state: letter["state"], at: letter["accepted_at"]}
    return found


def _documents(reply: Row, message: Row, final: Final, protocol: Protocol, study: Study) -> Iterator[Row]:
    """Yield the rows of `reply_document`. What a person says of a document, or of the whole letter, counts."""
    states = message["detail"].documents if reply["human"] else ()
    asked = (_requested(document.name, study.vocabulary) for document in protocol.documents)
    for state, document in zip(states, asked, strict=False):
        said = state.said
        if state.position in final.items:
            said = _QUALITY.get(final.items[state.position], Said.GIVEN)
        elif final.event == Event.FULL:
            said = Said.GIVEN
        elif said == Said.GIVEN and final.event not in SUBSTANTIVE:
            said = Said.NOTHING
        yield {
            "id": number("reply_document", reply["id"], state.position), "reply": reply["id"],
            "position": state.position, "title": document.title, "year": document.year,
            "forms": f"{document.first_form}-{document.last_form}" if document.first_form else "",
            "said": said, "given_by": state.by if said == Said.GIVEN else "",
        }  # fmt: skip


@lru_cache(maxsize=64)
def _requested(title: str, vocabulary: Vocabulary) -> RequestedDocument:
    return requested(title, words(vocabulary))


def _complete(replies: Sequence[Row], stated: Sequence[Row], protocol: Protocol) -> int | None:
    """Return 1 if the rows of `reply_document` of one request give every document; None where there are no rows."""
    given = {row["position"] for row in stated if row["said"] == Said.GIVEN}
    known = {row["reply"] for row in stated}
    if not stated or any(reply["substantive"] and reply["id"] not in known for reply in replies):
        return None
    return int(len(given) == len(protocol.documents))


def _reply(
    letter: Row,
    reminder: Row | None,
    message: Row,
    final: Final,
    protocol: Protocol,
    study: Study,
    held: Sequence[Pause],
) -> Row:
    calendar = study.calendar
    received = datetime.fromisoformat(message["received_at"])
    start = _start(letter) or received
    event = final.event
    grounds = message["detail"].grounds if event in REFUSALS else ()
    reminded_at: str | None = reminder["accepted_at"] if reminder else None
    days = calendar.working_days_between(start, received)
    return {
        "id": number("reply", letter["id"], message["sha256"]),
        "request": letter["id"],
        "message_sha256": message["sha256"],
        "received_at": message["received_at"],
        "event": event.value,
        "rule": message["rule"],
        "words": _public(message["words"]),
        "human": int(event not in AUTOMATIC),
        "substantive": int(event in SUBSTANTIVE),
        "match_reason": _match_reason(message),
        "match_score": message["score"],
        "proof": message["proof"] if message["chosen_by"] == "rule" else Proof.PERSON.value,
        "signature": message["dkim"],
        "sender_class": "by_hand"
        if message["rule"] == store.HAND
        else sender_class(message["from_address"], letter["rcpt"], event, words(study.vocabulary).table(OfficeMarks)),
        # The two times come from two servers: a small difference of their clocks must not make a reply precede its
        # letter.
        "hours": round(max(0.0, (received - start).total_seconds() / 3600), 4),
        "working_days": days,
        "after_reminder": int(reminded_at is not None and received >= datetime.fromisoformat(reminded_at)),
        "inside_window": int(days <= protocol.waiting_working_days),
        "attachments": message["attachments"],
        "proposed_event": message["event"],
        "decided_by": final.decided_by,
        "refusal_grounds": to_json(study.law.cited(protocol.regime, point) for point in grounds),
        **message["detail"].public(),
        "unsure": int(_unsure(message, final)),
        "paused_hours": deadlines.hours(held, received),
        "paused_working_days": deadlines.working_days(held, received, calendar),
    }


def _unsure(message: Row, final: Final) -> bool:
    """Return True if the second opinion differs from the rules' class and no person has decided."""
    opinion = message["detail"].opinion
    return final.decided_by == "rule" and bool(opinion) and message["event"] not in (opinion, *AUTOMATIC)


def _match_reason(message: Row) -> str:
    """Return the reasons for the match as JSON, with the person's name if a person chose the request."""
    if message["chosen_by"] == "rule":
        return str(message["reasons"])
    return to_json((*from_json(message["reasons"]), Reason("chosen_by", by=message["chosen_by"])))


def _start(letter: Row) -> datetime | None:
    """Return when the waiting time starts: when a server accepted the letter, or, if that is not known for certain,
    when its sending began. None for a letter that was never sent.
    """
    moment = letter["accepted_at"] or letter["sending_since"]
    return datetime.fromisoformat(moment) if moment else None


def _waiting_ends(letter: Row, protocol: Protocol, calendar: Calendar) -> str | None:
    accepted: str | None = letter["accepted_at"]
    return protocol.waiting_ends(datetime.fromisoformat(accepted), calendar).isoformat() if accepted else None


def _outcome(letter: Row, counted: Sequence[Row]) -> str:
    seen = {reply["event"] for reply in counted}
    if letter["state"] == SendState.REFUSED:
        seen.add(Event.BOUNCE.value)
    return next((event.value for event in OUTCOMES if event.value in seen), SILENCE)


def _request_events(
    steps: dict[str, Row], replies: Sequence[Row], acts: Sequence[Row], events: dict[int, list[Row]]
) -> Iterator[Row]:
    request = steps["request"]["id"]
    for step, letter in sorted(steps.items(), reverse=True):
        for event in events.get(letter["id"], []):
            why = tuple(map(_published, from_json(event["detail"])))
            yield _event(request, event["at"], step, event["state"], why, None)
    for reply in replies:
        step = "reminder" if reply["after_reminder"] else "request"
        why = (_known_by(reply["rule"], reply["message_sha256"]),)
        yield _event(request, reply["received_at"], step, reply["event"], why, reply["id"])
    for act in acts:
        why = (_known_by(store.HAND, act["sha256"]),)
        yield _event(request, act["at"], "request", Event.OWN_COPY.value, why, None)


def _known_by(rule: str, sha256: str) -> Reason:
    """Return how the class of a message is known, and by which of its digits the message is found."""
    if rule == store.HAND:
        return Reason("noted_by_hand", message=sha256[:12])
    return Reason("read_by_rule", rule=rule, message=sha256[:12])


def _published(reason: Reason) -> Reason:
    """Return `reason` with its texts as they may be published."""
    return Reason(reason.code, **{name: _public_value(value) for name, value in reason.params.items()})


def _public_value(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_public_value, value))
    if isinstance(value, Reason):
        return _published(value)
    return _public(value) if isinstance(value, str) else value


def _event(request: int, at: str, step: str, what: str, why: Reasons, reply: int | None) -> Row:
    detail = to_json(why)
    key = number("request_event", request, at, step, what, detail)
    return {"id": key, "request": request, "at": at, "step": step, "what": what, "detail": detail, "reply": reply}


def number(*parts: Any) -> int:
    """Return a stable row id made from `parts`: 52 bits of a hash, which JSON and JavaScript represent exactly."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7], "big") >> 4


def _public(words: str) -> str:
    """Return `words` as they may be published: addresses keep only their domain, telephone numbers are removed."""
    words = _ADDRESS.sub(lambda found: f"…@{found[1]}" if found[1] else found[0], words) if "@" in words else words
    return _TELEPHONE.sub("…", words)[:300]


def sender_class(sender: str, asked: str, event: Event, marks: OfficeMarks) -> str:
    """Return the class of a sender: agency, other_office, freemail, machine or elsewhere.

    An answer often comes from another office or from a private mailbox. One province has one mail domain for all its
    offices.
    """
    if event in AUTOMATIC:
        return "machine"
    sender, asked = sender.lower(), asked.lower()
    if sender == asked:
        return "agency"
    where = mail_domain(sender)
    if where in FREE_MAIL:
        return "freemail"
    if where == mail_domain(asked):
        return "other_office" if marks.other_office.search(sender.partition("@")[0]) else "agency"
    return "other_office" if governmental(where) else "elsewhere"


def codings_by_subject(codings: Iterable[Row]) -> Mapping[Subject, list[Row]]:
    """Group the codings by the message and the request that they are about."""
    found: dict[Subject, list[Row]] = {}
    for row in codings:
        found.setdefault((row["message"], row["campaign"], row["agency"]), []).append(row)
    return found


def decided(messages: Iterable[Row], codings: Mapping[Subject, list[Row]]) -> list[tuple[Row, Final]]:
    """Return the messages of one request, each with the class that counts; copies of the same content are left out.

    The first copy to arrive is kept (To and Cc, or a provider's second attempt, make copies), with the codings of all
    copies.
    """
    first: dict[str, tuple[Row, list[Row]]] = {}
    for message in messages:
        content = message["detail"].content or message["sha256"]
        said = codings.get((message["sha256"], message["campaign"], message["agency"]), [])
        first.setdefault(content, (message, []))[1].extend(said)
    return [(message, final_class(message, said)) for message, said in first.values()]


def final_class(message: Row, codings: Sequence[Row]) -> Final:
    """Return the class that counts: the settled one, else that of the first coder, else that of the rules.

    A second coding is made to measure agreement and never counts. Of two codings with the same role the earlier one
    counts; only a settlement changes it. A message entered by hand counts as decided by a person. A class that rests on
    words recognised in a scan is only proposed and does not count.
    """
    counting = [row for row in codings if row["role"] != "second"]
    if not counting:
        sure = message["event_without_scans"] or message["event"]
        return Final(Event(sure), "person" if message["rule"] == store.HAND else "rule", codings)
    best = min(counting, key=lambda row: (row["role"] != "final", row["coded_at"], row["coder"]))
    return Final(Event(best["event"]), "settled" if best["role"] == "final" else "person", codings, best["items"])


def says_undelivered(message: Row, counted: Final) -> bool:
    """Return True if a message says that the letter did not arrive.

    A person who codes a message as a bounce means this. The rules also give the class to a report of a mere delay, so
    for them the detail of the message decides.
    """
    if counted.event != Event.BOUNCE:
        return False
    return message["event"] != Event.BOUNCE or message["detail"].undelivered


def coding_rows(tables: dict[str, list[Row]], reply: int, counted: Final, number: Callable[..., int]) -> None:
    """Add the rows of `coding` and `coding_item` of one reply; one coder's codings of several copies make one row."""
    latest = {(row["coder"], row["role"]): row for row in counted.codings}
    for (coder, role), row in sorted(latest.items()):
        key = number("coding", reply, coder, role)
        copied: dict[str, Any] = {name: row[name] for name in ("coder", "role", "event", "blind", "coded_at")}
        tables["coding"].append({"id": key, "reply": reply} | copied)
        tables["coding_item"] += [
            {"id": number("coding_item", key, item), "coding": key, "item": item, "quality": quality}
            for item, quality in row["items"].items()
        ]
