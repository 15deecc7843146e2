"""prober nightly: everything that is due, once; started by a timer."""

from collections.abc import Sequence
from typing import Any

import click

from prober.cli.campaign.send import send_campaign
from prober.cli.crawl import failures_of, run_crawl, summary_of, tell_suspicion
from prober.cli.mailbox.mailbox import run_sync
from prober.cli.output import messages
from prober.errors import ProberError
from prober.reporting.html import render
from prober.reporting.publish import publication
from prober.services import nightly as schedule
from prober.services.context import Context
from prober.services.nightly import Step, StepResult
from prober.store.private import campaigns
from prober.store.reading.study import study
from prober.store.results.registry import stored

FRAMES = ("2019", "2025")


@click.command()
@click.option(
    "--frame", "frames", multiple=True, help="Frame to crawl; may be repeated. Default: every frame with agencies."
)
@click.option("--live", is_flag=True, help="Let letters of approved campaigns leave for real addresses.")
@click.pass_context
def nightly(ctx: click.Context, frames: tuple[str, ...], live: bool) -> None:
    """Crawl, read the mailbox, send what is due, report, publish: each step idempotent, under one lock.

    A step that fails is named and the others still run; exit code 1 then. Running it again makes good what was missed.
    While replies of a live campaign are read by nobody, what it publishes is marked as provisional.
    """
    context: Context = ctx.obj
    with context.run("nightly") as summary:
        lock = context.config.paths.private.parent / "nightly.lock"
        results = schedule.run(_steps(context, frames, live), lock, _tell)
        summary.update({result.name: result.notes or result.error for result in results})
        summary["failures"] = [f"{result.name}: {result.error}" for result in results if result.error]
    ctx.exit(1 if summary["failures"] else 0)


def _steps(context: Context, frames: Sequence[str], live: bool) -> tuple[Step, ...]:
    """The night in order. The mailbox is read before letters leave, so that no answer is overtaken by a reminder."""
    return (
        Step("crawl", lambda: _crawl(context, frames)),
        Step("mailbox", lambda: _mailbox(context)),
        Step("campaigns", lambda: _campaigns(context, live)),
        Step("report", lambda: _report(context)),
        Step("publish", lambda: _publish(context)),
    )


def _crawl(context: Context, frames: Sequence[str]) -> dict[str, Any]:
    context.sync_registry()
    held = stored(context.results)
    notes, failures = {}, []
    for frame in frames or sorted({agency.frame for agency in held}):
        found = run_crawl(context, [agency for agency in held if agency.frame == frame])
        notes[frame] = summary_of(found)
        tell_suspicion(found)
        failures += [f"frame {frame}: {failure}" for failure in failures_of(found)]
    if failures:
        raise ProberError("; ".join(failures))
    return notes


def _mailbox(context: Context) -> dict[str, Any]:
    if not context.imap:
        return {"skipped": "no [imap] section"}
    found = run_sync(context)
    if found.failures:
        raise ProberError("; ".join(found.failures))
    return {"fetched": found.fetched, "new": found.new, "statuses": found.statuses}


def _campaigns(context: Context, live: bool) -> dict[str, Any]:
    """One pass over every approved campaign: what is due now leaves now, the rest another night."""
    notes: dict[str, Any] = {}
    failures = []
    for file in campaigns.campaigns(context.private):
        if file.status == "approved":
            done = send_campaign(context, file.id, live=live)
            notes[file.id] = done.totals
            failures += done.failures
    if failures:
        raise ProberError("; ".join(failures))
    return notes


def _report(context: Context) -> dict[str, Any]:
    return {"file": render.write(study(context.results, None), context.config.paths.report).name}


def _publish(context: Context) -> dict[str, Any]:
    """Provisional where people have still to read (docs/method.md): they need days, and no night must fail over it."""
    done = publication.publish(context.results, context.config.paths.snapshots, context.private, provisional=True)
    if not done.manifest["provisional"]:
        return {"snapshot": done.folder.name}
    messages.print("published as provisional; what nobody has read: prober review --coder INITIALS", markup=False)
    return {"snapshot": done.folder.name, "provisional": done.manifest["unread"]}


def _tell(result: StepResult) -> None:
    messages.print(f"{result.name}: {result.error or 'done'}", markup=False)
