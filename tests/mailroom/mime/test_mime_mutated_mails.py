"""Saved mails, mutated: no exception leaves the reading of a message, and none takes over 2 s or 300 MB.

They are read in a process of their own (mutated_mails.py), which is killed if one of them does not end.
"""

import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mailroom.mime.hostile_mails import HOSTILE
from tests.processor import allowed

SECONDS, MEGABYTES = 3.0, 300  # of processor time, of the processor of tests.processor; alone none takes 2 s
FEW = 30  # mutated mails; ten thousand others are a proof
PATIENCE = 60.0  # seconds by the clock for one message, on a machine that does other things
Cost = tuple[float, int]


class Reader:
    """The process; another takes its place when it ended with the message that it was reading."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        script = Path(__file__).with_name("mutated_mails.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def end(self) -> None:
        with self.process as process:
            assert process.stdin
            process.stdin.close()
            process.wait(20)

    def again(self) -> None:
        self.end()
        self.start()

    def cost(self, seed: int | str) -> Cost:
        """Processor seconds and megabytes. One that is over the limit is measured again, because a busy machine adds to
        the processor time; the lesser counts."""
        first = self._cost(seed)
        return first if first[0] <= allowed(SECONDS) else min(first, self._cost(seed))

    def _cost(self, seed: int | str) -> Cost:
        """One measurement. Fails, with the seed, on an exception or a message that does not end.

        A hostile mail has a name in place of a seed.
        """
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{seed}\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
            self.process.kill()
            self.again()
            pytest.fail(f"seed {seed}: not read after {PATIENCE:.0f} s")
        answer = self.process.stdout.readline().split()
        if not answer:
            self.again()
            pytest.fail(f"seed {seed}: an exception left the reading, see standard error")
        return float(answer[0]), int(answer[1])


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One for all messages: what each costs is the difference to before it."""
    reader = Reader()
    yield reader
    reader.end()


def check(reader: Reader, seeds: range) -> tuple[Cost, Cost]:
    """The dearest in time and in memory."""
    costs = {seed: reader.cost(seed) for seed in seeds}
    dear = {seed: cost for seed, cost in costs.items() if cost[0] > allowed(SECONDS) or cost[1] > MEGABYTES}
    assert dear == {}
    return max(costs.values()), max(costs.values(), key=lambda cost: cost[1])


def test_mutated_mails_are_read(reader: Reader) -> None:
    slowest, largest = check(reader, range(FEW))
    assert slowest[0] > 0 and largest[1] > 0  # they were measured


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_costs_no_more_than_another(reader: Reader, name: str) -> None:
    seconds, megabytes = reader.cost(name)
    assert seconds <= allowed(SECONDS) and megabytes <= MEGABYTES  # the system counts in hundredths: some take none


@pytest.mark.proof
def test_ten_thousand_mutated_mails_are_read(reader: Reader, capsys: pytest.CaptureFixture[str]) -> None:
    slowest, largest = check(reader, range(FEW, FEW + 10_000))
    with capsys.disabled():
        print(f"\n10,000 mutated mails: no exception, none over {slowest[0]:.2f} s or {largest[1]} MB")
