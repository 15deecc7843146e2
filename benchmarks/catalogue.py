"""Every benchmark, in the order in which they run and stand in RESULTS.md."""

from benchmarks import crawl_cpu, harvest, memory, order, polite, reading, rendered, results, sending, silence
from benchmarks.record import Bench

BENCHES = (
    Bench("crawl", "Processor time of a crawl", crawl_cpu.run),
    Bench("harvest", "Links of a page", harvest.run),
    Bench("polite", "A polite crawl of 63 hosts", polite.run),
    Bench("order", "Pages until the Q&A section is reached", order.run),
    Bench("rendered", "Pages that a browser shows", rendered.run),
    Bench("memory", "Memory of a crawl", memory.run),
    Bench("sending", "Letters a second", sending.run),
    Bench("reading", "Messages a second", reading.run),
    Bench("silence", "Who has not answered, among a million messages", silence.run),
    Bench("results", "What a reader waits for, at five million observations", results.run),
)
