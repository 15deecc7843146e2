"""Run the checks before sending: addresses, days, DNS of sender and recipients, mail servers."""

from mailroom.sending.dkim import signer
from mailroom.sending.preflight.checks import SEED_SECONDS, Surroundings, checks
from mailroom.sending.preflight.sender_domain import Check
from mailroom.sending.preflight.test_letter import Servers
from prober.services.campaign.drafts import preview
from prober.services.context import Context

__all__ = ["SEED_SECONDS", "Check", "preflight"]


def preflight(context: Context, name: str, seconds: float) -> list[Check]:
    """Return every check of `name`. A test letter to ourselves is sent, and waited for up to `seconds`."""
    found = preview(context, name)
    around = Surroundings(
        context.private, context.results, context.names, context.sender,
        Servers(context.smtp, context.smtp_password, context.mailboxes[0], context.config.world), context.clock.now(),
        signer(context.dkim),
    )  # fmt: skip
    return checks(found.draft.protocol, found.letters, found.draft.without, around, context.study, seconds)
