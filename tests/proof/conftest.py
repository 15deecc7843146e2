"""What the proofs share: the embedded world as a process of its own, a campaign ready to leave, tables of numbers."""

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from click.testing import CliRunner

from prober.cli import cli
from prober.sandbox import client
from prober.services.context import Context
from prober.store.results import registry as store
from tests import forked

_open = build_opener(ProxyHandler({})).open
Show = Callable[[str, Sequence[str], Sequence[Sequence[object]]], None]


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    """Print a table, whatever pytest does with output."""

    def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        lines = [[*map(str, row)] for row in (head, *rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        with capsys.disabled():
            print(f"\n{title}")
            for line in lines:
                print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())

    return table


class Survey:
    """A folder in which a user works, with the embedded world beside it as a process that outlives every command."""

    def __init__(self, folder: Path, endpoint: client.Endpoint) -> None:
        self.folder = folder
        self.endpoint = endpoint
        self.private = folder / "var" / "private.db"
        self.results = folder / "results.db"
        self.inside = False  # saves the two seconds that a new process takes

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "prober", "--config", str(self.folder / "prober.toml"), *words]

    def run(self, *words: str, seconds: float = 300) -> tuple[int, str]:
        """Run a command: (exit code, output). As a user does, or inside this process where `inside` was set."""
        if self.inside:
            result = CliRunner().invoke(cli, ["--config", str(self.folder / "prober.toml"), *words])
            return result.exit_code, result.stdout
        done = forked.run(
            "prober", "--config", str(self.folder / "prober.toml"), *words, folder=Path.cwd(), seconds=seconds
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout

    def prober(self, *words: str, code: int = 0, seconds: float = 300) -> str:
        """Run a command; its standard output. Fails on any other exit code."""
        found, output = self.run(*words, seconds=seconds)
        assert found == code, (words, found, output)
        return output

    def ask(self, path: str) -> Any:
        """What the world alone knows."""
        with _open(f"{self.endpoint.control}{path}", timeout=60) as answer:
            return json.loads(answer.read())

    def copies(self) -> dict[str, int]:
        """Message-ID → copies that the world's offices accepted."""
        found: dict[str, int] = {}
        for row in self.ask("/mail"):
            found[row["message_id"]] = found.get(row["message_id"], 0) + row["count"]
        return found

    def letters(self) -> list[dict[str, Any]]:
        """Every letter of the outbox, read without any code of the product."""
        db = sqlite3.connect(f"file:{self.private}?mode=ro", uri=True)
        db.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in db.execute("SELECT * FROM outbox ORDER BY id")]
        finally:
            db.close()

    def accept_addresses(self) -> dict[str, str]:
        """Accept the address of every department, as a person would who knew the world. Returns slug → address."""
        truth = {slug: row["request_email"] for slug, row in self.ask("/truth")["finance"].items()}
        with Context(self.folder / "prober.toml") as context:
            context.sync_registry()
            for agency in store.stored(context.results, "2019", "finance"):
                store.accept(context.results, agency.id, truth[agency.slug], "", by="nv", at=context.clock.now())
        return truth

    def plan(self, name: str = "wave") -> None:
        """Register, review and approve a campaign, as a user would."""
        self.accept_addresses()
        self.prober("campaign", "new", name)
        self.prober("campaign", "approve", name, "--by", "nv", "--name", name)


@pytest.fixture(scope="session")
def survey() -> Iterator[Callable[[Path, bool], Survey]]:
    """Start a survey in a folder: (folder, small) → Survey. Its world runs until the tests end."""
    with ExitStack() as worlds:

        def start(folder: Path, small: bool) -> Survey:
            folder.mkdir(parents=True, exist_ok=True)
            text = (
                f'world = "sandbox"\n\n[sandbox]\nseed = 2019\nsmall = {str(small).lower()}\n\n'
                '[crawl]\nbrowser = "none"\n'
            )
            (folder / "prober.toml").write_text(text, encoding="utf-8")
            return Survey(folder, worlds.enter_context(forked.world(folder / "var" / "world", small)))

        yield start
