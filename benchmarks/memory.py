"""Peak memory of the crawling process at 63, 500 and 5,000 hosts."""

from pathlib import Path

from benchmarks import process
from benchmarks.many_hosts import registry
from benchmarks.places import job, loopback
from benchmarks.record import Result, Row, Tell

SIZES = (63, 500, 5_000)
PAGES = 1
LIMIT = 400


def run(folder: Path, tell: Tell) -> Result:
    peaks, rows = [], []
    with process.server("benchmarks.many_hosts", str(folder), str(max(SIZES)), log=folder / "log") as found:
        for hosts in SIZES:
            crawl = {"delay": 0.0, "pages_per_agency": PAGES, "browser": "none"}
            own = folder / f"crawl-{hosts}"
            done = process.worker(job(own, registry(hosts), loopback(found["proxy"]), **crawl), folder / "log", tell)
            peaks.append(done.peak)
            summary = done.said["summary"]
            each = done.cpu / summary["pages"] * 1000
            what = f"{hosts:,} hosts, {summary['pages']:,} pages, {done.wall:.0f} s, {each:.1f} ms CPU a page"
            rows.append(Row(what, f"{done.peak:.0f} MB", f"< {LIMIT} MB", done.peak < LIMIT))
            tell(f"{hosts} hosts: {done.peak:.0f} MB")
    growth = peaks[-1] / peaks[0]
    rows.append(Row(f"{SIZES[-1]:,} hosts against {SIZES[0]}", f"{growth:.2f}×", "≤ 1.20×", growth <= 1.2))
    return Result(
        rows,
        f"""
Virtual hosts of one server, each its own agency and its own host group, {PAGES} pages each (few, because the
question is what grows with hosts), delay 0, no browser, 100 visits at once, everything stored. The figure is the
largest resident set that the kernel saw for the crawling process (VmHWM).""",
    )
