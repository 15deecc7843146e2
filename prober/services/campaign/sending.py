"""What happens to a campaign after its approval: send, pause, resume, close, settle; and how it stands.

Nothing is sent before every look that a live campaign needs.
"""

from datetime import datetime
from typing import Any

from mailroom.sending import approval
from mailroom.sending.dkim import signer
from mailroom.sending.preflight.recipients import gone
from mailroom.sending.send_due import Counters, SendingRun, plan_rows, send_due
from prober.campaign.schedule import OPEN
from prober.config.load import identity as identity_of
from prober.domain.correspondence import SendState
from prober.errors import NotApproved, ServerUnreachable, UsageError
from prober.services.campaign.drafts import protocol_path, protocol_text
from prober.services.context import Context
from prober.services.mailbox.sync import sync
from prober.services.progress import LettersLate
from prober.store.private import campaigns, outbox, uncertain_letters
from prober.store.private.campaigns import CampaignFile
from prober.store.private.outbox import AFTER_REQUEST
from prober.store.reading import address_freshness

__all__ = [
    "AFTER_REQUEST", "CampaignFile", "Counters", "asks_for_identity", "close", "letters", "listed", "pause", "resume",
    "send", "settle", "standing", "the_open_one",
]  # fmt: skip

Row = dict[str, Any]


def send(
    context: Context, name: str, until: datetime | None = None, live: bool = False, identity: str = ""
) -> Counters:
    """Send what is due of `name`, and with `until` wait for what is due until then; each letter at most once.

    `live` must be said before anything leaves for a real address. `identity` is the number of the sender's identity
    paper, for a campaign that needs it and a configuration that names none. Where letters should have left by now the
    mailbox is read first.

    Raises NotApproved after a change of protocol file or addresses; ServerUnreachable if a mailbox cannot be read or
    the mail server is at fault; ConfigError; ProberError if another process is sending.
    """
    file = campaigns.campaign(context.private, name)
    with context.run("campaign send") as row:
        _check_world(context, file, live)
        _check_unchanged(context, file)
        # What results.db knows to have left, and a restored private.db does not, is in doubt from here on.
        context.project()
        _look_first(context, name)
        wanted = approval.wants_identity(context.private, name)
        with context.observer.task(f"sending {name}") as show:
            run = SendingRun(
                context.private, name, context.smtp, context.sender, context.clock, until, context.smtp_password,
                signer(context.dkim), (identity or identity_of(context.sender)).strip() if wanted else "",
                mailboxes=[imap.account for imap in context.imap], blocked=lambda: _vanished(context, file),
                on_progress=lambda step: show(step.now, step.done, step.total),
            )  # fmt: skip
            counters = send_due(run)
        context.project()
        row |= {"campaign": name, "totals": counters.totals, "failures": counters.failures}
    return counters


def asks_for_identity(context: Context, name: str) -> bool:
    """Return whether `name` needs the number of the sender's identity paper and the configuration gives none."""
    return approval.wants_identity(context.private, name) and not identity_of(context.sender)


def _look_first(context: Context, name: str) -> None:
    """Read the mailbox before letters of `name` leave that should have left by now: they may have.

    Where all of this folder is an older copy, a snapshot of the machine perhaps, the copies to oneself in the mailbox
    are the only ones who know. Nothing is read where no letter is late, or no mailbox is configured. Raises
    ServerUnreachable if a mailbox cannot be read, ConfigError if nothing opens it.
    """
    now = context.clock.now()
    late = [
        row
        for row in plan_rows(outbox.rows(context.private, name))
        if row.state in OPEN and row.not_before is not None and row.not_before < now
    ]
    if not late or not context.imap:
        return
    context.observer.notice(LettersLate(name, len(late)))
    try:
        unread = sync(context).unread
    except ServerUnreachable as error:
        unread = [str(error)]
    if unread:
        raise ServerUnreachable("nothing was sent, because the mailbox could not be read: " + "; ".join(unread))


def _vanished(context: Context, file: CampaignFile) -> dict[str, str]:
    """Return agency → why its letter waits: the crawl no longer sees the address where a person accepted it."""
    protocol = approval.protocol_of(file)
    accepted = {a.id: a.request_email_reviewed_at for a in context.agencies(protocol.frame, protocol.kind)}
    rows = outbox.rows(context.private, file.id)
    waiting = {(row["agency"], row["rcpt"]) for row in rows if row["state"] in ("planned", "deferred")}
    letters = [(agency, rcpt, accepted.get(agency)) for agency, rcpt in sorted(waiting)]
    return {one.agency: gone(one) for one in address_freshness.sightings(context.results, letters) if one.blocks}


def _check_world(context: Context, file: CampaignFile, live: bool) -> None:
    if file.world != context.config.world:
        raise NotApproved(
            f"campaign {file.id} belongs to the {file.world} world and this configuration is {context.config.world}"
        )
    if not context.config.simulated and not live:
        raise NotApproved(f"campaign {file.id} would write to real agencies: say --live if you mean it")


