"""Run the world until standard input ends: `python -m prober.sandbox --state DIR --seed N [--study NAME] [--small]
[--stay] [--validators]`."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prober import DISTRIBUTION

if TYPE_CHECKING:
    from prober.sandbox.process import Design


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m prober.sandbox", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="folder of the world's state; made if missing")
    parser.add_argument("--study", default="pobi-2019", help="whose agencies live in it: pobi-2019 or foi-en")
    parser.add_argument("--seed", type=int, default=2019, help="what the world is made from (default 2019)")
    parser.add_argument("--small", action="store_true", help="six provinces instead of 63")
    parser.add_argument("--stay", action="store_true", help="run on after standard input ends")
    parser.add_argument(
        "--validators", action="store_true", help="pages have an ETag, and 304 says that one is the same"
    )
    return parser.parse_args()


def _design_of(study: str) -> "Design":
    """Return the world of a study that comes with the prober: 63 provinces, or twelve English-language councils."""
    from prober.sandbox.process import Design

    if study != "foi-en":
        from prober.sandbox.plot.site_changes import NIGHTS
        from prober.sandbox.sites.portals import build

        return Design(build, nights=NIGHTS)
    from prober.sandbox.councils import plot, sites

    def nobody(*_: Any) -> list[Any]:
        return []

    return Design(
        lambda seed, small, now: sites.Councils(seed, now), lambda seed, small, agencies, truth: plot.offices(agencies),
        "councils", nobody, plot.START,
    )  # fmt: skip


def main() -> int:
    arguments = _arguments()
    try:
        from prober.sandbox.process import Options, run

        design = _design_of(arguments.study)
    except ModuleNotFoundError as error:
        if error.name not in ("aiosmtpd", "trustme"):
            raise
        package = f"{DISTRIBUTION}[sandbox]"
        print(f"prober.sandbox: the embedded world needs more packages: pip install '{package}'", file=sys.stderr)
        return 2
    return run(Options(**vars(arguments)), design)


if __name__ == "__main__":
    sys.exit(main())
