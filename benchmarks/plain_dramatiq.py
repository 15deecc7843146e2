"""Crawl parts of a list by Dramatiq alone: a message is some hosts, a worker crawls them by Scrapy in a child.

`dramatiq benchmarks.plain_dramatiq` runs a worker, `python -m benchmarks.plain_dramatiq` sends it the parts, lists of
addresses, on standard input. PLAIN_DRAMATIQ holds {"redis", "out", "delay"} as JSON. No lease and no protocol: what
Dramatiq promises, a message that is delivered until its actor has returned, is all there is.
"""

import json
import os
import subprocess
import sys

import dramatiq
from dramatiq.brokers.redis import RedisBroker

HEARTBEAT_MS = 6_000  # scaled down from 60 s like our lease
ALWAYS = 1_000_000  # of a million fetches look for messages of dead workers: by its own 1,000 they come after hours

its = json.loads(os.environ["PLAIN_DRAMATIQ"])
broker = RedisBroker(url=its["redis"], heartbeat_timeout=HEARTBEAT_MS, maintenance_chance=ALWAYS)
dramatiq.set_broker(broker)


@dramatiq.actor(time_limit=float("inf"))  # its own ten minutes would end long parts; retries as by default
def crawl(starts: list[str]) -> None:
    given = json.dumps({"starts": starts, "delay": its["delay"], "redis": ""})
    command = [sys.executable, "-m", "benchmarks.shared_spider", its["out"]]
    subprocess.run(command, input=given, text=True, check=True)


if __name__ == "__main__":
    from benchmarks import plain_dramatiq  # by its name, under which the workers know the actor

    for part in json.load(sys.stdin):
        plain_dramatiq.crawl.send(part)
