"""Run the watcher of `prober mailbox watch` as a program: `python -m benchmarks.listener FOLDER ENDPOINT.json`.

Prints "{}" after its first pass, ends with its input.
"""

import json
import sys
import threading
from pathlib import Path

from benchmarks.correspondence import databases, mailbox
from mailroom.intake.watch import Stop, watch
from prober.clock import SystemClock
from prober.sandbox import client
from tests.pobi import HANOI, POBI


def main() -> None:
    folder = Path(sys.argv[1])
    endpoint = client.Endpoint(**json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
    private, results = databases(folder)
    stop = Stop()

    def until_input_ends() -> None:
        sys.stdin.buffer.read()
        stop.set()

    threading.Thread(target=until_input_ends, daemon=True).start()
    watch(
        private, results, mailbox(endpoint), endpoint.imap_password, SystemClock(HANOI), POBI,
        lambda done: print("{}", flush=True), stop=stop,
    )  # fmt: skip
    for db in (private, results):
        db.close()


if __name__ == "__main__":
    main()
