"""prober campaign protocol: the pre-registration of a campaign, as Markdown and as PDF."""

from pathlib import Path

import click

from mailroom.sending.approval import protocol_of, requester
from prober import __version__
from prober.campaign.design.assignment import Place, assign
from prober.campaign.law.requirements import read_reasons, requirements
from prober.campaign.preregistration.document import Registered, assignment_sha256, preregistration
from prober.campaign.preregistration.paper import Paper, markdown
from prober.campaign.wave import drawn
from prober.cli.campaign.drafts import asked_agencies, draft, known
from prober.domain.correspondence import Step
from prober.domain.working_days import vietnam
from prober.errors import ProberError
from prober.reporting.words.labels import EVENTS
from prober.services.context import Context
from prober.store.private import campaigns, outbox
from prober.store.results.registry import stored


@click.command()
@click.argument("name")
@click.option("--pdf", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write it as PDF, to this file.")
@click.pass_obj
def protocol(context: Context, name: str, target: Path | None) -> None:
    """Print the pre-registration of NAME: what was decided before the first letter, with power table and hashes."""
    paper = registered(context, name)
    if target is None:
        click.echo(markdown(paper), nl=False)
        return
    from prober.campaign.preregistration.paper_pdf import pdf  # 0.2 s to import: only who asks pays

    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(pdf(paper))
    click.echo(str(target))


def registered(context: Context, name: str) -> Paper:
    """The pre-registration of `name`: of the frozen draw where it is approved, else of the draw as it would be now.

    Of an approved campaign the draw and what its requests lack are those of the approval; the agencies' names, those
    left out, the rows of the law and the calendar are as they stand now. Raises ProberError where the registry no
    longer gives the approved draw.
    """
    file = campaigns.campaign(context.private, name)
    requests = [row for row in outbox.rows(context.private, name) if row["step"] == Step.REQUEST]
    if requests:
        written = protocol_of(file)
        places = {row["agency"]: Place(row["block"], row["arm"]) for row in requests}
        context.sync_registry()
        every = stored(context.results, written.frame, written.kind)
        ready = [agency for agency in every if agency.id in places]
        without = [agency for agency in every if not written.units and agency.id not in places]
        lacking = {row["arm"]: row["legal_reasons"] for row in requests}
        required = {arm: read_reasons(written.regime, lacking[arm]) for arm in written.arm_names if arm in lacking}
    else:
        written = draft(context, name)
        file = campaigns.campaign(context.private, name)  # an edited file has become the draft
        ready, without = asked_agencies(context, written)
        places = assign(written, ready, known(context, written))
        asks = requester(context.sender)
        required = {arm: requirements(written.of(arm), asks) for arm in written.arm_names}
    order = drawn(written, ready, vietnam(), places)
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
    return preregistration(written, order, facts, vietnam())
