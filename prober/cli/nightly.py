"""prober nightly: do everything that is due, once; to be started by a timer."""

import click

from prober.cli.output import messages, write_log
from prober.services import nightly as service
from prober.services.context import Context
from prober.services.nightly import NightStepResult


@click.command()
@click.option(
    "--frame", "frames", multiple=True, help="Frame to crawl; may be repeated. Default: every frame with agencies."
)
@click.option("--live", is_flag=True, help="Let letters of approved campaigns leave for real addresses.")
@click.pass_context
def nightly(ctx: click.Context, frames: tuple[str, ...], live: bool) -> None:
    """Crawl, read the mailbox, send what is due, report, publish: each a step with its own row, under one lock.

    A step that fails is named and the others still run; exit code 1 then. Run it again some hours later: within twelve
    hours it is a later pass of the same night, which does what was left and asks only the sites again that refused or
    could not be reached. Until a person has read the replies of a live campaign, what it publishes is provisional.
    """
    context: Context = ctx.obj
    write_log(context)
    done = service.nightly(context, frames, live, tell)
    ctx.exit(1 if any(result.error for result in done) else 0)


def tell(result: NightStepResult) -> None:
    """Print the result of a step in one line."""
    from prober.reporting.words import reasons  # loads the modules that write letters; the help does not need them

    if "provisional" in result.notes:
        messages.print("published as provisional; what nobody has read: prober review --coder INITIALS", markup=False)
    if waiting := result.notes.get("second_look"):
        messages.print(f"changes waiting for a second look: {waiting}; the last good verdicts stand", markup=False)
    why = f": {reasons.said(result.reasons).en}" if result.reasons else ""
    messages.print(f"{result.name}: {result.error or f'{result.status}{why}'}", markup=False)
