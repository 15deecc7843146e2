"""Where campaigns stand; pause, resume, close them; settle letters that are in doubt."""

from typing import Any

from mailroom.sending import approval
from prober.domain.correspondence import SendState
from prober.errors import NotApproved, UsageError
from prober.services.context import Context
from prober.store.private import campaigns, outbox, uncertain_letters
from prober.store.private.campaigns import CampaignFile
from prober.store.private.outbox import AFTER_REQUEST

__all__ = [
    "AFTER_REQUEST", "CampaignFile", "close", "letters", "listed", "pause", "resume", "settle", "standing",
    "the_open_one",
]  # fmt: skip

Row = dict[str, Any]


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
