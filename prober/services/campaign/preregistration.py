"""Write the pre-registration of a campaign: what was decided before the first letter."""

from pathlib import Path

from mailroom.sending.approval import protocol_of, requester
from prober import __version__
from prober.campaign.letters.compose import requirements
from prober.campaign.preregistration.markup import Preregistration, html, markdown
from prober.campaign.preregistration.registration import Registered, assignment_sha256, preregistration
from prober.campaign.protocol import Allotment
from prober.campaign.wave import assign, drawn
from prober.domain.correspondence import Step
from prober.domain.reason import from_json
from prober.errors import ProberError
from prober.reporting.words.labels import EVENTS
from prober.services.campaign.drafts import draft, known
from prober.services.context import Context
from prober.store.private import campaigns, outbox


def registered(context: Context, name: str) -> Preregistration:
    """Return the pre-registration of `name`: of the frozen draw if it is approved, else of the draw as it is now.

    For an approved campaign the draw and the unmet legal requirements are those of the approval; the agencies' names,
    those left out, the rows of the law and the calendar are the present ones. Raises ProberError if the registry no
    longer gives the approved draw.
    """
    file = campaigns.campaign(context.private, name)
    requests = [row for row in outbox.rows(context.private, name) if row["step"] == Step.REQUEST]
    if requests:
        written = protocol_of(file)
        places = {row["agency"]: Allotment(row["block"], row["arm"]) for row in requests}
        every = context.agencies(written.frame, written.kind)
        ready = [agency for agency in every if agency.id in places]
        without = [agency for agency in every if not written.units and agency.id not in places]
        lacking = {row["arm"]: from_json(row["legal_reasons"]) for row in requests}
        required = {
            arm: context.study.law.judged_then(written.regime, lacking[arm])
            for arm in written.arm_names
            if arm in lacking
        }
    else:
        found = draft(context, name)
        file = campaigns.campaign(context.private, name)  # an edited file has become the draft
        written, ready, without = found.protocol, found.ready, found.without
        places = assign(written, ready, known(context, written))
        asks = requester(context.sender)
        required = {arm: requirements(written.of(arm), asks, context.study) for arm in written.arm_names}
    order = drawn(written, ready, context.study, places)
    approved = file.assignment_sha256  # "": a draft, or approved before there were hashes
    if approved and approved != assignment_sha256(order):
        raise ProberError(
            f"campaign {name}: the registry, or this version, no longer gives the draw that was approved, so this "
            f"would not be its pre-registration. Look for agencies of frame {written.frame!r} and kind "
            f"{written.kind!r} that are gone from the registry, or print it with the version that approved it."
        )
    facts = Registered(
        campaign=name, world=file.world, version=__version__, protocol_sha256=file.protocol_sha256,
        approval_sha256=file.approval_sha256, approved_by=file.approved_by, approved_at=file.approved_at or "",
        left_out=tuple(agency.slug for agency in without), requirements=required,
        events={event: text.en for event, text in EVENTS.items()},
    )  # fmt: skip
    return preregistration(written, order, facts, context.study)


def registered_text(context: Context, name: str) -> str:
    """Return the pre-registration of `name` as Markdown. Raises the errors of `registered`."""
    return markdown(registered(context, name))


def print_registered(context: Context, name: str, path: Path) -> Path:
    """Print the pre-registration of `name` to `path` as PDF and return it.

    Raises the errors of `registered` and of `Context.target`, ConfigError if there is no Chromium, ProberError if
    printing fails.
    """
    from spiders.browser.pdf_printer import print_pdf  # Playwright takes half a second to import

    context.target(path)
    document = registered(context, name)
    return print_pdf(html(document), path, context.config.crawl.browser, document.title)
