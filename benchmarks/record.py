"""Write the results of benchmarks to RESULTS.md, one section each, replaced when its benchmark runs again."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. `met` is None for a figure without a target, which is given for comparison only."""

    what: str
    figure: str
    target: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        return {True: "met", False: "**missed**", None: ""}[self.met]


@dataclass(frozen=True, slots=True)
class Result:
    """Rows of a table, and a text that says what was run, against what, and what each figure means."""

    rows: Sequence[Row]
    meaning: str


@dataclass(frozen=True, slots=True)
class Bench:
    """A benchmark with its name. `run` gets a folder on disk to work in, and a function to report progress."""

    name: str
    title: str
    run: Callable[[Path, Tell], Result]


def section(bench: Bench, result: Result, stamp: str) -> str:
    """Return the Markdown of one benchmark, between marks by which it is found again."""
    table = "\n".join(f"| {row.what} | {row.figure} | {row.target} | {row.verdict} |" for row in result.rows)
    return (
        f"<!-- {bench.name} -->\n## {bench.title}\n\n| measured | figure | target | |\n|---|---|---|---|\n{table}\n\n"
        f"{result.meaning.strip()}\n\n*{stamp}*\n<!-- /{bench.name} -->"
    )


def write(found: dict[str, str], order: Sequence[str], head: str, path: Path = RESULTS) -> None:
    """Put the sections in `found` in their places; those of benchmarks that did not run now are kept."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    parts = [head]
    for name in order:
        kept = re.search(rf"<!-- {name} -->.*?<!-- /{name} -->", old, re.DOTALL)
        text = found.get(name) or (kept[0] if kept else "")
        if text:
            parts.append(text)
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
