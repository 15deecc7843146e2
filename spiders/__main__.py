"""`python -m spiders`: the process of one crawl (spiders.crawl_process).

Its child processes load this module anew, and none of what a crawl needs.
"""

import sys


def main() -> int:
    """Return the exit code of the crawl whose job is on standard input."""
    from spiders.crawl_process import main as crawl

    return crawl()


if __name__ == "__main__":
    sys.exit(main())
