"""Show what proves a verdict: the archived page with its words marked, or where something was looked for in vain."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from prober.domain.archive import ArchivedObservation, Shown
from prober.reporting.archive.archived_page import Archive, Archived
from prober.reporting.archive.proving_words import Sought
from prober.reporting.datasette.security_headers import HEADERS
from prober.reporting.html.render import clean, sheet, templates
from prober.reporting.words import archive_words, labels
from prober.reporting.words.labels import Text
from prober.store import Database
from prober.store.reading import evidence_record
from prober.store.reading.queries import Row, first, rows

Values = Callable[[Database, Archive, Mapping[str, str], str], dict[str, Any] | None]

_STYLE = f"\n{sheet('site/archived_frame.css')}\n"  # as it stands in the frame
_HASH = f"'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
# A frame with srcdoc has the policy of the page around it too, so that must let the one style sheet of the frame pass.
POLICY = HEADERS["Content-Security-Policy"].replace("style-src 'self'", f"style-src 'self' {_HASH}")
FRAME_POLICY = f"default-src 'none'; style-src {_HASH}; base-uri 'none'; form-action 'none'"


def observation(db: Database, archive: Archive, asked: Mapping[str, str], language: str) -> dict[str, Any] | None:
    """Return the values of the page of one observation; None where there is none of this number."""
    row = evidence_record.observed(db, int(asked["number"]))
    if row is None:
        return None
    found = archive.page(row, Sought(row["snippet"], row["selector"], row["value"]))
    is_down = found.shown == Shown.TAKEN_DOWN
    return _values(db, row, found, language) | {
        "template": "evidence",
        "title": labels.kind(row),
        "row": row,
        "words": "" if is_down else row["snippet"],
        "decoded": None if is_down else archive_words.decoded(row["value"], row["snippet"]),
        "picture": "" if is_down else row["screenshot"] or "",
    }


def copy(db: Database, archive: Archive, asked: Mapping[str, str], language: str) -> dict[str, Any] | None:
    """Return the values of the page of an archived response that is looked at for itself; None where there is none."""
    row = evidence_record.archived(db, asked["sha256"])
    if row is None:
        return None
    found = archive.page(row, Sought())
    title = Text("Trang đã lưu", "Archived page")
    return _values(db, row, found, language) | {
        "template": "evidence", "title": title, "row": row, "words": "", "decoded": None, "picture": "",
    }  # fmt: skip


def search(db: Database, archive: Archive, asked: Mapping[str, str], language: str) -> dict[str, Any] | None:
    """Return the values of the page that shows how a site was searched for one kind of thing, where that was not found.

    None where the verdict does not exist, or rests on something that was found.
    """
    found = evidence_record.searched(db, int(asked["number"]))
    if found is None:
        return None
    verdict, steps = found
    return {
        "template": "searched", "title": labels.kind(verdict), "verdict": verdict,
        "steps": archive_words.protocol(steps), "looks": rows(db, "looks", agency=verdict["agency"]),
        "decided": first(db, "proposals", agency=verdict["agency"], kind=verdict["kind"]) or {"decided": None},
        "agency": evidence_record.place(db, verdict["agency"]), "heading": archive_words.HOW_SOUGHT,
    }  # fmt: skip


def _values(db: Database, row: Row, found: Archived, language: str) -> dict[str, Any]:
    return {
        "agency": evidence_record.place(db, row["agency"]),
        "archived": found,
        "frame_html": frame(found, language) if found.copy and not found.copy.is_empty else "",
        "frame_policy": POLICY,
        "notes": _notes(row, found),
    }


def _notes(row: Row, found: Archived) -> list[Text]:
    """Return what a reader must know of the copy, or why it is not shown."""
    if found.takedown:
        return [archive_words.taken_down(found.takedown)]
    if found.shown == Shown.RESTRICTED:
        return [archive_words.RESTRICTED[one] for one in found.restrictions]
    if found.copy is None:
        return [archive_words.WHY_NOT[found.shown]]
    drawn = row["rendered"] and found.copy.found == ArchivedObservation.NOWHERE  # the picture shows them
    notes = [archive_words.MARKED[found.copy.found]] if "snippet" in row and not drawn else []
    if row["rendered"]:
        notes.append(archive_words.RENDERED)
    if found.is_document:
        notes.append(archive_words.DOCUMENT)
    return [*notes, archive_words.CUT] if found.copy.is_cut else notes


def frame(found: Archived, language: str) -> str:
    """Return the document of the frame: the copy, with a policy of its own, for `srcdoc`."""
    assert found.copy is not None
    return templates().get_template("site/archived_frame.html").render(
        body=Markup(clean(found.copy.html)), title=found.copy.title, style=Markup(_STYLE), policy=FRAME_POLICY,
        title_is_marked=found.copy.found == ArchivedObservation.TITLE, page_lang=language,
    )  # fmt: skip


# Address below /survey/ → what its page shows.
PAGES: Mapping[str, Values] = {
    r"evidence/(?P<number>[0-9]{1,18})": observation,
    r"searched/(?P<number>[0-9]{1,18})": search,
    r"archived/(?P<sha256>[0-9a-f]{64})": copy,
}
