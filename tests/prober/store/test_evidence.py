"""Evidence files: named by content, whole or not there, readable after a kill."""

import gzip
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from prober.domain.visit import Exchange, NotModified, digest
from prober.store.evidence import WarcFile, kept, payload_digest, put, read
from tests.pobi import HANOI


def exchange(n: int) -> Exchange:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nX-Lines: a\r\nX-Lines: b"
    return Exchange(
        f"http://camau.gov.test/{n}", datetime(2020, 4, 13, 8, tzinfo=HANOI), b"GET / HTTP/1.1\r\nHost: camau.gov.test",
        head, f"<p>Hỏi đáp {n}</p>".encode() * 100,
    )  # fmt: skip


def test_content_is_kept_once_under_its_hash(tmp_path: Path) -> None:
    one, two = put(tmp_path, b"anh", ".png"), put(tmp_path, b"anh", ".png")
    assert one == two and one.sha256 == digest(b"anh")
    assert (tmp_path / one.path).read_bytes() == b"anh"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / one.path]


def test_a_record_is_read_back_as_it_was_received(tmp_path: Path) -> None:
    warc = WarcFile(tmp_path, "scan.warc.gz", "prober")
    offsets = [warc.append(exchange(n)) for n in range(3)]
    warc.sync()
    warc.close()
    record = read(tmp_path, "scan.warc.gz", offsets[1])
    assert record.body == exchange(1).body and record.head.count(b"X-Lines") == 2
    assert (record.url, record.date, record.content_type) == (
        exchange(1).url, "2020-04-13T01:00:00Z", "text/html; charset=utf-8",
    )  # fmt: skip
    with (tmp_path / "scan.warc.gz").open("rb") as file:
        kinds = [record.rec_type for record in ArchiveIterator(file)]
    assert kinds == ["warcinfo", *["request", "response"] * 3]


@pytest.mark.parametrize("confirmed", [False, True])
def test_what_has_not_changed_is_a_revisit_of_its_first_record(tmp_path: Path, confirmed: bool) -> None:
    first = WarcFile(tmp_path, "1.warc.gz", "prober")
    offset = first.append(exchange(1))
    first.close()
    earlier = kept(tmp_path, "1.warc.gz", offset)
    assert earlier.digest == payload_digest(exchange(1)) != payload_digest(exchange(2))
    at = datetime(2020, 4, 14, 8, tzinfo=HANOI)
    tonight = NotModified(at, b"GET / HTTP/1.1", b"HTTP/1.1 304 Not Modified\r\nETag: x")
    second = WarcFile(tmp_path, "2.warc.gz", "prober")
    second.append_revisit(replace(exchange(1), confirmed=tonight if confirmed else None), earlier)
    second.close()
    with (tmp_path / "2.warc.gz").open("rb") as file:
        records = [
            (each.rec_headers, each.http_headers, each.content_stream().read()) for each in ArchiveIterator(file)
        ]
    assert [head["WARC-Type"] for head, *_ in records] == ["warcinfo", "request", "revisit"]
    head, http, body = records[2]
    profile = "server-not-modified" if confirmed else "identical-payload-digest"
    assert head["WARC-Profile"] == f"http://netpreserve.org/warc/1.1/revisit/{profile}"
    assert (head["WARC-Refers-To-Target-URI"], head["WARC-Refers-To-Date"]) == (exchange(1).url, "2020-04-13T01:00:00Z")
    assert head["WARC-Date"] == ("2020-04-14T01:00:00Z" if confirmed else "2020-04-13T01:00:00Z")
    assert (head["WARC-Refers-To"], head["WARC-Payload-Digest"]) == (earlier.record, earlier.digest)
    assert http.get_statuscode() == ("304" if confirmed else "200") and body == b""
    assert records[1][0]["WARC-Concurrent-To"] == head["WARC-Record-ID"]


