"""Run all benchmarks, or those named, and write benchmarks/RESULTS.md: `python -m benchmarks [NAME…]`. Ctrl-C stops.

Results finished before a stop are in RESULTS.md. `--list` lists the names.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import machine, record
from benchmarks.catalogue import BENCHES
from benchmarks.record import Bench

HEAD = """# Benchmarks

Written by `make bench`.
Ours and what stands beside it are measured in one run on one machine, in turn, so that a busy machine is busy for both.
Figures are medians, and what counts is the ratio.
What stands beside us is a real program, or what one would write in our place, set up as well as we know how.
A target that is not reached is printed as missed.
Each part names the processor that it was measured on; the machine of the latest was:

{machine}"""


def main(words: list[str]) -> int:
    names = [bench.name for bench in BENCHES]
    if "--list" in words:
        print("\n".join(f"{bench.name:<10} {bench.title}" for bench in BENCHES))
        return 0
    unknown = set(words) - set(names)
    if unknown:
        print(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names)}", file=sys.stderr)
        return 2
    # On the disk of the repository: /tmp may be in memory, where a durable write takes no time.
    var = Path(__file__).parent.parent / "var"
    var.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=var))
    try:
        head = HEAD.format(machine=machine.description(folder))
        failed = [b.name for b in BENCHES if (not words or b.name in words) and not _run(b, folder, names, head)]
    except KeyboardInterrupt:
        print("\nstopped; what was finished is in benchmarks/RESULTS.md", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


def _run(bench: Bench, folder: Path, names: list[str], head: str) -> bool:
    print(f"== {bench.title}", flush=True)
    begin = time.perf_counter()
    own = folder / bench.name
    own.mkdir()
    try:
        result = bench.run(own, lambda what: print(f"   {time.perf_counter() - begin:6.1f} s  {what}", flush=True))
    except Exception as error:
        print(f"   {bench.name} broke off: {type(error).__name__}: {error}", file=sys.stderr)
        return False
    for row in result.rows:
        print(f"   {row.what}: {row.figure} {f'(target {row.target}: {row.verdict})' if row.target else ''}")
    text = record.section(bench, result, f"{machine.stamp()} It took {time.perf_counter() - begin:.0f} s.")
    record.write({bench.name: text}, names, head)
    shutil.rmtree(own, ignore_errors=True)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
