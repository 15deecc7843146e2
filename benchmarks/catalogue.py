"""Every benchmark, in the order in which they run and stand in RESULTS.md."""

from benchmarks import crawl_cpu, harvest, memory, polite, sending
from benchmarks.record import Bench

BENCHES = (
    Bench("crawl", "Processor time of a crawl", crawl_cpu.run),
    Bench("harvest", "Links of a page", harvest.run),
    Bench("polite", "A polite crawl of 63 hosts", polite.run),
    Bench("memory", "Memory of a crawl", memory.run),
    Bench("sending", "Letters a second", sending.run),
)  # fmt: skip
