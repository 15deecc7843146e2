"""Measure detectors and classifiers on labelled cases, and on the embedded world."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prober.detectors.detection import VERSIONS
from prober.errors import UsageError
from prober.services.context import Context
from prober.services.evaluation.mail_cases import VERSIONS as RULES
from prober.services.evaluation.mail_cases import evaluate_mails, evaluate_opinion, evaluate_replies
from prober.services.evaluation.page_cases import evaluate_pages, labelled
from prober.services.evaluation.scores import KEPT, LABELS, labels, record, recorded
from prober.services.evaluation.world_truth import evaluate_world
from prober.store.reading.queries import rows
from prober.studies.study import Study

Row = dict[str, Any]


def evaluate(context: Context, cases: Path | None, name: str | None = None) -> list[Row]:
    """Return the scores on the labelled `cases`, or without them on the last crawl of the embedded world.

    With `name` the scores are recorded under it. Raises UsageError if there is nothing to evaluate or to record.
    """
    if name:
        recorded(KEPT)  # before the work: fails where there is no record file
    number, versions, found = _of_world(context) if cases is None else _of_cases(cases, context.study)
    if name and not versions:
        raise UsageError(
            f"{cases}: the scores of machine mail are not kept; --record is for pages, replies and --world"
        )
    if name:
        record(KEPT, name, number, versions, found)
    if cases and versions is RULES:
        opinion = evaluate_opinion(cases, context.study)  # decides nothing, and is not recorded
        found += [score.row() for score in opinion]
    return found


def _of_cases(cases: Path, study: Study) -> tuple[int, Mapping[str, str], list[Row]]:
    """Return (number of cases, versions of detectors or rules, rows) of a folder; no versions for machine mail.

    Pages and letters are read by the words of the study.
    """
    columns = labels(cases)[0].keys()
    if "has_qa_link" in columns or labelled(columns, study):
        number, scores = evaluate_pages(cases, study)
        return number, VERSIONS, [score.row() for score in scores]
    if "event" in columns:
        number, scores = evaluate_replies(cases, study)
        return number, RULES, [score.row() for score in scores]
    if {"kind", "permanence"} <= columns:
        return 0, {}, evaluate_mails(cases, study.vocabulary)
    raise UsageError(
        f"{cases / LABELS} is neither of pages (has_qa_link), of mails (kind, permanence) nor of replies (event), and "
        "no column is an indicator of the study: add the columns of one"
    )


def _of_world(context: Context) -> tuple[int, Mapping[str, str], list[Row]]:
    """Return (number of sites, versions of the detectors, rows) of the last crawl of the embedded world."""
    path = context.config.paths.world / "truth.json"
    if not context.config.simulated:
        raise UsageError(f"--world: this configuration is {context.config.world}; there is no embedded world in it")
    if not path.exists():
        raise UsageError(f"{path} does not exist; run `prober demo` or `prober crawl` here first")
    truth = json.loads(path.read_text(encoding="utf-8"))
    verdicts, findings = rows(context.results, "seen_verdicts"), rows(context.results, "seen_findings")
    if not verdicts:
        raise UsageError(f"{context.config.paths.results} holds no crawl; run `prober demo` or `prober crawl` first")
    number, scores = evaluate_world(truth, verdicts, findings)
    versions = {row["detector"]: row["version"] for row in rows(context.results, "detectors")}
    return number, versions, [score.row() for score in scores]
