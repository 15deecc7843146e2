"""Check, send, pause, resume, close and settle an approved campaign, and report its state.

Before anything is sent, all checks of a live campaign are made, in the embedded world too.
"""

from datetime import datetime
from typing import Any

from mailroom.sending import approval
from mailroom.sending.dkim import signer
from mailroom.sending.preflight.checks import SEED_SECONDS, Surroundings, checks
from mailroom.sending.preflight.recipients import gone
from mailroom.sending.preflight.sender_domain import SenderCheck
from mailroom.sending.preflight.test_letter import Servers
from mailroom.sending.send_due import Counters, SendingRun, plan_rows, send_due
from prober.campaign.schedule import OPEN
from prober.config.load import identity as identity_of
from prober.domain.correspondence import SendState
from prober.domain.reason import Reason
from prober.domain.world import World
from prober.errors import NotApproved, ServerUnreachable, UsageError
from prober.services import agencies
from prober.services.campaign.drafts import preview, protocol_path, protocol_text
from prober.services.context import Context
from prober.services.mailbox.sync import sync
from prober.services.progress import LettersLate
from prober.store.private import campaigns, outbox
from prober.store.private.campaigns import CampaignFile
from prober.store.private.outbox import AFTER_REQUEST
from prober.store.reading import address_freshness

__all__ = [
    "AFTER_REQUEST", "SEED_SECONDS", "CampaignFile", "SenderCheck", "Counters", "asks_for_identity", "close", "letters",
    "listed", "pause", "preflight", "resume", "send", "settle", "standing", "the_open_one",
]  # fmt: skip

Row = dict[str, Any]


def preflight(context: Context, name: str, seconds: float) -> list[SenderCheck]:
    """Return every check of `name` before sending: addresses, days, DNS of sender and recipients, mail servers.

    A test letter to ourselves is sent, and waited for up to `seconds`.
    """
    found = preview(context, name)
    around = Surroundings(
        context.private, context.results, context.names, context.sender,
        Servers(context.smtp, context.smtp_password, context.mailboxes[0], context.config.world), context.clock.now(),
        signer(context.dkim),
    )  # fmt: skip
    return checks(found.draft.protocol, found.letters, found.draft.without, around, context.study, seconds)


def send(
    context: Context, name: str, until: datetime | None = None, live: bool = False, identity: str = ""
) -> Counters:
    """Send the letters of `name` that are due, with `until` also those due until then; each letter at most once.

    Nothing is sent to a real address unless `live` is True or the configuration lets campaigns send. `identity` is the
    number of the sender's identity paper, for a campaign that needs it and a configuration that names none. If letters
    are late, the mailbox is read first.

    Raises NotApproved after a change of protocol file or addresses; ServerUnreachable if a mailbox cannot be read or
    the mail server is at fault; ConfigError; ProberError if another process is sending.
    """
    file = campaigns.campaign(context.private, name)
    with context.run("campaign send") as row:
        _check_world(context, file, live)
        # A letter that is sent by results.db, but not by a restored private.db, becomes uncertain here.
        context.project()
        _check_unchanged(context, file)
        _look_first(context, name)
        wanted = approval.wants_identity(context.private, name)
        with context.observer.task(f"sending {name}") as show:
            run = SendingRun(
                context.private, name, context.smtp, context.sender, context.clock, context.study, until,
                context.smtp_password, signer(context.dkim),
                (identity or identity_of(context.sender)).strip() if wanted else "",
                mailboxes=[imap.account for imap in context.imap], blocked=lambda: _vanished(context, file),
                on_progress=lambda step: show(step.now, step.done, step.total),
            )  # fmt: skip
            counters = send_due(run)
        context.project()
        row |= {"campaign": name, "totals": counters.totals, "failures": counters.failures}
    return counters


def asks_for_identity(context: Context, name: str) -> bool:
    """Return True if `name` needs the number of the sender's identity paper and the configuration gives none."""
    return approval.wants_identity(context.private, name) and not identity_of(context.sender)


