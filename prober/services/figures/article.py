"""Check the figures of a draft article against results.db."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from prober.domain.indicator import BY_KIND
from prober.errors import UsageError
from prober.reporting.article import article_check
from prober.reporting.article.article_check import WRONG, CheckedFigure, earlier_values
from prober.reporting.figures.all_figures import figures
from prober.reporting.figures.printed_figure import FrameRows
from prober.reporting.words.labels import Text
from prober.services.context import Context
from prober.store import one_state
from prober.store.reading.queries import rows
from prober.store.reading.report_rows import chosen
from prober.text.vietnamese import decode

__all__ = ["WRONG", "CheckedFigure", "check"]

MOST_BYTES = 10_000_000
_PLAIN = (".txt", ".md", ".markdown")
_MARKS = str.maketrans("*_`", "   ")  # of Markdown: a blank each, so that places stay


def check(context: Context, path: Path, frame: str | None = None) -> list[CheckedFigure]:
    """Return what is said of each number of the article in `path`, in the order of its text.

    Raises UsageError for a file that holds no text or is of no known kind, and where there are no results.
    """
    context.needs_results()
    db, text = context.results, text_of(path)
    with one_state(db):
        basis = FrameRows(db, chosen(db, frame), context.study)
        regions = {Text(row["region"], row["region_en"] or "") for row in rows(db, "regions", frame=basis.frame)}
        own = {
            row["name"]: Text(row["label_vi"], row["label_en"])
            for row in rows(db, "sought")
            if row["name"] not in BY_KIND
        }
        past = earlier_values(basis, _manifests(context.config.paths.snapshots))
        against = article_check.survey(figures(basis), basis.frame, past, regions, own, context.study.references)
        return list(article_check.check(text, against))


def text_of(path: Path) -> str:
    """Return the text of a draft: plain text, Markdown, HTML, or a document that the project can read.

    Raises UsageError for any other file, and for one in which there is no text.
    """
    data = path.read_bytes()
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path}: larger than {MOST_BYTES // 1_000_000} MB, which is no article")
    ending = path.suffix.lower()
    if ending in (".html", ".htm"):
        from mailroom.mime.html_body import html_text

        text = html_text(decode(data))[0]
    elif ending in _PLAIN:
        text = decode(data)
        text = text.translate(_MARKS) if ending != ".txt" else text
    else:
        text = _of_document(path, data)
    if not text.strip():
        raise UsageError(f"{path}: there is no text in it")
    return text


def _of_document(path: Path, data: bytes) -> str:
    from prober.documents import notes, readers
    from prober.documents.media_types import sniff

    kind = sniff(data, "application/octet-stream")
    if kind not in readers.READABLE:
        raise UsageError(f"{path}: no kind of document that can be read; give it as .txt, .md, .html, .docx or .odt")
    try:
        text = readers.text_of(data, kind)
    finally:
        readers.stop()
    if text.startswith(notes.MARK):
        raise UsageError(f"{path}: cannot be read: {text}")
    return text


def _manifests(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the manifests of snapshots in `folder`; what cannot be read is no snapshot."""
    for path in sorted(folder.glob("*/manifest.json")) if folder.is_dir() else ():
        with suppress(OSError, ValueError):
            found = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                yield found
