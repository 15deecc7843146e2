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
