"""Approve a campaign: compose its letters, freeze them once, and verify before every run that they are those approved.

Letters are composed in a child process within limits: a study may come from a stranger, and a letter is a template.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from prober.campaign.letters import compose
from prober.campaign.letters.compose import Requester, requirements
from prober.campaign.letters.mime import addresses
from prober.campaign.protocol import Protocol, parse
from prober.campaign.wave import NOTHING, DrawFacts, Planned, digest, sha256_of, wave
from prober.config.load import Sender
from prober.documents.child_process import ChildProcess
from prober.domain.agency import Agency
from prober.domain.correspondence import SendState, Step
from prober.domain.reason import to_json
from prober.domain.world import World
from prober.errors import NotApproved, ProtocolError
from prober.store import Database
from prober.store.private import campaigns, outbox
from prober.studies.study import Study

# Limits of composing.
MEMORY = 512_000_000  # bytes, for all letters of one campaign with their files
SECONDS = 10.0  # of the processor, for any number of letters
SECONDS_EACH = 0.3  # and for each agency: two letters, and a request slip as PDF and DOCX
_SLOWER = 6  # a busy machine takes so many times as long by the clock

_child = ChildProcess(MEMORY, "prober.campaign.letters.compose", sealed=True)
_P = ParamSpec("_P")
_T = TypeVar("_T")


def requester(sender: Sender) -> Requester:
    """Return the fields of the [sender] section that the letters show."""
    return Requester(**{field.name: getattr(sender, field.name) for field in fields(Requester)})


def protocol_of(file: campaigns.CampaignFile) -> Protocol:
    """Parse the protocol as registered. Raises ProtocolError."""
    return parse(file.protocol, f"campaign {file.id}")


def sha256(text: str) -> str:
    """Return the SHA-256 of a protocol's text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def planned(
    protocol: Protocol, campaign: str, secret: str, agencies: Sequence[Agency], requester: Requester, study: Study,
    known: DrawFacts = NOTHING,
) -> list[Planned]:  # fmt: skip
    """Return every letter of `campaign` as `prober.campaign.wave.wave` composes them, and raise its errors.

    Raises ProtocolError also for a letter that takes too long or too much memory to fill in.
    """
    return _limited(len(agencies), wave, protocol, campaign, secret, agencies, requester, study, known)


def rendered(
    protocol: Protocol, code: str, agency: Agency, requester: Requester, step: Step, language: str, study: Study
) -> str:
    """Return the text of one letter in one language as `compose.render` does. Raises its errors, and those above."""
    return _limited(1, compose.render, protocol, code, agency, requester, step, language, study)