@pytest.mark.parametrize("torn", [0, 1, 40, 4000], ids=["nothing", "a byte", "half a record", "more than a record"])
def test_what_a_killed_crawl_left_behind_is_cut_off(tmp_path: Path, torn: int) -> None:
    warc = WarcFile(tmp_path, "scan.warc.gz", "prober")
    committed = warc.append(exchange(1))
    warc.sync()
    size = (tmp_path / "scan.warc.gz").stat().st_size
    for n in range(2, 40):
        warc.append(exchange(n))
    warc.close()
    whole = (tmp_path / "scan.warc.gz").read_bytes()
    (tmp_path / "scan.warc.gz").write_bytes(whole[: size + torn])
    again = WarcFile(tmp_path, "scan.warc.gz", "prober", committed)
    offset = again.append(exchange(99))
    again.close()
    with (tmp_path / "scan.warc.gz").open("rb") as file:
        urls = [r.rec_headers["WARC-Target-URI"] for r in ArchiveIterator(file) if r.rec_type == "response"]
    assert urls == ["http://camau.gov.test/1", "http://camau.gov.test/99"]
    assert read(tmp_path, "scan.warc.gz", offset).body == exchange(99).body


def test_a_revisit_is_read_with_the_content_of_the_record_that_it_refers_to(tmp_path: Path) -> None:
    with closing(WarcFile(tmp_path, "1.warc.gz", "prober")) as first:
        first.append(exchange(0))
        offset = first.append(exchange(1))
    with closing(WarcFile(tmp_path, "2.warc.gz", "prober")) as second:
        at = datetime(2020, 4, 14, 8, tzinfo=HANOI)
        tonight = NotModified(at, b"GET / HTTP/1.1", b"HTTP/1.1 304 Not Modified\r\nETag: x")
        second.append_revisit(replace(exchange(1), confirmed=tonight), kept(tmp_path, "1.warc.gz", offset))
    with (tmp_path / "2.warc.gz").open("rb") as file:
        records = ArchiveIterator(file)
        offsets = [records.get_record_offset() for record in records if record.rec_type == "revisit"]
    found = read(tmp_path, "2.warc.gz", offsets[0])
    assert (found.body, found.date) == (exchange(1).body, "2020-04-14T01:00:00Z")
    assert found.content_type == "text/html; charset=utf-8"  # 304 has none of its own
    (tmp_path / "1.warc.gz").unlink()
    with pytest.raises(ValueError, match="to which a revisit refers is gone"):
        read(tmp_path, "2.warc.gz", offsets[0])


def test_a_body_is_decoded_as_far_as_asked_for(tmp_path: Path) -> None:
    bomb = replace(
        exchange(1), head=b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip", body=gzip.compress(b"x" * 50_000_000)
    )
    with closing(WarcFile(tmp_path, "1.warc.gz", "prober")) as file:
        offset = file.append(bomb)
    found = read(tmp_path, "1.warc.gz", offset, most=1000)
    assert found.body == b"x" * 1000 and found.is_cut


@pytest.mark.parametrize("path", ["../1.warc.gz", "/etc/passwd"])
def test_no_file_outside_of_the_evidence_is_read(tmp_path: Path, path: str) -> None:
    (tmp_path / "evidence").mkdir()
    with closing(WarcFile(tmp_path, "1.warc.gz", "prober")) as file:
        offset = file.append(exchange(1))
    with pytest.raises(ValueError, match="not below the folder of evidence"):
        read(tmp_path / "evidence", path, offset)


def test_an_offset_without_a_record_is_no_record(tmp_path: Path) -> None:
    with closing(WarcFile(tmp_path, "1.warc.gz", "prober")) as file:
        offset = file.append(exchange(1))
    for wrong in (0, offset + 1, offset + 10_000_000):  # the head of the file, the middle of a record, beyond
        with pytest.raises(ValueError, match="has no"):
            read(tmp_path, "1.warc.gz", wrong)
