"""Measure processor time and memory of a night, of the same night once more, and their growth with the hosts."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks import process
from benchmarks.many_hosts import registry
from benchmarks.places import SEED, agencies, job, known_truth, loopback
from benchmarks.process import Measured
from benchmarks.record import Result, Row, Tell
from prober.domain.agency import Agency
from prober.sandbox import client

QUICK = {"delay": 0.0, "browser": "none", "pages_per_agency": 40, "timeout": 6.0}
SIZES = (63, 500, 5_000)
PAGES = 1
LIMIT = 400
# Most of the processor time of a first night that the next may take where no page has changed.
AGAIN, CONFIRMED = 0.65, 0.45


def run(folder: Path, tell: Tell) -> Result:
    (night, again), sites = _nights(folder / "plain", tell)
    (dated, confirmed), _ = _nights(folder / "validators", tell, validators=True)
    shares = again.cpu / night.cpu, confirmed.cpu / dated.cpu
    grown = _grown(folder, tell)
    growth = grown[SIZES[-1]].peak / grown[SIZES[0]].peak
    return Result(
        (
            Row(f"a night of {sites} sites: {_said(night)}", f"{night.cpu:.1f} s CPU, {night.peak:.0f} MB"),
            Row("the next night, no page changed", f"{shares[0]:.2f}×", f"≤ {AGAIN}×", shares[0] <= AGAIN),
            Row("the same, with validators", f"{shares[1]:.2f}×", f"≤ {CONFIRMED}×", shares[1] <= CONFIRMED),
            *(
                Row(f"{hosts:,} hosts: {_said(done)}", f"{done.peak:.0f} MB", f"< {LIMIT} MB", done.peak < LIMIT)
                for hosts, done in grown.items()
            ),
            Row(f"{SIZES[-1]:,} hosts against {SIZES[0]}", f"{growth:.2f}×", "≤ 1.20×", growth <= 1.2),
        ),
        f"""
The night is a crawl of the reachable sites of the embedded world through its proxy, robots.txt obeyed, at most
{QUICK["pages_per_agency"]} pages a site; every detector runs, WARC records and one transaction a site are stored. The
next night is the same crawl with the caches of the first; with validators sites send an ETag, and 304 where it is
named. The hosts below it are virtual hosts of one server, each its own agency and its own host group, {PAGES} pages
each (few, because the question is what grows with hosts), 100 visits at once. No browser and a delay of 0 in all.
Processor time is user and system time of the crawling process from the kernel, start-up included; memory is the
largest resident set that the kernel saw for it (VmHWM).""",
    )


def _nights(folder: Path, tell: Tell, validators: bool = False) -> tuple[list[Measured], int]:
    """Crawl the sites of the world twice, except those that no crawler can reach, which would only add waiting."""
    with client.running(folder / "world", SEED, validators=validators) as endpoint:
        truth = known_truth(folder / "world")
        hidden = {slug for kind in ("portals", "finance") for slug, site in truth[kind].items() if site["hidden"]}
        chosen = [agency for agency in agencies(endpoint) if agency.slug not in hidden]
        done = [_crawled(folder, chosen, endpoint, tell) for _ in range(2)]
    return done, len(chosen)


def _crawled(folder: Path, chosen: Sequence[Agency], endpoint: client.Endpoint, tell: Tell) -> Measured:
    return process.worker(job(folder / "night", chosen, endpoint, **QUICK), folder / "log", tell)


def _grown(folder: Path, tell: Tell) -> dict[int, Measured]:
    """Return number of hosts → the crawl of so many."""
    found = {}
    with process.server("benchmarks.many_hosts", str(folder), str(max(SIZES)), log=folder / "log") as server:
        for hosts in SIZES:
            crawl = {"delay": 0.0, "pages_per_agency": PAGES, "browser": "none"}
            work = job(folder / f"crawl-{hosts}", registry(hosts), loopback(server["proxy"]), **crawl)
            found[hosts] = process.worker(work, folder / "log", tell)
            tell(f"{hosts} hosts: {found[hosts].peak:.0f} MB")
    return found


def _said(done: Measured) -> str:
    pages = done.said["summary"]["pages"]
    return f"{pages:,} pages, {done.wall:.0f} s, {done.cpu / pages * 1000:.1f} ms CPU a page"
