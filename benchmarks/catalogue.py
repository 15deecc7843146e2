"""List every benchmark, in the order in which they run and appear in RESULTS.md."""

from benchmarks import crowd, many_messages, night, order, polite, reading, results, scale, sending
from benchmarks.record import Bench

BENCHES = (
    Bench("polite", "A polite crawl of 63 hosts", polite.run),
    Bench("order", "Pages until the Q&A section is reached", order.run),
    Bench("night", "Processor time and memory of a night", night.run),
    Bench("scale", "What a host costs as a country grows", scale.run),
    Bench("sending", "Letters a second, each durable", sending.run),
    Bench("reading", "First sync of a mailbox, and a delivery until its row", reading.run),
    Bench("memory", "Memory over 100,000 messages", many_messages.run),
    Bench("results", "What a reader waits for, at five million observations", results.run),
    Bench("crowd", "32 readers at once, beside plain files from nginx", crowd.run),
)
