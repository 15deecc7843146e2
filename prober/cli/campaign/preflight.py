"""What prober campaign preflight, approve and send look at: the surroundings of a wave, and addresses that are gone."""

from collections.abc import Iterable, Sequence

from mailroom.sending.approval import plan_rows, protocol_of
from mailroom.sending.dkim import signer
from mailroom.sending.preflight.checks import Surroundings, checks
from mailroom.sending.preflight.dns import Names
from mailroom.sending.preflight.recipients import gone
from mailroom.sending.preflight.sender_domain import Check
from mailroom.sending.preflight.test_letter import Servers
from prober.campaign.protocol.model import Protocol
from prober.campaign.schedule import OPEN
from prober.campaign.wave import Planned
from prober.cli.mailbox.mailbox import run_sync
from prober.cli.output import messages
from prober.domain.agency import Agency
from prober.domain.working_days import vietnam
from prober.errors import NotApproved, ServerUnreachable
from prober.services.context import Context
from prober.services.progress import LettersLate
from prober.store.private import campaigns, outbox
from prober.store.reading import address_freshness
from prober.store.results.registry import stored


def checked(
    context: Context, protocol: Protocol, planned: Sequence[Planned], without: Sequence[Agency], seconds: float
) -> list[Check]:
    """Every check of the preflight. A letter to oneself is sent and waited for `seconds`."""
    around = Surroundings(
        context.private, context.results, Names(context.name_server), context.sender,
        Servers(context.smtp, context.smtp_password, context.mailboxes[0]), context.clock.now(), signer(context.dkim),
    )  # fmt: skip
    with messages.status("asking the DNS and the mail servers; waiting for a letter to oneself"):
        return checks(protocol, planned, without, around, vietnam(), seconds)


def look_first(context: Context, name: str) -> None:
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
        unread = run_sync(context).unread
    except ServerUnreachable as error:
        unread = [str(error)]
    if unread:
        raise ServerUnreachable("nothing was sent, because the mailbox could not be read: " + "; ".join(unread))


def refuse_vanished(context: Context, agencies: Iterable[Agency]) -> None:
    """Raise NotApproved if the crawl no longer sees the address of one of `agencies` where a person accepted it."""
    letters = [(agency.id, agency.request_email, agency.request_email_reviewed_at) for agency in agencies]
    found = [one for one in address_freshness.sightings(context.results, letters) if one.blocks]
    if found:
        raise NotApproved("nothing was approved:\n" + "\n".join(map(gone, found)))


def vanished(context: Context, file: campaigns.CampaignFile) -> dict[str, str]:
    """Agency → why its letter waits: the crawl no longer sees the address where a person accepted it."""
    protocol = protocol_of(file)
    accepted = {a.id: a.request_email_reviewed_at for a in stored(context.results, protocol.frame, protocol.kind)}
    rows = outbox.rows(context.private, file.id)
    waiting = {(row["agency"], row["rcpt"]) for row in rows if row["state"] in ("planned", "deferred")}
    letters = [(agency, rcpt, accepted.get(agency)) for agency, rcpt in sorted(waiting)]
    return {one.agency: gone(one) for one in address_freshness.sightings(context.results, letters) if one.blocks}
