"""Precision and recall of the detectors on a folder of labelled pages; pure but for reading the folder.

A case is `NNN/page.html` with `NNN/meta.json` (url, origin), and one row in `labels.csv`; the columns are described
where the cases are kept. Every miss is named, because a figure without its misses cannot be argued with.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from prober.detectors import OFFICIAL, Body, detect
from prober.detectors.links import score_link
from prober.detectors.social import normalise
from prober.domains import registrable
from prober.errors import UsageError
from prober.finding import Finding, Kind, State
from prober.page import Link, Page
from prober.vietnamese import decode

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NOTE = re.compile(r"\([^)]*\)")
# What a label column says in words → whether the thing is there. A dead link is there, at level 1.
_YES = ("yes", "self", "placeholder")


@dataclass(frozen=True, slots=True)
class Score:
    """One kind of thing over all cases. `missed` and `wrong` read "case: value"."""

    kind: str
    right: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def precision(self) -> float | None:
        found = self.right + len(self.wrong)
        return self.right / found if found else None

    @property
    def recall(self) -> float | None:
        there = self.right + len(self.missed)
        return self.right / there if there else None

    def row(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "right": self.right,
            "missed": len(self.missed),
            "wrong": len(self.wrong),
            "precision": None if self.precision is None else round(self.precision, 4),
            "recall": None if self.recall is None else round(self.recall, 4),
            "misses": list(self.missed),
            "wrongs": list(self.wrong),
        }


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled page, and what the detectors say of it."""

    name: str
    page: Page
    labels: dict[str, str]
    findings: tuple[Finding, ...]


def evaluate_pages(folder: Path) -> list[Score]:
    """Scores per kind. Raises UsageError where `labels.csv` or a page is missing."""
    cases = list(_cases(folder))
    wanted_and_found: dict[str, list[tuple[set[str], set[str]]]] = {
        "official emails": [(_addresses(case, "emails_official"), _official(case)) for case in cases],
        "hidden or vendor emails kept out": [(set(), _official(case) & _never(case)) for case in cases],
        "qa": [(_flag(case, "has_qa_link"), _found_qa(case)) for case in cases],
        "social": [(_channels(case, "socials"), _social(case)) for case in cases],
        "access to information": [(_flag(case, "has_ati_link"), _found(case, Kind.ACCESS)) for case in cases],
        "contact link": [(_flag(case, "has_contact_link"), _contact(case)) for case in cases],
        "form": [(_form(case), _found_form(case)) for case in cases],
    }
    return [_score(kind, cases, pairs) for kind, pairs in wanted_and_found.items()]


def _score(kind: str, cases: list[Case], pairs: list[tuple[set[str], set[str]]]) -> Score:
    right, missed, wrong = 0, [], []
    for case, (wanted, found) in zip(cases, pairs, strict=True):
        right += len(wanted & found)
        missed += [f"{case.name}: {value}" for value in sorted(wanted - found)]
        wrong += [f"{case.name}: {value}" for value in sorted(found - wanted)]
    return Score(kind, right, tuple(missed), tuple(wrong))


def _cases(folder: Path) -> Iterator[Case]:
    try:
        with (folder / "labels.csv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise UsageError(f"{folder}: labels.csv cannot be read: {error}") from error
    for row in rows:
        home = folder / row["id"]
        try:
            meta = json.loads((home / "meta.json").read_text(encoding="utf-8"))
            html = decode((home / "page.html").read_bytes())
        except (OSError, ValueError) as error:
            raise UsageError(f"{home}: not a case: {error}") from error
        page = Page(_url(meta.get("url") or ""), int(meta.get("status") or 200), html, datetime.now(UTC))
        yield Case(row["id"], page, row, tuple(detect(page, _body(page))))


def _url(written: str) -> str:
    """The address that `meta.json` gives, without the note behind it; a local one where the origin is unknown."""
    address = written.split()[0] if written.split() else ""
    return address if urlsplit(address).scheme in ("http", "https") else "http://127.0.0.1/"


def _body(page: Page) -> Body:
    """The body behind a case: nothing is known of it but its domain, and a local copy has none."""
    local = page.host.replace(".", "").isdigit() or "." not in page.host
    return Body("", own_domains=() if local else (registrable(page.host),))


def _addresses(case: Case, column: str) -> set[str]:
    return {found.lower() for found in _ADDRESS.findall(_NOTE.sub("", case.labels.get(column) or ""))}


def _official(case: Case) -> set[str]:
    chosen = (f for f in case.findings if f.kind == Kind.EMAIL and f.category in OFFICIAL and f.state == State.PRESENT)
    return {finding.value for finding in chosen}


def _never(case: Case) -> set[str]:
    hidden = _addresses(case, "emails_hidden_not_visible") | _addresses(case, "emails_incidental")
    return hidden - _addresses(case, "emails_official")


def _flag(case: Case, column: str) -> set[str]:
    word = (case.labels.get(column) or "").strip().lower()
    return {column} if word.startswith(_YES) else set()


def _found(case: Case, kind: Kind) -> set[str]:
    column = {Kind.QA: "has_qa_link", Kind.ACCESS: "has_ati_link"}[kind]
    return {column} if any(finding.kind == kind for finding in case.findings) else set()


def _found_qa(case: Case) -> set[str]:
    own = (f for f in case.findings if f.kind == Kind.QA and f.category not in ("delegated", "chatbot"))
    return {"has_qa_link"} if any(own) else set()


def _channels(case: Case, column: str) -> set[str]:
    found = set()
    for written in re.split(r"[;,\s]+", _NOTE.sub("", case.labels.get(column) or "")):
        url = written if "://" in written else f"https://{written}"
        channel = normalise(Link(url, "", "footer", url)) if "." in written else None
        if channel:
            found.add(channel[2])
    return found


def _social(case: Case) -> set[str]:
    return {finding.value for finding in case.findings if finding.kind == Kind.SOCIAL}


def _contact(case: Case) -> set[str]:
    promises = (dict(score_link(link, case.page)).get(Kind.EMAIL, 0.0) for link in case.page.links)
    return {"has_contact_link"} if any(promise >= 0.6 for promise in promises) else set()


def _form(case: Case) -> set[str]:
    """Whether a citizen can write something here; search boxes and polls are no such form."""
    words = (case.labels.get("has_form") or "").lower()
    return (
        {"has_form"} if any(word in words for word in ("contact", "ask", "petition", "feedback", "question")) else set()
    )


def _found_form(case: Case) -> set[str]:
    usable = any(f.kind == Kind.WEB_FORM and f.category in ("contact", "ask") for f in case.findings)
    return {"has_form"} if usable else set()