def _limited(number: int, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    seconds = SECONDS + SECONDS_EACH * number
    try:
        return _child.run(seconds * _SLOWER, seconds, function, *args, **kwargs)[0]
    except TimeoutError as error:
        raise ProtocolError(f"the letters take more than {seconds:.0f} s to fill in; look at their loops") from error
    except (MemoryError, ChildProcessError) as error:
        raise ProtocolError("the letters take more memory to fill in than they may; look at their loops") from error


def freeze(
    private: Database,
    name: str,
    agencies: Sequence[Agency],
    sender: Sender,
    study: Study,
    by: str,
    now: datetime,
    known: DrawFacts = NOTHING,
) -> str:
    """Compose and store every letter of campaign `name`, and record the approval of `by`. Return the approval's hash.

    Nothing is sent. Raises ProtocolError for a letter that cannot be composed, UsageError once a letter has been sent,
    NotApproved if a letter names an address that the campaign's world does not write to.
    """
    file = campaigns.campaign(private, name)
    protocol = protocol_of(file)
    letters = planned(protocol, name, file.secret, agencies, requester(sender), study, known)
    rows = [_row(item, protocol, sender, now, study) for item in letters]
    named = {sender.address, *(a for row in rows for a in (row["mail_from"], row["rcpt"], *addresses(row["raw"])))}
    if why := World(file.world).fault(named):
        raise NotApproved(f"nothing was approved: {why}")
    approval, assignment = digest(file.protocol_sha256, rows), sha256_of(_requests(rows))
    campaigns.approve(private, name, approval, assignment, by, now, rows)
    return approval


def earlier_arms(private: Database, protocol: Protocol) -> dict[str, str]:
    """Return the arm of each agency in the campaign that `protocol` pairs with, if its request was accepted there.

    Empty if it pairs with none. Raises UsageError if that campaign does not exist, ProtocolError if nothing of it was
    sent or it asked agencies of another frame or kind.
    """
    if not protocol.pairs_with:
        return {}
    before = protocol_of(campaigns.campaign(private, protocol.pairs_with))
    if (before.frame, before.kind) != (protocol.frame, protocol.kind):
        raise ProtocolError(
            f"pairs_with: {protocol.pairs_with} asked frame {before.frame} and kind {before.kind}, and this protocol "
            f"asks {protocol.frame} and {protocol.kind}"
        )
    rows = outbox.rows(private, protocol.pairs_with)
    arms = {row["agency"]: row["arm"] for row in rows if row["step"] == Step.REQUEST and row["accepted_at"]}
    if not arms:
        raise ProtocolError(f"pairs_with: no letter of {protocol.pairs_with} was sent yet, so there is nothing to pair")
    return arms


def verify(private: Database, name: str) -> campaigns.CampaignFile:
    """Return the campaign if it is approved and nothing that the approval covers has changed since.

    Raises NotApproved if it was never approved, is paused or closed, or if the protocol, a recipient, a place in the
    draw or the bytes of a letter differ from those approved.
    """
    file = campaigns.campaign(private, name)
    if file.status != "approved":
        remedy = {
            "draft": f"run `prober campaign approve {name}`",
            "paused": f"run `prober campaign resume {name}`",
            "closed": "start another campaign",
        }
        raise NotApproved(f"campaign {name} is {file.status}: nothing is sent; {remedy[file.status]}")
    drawn = sha256_of(_requests(outbox.rows(private, name)))
    if (
        sha256(file.protocol) != file.protocol_sha256
        or digest(file.protocol_sha256, outbox.frozen(private, name)) != file.approval_sha256
        or file.assignment_sha256 not in ("", drawn)  # "": approved before assignments were hashed
    ):
        raise NotApproved(
            f"campaign {name}: the protocol, a recipient, a place in the draw or a letter changed after "
            f"{file.approved_by} approved it on {file.approved_at}; nothing is sent. Look at it with `prober campaign "
            "preview` and approve it again."
        )
    return file


def wants_identity(private: Database, name: str) -> bool:
    """Return True if campaign `name` has yet to send a request that carries the number of an identity paper.

    The answer holds for a whole run: planning letters again needs the lock of `sole_sender`.
    """
    if not protocol_of(campaigns.campaign(private, name)).identity:
        return False
    numbers = outbox.counts(private, name)
    return any(numbers.get((Step.REQUEST.value, state.value)) for state in (SendState.PLANNED, SendState.DEFERRED))


def _requests(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Return the rows of requests, one per agency: a reminder has the place of its request."""
    return (row for row in rows if row["step"] == Step.REQUEST)


def _row(item: Planned, protocol: Protocol, sender: Sender, now: datetime, study: Study) -> dict[str, Any]:
    letter = item.letter
    asked = requirements(protocol.of(item.arm), requester(sender), study)
    lacking = tuple(reason for row in asked for reason in row.lacking)
    return {
        "campaign": letter.campaign, "agency": letter.agency, "step": letter.step.value, "position": item.position,
        "state": SendState.PLANNED.value, "token": letter.token, "message_id": letter.message_id,
        "mail_from": letter.mail_from, "rcpt": letter.rcpt, "subject": letter.subject, "raw": letter.raw,
        "sha256": hashlib.sha256(letter.raw).hexdigest(), "legally_valid": int(not lacking),
        "legal_reasons": to_json(lacking),
        "not_before": item.not_before.isoformat() if item.not_before else outbox.AFTER_REQUEST,
        "planned_at": now.isoformat(), "updated_at": now.isoformat(), "arm": item.arm, "block": item.block,
        "follows": json.dumps(protocol.follow_up_after if letter.step is Step.FOLLOW_UP else ()),
    }  # fmt: skip
