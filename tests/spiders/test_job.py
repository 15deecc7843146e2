"""The job of `scrapy crawl portal`, which no command of ours prepared."""

import os
import subprocess
import sys
from pathlib import Path

from prober.store import open_results

CONFIG = 'world = "sandbox"\n\n[crawl]\ndelay = 0.0\nbrowser = "none"\n\n[sandbox]\nsmall = true\n'


def test_scrapy_crawl_has_world_registry_and_clock_of_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "prober.toml").write_text(CONFIG, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "SCRAPY_SETTINGS_MODULE": "spiders.settings"}
    command = [sys.executable, "-m", "scrapy", "crawl", "portal", "-a", "agency=ca-mau"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    db = open_results(tmp_path / "results.db")
    try:
        assert db.execute("SELECT agency, outcome FROM visit").fetchall() == [("2019-ca-mau", "seen")]
        assert db.execute("SELECT COUNT(*) FROM agency WHERE frame = '2019'").fetchone() == (12,)
        [(world, began)] = db.execute("SELECT world, started_at FROM scan").fetchall()
        assert world == "sandbox" and began.startswith("2020-")  # the world's time, not this machine's
    finally:
        db.close()
