"""`prober report`, `prober serve`, `prober publish`: what people read."""

import json
from pathlib import Path

import click

from prober.cli.output import messages
from prober.reporting.words.labels import LANGUAGES
from prober.services.context import Context


@click.command()
@click.option("--frame", help="Frame of the report, 2019 or 2025. Default: the one that was touched last.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write. Default: report.html.")
@click.option(
    "--pdf", type=click.Path(dir_okay=False, path_type=Path), help="Print it to this file too (A4; Chromium)."
)
@click.option("--language", type=click.Choice(LANGUAGES), default="both", show_default=True,
              help="Language in which it opens and is printed; the reader of the HTML may choose another.")  # fmt: skip
@click.pass_obj
def report(context: Context, frame: str | None, out: Path | None, pdf: Path | None, language: str) -> None:
    """Write the HTML report: one file that needs no network and no script."""
    from prober.reporting.html import render
    from prober.reporting.tables.reply_tables import REDRAWS
    from prober.store.reading.study import study

    context.needs_results()
    found = study(context.results, frame)
    if found.campaign and len(json.loads(found.campaign["arms"])) == 2:
        messages.print(f"Comparing two arms by {REDRAWS:,} other draws, which takes some seconds")
    click.echo(render.write(found, out or context.config.paths.report, language))
    if pdf:
        from spiders.browser.pdf_printer import print_pdf

        click.echo(print_pdf(render.render(found, language), pdf, context.config.crawl.browser, render.foot(found)))


@click.command()
@click.option("--port", default=8001, show_default=True, help="Port; 0 picks a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--published", type=click.Path(file_okay=False, path_type=Path), help="Serve the newest snapshot in here."
)
@click.pass_obj
def serve(context: Context, port: int, host: str, published: Path | None) -> None:
    """Browse the results with Datasette until Ctrl-C. The private database is never opened."""
    from prober.reporting.datasette import serve as datasette
    from prober.reporting.publish import manifest
    from prober.reporting.publish.publication import latest

    if published:
        snapshot = latest(published)
        if manifest.failure(published):
            click.echo(f"newer data failed a gate, see {published / manifest.FAILED}; this is the last good", err=True)
        path, simulated = snapshot.folder / "results.db", snapshot.manifest["world"] == "sandbox"
        provisional = bool(snapshot.manifest.get("provisional"))  # snapshots of an older prober do not say it
    else:
        context.needs_results()
        _ = context.results  # migrated, and of the world that the configuration names
        path, simulated, provisional = context.config.paths.results, context.config.simulated, False
    datasette.serve(
        path.absolute(),
        simulated=simulated,
        provisional=provisional,
        immutable=published is not None,
        # Pictures may show what a snapshot must not: names of citizens on a page of questions.
        evidence=None if published else context.config.paths.evidence.absolute(),
        host=host,
        port=port,
        announce=lambda url: click.echo(f"{url}  (Ctrl-C stops)"),
    )


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of snapshots. Default: publish/ beside results.db.",
)
@click.option(
    "--accept", default="", metavar="WHY", help="Publish although the data differ much from the last snapshot."
)
@click.option(
    "--provisional", is_flag=True, help="Publish although nobody has read all that counts; the snapshot says so."
)
@click.option("--json", "as_json", is_flag=True, help="Print the manifest.")
@click.pass_obj
def publish(context: Context, out: Path | None, accept: str, provisional: bool, as_json: bool) -> None:
    """Publish a checked snapshot: results.db, CSV, Parquet, data package, codebook, checksums, manifest.

    A failed gate publishes nothing, and says why here and in failed.json. --accept opens only the gates that compare
    with the last snapshot; the reason stands in the manifest. --provisional opens only the one that wants replies of a
    live campaign to be read by a person (prober review).
    """
    from prober.reporting.publish import publication

    context.needs_results()
    paths = context.config.paths
    private = context.private if paths.private.exists() else None
    done = publication.publish(context.results, out or paths.snapshots, private, accept, provisional)
    if as_json:
        click.echo(json.dumps(done.manifest, ensure_ascii=False, indent=2))
    else:
        as_what = ", provisional" if done.manifest["provisional"] else ""
        click.echo(f"{done.folder}  ({'new' if done.fresh else 'unchanged'}{as_what})")
