"""Histories drawn by seed are pruned: every page of evidence that the site links to still opens, no verdict turns.

The crawl writes them, as it does: evidence through its writer, visits through its file of a visit.
"""

import json
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from prober.cli import cli
from prober.clock import SystemClock
from prober.config.load import load
from prober.domain.finding import Finding, State
from prober.domain.reason import Reason
from prober.domain.verdicts import Verdict
from prober.domain.visit import Exchange, PageRecord, VisitResult, digest
from prober.services.nights import prune as service
from prober.store import evidence, only_read, open_results
from prober.store.results.registry import sync
from spiders import visit_file
from spiders.job import Job
from spiders.scan_writer import ScanWriter, sole_crawl
from spiders.visit_file import PageProof
from tests.languages import VIETNAMESE
from tests.pobi import POBI, agencies

LIVE = """world = "live"
[crawl]
user_agent = "prober/0.1 (+https://survey.example/bot)"
"""
SITES = tuple(agency for agency in agencies("2019", "portal") if agency.slug in ("ca-mau", "ha-giang", "an-giang"))
NIGHTS, STEP = 18, 50  # nights, and days from one to the next: the rule of 365 days cuts in the middle
SHOWN = ("latest_verdict", "latest_observation", "proof", "changes", "headline", "scan_observation")


def _visit(agency: Any, rng: random.Random, at: datetime, night: int) -> tuple[VisitResult, list[PageProof]]:
    """What a night sees of a site: some pages as ever, some with other words, some away."""
    pages, findings, proofs = [], [], []
    for number in range(3):
        if rng.random() < 0.2:
            continue
        url, body = (
            f"http://{agency.slug}.gov.test/{number}",
            f"{agency.slug} {number} {night // 2} {rng.randint(1, 2)}".encode(),
        )
        sha256 = digest(body)
        pages.append(PageRecord(url, 200, None, "Liên hệ", at, False, len(body), sha256, "menu"))
        findings.append(
            Finding("email", "agency_role", f"a{number}@x.test", State.FOUND, 0, 0.9, body.decode(), "p", url, "e", "1")
        )
        exchange = Exchange(url, at, b"GET / HTTP/1.1", b"HTTP/1.1 200 OK\r\nContent-Type: text/html", body)
        proofs.append(PageProof(url, sha256, "text/html", exchange, body if rng.random() < 0.5 else b""))
    if findings:
        verdict = Verdict("email", State.FOUND, 0, (Reason("official_address"),), findings[0])
    else:
        verdict = Verdict("email", State.NOT_FOUND, 0, (Reason("looked_everywhere"),))
    seen = VisitResult(
        agency.id, "seen", None, (), pages[0].url if pages else "", "generic", 3, 10, 0.5, at, at, tuple(pages),
        tuple(findings), (verdict,), (), (),
    )  # fmt: skip
    return seen, proofs


