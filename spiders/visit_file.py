"""Hand a finished visit from the process that made it to the one that stores it: one file for each agency.

In a crawling process `VisitPipeline`, an item pipeline of Scrapy, writes the files; the one that holds results.db reads
them (spiders.scan_writer).

A file is lines of JSON: the visit, then what proves its findings, one line for each page. The last line counts the
others and has their SHA-256. A file is whole or is refused; it gets its name when it is on the disk.

All that strangers wrote passes here on its way to results.db, its pages and the terminal: it is written without control
characters (prober.text.patterns), and without mail addresses that no detector found to be an office's: these
would keep all results from being published (prober.reporting.publish.gates). The page itself is evidence and
stays as it was sent.
"""

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import msgspec

from prober import owner_only
from prober.domain.finding import State
from prober.domain.hostnames import ANY_ADDRESS
from prober.domain.indicator import Kind
from prober.domain.reason import from_json, to_json
from prober.domain.verdicts import Verdict
from prober.domain.visit import Exchange, VisitResult, digest, unseen
from prober.errors import place
from prober.text.patterns import map_texts, without_controls

if TYPE_CHECKING:  # what only reads such files loads neither Scrapy nor the visits
    from scrapy.crawler import Crawler

    from spiders.visit.step import StepResult
    from spiders.visit.visit_runner import Visited

log = logging.getLogger(__name__)

FORMAT = 3
SUFFIX = ".visit"
MASKED = "<address>"


class DamagedVisit(ValueError):
    """A file is cut, altered, or of another scan or version: its agency has to be visited again."""


class PageProof(msgspec.Struct, frozen=True):
    """Proof of findings on one page: the page as it was sent, and its picture; each may be missing."""

    url: str
    sha256: str  # of the body, decoded
    media_type: str
    exchange: Exchange | None
    screenshot: bytes


class _Verdict(msgspec.Struct, array_like=True):
    """A verdict with its reasons in the form of the database, and the number of the finding that proves it."""

    kind: str
    state: State
    level: int
    reasons: str
    proof: int | None


class _Visit(msgspec.Struct):
    format: int
    scan: int
    result: VisitResult  # without verdicts and suspicions, and without the reasons of the rest
    verdicts: tuple[_Verdict, ...]
    suspect: str
    failure_detail: str
    steps: tuple[str, ...]  # the reasons of the steps of its record


_encoder = msgspec.json.Encoder()
_visits = msgspec.json.Decoder(_Visit)
_proofs = msgspec.json.Decoder(PageProof)


def path_of(folder: Path, agency: str) -> Path:
    """Return where in `folder` the visit to `agency` (an Agency.id) is put.

    >>> path_of(Path("visits"), "2019-ca-mau").name
    '2019-ca-mau.visit'
    """
    return folder / f"{quote(agency, safe='')}{SUFFIX}"


def agency_of(path: Path) -> str:
    """Return the agency whose visit the file at `path` has, by its name."""
    return unquote(path.name.removesuffix(SUFFIX))


def write(folder: Path, scan: int, visit: VisitResult, proofs: Iterable[PageProof]) -> Path:
    """Write a visit of `scan` into `folder`, and return its path when it is whole and on the disk.

    Raises OSError.
    """
    owner_only.folder(folder)
    target = path_of(folder, visit.agency)
    part = folder / f".{target.name}.{os.getpid()}.tmp"
    lines, told, clean = 0, sha256(), _cleaning(visit)
    try:
        with open(part, "wb", opener=owner_only.opener) as file:
            for content in (_packed(scan, visit), *proofs):
                line = _encoder.encode(map_texts(msgspec.to_builtins(content, builtin_types=(bytes,)), clean)) + b"\n"
                file.write(line)
                told.update(line)
                lines += 1
            file.write(_end(lines, told.hexdigest()))
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def read(path: Path, scan: int) -> tuple[VisitResult, Iterator[PageProof]]:
    """Return a visit of `scan`, and its proofs one after the other. Raises DamagedVisit, OSError."""
    lines = _whole(path)
    try:
        with path.open("rb") as file:
            packed = _visits.decode(file.readline())
        if (packed.format, packed.scan, packed.result.agency) != (FORMAT, scan, agency_of(path)):
            raise DamagedVisit(f"{path}: a visit of another scan, agency or version")
        visit = _unpacked(packed)
    except (ValueError, LookupError) as error:
        raise DamagedVisit(f"{path}: {error}") from error
    return visit, _proofs_of(path, lines)


