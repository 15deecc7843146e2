"""Every benchmark, in the order in which they run and stand in RESULTS.md."""

from benchmarks import crawl_cpu, harvest
from benchmarks.record import Bench

BENCHES = (
    Bench("crawl", "Processor time of a crawl", crawl_cpu.run),
    Bench("harvest", "Links of a page", harvest.run),
)  # fmt: skip
