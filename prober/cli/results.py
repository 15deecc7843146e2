"""prober report, serve, publish: write the report, serve the results, publish a snapshot."""

import json
from pathlib import Path

import click

from prober.reporting.words.labels import LANGUAGES
from prober.services import results as service
from prober.services.context import Context


@click.command()
@click.option("--frame", help="Frame of the report. Default: the one that was touched last.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write. Default: report.html.")
@click.option(
    "--pdf", type=click.Path(dir_okay=False, path_type=Path), help="Print it to this file too (A4; Chromium)."
)
@click.option("--language", type=click.Choice(LANGUAGES),
              help="Language in which it opens and is printed; the reader of the HTML may choose another. "
              "Default: both, or en for a study without Vietnamese.")  # fmt: skip
@click.option("--annex", is_flag=True, help="Write the annex beside it too: NAME-annex.html, and NAME-annex.pdf.")
@click.pass_obj
def report(
    context: Context, frame: str | None, out: Path | None, pdf: Path | None, language: str | None, annex: bool
) -> None:
    """Write the HTML report: one file that needs no network and no script.

    On paper it has at most 12 pages for 63 portals. The annex holds the rest: each agency's card with every
    proof, the tables behind the curves, comparisons of groups, whole lists, definitions, the settings of the run.
    """
    for path in service.report(context, frame, out, pdf, language or "", annex):
        click.echo(path)


@click.command()
@click.option("--port", default=8001, show_default=True, help="Port; 0 picks a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--published", type=click.Path(file_okay=False, path_type=Path), help="Serve the newest snapshot in here."
)
@click.pass_obj
def serve(context: Context, port: int, host: str, published: Path | None) -> None:
    """Browse the results with Datasette until Ctrl-C. The private database is never opened."""
    service.serve(context, published, host, port, lambda url: click.echo(f"{url}  (Ctrl-C stops)"))


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
@click.option(
    "--site",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the public site as plain files too, for any web server; replaces the site that is in DIR.",
)
@click.option("--url", default="", help="Address at which that site will stand, for its sitemap, feeds and citations.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest.")
@click.pass_obj
def publish(
    context: Context, out: Path | None, accept: str, provisional: bool, site: Path | None, url: str, as_json: bool
) -> None:
    """Publish a checked snapshot: results.db, CSV, Parquet, data package, codebook, checksums, manifest.

    The archived pages that may be published are in evidence.wacz, where the extra `archive` is installed.

    A failed gate publishes nothing, and says why here and in failed.json. --accept opens only the gates that compare
    with the last snapshot; the reason stands in the manifest. --provisional opens only the one that wants replies of a
    live campaign to be read by a person (prober review).
    """
    done = service.publish(context, out, accept, provisional, site, url)
    if as_json:
        click.echo(json.dumps(done.manifest, ensure_ascii=False, indent=2))
    else:
        as_what = ", provisional" if done.manifest["provisional"] else ""
        click.echo(f"{done.folder}  ({'new' if done.fresh else 'unchanged'}{as_what})")
        if site:
            click.echo(site)
