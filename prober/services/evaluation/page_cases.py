"""Measure precision and recall of the detectors on a folder of labelled pages; reading the folder is the only effect.

A case is `NNN/page.html` with `NNN/meta.json` (url, origin), and one row in `labels.csv`; the columns are described in
the folder of the cases. One that has the name of an indicator of the study says whether the page shows it.
Every miss is named, so that each figure can be checked.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from prober.detectors.body import Body
from prober.detectors.detection import detect
from prober.detectors.link_promises import promises
from prober.detectors.social import normalise
from prober.domain.finding import Finding, State
from prober.domain.hostnames import MAIL_ADDRESS, registrable
from prober.domain.indicator import BY_KIND, INDICATORS, OFFICIAL, Indicator, Kind
from prober.domain.pages.elements import Link
from prober.domain.pages.page import Page
from prober.errors import UsageError
from prober.services.evaluation.scores import LABELS, Score, labels, score
from prober.studies.study import Study
from prober.text.vietnamese import decode
from prober.text.words import MEDIUM

_NOTE = re.compile(r"\([^)]*\)")
_SAVED = re.compile(
    r"<!-- saved from url=\(\d+\)(https?://\S+)|<!-- Mirrored from (\S+) by HTTrack|"
    r"<link[^>]{0,200}rel=[\"\']canonical[\"\'][^>]{0,200}href=[\"\'](https?://[^\"\']+)|"
    r"<meta[^>]{0,200}property=[\"\']og:url[\"\'][^>]{0,200}content=[\"\'](https?://[^\"\']+)"
)
# Words at the beginning of a label that mean "found". A dead link is present, at level 1.
_YES = ("yes", "self", "placeholder")
_COLUMNS = ("id", "has_qa_link", "emails_official", "socials", "has_ati_link", "has_contact_link", "has_form")
Reader = Callable[["Case"], tuple[set[str], set[str]]]  # what is there, and what was found


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled page, with the findings of the detectors on it."""

    name: str
    page: Page
    labels: dict[str, str]
    findings: tuple[Finding, ...]


def evaluate_pages(folder: Path, study: Study) -> tuple[int, list[Score]]:
    """Return the number of cases and the score of each kind, read as `study` reads pages.

    Raises UsageError, with the row, if a label or a page is missing.
    """
    cases = list(_cases(folder, study))
    own = labelled(cases[0].labels, study)
    read: list[tuple[str, str, Reader]] = [
        ("official emails", "emails", lambda case: (_addresses(case, "emails_official"), _official(case))),
        ("hidden or vendor emails kept out", "emails", lambda case: (_never(case), _never(case) - _official(case))),
        ("qa", "qa", lambda case: (_flag(case, "has_qa_link"), _found_qa(case))),
        ("social", "social", lambda case: (_channels(case), _social(case))),
        ("access to information", "access", lambda case: (_flag(case, "has_ati_link"), _found_access(case))),
        ("contact link", "", lambda case: (_flag(case, "has_contact_link"), _contact(case))),
        ("form", "web_form", lambda case: (_form(case), _found_form(case))),
    ]
    read = [*(read if _COLUMNS[1] in cases[0].labels else ()), *((one.kind, "", partial(_shown, one)) for one in own)]
    return len(cases), [
        score(kind, detector, [(case.name, *sets(case)) for case in cases]) for kind, detector, sets in read
    ]


def labelled(columns: Collection[str], study: Study) -> list[Indicator]:
    """Return the indicators of `study`, POBI's left out, that a table with these columns labels by their names."""
    return [one for one in study.sought if one.kind in columns and one.kind not in BY_KIND and not one.measured]


def _shown(indicator: Indicator, case: Case) -> tuple[set[str], set[str]]:
    name, counted = indicator.kind, indicator.counted
    found = (f for f in case.findings if f.kind == name and f.state == State.FOUND)
    return _flag(case, name), {name for f in found if counted is None or f.category in counted}


def _cases(folder: Path, study: Study) -> Iterator[Case]:
    rows, table = labels(folder), folder / LABELS
    lacking = [name for name in _COLUMNS if name not in rows[0]]
    if lacking and (_COLUMNS[1] in rows[0] or "id" in lacking):
        raise UsageError(f"{table}: no column {', '.join(lacking)}; add it, empty where nothing is known")
    for number, row in enumerate(rows, 2):
        yield _case(folder, row, f"{table} row {number} (id {row['id'] or 'missing'})", study)


