"""A crawling process needs no results.db: it gets a shard, leaves a file for each visit, and stops when it must."""

import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from prober.documents import child_process
from prober.store import open_results
from prober.store.results.registry import sync
from spiders import visit_file
from spiders.job import Background, Job, Shard
from spiders.portal import NOT_PERMITTED
from spiders.scan_writer import ScanWriter
from tests.languages import VIETNAMESE
from tests.spiders.web import NOW, Bench, Web, agency, plain_site

AGENCIES = (agency("ca-mau"), agency("ha-giang"))


@dataclass(frozen=True)
class Until:
    """Permits requests until a file is there."""

    file: Path

    def may_send(self) -> bool:
        return not self.file.exists()


def job_of(bench: Bench) -> Job:
    return Job(AGENCIES, bench.config, bench.endpoint, NOW, VIETNAMESE)


@contextmanager
def running(shard: Shard) -> "Iterator[subprocess.Popen[bytes]]":
    child = subprocess.Popen(
        child_process.command("spiders", "shard"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, start_new_session=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert child.stdin and child.stdout
    try:
        pickle.dump(shard, child.stdin)
        child.stdin.flush()
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()


def test_a_shard_is_visited_without_a_database_and_its_files_are_stored_once(web: Web, bench: Bench) -> None:
    web.sites |= {"camau.gov.test": plain_site(), "hagiang.gov.test": plain_site("vanphong@hagiang.gov.test")}
    job = job_of(bench)
    elsewhere = replace(bench.config, paths=replace(bench.config.paths, results=Path("/nonexistent/results.db")))
    shard = Shard(replace(job, config=elsewhere), 1, Background(AGENCIES), bench.config.paths.visits / "scan-00001")
    with running(shard) as child:
        assert child.stdout
        told = [json.loads(line) for line in child.stdout]
        assert child.wait(10) == 0
    begun = {message["begun"] for message in told if "begun" in message}
    files = sorted(Path(message["visit"]) for message in told if "visit" in message)
    assert begun == {a.id for a in AGENCIES} == {visit_file.agency_of(path) for path in files}
    db = open_results(bench.config.paths.results)
    sync(db, AGENCIES, (), job.config.world)
    db.close()
    again = [(path, path.read_bytes()) for path in files]
    files[1].write_bytes(again[1][1][:-1])  # as a full disk would leave it
    progress: list[tuple[int, int, str]] = []
    with ScanWriter(job, lambda *told: progress.append(told)) as writer:  # stores what lies there
        assert [a.id for a in writer.missing()] == ["2019-ha-giang"] and not writer.folder.exists()
        writer.folder.mkdir()
        for path, content in again:
            path.write_bytes(content)
            assert writer.merge(path) and not path.exists()
    assert [done for done, _, _ in progress] == [1, 2]
    assert bench.rows("SELECT agency, outcome FROM visit ORDER BY id") == [(a.id, "seen") for a in AGENCIES]
    assert bench.rows("SELECT status FROM scan") == [("complete",)] and not writer.folder.exists()
    kept = bench.rows("SELECT COUNT(*), COUNT(DISTINCT warc_offset) FROM evidence WHERE kind = 'warc'")
    assert kept[0][0] == kept[0][1] > 2


def test_a_process_without_a_permit_ends_before_its_next_request(web: Web, bench: Bench, tmp_path: Path) -> None:
    web.sites |= {"camau.gov.test": plain_site(), "hagiang.gov.test": plain_site()}
    folder = bench.config.paths.visits
    taken = tmp_path / "taken"
    with running(Shard(job_of(bench), 1, Background(AGENCIES), folder, permit=Until(taken))) as child:
        while len(web.log) < 4 and child.poll() is None:
            time.sleep(0.005)
        taken.touch()
        sent = len(web.log)
        assert child.wait(10) == NOT_PERMITTED == 75
    assert 4 <= len(web.log) <= sent + 1  # one might have been on its way
    assert not list(folder.glob("*"))


def test_the_first_request_waits_until_it_may_be_sent(web: Web, bench: Bench) -> None:
    web.sites["camau.gov.test"] = plain_site()
    first = time.monotonic() + 4.0
    with running(Shard(job_of(bench), 1, Background(AGENCIES), bench.config.paths.visits, not_before=first)) as child:
        while not web.log and child.poll() is None:
            time.sleep(0.01)
    assert web.log[0].at >= first