def lacks_browser(path: Path) -> bool:
    """Return True if a page of the visit in a file was to be rendered, and its machine has no browser."""
    with path.open("rb") as file:
        try:
            return _visits.decode(file.readline()).result.without_browser
        except msgspec.DecodeError:  # damaged: whoever reads it will see
            return False


def whole(folder: Path, scan: int) -> Iterator[Path]:
    """Yield the files in `folder` that have a visit of `scan`; what is no such file is removed."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            read(path, scan)
        except DamagedVisit:
            path.unlink()
        else:
            yield path


def _packed(scan: int, visit: VisitResult) -> _Visit:
    numbers = {id(finding): number for number, finding in enumerate(visit.findings)}
    verdicts = tuple(
        _Verdict(one.kind, one.state, one.level, to_json(one.reasons), numbers.get(id(one.proof)))
        for one in visit.verdicts
    )
    told = tuple(to_json(step.reasons) for step in visit.record.steps)
    record = replace(visit.record, steps=tuple(replace(step, reasons=()) for step in visit.record.steps))
    plain = replace(visit, verdicts=(), suspect=(), failure_detail=(), record=record)
    return _Visit(FORMAT, scan, plain, verdicts, to_json(visit.suspect), to_json(visit.failure_detail), told)


def _cleaning(visit: VisitResult) -> Callable[[str], str]:
    """Return what is done to every text of a visit."""
    found = {finding.value.lower() for finding in visit.findings if finding.kind == Kind.EMAIL}

    def instead(address: re.Match[str]) -> str:
        return address[0] if address[0].lower() in found else MASKED

    return lambda text: ANY_ADDRESS.sub(instead, without_controls(text)) if "@" in text else without_controls(text)


def _unpacked(packed: _Visit) -> VisitResult:
    found = packed.result.findings
    verdicts = tuple(
        Verdict(one.kind, one.state, one.level, from_json(one.reasons), None if one.proof is None else found[one.proof])
        for one in packed.verdicts
    )
    its = zip(packed.result.record.steps, packed.steps, strict=True)
    record = replace(packed.result.record, steps=tuple(replace(step, reasons=from_json(told)) for step, told in its))
    return replace(
        packed.result, verdicts=verdicts, suspect=from_json(packed.suspect), record=record,
        failure_detail=from_json(packed.failure_detail),
    )  # fmt: skip


def _proofs_of(path: Path, lines: int) -> Iterator[PageProof]:
    with path.open("rb") as file:
        file.readline()
        for _ in range(lines - 1):
            yield _proofs.decode(file.readline())


def _whole(path: Path) -> int:
    """Return the number of lines of a file without its last one, which must tell of exactly these."""
    lines, told, last = 0, sha256(), b""
    with path.open("rb") as file:
        for line in file:
            lines += bool(last)
            told.update(last)
            last = line
    if not lines or last != _end(lines, told.hexdigest()):
        raise DamagedVisit(f"{path}: cut or altered")
    return lines


def _end(lines: int, digest: str) -> bytes:
    return f"end {lines} {digest}\n".encode()


class VisitPipeline:
    """Write each visit into a file, then give the spider its path."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "VisitPipeline":
        return cls(crawler)

    async def process_item(self, item: "Visited") -> "Visited":
        """Hand a visit over. Raises nothing: an error such as a full disk ends the crawl, which can be resumed."""
        spider = self._crawler.spider
        try:
            spider.hand_over(self._written(item))  # type: ignore[union-attr]
        except Exception as error:
            spider.break_off(error)  # type: ignore[union-attr]
        return item

    def _written(self, item: "Visited") -> Path:
        """Return the file of a visit. One that no file can hold is written as one on which the prober failed."""
        shard, seen = self._crawler.spider.shard, item.result  # type: ignore[union-attr]
        try:
            return write(shard.folder, shard.scan, seen, map(_proof, item.proofs.items()))
        except OSError:
            raise
        except Exception as error:
            log.exception("the visit to %s cannot be written", seen.agency)
            lost = unseen(seen.agency, place(error), seen.started_at, seen.finished_at, shard.job.sought)
            return write(shard.folder, shard.scan, lost, ())


def _proof(proving: tuple[str, "StepResult"]) -> PageProof:
    url, result = proving
    sha256 = result.sha256 or (digest(result.exchange.body) if result.exchange else "")
    return PageProof(url, sha256, result.declared or "text/html", result.exchange, result.screenshot)
