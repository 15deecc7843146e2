"""How many pages a browser has to show, and what is lost against the truth by showing no more than these."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import process
from benchmarks.places import SEED, agencies, job, known_truth
from benchmarks.record import Result, Row, Tell
from prober.sandbox import client
from prober.store import Database, open_results

# Kind of a verdict → the truth file's word for it.
KINDS = {
    "qa": "has_qa",
    "email": "has_email",
    "social": "has_social",
    "access": "access_section",
    "web_form": "web_form",
}


def run(folder: Path, tell: Tell) -> Result:
    with client.running(folder / "world", SEED) as endpoint:
        truth = known_truth(folder / "world")
        figures = {}
        for browser in ("auto", "none"):
            work = job(folder / browser, agencies(endpoint), endpoint, delay=0.0, browser=browser)
            done = process.worker(work, folder / "log", tell)
            db = open_results(folder / browser / "results.db")
            found = {} if browser == "none" else done.said["summary"]
            figures[browser] = (list(_wrong(db, truth)), list(_lost(db, truth)), found)
            db.close()
    wrong, lost, summary = figures["auto"]
    share = summary["rendered"] / summary["pages"]
    return Result(
        (
            Row("pages rendered", f"{summary['rendered']} of {summary['pages']}, {share:.1%}", "≤ 10 %", share <= 0.1),
            Row("verdicts that contradict the truth", f"{len(wrong)}", "0", not wrong),
            Row("verdicts left unknown although the truth can be seen", f"{len(lost)}", "0", not lost),
            Row(
                "the same without a browser: contradicting, unknown",
                f"{len(figures['none'][0])}, {len(figures['none'][1])}",
            ),
        ),
        f"""
All 126 sites of the embedded world, five verdicts each (Q&A, email, social channels, access-to-information section,
web form), held against the world's truth file; sites that the world hides by design (dead, blocked) are left out,
because nobody can see them. {"; ".join([*wrong, *lost][:10]) or "Nothing was lost."}""",
    )


def _verdicts(db: Database, truth: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(what, verdict, truth) of every site that can be seen."""
    sql = "SELECT a.slug, a.kind, v.kind, v.state FROM verdict v JOIN agency a ON a.id = v.agency"
    for slug, kind, what, state in db.execute(sql).fetchall():
        facts = truth["portals" if kind == "portal" else "finance"][slug]
        if not facts["hidden"] and what in KINDS:
            yield f"{slug} {what}: {state}, truth {facts[KINDS[what]]}", state, facts[KINDS[what]]


def _wrong(db: Database, truth: Mapping[str, Any]) -> Iterator[str]:
    known = {"present", "absent"}
    return (what for what, said, true in _verdicts(db, truth) if {said, true} <= known and said != true)


def _lost(db: Database, truth: Mapping[str, Any]) -> Iterator[str]:
    return (what for what, said, true in _verdicts(db, truth) if said == "unknown" and true != "unknown")