def _look_first(context: Context, name: str) -> None:
    """Read the mailbox before late letters of `name` are sent: they may have been sent already.

    If both databases were restored from an older copy, only the copies to ourselves in the mailbox prove that. Nothing
    is read if no letter is late, or no mailbox is configured. Raises ServerUnreachable if a mailbox cannot be read,
    ConfigError if there is no password or token for it.
    """
    now = context.clock.now()
    held = campaigns.heard(context.private, name).unread_objections  # these wait for a person
    late = [
        row
        for row in plan_rows(outbox.rows(context.private, name))
        if row.state in OPEN and row.not_before is not None and row.not_before < now and row.agency not in held
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
    """Return agency → reason, for letters that wait because the crawl no longer sees the accepted address."""
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
    if context.config.world is World.LIVE and not (live or context.config.campaigns.send):
        raise NotApproved(
            f"campaign {file.id} would write to real agencies: say --live if you mean it, or send = true under "
            "[campaigns] in prober.toml, as a night needs it"
        )


def _check_unchanged(context: Context, file: CampaignFile) -> None:
    """Raise NotApproved unless protocol file and reviewed addresses are still those that were approved.

    Letters to addresses that a newer decision in the list of the study replaced are voided first, so that a person
    can approve them anew before any letter leaves; after that, what is left of the campaign may be sent.
    """
    if protocol_text(context, file) != file.protocol:
        raise NotApproved(
            f"{protocol_path(context, file.id)} changed after the approval; nothing is sent. Undo the change, or "
            f"approve it: {campaigns.approve_command(file.id)}"
        )
    if voided := agencies.void(context):
        told = "\n".join(agencies.how_to_go_on(letter) for letter in voided)
        raise NotApproved(
            f"a newer address is not the approved one; nothing is sent:\n{told}\nSend the letters that are left: "
            f"`{command(context, file.id)}`"
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
            f"more; nothing is sent. Put the address back, or `prober campaign close {file.id}`."
        )


def command(context: Context, name: str) -> str:
    """Return the command that sends what is due of `name`, as it works in this configuration."""
    return campaigns.send_command(name, context.config.world)


def listed(context: Context, name: str | None = None) -> list[CampaignFile]:
    """Return every campaign, or `name` alone. Raises UsageError if `name` does not exist."""
    return [campaigns.campaign(context.private, name)] if name else campaigns.campaigns(context.private)


def the_open_one(context: Context) -> str:
    """Return the default campaign: the only one that is not closed, or else the only one.

    Raises UsageError if there is no such one.
    """
    files = listed(context)
    chosen = [file for file in files if file.status != "closed"] or files
    if len(chosen) != 1:
        names = ", ".join(file.id for file in chosen) or "none is planned; see `prober campaign new`"
        raise UsageError(f"name the campaign: {names}")
    return chosen[0].id


def standing(context: Context, name: str | None = None) -> list[Row]:
    """Return one row for each step of every campaign, or of `name`: the number of letters in each state."""
    return [row for file in listed(context, name) for row in _standing(context, file)]


def letters(context: Context, name: str | None = None) -> list[Row]:
    """Return one row for each letter of every campaign, or of `name`."""
    return [row for file in listed(context, name) for row in outbox.rows(context.private, file.id)]


def pause(context: Context, name: str) -> None:
    """Stop sending `name` at once, in every process."""
    campaigns.set_status(context.private, name, "paused", ("approved",))


def resume(context: Context, name: str) -> None:
    """Continue `name` after a pause. Raises NotApproved, and leaves it paused, if the approval does not hold."""
    campaigns.set_status(context.private, name, "approved", ("paused",))
    try:
        approval.verify(context.private, name)
    except NotApproved:
        campaigns.set_status(context.private, name, "paused", ("approved",))
        raise


def close(context: Context, name: str) -> int:
    """Close `name` for good; return how many unsent letters were cancelled. Answers are still taken in."""
    campaigns.campaign(context.private, name)
    with context.run("campaign close", project=True) as row:
        cancelled = campaigns.close(context.private, name, context.clock.now())
        row |= {"campaign": name, "cancelled": cancelled}
    return cancelled


def settle(
    context: Context, name: str, agency: str | None = None, step: str = "request", state: str | None = None,
    by: str | None = None, why: str = "",
) -> list[Row]:  # fmt: skip
    """Settle uncertain letters of `name` by the evidence in the mailbox, or the one to `agency` as `by` decides.

    Return the letters that are still uncertain. Raises UsageError if the decision of `by` is incomplete, or is not
    about exactly one letter.
    """
    campaigns.campaign(context.private, name)
    context.project()
    now = context.clock.now()
    with outbox.sole_sender(context.private):
        outbox.take_stock(context.private, now)
        rows = outbox.rows(context.private, name)
        if agency:
            if not (state and by):
                raise UsageError("to settle one letter say --as accepted, cancelled or planned, and --by WHO")
            chosen = [
                r for r in rows if r["step"] == step and (r["agency"] == agency or r["agency"].endswith(f"-{agency}"))
            ]
            if len(chosen) != 1:
                raise UsageError(f"campaign {name} has {len(chosen)} {step} letters to {agency!r}; name one agency")
            said = Reason("person_said", by=by, words=why) if why else Reason("decided_by", by=by)
            outbox.settle(context.private, chosen[0]["id"], state, said, now)
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