def _check_unchanged(context: Context, file: CampaignFile) -> None:
    """Raise NotApproved unless protocol file and reviewed addresses are still those that were approved."""
    if protocol_text(context, file) != file.protocol:
        raise NotApproved(
            f"{protocol_path(context, file.id)} changed after the approval; nothing is sent. Undo the change, or "
            f"approve it: prober campaign approve {file.id}"
        )
    protocol = approval.protocol_of(file)
    reviewed = {a.id: a.request_email for a in context.agencies(protocol.frame, protocol.kind)}
    moved = [
        row["agency"]
        for row in outbox.rows(context.private, file.id)
        if row["state"] in ("planned", "deferred") and reviewed.get(row["agency"]) != row["rcpt"]
    ]
    if moved:
        raise NotApproved(
            f"campaign {file.id}: the reviewed address of {', '.join(sorted(set(moved)))} is not the approved one any "
            "more; nothing is sent. Close the campaign, or put the address back."
        )


def listed(context: Context, name: str | None = None) -> list[CampaignFile]:
    """Return every campaign, or `name` alone. Raises UsageError for one that there is not."""
    return [campaigns.campaign(context.private, name)] if name else campaigns.campaigns(context.private)


def the_open_one(context: Context) -> str:
    """Return the campaign meant where none is named: the only one that is not closed, or else the only one.

    Raises UsageError where that is not clear.
    """
    files = listed(context)
    chosen = [file for file in files if file.status != "closed"] or files
    if len(chosen) != 1:
        names = ", ".join(file.id for file in chosen) or "none is planned; see `prober campaign new`"
        raise UsageError(f"name the campaign: {names}")
    return chosen[0].id


def standing(context: Context, name: str | None = None) -> list[Row]:
    """Return one row for each step of every campaign, or of `name`: how many letters are in which state."""
    return [row for file in listed(context, name) for row in _standing(context, file)]


def letters(context: Context, name: str | None = None) -> list[Row]:
    """Return one row for each letter of every campaign, or of `name`."""
    return [row for file in listed(context, name) for row in outbox.rows(context.private, file.id)]


def pause(context: Context, name: str) -> None:
    """Stop sending `name` at once, in every process."""
    campaigns.set_status(context.private, name, "paused", ("approved",))


def resume(context: Context, name: str) -> None:
    """Let `name` go on after a pause. Raises NotApproved, and leaves it paused, if the approval does not hold."""
    campaigns.set_status(context.private, name, "approved", ("paused",))
    try:
        approval.verify(context.private, name)
    except NotApproved:
        campaigns.set_status(context.private, name, "paused", ("approved",))
        raise


def close(context: Context, name: str) -> int:
    """End `name` for good; returns how many letters had not left and were cancelled. Answers are still taken in."""
    campaigns.campaign(context.private, name)
    with context.run("campaign close", project=True) as row:
        cancelled = campaigns.close(context.private, name, context.clock.now())
        row |= {"campaign": name, "cancelled": cancelled}
    return cancelled


def settle(
    context: Context, name: str, agency: str | None = None, step: str = "request", state: str | None = None,
    by: str | None = None, why: str = "",
) -> list[Row]:  # fmt: skip
    """Settle letters of `name` that are in doubt by the mailbox's evidence, or the one to `agency` as `by` says.

    Returns the letters that are still in doubt. Raises UsageError where the word of `by` is incomplete or names no
    single letter.
    """
    campaigns.campaign(context.private, name)
    context.project()
    now = context.clock.now()
    with outbox.sole_sender(context.private):
        uncertain_letters.take_stock(context.private, now)
        rows = outbox.rows(context.private, name)
        if agency:
            if not (state and by):
                raise UsageError("to settle one letter say --as accepted, cancelled or planned, and --by WHO")
            chosen = [
                r for r in rows if r["step"] == step and (r["agency"] == agency or r["agency"].endswith(f"-{agency}"))
            ]
            if len(chosen) != 1:
                raise UsageError(f"campaign {name} has {len(chosen)} {step} letters to {agency!r}; name one agency")
            uncertain_letters.settle(context.private, chosen[0]["id"], state, f"{by}: {why}".rstrip(": "), now)
            rows = outbox.rows(context.private, name)
    context.project()
    return [row for row in rows if row["state"] == "uncertain"]


def _standing(context: Context, file: CampaignFile) -> list[Row]:
    numbers = outbox.counts(context.private, file.id)
    steps = sorted({step for step, _ in numbers}, reverse=True) or ["request"]
    return [
        {"campaign": file.id, "status": file.status, "step": step}
        | {"letters": sum(n for (s, _), n in numbers.items() if s == step)}
        | {str(state): numbers.get((step, state), 0) for state in SendState}
        | {"approved_by": file.approved_by}
        for step in steps
    ]
