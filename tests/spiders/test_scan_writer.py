"""One writer stores the visits of a scan: the first whole one to an agency counts, whatever else arrives."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from prober.domain.visit import VisitResult
from prober.store import open_results
from prober.store.results.registry import sync
from spiders import visit_file
from spiders.job import Job
from spiders.scan_writer import ScanWriter
from spiders.visit_file import PageProof
from tests.languages import VIETNAMESE
from tests.spiders.test_visit_file import EXCHANGE, URL, VISIT
from tests.spiders.web import NOW, Bench, Web, agency

AGENCIES = (agency("ca-mau"), agency("ha-giang"))
SEEN = replace(VISIT, threads=(), archive_list=None, suspect=(), sites=(), checks=())
PROOF = PageProof(URL, "cd" * 32, "text/html", EXCHANGE, b"")


@pytest.fixture
def bench(web: Web, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench.at(tmp_path, web)
    db = open_results(bench.config.paths.results)
    sync(db, AGENCIES, (), bench.config.world)
    db.close()
    yield bench


def job_of(bench: Bench) -> Job:
    return Job(AGENCIES, bench.config, bench.endpoint, NOW, VIETNAMESE)


def given(writer: ScanWriter, visit: VisitResult, *proofs: PageProof) -> Path:
    return visit_file.write(writer.folder, writer.scan.id, visit, proofs)


def test_the_first_visit_counts_and_a_second_changes_nothing(bench: Bench) -> None:
    with ScanWriter(job_of(bench)) as writer:
        assert writer.merge(given(writer, SEEN, PROOF))
        before = (
            bench.rows("SELECT * FROM visit"),
            bench.rows("SELECT * FROM evidence"),
            bench.rows("SELECT * FROM page"),
        )
        warc = (bench.config.paths.evidence / writer.scan.warc_name).read_bytes()
        second = replace(SEEN, outcome="seen", findings=(), verdicts=(), requests=99)
        assert writer.merge(given(writer, second, replace_body(PROOF)))
        assert before == (
            bench.rows("SELECT * FROM visit"), bench.rows("SELECT * FROM evidence"), bench.rows("SELECT * FROM page")
        )  # fmt: skip
        assert (bench.config.paths.evidence / writer.scan.warc_name).read_bytes() == warc
    assert bench.rows("SELECT status FROM scan") == [("interrupted",)]
    assert bench.rows("SELECT requests, COUNT(*) FROM visit") == [(7, 1)]
    assert bench.rows("SELECT kind, observation IS NULL FROM verdict ORDER BY kind") == [("email", 1), ("qa", 0)]


def replace_body(proof: PageProof) -> PageProof:
    return PageProof(proof.url, "ef" * 32, proof.media_type, replace(EXCHANGE, body=b"other"), b"")


def test_a_damaged_file_leaves_its_agency_to_be_visited(bench: Bench) -> None:
    with ScanWriter(job_of(bench)) as writer:
        path = given(writer, SEEN, PROOF)
        path.write_bytes(path.read_bytes()[:-2])
        assert not writer.merge(path) and not path.exists()
        assert writer.missing() == list(AGENCIES)
    assert bench.rows("SELECT COUNT(*) FROM visit") == [(0,)]


def test_a_visit_that_the_database_refuses_is_stored_as_a_failure(bench: Bench) -> None:
    nowhere = replace(SEEN, findings=tuple(replace(found, page_url="http://nowhere/") for found in SEEN.findings))
    with ScanWriter(job_of(bench)) as writer:
        assert writer.merge(given(writer, nowhere))
    assert bench.rows("SELECT agency, outcome, failure FROM visit") == [("2019-ca-mau", "unreachable", "internal")]


def test_a_resumed_scan_stores_what_a_killed_writer_left(bench: Bench) -> None:
    writer = ScanWriter(job_of(bench))
    given(writer, SEEN, PROOF)
    (writer.folder / ".2019-ha-giang.visit.1.tmp").write_bytes(b"half")
    with ScanWriter(job_of(bench)) as resumed:
        assert resumed.scan.resumed and [a.id for a in resumed.missing()] == ["2019-ha-giang"]
        assert not resumed.folder.exists()
        assert resumed.not_before > 0 == writer.not_before
        assert resumed.shard(resumed.missing()).job.agencies == AGENCIES[1:]
        given(resumed, replace(SEEN, agency="2019-ha-giang"))
    with ScanWriter(job_of(bench)) as last:
        assert last.missing() == []
    assert bench.rows("SELECT status FROM scan") == [("complete",)]
    assert not writer.folder.exists()
