"""Crawl one shard as the child of a worker: `python -m prober.fleet`, with the shard on standard input.

The kernel kills it with its worker (prctl(2), PR_SET_PDEATHSIG), also where a page holds its interpreter.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> int:
    """Run spiders.crawl_process; return its exit code. The words after the program: the worker's process id."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):  # the worker died before the kernel was asked
        return os.EX_TEMPFAIL
    from spiders.crawl_process import visit_shard

    return visit_shard()


if __name__ == "__main__":  # reading processes load this module again
    sys.exit(main())
