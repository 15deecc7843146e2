"""Compute the scores of detectors and rules, each with its misses, and record them.

docs/scores.json holds one record per set of cases (the labelled folder, the embedded world, the held-out replies),
written by `prober eval --record`. A record names the versions that were measured; docs/accuracy.md prints it.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prober.errors import UsageError

KEPT = Path("docs/scores.json")
LABELS = "labels.csv"  # a person's labels of the cases in a folder
# The records of the rules for replies; each is made once (docs/accuracy.md).
REPLIES, SEALED = "held-out replies", "sealed replies"


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one kind of thing over all cases.

    `missed` and `wrong` read "case: value". `detector` is a name of `prober.detectors.detection.VERSIONS`, or "".
    """

    kind: str
    right: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]
    detector: str = ""

    @property
    def precision(self) -> float | None:
        found = self.right + len(self.wrong)
        return self.right / found if found else None

    @property
    def recall(self) -> float | None:
        there = self.right + len(self.missed)
        return self.right / there if there else None

    def row(self) -> dict[str, Any]:
        """Return the score as printed and recorded; n counts the things that are there."""
        return {
            "kind": self.kind,
            "detector": self.detector,
            "n": self.right + len(self.missed),
            "right": self.right,
            "missed": len(self.missed),
            "wrong": len(self.wrong),
            "precision": None if self.precision is None else round(self.precision, 4),
            "recall": None if self.recall is None else round(self.recall, 4),
            "misses": list(self.missed),
            "wrongs": list(self.wrong),
        }


def score(kind: str, detector: str, cases: Iterable[tuple[str, Set[str], Set[str]]]) -> Score:
    """Return the score over `cases`: (name, things that are there, things that were found)."""
    right, missed, wrong = 0, [], []
    for name, there, found in cases:
        right += len(there & found)
        missed += [f"{name}: {value}" for value in sorted(there - found)]
        wrong += [f"{name}: {value}" for value in sorted(found - there)]
    return Score(kind, right, tuple(missed), tuple(wrong), detector)


def recorded(path: Path) -> dict[str, Any]:
    """Return the records in `path` by name. Raises UsageError if the file cannot be read."""
    try:
        records: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: no record of scores can be read: {error}; run this in a checkout") from error
    return records


def record(path: Path, name: str, cases: int, versions: Mapping[str, str], rows: list[dict[str, Any]]) -> None:
    """Write one record to `path`, in place of one of the same name. Raises UsageError if it is not a record file."""
    records = recorded(path)
    records[name] = {"cases": cases, "versions": dict(versions), "scores": rows}
    text = json.dumps(records, ensure_ascii=False, indent=2, sort_keys=True)
    path.write_text(f"{text}\n", encoding="utf-8")


def table(path: Path = KEPT) -> str:
    """Return the records of the detectors as Markdown, for docs/accuracy.md."""
    return "\n".join(
        _section(name, kept) for name, kept in sorted(recorded(path).items()) if name not in (REPLIES, SEALED)
    )


def confusion(path: Path = KEPT, name: str = SEALED) -> str:
    """Return a record of replies as Markdown: class by label (rows) and by the rules (columns)."""
    kept = recorded(path)[name]
    rows = {row["kind"]: row for row in kept["scores"]}
    pairs = Counter({(kind, kind): row["right"] for kind, row in rows.items() if kind != "answer"})
    said = _by_case(rows, "wrongs")
    pairs.update((label, said[case]) for case, label in _by_case(rows, "misses").items())
    classes = sorted({name for pair in pairs for name in pair})
    lines = [f"| | {' | '.join(classes)} |", f"|---|{'---:|' * len(classes)}"]
    lines += (f"| **{label}** | {' | '.join(str(pairs[label, said] or '') for said in classes)} |" for label in classes)
    right, answer = sum(pairs[name, name] for name in classes), rows["answer"]
    told = f"{right} of {kept['cases']} have the class of their label, by the rules of version "
    told += f"{kept['versions']['replies']}. Of {answer['n']} answers {answer['right']} were called one; "
    told += f"{answer['wrong']} were called so that are none."
    wrong = [f"{case} ({label}, said {said[case]})" for case, label in sorted(_by_case(rows, "misses").items())]
    return "\n".join((told, "", *lines, "", f"Mistaken: {', '.join(wrong) or 'none'}."))


def _by_case(rows: Mapping[str, Mapping[str, Any]], word: str) -> dict[str, str]:
    """Return case → class for the mistakes listed under `word`."""
    named = (mistake for kind, row in rows.items() if kind != "answer" for mistake in row[word])
    return {case: kind for case, _, kind in (mistake.partition(": ") for mistake in named)}


def _section(name: str, kept: Mapping[str, Any]) -> str:
    lines = [
        f"**{name.capitalize()}**, {kept['cases']} cases:\n",
        "| what | detector | version | n | precision | recall | missed | wrong |",
        "|---|---|---|---:|---:|---:|---:|---:|",
    ]
    for row in kept["scores"]:
        shares = ("" if share is None else f"{share:.3f}" for share in (row["precision"], row["recall"]))
        version = kept["versions"].get(row["detector"], "")
        cells = (row["kind"], row["detector"], version, row["n"], *shares, row["missed"], row["wrong"])
        lines.append(f"| {' | '.join(map(str, cells))} |")
    for row in kept["scores"]:
        for word, names in (("missed", row["misses"]), ("wrong", row["wrongs"])):
            if names:
                lines.append(f"\n{row['kind'].capitalize()}, {word}: {', '.join(names)}.")
    return "\n".join(lines) + "\n"


def labels(folder: Path) -> list[dict[str, str]]:
    """Return the rows of the folder's table; `id` names the files of a case. Raises UsageError if there is no row."""
    table = folder / LABELS
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(f"{table} cannot be read: {error}; it is a UTF-8 table of cases") from error
    if not rows:
        raise UsageError(f"{table} names no case; add one row for each")
    return rows
