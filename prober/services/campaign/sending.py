"""Send the letters of an approved campaign that are due, after every look that a live campaign needs."""

from datetime import datetime

from mailroom.sending import approval
from mailroom.sending.dkim import signer
from mailroom.sending.preflight.recipients import gone
from mailroom.sending.send_due import Counters, SendingRun, plan_rows, send_due
from prober.campaign.schedule import OPEN
from prober.config.load import identity as identity_of
from prober.errors import NotApproved, ServerUnreachable
from prober.services.campaign.drafts import protocol_path, protocol_text
from prober.services.context import Context
from prober.services.mailbox.sync import sync
from prober.services.progress import LettersLate
from prober.store.private import campaigns, outbox
from prober.store.private.campaigns import CampaignFile
from prober.store.reading import address_freshness

__all__ = ["Counters", "asks_for_identity", "send"]


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
