"""`make fleet-demo` on six provinces: workers take the settings of the embedded world; the table is the demo's."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.needs("redis-server"), pytest.mark.needs("chromium")]


def test_two_workers_end_with_the_table_of_the_demo(tmp_path: Path) -> None:
    prober = Path(sys.executable).with_name("prober")
    done = subprocess.run(
        ["sh", ROOT / "deploy/fleet-demo", prober, "--small"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    logs = [(tmp_path / f"var/fleet-demo/worker-{n}.log").read_text(encoding="utf-8") for n in (1, 2)]
    assert done.returncode == 0, (done.stderr[-2000:], logs)
    assert "Portal has a Q&A section and a contact email" in done.stdout and "5 of 6" in done.stdout
    assert not any("nothing was visited" in log for log in logs)
