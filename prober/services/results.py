"""Write the report, serve the results on loopback, and publish a snapshot."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from prober.domain.archive import TakedownFiles
from prober.domain.reason import Reason
from prober.errors import ConfigError, UsageError
from prober.reporting.archive.archived_page import Archive
from prober.reporting.html import render
from prober.reporting.publish import manifest, publication
from prober.reporting.publish.publication import Publication
from prober.reporting.tables.reply_tables import REDRAWS
from prober.services.context import Context
from prober.services.progress import NewerFailed, Redrawing
from prober.store import read_only
from prober.store.reading.report_rows import report_rows
from prober.store.results import suspicion
from prober.store.schema.migrations import RESULTS

__all__ = ["Publication", "publish", "report", "serve"]

TAKEDOWNS = "takedowns.txt"  # in the folder of a study


def report(
    context: Context,
    frame: str | None = None,
    out: Path | None = None,
    pdf: Path | None = None,
    language: str = "",
    annex: bool = False,
) -> Iterator[Path]:
    """Write the HTML report and, with `pdf`, print it to that file; yield each file when it is written.

    With `annex`, the annex is written and printed beside it: NAME-annex.html beside NAME.html.

    Raises UsageError if there are no results, or in a rehearsal for another folder than its own; ConfigError if there
    is no browser to print with.
    """
    out = out or context.config.paths.report
    for target in filter(None, (out, pdf)):
        context.target(target)
    context.needs_results()
    found = report_rows(context.results, frame, context.study.successions)
    if found.campaign and len(json.loads(found.campaign["arms"])) == 2:
        context.observer.notice(Redrawing(REDRAWS))
    beside = _annex(out).name if annex else ""
    drawn = {"report": render.render(found, context.study, language, beside)}
    if annex:
        drawn["annex"] = render.render_annex(found, context.study, language, out.name)
    for name, text in drawn.items():
        yield render.write(text, out if name == "report" else _annex(out))
    if pdf:
        from spiders.browser.pdf_printer import print_pdf  # a browser, which a report in HTML does not need

        for name, text in drawn.items():
            path = pdf if name == "report" else _annex(pdf)
            yield print_pdf(text, path, context.config.crawl.browser, render.foot(found))


def _annex(path: Path) -> Path:
    """Return the file of the annex beside that of the report."""
    return path.with_stem(f"{path.stem}-annex")


def archive(context: Context) -> Archive:
    """Return the archived pages of the configured study, for its readers.

    Raises ConfigError where the takedown list is missing or has an entry that cannot be read.
    """
    config = context.config
    files = [context.study.folder / TAKEDOWNS]
    if config.publish.takedowns:
        files.insert(0, config.root / config.publish.takedowns)
        if not files[0].is_file():
            raise ConfigError(f"[publish] takedowns: {files[0]} is no file; nothing is shown before it is there")
    listed = TakedownFiles(files)
    listed()
    shows_all = config.publish.archives or config.simulated
    return Archive(context.study.vocabulary, config.paths.evidence.absolute(), shows_all, listed)


def publish(
    context: Context,
    out: Path | None = None,
    accept: str = "",
    provisional: bool = False,
    site: Path | None = None,
    url: str = "",
) -> Publication:
    """Publish a checked snapshot in `out`, or in the configured folder; with `site` as a site of plain files too.

    `url` is where that site will stand. Raises ProberError if a check fails, UsageError in a rehearsal for another
    folder than its own, or where `site` holds something else.

    `accept` is the reason for publishing data that differ much from the last snapshot, and for believing scans that are
    in doubt; `provisional` publishes replies that no person has read, and marks the snapshot so.
    """
    paths = context.config.paths
    out = context.target(out or paths.snapshots)
    context.needs_results()
    if site:
        from prober.reporting.datasette import serve as datasette  # takes a second to load

        datasette.allowed(context.target(site).absolute(), url)
    private = context.private if paths.private.exists() else None
    if accept:
        suspicion.believe_newest(context.results, (Reason("believed_by", reason=accept),))
    publisher = context.study.publisher
    shown = archive(context)
    done = publication.publish(
        context.results, out, private, accept, provisional, publisher, shown, context.study.confirm
    )
    world, marked = done.manifest["world"], bool(done.manifest.get("provisional"))
    if context.config.draws_pages:
        from prober.reporting.datasette import serve as datasette

        with context.observer.task("pages") as show:
            datasette.draw_pages(done.folder, context.study, world, marked, show)
    if site:
        with context.observer.task("site") as show:
            datasette.write_site(done.folder, site, url, context.study, world, marked, shown, show)
    return done


def serve(context: Context, published: Path | None, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve results.db, or the newest snapshot in `published`, until Ctrl-C; private.db is never opened.

    `announce` gets the address once connections are accepted; port 0 picks a free one. Raises UsageError where the
    snapshot is not there, or was published by a version of which this one can read nothing.
    """
    if published:
        snapshot = publication.latest(published)
        if manifest.failure(published):
            context.observer.notice(NewerFailed(published / manifest.FAILED))
        path, world = snapshot.folder / "results.db", snapshot.manifest["world"]
        provisional = bool(snapshot.manifest.get("provisional"))  # missing in snapshots of an older prober
        if not path.is_file():
            raise UsageError(f"{path}: not there, although {published / manifest.LATEST} names it. Publish again.")
        with read_only(path, RESULTS):
            pass  # it is of this version
    else:
        context.needs_results()
        _ = context.results  # migrated, and of the world that the configuration names
        path, world, provisional = context.config.paths.results, context.config.world, False
    from prober.reporting.datasette import serve as datasette  # takes a second to load

    datasette.serve(
        path.absolute(),
        study=context.study,
        world=world,
        provisional=provisional,
        immutable=published is not None,
        # Pictures may show what a snapshot must not: names of citizens on a page of questions.
        evidence=None if published else context.config.paths.evidence.absolute(),
        archive=archive(context),
        host=host,
        port=port,
        announce=announce,
    )
