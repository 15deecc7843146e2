"""Approve a campaign: freeze every letter as it was read, on the word of a person."""

from collections.abc import Iterable, Sequence

from mailroom.sending.approval import freeze
from mailroom.sending.preflight.recipients import gone
from prober.campaign.wave import Planned
from prober.domain.agency import Agency
from prober.errors import NotApproved, UsageError
from prober.services.campaign import drafts
from prober.services.context import Context
from prober.store.private import campaigns
from prober.store.reading import address_freshness


def approve(context: Context, name: str, typed: str, by: str, read: Sequence[Planned] | None = None) -> str:
    """Freeze and approve every letter of `name`, which the approver typed again as `typed`.

    `read` are the letters that the approver was shown. Returns the hash that the approval covers. Raises UsageError if
    the two names differ, a letter is not the one that was read, or one has left already; NotApproved if the crawl no
    longer sees an address where a person accepted it.
    """
    if typed != name:
        raise UsageError(f"{typed!r} is not {name!r}; nothing was approved")
    draft = drafts.draft(context, name)
    _refuse_vanished(context, draft.ready)
    if read is not None and drafts.letters(context, draft) != read:  # an edited file, a crawl, a reviewed address
        raise UsageError(f"campaign {name} changed while you read it; nothing was approved. Read it again.")
    with context.run("campaign approve", part=False, project=True) as summary:
        if campaigns.campaign(context.private, name).protocol != draft.text:
            drafts.save(context, name, draft.text)
        before, now = drafts.known(context, draft.protocol), context.clock.now()
        approval = freeze(context.private, name, draft.ready, context.sender, context.calendar, by, now, before)
        summary |= {"campaign": name, "approved_by": by, "approval_sha256": approval}
    return approval


def _refuse_vanished(context: Context, agencies: Iterable[Agency]) -> None:
    """Raise NotApproved if the crawl no longer sees the address of one of `agencies` where a person accepted it."""
    letters = [(agency.id, agency.request_email, agency.request_email_reviewed_at) for agency in agencies]
    found = [one for one in address_freshness.sightings(context.results, letters) if one.blocks]
    if found:
        raise NotApproved("nothing was approved:\n" + "\n".join(map(gone, found)))
