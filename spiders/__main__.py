"""Run the process of one crawl (spiders.crawl_process): `python -m spiders`.

Child processes load this module again, so it imports the crawl only in `main`.
"""

import sys


def main() -> int:
    """Run the crawl whose job is on standard input; return its exit code."""
    from spiders.crawl_process import main as crawl

    return crawl()


if __name__ == "__main__":
    sys.exit(main())
