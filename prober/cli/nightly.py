"""prober nightly: do everything that is due, once; to be started by a timer."""

import click

from prober.cli.output import messages
from prober.services import nightly as service
from prober.services.context import Context
from prober.services.nightly import StepResult


@click.command()
@click.option(
    "--frame", "frames", multiple=True, help="Frame to crawl; may be repeated. Default: every frame with agencies."
)
@click.option("--live", is_flag=True, help="Let letters of approved campaigns leave for real addresses.")
@click.pass_context
def nightly(ctx: click.Context, frames: tuple[str, ...], live: bool) -> None:
    """Crawl, read the mailbox, send what is due, report, publish: each step idempotent, under one lock.

    A step that fails is named and the others still run; exit code 1 then. Running it again makes good what was missed.
    Until a person has read the replies of a live campaign, what it publishes is marked as provisional.
    """
    context: Context = ctx.obj
    done = service.nightly(context, frames, live, tell)
    ctx.exit(1 if any(result.error for result in done) else 0)


def tell(result: StepResult) -> None:
    """Print the result of a step in one line."""
    if "provisional" in result.notes:
        messages.print("published as provisional; what nobody has read: prober review --coder INITIALS", markup=False)
    looks = [note["unconfirmed"] for note in result.notes.values() if isinstance(note, dict) and "unconfirmed" in note]
    if waiting := max(looks, default=0):
        messages.print(f"{waiting} changes wait for a second look; the last good verdicts stand", markup=False)
    messages.print(f"{result.name}: {result.error or 'done'}", markup=False)
