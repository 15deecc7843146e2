"""prober status: where everything stands, on one screen, and what to do next."""

from dataclasses import asdict
from pathlib import Path

import click

from prober.cli.output import emit, listing
from prober.reporting.publish import manifest
from prober.services.context import Context
from prober.store.reading import status as standing
from prober.store.reading.status import Standing


@click.command()
@listing
@click.pass_obj
def status(context: Context, as_json: bool) -> None:
    """Where crawl, campaigns, mailbox, night and publication stand, and what to do next.

    Reads the files that are there and nothing else: no server is asked, and the embedded world is not started.
    """
    paths = context.config.paths
    rows = [
        *standing.of_results(paths.results),
        *standing.of_private(paths.private),
        _publication(paths.snapshots),
    ]
    emit([asdict(row) for row in rows], as_json, ("part", "stands", "since", "next"))


def _publication(out: Path) -> Standing:
    latest, failure = manifest.latest(out), manifest.failure(out)
    stands = str(latest["name"]) if latest else "nothing"
    provisional = bool(latest and latest.get("provisional"))
    if latest and provisional:
        stands += f", provisional: no person has read what {sum(latest['unread'].values())} requests rest on"
    since = str(latest["as_of"]) if latest else ""
    if failure:
        wrong = "; ".join(f"{gate['name']}: {gate['detail']}" for gate in failure["gates"])
        return Standing(
            "published", f"{stands}; data as of {failure['as_of']} failed: {wrong}", since, "prober publish"
        )
    if provisional:
        return Standing("published", stands, since, "prober review --coder INITIALS, then prober publish")
    return Standing("published", stands, since, "" if latest else "prober publish")