@pytest.fixture(scope="module", params=range(4))
def made_study(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A live study with a history of 18 nights that ends today, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("study")
    rng = random.Random(request.param)
    (folder / "prober.toml").write_text(LIVE, encoding="utf-8")
    config = load(folder / "prober.toml")
    with closing(open_results(config.paths.results)) as db:
        sync(db, SITES, (), config.world, POBI.terms)
    now = SystemClock(POBI.zone).now()
    for night in range(NIGHTS):
        at = now - timedelta(days=STEP * (NIGHTS - 1 - night))
        with ScanWriter(Job(SITES, config, None, at, VIETNAMESE)) as writer:
            for agency in SITES:
                seen, proofs = _visit(agency, rng, at, night)
                assert writer.merge(visit_file.write(writer.folder, writer.scan.id, seen, proofs))
    return folder


@pytest.fixture
def study(made_study: Path, tmp_path: Path) -> Path:
    """A copy that the test may prune; files keep their times."""
    shutil.copytree(made_study, tmp_path, dirs_exist_ok=True)
    return tmp_path


def shown(folder: Path) -> dict[str, list[Any]]:
    with closing(only_read(folder / "results.db")) as db:
        return {name: sorted(map(repr, db.query(f"SELECT * FROM {name}"))) for name in SHOWN}


def opens(folder: Path) -> int:
    """Open every archived page and picture that a verdict in use or a thing seen now links to; return how many."""
    root, count = folder / "var/evidence", 0
    linked = "SELECT warc, screenshot FROM latest_observation UNION SELECT o.warc, o.screenshot FROM proof p " \
        "JOIN observation o ON o.id = p.observation UNION SELECT o.warc, o.screenshot FROM change c " \
        "JOIN visit v ON v.agency = c.agency AND v.scan = c.from_scan JOIN observation o ON o.finding = c.finding " \
        "AND v.id BETWEEN o.visit AND o.last_visit WHERE c.cause = 'second_look'"  # fmt: skip
    with closing(only_read(folder / "results.db")) as db:
        for hashes in db.execute(linked).fetchall():
            for sha256 in filter(None, hashes):
                path, offset = db.execute(
                    "SELECT path, warc_offset FROM evidence WHERE sha256 = ?", [sha256]
                ).fetchone()
                body = (root / path).read_bytes() if offset is None else evidence.read(root, path, offset).body
                assert digest(body) == sha256
                count += 1
    return count


def records(folder: Path) -> Iterator[tuple[str, str]]:
    """Record and the one that it refers to ("" for none), of every file that is there."""
    for path in sorted((folder / "var/evidence/warc").glob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                head = record.rec_headers
                yield head.get_header("WARC-Record-ID"), head.get_header("WARC-Refers-To") or ""


def whole(folder: Path) -> None:
    """Every revisit record that is kept has the record that it refers to, and no row names a file that is gone."""
    found = list(records(folder))
    assert {refers for _, refers in found if refers} <= {record for record, _ in found}
    with closing(only_read(folder / "results.db")) as db:
        named = {path for (path,) in db.execute("SELECT path FROM evidence WHERE path != ''")}
    assert all((folder / "var/evidence" / path).is_file() for path in named)


def run(folder: Path, *words: str) -> dict[str, Any]:
    done = CliRunner().invoke(cli, ["--config", str(folder / "prober.toml"), "prune", "--json", *words])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_is_shown_stays(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, links = shown(study), opens(study)
    held = {path for path in (study / "var/evidence").rglob("*") if path.is_file()}
    plan = run(study)
    assert plan["files"] and not plan["removed"]
    assert {path for path in (study / "var/evidence").rglob("*") if path.is_file()} == held  # the first run only tells

    def killed(root: Path, names: tuple[str, ...]) -> None:
        (root / names[0]).unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(service, "_unlink", killed)
        stopped = CliRunner().invoke(cli, ["--config", str(study / "prober.toml"), "prune", "--yes"])
        assert stopped.exit_code == 130
    whole(study)
    assert (shown(study), opens(study)) == (before, links)
    done = run(study, "--yes")
    whole(study)
    assert (shown(study), opens(study)) == (before, links)
    gone = {path.relative_to(study / "var/evidence").as_posix() for path in held if not path.exists()}
    warc = {name for name in plan["files"] if name.startswith("warc/")}
    assert warc <= gone <= set(plan["files"]) and set(done["files"]) < set(plan["files"])


def test_what_was_pruned_is_archived_again_when_it_comes_again(study: Path) -> None:
    run(study, "--yes")
    config, now = load(study / "prober.toml"), SystemClock(POBI.zone).now()
    with closing(open_results(config.paths.results)) as db:
        gone = db.execute(
            "SELECT p.url, e.sha256, o.snippet FROM evidence e JOIN page p ON p.sha256 = e.sha256 "
            "JOIN observation o ON o.page = p.id WHERE e.path = '' AND e.kind = 'warc'"
        ).fetchall()
    for url, sha256, body in gone[:1]:
        (agency,) = (agency for agency in SITES if agency.slug in url)
        exchange = Exchange(url, now, b"GET / HTTP/1.1", b"HTTP/1.1 200 OK", body.encode())
        seen, _ = _visit(agency, random.Random(0), now, NIGHTS)
        page = replace(seen.pages[0], url=url, sha256=sha256)
        found = replace(seen.findings[0], page_url=url, snippet=body)
        seen = replace(seen, pages=(page,), findings=(found,), verdicts=())
        with ScanWriter(Job((agency,), config, None, now, VIETNAMESE)) as writer:
            proof = PageProof(url, sha256, "text/html", exchange, b"")
            assert writer.merge(visit_file.write(writer.folder, writer.scan.id, seen, [proof]))
    whole(study)
    opens(study)


def test_old_snapshots_go_by_a_rule_of_their_own_and_keep_their_manifests(tmp_path: Path) -> None:
    rule = '[retention]\nevidence_days = 0\nsnapshots = 2\nkept_snapshots = ["b"]\n'
    (tmp_path / "prober.toml").write_text(f"{LIVE}{rule}", encoding="utf-8")
    config = load(tmp_path / "prober.toml")
    with closing(open_results(config.paths.results)) as db:
        sync(db, SITES, (), config.world)
    out = config.paths.snapshots
    for name in "abcde":
        (out / name / "csv").mkdir(parents=True)
        (out / name / "manifest.json").write_text("{}")
        for path in (out / name / "results.db", out / name / "csv/visit.csv"):
            path.write_bytes(b"12345")
            path.chmod(0o444)
    (out / "history.json").write_text(json.dumps([{"name": name} for name in "abcde"]))
    plan = run(tmp_path)
    assert (plan["snapshots"], plan["snapshot_bytes"], plan["files"]) == (["a", "c"], 20, [])
    assert all((out / name / "results.db").exists() for name in "abcde")
    assert run(tmp_path, "--yes")["snapshots"] == ["a", "c"] and run(tmp_path, "--yes")["snapshots"] == []
    assert {path.parts[-3] for path in out.glob("*/csv/*.csv")} == {"b", "d", "e"}
    assert {path.parent.name for path in out.glob("*/manifest.json")} == set("abcde")
    assert not (out / "a/csv").exists()


def test_a_rule_of_no_days_keeps_everything(tmp_path: Path) -> None:
    (tmp_path / "prober.toml").write_text(f"{LIVE}[retention]\nevidence_days = 0\n", encoding="utf-8")
    done = CliRunner().invoke(cli, ["--config", str(tmp_path / "prober.toml"), "prune", "--yes"])
    assert done.exit_code == 2 and "everything is kept" in done.output


def test_nothing_is_removed_while_a_crawl_runs(tmp_path: Path) -> None:
    (tmp_path / "prober.toml").write_text(LIVE, encoding="utf-8")
    config = load(tmp_path / "prober.toml")
    with closing(open_results(config.paths.results)) as db:
        sync(db, SITES, (), config.world)
    old = config.paths.evidence / "png/aa/aa.png"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"png")
    os.utime(old, (0, 0))
    assert run(tmp_path)["files"] == ["png/aa/aa.png"]
    with sole_crawl(config.paths.results):
        done = CliRunner().invoke(cli, ["--config", str(tmp_path / "prober.toml"), "prune", "--yes"])
    assert done.exit_code == 2 and "another crawl is writing" in done.output and old.exists()
    assert run(tmp_path, "--yes")["files"] == ["png/aa/aa.png"] and not old.exists()