def _case(folder: Path, row: dict[str, str], where: str, study: Study) -> Case:
    """Return one case. Raises UsageError that begins with `where` if its files are not those of a case."""
    home = folder / (row["id"] or "")
    if not row["id"] or home.parent != folder:
        raise UsageError(f"{where}: id is the name of a folder beside the table; write it so")
    try:
        meta = json.loads((home / "meta.json").read_text(encoding="utf-8"))
        written, status = str(meta.get("url") or ""), int(meta.get("status") or 200)
        html = decode((home / "page.html").read_bytes())
    except OSError as error:
        raise UsageError(f"{where}: {error.filename} cannot be read; add it, or delete the row") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{where}: {home / 'meta.json'} is not a map with url and status: {error}") from error
    page = Page(_url(written, html), status, html, datetime.now(UTC))
    body = _body(page, study)
    page = replace(page, words=body.words)
    claimed = detect(page, body)
    return Case(row["id"], page, row, tuple(claimed))


def _url(written: str, html: str) -> str:
    """Return the address that `meta.json` gives, without the note behind it.

    If it gives none: the address that the saved copy names (written by the browser or program that saved it, or its
    canonical link), else a local one.
    """
    address = written.split()[0] if written.split() else ""
    if urlsplit(address).scheme not in ("http", "https"):
        named = _SAVED.search(html)
        address = next((part for part in named.groups() if part), "") if named else ""
        address = address if "://" in address or not address else f"https://{address}"
    return address if urlsplit(address).scheme in ("http", "https") else "http://127.0.0.1/"


def _body(page: Page, study: Study) -> Body:
    """Return the public body of a case: only its domain is known, and a local copy has none.

    POBI's indicators are looked for in every study, beside its own.
    """
    sought = (*INDICATORS, *(one for one in study.sought if one.kind not in BY_KIND))
    local = page.host.replace(".", "").isdigit() or "." not in page.host
    return Body(
        "", kind="", own_domains=() if local else (registrable(page.host),), vocabulary=study.vocabulary, sought=sought
    )


def _addresses(case: Case, column: str) -> set[str]:
    return {found.lower() for found in MAIL_ADDRESS.findall(_NOTE.sub("", case.labels.get(column) or ""))}


def _official(case: Case) -> set[str]:
    chosen = (f for f in case.findings if f.kind == Kind.EMAIL and f.category in OFFICIAL and f.state == State.FOUND)
    return {finding.value for finding in chosen}


def _never(case: Case) -> set[str]:
    hidden = _addresses(case, "emails_hidden_not_visible") | _addresses(case, "emails_incidental")
    return hidden - _addresses(case, "emails_official")


def _flag(case: Case, column: str) -> set[str]:
    word = (case.labels.get(column) or "").strip().lower()
    return {column} if word.startswith(_YES) else set()


def _found_access(case: Case) -> set[str]:
    return {"has_ati_link"} if any(finding.kind == Kind.ACCESS for finding in case.findings) else set()


def _found_qa(case: Case) -> set[str]:
    own = (f for f in case.findings if f.kind == Kind.QA and f.category not in ("delegated", "chatbot"))
    return {"has_qa_link"} if any(own) else set()


def _channels(case: Case) -> set[str]:
    found = set()
    for written in re.split(r"[;,\s]+", _NOTE.sub("", case.labels.get("socials") or "")):
        url = written if "://" in written else f"https://{written}"
        channel = normalise(Link(url, "", "footer", url)) if "." in written else None
        if channel:
            found.add(channel[2])
    return found


def _social(case: Case) -> set[str]:
    return {finding.value for finding in case.findings if finding.kind == Kind.SOCIAL}


def _contact(case: Case) -> set[str]:
    """Return {"has_contact_link"} if a link names a contact page; a directory, opened for an address too, is none."""
    links = promises(case.page)
    promised = (dict(links.link(link, case.page.host)).get(Kind.EMAIL, 0.0) for link in case.page.links)
    return {"has_contact_link"} if any(promise > MEDIUM for promise in promised) else set()


def _form(case: Case) -> set[str]:
    """Return {"has_form"} if a citizen can write a question here; search boxes and polls do not count."""
    words = (case.labels.get("has_form") or "").lower()
    return (
        {"has_form"} if any(word in words for word in ("contact", "ask", "petition", "feedback", "question")) else set()
    )


def _found_form(case: Case) -> set[str]:
    usable = any(f.kind == Kind.WEB_FORM and f.category in ("contact", "ask") for f in case.findings)
    return {"has_form"} if usable else set()
