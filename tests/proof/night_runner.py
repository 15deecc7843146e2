"""Run passes of `prober nightly`, each in a process of its own that has everything loaded: `python -m … FOLDER`.

Reads lines of JSON: `at` (the simulated time), `proxy` and `world` (where sites and mail servers are, prober.sandbox).
Answers with the number of the process, and when it ended with its wait status. Nothing of the command is changed but
clock and servers, and that people are told in a simulated world too.
"""

import json
import os
import sys
import traceback
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import prober.cli
import prober.cli.nightly
import prober.reporting.publish.publication
import prober.services.nightly
import spiders.crawl  # noqa: F401
from prober.domain.world import World
from prober.reporting.archive import web_archive
from prober.sandbox.client import Endpoint
from prober.services import alarms
from prober.services.context import Context
from tests.prober.services.test_nightly import Moving


def one_pass(folder: Path, told: dict[str, Any]) -> None:
    """Be `prober nightly` at a simulated time. Never returns."""

    class Simulated(Context):
        def __init__(self, *words: Any, **more: Any) -> None:
            super().__init__(*words, **more)
            moment = [datetime.fromisoformat(told["at"])]
            self.__dict__ |= {"world": Endpoint(**told["world"]), "clock": Moving(moment)}
            self._registry_is_current = True

    prober.cli.Context = Simulated  # type: ignore[attr-defined]
    alarms.World = SimpleNamespace(LIVE=World.SANDBOX)  # type: ignore[attr-defined, assignment]
    vars(web_archive)["find_spec"] = lambda name: None  # as without the extra `archive`: a second less
    log = os.open(folder / "nights.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    print(f"--- {told['at']}", flush=True)
    code = 70
    try:
        prober.cli.cli(["--config", str(folder / "prober.toml"), "nightly"])
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main(folder: Path) -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            one_pass(folder, json.loads(line))
        print(child, flush=True)
        print(os.waitpid(child, 0)[1], flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
