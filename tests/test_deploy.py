"""The systemd units are valid."""

import subprocess
from pathlib import Path

import pytest

UNITS = sorted(Path(__file__).parents[1].glob("deploy/systemd/prober-*"))


@pytest.mark.needs("systemd-analyze")
def test_units_pass_systemd_analyze_verify() -> None:
    assert len(UNITS) == 3
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *UNITS], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_page_that_takes_all_memory_does_not_end_the_night() -> None:
    lines = next(unit for unit in UNITS if unit.name == "prober-nightly.service").read_text().splitlines()
    assert {"OOMPolicy=continue", "MemoryMax=3G"} <= set(lines)
    assert not [line for line in lines if line.startswith(("RestrictNamespaces", "PrivateUsers"))]
